//! The first records a statement rests on, figure by figure, with what they come to; before them
//! every figure beside what its records add up to.

use channelflow_model::messages::{Lang, label, say, word};
use channelflow_model::{FlowKind, Micros};
use channelflow_settle::evaluate::{money, number};
use channelflow_settle::figures::decimal;
use channelflow_warehouse::FlowRow;
use rust_decimal::Decimal;

use super::{Cell, Row, Sheet, columns, figure, kept, row, short, text, wide};
use crate::explain_statement::group_name;
use crate::settle::{Names, Record, Source};
use crate::settle_text::span;
use crate::statement_paper::{
    Checked, Paper, PaperPart, RecordKind, checked, exact_money, listed, sum_of_goals,
};
use crate::table::count;

/// Records on the page; the workbook has all.
const MOST: usize = 200;

/// The check of the figures, and a table per kind of record that there is.
pub(super) fn appendices(paper: &Paper, lang: Lang) -> Vec<Sheet> {
    let mut room = MOST;
    let mut all = 0;
    let mut sheets = vec![check(paper, lang)];
    for kind in RecordKind::ALL {
        let mut appendix = Appendix::new(kind);
        for it in &paper.parts {
            appendix.part(it, (&mut room, &mut all), lang);
        }
        sheets.extend(appendix.sheet(lang));
    }
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
    if all == 0 {
        sheets.push(Sheet {
            title: label(lang, "paper_records_title"),
            notes: vec![label(lang, "paper_no_records")],
            ..Sheet::default()
        });
    }
    sheets
}

/// Every figure: what the statement says, and what its records come to.
fn check(paper: &Paper, lang: Lang) -> Sheet {
    let codes = [
        ("paper_no", true),
        ("paper_policy", false),
        ("paper_figure", false),
        ("paper_days", false),
        ("paper_count", true),
        ("paper_measure", false),
        ("paper_stated", true),
        ("paper_found", true),
        ("paper_agrees", false),
    ];
    let shown = |value: Option<Decimal>, is_money: bool| {
        let text = value.map(if is_money { money } else { number });
        figure(text.unwrap_or_default())
    };
    let rows = checked(paper, lang).into_iter().map(|it: Checked| {
        let cells = vec![
            figure(it.part_no.to_string()),
            short(&it.policy),
            text(it.figure),
            kept(it.days),
            figure(it.records.to_string()),
            kept(it.measure),
            shown(it.stated, it.is_money),
            shown(it.found, it.is_money),
            kept(it.agrees),
        ];
        row(cells, "")
    });
    Sheet {
        title: label(lang, "paper_sheet_check"),
        rows: rows.collect(),
        columns: columns(lang, &codes),
        notes: vec![label(lang, "paper_check_note")],
    }
}

/// A table of one kind of record.
struct Appendix {
    kind: RecordKind,
    codes: &'static [(&'static str, bool)],
    rows: Vec<Row>,
}

impl Appendix {
    fn new(kind: RecordKind) -> Self {
        let codes: &[(&str, bool)] = match kind {
            RecordKind::Flow => &[
                ("paper_flow_line", false),
                ("paper_day", false),
                ("paper_booking", false),
                ("paper_role", false),
                ("paper_customer", false),
                ("paper_reported", false),
                ("paper_product", false),
                ("paper_lot", false),
                ("paper_price", true),
                ("paper_quantity", true),
                ("paper_yuan", true),
                ("paper_source", false),
            ],
            RecordKind::Appeal => &[
                ("paper_appeal", false),
                ("paper_flow_line", false),
                ("paper_day", false),
                ("paper_business", false),
                ("paper_booking", false),
                ("paper_role", false),
                ("paper_customer", false),
                ("paper_product", false),
                ("paper_quantity", true),
                ("paper_yuan", true),
            ],
            RecordKind::Shipment => &[
                ("paper_doc_no", false),
                ("paper_doc_line", false),
                ("paper_shipped", false),
                ("paper_product", false),
                ("paper_lot", false),
                ("paper_quantity", true),
                ("paper_yuan", true),
            ],
            RecordKind::Payment => &[
                ("paper_doc_no", false),
                ("paper_paid_on", false),
                ("paper_due", false),
                ("paper_role", false),
                ("paper_instrument", false),
                ("paper_tenor", true),
                ("paper_yuan", true),
            ],
            RecordKind::Report => &[
                ("paper_period", false),
                ("paper_kind", false),
                ("paper_received", false),
                ("paper_role", false),
            ],
            RecordKind::Statement => &[
                ("paper_number", false),
                ("paper_policy", false),
                ("paper_span", false),
                ("paper_kept_back", true),
                ("paper_yuan", true),
            ],
            RecordKind::Target => &[
                ("paper_month", false),
                ("paper_product_group", false),
                ("paper_counting_point", false),
                ("paper_measure", false),
                ("paper_whole_month", true),
                ("paper_goal", true),
                ("paper_file", false),
                ("paper_settings_version", true),
                ("paper_imported_by", false),
                ("paper_imported_at", false),
            ],
        };
        Appendix {
            kind,
            codes,
            rows: Vec::new(),
        }
    }

    fn at(&self, code: &str) -> Option<usize> {
        self.codes.iter().position(|(it, _)| *it == code)
    }

    /// Adds the records of a part while there is room; their sum is that of all of them.
    fn part(&mut self, it: &PaperPart, (room, all): (&mut usize, &mut usize), lang: Lang) {
        for footing in listed(it) {
            let of_kind = |record: &&Record| RecordKind::of(&record.source) == self.kind;
            let records: Vec<&Record> = footing.records.iter().filter(of_kind).collect();
            *all += records.len();
            if records.is_empty() || *room == 0 {
                continue;
            }
            let title = format!(
                "{}  {} {} · {} · {}",
                it.part.part_no,
                it.part.policy,
                it.part.policy_name,
                it.span(lang),
                crate::explain_statement::figure_title(footing, lang)
            );
            self.rows
                .push(row(vec![wide(title, self.codes.len())], "group"));
            let names = &it.records.names;
            let shown = records.iter().take(*room);
            self.rows
                .extend(shown.map(|record| row(cells(record, names, lang), "")));
            *room -= records.len().min(*room);
            self.sum(&records, lang);
        }
    }

    /// What records come to, under the columns of quantities and yuan.
    fn sum(&mut self, records: &[&Record], lang: Lang) {
        let sum = |of: fn(&Record) -> Option<Decimal>| -> Option<Decimal> {
            let mut known = records.iter().filter_map(|record| of(record)).peekable();
            known.peek()?;
            Some(known.fold(Decimal::ZERO, Decimal::saturating_add))
        };
        let places = [
            (
                self.at("paper_quantity"),
                sum(|it| it.adds.quantity).map(number),
            ),
            (self.at("paper_yuan"), sum(|it| it.adds.amount).map(money)),
            (self.at("paper_goal"), sum_of_goals(records).map(number)),
        ];
        let sums: Vec<(usize, String)> = places
            .into_iter()
            .filter_map(|(at, sum)| Some((at?, sum.unwrap_or_default())))
            .collect();
        let first = sums.first().map_or(self.codes.len(), |(at, _)| *at);
        let records = [(
            "records",
            &count(records.len() as u64) as &dyn std::fmt::Display,
        )];
        let mut cells = vec![wide(say(lang, "paper_subtotal_of", &records), first)];
        for at in first..self.codes.len() {
            let sum = sums.iter().find(|(place, _)| *place == at);
            cells.push(sum.map_or_else(|| text(""), |(_, sum)| figure(sum)));
        }
        self.rows.push(row(cells, "sum"));
    }

    fn sheet(self, lang: Lang) -> Option<Sheet> {
        (!self.rows.is_empty()).then(|| Sheet {
            title: label(lang, self.kind.title()),
            columns: columns(lang, self.codes),
            rows: self.rows,
            notes: if self.kind == RecordKind::Flow {
                vec![label(lang, "paper_records_note")]
            } else {
                Vec::new()
            },
        })
    }
}

fn cells(record: &Record, names: &Names, lang: Lang) -> Vec<Cell> {
    let role = || kept(word(lang, "role", record.role.as_str()));
    let quantity = || figure(record.adds.quantity.map(number).unwrap_or_default());
    let yuan = || figure(record.adds.amount.map(money).unwrap_or_default());
    let product = |id: &str| {
        let (name, spec) = names.product(id);
        text(format!("{id} {name} {spec}").trim_end())
    };
    match &record.source {
        Source::Line(line) => flow_cells(line, [role(), quantity(), yuan()]),
        Source::Appeal(it) => vec![
            kept(it.appeal_id.to_string()),
            kept(it.line_id.to_string()),
            kept(it.day.to_string()),
            kept(it.business_period.to_string()),
            kept(it.booking_period.to_string()),
            role(),
            text(format!("{} {}", it.customer_id, names.customer(&it.customer_id)).trim()),
            product(&it.product_id),
            quantity(),
            yuan(),
        ],
        Source::Shipment(it) => vec![
            text(&it.doc_no),
            text(&it.line_no),
            kept(it.day.to_string()),
            product(&it.product_id),
            short(&it.lot),
            quantity(),
            figure(exact_money(it.amount)),
        ],
        Source::Payment(it) => vec![
            text(&it.doc_no),
            kept(it.day.to_string()),
            kept(it.due.map(|due| due.to_string()).unwrap_or_default()),
            role(),
            text(label(
                lang,
                &format!("paper_instrument_{}", it.instrument.as_str()),
            )),
            figure(if it.tenor_days == 0 {
                String::new()
            } else {
                it.tenor_days.to_string()
            }),
            yuan(),
        ],
        Source::Report(it) => vec![
            kept(it.period.to_string()),
            kept(word(lang, "kind", it.kind.as_str())),
            kept(
                it.received_at
                    .clone()
                    .map(|at| crate::statement_paper::moment(&at))
                    .unwrap_or_default(),
            ),
            role(),
        ],
        Source::Statement(it) => vec![
            kept(&it.number),
            short(&it.policy),
            kept(span(it.first, it.last)),
            figure(if it.carry == Micros::ZERO {
                String::new()
            } else {
                exact_money(it.carry)
            }),
            yuan(),
        ],
        Source::Target(it) => vec![
            kept(it.target.period.to_string()),
            text(group_name(&it.target.product_group, lang)),
            kept(&it.target.counting_point),
            kept(word(lang, "measured", it.target.measure.as_str())),
            figure(number(decimal(it.target.value))),
            figure(record.goal().map(number).unwrap_or_default()),
            text(&it.file_name),
            figure(it.version.to_string()),
            text(&it.imported_by),
            kept(crate::statement_paper::moment(&it.imported_at)),
        ],
    }
}

fn flow_cells(line: &FlowRow, [role, quantity, yuan]: [Cell; 3]) -> Vec<Cell> {
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
        role,
        text(customer.trim()),
        text(&line.raw_customer),
        text(format!("{} {}", line.product_name, line.product_spec)),
        short(&line.lot),
        figure(price(line)),
        quantity,
        yuan,
        // The row stays with what stands before it.
        text(format!("{}\u{a0}:\u{a0}{}", places.join(" / "), line.row)),
    ]
}

/// The price, with the unit it is for where that is not the base unit.
fn price(line: &FlowRow) -> String {
    match line.price {
        None => String::new(),
        Some(price) if line.unit.is_empty() || line.unit == line.base_unit => exact_money(price),
        Some(price) => format!("{} / {}", exact_money(price), line.unit),
    }
}
