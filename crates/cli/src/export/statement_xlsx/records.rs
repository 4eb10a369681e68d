//! The sheets of records: every figure beside what its records come to, then all flow lines, rows
//! of appeals, shipments, payments, reports and earlier statements behind them, with sums per figure.

use channelflow_model::messages::{Lang, label, word};
use channelflow_model::{LineFlags, Micros};
use channelflow_pipeline::explain_statement::{days_of, figure_name, group_name};
use channelflow_pipeline::settle::{Footing, Names, Record, Source};
use channelflow_pipeline::settle_text::span;
use channelflow_pipeline::statement_paper::{
    Paper, PaperPart, RecordKind, checked, listed as in_tables, sum_of_goals,
};
use channelflow_warehouse::FlowRow;
use rust_decimal::Decimal;
use rust_xlsxwriter::{Workbook, Worksheet};

use super::as_rows;
use super::look::{self, Style, Tone};
use super::sheet::{Cell, columns, height, number, set_up, write};

/// Columns every table of records begins with.
const FIRST: [(&str, usize); 4] = [
    ("paper_no", 4),
    ("paper_policy", 24),
    ("paper_figure", 34),
    ("paper_role", 10),
];
/// The same where there is little room.
const FIRST_OF_FLOW: [(&str, usize); 4] = [
    ("paper_no", 4),
    ("paper_policy", 18),
    ("paper_figure", 15),
    ("paper_role", 9),
];
/// Columns of flow lines; what is behind [`PRINTED`] is for the screen, on paper nobody could read it.
const FLOW: &[(&str, usize)] = &[
    ("paper_flow_line", 10),
    ("paper_day", 10),
    ("paper_booking", 8),
    ("paper_customer", 24),
    ("paper_product", 18),
    ("paper_spec", 16),
    ("paper_lot", 10),
    ("paper_quantity", 10),
    ("paper_unit", 4),
    ("paper_reported_quantity", 9),
    ("paper_reported_unit", 8),
    ("paper_price", 12),
    ("paper_yuan", 14),
    ("paper_marks", 8),
    ("paper_file", 26),
    ("paper_sheet", 10),
    ("paper_row", 6),
    ("paper_customer_id", 8),
    ("paper_reported", 22),
    ("paper_customer_by", 8),
    ("paper_product_id", 8),
    ("paper_product_by", 8),
];
/// Paper size A3, for flow lines: on A4 their letters would be too small.
const A3: u8 = 8;
/// Last column of flow lines on paper.
const PRINTED: &str = "paper_row";
const APPEALS: &[(&str, usize)] = &[
    ("paper_appeal", 6),
    ("paper_flow_line", 12),
    ("paper_day", 10),
    ("paper_business", 10),
    ("paper_booking", 10),
    ("paper_customer_id", 10),
    ("paper_customer", 26),
    ("paper_product_id", 10),
    ("paper_product", 20),
    ("paper_spec", 18),
    ("paper_quantity", 12),
    ("paper_yuan", 16),
];
const SHIPMENTS: &[(&str, usize)] = &[
    ("paper_doc_no", 24),
    ("paper_doc_line", 8),
    ("paper_shipped", 10),
    ("paper_product_id", 12),
    ("paper_product", 20),
    ("paper_spec", 18),
    ("paper_lot", 16),
    ("paper_quantity", 14),
    ("paper_yuan", 18),
];
const PAYMENTS: &[(&str, usize)] = &[
    ("paper_doc_no", 24),
    ("paper_paid_on", 10),
    ("paper_due", 10),
    ("paper_instrument", 18),
    ("paper_tenor", 12),
    ("paper_yuan", 18),
];
const REPORTS: &[(&str, usize)] = &[
    ("paper_period", 10),
    ("paper_kind", 12),
    ("paper_received", 20),
];
const TOLD: &[(&str, usize)] = &[
    ("paper_number", 24),
    ("paper_span", 20),
    ("paper_kept_back", 16),
    ("paper_yuan", 18),
];

const TARGETS: &[(&str, usize)] = &[
    ("paper_month", 10),
    ("paper_product_group", 16),
    ("paper_counting_point", 16),
    ("paper_measure", 16),
    ("paper_whole_month", 16),
    ("paper_goal", 16),
    ("paper_file", 24),
    ("paper_settings_version", 10),
    ("paper_imported_by", 14),
    ("paper_imported_at", 20),
];

fn columns_of(kind: RecordKind) -> &'static [(&'static str, usize)] {
    match kind {
        RecordKind::Flow => FLOW,
        RecordKind::Appeal => APPEALS,
        RecordKind::Shipment => SHIPMENTS,
        RecordKind::Payment => PAYMENTS,
        RecordKind::Report => REPORTS,
        RecordKind::Statement => TOLD,
        RecordKind::Target => TARGETS,
    }
}

/// Writes them; all but flow lines only when there are any.
pub fn write_all(workbook: &mut Workbook, paper: &Paper, lang: Lang) -> anyhow::Result<()> {
    check(workbook.add_worksheet(), paper, lang)?;
    for kind in RecordKind::ALL {
        let any = paper.parts.iter().any(|it| {
            let mut all = it.records.all();
            all.any(|(_, record)| RecordKind::of(&record.source) == kind)
        });
        if any || kind == RecordKind::Flow {
            listed(workbook.add_worksheet(), paper, kind, lang)?;
        }
    }
    Ok(())
}

/// Every figure: what the statement says, and what its records come to.
fn check(sheet: &mut Worksheet, paper: &Paper, lang: Lang) -> anyhow::Result<()> {
    set_up(sheet, paper, "paper_sheet_check", true, lang)?;
    let columns = columns(
        lang,
        &[
            ("paper_no", 5),
            ("paper_policy", 24),
            ("paper_figure", 24),
            ("paper_days", 24),
            ("paper_count", 10),
            ("paper_measure", 16),
            ("paper_stated", 20),
            ("paper_found", 20),
            ("paper_agrees", 16),
        ],
    );
    let rows: Vec<Vec<Cell>> = checked(paper, lang)
        .into_iter()
        .map(|it| {
            vec![
                Cell::Whole(it.part_no),
                Cell::text(it.policy),
                Cell::text(it.figure),
                Cell::text(it.days),
                Cell::Decimal(it.records.to_string()),
                Cell::text(it.measure),
                number(it.stated, it.is_money),
                number(it.found, it.is_money),
                Cell::text(it.agrees),
            ]
        })
        .collect();
    let (below, _) = as_rows(sheet, &columns, &rows, &[])?;
    note(
        sheet,
        below + 1,
        columns.len(),
        &label(lang, "paper_check_note"),
    )
}

fn note(sheet: &mut Worksheet, row: u32, columns: usize, text: &str) -> anyhow::Result<()> {
    let last = u16::try_from(columns.saturating_sub(1))?;
    sheet.merge_range(row, 0, row, last, text, &look::note())?;
    sheet.set_row_height(row, 18)?;
    Ok(())
}

/// All records of a kind, with their sums by figure below.
fn listed(
    sheet: &mut Worksheet,
    paper: &Paper,
    kind: RecordKind,
    lang: Lang,
) -> anyhow::Result<()> {
    set_up(sheet, paper, kind.title(), true, lang)?;
    let own = columns_of(kind);
    let first_columns = if kind == RecordKind::Flow {
        &FIRST_OF_FLOW
    } else {
        &FIRST
    };
    let codes: Vec<(&str, usize)> = first_columns.iter().chain(own).copied().collect();
    let place = |code: &str| codes.iter().position(|(it, _)| *it == code);
    let (quantity_at, yuan_at) = (place("paper_quantity"), place("paper_yuan"));
    let goal_at = place("paper_goal");
    let columns = columns(lang, &codes);
    let (mut rows, mut sums) = (Vec::new(), Vec::new());
    for it in &paper.parts {
        for footing in in_tables(it) {
            let of_kind = |record: &&Record| RecordKind::of(&record.source) == kind;
            let records: Vec<&Record> = footing.records.iter().filter(of_kind).collect();
            if records.is_empty() {
                continue;
            }
            let names = &it.records.names;
            rows.extend(records.iter().map(|record| {
                // A flow line has its day beside it.
                let days = kind != RecordKind::Flow;
                let mut cells = first(it, footing, days, lang);
                cells.push(Cell::text(word(lang, "role", record.role.as_str())));
                cells.extend(cells_of(record, names, lang));
                cells
            }));
            if kind == RecordKind::Report {
                continue;
            }
            let mut cells = first(it, footing, true, lang);
            cells.push(Cell::text(label(lang, "paper_subtotal_short")));
            cells.resize(columns.len(), Cell::Empty);
            let one_unit = one_unit(&records);
            let places = [
                (
                    quantity_at.filter(|_| one_unit),
                    sum(&records, |it| it.adds.quantity),
                ),
                (yuan_at, sum(&records, |it| it.adds.amount)),
                (goal_at, sum_of_goals(&records)),
            ];
            for (at, sum) in places {
                if let Some(cell) = at.and_then(|at| cells.get_mut(at)) {
                    *cell = number(sum, at == yuan_at);
                }
            }
            sums.push(cells);
        }
    }
    let empty = rows.is_empty();
    // One row is left free, so that a sorted or filtered table ends above the sums.
    let (below, widths) = as_rows(sheet, &columns, &rows, &sums)?;
    let mut row = below + 1;
    let style = Style::new(Tone::Sum);
    for sum in &sums {
        sheet.set_row_height(row, height(sum, &widths))?;
        for (at, cell) in (0_u16..).zip(sum) {
            write(sheet, (row, at), cell, &style)?;
        }
        row += 1;
    }
    if kind == RecordKind::Flow {
        let code = if empty {
            "paper_no_records"
        } else {
            "paper_records_note"
        };
        let printed = place(PRINTED).map_or(columns.len(), |at| at + 1);
        note(sheet, row + 1, printed, &label(lang, code))?;
        let last = u16::try_from(printed.saturating_sub(1))?;
        sheet.set_print_area(0, 0, row + 1, last)?;
        sheet.set_paper_size(A3);
    }
    Ok(())
}

fn first(it: &PaperPart, footing: &Footing, with_days: bool, lang: Lang) -> Vec<Cell> {
    let mut figure = figure_name(footing, lang);
    let days = days_of(footing);
    if with_days && !days.is_empty() {
        figure = format!("{figure} {days}");
    }
    vec![
        Cell::Whole(it.part.part_no),
        Cell::text(&it.part.policy),
        Cell::text(figure),
    ]
}

/// Whether quantities may be added up: a box and a bottle are not two of anything.
fn one_unit(records: &[&Record]) -> bool {
    let mut units = records.iter().filter_map(|record| match &record.source {
        Source::Line(line) => Some(line.base_unit.as_str()),
        _ => None,
    });
    let first = units.next();
    units.all(|unit| Some(unit) == first)
}

/// The sum of what is known; `None` where nothing is.
fn sum(records: &[&Record], of: fn(&Record) -> Option<Decimal>) -> Option<Decimal> {
    let mut known = records.iter().filter_map(|record| of(record)).peekable();
    known.peek()?;
    Some(known.fold(Decimal::ZERO, Decimal::saturating_add))
}

/// The cells of a record behind the first columns.
fn cells_of(record: &Record, names: &Names, lang: Lang) -> Vec<Cell> {
    let quantity = number(record.adds.quantity, false);
    let yuan = number(record.adds.amount, true);
    match &record.source {
        Source::Line(line) => flow_cells(line, quantity, yuan, lang),
        Source::Appeal(it) => {
            let (name, spec) = names.product(&it.product_id);
            vec![
                Cell::Whole(it.appeal_id),
                Cell::Whole(it.line_id),
                Cell::Day(it.day),
                Cell::text(it.business_period.to_string()),
                Cell::text(it.booking_period.to_string()),
                Cell::text(&it.customer_id),
                Cell::text(names.customer(&it.customer_id)),
                Cell::text(&it.product_id),
                Cell::text(name),
                Cell::text(spec),
                quantity,
                yuan,
            ]
        }
        Source::Shipment(it) => {
            let (name, spec) = names.product(&it.product_id);
            vec![
                Cell::text(&it.doc_no),
                Cell::text(&it.line_no),
                Cell::Day(it.day),
                Cell::text(&it.product_id),
                Cell::text(name),
                Cell::text(spec),
                Cell::text(&it.lot),
                quantity,
                Cell::Yuan(it.amount),
            ]
        }
        Source::Payment(it) => vec![
            Cell::text(&it.doc_no),
            Cell::Day(it.day),
            it.due.map_or(Cell::Empty, Cell::Day),
            Cell::text(label(
                lang,
                &format!("paper_instrument_{}", it.instrument.as_str()),
            )),
            if it.tenor_days == 0 {
                Cell::Empty
            } else {
                Cell::Whole(it.tenor_days)
            },
            yuan,
        ],
        Source::Report(it) => vec![
            Cell::text(it.period.to_string()),
            Cell::text(word(lang, "kind", it.kind.as_str())),
            it.received_at.clone().map_or(Cell::Empty, Cell::Moment),
        ],
        Source::Statement(it) => vec![
            Cell::text(&it.number),
            Cell::text(span(it.first, it.last)),
            if it.carry == Micros::ZERO {
                Cell::Empty
            } else {
                Cell::Yuan(it.carry)
            },
            yuan,
        ],
        Source::Target(it) => vec![
            Cell::text(it.target.period.to_string()),
            Cell::text(group_name(&it.target.product_group, lang)),
            Cell::text(&it.target.counting_point),
            Cell::text(word(lang, "measured", it.target.measure.as_str())),
            Cell::Exact(it.target.value),
            number(record.goal(), false),
            Cell::text(&it.file_name),
            Cell::Whole(it.version),
            Cell::text(&it.imported_by),
            Cell::Moment(it.imported_at.clone()),
        ],
    }
}

fn flow_cells(line: &FlowRow, quantity: Cell, yuan: Cell, lang: Lang) -> Vec<Cell> {
    let by = |rule: Option<channelflow_model::flow::Rule>| {
        rule.map_or(Cell::Empty, |rule| {
            Cell::text(word(lang, "paper_by", rule.as_str()))
        })
    };
    let file = if line.member.is_empty() {
        line.file_name.clone()
    } else {
        format!("{} / {}", line.file_name, line.member)
    };
    vec![
        Cell::Whole(line.line_id),
        Cell::Day(line.day),
        Cell::text(line.booking_period.to_string()),
        Cell::text(&line.customer_name),
        Cell::text(&line.product_name),
        Cell::text(&line.product_spec),
        Cell::text(&line.lot),
        quantity,
        Cell::text(&line.base_unit),
        // The price is that of the reported unit.
        Cell::Exact(line.quantity),
        Cell::text(&line.unit),
        Cell::yuan(line.price),
        yuan,
        Cell::text(marks(line, lang)),
        Cell::text(file),
        // A text file has no sheets.
        Cell::text(if line.sheet == "-" { "" } else { &line.sheet }),
        Cell::Whole(line.row),
        Cell::text(line.customer_id.clone().unwrap_or_default()),
        Cell::text(&line.raw_customer),
        by(line.customer_rule),
        Cell::text(line.product_id.clone().unwrap_or_default()),
        by(line.product_rule),
    ]
}

/// What is special about a line: why its amount may be below 0.
fn marks(line: &FlowRow, lang: Lang) -> String {
    use channelflow_warehouse::Delta;
    let marks = [
        ("flow_is_return", line.flags.has(LineFlags::RETURN)),
        ("flow_is_gift", line.flags.has(LineFlags::GIFT)),
        (
            "flow_is_price_adjustment",
            line.flags.has(LineFlags::PRICE_ADJUSTMENT),
        ),
        ("flow_is_late", line.delta == Delta::Late),
        ("flow_is_reversal", line.delta == Delta::Reversal),
    ];
    let marks: Vec<String> = marks
        .into_iter()
        .filter(|(_, marked)| *marked)
        .map(|(code, _)| label(lang, code))
        .collect();
    marks.join(if lang == Lang::Zh { "、" } else { ", " })
}
