//! What the sheets of a statement share: cells with a type, their formats, columns wide enough for
//! hanzi, and the print set-up.

use channelflow_model::messages::{Lang, label, say};
use channelflow_model::{Day, Micros, Sentence};
use channelflow_pipeline::statement_paper::{Paper, exact_money, moment};
use rust_decimal::Decimal;
use rust_xlsxwriter::{ExcelDateTime, Format, IgnoreError, Worksheet};
use unicode_width::UnicodeWidthStr;

use super::look::{self, Style, Tone};
use crate::exit::usage;
use crate::export::xlsx_file::excel_day;

/// Digits a spreadsheet keeps of a number.
const DIGITS: usize = 15;
/// Paper size A4.
const A4: u8 = 9;
/// Most characters of a company's name or a title in the head of printed pages.
const MOST_IN_HEAD: usize = 60;
/// Height of a line of text, in points.
const LINE_HEIGHT: u32 = 15;
/// Highest a row becomes, in lines; whoever wants to see more of a cell opens it.
const MOST_LINES: u32 = 12;
/// Rows left for sums and notes below the longest table.
const MOST_ROWS: usize = 1_048_000;

/// A cell with its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text, whatever it begins with.
    Text(String),
    /// A text in a column of numbers.
    Mark(String),
    /// Yuan to the fen.
    Money(Micros),
    /// Yuan as they are, with two decimals at least.
    Yuan(Micros),
    /// An exact decimal.
    Exact(Micros),
    /// An exact decimal as text, of any length.
    Decimal(String),
    /// A whole number that names something.
    Whole(i64),
    /// A day.
    Day(Day),
    /// Date and time, ISO.
    Moment(String),
}

impl Cell {
    /// A text, or nothing.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(text)
        }
    }

    /// Yuan, or nothing.
    pub fn yuan(value: Option<Micros>) -> Self {
        value.map_or(Cell::Empty, Cell::Yuan)
    }

    fn is_right(&self) -> bool {
        matches!(
            self,
            Cell::Mark(_) | Cell::Money(_) | Cell::Yuan(_) | Cell::Exact(_) | Cell::Decimal(_)
        )
    }

    fn width(&self) -> usize {
        match self {
            Cell::Empty => 0,
            Cell::Text(text) | Cell::Mark(text) => UnicodeWidthStr::width(text.as_str()),
            Cell::Money(amount) => amount.to_money().len(),
            Cell::Yuan(value) => exact_money(*value).len(),
            Cell::Exact(value) => grouped(&value.to_string()),
            Cell::Decimal(text) if is_short(text) => grouped(text),
            Cell::Decimal(text) => text.len(),
            Cell::Whole(number) => number.to_string().len(),
            Cell::Day(_) => 10,
            Cell::Moment(_) => 19,
        }
    }
}

/// A column: its title, and the most characters it gets before texts are wrapped.
pub struct Column {
    /// Title.
    pub title: String,
    /// Most characters.
    pub most: usize,
}

/// A figure: yuan with two decimals at least, anything else as it is; nothing where it is not known.
pub fn number(value: Option<Decimal>, yuan: bool) -> Cell {
    let Some(value) = value else {
        return Cell::Empty;
    };
    let text = value.normalize().to_string();
    match text.parse::<Micros>() {
        Ok(micros) if yuan => Cell::Yuan(micros),
        Ok(micros) => Cell::Exact(micros),
        Err(_) => Cell::Decimal(text),
    }
}

/// Columns by the codes of their titles.
pub fn columns(lang: Lang, columns: &[(&str, usize)]) -> Vec<Column> {
    let column = |(code, most): &(&str, usize)| Column {
        title: label(lang, code),
        most: *most,
    };
    columns.iter().map(column).collect()
}

/// Length of a number with signs between its thousands, and two decimals where it has any.
fn grouped(text: &str) -> usize {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.trim_start_matches('-').len();
    let decimals = match decimals.len() {
        0 => 0,
        some => some.max(2) + 1,
    };
    whole.len() + digits.saturating_sub(1) / 3 + decimals
}

/// Whether a spreadsheet keeps every digit.
fn is_short(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '0', '.']).chars();
    digits.filter(char::is_ascii_digit).count() <= DIGITS
}

/// Writes a cell.
pub fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    style: &Style,
) -> anyhow::Result<()> {
    match cell {
        Cell::Empty => sheet.write_blank(row, column, &style.text)?,
        Cell::Text(text) => sheet.write_string_with_format(row, column, text, &style.text)?,
        Cell::Mark(text) => sheet.write_string_with_format(row, column, text, &style.mark)?,
        Cell::Money(amount) => {
            let shown: f64 = amount.to_string().parse()?;
            sheet.write_number_with_format(row, column, shown, &style.money)?
        }
        Cell::Yuan(value) => {
            let text = value.to_string();
            return exact(sheet, (row, column), &text, style, &style.money);
        }
        Cell::Exact(value) => {
            let text = value.to_string();
            return exact(sheet, (row, column), &text, style, &style.count);
        }
        Cell::Decimal(text) => return exact(sheet, (row, column), text, style, &style.count),
        Cell::Whole(number) => {
            let text = number.to_string();
            if is_short(&text) {
                sheet.write_number_with_format(row, column, text.parse::<f64>()?, &style.id)?
            } else {
                sheet.write_string_with_format(row, column, text, &style.id)?
            }
        }
        Cell::Day(day) => match excel_day(*day) {
            Some(shown) => sheet.write_datetime_with_format(row, column, &shown, &style.day)?,
            None => sheet.write_string_with_format(row, column, day.to_string(), &style.text)?,
        },
        Cell::Moment(at) => {
            let at = moment(at);
            match ExcelDateTime::parse_from_str(&at) {
                Ok(shown) => {
                    sheet.write_datetime_with_format(row, column, &shown, &style.moment)?
                }
                Err(_) => sheet.write_string_with_format(row, column, at, &style.text)?,
            }
        }
    };
    Ok(())
}

/// A number when a spreadsheet can hold it, else a text: it would lie about the last digits.
fn exact(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    text: &str,
    style: &Style,
    whole: &Format,
) -> anyhow::Result<()> {
    if !is_short(text) {
        sheet.write_string_with_format(row, column, text, &style.mark)?;
        return Ok(());
    }
    let decimals = text
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.trim_end_matches('0').len());
    let format = match decimals {
        0 => whole,
        1..=2 => &style.money,
        3..=6 => &style.millionths,
        _ => &style.finer,
    };
    sheet.write_number_with_format(row, column, text.parse::<f64>()?, format)?;
    Ok(())
}

/// Writes titles and rows from a row on; returns the row below. Titles of numbers stand right, as
/// the numbers do; rows are as high as their texts need in columns of these widths.
pub fn table(
    sheet: &mut Worksheet,
    first: u32,
    (columns, widths): (&[Column], &[u32]),
    rows: &[Vec<Cell>],
) -> anyhow::Result<u32> {
    if rows.len() > MOST_ROWS {
        return Err(usage(Sentence::new("excel_full").fact("most", MOST_ROWS)));
    }
    let titles: Vec<Cell> = columns.iter().map(|it| Cell::text(&it.title)).collect();
    sheet.set_row_height(first, height(&titles, widths) + 4)?;
    for (at, column) in (0_u16..).zip(columns) {
        let mut cells = rows.iter().filter_map(|row| row.get(usize::from(at)));
        let right = cells.any(Cell::is_right);
        let format = look::column(right);
        sheet.write_string_with_format(first, at, &column.title, &format)?;
    }
    let style = Style::new(Tone::Plain);
    let mut row_no = first;
    for row in rows {
        row_no += 1;
        for (at, cell) in (0_u16..).zip(row) {
            write(sheet, (row_no, at), cell, &style)?;
        }
        sheet.set_row_height(row_no, height(row, widths))?;
    }
    Ok(row_no + 1)
}

/// Height of a row in points.
pub fn height(row: &[Cell], widths: &[u32]) -> u32 {
    let lines = |(cell, width): (&Cell, &u32)| match cell {
        Cell::Text(text) => lines(text, *width),
        _ => 1,
    };
    let most = row.iter().zip(widths).map(lines).max().unwrap_or(1);
    most * LINE_HEIGHT + 4
}

/// Lines a text takes in a column, whose indent takes a place too.
pub fn lines(text: &str, width: u32) -> u32 {
    let chars = UnicodeWidthStr::width(text);
    let room = usize::try_from(width.saturating_sub(1)).unwrap_or(1).max(1);
    u32::try_from(chars.div_ceil(room))
        .unwrap_or(1)
        .clamp(1, MOST_LINES)
}

/// Makes the columns as wide as what they hold, within what they may get; returns the widths.
pub fn fit(
    sheet: &mut Worksheet,
    columns: &[Column],
    rows: &[Vec<Cell>],
    sums: &[Vec<Cell>],
) -> anyhow::Result<Vec<u32>> {
    let mut widths = Vec::with_capacity(columns.len());
    for (at, column) in (0_u16..).zip(columns) {
        let cells = rows.iter().chain(sums);
        let widest = cells
            .filter_map(|row| row.get(usize::from(at)))
            .map(Cell::width)
            .max()
            .unwrap_or(0);
        let title = UnicodeWidthStr::width(column.title.as_str());
        let chars = widest.max(title).min(column.most).max(4) + 2;
        let width = u32::try_from(chars).unwrap_or(80);
        sheet.set_column_width(at, width)?;
        widths.push(width);
    }
    Ok(widths)
}

/// Page, head and foot of a printed sheet.
pub fn set_up(
    sheet: &mut Worksheet,
    paper: &Paper,
    code: &str,
    landscape: bool,
    lang: Lang,
) -> anyhow::Result<()> {
    let name = label(lang, code);
    sheet.set_name(&name)?;
    sheet.set_paper_size(A4);
    if landscape {
        sheet.set_landscape();
    } else {
        sheet.set_portrait();
    }
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_screen_gridlines(false);
    sheet.set_margins(0.45, 0.45, 0.75, 0.65, 0.35, 0.3);
    sheet.set_header(format!(
        "&L&9{}&C&9{name}&R&9{}",
        in_head(&paper.company),
        in_head(&paper.head.number)
    ));
    let page = [("page", &"&P" as &dyn std::fmt::Display), ("pages", &"&N")];
    sheet.set_footer(format!("&C&9{}", say(lang, "paper_page", &page)));
    Ok(())
}

/// Freezes the titles, prints them on every page, and lets the rows be filtered.
pub fn as_table(sheet: &mut Worksheet, columns: &[Column], rows: usize) -> anyhow::Result<()> {
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    let last = u16::try_from(columns.len().saturating_sub(1))?;
    let rows = u32::try_from(rows)?;
    if rows > 0 {
        sheet.autofilter(0, 0, rows, last)?;
        // Lots and codes are texts, also those of digits only.
        sheet.ignore_error_range(0, 0, rows, last, IgnoreError::NumberStoredAsText)?;
    }
    Ok(())
}

/// A text in the head of a page, where `&` begins a command. A leading digit would be taken for
/// the size of the letters.
fn in_head(text: &str) -> String {
    let text: String = text.chars().take(MOST_IN_HEAD).collect();
    format!(" {}", text.replace('&', "&&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_decimals_stay_texts() {
        assert!(is_short("-0.00123456789012345") && is_short("999999999999.999"));
        assert!(!is_short("831.2814159292035398230088496"));
        assert_eq!(in_head("A&B"), " A&&B");
    }

    #[test]
    fn hanzi_take_two_places_and_long_texts_several_lines() {
        assert_eq!(lines("北京大学第一医院", 10), 2);
        assert_eq!(grouped("-1234567.5"), "-1,234,567.50".len());
        assert_eq!(lines("", 10), 1);
        assert_eq!(Cell::text("返利ab").width(), 6);
        assert_eq!(Cell::text(""), Cell::Empty);
        let thousand = Some(Decimal::new(1000, 0));
        assert_eq!(number(thousand, true).width(), "1,000.00".len());
        assert_eq!(number(thousand, false).width(), "1,000".len());
        assert_eq!(number(None, true), Cell::Empty);
    }
}
