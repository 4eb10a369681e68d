//! Delimited text: decode first, find the delimiter, split.
//!
//! A line without a quote is split by searching for the delimiter; a line with one goes through
//! `csv-core`, which knows quoting. Rows of another width than the others are read as they are
//! and counted. Row numbers count records, blank ones included, as a spreadsheet would show them.

use channelflow_model::{CellKind, Finding, Place, Severity};
use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};
use encoding_rs::UTF_8;

use crate::encoding::{Encoded, count_replaced};
use crate::reading::{Reading, Sheet};
use crate::refusal::{Refusal, Result};
use crate::table::TableBuilder;

/// Bytes decoded at a time.
const BLOCK: usize = 256 << 10;

/// Bytes of the text that the delimiter is chosen from.
const HEAD: usize = 64 << 10;

/// A record longer than this is an unclosed quote.
const LONGEST_RECORD: usize = 4 << 20;

/// A quoted text with more lines than this is no text: its quote was never meant as one.
const MOST_LINES_IN_RECORD: usize = 20;

/// Reads one text as one table.
pub(crate) fn read(reading: &mut Reading, text: Encoded) -> Result<()> {
    let head = text.head(HEAD);
    let terminator = if head.contains('\r') && !head.contains('\n') {
        b'\r'
    } else {
        b'\n'
    };
    let (delimiter, declared) = match declared_delimiter(&head) {
        Some(delimiter) => (delimiter, true),
        None => (choose_delimiter(&head, char::from(terminator)), false),
    };
    let mut splitter = Splitter::new(reading.table(), delimiter, terminator);
    splitter.skip = u32::from(declared);
    let replaced = feed(&mut splitter, text)?;

    let format = format!("csv, {}, {}", text.name, delimiter_name(delimiter));
    if replaced > 0 {
        let finding = Finding::new("undecodable_text", Severity::Warning, Place::default());
        reading.note(finding.fact("count", replaced).fact("encoding", text.name));
    }
    if splitter.stray.0 > 0 {
        let place = Place::default().at_row(splitter.stray.1);
        let finding = Finding::new("stray_quote", Severity::Warning, place);
        reading.note(finding.fact("count", splitter.stray.0));
    }
    if let Some(ragged) = splitter.ragged() {
        let place = Place::default().at_row(ragged.first_row);
        let finding = Finding::new("ragged_rows", Severity::Warning, place);
        reading.note(
            finding
                .fact("count", ragged.rows)
                .fact("width", ragged.width),
        );
    }
    let grid = splitter.table.finish()?;
    reading.add(
        grid,
        Sheet {
            name: "-".to_owned(),
            format,
            ..Sheet::default()
        },
    );
    Ok(())
}

/// Decodes block by block; returns how many characters could not be decoded.
fn feed(splitter: &mut Splitter, text: Encoded) -> Result<u64> {
    if text.encoding == UTF_8
        && let Ok(whole) = std::str::from_utf8(text.bytes)
    {
        splitter.split(whole, true)?;
        return Ok(0);
    }
    let mut decoder = text.encoding.new_decoder_without_bom_handling();
    let mut buffer = String::new();
    let mut replaced = 0;
    let mut blocks = text.bytes.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let last = blocks.peek().is_none();
        let room = decoder.max_utf8_buffer_length(block.len()).unwrap_or(0);
        buffer.reserve(room);
        let before = buffer.len();
        let (_, _, broken) = decoder.decode_to_string(block, &mut buffer, last);
        if broken {
            replaced += count_replaced(buffer.get(before..).unwrap_or(""));
        }
        let used = splitter.split(&buffer, last)?;
        buffer.drain(..used);
        if buffer.len() > LONGEST_RECORD {
            return Err(Refusal::over("cell_too_long", splitter.limit).at(splitter.row + 1, 0));
        }
    }
    Ok(replaced)
}

/// Title rows stand among the first so many records.
const EARLY: usize = 64;

struct Splitter<'a> {
    table: TableBuilder<'a>,
    delimiter: u8,
    terminator: u8,
    quoted: Reader,
    output: Vec<u8>,
    ends: Vec<usize>,
    /// Number of the record read last.
    row: u32,
    /// Records at the start that are no data (`sep=;`).
    skip: u32,
    limit: u32,
    /// Per width: number of rows and the first of them.
    widths: Vec<(u32, u32)>,
    /// Row and width of the first records, among which the title rows are.
    early: Vec<(u32, u32)>,
    /// Lines read with a stray quote, and the first of them.
    stray: (u32, u32),
}

struct Ragged {
    rows: u32,
    width: usize,
    first_row: u32,
}

impl<'a> Splitter<'a> {
    fn new(table: TableBuilder<'a>, delimiter: u8, terminator: u8) -> Self {
        Splitter {
            limit: table.cell_chars(),
            table,
            delimiter,
            terminator,
            quoted: ReaderBuilder::new()
                .delimiter(delimiter)
                .terminator(Terminator::Any(terminator))
                .build(),
            output: vec![0; 4 << 10],
            ends: vec![0; 64],
            row: 0,
            skip: 0,
            widths: Vec::new(),
            early: Vec::new(),
            stray: (0, 0),
        }
    }

    /// Splits all complete records (with `last` all records) and returns the bytes used.
    fn split(&mut self, text: &str, last: bool) -> Result<usize> {
        let mut position = 0;
        while let Some(rest) = text.get(position..).filter(|rest| !rest.is_empty()) {
            match memchr::memchr2(self.terminator, b'"', rest.as_bytes()) {
                Some(end) if rest.as_bytes().get(end) == Some(&self.terminator) => {
                    self.plain_record(rest.get(..end).unwrap_or(""))?;
                    position += end + 1;
                }
                Some(_) => match self.quoted_record(rest, last)? {
                    Some(used) => position += used,
                    None if rest.len() > LONGEST_RECORD => position += self.stray_quote(rest)?,
                    None => break,
                },
                None if last => {
                    self.plain_record(rest)?;
                    position = text.len();
                }
                None => break,
            }
        }
        Ok(position)
    }

    fn plain_record(&mut self, line: &str) -> Result<()> {
        self.row = self.row.saturating_add(1);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() || self.row <= self.skip {
            return Ok(());
        }
        let (mut start, mut column) = (0, 0);
        for end in memchr::memchr_iter(self.delimiter, line.as_bytes()) {
            self.cell(column, line.get(start..end).unwrap_or(""))?;
            start = end + 1;
            column += 1;
        }
        self.cell(column, line.get(start..).unwrap_or(""))?;
        self.count_width(column + 1);
        Ok(())
    }

    /// Reads one record with quotes; `None` when its end is not there yet.
    fn quoted_record(&mut self, text: &str, last: bool) -> Result<Option<usize>> {
        self.quoted.reset();
        let mut input = text.as_bytes();
        let (mut used, mut written, mut fields) = (0, 0, 0);
        loop {
            let output = self.output.get_mut(written..).unwrap_or(&mut []);
            let ends = self.ends.get_mut(fields..).unwrap_or(&mut []);
            let (result, read, wrote, ended) = self.quoted.read_record(input, output, ends);
            used += read;
            written += wrote;
            fields += ended;
            input = input.get(read..).unwrap_or(b"");
            match result {
                ReadRecordResult::InputEmpty if last => input = b"",
                ReadRecordResult::InputEmpty => return Ok(None),
                ReadRecordResult::OutputFull => self.output.resize(self.output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        if self.swallows_lines(
            text.get(..used).unwrap_or(""),
            fields,
            last && used == text.len(),
        ) {
            return self.stray_quote(text).map(Some);
        }
        self.row = self.row.saturating_add(1);
        let output = std::mem::take(&mut self.output);
        let ends = std::mem::take(&mut self.ends);
        let outcome = self.quoted_cells(&output, ends.get(..fields).unwrap_or(&[]));
        self.output = output;
        self.ends = ends;
        outcome?;
        Ok(Some(used))
    }

    /// Whether a record over several lines is a stray quote at the beginning of a cell and not a
    /// text with line breaks: it never closes, it is too long, or the record has another width than
    /// the rows so far. Taken for a text it would swallow the rows up to the next quote.
    fn swallows_lines(&self, record: &str, fields: usize, ends_file: bool) -> bool {
        let lines = memchr::memchr_iter(self.terminator, record.trim_end().as_bytes()).count();
        if lines == 0 {
            return false;
        }
        let usual = self
            .widths
            .iter()
            .enumerate()
            .max_by_key(|(_, (rows, _))| *rows);
        let odd_width = usual.is_some_and(|(width, (rows, _))| *rows > 0 && width != fields);
        let unclosed = ends_file && !record.trim_end().ends_with('"');
        lines > MOST_LINES_IN_RECORD || odd_width || unclosed
    }

    /// Reads the first line with its quotes as they stand; returns the bytes used.
    fn stray_quote(&mut self, text: &str) -> Result<usize> {
        let end = memchr::memchr(self.terminator, text.as_bytes());
        let line = text.get(..end.unwrap_or(text.len())).unwrap_or("");
        self.plain_record(line)?;
        self.stray.0 += 1;
        if self.stray.0 == 1 {
            self.stray.1 = self.row;
        }
        Ok(end.map_or(text.len(), |end| end + 1))
    }

    fn quoted_cells(&mut self, output: &[u8], ends: &[usize]) -> Result<()> {
        let mut start = 0;
        for (column, end) in ends.iter().enumerate() {
            let field = output.get(start..*end).unwrap_or(b"");
            // The splitter cuts at ASCII bytes of valid UTF-8, so every field is valid UTF-8.
            let field = std::str::from_utf8(field).unwrap_or("");
            let field = if column + 1 == ends.len() {
                field.strip_suffix('\r').unwrap_or(field)
            } else {
                field
            };
            self.cell(u32::try_from(column).unwrap_or(u32::MAX), field)?;
            start = *end;
        }
        self.count_width(u32::try_from(ends.len()).unwrap_or(u32::MAX));
        Ok(())
    }

    fn cell(&mut self, column: u32, field: &str) -> Result<()> {
        let field = match field.strip_prefix("=\"") {
            Some(inner) => protected(inner).unwrap_or(field),
            None => field,
        };
        self.table.text(self.row, column, CellKind::Text, field)
    }

    fn count_width(&mut self, width: u32) {
        if self.early.len() < EARLY {
            self.early.push((self.row, width));
        }
        let width = width as usize;
        if width >= self.widths.len() {
            self.widths.resize(width + 1, (0, 0));
        }
        if let Some((rows, first)) = self.widths.get_mut(width) {
            if *rows == 0 {
                *first = self.row;
            }
            *rows += 1;
        }
    }

    /// Rows below the first one of the usual width that have another width. Title rows above it
    /// are narrower by nature.
    fn ragged(&self) -> Option<Ragged> {
        let widths = self.widths.iter().enumerate();
        let (width, (_, header)) = widths.max_by_key(|(_, (rows, _))| *rows)?;
        let mut ragged = Ragged {
            rows: 0,
            width,
            first_row: u32::MAX,
        };
        for (other, (rows, first)) in self.widths.iter().enumerate() {
            if other == width || *rows == 0 {
                continue;
            }
            let mut titles = 0;
            let mut first_below = *first;
            for (row, _) in self.early.iter().filter(|(_, w)| *w as usize == other) {
                if row < header {
                    titles += 1;
                    first_below = u32::MAX;
                } else {
                    first_below = first_below.min(*row);
                }
            }
            if *rows > titles {
                ragged.rows += rows - titles;
                ragged.first_row = ragged.first_row.min(first_below);
            }
        }
        (ragged.rows > 0).then_some(ragged)
    }
}

/// `="012301"` is how exports keep leading zeros; the text is what stands between the quotes.
fn protected(inner: &str) -> Option<&str> {
    let inner = inner.strip_suffix('"')?;
    (!inner.contains('"')).then_some(inner)
}

/// `sep=;` in the first line, as spreadsheet programs write it.
fn declared_delimiter(head: &str) -> Option<u8> {
    let line = head.lines().next()?.trim_end_matches('\r');
    match line.strip_prefix("sep=")?.as_bytes() {
        [delimiter @ (b',' | b';' | b'\t' | b'|')] => Some(*delimiter),
        _ => None,
    }
}

/// The delimiter that cuts most lines into the same number of fields, and into many.
fn choose_delimiter(head: &str, terminator: char) -> u8 {
    let mut best = (0, b',');
    // For equal scores the earlier one: amounts are written with commas more often than with tabs.
    for delimiter in [b'\t', b';', b'|', b','] {
        let mut counts: Vec<usize> = Vec::new();
        for line in head
            .split(terminator)
            .filter(|line| !line.trim().is_empty())
            .take(200)
        {
            counts.push(count_outside_quotes(line, delimiter));
        }
        counts.sort_unstable();
        let mut score = 0;
        for run in counts.chunk_by(|a, b| a == b) {
            score = score.max(run.len() * run.first().copied().unwrap_or(0));
        }
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

fn count_outside_quotes(line: &str, delimiter: u8) -> usize {
    let mut quoted = false;
    let mut count = 0;
    for byte in line.bytes() {
        if byte == b'"' {
            quoted = !quoted;
        } else if byte == delimiter && !quoted {
            count += 1;
        }
    }
    count
}

fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b'\t' => "tab",
        b';' => "semicolon",
        b'|' => "bar",
        _ => "comma",
    }
}
