//! Requests to a portal: within its connections and its pace, only to its own hosts, bounded in
//! bytes and time, and again when a failure may pass. Addresses are never logged with their query.

use std::error::Error;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use channelflow_model::Sentence;
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{self, HeaderMap};
use reqwest::{Response, StatusCode, Url, Version};

use crate::address::{Allowed, Internal, internal, shown};
use crate::description::Pace;
use crate::host::{self, Busy, Lease};
use crate::trouble::Trouble;

/// Redirects one request may take.
const MOST_REDIRECTS: usize = 10;

/// The longest a portal may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// Bytes of an answer we do not want that are read all the same.
const LONGEST_APOLOGY: usize = 64 << 10;

/// How often a connection whose answer was read is waited for before it is taken for lost.
const SETTLING_TIMES: usize = 12;

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Where.
    pub(crate) url: Url,
    /// What is sent along; then it is a POST.
    pub(crate) body: Option<Body>,
    /// The page it was asked from.
    pub(crate) referer: Option<Url>,
}

/// What a POST sends.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    /// What it is.
    pub(crate) content_type: &'static str,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

impl Request {
    /// Asks for an address.
    pub(crate) fn get(url: Url) -> Self {
        Request {
            url,
            body: None,
            referer: None,
        }
    }
}

/// An answer read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Where it came from, after redirects.
    pub(crate) url: Url,
    /// Its status: success, or that one has to sign in.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// An answer of which only the head is read.
pub(crate) struct Opened {
    /// Where it came from, after redirects.
    pub(crate) url: Url,
    /// Its status: success, or that one has to sign in.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    response: Response,
    lease: Lease,
    deadline: Deadline,
}

/// When an answer must have ended.
#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    seconds: u64,
}

/// A failed attempt, and how long the portal asks to wait.
pub(crate) struct Attempt {
    trouble: Trouble,
    wait: Option<Duration>,
    may_pass: bool,
}

impl Attempt {
    /// A failure that may pass.
    pub(crate) fn may_pass(sentence: Sentence) -> Self {
        Attempt {
            trouble: Trouble::transient(sentence),
            wait: None,
            may_pass: true,
        }
    }
}

impl From<Trouble> for Attempt {
    fn from(trouble: Trouble) -> Self {
        Attempt {
            trouble,
            wait: None,
            may_pass: false,
        }
    }
}

/// What is left of the attempts.
pub(crate) struct Patience(ExponentialBackoff);

impl Patience {
    /// Waits before the next attempt; or why there is none.
    pub(crate) async fn after(&mut self, failed: Attempt) -> Result<(), Trouble> {
        let next = if failed.may_pass { self.0.next() } else { None };
        let Some(delay) = next else {
            return Err(failed.trouble);
        };
        tokio::time::sleep(failed.wait.unwrap_or(delay)).await;
        Ok(())
    }
}

/// Speaks to one portal with one set of cookies.
pub(crate) struct Client<'p> {
    allowed: &'p Allowed,
    pace: &'p Pace,
    headers: HeaderMap,
    jar: Jar,
}

impl<'p> Client<'p> {
    /// A client without cookies.
    pub(crate) fn new(allowed: &'p Allowed, pace: &'p Pace, headers: HeaderMap) -> Self {
        Client {
            allowed,
            pace,
            headers,
            jar: Jar::default(),
        }
    }

    /// A whole page.
    pub(crate) async fn page(&self, request: &Request, most: u64) -> Result<Answer, Trouble> {
        let mut patience = self.patience();
        loop {
            match self.page_once(request, most).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => patience.after(failed).await?,
            }
        }
    }

    async fn page_once(&self, request: &Request, most: u64) -> Result<Answer, Attempt> {
        let mut opened = self.open(request, self.pace.timeout_seconds).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = opened.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > most {
                let said = Sentence::new("portal_too_large")
                    .fact("address", shown(&opened.url))
                    .fact("most", most);
                return Err(Trouble::permanent(said).into());
            }
        }
        Ok(Answer {
            url: opened.url.clone(),
            status: opened.status,
            headers: std::mem::take(&mut opened.headers),
            bytes,
        })
    }

    /// How often and after which time something is tried again.
    pub(crate) fn patience(&self) -> Patience {
        let delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(self.pace.back_off_ms))
            .with_max_delay(LONGEST_WAIT)
            .with_max_times(self.pace.retries)
            .with_jitter();
        Patience(delays.build())
    }

    /// The head of an answer, after redirects to allowed places.
    pub(crate) async fn open(&self, request: &Request, seconds: u64) -> Result<Opened, Attempt> {
        let deadline = Deadline {
            at: Instant::now() + Duration::from_secs(seconds),
            seconds,
        };
        let mut request = request.clone();
        for _ in 0..=MOST_REDIRECTS {
            let mut opened = self.send(&request, deadline).await?;
            let Some(target) = opened.redirected()? else {
                return Ok(opened);
            };
            // Read to its end, so that its connection can be used again.
            while opened.chunk().await?.is_some() {}
            let same = matches!(opened.status.as_u16(), 307 | 308);
            request = Request {
                body: request.body.filter(|_| same),
                referer: Some(request.url),
                url: target,
            };
        }
        let said = Sentence::new("portal_redirects").fact("address", shown(&request.url));
        Err(Trouble::changed(said).into())
    }

    async fn send(&self, request: &Request, deadline: Deadline) -> Result<Opened, Attempt> {
        self.allowed.check(&request.url)?;
        let pause = Duration::from_millis(self.pace.pause_ms);
        let host = host::of(&request.url);
        let private = self.allowed.private;
        let lease = host.lease(&request.url, private, self.pace.connections, pause);
        let mut lease = lease.await.map_err(|error| failed(&request.url, &error))?;
        // Waiting for a turn is no fault of the portal.
        let deadline = Deadline {
            at: deadline
                .at
                .max(Instant::now() + Duration::from_secs(deadline.seconds)),
            ..deadline
        };
        let began = Instant::now();
        let sent = tokio::time::timeout_at(deadline.at.into(), self.exchange(request, &mut lease));
        let response = match sent.await {
            Ok(response) => response.map_err(|error| failed(&request.url, &error))?,
            Err(_) => return Err(deadline.passed(&request.url)),
        };
        tracing::debug!(
            address = shown(&request.url),
            post = request.body.is_some(),
            status = response.status().as_u16(),
            ms = began.elapsed().as_millis(),
            "portal answered"
        );
        let headers = response.headers().clone();
        let mut cookies = headers.get_all(header::SET_COOKIE).iter();
        self.jar.set_cookies(&mut cookies, &request.url);
        let opened = Opened {
            url: request.url.clone(),
            status: response.status(),
            headers,
            response,
            lease,
            deadline,
        };
        opened.judged().await
    }

    async fn exchange(
        &self,
        request: &Request,
        lease: &mut Lease,
    ) -> Result<Response, reqwest::Error> {
        let mut settling = 0;
        loop {
            let Some(client) = lease.client() else {
                lease.renew()?;
                continue;
            };
            let mut builder = match &request.body {
                None => client.get(request.url.clone()),
                Some(body) => client
                    .post(request.url.clone())
                    .header(header::CONTENT_TYPE, body.content_type)
                    .body(body.bytes.clone()),
            };
            builder = builder.headers(self.headers.clone());
            if let Some(cookies) = self.jar.cookies(&request.url) {
                builder = builder.header(header::COOKIE, cookies);
            }
            if let Some(referer) = &request.referer {
                let mut referer = referer.clone();
                referer.set_fragment(None);
                builder = builder.header(header::REFERER, referer.as_str());
            }
            match builder.send().await {
                Err(error) if caused_by::<Busy>(&error) => {
                    settling += 1;
                    if settling > SETTLING_TIMES {
                        lease.renew()?;
                    }
                }
                answered => return answered,
            }
        }
    }
}

impl Opened {
    /// The next bytes; at the end the connection is free for others.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Attempt> {
        let next = tokio::time::timeout_at(self.deadline.at.into(), self.response.chunk());
        match next.await {
            Err(_) => Err(self.deadline.passed(&self.url)),
            Ok(Ok(Some(chunk))) => Ok(Some(chunk.to_vec())),
            Ok(Ok(None)) => {
                let closes = self.headers.get(header::CONNECTION).is_some_and(|value| {
                    value
                        .to_str()
                        .is_ok_and(|value| value.eq_ignore_ascii_case("close"))
                });
                if !closes && self.response.version() == Version::HTTP_11 {
                    self.lease.keep();
                }
                Ok(None)
            }
            Ok(Err(error)) => Err(failed(&self.url, &error)),
        }
    }

    fn redirected(&self) -> Result<Option<Url>, Attempt> {
        if !matches!(self.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let location = self.headers.get(header::LOCATION);
        // Chinese servers write addresses as they are, not encoded.
        let location = location.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let target = location.and_then(|location| self.url.join(&location).ok());
        target.map(Some).ok_or_else(|| {
            let said = Sentence::new("portal_redirects").fact("address", shown(&self.url));
            Trouble::changed(said).into()
        })
    }

    /// Statuses that are no answer.
    async fn judged(mut self) -> Result<Self, Attempt> {
        let status = self.status;
        if status.is_success() || status.is_redirection() || matches!(status.as_u16(), 401 | 403) {
            return Ok(self);
        }
        // Read to its end if that is near, so that trying again needs no other connection.
        let mut read = 0;
        while read < LONGEST_APOLOGY
            && let Ok(Some(chunk)) = self.chunk().await
        {
            read += chunk.len();
        }
        let said = Sentence::new("portal_status")
            .fact("address", shown(&self.url))
            .fact("status", status.as_u16());
        let may_pass = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
        if may_pass {
            let wait = self.headers.get(header::RETRY_AFTER);
            let seconds = wait.and_then(|value| value.to_str().ok()?.trim().parse().ok());
            return Err(Attempt {
                trouble: Trouble::transient(said),
                wait: seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT)),
                may_pass: true,
            });
        }
        Err(match status.as_u16() {
            404 | 410 => Trouble::changed(said),
            _ => Trouble::permanent(said),
        }
        .into())
    }
}

impl Deadline {
    fn passed(self, url: &Url) -> Attempt {
        let said = Sentence::new("portal_too_slow")
            .fact("address", shown(url))
            .fact("seconds", self.seconds);
        Attempt::may_pass(said)
    }
}

/// What a failed exchange means. What the library says about it would show the whole address.
fn failed(url: &Url, error: &reqwest::Error) -> Attempt {
    if caused_by::<Internal>(error) {
        return internal(url.host_str().unwrap_or_default()).into();
    }
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let code = if error.is_body() || error.is_decode() {
        "portal_cut"
    } else {
        "portal_unreachable"
    };
    let said = Sentence::new(code)
        .fact("address", shown(url))
        .fact("cause", cause);
    let tls_refused = caused_by::<rustls::Error>(error);
    if tls_refused || error.is_builder() {
        return Trouble::permanent(said).into();
    }
    Attempt::may_pass(said)
}

/// Whether this error lies under another, also inside one of the system.
fn caused_by<E: Error + 'static>(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(known) = cause {
        let inner = known
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if known.is::<E>() || inner.is_some_and(<dyn Error + Send + Sync>::is::<E>) {
            return true;
        }
        cause = known.source();
    }
    false
}
