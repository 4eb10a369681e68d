//! What can go wrong between an inbox and the landing area. All of it is about the machinery: the
//! same file can be collected by a later run.

use std::io;
use std::path::{Path, PathBuf};

/// Why a file or folder could not be collected.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The inbox itself is not there.
    #[error("the inbox `{path}` does not exist\n  hint: create it, or correct `path` of the source in the settings", path = .path.display())]
    NoInbox {
        /// The folder.
        path: PathBuf,
    },
    /// The file was there when the folder was listed and is gone.
    #[error("`{path}` vanished before it could be copied\n  hint: nothing to do; it is collected when it is there again", path = .path.display())]
    Vanished {
        /// The file.
        path: PathBuf,
    },
    /// Somebody is still writing the file.
    #[error("`{path}` changed while it was copied\n  hint: run again when the sender has finished writing", path = .path.display())]
    StillChanging {
        /// The file.
        path: PathBuf,
    },
    /// No room for the copy.
    #[error("no space left to keep `{path}` ({bytes} bytes) in `{landing}`\n  hint: free space there and run again; nothing was stored of this file", path = .path.display(), landing = .landing.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The landing area.
        landing: PathBuf,
    },
    /// Permission denied.
    #[error("no permission for `{path}`\n  hint: allow this user to read the inbox and to write the landing area", path = .path.display())]
    Denied {
        /// The file or folder.
        path: PathBuf,
    },
    /// The path names a folder, a pipe or a device.
    #[error("`{path}` is not a file\n  hint: name a file, or make its folder a source in the settings", path = .path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// It does not end where it may.
    #[error("`{path}` has more than {most} bytes\n  hint: raise `limits.artifact_bytes` in the settings if a file may be that large", path = .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Bytes it may have.
        most: u64,
    },
    /// Anything else the system says.
    #[error("`{path}`: {error}", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}

impl CollectError {
    /// From an error while reading a file or folder of the inbox.
    pub(crate) fn reading(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => CollectError::Vanished { path },
            io::ErrorKind::PermissionDenied => CollectError::Denied { path },
            _ => CollectError::Io { path, error },
        }
    }

    /// From an error while writing into the landing area.
    pub(crate) fn writing(source: &Path, bytes: u64, landing: &Path, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => CollectError::DiskFull {
                path: source.to_owned(),
                bytes,
                landing: landing.to_owned(),
            },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                CollectError::Denied {
                    path: landing.to_owned(),
                }
            }
            _ => CollectError::Io {
                path: landing.to_owned(),
                error,
            },
        }
    }
}
