//! The connections to one host, shared by all portals of the process: never more at the same time
//! than a description allows, and not faster after each other than it allows.
//!
//! A slot is one connection. The HTTP library opens another one when the last answer was read but
//! its connection is not yet put back; a slot refuses that, and the request waits a moment instead.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Url};
use tokio::sync::Notify;

use crate::address::Resolver;

/// All hosts of this process.
static HOSTS: LazyLock<Mutex<HashMap<String, Arc<Host>>>> = LazyLock::new(Mutex::default);

/// Trusted certificates, read once: reading them takes longer than most requests.
static TLS: LazyLock<Option<rustls::ClientConfig>> = LazyLock::new(tls);

/// How long a connection may be kept unused.
const IDLE: Duration = Duration::from_secs(30);

/// How long a connection whose answer was read may take to be free again.
const SETTLING: Duration = Duration::from_millis(20);

/// One host.
#[derive(Default)]
pub(crate) struct Host {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Default)]
struct State {
    in_use: usize,
    idle: Vec<Slot>,
    next_start: Option<Instant>,
}

/// A connection that exists or will be made.
struct Slot {
    client: Client,
    scheme_and_port: (String, Option<u16>),
    private: bool,
}

/// The right to one connection, until it is dropped.
pub(crate) struct Lease {
    host: Arc<Host>,
    slot: Option<Slot>,
    kept: bool,
}

/// The host of an address.
pub(crate) fn of(url: &Url) -> Arc<Host> {
    let mut hosts = HOSTS.lock().unwrap_or_else(PoisonError::into_inner);
    let name = url.host_str().unwrap_or_default();
    Arc::clone(hosts.entry(name.to_owned()).or_default())
}

impl Host {
    /// Waits for one of `most` connections, and for `pause` after the last request began.
    pub(crate) async fn lease(
        self: &Arc<Self>,
        url: &Url,
        private: bool,
        most: usize,
        pause: Duration,
    ) -> Result<Lease, reqwest::Error> {
        let mut lease = self.turn(most.max(1)).await;
        let wait = {
            let mut state = self.lock();
            let now = Instant::now();
            let start = state.next_start.map_or(now, |next| next.max(now));
            state.next_start = Some(start + pause);
            start - now
        };
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let wanted = (url.scheme().to_owned(), url.port());
        let fits = |slot: &Slot| slot.scheme_and_port == wanted && slot.private == private;
        if !lease.slot.as_ref().is_some_and(fits) {
            // Dropped first: the old connection closes before there is a new one.
            lease.slot = None;
            lease.slot = Some(Slot {
                client: client(private)?,
                scheme_and_port: wanted,
                private,
            });
        }
        Ok(lease)
    }

    async fn turn(self: &Arc<Self>, most: usize) -> Lease {
        loop {
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            {
                let mut state = self.lock();
                if state.in_use < most {
                    state.in_use += 1;
                    return Lease {
                        host: Arc::clone(self),
                        slot: state.idle.pop(),
                        kept: false,
                    };
                }
            }
            freed.await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// What sends requests over this connection.
    pub(crate) fn client(&self) -> Option<&Client> {
        self.slot.as_ref().map(|slot| &slot.client)
    }

    /// Gives the connection up, because it is gone, for a new one.
    pub(crate) fn renew(&mut self) -> Result<(), reqwest::Error> {
        if let Some(slot) = &mut self.slot {
            slot.client = client(slot.private)?;
        }
        Ok(())
    }

    /// The answer was read to its end: the connection can be used again.
    pub(crate) fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let slot = self.slot.take().filter(|_| self.kept);
        let mut state = self.host.lock();
        state.in_use -= 1;
        state.idle.extend(slot);
        drop(state);
        self.host.freed.notify_waiters();
    }
}

fn client(private: bool) -> Result<Client, reqwest::Error> {
    builder()
        .dns_resolver(Arc::new(Resolver { private }))
        .referer(false)
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(IDLE)
        .connector_layer(OneConnection::default())
        .build()
}

/// What every client of ours begins with: the library would look for another TLS and follow
/// redirects and proxies wherever they lead.
pub(crate) fn builder() -> ClientBuilder {
    let mut builder = Client::builder();
    if let Some(tls) = TLS.as_ref() {
        builder = builder.tls_backend_preconfigured(tls.clone());
    }
    builder.redirect(Policy::none()).no_proxy()
}

fn tls() -> Option<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?;
    Some(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The connection of this slot is not free yet, or gone without our noticing.
#[derive(Debug, thiserror::Error)]
#[error("the connection is still in use")]
pub(crate) struct Busy;

/// Lets a client connect once.
#[derive(Clone, Default)]
struct OneConnection(Arc<AtomicBool>);

/// A connector under [`OneConnection`].
#[derive(Clone)]
struct Once<S> {
    inner: S,
    connected: Arc<AtomicBool>,
}

impl<S> tower_layer::Layer<S> for OneConnection {
    type Service = Once<S>;

    fn layer(&self, inner: S) -> Once<S> {
        Once {
            inner,
            connected: Arc::clone(&self.0),
        }
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl<S, R> tower_service::Service<R> for Once<S>
where
    S: tower_service::Service<R, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = futures::future::BoxFuture<'static, Result<S::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        if self.connected.swap(true, Ordering::AcqRel) {
            // Not at once: the library takes the old connection when that is free before.
            return Box::pin(async {
                tokio::time::sleep(SETTLING).await;
                Err(Busy.into())
            });
        }
        Box::pin(self.inner.call(request))
    }
}
