//! How one kind of sheet of one distributor is arranged.
//!
//! A layout is detected once, shown, accepted, and remembered by the fingerprint of its headers.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::field::{Field, FlowKind};

/// One column of the sheet that carries a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayoutColumn {
    /// What the column means.
    pub field: Field,
    /// Header as normalised; found again by this text and, for equal headers, by `position`.
    pub header: String,
    /// Position in the sheet, from 0.
    pub position: u32,
    /// Unit named in the header: `数量(盒)` → `盒`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Date format this column is pinned to (`ymd`, `mdy`, `dmy`), when a person decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
}

/// What a return with a positive quantity means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignRule {
    /// Nobody has said: such rows are held.
    #[default]
    Hold,
    /// The document type decides: the quantity is made negative.
    Negate,
    /// The quantity is right as it stands.
    Keep,
}

/// How a sheet is arranged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// Fingerprint of the headers, 16 hexadecimal digits.
    pub fingerprint: String,
    /// Number of header rows, 1 or 2.
    pub header_rows: u32,
    /// What returns with a positive quantity mean.
    #[serde(default)]
    pub sign: SignRule,
    /// Unit of quantities when neither a column nor a header says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Fields written once per group and blank below, to be filled down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grouped: Vec<Field>,
    /// Field whose value stands in label rows between the lines (客户:××医院).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<Field>,
    /// All headers as normalised, in order; empty text for a column without one.
    pub headers: Vec<String>,
    /// The columns that carry fields.
    pub columns: Vec<LayoutColumn>,
    /// Headers of columns about doctors or patients: never stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
}

impl Layout {
    /// Fingerprint of normalised headers: their texts in order, empty ones left out.
    pub fn fingerprint_of(headers: &[String]) -> String {
        let joined: Vec<&str> = headers
            .iter()
            .map(String::as_str)
            .filter(|header| !header.is_empty())
            .collect();
        format!("{:016x}", xxh3_64(joined.join("\u{0}").as_bytes()))
    }

    /// The column of a field.
    pub fn column(&self, field: Field) -> Option<&LayoutColumn> {
        self.columns.iter().find(|column| column.field == field)
    }
}
