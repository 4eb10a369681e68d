//! A wire between us and a real server that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::thread;

/// What happens to bytes from the server.
pub struct Wire {
    pub port: u16,
    /// Bytes that still pass; then the wire breaks. Negative: it never does.
    pub left: Arc<AtomicI64>,
    /// Times it still breaks; afterwards everything passes.
    pub cuts: Arc<AtomicUsize>,
    /// Bytes that passed.
    pub passed: Arc<AtomicU64>,
    /// Connections that were made.
    pub connections: Arc<AtomicUsize>,
}

/// A wire to `server` on 127.0.0.1 that breaks `cuts` times, each time after `after` bytes. Data
/// connections of FTP go through it too.
pub fn wire(server: u16, after: i64, cuts: usize) -> Wire {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let wire = Wire {
        port: listener.local_addr().unwrap().port(),
        left: Arc::new(AtomicI64::new(after)),
        cuts: Arc::new(AtomicUsize::new(cuts)),
        passed: Arc::default(),
        connections: Arc::default(),
    };
    let state = State {
        after,
        left: Arc::clone(&wire.left),
        cuts: Arc::clone(&wire.cuts),
        passed: Arc::clone(&wire.passed),
        connections: Arc::clone(&wire.connections),
    };
    thread::spawn(move || state.serve(&listener, server));
    wire
}

#[derive(Clone)]
struct State {
    after: i64,
    left: Arc<AtomicI64>,
    cuts: Arc<AtomicUsize>,
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
            self.passed.fetch_add(part.len() as u64, Ordering::SeqCst);
            if self.after >= 0 && self.cuts.load(Ordering::SeqCst) > 0 {
                let before = self.left.fetch_sub(part.len() as i64, Ordering::SeqCst);
                if before < part.len() as i64 {
                    part.truncate(usize::try_from(before.max(0)).unwrap());
                    let _ = client.write_all(&part);
                    self.left.store(self.after, Ordering::SeqCst);
                    self.cuts.fetch_sub(1, Ordering::SeqCst);
                    break;
                }
            }
            if client.write_all(&part).is_err() {
                break;
            }
        }
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
        let server = numbers[4] * 256 + numbers[5];
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = self.clone();
        thread::spawn(move || state.serve(&listener, server));
        let (high, low) = (port / 256, port % 256);
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
