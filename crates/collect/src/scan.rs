//! What lies in an inbox: one sub-folder per distributor, files below it at any depth.
//!
//! Lock files, dot files and half-finished downloads are not deliveries and passed over in
//! silence; what cannot be looked at is said. Links are followed to files inside the inbox only.

use std::cmp::Ordering;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::error::CollectError;
use crate::order::natural;

/// Folders deeper than this are not looked into: nobody delivers there.
pub const DEEPEST: usize = 16;

/// Names of files that programs leave behind.
const LEFTOVERS: [&str; 2] = ["thumbs.db", "desktop.ini"];

/// Endings of files that are still being written.
const UNFINISHED: [&str; 6] = [
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".crdownload",
    ".filepart",
];

/// A file of an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// First folder below the inbox, which names the distributor; `None` for a file that lies in
    /// the inbox itself.
    pub folder: Option<String>,
    /// Where it is.
    pub path: PathBuf,
    /// Path below the inbox with `/`, its name in checkpoints and reports.
    pub relative: String,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change, nanoseconds since 1970.
    pub mtime_ns: i64,
}

/// Something in an inbox that was not looked at.
#[derive(Debug)]
pub struct LeftOut {
    /// Path below the inbox.
    pub relative: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why something was not looked at.
#[derive(Debug)]
pub enum LeftOutReason {
    /// A link to somewhere outside the inbox, or to a folder.
    Link,
    /// Too many folders deep.
    TooDeep,
    /// It cannot be read.
    Unreadable(CollectError),
}

/// An inbox as it is now.
#[derive(Debug, Default)]
pub struct Scan {
    /// Its files, by distributor folder, then file name in natural order.
    pub files: Vec<FoundFile>,
    /// What was not looked at.
    pub left_out: Vec<LeftOut>,
}

/// Lists an inbox. Only the inbox itself must be readable: a distributor's folder that is not is
/// left out and said.
pub fn scan_folder(root: &Path) -> Result<Scan, CollectError> {
    let inside = fs::canonicalize(root).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => CollectError::NoInbox {
            path: root.to_owned(),
        },
        _ => CollectError::reading(root, error),
    })?;
    let mut scan = Scan::default();
    let mut walk = Walk {
        inside: &inside,
        scan: &mut scan,
    };
    let entries = fs::read_dir(root).map_err(|error| CollectError::reading(root, error))?;
    walk.folder(entries, None, "", 0);
    scan.files
        .sort_by(|a, b| delivery_order(&a.relative, &b.relative));
    scan.left_out.sort_by(|a, b| a.relative.cmp(&b.relative));
    Ok(scan)
}

/// The order in which files are loaded, by their paths with `/`: by distributor folder, then by
/// file name in natural order.
pub fn delivery_order(a: &str, b: &str) -> Ordering {
    let folder = |path| first_folder(path).unwrap_or("");
    natural(folder(a), folder(b))
        .then_with(|| natural(file_name(a), file_name(b)))
        .then_with(|| a.cmp(b))
}

/// The first folder of a path with `/`, which names the distributor.
pub fn first_folder(path: &str) -> Option<&str> {
    path.split_once('/').map(|(folder, _)| folder)
}

fn file_name(relative: &str) -> &str {
    relative.rsplit('/').next().unwrap_or(relative)
}

struct Walk<'w> {
    inside: &'w Path,
    scan: &'w mut Scan,
}

impl Walk<'_> {
    fn folder(&mut self, entries: fs::ReadDir, folder: Option<&str>, prefix: &str, depth: usize) {
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let error = CollectError::reading(Path::new(prefix), error);
                    self.leave_out(prefix, LeftOutReason::Unreadable(error));
                    continue;
                }
            };
            let name = entry.file_name().to_string_lossy().into_owned();
            let relative = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}/{name}")
            };
            if let Err(error) = self.entry(&entry, &name, folder, &relative, depth) {
                match CollectError::reading(&entry.path(), error) {
                    // Between listing and looking it was taken away: then it is not there.
                    CollectError::Vanished { .. } => {}
                    error => self.leave_out(&relative, LeftOutReason::Unreadable(error)),
                }
            }
        }
    }

    fn entry(
        &mut self,
        entry: &fs::DirEntry,
        name: &str,
        folder: Option<&str>,
        relative: &str,
        depth: usize,
    ) -> io::Result<()> {
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if name.starts_with('.') {
                return Ok(());
            }
            if depth >= DEEPEST {
                self.leave_out(relative, LeftOutReason::TooDeep);
                return Ok(());
            }
            let entries = fs::read_dir(&path)?;
            self.folder(entries, folder.or(Some(name)), relative, depth + 1);
            return Ok(());
        }
        if is_leftover(name) {
            return Ok(());
        }
        if kind.is_symlink() {
            let target = fs::canonicalize(&path)?;
            if !target.starts_with(self.inside) || !target.is_file() {
                self.leave_out(relative, LeftOutReason::Link);
                return Ok(());
            }
        } else if !kind.is_file() {
            return Ok(());
        }
        let metadata = fs::metadata(&path)?;
        self.scan.files.push(FoundFile {
            folder: folder.map(str::to_owned),
            relative: relative.to_owned(),
            size: metadata.len(),
            mtime_ns: mtime_ns(&metadata),
            path,
        });
        Ok(())
    }

    fn leave_out(&mut self, relative: &str, reason: LeftOutReason) {
        self.scan.left_out.push(LeftOut {
            relative: relative.to_owned(),
            reason,
        });
    }
}

/// Whether a file name is one of an Office lock file (`~$流向.xlsx`), a dot file, a leftover or an
/// unfinished copy: no delivery, wherever it lies.
pub fn is_leftover(name: &str) -> bool {
    let lower = name.to_lowercase();
    name.starts_with('.')
        || name.starts_with("~$")
        || name.ends_with('~')
        || LEFTOVERS.contains(&&*lower)
        || UNFINISHED.iter().any(|ending| lower.ends_with(ending))
}

/// Time of the last change; 0 where the system does not tell.
pub(crate) fn mtime_ns(metadata: &fs::Metadata) -> i64 {
    let Ok(changed) = metadata.modified() else {
        return 0;
    };
    match changed.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |ns| -ns),
    }
}
