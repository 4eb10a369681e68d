//! Connections that are counted while they are open.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Connections open now and at most.
#[derive(Default)]
pub struct Connections {
    now: AtomicUsize,
    most: AtomicUsize,
    all: AtomicUsize,
}

impl Connections {
    /// The most that were open at the same time.
    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    /// All that were ever opened.
    pub fn all(&self) -> usize {
        self.all.load(Ordering::SeqCst)
    }
}

/// A listener that counts.
pub struct Counted {
    listener: TcpListener,
    connections: Arc<Connections>,
}

impl Counted {
    pub fn new(listener: TcpListener, connections: Arc<Connections>) -> Self {
        Counted {
            listener,
            connections,
        }
    }
}

impl axum::serve::Listener for Counted {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        loop {
            if let Ok((stream, address)) = self.listener.accept().await {
                let _ = stream.set_nodelay(true);
                let now = self.connections.now.fetch_add(1, Ordering::SeqCst) + 1;
                self.connections.most.fetch_max(now, Ordering::SeqCst);
                self.connections.all.fetch_add(1, Ordering::SeqCst);
                let connections = Arc::clone(&self.connections);
                return (Stream(stream, connections), address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A counted connection.
pub struct Stream(TcpStream, Arc<Connections>);

impl Drop for Stream {
    fn drop(&mut self) {
        self.1.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
