//! Files over SSH.

use std::sync::{Arc, Mutex};

use channelflow_collect::{
    Collection, Collector, DEEPEST, Incoming, Probe, SourceError, Version, Visit,
};
use channelflow_config::Description;
use channelflow_model::Sentence;
use futures::StreamExt;
use futures::future::BoxFuture;
use russh::client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate, decode_secret_key};
use russh::{Preferred, cipher, kex, mac};
use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use serde::Deserialize;

use crate::files::{self, MOST_FILES, Session, Store, Trouble};
use crate::filled;
use crate::host_key::HostKey;
use crate::peer::Peer;
use crate::selection::{Entry, Selection, nanoseconds};

/// Bytes asked for at a time; every server answers that many at once.
const CHUNK: u32 = 32 * 1024;

/// Requests on their way, so that a distant server is not waited for at every chunk.
const AT_ONCE: usize = 16;

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
            let visitor = Visitor {
                peer: self.peer.clone(),
                host_key: self.host_key.clone(),
                refusal: Arc::clone(&refusal),
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
            self.sign_in(&mut ssh).await?;
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
                _ssh: ssh,
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

    async fn sign_in(&self, ssh: &mut Handle<Visitor>) -> Result<(), SourceError> {
        if let Some(key) = &self.key {
            let signing = async {
                let hash = ssh.best_supported_rsa_hash().await?.flatten();
                let key = PrivateKeyWithHashAlg::new(Arc::clone(key), hash);
                ssh.authenticate_publickey(&self.user, key).await
            };
            if self.is_accepted(self.peer.within(signing).await?)? {
                return Ok(());
            }
        }
        if let Some(password) = &self.password {
            let asking = ssh.authenticate_password(&self.user, password);
            if self.is_accepted(self.peer.within(asking).await?)? {
                return Ok(());
            }
            // Many servers ask for the password in a dialogue instead.
            if self.peer.within(self.answer(ssh, password)).await?? {
                return Ok(());
            }
        }
        Err(self.peer.refused())
    }

    fn is_accepted(&self, answer: Result<AuthResult, russh::Error>) -> Result<bool, SourceError> {
        answer
            .map(|answer| answer.success())
            .map_err(|error| self.lost(&error))
    }

    /// A server that hangs up while we sign in has counted our failures.
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
}

struct Connected {
    peer: Peer,
    root: String,
    sftp: RawSftpSession,
    /// The connection ends when this is dropped.
    _ssh: Handle<Visitor>,
}

impl Connected {
    fn path(&self, name: &str) -> String {
        match (self.root.trim_end_matches('/'), name) {
            ("", "") if self.root.starts_with('/') => "/".to_owned(),
            ("", "") => ".".to_owned(),
            ("", name) if self.root.starts_with('/') => format!("/{name}"),
            ("", name) => name.to_owned(),
            (root, "") => root.to_owned(),
            (root, name) => format!("{root}/{name}"),
        }
    }

    async fn folder(&self, folder: &str) -> Result<Vec<(String, FileAttributes)>, SftpError> {
        let handle = self.sftp.opendir(self.path(folder)).await?.handle;
        let mut found = Vec::new();
        loop {
            match self.sftp.readdir(handle.as_str()).await {
                Ok(part) => {
                    found.extend(
                        part.files
                            .into_iter()
                            .map(|file| (file.filename, file.attrs)),
                    );
                }
                Err(error) if is(&error, StatusCode::Eof) => break,
                Err(error) => return Err(error),
            }
            if found.len() > MOST_FILES {
                break;
            }
        }
        self.sftp.close(handle).await?;
        Ok(found)
    }

    async fn walk(&self) -> Result<Vec<Entry>, SourceError> {
        let mut entries = Vec::new();
        let mut folders = vec![(String::new(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let listed = match self.folder(&folder).await {
                Ok(listed) => listed,
                Err(error) if folder.is_empty() && is_absent(&error) => {
                    return Err(self.peer.missing(&self.root));
                }
                // A folder somebody closed to us, or took away meanwhile, hides only itself.
                Err(error) if is_absent(&error) => continue,
                Err(error) => return Err(self.peer.broken(error)),
            };
            for (name, attributes) in listed {
                if name == "." || name == ".." || name.contains('/') {
                    continue;
                }
                let path = if folder.is_empty() {
                    name.clone()
                } else {
                    format!("{folder}/{name}")
                };
                if attributes.is_dir() {
                    if depth < DEEPEST && !name.starts_with('.') {
                        folders.push((path, depth + 1));
                    }
                } else if attributes.is_regular() {
                    let version = version(&attributes);
                    entries.push(Entry {
                        name: path,
                        version,
                        is_time_exact: true,
                    });
                }
            }
            if entries.len() + folders.len() > MOST_FILES {
                return Err(self.peer.endless(MOST_FILES as u64));
            }
        }
        Ok(entries)
    }

    async fn download(&self, entry: &Entry, incoming: &mut Incoming<'_>) -> Result<(), Trouble> {
        let path = self.path(&entry.name);
        let opened = self
            .sftp
            .open(path, OpenFlags::READ, FileAttributes::empty())
            .await;
        let handle = match opened {
            Ok(opened) => opened.handle,
            Err(error) if is(&error, StatusCode::NoSuchFile) => return Ok(()),
            Err(error) if is_absent(&error) => {
                return Err(Trouble::File(self.peer.told(&error.to_string())));
            }
            Err(error) => return Err(self.peer.broken(error).into()),
        };
        let size = entry.version.size;
        let mut next_chunk = CHUNK;
        'chunks: while incoming.bytes() < size {
            let chunk = next_chunk;
            let starts = (incoming.bytes()..size).step_by(chunk as usize);
            let handle = handle.as_str();
            let reads = starts.map(move |at| {
                let wanted = u32::try_from(size - at).map_or(chunk, |left| left.min(chunk));
                let read = self.sftp.read(handle, at, wanted);
                async move { (wanted, read.await) }
            });
            let mut reads = futures::stream::iter(reads).buffered(AT_ONCE);
            while let Some((wanted, read)) = reads.next().await {
                let data = match read {
                    Ok(read) => read.data,
                    // Shorter than listed: whoever asked sees that.
                    Err(error) if is(&error, StatusCode::Eof) => break 'chunks,
                    Err(error) => return Err(self.peer.broken(error).into()),
                };
                let came = u32::try_from(data.len()).unwrap_or(u32::MAX);
                if came == 0 || came > wanted {
                    let cause = format!("{came} bytes instead of {wanted}");
                    return Err(self.peer.broken(cause).into());
                }
                incoming.take(&data)?;
                if came < wanted {
                    // It answers less at a time: what was asked for beyond would leave a gap.
                    next_chunk = came;
                    continue 'chunks;
                }
            }
        }
        self.sftp
            .close(handle)
            .await
            .map_err(|error| self.peer.broken(error))?;
        Ok(())
    }
}

impl Session for Connected {
    fn peer(&self) -> &Peer {
        &self.peer
    }

    fn list(&mut self) -> BoxFuture<'_, Result<Vec<Entry>, SourceError>> {
        Box::pin(self.walk())
    }

    fn fetch<'s>(
        &'s mut self,
        entry: &'s Entry,
        incoming: &'s mut Incoming<'_>,
    ) -> BoxFuture<'s, Result<(), Trouble>> {
        Box::pin(self.download(entry, incoming))
    }

    fn is_unchanged<'s>(
        &'s mut self,
        entry: &'s Entry,
    ) -> BoxFuture<'s, Result<bool, SourceError>> {
        Box::pin(async {
            match self.sftp.stat(self.path(&entry.name)).await {
                Ok(now) => Ok(version(&now.attrs) == entry.version),
                Err(error) if is_absent(&error) => Ok(false),
                Err(error) => Err(self.peer.broken(error)),
            }
        })
    }
}

fn version(attributes: &FileAttributes) -> Version {
    Version {
        size: attributes.size.unwrap_or_default(),
        mtime_ns: nanoseconds(attributes.mtime.unwrap_or_default().into()),
    }
}

fn is(error: &SftpError, code: StatusCode) -> bool {
    matches!(error, SftpError::Status(status) if status.status_code == code)
}

/// Not there, or not for us.
fn is_absent(error: &SftpError) -> bool {
    [
        StatusCode::NoSuchFile,
        StatusCode::PermissionDenied,
        StatusCode::Failure,
    ]
    .into_iter()
    .any(|code| is(error, code))
}
