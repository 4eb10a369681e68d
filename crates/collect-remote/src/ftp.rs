//! Files over FTP and FTPS.

use std::sync::Arc;

use channelflow_collect::{Collection, Collector, Probe, SourceError, Visit};
use channelflow_config::Description;
use channelflow_model::Sentence;
use futures::future::BoxFuture;
use serde::Deserialize;
use suppaftp::tokio::{AsyncRustlsConnector, AsyncRustlsFtpStream};
use suppaftp::types::FileType;
use suppaftp::{FtpError, Mode};

use crate::files::{self, Session, Store};
use crate::ftp_session::{Connected, Gb, Names, failure, is_refusal};
use crate::peer::Peer;
use crate::selection::Selection;
use crate::{filled, tls};

/// Seconds after which a file that did not change is finished.
const SETTLE: u64 = 30;

/// The keys of a description.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    host: String,
    port: Option<u16>,
    user: String,
    password: String,
    tls: Protection,
    ca: Option<String>,
    #[serde(default)]
    encoding: Names,
    #[serde(default)]
    mode: DataMode,
    #[serde(default)]
    root: String,
    #[serde(default)]
    pattern: Vec<String>,
    settle_seconds: Option<u64>,
    timeout_seconds: Option<u64>,
}

/// How the connection is protected. There is no default: FTP without it shows the password to
/// everybody on the way, which a person has to decide.
#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Protection {
    None,
    Explicit,
    Implicit,
}

/// Who opens data connections.
#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "snake_case")]
enum DataMode {
    #[default]
    Passive,
    ExtendedPassive,
    Active,
}

struct Ftp {
    peer: Peer,
    user: String,
    password: String,
    protection: Protection,
    tls: Arc<rustls::ClientConfig>,
    names: Names,
    mode: DataMode,
    root: String,
    selection: Selection,
}

/// The collector a description asks for.
pub(crate) fn open(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    let keys: Keys = description.read()?;
    let user = filled::text(description, &keys.user)?;
    let password = filled::secret(description, "password", &keys.password)?;
    let usual_port = if keys.tls == Protection::Implicit {
        990
    } else {
        21
    };
    let settle = keys.settle_seconds.unwrap_or(SETTLE);
    Ok(Arc::new(Ftp {
        peer: Peer {
            host: filled::text(description, &keys.host)?,
            port: keys.port.unwrap_or(usual_port),
            patience: filled::patience(keys.timeout_seconds),
            hidden: vec![user.clone(), password.clone()],
        },
        protection: keys.tls,
        tls: tls::client_config(description, keys.ca.as_deref())?,
        names: keys.encoding,
        mode: keys.mode,
        root: filled::text(description, &keys.root)?,
        selection: Selection::new(description, &keys.pattern, settle)?,
        user,
        password,
    }))
}

impl Collector for Ftp {
    fn collect<'a>(&'a self, visit: &'a Visit<'_>) -> BoxFuture<'a, Collection> {
        Box::pin(files::collect(self, &self.selection, visit))
    }

    fn acknowledge<'a>(&'a self, _: &'a [String]) -> BoxFuture<'a, Result<(), SourceError>> {
        Box::pin(async { Ok(()) })
    }

    fn probe<'a>(&'a self, _: &'a Visit<'_>) -> BoxFuture<'a, Result<Probe, SourceError>> {
        Box::pin(files::probe(self, &self.selection))
    }
}

impl Store for Ftp {
    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Session>, SourceError>> {
        Box::pin(async {
            let mut ftp = self.greeted().await?;
            let signing = ftp.login(&self.user, &self.password);
            match self.peer.within(signing).await? {
                Ok(()) => {}
                Err(FtpError::UnexpectedResponse(answer)) if is_refusal(answer.status) => {
                    return Err(self.peer.refused());
                }
                Err(error) => return Err(failure(&self.peer, &error)),
            }
            let preparing = async {
                ftp.transfer_type(FileType::Binary).await?;
                // A server that does not know FEAT has none.
                let features = ftp.feat().await.unwrap_or_default();
                if features
                    .keys()
                    .any(|name| name.eq_ignore_ascii_case("UTF8"))
                    && self.names == Names::Utf8
                {
                    // Some only speak it when asked to; those that do not know the word say so.
                    let _ = ftp.opts("UTF8", Some("ON")).await;
                }
                Ok::<_, FtpError>(
                    features
                        .keys()
                        .any(|name| name.eq_ignore_ascii_case("MLST")),
                )
            };
            let exact_lists = self.peer.within(preparing).await?;
            let exact_lists = exact_lists.map_err(|error| failure(&self.peer, &error))?;
            if self.names == Names::Gb18030 {
                ftp.set_encoding(Gb).await;
            }
            ftp.set_mode(match self.mode {
                DataMode::Passive => Mode::Passive,
                DataMode::ExtendedPassive => Mode::ExtendedPassive,
                DataMode::Active => Mode::Active,
            });
            // A server behind a router names its inner address, and a hostile one somebody
            // else's: data always comes from where the commands go.
            ftp.set_passive_nat_workaround(true);
            Ok(Box::new(Connected {
                peer: self.peer.clone(),
                root: self.root.trim_end_matches('/').to_owned(),
                ftp,
                names: self.names,
                exact_lists,
                changed_before: None,
            }) as Box<dyn Session>)
        })
    }
}

impl Ftp {
    async fn greeted(&self) -> Result<AsyncRustlsFtpStream, SourceError> {
        let peer = &self.peer;
        let connector =
            || AsyncRustlsConnector::from(tokio_rustls::TlsConnector::from(Arc::clone(&self.tls)));
        if self.protection == Protection::Implicit {
            let address = (peer.host.as_str(), peer.port);
            let connecting =
                AsyncRustlsFtpStream::connect_secure_implicit(address, connector(), &peer.host);
            return peer.within(connecting).await?.map_err(|error| match error {
                FtpError::ConnectionError(error) => peer.unreachable(error),
                error => failure(peer, &error),
            });
        }
        let stream = peer.connect().await?;
        let greeting = AsyncRustlsFtpStream::connect_with_stream(stream);
        let ftp = peer.within(greeting).await?;
        let ftp = ftp.map_err(|error| failure(peer, &error))?;
        if self.protection == Protection::None {
            return Ok(ftp);
        }
        let securing = ftp.into_secure(connector(), &peer.host);
        peer.within(securing).await?.map_err(|error| match error {
            FtpError::UnexpectedResponse(answer) => peer.insecure(answer),
            error => failure(peer, &error),
        })
    }
}
