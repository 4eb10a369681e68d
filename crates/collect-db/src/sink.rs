//! Where the rows of a query go: into artifacts on a visit, into a short list on a probe.

use channelflow_collect::{Failure, SourceError};
use channelflow_model::Sentence;

use crate::record::Record;

/// Why reading a query ended before its end.
#[derive(Debug)]
pub(crate) enum Halt {
    /// Something is wrong.
    Failed(SourceError),
    /// The visit was asked to end.
    Stopped,
}

impl Halt {
    /// A failure.
    pub(crate) fn failed(failure: Failure, sentence: Sentence) -> Self {
        Halt::Failed(SourceError::new(failure, sentence))
    }
}

/// What takes the rows of one query.
pub(crate) trait Sink: Send {
    /// The names of the columns; comes before any row.
    fn columns(&mut self, names: &[String]) -> Result<(), Halt>;

    /// One row as a CSV record with its line break.
    fn row(&mut self, record: &[u8]) -> Result<(), Halt>;

    /// How many characters of a text could not be read and were replaced.
    fn replaced(&mut self, _characters: u64) {}

    /// Whether the server should be asked for its time.
    fn wants_time(&self) -> bool {
        false
    }

    /// The server's time, seconds since 1970.
    fn time(&mut self, _seconds: i64) {}
}

/// The first rows and the number of all.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) count: u64,
    pub(crate) ahead: Option<i64>,
}

impl Sample {
    /// Rows that are shown.
    const SHOWN: usize = 20;
}

impl Sink for Sample {
    fn columns(&mut self, names: &[String]) -> Result<(), Halt> {
        self.rows.push(names.to_vec());
        Ok(())
    }

    fn row(&mut self, record: &[u8]) -> Result<(), Halt> {
        self.count += 1;
        if self.rows.len() <= Self::SHOWN {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(record);
            if let Some(Ok(row)) = reader.byte_records().next() {
                let texts = row.iter().map(String::from_utf8_lossy);
                self.rows
                    .push(texts.map(std::borrow::Cow::into_owned).collect());
            }
        }
        Ok(())
    }

    fn wants_time(&self) -> bool {
        true
    }

    fn time(&mut self, seconds: i64) {
        let now = std::time::SystemTime::now();
        let ours = now
            .duration_since(std::time::UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_secs()).ok());
        self.ahead = ours.map(|ours| seconds - ours);
    }
}

/// A record of the names of columns.
pub(crate) fn header(names: &[String]) -> Vec<u8> {
    let mut record = Record::default();
    for name in names {
        record.text(name.as_bytes());
    }
    record.finish().to_vec()
}
