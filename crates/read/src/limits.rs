//! What a file may cost. Everything here is enforced; what exceeds it is a refused file.

use serde::{Deserialize, Serialize};

/// Bounds for reading one artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Size of the artifact as received.
    pub artifact_bytes: u64,
    /// Sum of everything unpacked from it.
    pub expanded_bytes: u64,
    /// Size of one unpacked entry.
    pub entry_bytes: u64,
    /// Unpacked size against packed size, for entries large enough to matter.
    pub expansion_ratio: u64,
    /// Rows with a cell, per table.
    pub rows: u32,
    /// Columns per table.
    pub columns: u32,
    /// Cells with a value, over all tables of the artifact.
    pub cells: u64,
    /// Characters in one cell.
    pub cell_chars: u32,
    /// Address space of the child process.
    pub memory_bytes: u64,
    /// Wall clock and CPU seconds of the child process.
    pub seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            artifact_bytes: 256 << 20,
            expanded_bytes: 1 << 30,
            entry_bytes: 512 << 20,
            expansion_ratio: 200,
            rows: 1_100_000,
            columns: 2_000,
            cells: 20_000_000,
            cell_chars: 32_767,
            memory_bytes: 2 << 30,
            seconds: 300,
        }
    }
}

impl Limits {
    /// Row times column positions a table may span: every position costs four bytes even when
    /// it is empty, so a sheet that is almost all holes is refused before it costs memory.
    pub(crate) fn positions(&self) -> u64 {
        self.cells.saturating_mul(4)
    }
}
