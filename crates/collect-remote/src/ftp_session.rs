//! A connection to an FTP server: lists, downloads, what its answers mean.

use std::time::UNIX_EPOCH;

use channelflow_collect::{DEEPEST, Failure, Incoming, SourceError, Version};
use encoding_rs::GB18030;
use futures::future::BoxFuture;
use serde::Deserialize;
use suppaftp::list::{File, ListParser};
use suppaftp::tokio::AsyncRustlsFtpStream;
use suppaftp::{Encoding, FtpError, Status};
use tokio::io::AsyncReadExt;

use crate::files::{MOST_FILES, Session, Trouble};
use crate::peer::Peer;
use crate::selection::Entry;

/// Bytes a listing of one folder may have.
const LONGEST_LISTING: u64 = 64 << 20;

/// Read at a time.
const CHUNK: usize = 64 * 1024;

/// Encoding of file names.
#[derive(Deserialize, Clone, Copy, Default, PartialEq)]
pub(crate) enum Names {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "gb18030")]
    Gb18030,
}

/// A connection that is signed in.
pub(crate) struct Connected {
    pub peer: Peer,
    pub root: String,
    pub ftp: AsyncRustlsFtpStream,
    pub names: Names,
    /// The server lists with exact times, in a form made for programs.
    pub exact_lists: bool,
    /// When the file at hand was changed, asked before it was downloaded.
    pub changed_before: Option<String>,
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
pub(crate) struct Gb;

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

/// Whether the account is refused.
pub(crate) fn is_refusal(status: Status) -> bool {
    matches!(status, Status::NotLoggedIn | Status::InvalidCredentials)
}

/// Not there, or not for us.
fn is_absent(status: Status) -> bool {
    matches!(status, Status::FileUnavailable | Status::BadFilename)
}

/// What a failed command means: a broken line and a busy server can be tried again.
pub(crate) fn failure(peer: &Peer, error: &FtpError) -> SourceError {
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
