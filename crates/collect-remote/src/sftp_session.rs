//! A connection to an SFTP server: lists and downloads.

use std::any::Any;

use channelflow_collect::{DEEPEST, Incoming, SourceError, Version};
use futures::StreamExt;
use futures::future::BoxFuture;
use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};

use crate::files::{MOST_FILES, Session, Trouble};
use crate::peer::Peer;
use crate::selection::{Entry, nanoseconds};

/// Bytes asked for at a time; every server answers that many at once.
const CHUNK: u32 = 32 * 1024;

/// Requests on their way, so that a distant server is not waited for at every chunk.
const AT_ONCE: usize = 16;

/// A connection that is signed in.
pub(crate) struct Connected {
    pub peer: Peer,
    pub root: String,
    pub sftp: RawSftpSession,
    /// The connection ends when this is dropped.
    pub _ssh: Box<dyn Any + Send + Sync>,
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
