//! Which of the files that lie somewhere else are taken.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use channelflow_collect::{Version, Visit, is_leftover};
use channelflow_config::Description;
use channelflow_model::Sentence;
use channelflow_model::finding::{Finding, Place, Severity};

use crate::pattern::Pattern;

/// A file as its server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Path below the root, with `/`.
    pub name: String,
    /// Size and time of the last change.
    pub version: Version,
    /// Whether that time can be compared with our clock.
    pub is_time_exact: bool,
}

/// Which files are wanted, and when one is finished.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    patterns: Vec<Pattern>,
    /// A file that has not changed for so long is finished.
    pub settle: Duration,
}

/// What is to be done with a file.
#[derive(Debug, PartialEq)]
pub(crate) enum Decision {
    /// It is no delivery, or not wanted.
    Pass,
    /// This version of it was dealt with.
    Known,
    /// It may have too many bytes.
    Say(Box<Finding>),
    /// It is taken.
    Take,
    /// It changed a moment ago: taken if a second list shows it unchanged.
    Watch,
}

impl Selection {
    /// From the keys `pattern` and `settle_seconds`.
    pub fn new(
        description: &Description<'_>,
        patterns: &[String],
        settle_seconds: u64,
    ) -> Result<Self, Sentence> {
        let patterns = patterns
            .iter()
            .map(|written| Pattern::path(description, written))
            .collect::<Result<_, _>>()?;
        Ok(Selection {
            patterns,
            settle: Duration::from_secs(settle_seconds),
        })
    }

    /// Whether a file of this name is a delivery.
    pub fn wants(&self, name: &str) -> bool {
        let mut parts = name.rsplit('/');
        let file = parts.next().unwrap_or(name);
        !is_leftover(file)
            && !parts.any(|folder| folder.starts_with('.'))
            && (self.patterns.is_empty() || self.patterns.iter().any(|known| known.fits(name)))
    }

    /// What is to be done with a file, at this time of our clock.
    pub fn decide(&self, entry: &Entry, visit: &Visit<'_>, now: SystemTime) -> Decision {
        if !self.wants(&entry.name) {
            return Decision::Pass;
        }
        if visit.is_known(&entry.name, entry.version) {
            return Decision::Known;
        }
        if entry.version.size > visit.most_bytes {
            let finding = said("remote_too_large", Severity::Error, &entry.name)
                .fact("bytes", entry.version.size)
                .fact("most", visit.most_bytes);
            return Decision::Say(Box::new(finding));
        }
        if self.settle.is_zero() || age(entry, now).is_some_and(|age| age >= self.settle) {
            Decision::Take
        } else {
            Decision::Watch
        }
    }
}

/// How long ago a file changed; `None` where its server does not tell, or its clock is ahead.
fn age(entry: &Entry, now: SystemTime) -> Option<Duration> {
    let changed = u64::try_from(entry.version.mtime_ns).ok()?;
    if changed == 0 || !entry.is_time_exact {
        return None;
    }
    let changed = UNIX_EPOCH.checked_add(Duration::from_nanos(changed))?;
    now.duration_since(changed).ok()
}

/// A finding about one file.
pub(crate) fn said(code: &'static str, severity: Severity, name: &str) -> Finding {
    let place = Place {
        file: Some(name.to_owned()),
        ..Place::default()
    };
    Finding::new(code, severity, place)
}

/// Nanoseconds since 1970 of seconds since 1970.
pub(crate) fn nanoseconds(seconds: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000)
}
