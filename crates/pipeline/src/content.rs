//! What a file says, whatever its bytes: a digest of its cells and of everything else that decides
//! which lines they become. A system that exports a month again writes other bytes, often in
//! another order; when the digest is known, the lines are those that were loaded then.
//!
//! Rows of which only the number matters, not the order, go into the digest as a multiset. Which
//! rows these are is known of a file that was read before, so a new file is compared with each of
//! those. Not here: whether what was loaded still stands; that is asked when the file is recorded.

use std::collections::HashMap;

use channelflow_model::{FlowTable, Layout, LineFlags, RawTable};
use channelflow_normalize::SheetReport;
use channelflow_warehouse::KnownContent;
use xxhash_rust::xxh3::{Xxh3, xxh3_128, xxh3_128_with_seed};

use crate::company::Company;
use crate::prepare::Job;

/// For every sheet the first row from which on the order means nothing; `None` for no such row.
type Bodies = Vec<Option<usize>>;

/// The cells of a file, one hash per row.
pub(crate) struct Cells {
    sheets: Vec<SheetCells>,
}

struct SheetCells {
    /// Hash of everything but the rows.
    about: u128,
    /// Source number and hash of every row.
    rows: Vec<(u32, u128)>,
}

/// What is stored with the submission of a file, to know its content again.
pub(crate) struct Content {
    pub(crate) bodies: String,
    pub(crate) digest: String,
}

impl Cells {
    /// Hashes every distinct text once, then adds them up by row.
    pub(crate) fn of(tables: &[RawTable]) -> Self {
        let sheets = tables.iter().map(|table| SheetCells {
            about: about(table),
            rows: rows(table),
        });
        Cells {
            sheets: sheets.collect(),
        }
    }

    /// The submission that was made of the same content, if there is one among these.
    pub(crate) fn recognise(&self, known: &[KnownContent], circumstances: &str) -> Option<i64> {
        let mut digests: HashMap<&str, Option<String>> = HashMap::new();
        known.iter().find_map(|known| {
            let digest = digests.entry(&known.bodies).or_insert_with(|| {
                let bodies: Bodies = serde_json::from_str(&known.bodies).ok()?;
                (bodies.len() == self.sheets.len()).then(|| self.digest(&bodies, circumstances))
            });
            (digest.as_ref() == Some(&known.digest)).then_some(known.submission_id)
        })
    }

    /// What to store with a file that was read as `sheets` and became `flows`.
    pub(crate) fn content(
        &self,
        sheets: &[SheetReport],
        flows: &[FlowTable],
        circumstances: &str,
    ) -> Option<Content> {
        // The day of a line without one may be taken from the first line that has one.
        let guessed = |flow: &FlowTable| {
            let mut flags = flow.flags.iter();
            flags.any(|flags| flags.has(LineFlags::DAY_UNKNOWN))
        };
        let in_place = flows.iter().any(guessed);
        let bodies: Bodies = sheets
            .iter()
            .map(|sheet| sheet.any_order_from.filter(|_| !in_place))
            .collect();
        Some(Content {
            digest: self.digest(&bodies, circumstances),
            bodies: serde_json::to_string(&bodies).ok()?,
        })
    }

    fn digest(&self, bodies: &Bodies, circumstances: &str) -> String {
        let mut digest = Xxh3::new();
        digest.update(circumstances.as_bytes());
        for (sheet, body) in self.sheets.iter().zip(bodies) {
            digest.update(&sheet.about.to_le_bytes());
            let (head, body) = sheet
                .rows
                .split_at_checked(body.unwrap_or(usize::MAX))
                .unwrap_or((&sheet.rows, &[]));
            for (number, row) in head {
                digest.update(&number.to_le_bytes());
                digest.update(&row.to_le_bytes());
            }
            let bag = body
                .iter()
                .fold(0_u128, |bag, (_, row)| bag.wrapping_add(*row));
            digest.update(&(head.len() as u64).to_le_bytes());
            digest.update(&(body.len() as u64).to_le_bytes());
            digest.update(&bag.to_le_bytes());
        }
        format!("{:032x}", digest.digest128())
    }
}

/// Everything beside its cells that decides which lines a file becomes.
pub(crate) fn circumstances<'l>(
    company: &Company,
    job: &Job,
    layouts: impl Iterator<Item = &'l Layout>,
) -> String {
    let mut layouts: Vec<String> = layouts
        .map(|layout| serde_json::to_string(layout).unwrap_or_default())
        .collect();
    layouts.sort_unstable();
    layouts.dedup();
    let name = channelflow_normalize::says(job.file_name(), &company.vocabulary);
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "{version} {:?} {name:?} {} {layouts:?}",
        job.kind, company.reading
    )
}

fn about(table: &RawTable) -> u128 {
    let merged: Vec<[u32; 4]> = table
        .merged
        .iter()
        .map(|range| {
            let rows = [range.first_row, range.last_row];
            [rows[0], rows[1], range.first_column, range.last_column]
        })
        .collect();
    // Not the format: the same cells in another container say the same.
    let about = format!(
        "{:?} {:?} {} {} {} {merged:?} {:?} {:?}",
        table.member,
        table.sheet,
        table.sheet_index,
        table.hidden,
        table.epoch_1904,
        table.hidden_rows,
        table.hidden_columns
    );
    xxh3_128(about.as_bytes())
}

fn rows(table: &RawTable) -> Vec<(u32, u128)> {
    let mut rows: Vec<(u32, u128)> = table
        .row_numbers
        .iter()
        .map(|number| (*number, 0))
        .collect();
    for (position, column) in (0_u64..).zip(&table.columns) {
        // Kind and column are part of what a cell says; nothing adds nothing.
        let values: Vec<u128> = column
            .values()
            .enumerate()
            .map(|(code, (kind, text))| {
                let seed = position << 8 | kind as u64;
                if code == 0 {
                    0
                } else {
                    xxh3_128_with_seed(text.as_bytes(), seed)
                }
            })
            .collect();
        for ((_, row), code) in rows.iter_mut().zip(&column.codes) {
            let value = values.get(*code as usize).copied().unwrap_or(0);
            *row = row.wrapping_add(value);
        }
    }
    // Hashed once more, so that cells that change rows change the sum of the rows.
    for (_, row) in &mut rows {
        *row = xxh3_128(&row.to_le_bytes());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(sheet: &str, rows: &[&[&str]], body: Option<usize>) -> String {
        Cells::of(&[RawTable::from_texts(sheet, rows)]).digest(&vec![body], "")
    }

    #[test]
    fn rows_of_the_body_have_no_order_and_every_cell_has_a_place() {
        let title: &[&str] = &["一月"];
        let header: &[&str] = &["客户", "数量"];
        let (first, second): (&[&str], &[&str]) = (&["甲医院", "1"], &["乙医院", "2"]);
        let (mixed, other): (&[&str], &[&str]) = (&["甲医院", "2"], &["乙医院", "1"]);
        let known = digest("s", &[title, header, first, second], Some(2));
        assert_eq!(digest("s", &[title, header, second, first], Some(2)), known);
        for rows in [
            [title, header, mixed, other],
            [header, title, first, second],
            [title, header, first, first],
            [title, header, first, &["乙医院", "", "2"]],
        ] {
            assert_ne!(digest("s", &rows, Some(2)), known, "{rows:?}");
        }
        assert_ne!(digest("t", &[title, header, first, second], Some(2)), known);
        assert_ne!(digest("s", &[title, header, first, second], None), known);
        assert_ne!(
            digest("s", &[title, header, second, first], None),
            digest("s", &[title, header, first, second], None)
        );
    }
}
