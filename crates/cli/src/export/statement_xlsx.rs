//! A statement as an Excel workbook for finance: a page to sign, its lines, the steps of the
//! computation, and every record behind it.
//!
//! Sums are values, equal to what the statement says: nothing in the workbook is computed again.

mod look;
mod records;
mod sheet;

use channelflow_model::messages::{Lang, label, say, word};
use channelflow_pipeline::statement_paper::{Fact, Paper};
use channelflow_settle::evaluate::number;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use look::{Style, Tone};
use sheet::{Cell, Column, as_table, columns, fit, lines, number as figure, set_up, table, write};

/// Widths of the summary's columns; facts and signatures share them.
const WIDTHS: [u32; 8] = [7, 20, 20, 16, 14, 9, 15, 16];
/// Last column of the summary.
const LAST: u16 = 7;
/// Who signs, and in which columns.
const SIGNATURES: [(&str, u16, u16); 4] = [
    ("paper_prepared", 0, 1),
    ("paper_checked", 2, 2),
    ("paper_approved", 3, 5),
    ("paper_counterparty", 6, 7),
];

/// The workbook.
pub fn workbook(paper: &Paper, lang: Lang) -> anyhow::Result<Workbook> {
    let mut workbook = Workbook::new();
    let mut properties = DocProperties::new()
        .set_title(&paper.head.number)
        .set_company(&paper.company);
    // The same statement gives the same file.
    let at = channelflow_pipeline::statement_paper::moment(&paper.settlement.at);
    if let Ok(at) = ExcelDateTime::parse_from_str(&at) {
        properties = properties.set_creation_datetime(&at);
    }
    workbook.set_properties(&properties);
    summary(workbook.add_worksheet(), paper, lang)?;
    line_sheet(workbook.add_worksheet(), paper, lang)?;
    step_sheet(workbook.add_worksheet(), paper, lang)?;
    records::write_all(&mut workbook, paper, lang)?;
    Ok(workbook)
}

/// A text over some columns of a row; one column is no range.
fn across(
    sheet: &mut Worksheet,
    row: u32,
    (first, last): (u16, u16),
    text: &str,
    format: &Format,
) -> Result<(), XlsxError> {
    if first == last {
        sheet.write_string_with_format(row, first, text, format)?;
    } else {
        sheet.merge_range(row, first, row, last, text, format)?;
    }
    Ok(())
}

fn summary(sheet: &mut Worksheet, paper: &Paper, lang: Lang) -> anyhow::Result<()> {
    set_up(sheet, paper, "paper_sheet_summary", false, lang)?;
    sheet.set_print_center_horizontally(true);
    for (at, width) in (0_u16..).zip(WIDTHS) {
        sheet.set_column_width(at, width)?;
    }
    across(sheet, 0, (0, LAST), &paper.company, &look::company())?;
    sheet.set_row_height(0, 22)?;
    let title = label(lang, "paper_title");
    across(sheet, 1, (0, LAST), &title, &look::title())?;
    sheet.set_row_height(1, 38)?;

    let head = &paper.head;
    let text = |text: String| Cell::Text(text);
    let facts = [
        ("paper_number", text(head.number.clone())),
        ("paper_period", text(head.period.to_string())),
        ("paper_party", text(paper.party())),
        ("paper_state", text(paper.state(lang))),
    ];
    let facts = facts.map(|(code, cell)| (label(lang, code), cell));
    let mut row = pairs(sheet, 3, &facts, Tone::Fact)?;
    for notice in paper.notices(lang) {
        across(sheet, row, (0, LAST), &notice, &look::notice())?;
        let lines = lines(&notice, width_of((0, LAST)));
        sheet.set_row_height(row, 7 + 15 * lines)?;
        row += 1;
    }
    row = policies(sheet, row + 1, paper, lang)?;
    row = total(sheet, row + 1, paper, lang)?;
    row = signatures(sheet, row + 1, lang)?;
    how(sheet, row + 1, paper, lang)?;
    Ok(())
}

/// Width of some columns of the summary.
fn width_of((first, last): (u16, u16)) -> u32 {
    let widths = (0_u16..).zip(WIDTHS);
    let within = widths.filter(|(at, _)| (first..=last).contains(at));
    within.map(|(_, width)| width).sum()
}

/// Facts with their labels, two in a row; returns the row below.
fn pairs(
    sheet: &mut Worksheet,
    first: u32,
    facts: &[(String, Cell)],
    tone: Tone,
) -> anyhow::Result<u32> {
    let style = Style::new(tone);
    let mut row = first;
    for two in facts.chunks(2) {
        let places = [((0, 1), (2, 3)), ((4, 5), (6, 7))];
        let mut most = 1;
        for ((name, cell), (label_at, value_at)) in two.iter().zip(places) {
            across(sheet, row, label_at, name, &look::label())?;
            sheet.merge_range(row, value_at.0, row, value_at.1, "", &style.text)?;
            write(sheet, (row, value_at.0), cell, &style)?;
            if let Cell::Text(text) = cell {
                most = most.max(lines(text, width_of(value_at)));
            }
        }
        sheet.set_row_height(row, 6 + 16 * most)?;
        row += 1;
    }
    Ok(row)
}

fn policies(sheet: &mut Worksheet, first: u32, paper: &Paper, lang: Lang) -> anyhow::Result<u32> {
    let columns = columns(
        lang,
        &[
            ("paper_no", 6),
            ("paper_policy", 20),
            ("paper_policy_name", 20),
            ("paper_span", 22),
            ("paper_based_kind", 8),
            ("paper_count", 11),
            ("paper_based_on", 18),
            ("paper_amount", 18),
        ],
    );
    let mut rows = Vec::new();
    for it in &paper.parts {
        for (at, (kind, records, based_on)) in it.bases(lang).into_iter().enumerate() {
            let based = [
                Cell::text(kind),
                Cell::Decimal(records.to_string()),
                figure(based_on, true),
            ];
            let about = if at == 0 {
                [
                    Cell::Whole(it.part.part_no),
                    Cell::text(&it.part.policy),
                    Cell::text(&it.part.policy_name),
                    Cell::text(it.span(lang)),
                ]
            } else {
                [Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty]
            };
            let amount = if at > 0 {
                Cell::Empty
            } else if it.is_held() {
                Cell::Mark(label(lang, "paper_held_mark"))
            } else {
                Cell::Money(it.part.total)
            };
            rows.push(about.into_iter().chain(based).chain([amount]).collect());
        }
    }
    let below = table(sheet, first, (&columns, &WIDTHS), &rows)?;
    sum_row(sheet, below, paper, lang, (columns.len(), LAST))?;
    Ok(below + 1)
}

/// The total under the column of amounts.
fn sum_row(
    sheet: &mut Worksheet,
    row: u32,
    paper: &Paper,
    lang: Lang,
    (columns, amount): (usize, u16),
) -> anyhow::Result<()> {
    let style = Style::new(Tone::Sum);
    sheet.set_row_height(row, 20)?;
    for at in 0..u16::try_from(columns)? {
        let cell = match at {
            0 => Cell::Text(label(lang, "paper_sum")),
            at if at == amount => Cell::Money(paper.head.total),
            _ => Cell::Empty,
        };
        write(sheet, (row, at), &cell, &style)?;
    }
    Ok(())
}

/// The total in figures and in capitals.
fn total(sheet: &mut Worksheet, first: u32, paper: &Paper, lang: Lang) -> anyhow::Result<u32> {
    let name = label(lang, "paper_total");
    across(sheet, first, (0, 1), &name, &look::boxed_label())?;
    let format = look::boxed().set_num_format("\"¥\" #,##0.00;\"¥\" -#,##0.00");
    sheet.merge_range(first, 2, first, LAST, "", &format)?;
    let total: f64 = paper.head.total.to_string().parse()?;
    sheet.write_number_with_format(first, 2, total, &format)?;
    let name = label(lang, "paper_capitals");
    across(sheet, first + 1, (0, 1), &name, &look::boxed_label())?;
    let words = paper.total_in_capitals(lang);
    across(sheet, first + 1, (2, LAST), &words, &look::boxed())?;
    sheet.set_row_height(first, 28)?;
    sheet.set_row_height(first + 1, 28)?;
    Ok(first + 2)
}

fn signatures(sheet: &mut Worksheet, first: u32, lang: Lang) -> anyhow::Result<u32> {
    let date = label(lang, "paper_date");
    for (code, left, right) in SIGNATURES {
        across(
            sheet,
            first,
            (left, right),
            &label(lang, code),
            &look::signer(),
        )?;
        across(sheet, first + 1, (left, right), "", &look::signature())?;
        across(sheet, first + 2, (left, right), &date, &look::signed())?;
    }
    sheet.set_row_height(first, 22)?;
    sheet.set_row_height(first + 1, 48)?;
    sheet.set_row_height(first + 2, 22)?;
    Ok(first + 3)
}

/// What the statement can be checked by.
fn how(sheet: &mut Worksheet, first: u32, paper: &Paper, lang: Lang) -> anyhow::Result<()> {
    let heading = label(lang, "paper_how");
    across(sheet, first, (0, LAST), &heading, &look::heading())?;
    let mut facts: Vec<(String, Cell)> = paper
        .how(lang)
        .into_iter()
        .map(|(name, fact)| {
            let cell = match fact {
                Fact::Text(text) => Cell::text(text),
                Fact::Number(number) => Cell::Whole(number),
                Fact::Moment(at) => Cell::Moment(at),
            };
            (name, cell)
        })
        .collect();
    facts.push((label(lang, "paper_decided"), Cell::text(paper.decided())));
    let mut row = pairs(sheet, first + 1, &facts, Tone::Small)?;
    let number = [("number", &paper.head.number as &dyn std::fmt::Display)];
    let note = say(lang, "paper_hashes", &number);
    across(sheet, row, (0, LAST), &note, &look::note())?;
    sheet.set_row_height(row, 20)?;
    for (name, hash) in paper.hashes(lang) {
        row += 1;
        across(sheet, row, (0, 1), &name, &look::note())?;
        across(sheet, row, (2, LAST), &hash, &look::hash())?;
    }
    Ok(())
}

fn line_sheet(sheet: &mut Worksheet, paper: &Paper, lang: Lang) -> anyhow::Result<()> {
    set_up(sheet, paper, "paper_sheet_lines", true, lang)?;
    let columns = columns(
        lang,
        &[
            ("paper_line", 6),
            ("paper_no", 6),
            ("paper_policy", 20),
            ("paper_policy_name", 26),
            ("paper_span", 24),
            ("paper_kind", 14),
            ("paper_reward", 20),
            ("paper_exact", 30),
            ("paper_yuan", 18),
            ("paper_reason", 40),
        ],
    );
    let mut rows = Vec::new();
    for it in &paper.parts {
        for line in &it.part.lines {
            rows.push(vec![
                Cell::Whole(line.line_no),
                Cell::Whole(it.part.part_no),
                Cell::text(&it.part.policy),
                Cell::text(&it.part.policy_name),
                Cell::text(it.span(lang)),
                Cell::text(word(lang, "policy_line", &line.kind)),
                Cell::text(&line.name),
                if line.exact.is_empty() {
                    Cell::Empty
                } else {
                    Cell::Decimal(line.exact.clone())
                },
                it.counted(line)
                    .map_or_else(|| Cell::Mark(label(lang, "paper_held_mark")), Cell::Money),
                Cell::text(it.reason(line, lang)),
            ]);
        }
    }
    let (below, _) = as_rows(sheet, &columns, &rows, &[])?;
    sum_row(sheet, below, paper, lang, (columns.len(), 8))
}

fn step_sheet(sheet: &mut Worksheet, paper: &Paper, lang: Lang) -> anyhow::Result<()> {
    set_up(sheet, paper, "paper_sheet_steps", true, lang)?;
    let columns = columns(
        lang,
        &[
            ("paper_no", 6),
            ("paper_policy", 20),
            ("paper_stage", 14),
            ("paper_reward", 14),
            ("paper_says", 70),
            ("paper_before", 18),
            ("paper_after", 18),
        ],
    );
    let mut rows = Vec::new();
    for it in &paper.parts {
        for step in it.evaluation.iter().flat_map(|it| &it.steps) {
            // What the sentence says beside it; the exact values are those of the lines.
            let figure = |text: Option<String>| text.map_or(Cell::Empty, Cell::Decimal);
            let shown = |value: &str| value.replace(',', "");
            rows.push(vec![
                Cell::Whole(it.part.part_no),
                Cell::text(&it.part.policy),
                Cell::text(step.stage.label(lang)),
                Cell::text(step.reward.clone().unwrap_or_default()),
                Cell::text(step.text(lang)),
                figure(step.before.map(|it| shown(&number(it)))),
                figure(step.after.map(|it| shown(&number(it)))),
            ]);
        }
    }
    as_rows(sheet, &columns, &rows, &[])?;
    Ok(())
}

/// A sheet that is one table, with sums that are written below it; returns the row below the table, and the widths.
fn as_rows(
    sheet: &mut Worksheet,
    columns: &[Column],
    rows: &[Vec<Cell>],
    sums: &[Vec<Cell>],
) -> anyhow::Result<(u32, Vec<u32>)> {
    let widths = fit(sheet, columns, rows, sums)?;
    let below = table(sheet, 0, (columns, &widths), rows)?;
    as_table(sheet, columns, rows.len())?;
    Ok((below, widths))
}
