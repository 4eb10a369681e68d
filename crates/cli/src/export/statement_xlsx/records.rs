//! The sheets of records: every flow line, shipment and payment a statement rests on, with sums per
//! policy below them.

use channelflow_model::messages::{Lang, label, word};
use channelflow_model::{LineFlags, Micros};
use channelflow_pipeline::statement_paper::{Paper, PaperPart, sum};
use channelflow_warehouse::FlowRow;
use rust_xlsxwriter::{Workbook, Worksheet};

use super::as_rows;
use super::look::{self, Style, Tone};
use super::sheet::{Cell, Column, columns, set_up, write};

/// Writes them; shipments and payments only when there are any.
pub fn write_all(workbook: &mut Workbook, paper: &Paper, lang: Lang) -> anyhow::Result<()> {
    flow(workbook.add_worksheet(), paper, lang)?;
    if paper
        .parts
        .iter()
        .any(|it| !it.records.shipments.is_empty())
    {
        shipments(workbook.add_worksheet(), paper, lang)?;
    }
    if paper.parts.iter().any(|it| !it.records.payments.is_empty()) {
        payments(workbook.add_worksheet(), paper, lang)?;
    }
    Ok(())
}

/// Rows of all parts and their sums: under the column of quantities, if there is one, and under that
/// of amounts.
struct Listed {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    sums: Vec<Vec<Cell>>,
    quantity_at: Option<usize>,
    amount_at: usize,
}

impl Listed {
    fn new(columns: Vec<Column>, quantity_at: Option<usize>, amount_at: usize) -> Self {
        Listed {
            columns,
            rows: Vec::new(),
            sums: Vec::new(),
            quantity_at,
            amount_at,
        }
    }

    /// The sum of a part; a quantity only where all records have the same unit.
    fn sum(&mut self, it: &PaperPart, quantity: Option<Micros>, amount: Micros, lang: Lang) {
        let title = label(lang, "paper_subtotal_short");
        let cell = |at: usize| {
            if at == 0 {
                Cell::Whole(it.part.part_no)
            } else if at == 1 {
                Cell::text(&it.part.policy)
            } else if at == 2 {
                Cell::text(&title)
            } else if Some(at) == self.quantity_at {
                quantity.map_or(Cell::Empty, Cell::Exact)
            } else if at == self.amount_at {
                Cell::Yuan(amount)
            } else {
                Cell::Empty
            }
        };
        let cells = (0..self.columns.len()).map(cell).collect();
        self.sums.push(cells);
    }

    fn write(self, sheet: &mut Worksheet, note: Option<String>) -> anyhow::Result<()> {
        // One row is left free, so that a sorted or filtered table ends above the sums.
        let mut row = as_rows(sheet, &self.columns, &self.rows, &self.sums)? + 1;
        let style = Style::new(Tone::Sum);
        for sum in &self.sums {
            sheet.set_row_height(row, 20)?;
            for (at, cell) in (0_u16..).zip(sum) {
                write(sheet, (row, at), cell, &style)?;
            }
            row += 1;
        }
        if let Some(note) = note {
            let format = look::note();
            let last = u16::try_from(self.columns.len().saturating_sub(1))?;
            sheet.merge_range(row + 1, 0, row + 1, last, &note, &format)?;
            sheet.set_row_height(row + 1, 18)?;
        }
        Ok(())
    }
}

fn flow(sheet: &mut Worksheet, paper: &Paper, lang: Lang) -> anyhow::Result<()> {
    set_up(sheet, paper, "paper_sheet_records", true, lang)?;
    let columns = columns(
        lang,
        [
            ("paper_no", 4),
            ("paper_policy", 12),
            ("paper_flow_line", 10),
            ("paper_day", 10),
            ("paper_booking", 8),
            ("paper_customer_id", 8),
            ("paper_customer", 24),
            ("paper_reported", 22),
            ("paper_customer_by", 8),
            ("paper_product_id", 8),
            ("paper_product", 18),
            ("paper_spec", 16),
            ("paper_product_by", 8),
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
        ],
    );
    let mut listed = Listed::new(columns, Some(14), 19);
    for it in &paper.parts {
        let lines = &it.records.lines;
        if lines.is_empty() {
            continue;
        }
        listed
            .rows
            .extend(lines.iter().map(|line| flow_row(it, line, lang)));
        let unit = lines.first().map(|line| line.base_unit.as_str());
        let one_unit = lines
            .iter()
            .all(|line| line.base_quantity.is_some() && Some(line.base_unit.as_str()) == unit);
        let quantity = sum(lines.iter().filter_map(|line| line.base_quantity));
        let amount = sum(lines.iter().filter_map(|line| line.amount));
        listed.sum(it, one_unit.then_some(quantity), amount, lang);
    }
    let code = if listed.rows.is_empty() {
        "paper_no_records"
    } else {
        "paper_records_note"
    };
    listed.write(sheet, Some(label(lang, code)))
}

fn flow_row(it: &PaperPart, line: &FlowRow, lang: Lang) -> Vec<Cell> {
    let by = |rule: Option<channelflow_model::flow::Rule>| {
        rule.map_or(Cell::Empty, |rule| {
            Cell::text(word(lang, "paper_by", rule.as_str()))
        })
    };
    // A row that could not be converted shows what was reported.
    let (quantity, unit) = match line.base_quantity {
        Some(quantity) => (quantity, &line.base_unit),
        None => (line.quantity, &line.unit),
    };
    let file = if line.member.is_empty() {
        line.file_name.clone()
    } else {
        format!("{} / {}", line.file_name, line.member)
    };
    vec![
        Cell::Whole(it.part.part_no),
        Cell::text(&it.part.policy),
        Cell::Whole(line.line_id),
        Cell::Day(line.day),
        Cell::text(line.booking_period.to_string()),
        Cell::text(line.customer_id.clone().unwrap_or_default()),
        Cell::text(&line.customer_name),
        Cell::text(&line.raw_customer),
        by(line.customer_rule),
        Cell::text(line.product_id.clone().unwrap_or_default()),
        Cell::text(&line.product_name),
        Cell::text(&line.product_spec),
        by(line.product_rule),
        Cell::text(&line.lot),
        Cell::Exact(quantity),
        Cell::text(unit),
        Cell::Exact(line.quantity),
        Cell::text(&line.unit),
        Cell::yuan(line.price),
        Cell::yuan(line.amount),
        Cell::text(marks(line, lang)),
        Cell::text(file),
        Cell::text(&line.sheet),
        Cell::Whole(line.row),
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

fn shipments(sheet: &mut Worksheet, paper: &Paper, lang: Lang) -> anyhow::Result<()> {
    set_up(sheet, paper, "paper_sheet_shipments", true, lang)?;
    let columns = columns(
        lang,
        [
            ("paper_no", 5),
            ("paper_policy", 20),
            ("paper_doc_no", 24),
            ("paper_doc_line", 8),
            ("paper_shipped", 10),
            ("paper_product_id", 16),
            ("paper_lot", 16),
            ("paper_quantity", 14),
            ("paper_yuan", 18),
        ],
    );
    let mut listed = Listed::new(columns, None, 8);
    for it in &paper.parts {
        let shipments = &it.records.shipments;
        if shipments.is_empty() {
            continue;
        }
        listed.rows.extend(shipments.iter().map(|shipment| {
            vec![
                Cell::Whole(it.part.part_no),
                Cell::text(&it.part.policy),
                Cell::text(&shipment.doc_no),
                Cell::text(&shipment.line_no),
                Cell::Day(shipment.day),
                Cell::text(&shipment.product_id),
                Cell::text(&shipment.lot),
                Cell::Exact(shipment.quantity),
                Cell::Yuan(shipment.amount),
            ]
        }));
        let amount = sum(shipments.iter().map(|shipment| shipment.amount));
        listed.sum(it, None, amount, lang);
    }
    listed.write(sheet, None)
}

fn payments(sheet: &mut Worksheet, paper: &Paper, lang: Lang) -> anyhow::Result<()> {
    set_up(sheet, paper, "paper_sheet_payments", true, lang)?;
    let columns = columns(
        lang,
        [
            ("paper_no", 5),
            ("paper_policy", 20),
            ("paper_doc_no", 24),
            ("paper_paid_on", 10),
            ("paper_due", 10),
            ("paper_instrument", 18),
            ("paper_tenor", 12),
            ("paper_yuan", 18),
        ],
    );
    let mut listed = Listed::new(columns, None, 7);
    for it in &paper.parts {
        let payments = &it.records.payments;
        if payments.is_empty() {
            continue;
        }
        listed.rows.extend(payments.iter().map(|payment| {
            let how = format!("paper_instrument_{}", payment.instrument.as_str());
            vec![
                Cell::Whole(it.part.part_no),
                Cell::text(&it.part.policy),
                Cell::text(&payment.doc_no),
                Cell::Day(payment.day),
                payment.due.map_or(Cell::Empty, Cell::Day),
                Cell::text(label(lang, &how)),
                if payment.tenor_days == 0 {
                    Cell::Empty
                } else {
                    Cell::Whole(payment.tenor_days)
                },
                Cell::Yuan(payment.amount),
            ]
        }));
        let amount = sum(payments.iter().map(|payment| payment.amount));
        listed.sum(it, None, amount, lang);
    }
    listed.write(sheet, None)
}
