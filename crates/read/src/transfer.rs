//! Carrying an outcome from the child to its parent through a pipe.
//!
//! A JSON header with everything small, then the columns as plain bytes, a few copies each.
//! Codes travel in the narrowest width that holds them. Both ends are the same binary on the same
//! machine, so integers keep its byte order. The reader bounds and checks everything: whatever
//! arrives, it ends in tables that hold together or in an error.

use std::io::{self, Read, Write};

use channelflow_model::raw::MergedRange;
use channelflow_model::{CellKind, Finding, RawColumn, RawTable};
use serde::{Deserialize, Serialize};

use crate::ReadOutcome;
use crate::limits::Limits;

const START: &[u8; 8] = b"CFREAD\x00\x01";
const END: &[u8; 8] = b"CFREAD\xff\x01";

/// Largest header: names, findings, hidden rows, merged ranges.
const HEADER: u64 = 256 << 20;

/// Bytes read at a time, so that a length is believed only as far as bytes arrive.
const STEP: usize = 4 << 20;

#[derive(Serialize, Deserialize)]
struct Header {
    refused: bool,
    findings: Vec<Finding>,
    tables: Vec<TableHeader>,
}

#[derive(Serialize, Deserialize)]
struct TableHeader {
    member: Option<String>,
    sheet: String,
    sheet_index: u32,
    hidden: bool,
    merged: Vec<MergedRange>,
    hidden_rows: Vec<u32>,
    hidden_columns: Vec<u32>,
    format: String,
    epoch_1904: bool,
    rows: u32,
    columns: Vec<ColumnHeader>,
}

#[derive(Serialize, Deserialize)]
struct ColumnHeader {
    codes: Codes,
    values: u32,
    text_bytes: u32,
}

/// How the codes of a column travel.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Codes {
    /// 1, 2, 3 …: every row has its own value.
    Counting,
    Bytes,
    Shorts,
    Words,
}

/// Writes an outcome.
pub(crate) fn write(outcome: &ReadOutcome, out: &mut impl Write) -> io::Result<()> {
    let header = Header {
        refused: outcome.refused,
        findings: outcome.findings.clone(),
        tables: outcome.tables.iter().map(table_header).collect(),
    };
    let json = serde_json::to_vec(&header)?;
    out.write_all(START)?;
    out.write_all(&(json.len() as u64).to_le_bytes())?;
    out.write_all(&json)?;
    for (table, facts) in outcome.tables.iter().zip(&header.tables) {
        out.write_all(bytemuck::cast_slice(&table.row_numbers))?;
        for (column, facts) in table.columns.iter().zip(&facts.columns) {
            write_codes(&column.codes, facts.codes, out)?;
            out.write_all(&column.kinds)?;
            out.write_all(bytemuck::cast_slice(&column.ends))?;
            out.write_all(column.bytes.as_bytes())?;
        }
    }
    out.write_all(END)?;
    out.flush()
}

/// Reads an outcome that [`write`] wrote.
pub(crate) fn read(input: &mut impl Read, limits: &Limits) -> io::Result<ReadOutcome> {
    let mut mark = [0; 8];
    input.read_exact(&mut mark)?;
    check(&mark == START, "start")?;
    input.read_exact(&mut mark)?;
    let length = u64::from_le_bytes(mark);
    check(length <= HEADER, "length of header")?;
    let header: Header = serde_json::from_slice(&read_bytes(input, length)?)?;
    // Twice: once for codes and row numbers, once for texts, which came out of the file.
    let mut budget = limits
        .positions()
        .saturating_mul(8)
        .saturating_add(limits.expanded_bytes.saturating_mul(4));
    let mut tables = Vec::new();
    for facts in header.tables {
        tables.push(read_table(input, facts, &mut budget)?);
    }
    input.read_exact(&mut mark)?;
    check(&mark == END, "end")?;
    Ok(ReadOutcome {
        tables,
        findings: header.findings,
        refused: header.refused,
    })
}

fn table_header(table: &RawTable) -> TableHeader {
    TableHeader {
        member: table.member.clone(),
        sheet: table.sheet.clone(),
        sheet_index: table.sheet_index,
        hidden: table.hidden,
        merged: table.merged.clone(),
        hidden_rows: table.hidden_rows.clone(),
        hidden_columns: table.hidden_columns.clone(),
        format: table.format.clone(),
        epoch_1904: table.epoch_1904,
        rows: u32::try_from(table.row_numbers.len()).unwrap_or(u32::MAX),
        columns: table.columns.iter().map(column_header).collect(),
    }
}

fn column_header(column: &RawColumn) -> ColumnHeader {
    let values = u32::try_from(column.ends.len()).unwrap_or(u32::MAX);
    let counting = column.codes.iter().zip(1_u32..).all(|(code, n)| *code == n);
    let codes = match values {
        _ if counting => Codes::Counting,
        0..=0xff => Codes::Bytes,
        0x100..=0xffff => Codes::Shorts,
        _ => Codes::Words,
    };
    ColumnHeader {
        codes,
        values,
        text_bytes: u32::try_from(column.bytes.len()).unwrap_or(u32::MAX),
    }
}

fn write_codes(codes: &[u32], form: Codes, out: &mut impl Write) -> io::Result<()> {
    // The narrow forms are chosen only when every code fits.
    match form {
        Codes::Counting => Ok(()),
        Codes::Bytes => {
            let narrow: Vec<u8> = codes.iter().map(|code| code.to_le_bytes()[0]).collect();
            out.write_all(&narrow)
        }
        Codes::Shorts => {
            let narrow: Vec<u16> = codes
                .iter()
                .map(|code| u16::try_from(*code).unwrap_or(0))
                .collect();
            out.write_all(bytemuck::cast_slice(&narrow))
        }
        Codes::Words => out.write_all(bytemuck::cast_slice(codes)),
    }
}

fn read_table(input: &mut impl Read, facts: TableHeader, budget: &mut u64) -> io::Result<RawTable> {
    spend(budget, u64::from(facts.rows) * 4)?;
    let row_numbers = read_words(input, facts.rows)?;
    check(row_numbers.is_sorted_by(|a, b| a < b), "row numbers")?;
    let mut columns = Vec::new();
    for column in &facts.columns {
        let values = u64::from(column.values);
        let codes = u64::from(facts.rows) * 4;
        spend(budget, codes + values * 5 + u64::from(column.text_bytes))?;
        columns.push(read_column(input, facts.rows, column)?);
    }
    Ok(RawTable {
        member: facts.member,
        sheet: facts.sheet,
        sheet_index: facts.sheet_index,
        hidden: facts.hidden,
        row_numbers,
        columns,
        merged: facts.merged,
        hidden_rows: facts.hidden_rows,
        hidden_columns: facts.hidden_columns,
        format: facts.format,
        epoch_1904: facts.epoch_1904,
    })
}

fn read_column(input: &mut impl Read, rows: u32, facts: &ColumnHeader) -> io::Result<RawColumn> {
    let codes = match facts.codes {
        Codes::Counting => (1..=rows).collect(),
        Codes::Bytes => {
            let narrow = read_bytes(input, rows.into())?;
            narrow.iter().map(|code| u32::from(*code)).collect()
        }
        Codes::Shorts => {
            let narrow = read_bytes(input, u64::from(rows) * 2)?;
            narrow
                .as_chunks::<2>()
                .0
                .iter()
                .map(|code| u32::from(u16::from_ne_bytes(*code)))
                .collect()
        }
        Codes::Words => read_words(input, rows)?,
    };
    let highest = codes.iter().copied().max().unwrap_or(0);
    check(highest <= facts.values, "codes")?;
    let kinds = read_bytes(input, facts.values.into())?;
    let known = kinds.iter().all(|kind| CellKind::from_u8(*kind).is_some());
    check(known, "kinds")?;
    let ends = read_words(input, facts.values)?;
    let text = read_bytes(input, facts.text_bytes.into())?;
    let bytes = String::from_utf8(text).map_err(|_| broken("text"))?;
    let ordered = ends.is_sorted() && ends.last().copied().unwrap_or(0) == facts.text_bytes;
    let whole = ends.iter().all(|end| bytes.is_char_boundary(*end as usize));
    check(ordered && whole, "ends of values")?;
    Ok(RawColumn {
        codes,
        kinds,
        ends,
        bytes,
    })
}

fn read_bytes(input: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut left = usize::try_from(length).map_err(|_| broken("length"))?;
    while left > 0 {
        let start = bytes.len();
        let step = left.min(STEP);
        bytes.resize(start + step, 0);
        input.read_exact(bytes.get_mut(start..).unwrap_or(&mut []))?;
        left -= step;
    }
    Ok(bytes)
}

fn read_words(input: &mut impl Read, count: u32) -> io::Result<Vec<u32>> {
    let mut words: Vec<u32> = Vec::new();
    let mut left = count as usize;
    while left > 0 {
        let start = words.len();
        let step = left.min(STEP / 4);
        words.resize(start + step, 0);
        let target = words.get_mut(start..).unwrap_or(&mut []);
        input.read_exact(bytemuck::cast_slice_mut(target))?;
        left -= step;
    }
    Ok(words)
}

fn spend(budget: &mut u64, bytes: u64) -> io::Result<()> {
    *budget = budget
        .checked_sub(bytes)
        .ok_or_else(|| broken("more than the limits allow"))?;
    Ok(())
}

fn check(holds: bool, what: &str) -> io::Result<()> {
    if holds { Ok(()) } else { Err(broken(what)) }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("broken transfer: {what}"),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn outcome(rows: u32) -> ReadOutcome {
        let mut unique = RawColumn::default();
        let mut few = RawColumn::default();
        few.push_value(CellKind::Text, "北京").unwrap();
        few.push_value(CellKind::Number, "12").unwrap();
        let mut some = RawColumn::default();
        for row in 0..rows {
            let code = unique
                .push_value(CellKind::Text, &format!("单据{row}"))
                .unwrap();
            unique.codes.push(code);
            few.codes.push(row % 3);
            if row < 300 {
                some.push_value(CellKind::Number, &row.to_string()).unwrap();
            }
            some.codes.push(row % 300.min(rows));
        }
        let table = RawTable {
            member: Some("a/b.xlsx".to_owned()),
            sheet: "一月".to_owned(),
            row_numbers: (3..3 + rows).collect(),
            columns: vec![
                unique,
                few,
                some,
                RawColumn {
                    codes: vec![0; rows as usize],
                    ..RawColumn::default()
                },
            ],
            hidden_rows: vec![4],
            ..RawTable::default()
        };
        ReadOutcome {
            tables: vec![table.clone(), RawTable::default(), table],
            findings: Vec::new(),
            refused: false,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for rows in [0, 1, 2, 700] {
            let outcome = outcome(rows);
            let mut bytes = Vec::new();
            write(&outcome, &mut bytes).unwrap();
            let back = read(&mut bytes.as_slice(), &Limits::default()).unwrap();
            assert_eq!(back, outcome);
        }
    }

    #[test]
    fn a_cut_transfer_is_an_error() {
        let mut bytes = Vec::new();
        write(&outcome(5), &mut bytes).unwrap();
        for length in 0..bytes.len() {
            assert!(read(&mut &bytes[..length], &Limits::default()).is_err());
        }
    }

    proptest! {
        #[test]
        fn garbage_is_an_error_or_holds_together(flips in prop::collection::vec((0..2000_usize, any::<u8>()), 1..6)) {
            let mut bytes = Vec::new();
            write(&outcome(9), &mut bytes).unwrap();
            for (at, value) in flips {
                let index = at % bytes.len();
                bytes[index] = value;
            }
            if let Ok(outcome) = read(&mut bytes.as_slice(), &Limits::default()) {
                for table in &outcome.tables {
                    for column in &table.columns {
                        prop_assert_eq!(column.codes.len(), table.row_count());
                        let texts: usize = column.values().map(|(_, text)| text.len()).sum();
                        prop_assert_eq!(texts, column.bytes.len());
                    }
                }
            }
        }
    }
}
