//! The landing area: artifacts under the hash of their content, written once and never changed.
//!
//! A copy becomes visible by a rename after everything is on disk, so a run that is killed leaves
//! at most a temporary file behind, which [`Landing::clean_up`] removes.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use crate::error::CollectError;
use crate::scan::mtime_ns;

/// Copied at a time.
const CHUNK: usize = 256 * 1024;

/// Beginning of the names of unfinished copies.
const UNFINISHED: &str = ".incoming-";

/// Numbers the unfinished copies of this process.
static COPIES: AtomicU64 = AtomicU64::new(0);

/// The folder of all artifacts.
#[derive(Debug, Clone)]
pub struct Landing {
    dir: PathBuf,
}

/// A file of which we know what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Number of bytes.
    pub bytes: u64,
    /// Where these bytes can be read.
    pub path: PathBuf,
}

impl Landing {
    /// The landing area in this folder, which is made when it is missing.
    pub fn new(dir: &Path) -> Result<Self, CollectError> {
        fs::create_dir_all(dir).map_err(|error| CollectError::writing(dir, 0, dir, error))?;
        Ok(Landing {
            dir: dir.to_owned(),
        })
    }

    /// Copies a file into the landing area; one that is there already is only recognised. A file
    /// that changes meanwhile is refused.
    pub fn store(&self, source: &Path) -> Result<Artifact, CollectError> {
        let reader = Steady::open(source)?;
        let mut incoming = self.receive(&source.to_string_lossy(), u64::MAX)?;
        incoming.expected = reader.size;
        reader.read(|chunk| incoming.take(chunk))?;
        incoming.finish()
    }

    /// Begins an artifact whose bytes come from elsewhere. `name` is what errors call it; more
    /// than `most` bytes are refused.
    pub fn receive(&self, name: &str, most: u64) -> Result<Incoming<'_>, CollectError> {
        let number = COPIES.fetch_add(1, Ordering::Relaxed);
        let temporary = format!("{UNFINISHED}{}-{number}", std::process::id());
        let temporary = self.dir.join(temporary);
        let name = PathBuf::from(name);
        let file = File::create(&temporary)
            .map_err(|error| CollectError::writing(&name, 0, &self.dir, error))?;
        Ok(Incoming {
            landing: self,
            name,
            temporary,
            file,
            hasher: Sha256::new(),
            bytes: 0,
            expected: 0,
            most,
        })
    }

    /// Where the artifact with this hash lies, or would lie.
    pub fn path_of(&self, sha256: &str) -> PathBuf {
        self.dir.join(sha256.get(..2).unwrap_or("")).join(sha256)
    }

    /// Removes copies that were never finished; only for who knows that no other run is at work.
    pub fn clean_up(&self) -> Result<u64, CollectError> {
        let failed = |error| CollectError::writing(&self.dir, 0, &self.dir, error);
        let mut removed = 0;
        for entry in fs::read_dir(&self.dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                fs::remove_file(entry.path()).map_err(failed)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// An artifact on its way into the landing area. Dropped before it is finished it never was there.
pub struct Incoming<'l> {
    landing: &'l Landing,
    name: PathBuf,
    temporary: PathBuf,
    file: File,
    hasher: Sha256,
    bytes: u64,
    expected: u64,
    most: u64,
}

impl Incoming<'_> {
    /// The next bytes.
    pub fn take(&mut self, chunk: &[u8]) -> Result<(), CollectError> {
        self.bytes += chunk.len() as u64;
        if self.bytes > self.most {
            return Err(CollectError::TooLarge {
                path: self.name.clone(),
                most: self.most,
            });
        }
        self.hasher.update(chunk);
        self.file
            .write_all(chunk)
            .map_err(|error| self.failed(error))
    }

    /// Bytes taken so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Puts it in its place; one that is there already is only recognised.
    pub fn finish(mut self) -> Result<Artifact, CollectError> {
        let sha256 = hexadecimal(&std::mem::take(&mut self.hasher).finalize());
        let path = self.landing.path_of(&sha256);
        let bytes = self.bytes;
        if !fs::metadata(&path).is_ok_and(|known| known.len() == bytes) {
            self.keep(&path).map_err(|error| self.failed(error))?;
        }
        Ok(Artifact {
            sha256,
            bytes,
            path,
        })
    }

    fn keep(&self, path: &Path) -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(&self.landing.dir);
        self.file.sync_all()?;
        let mut permissions = self.file.metadata()?.permissions();
        permissions.set_readonly(true);
        self.file.set_permissions(permissions)?;
        fs::create_dir_all(folder)?;
        fs::rename(&self.temporary, path)?;
        // The rename itself must survive a power cut.
        File::open(folder)?.sync_all()?;
        File::open(&self.landing.dir)?.sync_all()
    }

    fn failed(&self, error: std::io::Error) -> CollectError {
        let bytes = self.expected.max(self.bytes);
        CollectError::writing(&self.name, bytes, &self.landing.dir, error)
    }
}

impl Drop for Incoming<'_> {
    fn drop(&mut self) {
        // In its place it has another name; then there is nothing to remove.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Hash and size of a file where it lies, without keeping a copy: for previews.
pub fn fingerprint(path: &Path) -> Result<Artifact, CollectError> {
    let (sha256, bytes) = Steady::open(path)?.read(|_| Ok(()))?;
    Ok(Artifact {
        sha256,
        bytes,
        path: path.to_owned(),
    })
}

/// A file that must not change while it is read.
struct Steady<'s> {
    path: &'s Path,
    file: File,
    size: u64,
    mtime_ns: i64,
}

impl<'s> Steady<'s> {
    fn open(path: &'s Path) -> Result<Self, CollectError> {
        let failed = |error| CollectError::reading(path, error);
        // Looked at before it is opened: opening a pipe would wait for ever.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            return Err(CollectError::NotAFile {
                path: path.to_owned(),
            });
        }
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        Ok(Steady {
            path,
            size: metadata.len(),
            mtime_ns: mtime_ns(&metadata),
            file,
        })
    }

    /// Hands every chunk to `take`; hash and size of what was read. The file behind the path must
    /// still be the one that was opened, as it was.
    fn read(
        mut self,
        mut take: impl FnMut(&[u8]) -> Result<(), CollectError>,
    ) -> Result<(String, u64), CollectError> {
        let failed = |error| CollectError::reading(self.path, error);
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; CHUNK];
        let mut bytes = 0;
        loop {
            let read = match self.file.read(&mut buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            };
            let chunk = buffer.get(..read).unwrap_or_default();
            if chunk.is_empty() {
                break;
            }
            hasher.update(chunk);
            take(chunk)?;
            bytes += chunk.len() as u64;
        }
        let now = fs::metadata(self.path).map_err(failed)?;
        let steady = bytes == self.size && now.len() == bytes && mtime_ns(&now) == self.mtime_ns;
        if !steady {
            return Err(CollectError::StillChanging {
                path: self.path.to_owned(),
            });
        }
        Ok((hexadecimal(&hasher.finalize()), bytes))
    }
}

fn hexadecimal(digest: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in digest {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_grows_or_is_replaced_while_it_is_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        let landing = Landing::new(&dir.path().join("landing")).unwrap();
        fs::write(&path, "one").unwrap();
        let grown = Steady::open(&path).unwrap().read(|_| {
            fs::write(&path, "one, two").unwrap();
            Ok(())
        });
        assert!(
            matches!(grown, Err(CollectError::StillChanging { .. })),
            "{grown:?}"
        );

        let other = dir.path().join("b.csv");
        fs::write(&other, "two").unwrap();
        let replaced = Steady::open(&path).unwrap().read(|_| {
            fs::rename(&other, &path).unwrap();
            Ok(())
        });
        assert!(
            matches!(replaced, Err(CollectError::StillChanging { .. })),
            "{replaced:?}"
        );

        let vanished = Steady::open(&path).unwrap().read(|_| {
            fs::remove_file(&path).unwrap();
            Ok(())
        });
        assert!(
            matches!(vanished, Err(CollectError::Vanished { .. })),
            "{vanished:?}"
        );
        assert_eq!(fs::read_dir(landing.dir).unwrap().count(), 0);
    }
}
