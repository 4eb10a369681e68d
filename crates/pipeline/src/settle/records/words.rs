//! The words of records: figures, what records are to them, and where records stand.

use channelflow_model::appeal::AppealRow;
use channelflow_model::settlement::{Payment, Shipment};
use channelflow_model::{DayRange, FlowKind, Micros, Period};
use channelflow_settle::figures::{Part, Sums};
use channelflow_warehouse::{FlowRow, ImportedTarget};
use rust_decimal::Decimal;
use serde::Serialize;

/// What a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureKind {
    /// What the policy counts.
    Basis,
    /// What a month of the span is judged by, net of returns.
    Month,
    /// The basis of a product group of a mix.
    Group,
    /// What was to be reached.
    Target,
    /// The same of the year before.
    LastYear,
    /// The base a person approved in place of that (核定基数).
    ApprovedBase,
    /// Goods that came back from an earlier span, at a flat cost.
    ReturnedBefore,
    /// Money paid.
    Payments,
    /// Stock of a product the day before a price cut.
    Stock,
    /// A product on the way that day: shipped lately less reported as bought, not below 0.
    Transit,
    /// A product bought in the days before a price cut.
    BoughtRecently,
    /// The price a product was bought at.
    BoughtAt,
    /// Reports that arrived of those expected.
    Reports,
    /// What was told before.
    Told,
}

impl FigureKind {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FigureKind::Basis => "basis",
            FigureKind::Month => "month",
            FigureKind::Group => "group",
            FigureKind::Target => "target",
            FigureKind::LastYear => "last_year",
            FigureKind::ApprovedBase => "approved_base",
            FigureKind::ReturnedBefore => "returned_before",
            FigureKind::Payments => "payments",
            FigureKind::Stock => "stock",
            FigureKind::Transit => "transit",
            FigureKind::BoughtRecently => "bought_recently",
            FigureKind::BoughtAt => "bought_at",
            FigureKind::Reports => "reports",
            FigureKind::Told => "told",
        }
    }
}

/// What a record is to its figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sold, bought or shipped: what the policy counts.
    Counted,
    /// Came back.
    Returned,
    /// Has an open alert.
    Alerted,
    /// Kept out by a person.
    Excluded,
    /// In stock.
    Stock,
    /// Shipped to the distributor.
    Shipped,
    /// Reported as bought; taken off what was shipped.
    Arrived,
    /// Reported as bought.
    Bought,
    /// Paid by its due day.
    OnTime,
    /// Paid late.
    Overdue,
    /// A report in time.
    InTime,
    /// A report after its day.
    Late,
    /// A report that did not arrive.
    Missing,
    /// Told before.
    Told,
}

impl Role {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Counted => "counted",
            Role::Returned => "returned",
            Role::Alerted => "alerted",
            Role::Excluded => "excluded",
            Role::Stock => "stock",
            Role::Shipped => "shipped",
            Role::Arrived => "arrived",
            Role::Bought => "bought",
            Role::OnTime => "on_time",
            Role::Overdue => "overdue",
            Role::InTime => "in_time",
            Role::Late => "late",
            Role::Missing => "missing",
            Role::Told => "told",
        }
    }

    pub(super) fn of(part: Part) -> Self {
        match part {
            Part::Sold => Role::Counted,
            Part::Returned => Role::Returned,
            Part::Alerted => Role::Alerted,
            Part::Excluded => Role::Excluded,
        }
    }
}

/// A report that was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Its month.
    pub period: Period,
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// When it arrived first; `None`: it did not.
    pub received_at: Option<String>,
}

/// What was told before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToldBefore {
    /// Number of the statement.
    pub number: String,
    /// The policy, `id@version`.
    pub policy: String,
    /// First month of the span it was about.
    pub first: Period,
    /// Last month of it.
    pub last: Period,
    /// Yuan stated.
    pub total: Micros,
    /// Yuan its floor kept back.
    pub carry: Micros,
}

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A flow line.
    Line(Box<FlowRow>),
    /// A row of an appeal (申诉); `pair` 0: of an alert nobody has decided yet.
    Appeal(Box<AppealRow>),
    /// A shipment.
    Shipment(Shipment),
    /// A payment.
    Payment(Payment),
    /// A report.
    Report(Report),
    /// An earlier statement.
    Statement(ToldBefore),
    /// A target, or a base that was approved.
    Target(ImportedTarget),
}

/// A record with what it adds to its figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// What it is to the figure.
    pub role: Role,
    /// What it adds, signed.
    #[serde(flatten)]
    pub adds: Sums,
    /// Where it stands.
    #[serde(flatten)]
    pub source: Source,
}

impl Record {
    /// What a target says, in the measure it is of.
    pub fn goal(&self) -> Option<Decimal> {
        match &self.source {
            Source::Target(it) => self.adds.of(it.target.measure),
            _ => None,
        }
    }
}

/// A figure with the records it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Footing {
    /// What it is.
    pub figure: FigureKind,
    /// The product, product group, month or earlier span it is about; empty: all.
    pub name: String,
    /// Days looked at, where they are not those of the part.
    pub days: Option<DayRange>,
    /// Rewards that look at it.
    pub rewards: Vec<String>,
    /// What the statement says it is; what is absent was not known, or is no sum.
    pub stated: Sums,
    /// What it says where that is no sum: a price, a share.
    pub stated_value: Option<Decimal>,
    /// What the records come to.
    pub found: Sums,
    /// The same where that is no sum.
    pub found_value: Option<Decimal>,
    /// Whether that is what the statement says.
    pub agrees: bool,
    /// The records.
    pub records: Vec<Record>,
}

impl Footing {
    pub(super) fn new(figure: FigureKind, name: &str) -> Self {
        Footing {
            figure,
            name: name.to_owned(),
            days: None,
            rewards: Vec::new(),
            stated: Sums::default(),
            stated_value: None,
            found: Sums::default(),
            found_value: None,
            agrees: true,
            records: Vec::new(),
        }
    }

    /// Its measures that say something: the word, what is stated, and what the records come to.
    pub fn measures(&self) -> Vec<(&'static str, Option<Decimal>, Option<Decimal>)> {
        let (stated, found) = (&self.stated, &self.found);
        let quantity = ("quantity", stated.quantity, found.quantity);
        let amount = ("amount", stated.amount, found.amount);
        let assessed = ("assessed", stated.assessed, found.assessed);
        match self.figure {
            FigureKind::Basis
            | FigureKind::Month
            | FigureKind::Group
            | FigureKind::Target
            | FigureKind::LastYear
            | FigureKind::ApprovedBase
            | FigureKind::ReturnedBefore => {
                let mut all = vec![quantity, amount, assessed];
                all.retain(|(_, stated, found)| stated.is_some() || found.is_some());
                all
            }
            FigureKind::Payments => vec![("amount", found.amount, found.amount)],
            FigureKind::Told => vec![amount],
            FigureKind::Stock | FigureKind::BoughtRecently => vec![quantity],
            FigureKind::Transit => {
                let found = found.quantity.map(|it| it.max(Decimal::ZERO));
                vec![("quantity", stated.quantity, found)]
            }
            FigureKind::BoughtAt => vec![("price", self.stated_value, self.found_value)],
            FigureKind::Reports => vec![("share", self.stated_value, self.found_value)],
        }
    }

    /// Adds the records up and compares: what is not stated is not compared.
    pub(super) fn close(mut self) -> Self {
        let mut found = Sums::NOTHING;
        for record in &self.records {
            found = found.plus(&record.adds);
        }
        let same = |stated: Option<Decimal>, found: Option<Decimal>| {
            stated.is_none_or(|stated| found == Some(stated))
        };
        self.agrees = same(self.stated.quantity, found.quantity)
            && same(self.stated.amount, found.amount)
            && same(self.stated.assessed, found.assessed);
        self.found = found;
        self
    }
}
