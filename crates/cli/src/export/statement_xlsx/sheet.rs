//! What the sheets of a statement share: cells with a type, their formats, columns wide enough for
//! hanzi, and the print set-up.

use channelflow_model::messages::{Lang, label, say};
use channelflow_model::{Day, Micros, Sentence};
use channelflow_pipeline::statement_paper::{Paper, moment};
use rust_xlsxwriter::{
    Color, ExcelDateTime, Format, FormatAlign, FormatBorder, IgnoreError, Worksheet,
};
use unicode_width::UnicodeWidthStr;

use crate::exit::usage;
use crate::export::xlsx_file::excel_day;

/// A font Excel has everywhere hanzi are read.
const FONT: &str = "Microsoft YaHei";
const DEEP: Color = Color::RGB(0x001F_4E79);
const SOFT: Color = Color::RGB(0x0056_616F);
const ALERT: Color = Color::RGB(0x009B_1C1C);
const LINE: Color = Color::RGB(0x00C9_D0D8);
const BAND: Color = Color::RGB(0x00F1_F4F7);
/// Digits a spreadsheet keeps of a number.
const DIGITS: usize = 15;
/// Paper size A4.
const A4: u8 = 9;
/// Most characters of a company's name or a title in the head of printed pages.
const MOST_IN_HEAD: usize = 60;
/// Rows left for sums and notes below the longest table.
const MOST_ROWS: usize = 1_048_000;

/// A cell with its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text, whatever it begins with.
    Text(String),
    /// Yuan to the fen.
    Money(Micros),
    /// An exact decimal.
    Exact(Micros),
    /// An exact decimal as text, of any length.
    Decimal(String),
    /// A whole number.
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

    /// An exact decimal, or nothing.
    pub fn exact(value: Option<Micros>) -> Self {
        value.map_or(Cell::Empty, Cell::Exact)
    }

    fn width(&self) -> usize {
        match self {
            Cell::Empty => 0,
            Cell::Text(text) => UnicodeWidthStr::width(text.as_str()),
            Cell::Money(amount) => amount.to_money().len(),
            // Signs between thousands, and two decimals at least.
            Cell::Exact(value) => value.to_string().len() + 4,
            Cell::Decimal(text) if is_short(text) => text.len() + 4,
            Cell::Decimal(text) => text.len(),
            Cell::Whole(number) => number.to_string().len(),
            Cell::Day(_) => 10,
            Cell::Moment(_) => 19,
        }
    }
}

/// How a cell stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A cell of a table.
    Plain,
    /// A sum.
    Sum,
    /// A fact beside its label: left, bold.
    Fact,
    /// The same, of less weight.
    Small,
}

/// A column: its title, and the most characters it gets before texts are wrapped.
pub struct Column {
    /// Title.
    pub title: String,
    /// Most characters.
    pub most: usize,
}

/// Columns by the codes of their titles.
pub fn columns<const N: usize>(lang: Lang, columns: [(&str, usize); N]) -> Vec<Column> {
    let column = |(code, most): (&str, usize)| Column {
        title: label(lang, code),
        most,
    };
    columns.map(column).into()
}

/// A format that does not depend on what a cell holds.
pub mod look {
    use super::{ALERT, BAND, Color, DEEP, FONT, Format, FormatAlign, FormatBorder, LINE, SOFT};

    /// Everything begins with this.
    pub fn base() -> Format {
        Format::new()
            .set_font_name(FONT)
            .set_font_size(10)
            .set_align(FormatAlign::Top)
    }

    /// Name of the company.
    pub fn company() -> Format {
        base()
            .set_font_size(12)
            .set_font_color(SOFT)
            .set_align(FormatAlign::Center)
            .set_align(FormatAlign::VerticalCenter)
    }

    /// Title of the statement.
    pub fn title() -> Format {
        base()
            .set_font_size(18)
            .set_bold()
            .set_font_color(DEEP)
            .set_align(FormatAlign::Center)
            .set_align(FormatAlign::VerticalCenter)
            .set_border_bottom(FormatBorder::Double)
            .set_border_bottom_color(DEEP)
    }

    /// Heading of a section.
    pub fn heading() -> Format {
        base()
            .set_bold()
            .set_font_size(11)
            .set_font_color(DEEP)
            .set_align(FormatAlign::VerticalCenter)
    }

    /// What to know before paying.
    pub fn notice() -> Format {
        base()
            .set_bold()
            .set_font_color(ALERT)
            .set_text_wrap()
            .set_align(FormatAlign::VerticalCenter)
            .set_border(FormatBorder::Thin)
            .set_border_color(ALERT)
            .set_indent(1)
    }

    /// Label of a fact.
    pub fn label() -> Format {
        base()
            .set_font_color(SOFT)
            .set_align(FormatAlign::VerticalCenter)
    }

    /// Label of a sum in a box.
    pub fn boxed_label() -> Format {
        label()
            .set_background_color(BAND)
            .set_border(FormatBorder::Thin)
            .set_indent(1)
    }

    /// A sum in a box.
    pub fn boxed() -> Format {
        base()
            .set_bold()
            .set_font_size(12)
            .set_align(FormatAlign::Left)
            .set_align(FormatAlign::VerticalCenter)
            .set_border(FormatBorder::Thin)
            .set_indent(1)
    }

    /// The line somebody signs on.
    pub fn signature() -> Format {
        base().set_border_bottom(FormatBorder::Thin)
    }

    /// A remark.
    pub fn note() -> Format {
        base()
            .set_font_size(9)
            .set_font_color(SOFT)
            .set_text_wrap()
            .set_align(FormatAlign::VerticalCenter)
    }

    /// A hash.
    pub fn hash() -> Format {
        base()
            .set_font_name("Consolas")
            .set_font_size(8)
            .set_align(FormatAlign::VerticalCenter)
    }

    /// Title of a column.
    pub fn column() -> Format {
        base()
            .set_bold()
            .set_text_wrap()
            .set_background_color(BAND)
            .set_align(FormatAlign::VerticalCenter)
            .set_border_top(FormatBorder::Thin)
            .set_border_bottom(FormatBorder::Thin)
    }

    /// A cell of a table.
    pub fn cell() -> Format {
        base()
            .set_border_bottom(FormatBorder::Thin)
            .set_border_bottom_color(LINE)
    }

    /// A cell of a row of sums.
    pub fn sum() -> Format {
        base()
            .set_bold()
            .set_border_top(FormatBorder::Thin)
            .set_border_bottom(FormatBorder::Thin)
    }

    /// A fact.
    pub fn fact(color: Option<Color>) -> Format {
        let format = base()
            .set_align(FormatAlign::Left)
            .set_align(FormatAlign::VerticalCenter)
            .set_text_wrap();
        match color {
            Some(color) => format.set_font_color(color),
            None => format.set_bold(),
        }
    }
}

fn format(tone: Tone) -> Format {
    match tone {
        Tone::Plain => look::cell(),
        Tone::Sum => look::sum(),
        Tone::Fact => look::fact(None),
        Tone::Small => look::fact(Some(Color::Black)),
    }
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
    tone: Tone,
) -> anyhow::Result<()> {
    let format = format(tone);
    let figure = |pattern: &str| format.clone().set_num_format(pattern);
    match cell {
        Cell::Empty => sheet.write_blank(row, column, &format)?,
        Cell::Text(text) => {
            sheet.write_string_with_format(row, column, text, &format.set_text_wrap())?
        }
        Cell::Money(amount) => {
            let shown: f64 = amount.to_string().parse()?;
            sheet.write_number_with_format(row, column, shown, &figure("#,##0.00"))?
        }
        Cell::Exact(value) => return exact(sheet, (row, column), &value.to_string(), &format),
        Cell::Decimal(text) => return exact(sheet, (row, column), text, &format),
        Cell::Whole(number) => {
            let text = number.to_string();
            if is_short(&text) {
                sheet.write_number_with_format(row, column, text.parse::<f64>()?, &figure("0"))?
            } else {
                sheet.write_string_with_format(row, column, text, &format)?
            }
        }
        Cell::Day(day) => match excel_day(*day) {
            Some(shown) => {
                let format = figure("yyyy-mm-dd").set_align(FormatAlign::Left);
                sheet.write_datetime_with_format(row, column, &shown, &format)?
            }
            None => sheet.write_string_with_format(row, column, day.to_string(), &format)?,
        },
        Cell::Moment(at) => {
            let at = moment(at);
            match ExcelDateTime::parse_from_str(&at) {
                Ok(shown) => {
                    let format = figure("yyyy-mm-dd hh:mm:ss").set_align(FormatAlign::Left);
                    sheet.write_datetime_with_format(row, column, &shown, &format)?
                }
                Err(_) => sheet.write_string_with_format(row, column, at, &format)?,
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
    format: &Format,
) -> anyhow::Result<()> {
    if !is_short(text) {
        let format = format.clone().set_align(FormatAlign::Right);
        sheet.write_string_with_format(row, column, text, &format)?;
        return Ok(());
    }
    let decimals = text
        .split_once('.')
        .map_or(0, |(_, decimals)| decimals.trim_end_matches('0').len());
    let pattern = match decimals {
        0 => "#,##0",
        1..=2 => "#,##0.00",
        3..=6 => "#,##0.00####",
        _ => "#,##0.00############",
    };
    let format = format.clone().set_num_format(pattern);
    sheet.write_number_with_format(row, column, text.parse::<f64>()?, &format)?;
    Ok(())
}

/// Writes titles and rows from a row on; returns the row below. Numbers stand under titles that
/// stand right.
pub fn table(
    sheet: &mut Worksheet,
    first: u32,
    columns: &[Column],
    rows: &[Vec<Cell>],
) -> anyhow::Result<u32> {
    if rows.len() > MOST_ROWS {
        return Err(usage(Sentence::new("excel_full").fact("most", MOST_ROWS)));
    }
    let is_figure = |cell: Option<&Cell>| {
        matches!(
            cell,
            Some(Cell::Money(_) | Cell::Exact(_) | Cell::Decimal(_) | Cell::Whole(_))
        )
    };
    for (at, column) in (0_u16..).zip(columns) {
        let cells = || rows.iter().map(|row| row.get(usize::from(at)));
        let right = cells().any(is_figure);
        let mut format = look::column();
        if right {
            format = format.set_align(FormatAlign::Right);
        }
        sheet.write_string_with_format(first, at, &column.title, &format)?;
    }
    let mut row_no = first;
    for row in rows {
        row_no += 1;
        for (at, cell) in (0_u16..).zip(row) {
            write(sheet, (row_no, at), cell, Tone::Plain)?;
        }
    }
    Ok(row_no + 1)
}

/// Makes the columns as wide as what they hold, within what they may get.
pub fn fit(
    sheet: &mut Worksheet,
    columns: &[Column],
    rows: &[Vec<Cell>],
    sums: &[Vec<Cell>],
) -> anyhow::Result<()> {
    for (at, column) in (0_u16..).zip(columns) {
        let cells = rows.iter().chain(sums);
        let widest = cells
            .filter_map(|row| row.get(usize::from(at)))
            .map(Cell::width)
            .max()
            .unwrap_or(0);
        let title = UnicodeWidthStr::width(column.title.as_str());
        let chars = widest.min(column.most).max(title).max(4) + 2;
        sheet.set_column_width(at, u32::try_from(chars).unwrap_or(80))?;
    }
    Ok(())
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
    sheet.set_margins(0.5, 0.5, 0.8, 0.7, 0.4, 0.35);
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
    fn hanzi_take_two_places() {
        assert_eq!(Cell::text("返利ab").width(), 6);
        assert_eq!(Cell::text(""), Cell::Empty);
    }
}
