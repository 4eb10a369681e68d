//! Text columns as numbers: every distinct text once, one small number per line, and combinations
//! of such numbers. This is what lets a million lines be read without looking at a million texts.

use std::borrow::Cow;
use std::hash::BuildHasher;

use channelflow_model::text::clean;
use channelflow_model::{CellKind, LineFlags};
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::column::Column;

/// Marks a code nobody has looked at yet.
const UNSEEN: u32 = u32::MAX;

/// `usize` as an index of a dictionary; a file has fewer than four billion of anything.
pub(crate) fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Distinct texts; number 0 is the empty one. Where nearly every text differs, looking each one up
/// costs more than keeping a few twice: see [`push`](Self::push).
#[derive(Debug)]
pub(crate) struct TextIndex {
    pub(crate) texts: Vec<String>,
    by_hash: FxHashMap<u64, u32>,
}

impl Default for TextIndex {
    fn default() -> Self {
        TextIndex {
            texts: vec![String::new()],
            by_hash: FxHashMap::default(),
        }
    }
}

impl TextIndex {
    /// Number of a text, adding it if it is new.
    pub(crate) fn add(&mut self, text: Cow<'_, str>) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let hash = FxBuildHasher.hash_one(text.as_ref());
        let next = index(self.texts.len());
        let known = *self.by_hash.entry(hash).or_insert(next);
        if self
            .texts
            .get(known as usize)
            .is_some_and(|found| *found == text)
        {
            return known;
        }
        // Either new, or another text with the same hash: that one merely stands twice.
        self.texts.push(text.into_owned());
        next
    }

    /// Number of a text, added without looking whether it is there.
    pub(crate) fn push(&mut self, text: Cow<'_, str>) -> u32 {
        if text.is_empty() {
            return 0;
        }
        self.texts.push(text.into_owned());
        index(self.texts.len() - 1)
    }
}

/// A text column over the lines: one number per line, and marks per line where there are any.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) ids: Vec<u32>,
    /// One entry per line, or none at all.
    pub(crate) flags: Vec<LineFlags>,
}

/// Numbers the texts of a column for the given rows. With `unique` every distinct value becomes a
/// text of its own, even if it becomes the same text as another. `tidy` makes the text that is kept; it sees
/// every distinct value that occurs once.
pub(crate) fn number<'c>(
    column: &'c Column<'_>,
    rows: &[u32],
    texts: &mut TextIndex,
    unique: bool,
    mut tidy: impl FnMut(CellKind, &'c str) -> (Cow<'c, str>, LineFlags),
) -> Texts {
    let mut seen = vec![UNSEEN; column.values.code_count()];
    let mut marks: Vec<LineFlags> = Vec::new();
    let mut ids = Vec::with_capacity(rows.len());
    for row in rows {
        let code = column.code(*row as usize);
        let Some(id) = seen.get_mut(code as usize) else {
            ids.push(0);
            continue;
        };
        if *id == UNSEEN {
            let (kind, raw) = column.values.value(code);
            let (text, flags) = tidy(kind, raw);
            *id = if unique {
                texts.push(text)
            } else {
                texts.add(text)
            };
            if flags != LineFlags::default() {
                marks.resize(column.values.code_count(), LineFlags::default());
                if let Some(mark) = marks.get_mut(code as usize) {
                    *mark = flags;
                }
            }
        }
        ids.push(*id);
    }
    let mut flags = Vec::new();
    if !marks.is_empty() {
        let mark = |row: &u32| marks.get(column.code(*row as usize) as usize).copied();
        flags = rows
            .iter()
            .map(|row| mark(row).unwrap_or_default())
            .collect();
    }
    Texts { ids, flags }
}

/// A text as it is kept: cleaned, and marked when cleaning changed more than its ends. Errors and
/// formulas without their value are left out and marked.
pub(crate) fn tidy(kind: CellKind, text: &str) -> (Cow<'_, str>, LineFlags) {
    match kind {
        CellKind::Empty => (Cow::Borrowed(""), LineFlags::default()),
        CellKind::Error | CellKind::FormulaWithoutValue => {
            (Cow::Borrowed(""), LineFlags::CELL_IGNORED)
        }
        _ => {
            let trimmed = text.trim();
            if is_clean(trimmed) {
                return (Cow::Borrowed(trimmed), LineFlags::default());
            }
            let cleaned = clean(trimmed);
            let flags = if cleaned == trimmed {
                LineFlags::default()
            } else {
                LineFlags::TEXT_FIXED
            };
            (Cow::Owned(cleaned), flags)
        }
    }
}

/// Printable ASCII without double blanks: what cleaning surely leaves alone.
fn is_clean(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && !text.contains("  ")
}

/// Distinct combinations of several columns.
#[derive(Debug, Default)]
pub(crate) struct Combined {
    /// Combination of every line.
    pub(crate) ids: Vec<u32>,
    /// First line of every combination, in order of appearance.
    pub(crate) first_lines: Vec<u32>,
}

/// Combines columns of equal length (one number per line each), two at a time: pairs of numbers
/// become new numbers, by a table where it is small and by hashing two integers otherwise.
pub(crate) fn combine(columns: &[&[u32]], lines: usize) -> Combined {
    /// Entries of a table; 4 MiB stay in the cache.
    const TABLE: usize = 1 << 20;

    let mut ids: Vec<u32> = vec![0; lines];
    let mut count = 1;
    for column in columns {
        let width = column
            .iter()
            .copied()
            .max()
            .map_or(0, |max| max as usize + 1);
        if width <= 1 {
            continue;
        }
        let mut next = 0;
        if let Some(size) = count_of(count, width).filter(|size| *size <= TABLE) {
            let mut table = vec![UNSEEN; size];
            for (id, value) in ids.iter_mut().zip(*column) {
                if let Some(slot) = table.get_mut(*id as usize * width + *value as usize) {
                    if *slot == UNSEEN {
                        *slot = next;
                        next += 1;
                    }
                    *id = *slot;
                }
            }
        } else {
            let mut table: FxHashMap<u64, u32> = FxHashMap::default();
            for (id, value) in ids.iter_mut().zip(*column) {
                let pair = u64::from(*id) << 32 | u64::from(*value);
                *id = *table.entry(pair).or_insert_with(|| {
                    next += 1;
                    next - 1
                });
            }
        }
        count = next as usize;
    }
    let mut first_lines = Vec::with_capacity(count);
    for (line, id) in ids.iter().enumerate() {
        // Numbers are given in order of appearance, so a new one is always the next.
        if *id as usize == first_lines.len() {
            first_lines.push(index(line));
        }
    }
    Combined { ids, first_lines }
}

fn count_of(count: usize, width: usize) -> Option<usize> {
    count.checked_mul(width)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cleaning_is_marked_when_it_changed_more_than_the_ends() {
        for (text, kept, fixed) in [
            (" XS-1 ", "XS-1", false),
            ("北京协和医院", "北京协和医院", false),
            ("北京协和医院　", "北京协和医院", false),
            ("ＸＳ１", "XS1", true),
            ("a  b", "a b", true),
        ] {
            let (found, flags) = tidy(CellKind::Text, text);
            assert_eq!(
                (found.as_ref(), flags == LineFlags::TEXT_FIXED),
                (kept, fixed),
                "{text}"
            );
        }
        assert_eq!(tidy(CellKind::Error, "#N/A").1, LineFlags::CELL_IGNORED);
    }

    #[test]
    fn texts_are_kept_once() {
        let mut texts = TextIndex::default();
        let ids = ["", "a", "b", "a"].map(|text| texts.add(Cow::Borrowed(text)));
        assert_eq!(ids, [0, 1, 2, 1]);
        assert_eq!(texts.texts, ["", "a", "b"]);
    }

    proptest! {
        #[test]
        fn equal_lines_and_only_equal_lines_combine(lines in prop::collection::vec((0_u32..3, 0_u32..4, 0_u32..2_000_000), 0..60)) {
            let columns: [Vec<u32>; 3] = [
                lines.iter().map(|line| line.0).collect(),
                lines.iter().map(|line| line.1).collect(),
                lines.iter().map(|line| line.2).collect(),
            ];
            let slices: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
            let combined = combine(&slices, lines.len());
            for (a, first) in lines.iter().zip(&combined.ids) {
                for (b, second) in lines.iter().zip(&combined.ids) {
                    prop_assert_eq!(a == b, first == second);
                }
            }
            for (line, id) in combined.ids.iter().enumerate() {
                let first = combined.first_lines[*id as usize] as usize;
                prop_assert!(first <= line && lines[first] == lines[line]);
            }
        }
    }
}
