//! Files over SSH.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use channelflow_collect::{Collection, Collector, Probe, SourceError, Visit};
use channelflow_config::Description;
use channelflow_model::Sentence;
use futures::future::BoxFuture;
use russh::client::{self, AuthResult, DisconnectReason, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate, decode_secret_key};
use russh::{Disconnect, MethodKind, MethodSet, Preferred, cipher, kex, mac};
use russh_sftp::client::RawSftpSession;
use serde::Deserialize;

use crate::files::{self, Session, Store};
use crate::filled;
use crate::host_key::HostKey;
use crate::peer::Peer;
use crate::selection::Selection;
use crate::sftp_session::Connected;

/// Seconds after which a file that did not change is finished.
const SETTLE: u64 = 30;

/// The keys of a description.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    host: String,
    #[serde(default = "port")]
    port: u16,
    user: String,
    password: Option<String>,
    private_key: Option<String>,
    passphrase: Option<String>,
    host_key: Option<String>,
    #[serde(default)]
    root: String,
    #[serde(default)]
    pattern: Vec<String>,
    settle_seconds: Option<u64>,
    timeout_seconds: Option<u64>,
    #[serde(default)]
    old_algorithms: bool,
}

fn port() -> u16 {
    22
}

struct Sftp {
    peer: Peer,
    user: String,
    password: Option<String>,
    key: Option<Arc<PrivateKey>>,
    host_key: HostKey,
    root: String,
    config: Arc<client::Config>,
    selection: Selection,
}

/// The collector a description asks for.
pub(crate) fn open(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    let keys: Keys = description.read()?;
    let user = filled::text(description, &keys.user)?;
    let secret = |key, written: &Option<String>| {
        let written = written.as_deref();
        written
            .map(|written| filled::secret(description, key, written))
            .transpose()
    };
    let password = secret("password", &keys.password)?;
    let private_key = secret("private_key", &keys.private_key)?;
    let passphrase = secret("passphrase", &keys.passphrase)?;
    if password.is_none() && private_key.is_none() {
        return Err(description.wrong("neither `password` nor `private_key`"));
    }
    let key = private_key
        .as_deref()
        .map(|key| decode_secret_key(key, passphrase.as_deref()))
        .transpose()
        .map_err(|_| {
            description.wrong("`private_key` is no SSH key, or `passphrase` is not its")
        })?;
    let peer = Peer {
        host: filled::text(description, &keys.host)?,
        port: keys.port,
        patience: filled::patience(keys.timeout_seconds),
        hidden: [
            Some(user.clone()),
            password.clone(),
            private_key,
            passphrase,
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    let config = client::Config {
        inactivity_timeout: Some(peer.patience),
        preferred: preferred(keys.old_algorithms),
        nodelay: true,
        ..client::Config::default()
    };
    let settle = keys.settle_seconds.unwrap_or(SETTLE);
    Ok(Arc::new(Sftp {
        host_key: HostKey::new(description, keys.host_key.as_deref()),
        root: filled::text(description, &keys.root)?,
        selection: Selection::new(description, &keys.pattern, settle)?,
        config: Arc::new(config),
        user,
        password,
        key: key.map(Arc::new),
        peer,
    }))
}

/// What is offered to a server. Servers of the nineties know only what is broken today; that is
/// used where the description says so.
fn preferred(old_algorithms: bool) -> Preferred {
    let mut preferred = Preferred::DEFAULT;
    if old_algorithms {
        preferred
            .kex
            .to_mut()
            .extend([kex::DH_G14_SHA1, kex::DH_G1_SHA1]);
        preferred
            .mac
            .to_mut()
            .extend([mac::HMAC_SHA1_ETM, mac::HMAC_SHA1]);
        preferred.cipher.to_mut().push(cipher::AES_128_CBC);
    } else {
        preferred
            .key
            .to_mut()
            .retain(|known| !matches!(known, russh::keys::Algorithm::Rsa { hash: None }));
    }
    preferred
}

impl Collector for Sftp {
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

impl Store for Sftp {
    fn connect(&self) -> BoxFuture<'_, Result<Box<dyn Session>, SourceError>> {
        Box::pin(async {
            let stream = self.peer.connect().await?;
            let refusal = Arc::new(Mutex::new(None));
            let said_goodbye = Arc::new(AtomicBool::new(false));
            let visitor = Visitor {
                peer: self.peer.clone(),
                host_key: self.host_key.clone(),
                refusal: Arc::clone(&refusal),
                said_goodbye: Arc::clone(&said_goodbye),
            };
            let shaken = client::connect_stream(Arc::clone(&self.config), stream, visitor);
            let shaken = self.peer.within(shaken).await?;
            let mut ssh = match shaken {
                Ok(ssh) => ssh,
                Err(error) => {
                    let refused = refusal.lock().ok().and_then(|mut held| held.take());
                    return Err(refused.unwrap_or_else(|| self.handshake(&error)));
                }
            };
            self.sign_in(&mut ssh, &said_goodbye).await?;
            let opening = async {
                let channel = ssh.channel_open_session().await?;
                channel.request_subsystem(true, "sftp").await?;
                Ok::<_, russh::Error>(channel)
            };
            let channel = self.peer.within(opening).await?;
            let channel = channel.map_err(|error| self.peer.broken(error))?;
            let sftp = RawSftpSession::new(channel.into_stream());
            sftp.set_timeout(self.peer.patience.as_secs());
            sftp.init().await.map_err(|error| self.peer.broken(error))?;
            Ok(Box::new(Connected {
                peer: self.peer.clone(),
                root: self.root.clone(),
                sftp,
                _ssh: Box::new(ssh),
            }) as Box<dyn Session>)
        })
    }
}

impl Sftp {
    /// A server that shares no algorithm with us needs a person, a broken line does not.
    fn handshake(&self, error: &russh::Error) -> SourceError {
        match error {
            russh::Error::NoCommonAlgo { .. } => self.peer.insecure(error),
            _ => self.peer.broken(error),
        }
    }

    /// Signs in. A refused account is not shown again, however the server says no: in an answer, by
    /// a goodbye instead of one, or by hanging up after one.
    async fn sign_in(
        &self,
        ssh: &mut Handle<Visitor>,
        said_goodbye: &AtomicBool,
    ) -> Result<(), SourceError> {
        let mut was_refused = false;
        match self.is_signed_in(ssh, &mut was_refused).await {
            Ok(true) => Ok(()),
            Err(error) if !was_refused && !said_goodbye.load(Ordering::SeqCst) => Err(error),
            _ => Err(self.peer.refused()),
        }
    }

    async fn is_signed_in(
        &self,
        ssh: &mut Handle<Visitor>,
        was_refused: &mut bool,
    ) -> Result<bool, SourceError> {
        if let Some(key) = &self.key {
            let signing = async {
                let hash = ssh.best_supported_rsa_hash().await?.flatten();
                let key = PrivateKeyWithHashAlg::new(Arc::clone(key), hash);
                ssh.authenticate_publickey(&self.user, key).await
            };
            let answer = self.peer.within(signing).await?;
            let Some((_, is_part)) = self.ways_left(ssh, answer)? else {
                return Ok(true);
            };
            // A key that is half of what a server asks for was not refused.
            *was_refused = !is_part;
        }
        let Some(password) = &self.password else {
            return Ok(false);
        };
        let asking = ssh.authenticate_password(&self.user, password);
        let answer = self.peer.within(asking).await?;
        let Some((ways, _)) = self.ways_left(ssh, answer)? else {
            return Ok(true);
        };
        // It takes passwords, and not this one. Given once more in a dialogue it would count twice.
        if ways.contains(&MethodKind::Password) {
            return Ok(false);
        }
        // Many servers ask for the password in a dialogue instead.
        self.peer.within(self.answer(ssh, password)).await?
    }

    /// `None` when we are in; otherwise the ways that are left, and whether this one was a part of
    /// what the server asks for.
    fn ways_left(
        &self,
        ssh: &Handle<Visitor>,
        answer: Result<AuthResult, russh::Error>,
    ) -> Result<Option<(MethodSet, bool)>, SourceError> {
        match answer {
            Ok(AuthResult::Success) => Ok(None),
            Ok(AuthResult::Failure {
                remaining_methods,
                partial_success,
            }) => {
                // The library calls a line that broke before the answer a failure without ways.
                if remaining_methods.is_empty() && ssh.is_closed() {
                    return Err(self.peer.broken(russh::Error::Disconnect));
                }
                Ok(Some((remaining_methods, partial_success)))
            }
            Err(error) => Err(self.lost(&error)),
        }
    }

    /// Why there was no answer.
    fn lost(&self, error: &russh::Error) -> SourceError {
        match error {
            russh::Error::NoAuthMethod | russh::Error::NotAuthenticated => self.peer.refused(),
            _ => self.peer.broken(error),
        }
    }

    async fn answer(&self, ssh: &mut Handle<Visitor>, password: &str) -> Result<bool, SourceError> {
        let lost = |error| self.lost(&error);
        let mut asked = ssh
            .authenticate_keyboard_interactive_start(&self.user, None::<String>)
            .await
            .map_err(lost)?;
        // A server that asks and asks is not answered for ever.
        for _ in 0..4 {
            match asked {
                KeyboardInteractiveAuthResponse::Success => return Ok(true),
                KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
                KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                    let answers = prompts.iter().map(|_| password.to_owned()).collect();
                    asked = ssh
                        .authenticate_keyboard_interactive_respond(answers)
                        .await
                        .map_err(lost)?;
                }
            }
        }
        Ok(false)
    }
}

/// Meets the server.
struct Visitor {
    peer: Peer,
    host_key: HostKey,
    refusal: Arc<Mutex<Option<SourceError>>>,
    /// The server ended the conversation and said so, for a reason that lies with us.
    said_goodbye: Arc<AtomicBool>,
}

impl client::Handler for Visitor {
    type Error = russh::Error;

    async fn check_server_key(
        &mut self,
        presented: &PublicKeyOrCertificate,
    ) -> Result<bool, russh::Error> {
        // We ask for no certificates, so a server that shows one is none we know.
        let PublicKeyOrCertificate::PublicKey { key, .. } = presented else {
            return Ok(false);
        };
        let checked = self.host_key.check(&self.peer, key);
        let known = checked.is_ok();
        if let (Err(refusal), Ok(mut held)) = (checked, self.refusal.lock()) {
            *held = Some(refusal);
        }
        Ok(known)
    }

    async fn disconnected(
        &mut self,
        reason: DisconnectReason<russh::Error>,
    ) -> Result<(), russh::Error> {
        match reason {
            DisconnectReason::ReceivedDisconnect(told) => {
                let is_busy = matches!(
                    told.reason_code,
                    Disconnect::ServiceNotAvailable
                        | Disconnect::ConnectionLost
                        | Disconnect::TooManyConnections
                );
                self.said_goodbye.store(!is_busy, Ordering::SeqCst);
                Ok(())
            }
            DisconnectReason::Error(error) => Err(error),
        }
    }
}
