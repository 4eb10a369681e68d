//! A portal for tests and the benchmark: signs in, keeps sessions, pages, exports, and misbehaves on
//! demand. It counts requests and connections.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test site; not every test needs all of it"
)]

pub mod harness;
pub mod pages;
mod serve;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// The account every portal knows.
pub const USER: &str = "yskz-planted-user";
/// Its password, planted to be looked for.
pub const PASSWORD: &str = "p1anted&秘密";

/// Each site has an address of its own, so that limits per host do not mix.
static SITES: AtomicU8 = AtomicU8::new(1);

/// What a site does besides answering.
#[derive(Default, Clone)]
pub struct Knobs {
    /// Before every answer.
    pub latency: Duration,
    /// Requests a session lasts.
    pub session: Option<usize>,
    /// Rows of every list.
    pub rows: usize,
    /// Rows added after the second page was asked for.
    pub grows: usize,
    /// The next requests for lists that fail with this status.
    pub failing: Vec<u16>,
    /// A heading that is called otherwise.
    pub renamed: bool,
    /// The pager says nothing and links nowhere.
    pub no_pager: bool,
    /// Rows the second page withholds.
    pub withheld: usize,
    /// Where lists redirect to.
    pub redirect: Option<String>,
    /// Times an answer only says that somebody has to sign in.
    pub kicked: usize,
    /// Refuses everybody.
    pub locked: bool,
}

/// A running site.
pub struct Site {
    /// Where it is, with a slash at its end.
    pub url: String,
    /// Requests answered.
    pub requests: AtomicUsize,
    /// Times somebody signed in.
    pub signed_in: AtomicUsize,
    /// Connections open now and at most.
    pub connections: Arc<serve::Connections>,
    /// Paths asked for, in order.
    pub paths: Mutex<Vec<String>>,
    pub knobs: Mutex<Knobs>,
    sessions: Mutex<HashMap<String, Session>>,
    numbers: AtomicUsize,
}

#[derive(Clone)]
struct Session {
    token: String,
    signed_in: bool,
    left: Option<usize>,
}

/// A request as handlers see it.
pub struct Asked {
    pub path: String,
    pub query: HashMap<String, String>,
    pub form: HashMap<String, String>,
    pub body: Bytes,
    pub post: bool,
}

impl Site {
    /// Starts a site that has its own loopback address.
    pub async fn start(knobs: Knobs) -> Arc<Site> {
        let last = SITES.fetch_add(1, Ordering::Relaxed);
        let ip = Ipv4Addr::new(127, 0, 1, last);
        let listener = tokio::net::TcpListener::bind(SocketAddr::from((ip, 0)))
            .await
            .unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let site = Arc::new(Site {
            url,
            requests: AtomicUsize::new(0),
            signed_in: AtomicUsize::new(0),
            connections: Arc::default(),
            paths: Mutex::default(),
            knobs: Mutex::new(knobs),
            sessions: Mutex::default(),
            numbers: AtomicUsize::new(0),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&site));
        let counted = serve::Counted::new(listener, Arc::clone(&site.connections));
        tokio::spawn(async move { axum::serve(counted, router).await });
        site
    }

    pub fn asked(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    pub fn paths(&self) -> Vec<String> {
        self.paths.lock().unwrap().clone()
    }

    /// The session of a cookie; a new one when there is none.
    fn session(&self, headers: &HeaderMap) -> (String, Session) {
        let cookies = headers
            .get(header::COOKIE)
            .map(|value| value.to_str().unwrap());
        let id = cookies.and_then(|all| all.split("; ").find_map(|one| one.strip_prefix("sid=")));
        let mut sessions = self.sessions.lock().unwrap();
        if let Some(found) = id.and_then(|id| Some((id.to_owned(), sessions.get(id)?.clone()))) {
            return found;
        }
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let id = format!("session{number}");
        let session = Session {
            token: format!("token{number}+/="),
            signed_in: false,
            left: None,
        };
        sessions.insert(id.clone(), session.clone());
        (id, session)
    }
}

async fn answer(
    State(site): State<Arc<Site>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    site.requests.fetch_add(1, Ordering::Relaxed);
    site.paths.lock().unwrap().push(uri.path().to_owned());
    let knobs = site.knobs.lock().unwrap().clone();
    if !knobs.latency.is_zero() {
        tokio::time::sleep(knobs.latency).await;
    }
    let kind = headers.get(header::CONTENT_TYPE);
    let is_form = kind.is_some_and(|kind| kind.to_str().unwrap().contains("urlencoded"));
    let asked = Asked {
        path: uri.path().to_owned(),
        query: fields(uri.query().unwrap_or_default()),
        form: if is_form {
            fields(std::str::from_utf8(&body).unwrap())
        } else {
            HashMap::new()
        },
        body,
        post: method == Method::POST,
    };
    let (id, session) = site.session(&headers);
    let mut response = if asked.path == "/login.aspx" {
        sign_in(&site, &id, &session, &asked, &knobs)
    } else if asked.path.starts_with("/open/") || still_in(&site, &id) {
        pages::listed(&site, &asked, &knobs, &session.token)
    } else if asked.path.starts_with("/api/") {
        (StatusCode::UNAUTHORIZED, "{\"code\":401}").into_response()
    } else {
        see("/login.aspx?back=1")
    };
    let cookie = format!("sid={id}; Path=/; HttpOnly").parse().unwrap();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// Whether a session still lasts; it lasts one request less afterwards.
fn still_in(site: &Site, id: &str) -> bool {
    let mut sessions = site.sessions.lock().unwrap();
    let Some(session) = sessions.get_mut(id) else {
        return false;
    };
    if session.left == Some(0) {
        session.signed_in = false;
    }
    session.left = session.left.map(|left| left.saturating_sub(1));
    session.signed_in
}

fn sign_in(site: &Site, id: &str, session: &Session, asked: &Asked, knobs: &Knobs) -> Response {
    if !asked.post {
        return pages::html(&pages::sign_in(&session.token, ""));
    }
    let typed = |name: &str| asked.form.get(name).map_or("", String::as_str);
    if typed("__RequestVerificationToken") != session.token {
        return StatusCode::BAD_REQUEST.into_response();
    }
    if typed("txtUser") != USER || typed("txtPwd") != PASSWORD || knobs.locked {
        let said = format!("用户 {} 密码 {} 错误", typed("txtUser"), typed("txtPwd"));
        return pages::html(&pages::sign_in(&session.token, &said));
    }
    site.signed_in.fetch_add(1, Ordering::Relaxed);
    let mut sessions = site.sessions.lock().unwrap();
    let session = sessions.get_mut(id).unwrap();
    session.signed_in = true;
    session.left = knobs.session;
    see("/main.aspx")
}

pub fn see(place: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
}

/// Fields of an address or a form, in GB18030 as these portals write them.
fn fields(text: &str) -> HashMap<String, String> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (plain(name), plain(value))
        })
        .collect()
}

fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = std::str::from_utf8(&tail[..2]).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = &tail[2..];
            }
            other => bytes.push(*other),
        }
    }
    encoding_rs::GB18030.decode(&bytes).0.into_owned()
}
