//! The first records a statement rests on: flow lines, shipments and payments, with sums per policy.

use channelflow_model::messages::{Lang, label, say};
use channelflow_model::settlement::{Payment, Shipment};
use channelflow_model::{FlowKind, Micros};
use channelflow_settle::evaluate::number;
use channelflow_warehouse::FlowRow;
use rust_decimal::Decimal;

use super::{Cell, Row, Sheet, columns, figure, group, kept, row, short, text, wide};
use crate::statement_paper::{Paper, PaperPart, exact_money, sum};
use crate::table::count;

/// Records on the page; the workbook has all.
const MOST: usize = 200;

/// A table per kind of record that there is.
pub(super) fn appendices(paper: &Paper, lang: Lang) -> Vec<Sheet> {
    let mut room = MOST;
    let mut all = 0;
    let mut sheets = Vec::new();
    let codes = [
        ("paper_flow_line", false),
        ("paper_day", false),
        ("paper_booking", false),
        ("paper_customer", false),
        ("paper_reported", false),
        ("paper_product", false),
        ("paper_lot", false),
        ("paper_quantity", true),
        ("paper_unit", false),
        ("paper_price", true),
        ("paper_yuan", true),
        ("paper_source", false),
    ];
    let mut flow = Appendix::new("paper_records_title", &codes, 10);
    for it in &paper.parts {
        let amount = |line: &FlowRow| line.amount.unwrap_or_default();
        let lines = &it.records.lines;
        flow.part(it, (lines, flow_cells, amount), (&mut room, &mut all), lang);
    }
    if let Some(mut sheet) = flow.sheet(lang) {
        sheet.notes.push(label(lang, "paper_records_note"));
        sheets.push(sheet);
    }
    let codes = [
        ("paper_doc_no", false),
        ("paper_doc_line", false),
        ("paper_shipped", false),
        ("paper_product_id", false),
        ("paper_lot", false),
        ("paper_quantity", true),
        ("paper_yuan", true),
    ];
    let mut shipped = Appendix::new("paper_sheet_shipments", &codes, 6);
    for it in &paper.parts {
        let records = (
            &it.records.shipments[..],
            shipment_cells as fn(&Shipment) -> Vec<Cell>,
            |it: &Shipment| it.amount,
        );
        shipped.part(it, records, (&mut room, &mut all), lang);
    }
    sheets.extend(shipped.sheet(lang));
    let codes = [
        ("paper_doc_no", false),
        ("paper_paid_on", false),
        ("paper_due", false),
        ("paper_instrument", false),
        ("paper_tenor", true),
        ("paper_yuan", true),
    ];
    let mut paid = Appendix::new("paper_sheet_payments", &codes, 5);
    for it in &paper.parts {
        let cells = |payment: &Payment| payment_cells(payment, lang);
        let records = (&it.records.payments[..], cells, |it: &Payment| it.amount);
        paid.part(it, records, (&mut room, &mut all), lang);
    }
    sheets.extend(paid.sheet(lang));
    if all > MOST {
        let more = [
            ("shown", &MOST as &dyn std::fmt::Display),
            ("rest", &count((all - MOST) as u64)),
            ("number", &paper.head.number),
        ];
        let more = say(lang, "paper_records_more", &more);
        if let Some(sheet) = sheets.last_mut() {
            sheet.notes.insert(0, more);
        }
    }
    if sheets.is_empty() {
        sheets.push(Sheet {
            title: label(lang, "paper_records_title"),
            notes: vec![label(lang, "paper_no_records")],
            ..Sheet::default()
        });
    }
    sheets
}

/// A table of one kind of record.
struct Appendix<'c> {
    title: &'static str,
    codes: &'c [(&'c str, bool)],
    amount_at: usize,
    rows: Vec<Row>,
}

impl<'c> Appendix<'c> {
    fn new(title: &'static str, codes: &'c [(&'c str, bool)], amount_at: usize) -> Self {
        Appendix {
            title,
            codes,
            amount_at,
            rows: Vec::new(),
        }
    }

    /// Adds the records of a part while there is room; their sum is that of all of them.
    fn part<R>(
        &mut self,
        it: &PaperPart,
        (records, cells, amount): (&[R], impl Fn(&R) -> Vec<Cell>, impl Fn(&R) -> Micros),
        (room, all): (&mut usize, &mut usize),
        lang: Lang,
    ) {
        *all += records.len();
        if records.is_empty() || *room == 0 {
            return;
        }
        self.rows.push(group(it, self.codes.len(), lang));
        let shown = records.iter().take(*room);
        self.rows.extend(shown.map(|record| row(cells(record), "")));
        *room -= records.len().min(*room);
        let sum = sum(records.iter().map(amount));
        let part = [
            ("part", &it.part.part_no as &dyn std::fmt::Display),
            ("records", &count(records.len() as u64)),
        ];
        let title = say(lang, "paper_subtotal_of", &part);
        let mut cells = vec![wide(title, self.amount_at), figure(exact_money(sum))];
        let rest = self.codes.len().saturating_sub(self.amount_at + 1);
        cells.extend((0..rest).map(|_| text("")));
        self.rows.push(row(cells, "sum"));
    }

    fn sheet(self, lang: Lang) -> Option<Sheet> {
        (!self.rows.is_empty()).then(|| Sheet {
            title: label(lang, self.title),
            columns: columns(lang, self.codes),
            rows: self.rows,
            notes: Vec::new(),
        })
    }
}

fn flow_cells(line: &FlowRow) -> Vec<Cell> {
    let unit = match line.base_quantity {
        Some(_) => &line.base_unit,
        None => &line.unit,
    };
    let quantity = line.base_quantity.unwrap_or(line.quantity);
    // A text file has no sheets.
    let sheet = if line.sheet == "-" { "" } else { &line.sheet };
    let places = [line.file_name.as_str(), &line.member, sheet];
    let places: Vec<&str> = places.into_iter().filter(|it| !it.is_empty()).collect();
    let id = line.customer_id.as_deref().unwrap_or_default();
    let customer = match line.kind {
        FlowKind::Inventory => String::new(),
        FlowKind::Sale | FlowKind::Purchase => format!("{id} {}", line.customer_name),
    };
    vec![
        kept(line.line_id.to_string()),
        kept(line.day.to_string()),
        kept(line.booking_period.to_string()),
        text(customer),
        text(&line.raw_customer),
        text(format!("{} {}", line.product_name, line.product_spec)),
        short(&line.lot),
        figure(plain(quantity)),
        kept(unit),
        figure(price(line)),
        figure(line.amount.map(exact_money).unwrap_or_default()),
        text(format!("{} : {}", places.join(" / "), line.row)),
    ]
}

/// The price, with the unit it is for where that is not the unit beside it.
fn price(line: &FlowRow) -> String {
    match line.price {
        None => String::new(),
        Some(price) if line.unit.is_empty() || line.unit == line.base_unit => exact_money(price),
        Some(price) => format!("{} / {}", exact_money(price), line.unit),
    }
}

fn shipment_cells(shipment: &Shipment) -> Vec<Cell> {
    vec![
        text(&shipment.doc_no),
        text(&shipment.line_no),
        kept(shipment.day.to_string()),
        text(&shipment.product_id),
        short(&shipment.lot),
        figure(plain(shipment.quantity)),
        figure(exact_money(shipment.amount)),
    ]
}

fn payment_cells(payment: &Payment, lang: Lang) -> Vec<Cell> {
    let how = format!("paper_instrument_{}", payment.instrument.as_str());
    let tenor = payment.tenor_days;
    vec![
        text(&payment.doc_no),
        kept(payment.day.to_string()),
        kept(payment.due.map(|due| due.to_string()).unwrap_or_default()),
        text(label(lang, &how)),
        figure(if tenor == 0 {
            String::new()
        } else {
            tenor.to_string()
        }),
        figure(exact_money(payment.amount)),
    ]
}

fn plain(quantity: Micros) -> String {
    number(Decimal::new(quantity.0, 6))
}
