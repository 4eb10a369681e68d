//! What importing one file of master data or settlement did, for the report.

use channelflow_model::finding::Finding;
use serde::{Deserialize, Serialize};

use crate::master::MasterKind;

/// What master data changed before the files were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MasterReport {
    /// File name.
    pub file: String,
    /// `customers`, `products`, `distributors`, `aliases`; `org` and the other files of settlement,
    /// `policies`, or `settlement` for what is wrong with those together.
    pub kind: String,
    /// New entries.
    pub added: u64,
    /// Entries with a changed field.
    pub changed: u64,
    /// Entries as before.
    pub unchanged: u64,
    /// Entries the warehouse has and the file does not; kept.
    pub absent: u64,
    /// Entries of settlement that the file no longer has and that ended.
    #[serde(default)]
    pub removed: u64,
    /// Problems; when there are any, nothing of the file was imported.
    pub findings: Vec<Finding>,
}

impl MasterReport {
    /// A file that changed nothing.
    pub fn new(file: &str, kind: &str) -> Self {
        MasterReport {
            file: file.to_owned(),
            kind: kind.to_owned(),
            added: 0,
            changed: 0,
            unchanged: 0,
            absent: 0,
            removed: 0,
            findings: Vec::new(),
        }
    }

    /// Whether it holds names that rows are matched with, not what settlement is computed from.
    pub fn is_names(&self) -> bool {
        MasterKind::ALL
            .iter()
            .any(|kind| kind.as_str() == self.kind)
    }

    /// Sentence of a report about it.
    pub(crate) fn sentence(&self) -> &'static str {
        if !self.findings.is_empty() {
            "report_master_refused"
        } else if self.is_names() {
            "report_master_line"
        } else {
            "report_settings_line"
        }
    }

    /// Whether a reader wants to know: something changed or was refused.
    pub fn matters(&self) -> bool {
        self.added + self.changed + self.removed > 0 || !self.findings.is_empty()
    }
}
