//! Building one column: every distinct value once, one code per row.
//!
//! Equal values find their code through three caches, cheapest first: the value above, the
//! identity of the source (a shared string, the bits of a number), and the text. A column that
//! turns out to have few repetitions stops looking. Not here: what a value means, and limits.

use std::hash::Hasher as _;

use channelflow_model::{CellKind, RawColumn};
use hashbrown::HashTable;
use rustc_hash::{FxHashMap, FxHasher};

/// After this many values a column must show repetition to be worth the look-ups.
const TRIAL: u32 = 20_000;

/// A column while it is filled.
#[derive(Default)]
pub(crate) struct ColumnBuilder {
    column: RawColumn,
    /// Hash of kind and text, and the code behind it.
    texts: HashTable<(u32, u32)>,
    shared: FxHashMap<usize, u32>,
    /// Bits of a number, whether it is shown as a date, and the code behind it.
    numbers: FxHashMap<(u64, bool), u32>,
    last: u32,
    /// Length of the last text: most others differ in it, which is cheaper to see.
    last_len: usize,
    last_number: Option<((u64, bool), u32)>,
    values: u32,
    pushing: bool,
    scratch: String,
}

/// The column would exceed 4 GiB of text.
#[derive(Debug)]
pub(crate) struct ColumnFull;

impl ColumnBuilder {
    /// Code of a text.
    pub(crate) fn text(&mut self, kind: CellKind, text: &str) -> Result<u32, ColumnFull> {
        if self.last_len == text.len() && self.column.value(self.last) == (kind, text) {
            return Ok(self.last);
        }
        self.last_len = text.len();
        self.values = self.values.saturating_add(1);
        if !self.pushing && self.values == TRIAL && self.column.ends.len() * 2 > TRIAL as usize {
            self.stop_looking();
        }
        self.last = if self.pushing {
            self.column.push_value(kind, text).ok_or(ColumnFull)?
        } else {
            self.intern(kind, text)?
        };
        Ok(self.last)
    }

    /// Code of a string that the workbook stores once; `identity` tells such strings apart.
    pub(crate) fn shared(&mut self, identity: usize, text: &str) -> Result<u32, ColumnFull> {
        if let Some(code) = self.shared.get(&identity) {
            return Ok(*code);
        }
        let code = self.text(CellKind::Text, text)?;
        if !self.pushing {
            self.shared.insert(identity, code);
        }
        Ok(code)
    }

    /// Code of a spreadsheet number; `write` is asked for its text the first time.
    pub(crate) fn number(
        &mut self,
        value: f64,
        dated: bool,
        write: impl FnOnce(&mut String) -> CellKind,
    ) -> Result<u32, ColumnFull> {
        let key = (value.to_bits(), dated);
        if let Some((last, code)) = self.last_number
            && last == key
        {
            return Ok(code);
        }
        if let Some(code) = self.numbers.get(&key) {
            self.last_number = Some((key, *code));
            return Ok(*code);
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let kind = write(&mut scratch);
        let code = self.text(kind, &scratch);
        self.scratch = scratch;
        let code = code?;
        if !self.pushing {
            self.numbers.insert(key, code);
        }
        self.last_number = Some((key, code));
        Ok(code)
    }

    /// Sets the code of a row; rows before it that were not set are empty. Returns how many
    /// positions the column grew by, and whether a value was already there.
    pub(crate) fn place(&mut self, row: usize, code: u32) -> (usize, bool) {
        let codes = &mut self.column.codes;
        if let Some(slot) = codes.get_mut(row) {
            let occupied = *slot != 0;
            *slot = code;
            return (0, occupied);
        }
        let grown = row + 1 - codes.len();
        codes.resize(row, 0);
        codes.push(code);
        (grown, false)
    }

    /// The finished column with one code for each of `rows` rows.
    pub(crate) fn finish(mut self, rows: usize) -> RawColumn {
        self.column.codes.resize(rows, 0);
        self.column
    }

    fn intern(&mut self, kind: CellKind, text: &str) -> Result<u32, ColumnFull> {
        let hash = hash(kind, text);
        let short = short(hash);
        let column = &self.column;
        let found = self.texts.find(hash, |(known, code)| {
            *known == short && column.value(*code) == (kind, text)
        });
        if let Some((_, code)) = found {
            return Ok(*code);
        }
        let code = self.column.push_value(kind, text).ok_or(ColumnFull)?;
        let column = &self.column;
        self.texts.insert_unique(hash, (short, code), |(_, code)| {
            let (kind, text) = column.value(*code);
            self::hash(kind, text)
        });
        Ok(code)
    }

    fn stop_looking(&mut self) {
        self.pushing = true;
        self.texts = HashTable::new();
        self.shared = FxHashMap::default();
        self.numbers = FxHashMap::default();
    }
}

fn hash(kind: CellKind, text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    hasher.write_u8(kind as u8);
    hasher.finish()
}

/// The low half; the table itself uses the high bits.
fn short(hash: u64) -> u32 {
    u32::try_from(hash & 0xffff_ffff).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_code_and_kinds_stay_apart() {
        let mut column = ColumnBuilder::default();
        let text = column.text(CellKind::Text, "1").unwrap();
        let one = |out: &mut String| {
            out.push('1');
            CellKind::Number
        };
        let number = column.number(1.0, false, one).unwrap();
        assert_ne!(text, number);
        assert_eq!(column.text(CellKind::Text, "1").unwrap(), text);
        assert_eq!(column.number(1.0, false, one).unwrap(), number);
        assert_eq!(column.shared(77, "1").unwrap(), text);
        assert_eq!(column.place(0, text), (1, false));
        assert_eq!(column.place(3, number), (3, false));
        assert_eq!(column.place(3, text), (0, true));
        assert_eq!(column.finish(6).codes, [text, 0, 0, text, 0, 0]);
    }

    #[test]
    fn a_column_without_repetition_stops_looking_and_stays_right() {
        let mut column = ColumnBuilder::default();
        for row in 0..30_000_u32 {
            let code = column.text(CellKind::Text, &format!("doc {row}")).unwrap();
            column.place(row as usize, code);
        }
        assert!(column.pushing);
        let built = column.finish(30_000);
        assert_eq!(built.cell(29_999), (CellKind::Text, "doc 29999"));
        assert_eq!(built.cell(5), (CellKind::Text, "doc 5"));
    }
}
