//! A wire between us and a real server that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What happens to bytes from the server.
pub struct Wire {
    pub port: u16,
    /// When it breaks.
    cuts: Arc<Mutex<Cuts>>,
    /// Bytes the server sent.
    pub passed: Arc<AtomicU64>,
    /// Connections that were made.
    pub connections: Arc<AtomicUsize>,
}

/// When a wire breaks.
struct Cuts {
    /// After so many bytes, each time.
    after: usize,
    /// Bytes that still pass until then.
    left: usize,
    /// Times it still breaks; afterwards everything passes.
    times: usize,
}

impl Cuts {
    /// How many of these bytes still pass, if the wire breaks in them.
    fn cut(&mut self, bytes: usize) -> Option<usize> {
        if self.times == 0 {
            return None;
        }
        if let Some(left) = self.left.checked_sub(bytes) {
            self.left = left;
            return None;
        }
        self.times -= 1;
        Some(std::mem::replace(&mut self.left, self.after))
    }
}

impl Wire {
    /// Times it still breaks.
    pub fn cuts_left(&self) -> usize {
        self.cuts.lock().unwrap().times
    }
}

/// A wire to `server` on 127.0.0.1 that breaks `cuts` times, each time after `after`
/// bytes. Data
/// connections of FTP go through it too.
pub fn wire(server: u16, after: usize, cuts: usize) -> Wire {
    wire_of(server, after, cuts, u64::MAX)
}

/// A wire that stays whole, but of what the server says only the first `most` bytes arrive.
pub fn held(server: u16, most: u64) -> Wire {
    wire_of(server, 0, 0, most)
}

fn wire_of(server: u16, after: usize, cuts: usize, most: u64) -> Wire {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let wire = Wire {
        port: listener.local_addr().unwrap().port(),
        cuts: Arc::new(Mutex::new(Cuts {
            after,
            left: after,
            times: cuts,
        })),
        passed: Arc::default(),
        connections: Arc::default(),
    };
    let state = State {
        cuts: Arc::clone(&wire.cuts),
        most,
        passed: Arc::clone(&wire.passed),
        connections: Arc::clone(&wire.connections),
    };
    thread::spawn(move || state.serve(&listener, server));
    wire
}

/// The port in an address.
pub fn port_of(url: &str) -> u16 {
    url.rsplit(':').next().unwrap().parse().unwrap()
}

#[derive(Clone)]
struct State {
    cuts: Arc<Mutex<Cuts>>,
    most: u64,
    passed: Arc<AtomicU64>,
    connections: Arc<AtomicUsize>,
}

impl State {
    fn serve(&self, listener: &TcpListener, server: u16) {
        for client in listener.incoming() {
            let Ok(client) = client else { return };
            let Ok(upstream) = TcpStream::connect(("127.0.0.1", server)) else {
                continue;
            };
            self.connections.fetch_add(1, Ordering::SeqCst);
            let (from, to) = (client.try_clone().unwrap(), upstream.try_clone().unwrap());
            thread::spawn(move || pass(from, to));
            let state = self.clone();
            thread::spawn(move || state.answer(upstream, client));
        }
    }

    fn answer(&self, mut server: TcpStream, mut client: TcpStream) {
        let mut buffer = [0; 4096];
        while let Ok(read) = server.read(&mut buffer) {
            if read == 0 {
                break;
            }
            let mut part = self.redirected(&buffer[..read]);
            let before = self.passed.fetch_add(part.len() as u64, Ordering::SeqCst);
            let left = self.most.saturating_sub(before);
            part.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            if let Some(last) = self.cuts.lock().unwrap().cut(part.len()) {
                part.truncate(last);
                let _ = client.write_all(&part);
                break;
            }
            if client.write_all(&part).is_err() {
                break;
            }
        }
        // Whoever waits for what is held does not learn that the server has nothing more to say.
        while self.passed.load(Ordering::SeqCst) >= self.most
            && client.read(&mut buffer).is_ok_and(|read| read > 0)
        {}
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    }

    /// `227 Entering passive mode (127,0,0,1,P,P).` with a port of ours.
    fn redirected(&self, part: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(part);
        if !text.starts_with("227 ") {
            return part.to_owned();
        }
        let inside = text.split(['(', ')']).nth(1).unwrap();
        let numbers: Vec<u16> = inside.split(',').map(|n| n.parse().unwrap()).collect();
        let data = numbers[4] * 256 + numbers[5];
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = listener.local_addr().unwrap().port();
        let state = self.clone();
        thread::spawn(move || state.serve(&listener, data));
        let (high, low) = (ours / 256, ours % 256);
        format!("227 Entering passive mode (127,0,0,1,{high},{low}).\r\n").into_bytes()
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

/// Something that greets with these bytes and then repeats others for ever.
pub fn endless(greeting: &'static [u8], repeated: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(mut client) = client else { return };
            thread::spawn(move || {
                let _ = client.write_all(greeting);
                let many = repeated.repeat(65536 / repeated.len() + 1);
                while client.write_all(&many).is_ok() {}
            });
        }
    });
    port
}

/// Something that takes connections and says nothing.
pub fn silent() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let held: Vec<_> = listener.incoming().collect();
        drop(held);
    });
    port
}
