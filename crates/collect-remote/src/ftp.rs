//! Files over FTP and FTPS.

use std::sync::Arc;
use std::time::UNIX_EPOCH;

use channelflow_collect::{
    Collection, Collector, DEEPEST, Failure, Incoming, Probe, SourceError, Version, Visit,
};
use channelflow_config::Description;
use channelflow_model::Sentence;
use encoding_rs::GB18030;
use futures::future::BoxFuture;
use serde::Deserialize;
use suppaftp::list::{File, ListParser};
use suppaftp::tokio::{AsyncRustlsConnector, AsyncRustlsFtpStream};
use suppaftp::types::FileType;
use suppaftp::{Encoding, FtpError, Mode, Status};
use tokio::io::AsyncReadExt;

use crate::files::{self, MOST_FILES, Session, Store, Trouble};
use crate::peer::Peer;
use crate::selection::{Entry, Selection};
use crate::{filled, tls};

/// Bytes a listing of one folder may have.
const LONGEST_LISTING: u64 = 64 << 20;

/// Read at a time.
const CHUNK: usize = 64 * 1024;

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

/// Encoding of file names.
#[derive(Deserialize, Clone, Copy, Default, PartialEq)]
enum Names {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "gb18030")]
    Gb18030,
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

struct Connected {
    peer: Peer,
    root: String,
    ftp: AsyncRustlsFtpStream,
    names: Names,
    /// The server lists with exact times, in a form made for programs.
    exact_lists: bool,
    /// When the file at hand was changed, asked before it was downloaded.
    changed_before: Option<String>,
}

impl Connected {
    fn path(&self, name: &str) -> String {
        match (self.root.as_str(), name) {
            (root, "") => root.to_owned(),
            ("", name) => name.to_owned(),
            (root, name) => format!("{root}/{name}"),
        }
    }

    async fn folder(&mut self, folder: &str) -> Result<Vec<File>, SourceError> {
        let path = self.path(folder);
        let verb = if self.exact_lists { "MLSD" } else { "LIST" };
        let command = if path.is_empty() {
            verb.to_owned()
        } else {
            format!("{verb} {path}")
        };
        let opening = self
            .ftp
            .custom_data_command(command, &[Status::AboutToSend, Status::AlreadyOpen]);
        let (_, mut data) = match self.peer.within(opening).await? {
            Ok(opened) => opened,
            // 501 is the answer to a path that names no folder.
            Err(FtpError::UnexpectedResponse(answer))
                if is_absent(answer.status) || answer.status.code() == 501 =>
            {
                return Err(self.peer.missing(&path));
            }
            Err(error) => return Err(failure(&self.peer, &error)),
        };
        let mut listing = Vec::new();
        let mut buffer = vec![0; CHUNK];
        loop {
            let read = self.peer.within(data.read(&mut buffer)).await?;
            let read = read.map_err(|error| self.peer.broken(error))?;
            if read == 0 {
                break;
            }
            listing.extend_from_slice(buffer.get(..read).unwrap_or_default());
            if listing.len() as u64 > LONGEST_LISTING {
                return Err(self.peer.endless(LONGEST_LISTING));
            }
        }
        let finished = self.peer.within(data.finish()).await?;
        finished.map_err(|error| failure(&self.peer, &error))?;
        self.parse(&listing)
    }

    fn parse(&self, listing: &[u8]) -> Result<Vec<File>, SourceError> {
        let mut files = Vec::new();
        for line in listing.split(|byte| *byte == b'\n') {
            let line = self.names_of(line.strip_suffix(b"\r").unwrap_or(line));
            let line = line.as_str();
            // The first line of `ls -l`.
            if line.trim().is_empty() || line.starts_with("total ") {
                continue;
            }
            let file = if self.exact_lists {
                ListParser::parse_mlsd(line)
            } else {
                ListParser::parse_posix(line).or_else(|_| ListParser::parse_dos(line))
            };
            match file {
                Ok(file) => files.push(file),
                // The folder itself and its parent have types of their own.
                Err(_) if self.exact_lists && line.to_lowercase().contains("dir;") => {}
                Err(_) => return Err(self.peer.unexpected(line)),
            }
        }
        Ok(files)
    }

    fn names_of(&self, bytes: &[u8]) -> String {
        match self.names {
            Names::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Names::Gb18030 => Gb.decode(bytes),
        }
    }

    async fn walk(&mut self) -> Result<Vec<Entry>, SourceError> {
        let mut entries = Vec::new();
        let mut folders = vec![(String::new(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let listed = match self.folder(&folder).await {
                Ok(listed) => listed,
                // A folder that is closed to us, or went meanwhile, hides only itself.
                Err(error) if error.failure == Failure::Changed && !folder.is_empty() => continue,
                Err(error) => return Err(error),
            };
            for file in listed {
                let name = file.name();
                if name == "." || name == ".." || name.contains('/') {
                    continue;
                }
                let path = if folder.is_empty() {
                    name.to_owned()
                } else {
                    format!("{folder}/{name}")
                };
                if file.is_directory() {
                    if depth < DEEPEST && !name.starts_with('.') {
                        folders.push((path, depth + 1));
                    }
                } else if file.is_file() {
                    entries.push(Entry {
                        name: path,
                        version: version(&file),
                        // Without a time zone nobody knows when that was.
                        is_time_exact: self.exact_lists,
                    });
                }
            }
            if entries.len() + folders.len() > MOST_FILES {
                return Err(self.peer.endless(MOST_FILES as u64));
            }
        }
        Ok(entries)
    }

    /// When a file was changed, as the server says it; `None` where it does not, and where the file
    /// is gone.
    async fn changed(&mut self, path: &str) -> Result<Option<String>, SourceError> {
        match self.peer.within(self.ftp.mdtm(path)).await? {
            Ok(changed) => Ok(Some(changed.to_string())),
            Err(FtpError::UnexpectedResponse(_) | FtpError::BadResponse) => Ok(None),
            Err(error) => Err(failure(&self.peer, &error)),
        }
    }

    async fn download(
        &mut self,
        entry: &Entry,
        incoming: &mut Incoming<'_>,
    ) -> Result<(), Trouble> {
        let path = self.path(&entry.name);
        self.changed_before = self.changed(&path).await?;
        let opening = self.ftp.retr_as_stream(&path);
        let mut data = match self.peer.within(opening).await? {
            Ok(data) => data,
            Err(FtpError::UnexpectedResponse(answer)) if is_absent(answer.status) => {
                return if self.is_listed(entry).await? {
                    Err(Trouble::File(self.peer.told(&answer.to_string())))
                } else {
                    Ok(())
                };
            }
            Err(error) => return Err(failure(&self.peer, &error).into()),
        };
        let mut buffer = vec![0; CHUNK];
        loop {
            let read = self.peer.within(data.read(&mut buffer)).await?;
            let read = read.map_err(|error| self.peer.broken(error))?;
            if read == 0 {
                break;
            }
            incoming.take(buffer.get(..read).unwrap_or_default())?;
        }
        let finished = self.peer.within(data.finish()).await?;
        finished.map_err(|error| failure(&self.peer, &error))?;
        Ok(())
    }

    /// Asks the folder again: for servers that tell the size of no single file.
    async fn is_listed(&mut self, entry: &Entry) -> Result<bool, SourceError> {
        let (folder, name) = entry.name.rsplit_once('/').unwrap_or(("", &entry.name));
        let listed = self.folder(folder).await?;
        Ok(listed
            .iter()
            .any(|file| file.name() == name && version(file) == entry.version))
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
            let path = self.path(&entry.name);
            if self.changed(&path).await? != self.changed_before {
                return Ok(false);
            }
            match self.peer.within(self.ftp.size(&path)).await? {
                Ok(size) => Ok(size as u64 == entry.version.size),
                Err(FtpError::UnexpectedResponse(_) | FtpError::BadResponse) => {
                    self.is_listed(entry).await
                }
                Err(error) => Err(failure(&self.peer, &error)),
            }
        })
    }
}

/// Names as Chinese Windows servers send them.
#[derive(Debug)]
struct Gb;

impl Encoding for Gb {
    fn decode(&self, bytes: &[u8]) -> String {
        GB18030.decode_without_bom_handling(bytes).0.into_owned()
    }

    fn encode(&self, text: &str) -> std::io::Result<Vec<u8>> {
        Ok(GB18030.encode(text).0.into_owned())
    }
}

fn version(file: &File) -> Version {
    let changed = file.modified().duration_since(UNIX_EPOCH);
    Version {
        size: file.size() as u64,
        mtime_ns: changed.map_or(0, |since| {
            i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
        }),
    }
}

fn is_refusal(status: Status) -> bool {
    matches!(status, Status::NotLoggedIn | Status::InvalidCredentials)
}

/// Not there, or not for us.
fn is_absent(status: Status) -> bool {
    matches!(status, Status::FileUnavailable | Status::BadFilename)
}

/// What a failed command means: a broken line and a busy server can be tried again.
fn failure(peer: &Peer, error: &FtpError) -> SourceError {
    match error {
        FtpError::UnexpectedResponse(answer) if is_refusal(answer.status) => peer.refused(),
        FtpError::UnexpectedResponse(answer) if answer.status.code() >= 500 => {
            peer.unexpected(answer)
        }
        FtpError::SecureError(_) => peer.insecure(error),
        FtpError::BadResponse | FtpError::InvalidAddress(_) => peer.unexpected(error),
        // More than a reply may have: the library stops there.
        FtpError::ConnectionError(cause) if cause.kind() == std::io::ErrorKind::InvalidData => {
            peer.unexpected(cause)
        }
        _ => peer.broken(error),
    }
}
