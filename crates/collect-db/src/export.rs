//! Rows into artifacts: one CSV file for a range of whole days, or several one after the other.
//!
//! The name of an artifact declares the days it speaks for, so that a day that lost its rows is
//! emptied too. Artifacts end only between two days. What is finished has landed; the rest of a
//! query that fails was never there.

use std::collections::BTreeMap;

use channelflow_collect::{
    Arrival, Artifact, CollectError, Collection, Cursor, Failure, Incoming, Version, Visit,
};
use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_model::{Day, DayRange, Sentence};

use crate::description::{Resource, WhenEmpty};
use crate::record::field;
use crate::sink::{Halt, Sink, header};
use crate::window::day_of;

/// Bytes gathered before they are written.
const BUFFER: usize = 256 * 1024;

/// The rows of one resource on their way into artifacts.
pub(crate) struct Export<'v> {
    visit: &'v Visit<'v>,
    resource: &'v Resource,
    range: DayRange,
    /// How far the resource was read before this visit; never goes back.
    read_to: Option<Day>,
    collection: &'v mut Collection,
    header: Vec<u8>,
    watermark: Option<usize>,
    buffer: Vec<u8>,
    incoming: Option<Incoming<'v>>,
    /// Rows of the artifact at hand.
    rows: u64,
    /// The first day the artifact at hand speaks for.
    first: Day,
    /// The day of the last row, and how that was written.
    day: Option<Day>,
    day_text: Vec<u8>,
    replaced: u64,
}

impl<'v> Export<'v> {
    /// Nothing is written before the first row.
    pub(crate) fn new(
        visit: &'v Visit<'v>,
        resource: &'v Resource,
        range: DayRange,
        read_to: Option<Day>,
        collection: &'v mut Collection,
    ) -> Self {
        Export {
            visit,
            resource,
            range,
            read_to,
            collection,
            header: Vec::new(),
            watermark: None,
            buffer: Vec::with_capacity(BUFFER + BUFFER / 4),
            incoming: None,
            rows: 0,
            first: range.first,
            day: None,
            day_text: Vec::new(),
            replaced: 0,
        }
    }

    /// The query has ended: what is at hand speaks for all days that are left.
    pub(crate) fn finish(mut self) -> Result<(), Halt> {
        let declares = self.resource.when_empty == WhenEmpty::Declare;
        if self.rows > 0 || declares && self.first == self.range.first {
            self.close(self.range.last)?;
        }
        if self.replaced > 0 {
            let place = Place {
                file: Some(self.resource.name.clone()),
                ..Place::default()
            };
            let finding = Finding::new("database_replaced", Severity::Warning, place)
                .fact("resource", &self.resource.name)
                .fact("characters", self.replaced);
            self.collection.findings.push(finding);
        }
        Ok(())
    }

    /// A row of another day than the one before.
    fn next_day(&mut self, written: &[u8]) -> Result<(), Halt> {
        let about = |code| {
            Sentence::new(code)
                .fact("resource", &self.resource.name)
                .fact("column", self.resource.watermark.as_deref().unwrap_or(""))
                .fact("value", String::from_utf8_lossy(written))
        };
        let permanent = |sentence| Err(Halt::failed(Failure::Permanent, sentence));
        let Some(day) = day_of(written) else {
            return permanent(about("database_day"));
        };
        if !self.range.contains(day) {
            return permanent(about("database_day_outside").fact("range", self.range));
        }
        if self.day.is_some_and(|before| day < before) {
            return permanent(about("database_day_order"));
        }
        let full = self.rows >= self.resource.rows || self.bytes() >= self.visit.most_bytes / 2;
        let before = day.plus_days(-1);
        if let (true, true, Some(before)) = (full, self.day != Some(day), before) {
            self.close(before)?;
            self.first = day;
            if self.visit.is_stopped() {
                return Err(Halt::Stopped);
            }
        }
        self.day = Some(day);
        self.day_text.clear();
        self.day_text.extend_from_slice(written);
        Ok(())
    }

    /// Bytes of the artifact at hand.
    fn bytes(&self) -> u64 {
        self.incoming.as_ref().map_or(0, Incoming::bytes) + self.buffer.len() as u64
    }

    fn write(&mut self) -> Result<(), Halt> {
        let (landing, most) = (self.visit.landing, self.visit.most_bytes);
        let incoming = match self.incoming.take() {
            Some(incoming) => Ok(incoming),
            None => landing
                .receive(&self.resource.name, most)
                .and_then(|mut new| {
                    new.take(&self.header)?;
                    Ok(new)
                }),
        };
        let taken = incoming.and_then(|mut incoming| {
            incoming.take(&self.buffer)?;
            Ok(incoming)
        });
        self.incoming = Some(taken.map_err(|error| self.not_kept(&error))?);
        self.buffer.clear();
        Ok(())
    }

    /// Lands the artifact at hand, which speaks for the days up to this one.
    fn close(&mut self, last: Day) -> Result<(), Halt> {
        self.write()?;
        let Some(incoming) = self.incoming.take() else {
            return Ok(());
        };
        let artifact = incoming.finish().map_err(|error| self.not_kept(&error))?;
        let name = self.name(last);
        self.rows = 0;
        let version = version(&artifact);
        if self.visit.is_known(&name, version) {
            self.collection.seen_before += 1;
            return Ok(());
        }
        let read_to = self.read_to.map_or(last, |before| before.max(last));
        self.collection.arrivals.push(Arrival {
            name,
            folder: self.resource.distributor.clone(),
            version,
            artifact,
            cursor: Some(Cursor {
                resource: self.resource.name.clone(),
                value: read_to.to_string(),
            }),
        });
        Ok(())
    }

    /// `销售_2026-03-01_2026-03-31.csv`; without rows it says so: `销售_无销售_…`.
    fn name(&self, last: Day) -> String {
        let name = &self.resource.name;
        let none = if self.rows == 0 {
            format!("_无{name}")
        } else {
            String::new()
        };
        format!("{name}{none}_{}_{last}.csv", self.first)
    }

    fn not_kept(&self, error: &CollectError) -> Halt {
        let name = &self.resource.name;
        match error {
            CollectError::DiskFull { bytes, landing, .. } => Halt::failed(
                Failure::Transient,
                Sentence::new("database_disk_full")
                    .fact("resource", name)
                    .fact("bytes", bytes)
                    .fact("path", landing.display()),
            ),
            CollectError::TooLarge { most, .. } => Halt::failed(
                Failure::Permanent,
                Sentence::new("database_too_large")
                    .fact("resource", name)
                    .fact("day", self.day.unwrap_or(self.range.last))
                    .fact("most", most),
            ),
            other => Halt::failed(
                Failure::Transient,
                Sentence::new("database_not_kept")
                    .fact("resource", name)
                    .fact("error", other),
            ),
        }
    }
}

impl Sink for Export<'_> {
    fn columns(&mut self, names: &[String]) -> Result<(), Halt> {
        expected(self.resource, names)?;
        if let Some(watermark) = &self.resource.watermark {
            self.watermark = names.iter().position(|name| name == watermark);
            if self.watermark.is_none() {
                let sentence = Sentence::new("database_no_watermark")
                    .fact("resource", &self.resource.name)
                    .fact("column", watermark)
                    .fact("found", names.join(", "));
                return Err(Halt::failed(Failure::Changed, sentence));
            }
        }
        self.header = header(names);
        Ok(())
    }

    fn row(&mut self, record: &[u8]) -> Result<(), Halt> {
        if let Some(watermark) = self.watermark {
            let written = field(record, watermark).unwrap_or_default();
            if self.day.is_none() || written != self.day_text {
                self.next_day(written)?;
            }
        }
        self.rows += 1;
        self.buffer.extend_from_slice(record);
        if self.buffer.len() >= BUFFER {
            self.write()?;
        }
        Ok(())
    }

    fn replaced(&mut self, characters: u64) {
        self.replaced += characters;
    }
}

/// Compares the columns with those that are written down. Their order means nothing.
fn expected(resource: &Resource, names: &[String]) -> Result<(), Halt> {
    if resource.columns.is_empty() {
        return Ok(());
    }
    let mut balance: BTreeMap<&str, i64> = BTreeMap::new();
    for name in &resource.columns {
        *balance.entry(name).or_default() -= 1;
    }
    for name in names {
        *balance.entry(name).or_default() += 1;
    }
    let of = |sign: i64| {
        let names: Vec<&str> = balance
            .iter()
            .filter(|(_, count)| count.signum() == sign)
            .map(|(name, _)| *name)
            .collect();
        if names.is_empty() {
            "–".to_owned()
        } else {
            names.join(", ")
        }
    };
    if balance.values().all(|count| *count == 0) {
        return Ok(());
    }
    let sentence = Sentence::new("database_columns")
        .fact("resource", &resource.name)
        .fact("missing", of(-1))
        .fact("new", of(1))
        .fact("expected", resource.columns.join(", "))
        .fact("found", names.join(", "));
    Err(Halt::failed(Failure::Changed, sentence))
}

/// A query has no time of change: its content stands for it, so that the same rows are the same
/// version.
fn version(artifact: &Artifact) -> Version {
    let digits = artifact.sha256.get(..15).unwrap_or("");
    Version {
        size: artifact.bytes,
        mtime_ns: i64::from_str_radix(digits, 16).unwrap_or(0),
    }
}
