//! A connection that is not waited for endlessly and does not bring more than it may: for a library
//! that collects every answer in memory.

use std::fmt;
use std::future::Future;
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// Bytes that may still come before somebody says otherwise.
pub(crate) type Allowance = Arc<AtomicU64>;

/// A stream of any kind.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// The guard around a stream.
pub(crate) struct Guarded {
    inner: Box<dyn Stream>,
    left: Allowance,
    patience: Duration,
    until: Pin<Box<Sleep>>,
}

impl Guarded {
    /// Guards a stream.
    pub fn new(inner: impl Stream + 'static, left: Allowance, patience: Duration) -> Self {
        Guarded {
            inner: Box::new(inner),
            left,
            patience,
            until: Box::pin(tokio::time::sleep(patience)),
        }
    }

    fn waits(&mut self, context: &mut Context<'_>) -> Poll<Error> {
        self.until
            .as_mut()
            .poll(context)
            .map(|()| Error::from(ErrorKind::TimedOut))
    }

    fn moves(&mut self) {
        let until = Instant::now() + self.patience;
        self.until.as_mut().reset(until);
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.inner).poll_read(context, buffer) {
            Poll::Pending => self.waits(context).map(Err),
            Poll::Ready(Ok(())) => {
                self.moves();
                let came = (buffer.filled().len() - before) as u64;
                let left = self.left.load(Ordering::Relaxed).checked_sub(came);
                let Some(left) = left else {
                    let endless = Error::new(ErrorKind::InvalidData, "the answer does not end");
                    return Poll::Ready(Err(endless));
                };
                self.left.store(left, Ordering::Relaxed);
                Poll::Ready(Ok(()))
            }
            failed @ Poll::Ready(Err(_)) => failed,
        }
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        match Pin::new(&mut self.inner).poll_write(context, bytes) {
            Poll::Pending => self.waits(context).map(Err),
            done @ Poll::Ready(_) => {
                self.moves();
                done
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Guarded")
    }
}
