//! The figures of a statement beside what their records come to, and the kinds of records tables list.

use channelflow_model::messages::{Lang, label, word};
use rust_decimal::Decimal;

use super::{Paper, PaperPart};
use crate::explain_statement::{days_of, figure_name};
use crate::settle::{FigureKind, Footing, Record, Source};

/// What kind of record a table lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// Flow lines.
    Flow,
    /// Rows of appeals.
    Appeal,
    /// Shipments.
    Shipment,
    /// Payments.
    Payment,
    /// Reports.
    Report,
    /// Earlier statements.
    Statement,
    /// Targets and approved bases.
    Target,
}

impl RecordKind {
    /// Every kind, in the order they are listed.
    pub const ALL: [RecordKind; 7] = [
        RecordKind::Target,
        RecordKind::Flow,
        RecordKind::Appeal,
        RecordKind::Shipment,
        RecordKind::Payment,
        RecordKind::Report,
        RecordKind::Statement,
    ];

    /// The kind of a record.
    pub fn of(source: &Source) -> Self {
        match source {
            Source::Line(_) => RecordKind::Flow,
            Source::Appeal(_) => RecordKind::Appeal,
            Source::Shipment(_) => RecordKind::Shipment,
            Source::Payment(_) => RecordKind::Payment,
            Source::Report(_) => RecordKind::Report,
            Source::Statement(_) => RecordKind::Statement,
            Source::Target(_) => RecordKind::Target,
        }
    }

    /// Code of its title.
    pub fn title(self) -> &'static str {
        match self {
            RecordKind::Flow => "paper_sheet_records",
            RecordKind::Appeal => "paper_sheet_appeals",
            RecordKind::Shipment => "paper_sheet_shipments",
            RecordKind::Payment => "paper_sheet_payments",
            RecordKind::Report => "paper_sheet_reports",
            RecordKind::Statement => "paper_sheet_told",
            RecordKind::Target => "paper_sheet_targets",
        }
    }
}

/// Figures whose records are listed. Months of a span and groups of a mix are made of records of
/// the basis, which are listed once.
pub fn listed(it: &PaperPart) -> impl Iterator<Item = &Footing> {
    let figures = it.records.figures.iter();
    figures.filter(|it| !matches!(it.figure, FigureKind::Month | FigureKind::Group))
}

/// What targets of one measure come to; `None` where they are of several, which do not add up.
pub fn sum_of_goals(records: &[&Record]) -> Option<Decimal> {
    let of = |record: &Record| match &record.source {
        Source::Target(it) => Some(it.target.measure),
        _ => None,
    };
    let first = of(records.first()?)?;
    let same = records.iter().all(|record| of(record) == Some(first));
    let goals = records.iter().filter_map(|record| record.goal());
    same.then(|| goals.fold(Decimal::ZERO, Decimal::saturating_add))
}

/// A measure of a figure: what the statement says it is, beside what its records come to.
pub struct Checked {
    /// Number of the part.
    pub part_no: i64,
    /// Its policy.
    pub policy: String,
    /// What the figure is called.
    pub figure: String,
    /// Days looked at, where they are not those of the part.
    pub days: String,
    /// How many records it has.
    pub records: usize,
    /// Boxes, yuan, or what else it is measured in.
    pub measure: String,
    /// What the statement says; `None`: it was not known.
    pub stated: Option<Decimal>,
    /// What the records come to.
    pub found: Option<Decimal>,
    /// Whether it is yuan.
    pub is_money: bool,
    /// Whether both are the same, in a word.
    pub agrees: String,
}

/// Every figure of a statement, measure by measure.
pub fn checked(paper: &Paper, lang: Lang) -> Vec<Checked> {
    let mut all = Vec::new();
    for it in &paper.parts {
        for footing in &it.records.figures {
            for (measure, stated, found) in footing.measures() {
                let code = if footing.agrees {
                    "paper_agrees_yes"
                } else {
                    "paper_agrees_no"
                };
                all.push(Checked {
                    part_no: it.part.part_no,
                    policy: it.part.policy.clone(),
                    figure: figure_name(footing, lang),
                    days: days_of(footing),
                    records: footing.records.len(),
                    measure: word(lang, "measured", measure),
                    is_money: !matches!(measure, "quantity" | "share"),
                    stated,
                    found,
                    agrees: label(lang, code),
                });
            }
        }
    }
    all
}
