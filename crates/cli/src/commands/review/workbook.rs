//! `channelflow review export FILE.xlsx`: the names on one sheet, to be decided there, their rows
//! on a second, how it works on a third. `import` reads the first one back.

use std::path::Path;

use channelflow_model::messages::{label, say, word};
use channelflow_model::{Lang, Micros, Sentence};
use channelflow_pipeline::review::{WaitingName, rows_of};
use channelflow_pipeline::review_candidates::Candidate;
use channelflow_pipeline::table::count;
use channelflow_warehouse::FlowRow;
use rust_xlsxwriter::{
    Color, DataValidation, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use unicode_width::UnicodeWidthStr;

use super::{Desk, Which, words};
use crate::exit::{Exit, cannot, usage};
use crate::output;
use crate::session::{Context, Session};

/// Columns of the sheet of names, in order: code of the title (after `review_sheet_`) and width.
pub const COLUMNS: [(&str, f64); 21] = [
    ("amount", 12.0),
    ("rows", 6.0),
    ("kind", 8.0),
    ("distributor", 22.0),
    ("name", 30.0),
    ("spec", 16.0),
    ("also", 20.0),
    ("decision", 11.0),
    ("candidate_1", 27.0),
    ("candidate_2", 27.0),
    ("candidate_3", 27.0),
    ("candidate_4", 27.0),
    ("candidate_5", 27.0),
    ("why", 56.0),
    ("other_id", 12.0),
    ("scope", 13.0),
    ("note", 22.0),
    ("elsewhere", 26.0),
    ("days", 12.0),
    ("state", 13.0),
    ("key", 10.0),
];
/// Columns a person fills in.
const ANSWERS: [&str; 4] = ["decision", "other_id", "scope", "note"];
/// Columns that stay in view: up to the name.
const FROZEN: u16 = 5;
/// Answers that can be chosen, beside the numbers of the candidates.
pub const WORDS: [&str; 4] = ["none", "ignore", "new", "skip"];
/// Scopes that can be chosen.
pub const SCOPES: [&str; 2] = ["one", "all"];
/// Height of one line of text, in points.
const LINE: f64 = 15.0;
/// Highest a row becomes, in lines; whoever wants to see more of a cell opens it.
const MOST_LINES: f64 = 8.0;
/// Most rows of one name on the second sheet.
const ROWS_OF_A_NAME: u32 = 500;
/// Columns of the sheet of rows.
const ROW_COLUMNS: [(&str, f64); 12] = [
    ("distributor", 12.0),
    ("name", 30.0),
    ("day", 12.0),
    ("flow", 10.0),
    ("customer", 30.0),
    ("product", 30.0),
    ("spec", 18.0),
    ("quantity", 11.0),
    ("unit", 7.0),
    ("price", 11.0),
    ("amount", 13.0),
    ("file", 36.0),
];

/// Writes the workbook.
pub async fn execute(context: &Context, path: &Path, which: &Which) -> anyhow::Result<Exit> {
    if !path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"))
    {
        return Err(usage(
            Sentence::new("review_not_xlsx").fact("path", path.display()),
        ));
    }
    let mut desk = Desk::open(Session::open(context).await?, Some(which)).await?;
    let lang = desk.session.lang;
    let mut names = std::mem::take(&mut desk.names);
    let finder = desk.finder(&names);
    let mut rows = Vec::new();
    for name in &mut names {
        finder.fill(name);
        let of_name = rows_of(&desk.session.warehouse, name, ROWS_OF_A_NAME).await?;
        rows.extend(of_name.into_iter().map(|row| (name.name.clone(), row)));
    }
    let mut workbook = Workbook::new();
    let style = Style::new();
    write_names(workbook.add_worksheet(), &style, &desk, &names)?;
    write_rows(workbook.add_worksheet(), &style, lang, &rows)?;
    write_help(workbook.add_worksheet(), &style, lang)?;
    let temporary = path.with_extension("xlsx.part");
    match workbook.save(&temporary) {
        Err(XlsxError::IoError(error)) => {
            return Err(cannot("file_not_writable", path)(error).into());
        }
        saved => saved?,
    }
    std::fs::rename(&temporary, path).map_err(cannot("file_not_writable", path))?;
    output::note(&say(
        lang,
        "review_exported",
        &[
            ("names", &count(names.len() as u64)),
            ("rows", &count(rows.len() as u64)),
            ("path", &path.display()),
        ],
    ));
    Ok(Exit::Done)
}

/// What the sheets look like.
struct Style {
    heading: Format,
    answer_heading: Format,
    text: Format,
    plain: Format,
    conflict: Format,
    answer: Format,
    money: Format,
    decimal: Format,
    whole: Format,
}

impl Style {
    fn new() -> Self {
        let thin = Color::RGB(0x00D0_D5DB);
        let cell = || {
            Format::new()
                .set_align(FormatAlign::Top)
                .set_border_bottom(FormatBorder::Hair)
                .set_border_bottom_color(thin)
        };
        let heading = || {
            Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_border_bottom(FormatBorder::Thin)
        };
        Style {
            heading: heading().set_background_color(Color::RGB(0x00E8_EDF3)),
            answer_heading: heading().set_background_color(Color::RGB(0x00FF_E699)),
            text: cell().set_text_wrap(),
            plain: cell().set_indent(1),
            conflict: cell()
                .set_text_wrap()
                .set_font_color(Color::RGB(0x009A_5B5B)),
            answer: cell()
                .set_text_wrap()
                .set_background_color(Color::RGB(0x00FF_F8E1)),
            money: cell().set_num_format("#,##0.00"),
            decimal: cell().set_num_format("#,##0.######"),
            whole: Format::new()
                .set_num_format("#,##0")
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::Top)
                .set_border_bottom(FormatBorder::Hair)
                .set_border_bottom_color(thin),
        }
    }
}

fn write_names(
    sheet: &mut Worksheet,
    style: &Style,
    desk: &Desk,
    names: &[WaitingName],
) -> anyhow::Result<()> {
    let lang = desk.session.lang;
    sheet.set_name(label(lang, "review_sheet_of_names"))?;
    sheet.set_freeze_panes(1, FROZEN)?;
    sheet.set_landscape();
    sheet.set_paper_size(8);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_row_height(0, 32)?;
    for (column, (code, width)) in (0_u16..).zip(COLUMNS) {
        sheet.set_column_width(column, width)?;
        let format = if ANSWERS.contains(&code) {
            &style.answer_heading
        } else {
            &style.heading
        };
        let title = label(lang, &format!("review_sheet_{code}"));
        sheet.write_string_with_format(0, column, title, format)?;
    }
    let last = u32::try_from(names.len()).unwrap_or(u32::MAX);
    for (row, name) in (1_u32..).zip(names) {
        write_name(sheet, style, desk, row, name)?;
    }
    sheet.set_column_hidden(column_of("key"))?;
    let last_column = u16::try_from(COLUMNS.len() - 1).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, last, last_column)?;
    if last > 0 {
        let numbers = (1..=5).map(|number| number.to_string());
        let answers = WORDS.map(|code| label(lang, &format!("review_answer_{code}")));
        let decision = DataValidation::new()
            .allow_list_strings(&numbers.chain(answers).collect::<Vec<_>>())?
            .set_input_title(label(lang, "review_sheet_decision"))?
            .set_input_message(label(lang, "review_sheet_hint"))?
            .set_error_message(label(lang, "review_sheet_hint"))?;
        let column = column_of("decision");
        sheet.add_data_validation(1, column, last, column, &decision)?;
        let scopes = SCOPES.map(|code| label(lang, &format!("review_answer_{code}")));
        let scope = DataValidation::new().allow_list_strings(&scopes)?;
        let column = column_of("scope");
        sheet.add_data_validation(1, column, last, column, &scope)?;
    }
    Ok(())
}

fn column_of(wanted: &str) -> u16 {
    let at = COLUMNS.iter().position(|(code, _)| *code == wanted);
    u16::try_from(at.unwrap_or(0)).unwrap_or(0)
}

fn write_name(
    sheet: &mut Worksheet,
    style: &Style,
    desk: &Desk,
    row: u32,
    name: &WaitingName,
) -> anyhow::Result<()> {
    let lang = desk.session.lang;
    let mut height = 1.0_f64;
    for (column, (code, width)) in (0_u16..).zip(COLUMNS) {
        let mut format = &style.text;
        let text = match code {
            "amount" => {
                sheet.write_number_with_format(row, column, number(name.amount)?, &style.money)?;
                continue;
            }
            "rows" => {
                #[expect(clippy::cast_precision_loss, reason = "a count of rows")]
                sheet.write_number_with_format(row, column, name.rows as f64, &style.whole)?;
                continue;
            }
            "kind" => label(lang, &format!("kind_{}", name.kind.as_str())),
            "distributor" => format!("{} {}", name.distributor_id, name.distributor_name),
            "name" => name_cell(name),
            "spec" => joined(&[&name.spec, &name.maker]),
            "also" => also(lang, name),
            "why" => name.why.clone(),
            "elsewhere" => words::others(lang, name, &desk.master).join("\n"),
            "days" => words::days(name).replace("..", "\n"),
            "state" => label(lang, &format!("review_state_{}", name.state.as_str())),
            "key" => {
                sheet.write_string_with_format(row, column, hidden(name), &style.plain)?;
                continue;
            }
            _ if ANSWERS.contains(&code) => {
                sheet.write_blank(row, column, &style.answer)?;
                continue;
            }
            _ => {
                let at = column.saturating_sub(column_of("candidate_1"));
                match name.candidates.get(usize::from(at)) {
                    None => String::new(),
                    Some(candidate) => {
                        if candidate.veto.is_some() {
                            format = &style.conflict;
                        }
                        candidate_cell(lang, candidate)
                    }
                }
            }
        };
        height = height.max(lines_of(&text, width));
        sheet.write_string_with_format(row, column, text, format)?;
    }
    sheet.set_row_height(row, LINE * height.min(MOST_LINES))?;
    Ok(())
}

/// Lines a text takes in a column: some spreadsheet programs do not find out by themselves.
fn lines_of(text: &str, width: f64) -> f64 {
    let lines = text.lines().map(|line| {
        let places = u32::try_from(line.width()).unwrap_or(u32::MAX);
        // Words and hanzi do not fill a line to its end.
        (f64::from(places) / (width - 1.0)).ceil().max(1.0)
    });
    lines.sum::<f64>().max(1.0)
}

/// The name, or the code where there is no name: what `import` compares the row with.
pub fn name_cell(name: &WaitingName) -> String {
    joined(&[&name.name, &name.code])
}

/// The name's key and the ids of the candidates as they are numbered in this row.
fn hidden(name: &WaitingName) -> String {
    let mut texts = vec![name.key.clone()];
    texts.extend(super::decide::all_of(name));
    serde_json::Value::from(texts).to_string()
}

fn joined(texts: &[&String]) -> String {
    let given: Vec<&str> = texts
        .iter()
        .filter(|text| !text.is_empty())
        .map(|text| text.as_str())
        .collect();
    given.join("\n")
}

/// What was reported together with the name, and how rows without amounts were valued.
fn also(lang: Lang, name: &WaitingName) -> String {
    let mut lines = words::seen(lang, name);
    lines.extend(words::valued(lang, name));
    lines.join("\n")
}

/// `C007 石家庄市第一医院`, where it is, and what excludes it.
fn candidate_cell(lang: Lang, candidate: &Candidate) -> String {
    let mut text = format!("{} {}", candidate.id, candidate.name);
    if !candidate.detail.is_empty() {
        text.push('\n');
        text.push_str(&candidate.detail);
    }
    if let Some(veto) = &candidate.veto {
        let veto = word(lang, "part", veto);
        text.push_str(&format!("\n✗ {}: {veto}", label(lang, "review_vetoed")));
    }
    text
}

fn write_rows(
    sheet: &mut Worksheet,
    style: &Style,
    lang: Lang,
    rows: &[(String, FlowRow)],
) -> anyhow::Result<()> {
    sheet.set_name(label(lang, "review_sheet_of_rows"))?;
    sheet.set_freeze_panes(1, 2)?;
    sheet.set_landscape();
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    for (column, (code, width)) in (0_u16..).zip(ROW_COLUMNS) {
        sheet.set_column_width(column, width)?;
        let title = label(lang, &format!("review_row_{code}"));
        sheet.write_string_with_format(0, column, title, &style.heading)?;
    }
    for (at, (name, row)) in (1_u32..).zip(rows) {
        let kind = label(lang, &format!("kind_{}", row.kind));
        let place = format!("{} : {}", row.file_name, row.row);
        for (column, (code, _)) in (0_u16..).zip(ROW_COLUMNS) {
            let figure = match code {
                "quantity" => Some(row.quantity),
                "price" => row.price,
                "amount" => row.amount,
                _ => None,
            };
            let text = match code {
                "distributor" => row.distributor_id.clone(),
                "name" => name.clone(),
                "day" => row.day.to_string(),
                "flow" => kind.clone(),
                "customer" => row.raw_customer.clone(),
                "product" => row.raw_product.clone(),
                "spec" => row.raw_spec.clone(),
                "unit" => row.unit.clone(),
                "file" => place.clone(),
                _ => String::new(),
            };
            match figure {
                Some(figure) => {
                    let format = if code == "amount" {
                        &style.money
                    } else {
                        &style.decimal
                    };
                    sheet.write_number_with_format(at, column, number(figure)?, format)?;
                }
                None => {
                    sheet.write_string_with_format(at, column, text, &style.plain)?;
                }
            }
        }
    }
    let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let last_column = u16::try_from(ROW_COLUMNS.len() - 1).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, last, last_column)?;
    Ok(())
}

fn write_help(sheet: &mut Worksheet, style: &Style, lang: Lang) -> anyhow::Result<()> {
    sheet.set_name(label(lang, "review_sheet_of_help"))?;
    sheet.set_column_width(0, 100)?;
    for (row, line) in (0_u32..).zip(label(lang, "review_sheet_help").lines()) {
        sheet.write_string_with_format(row, 0, line, &style.text)?;
        sheet.set_row_height(row, LINE * lines_of(line, 100.0))?;
    }
    Ok(())
}

/// Exact up to fifteen digits, which is what a spreadsheet shows.
fn number(value: Micros) -> anyhow::Result<f64> {
    Ok(value.to_string().parse()?)
}
