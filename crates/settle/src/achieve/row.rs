//! A row of the achievement table: what was reached of what was asked for, with everything a
//! reader needs to judge it. Not here: how the figures come about (`rows`).

use channelflow_model::settlement::{Measure, UnitLevel};
use channelflow_model::{Day, Micros, Period};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{OrgView, PeriodBasis};

/// What a row is about, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 公司.
    Company,
    /// 大区.
    Region,
    /// 省区.
    Province,
    /// 地区.
    District,
    /// 岗位.
    Post,
    /// The holder of a post.
    Person,
    /// 品规.
    Product,
    /// 品种.
    ProductGroup,
    /// 商业: the seller.
    Distributor,
    /// 终端: the buyer.
    Customer,
}

impl Level {
    /// Every level, in the order of the table.
    pub const ALL: [Level; 10] = [
        Level::Company,
        Level::Region,
        Level::Province,
        Level::District,
        Level::Post,
        Level::Person,
        Level::Product,
        Level::ProductGroup,
        Level::Distributor,
        Level::Customer,
    ];

    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Company => "company",
            Level::Region => "region",
            Level::Province => "province",
            Level::District => "district",
            Level::Post => "post",
            Level::Person => "person",
            Level::Product => "product",
            Level::ProductGroup => "product_group",
            Level::Distributor => "distributor",
            Level::Customer => "customer",
        }
    }

    /// The level of the organisation, if it is one.
    pub fn unit_level(self) -> Option<UnitLevel> {
        match self {
            Level::Company => Some(UnitLevel::Company),
            Level::Region => Some(UnitLevel::Region),
            Level::Province => Some(UnitLevel::Province),
            Level::District => Some(UnitLevel::District),
            Level::Post => Some(UnitLevel::Post),
            _ => None,
        }
    }

    /// Whether its rows are credited by attribution, so that some sales are nobody's.
    pub fn is_credited(self) -> bool {
        self <= Level::Person
    }
}

/// The months a row sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// The month.
    Month,
    /// The quarter up to and including the month.
    QuarterToDate,
    /// The year up to and including the month.
    YearToDate,
}

impl SpanKind {
    /// Every span.
    pub const ALL: [SpanKind; 3] = [
        SpanKind::Month,
        SpanKind::QuarterToDate,
        SpanKind::YearToDate,
    ];

    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SpanKind::Month => "month",
            SpanKind::QuarterToDate => "quarter_to_date",
            SpanKind::YearToDate => "year_to_date",
        }
    }
}

/// Another span beside this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// What was sold then, in the same measure at the same counting point.
    pub actual: Micros,
    /// (this − then) ÷ |then|; `None` when then is zero or below.
    pub change: Option<Decimal>,
    /// Whether products and territory of the row are the same on the last days of both spans; if
    /// not, the change is not growth alone.
    pub like_for_like: bool,
}

/// The part of the sales whose assessed amount is unknown for want of a price. It is missing from
/// assessed amounts, not zero in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unpriced {
    /// Base units.
    pub quantity: Micros,
    /// Lines; of a split sale they stand with the largest share.
    pub lines: i64,
}

/// One row: (level, id, product group, counting point, span, measure), which is also the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What the row is about.
    pub level: Level,
    /// Its id. Empty on a level of the organisation: what no unit of the level is credited for;
    /// for persons: what was sold by vacant posts or is nobody's.
    pub id: String,
    /// Its name, if the reference data has one.
    pub name: String,
    /// The product group the row is limited to; empty: all products.
    pub product_group: String,
    /// Which sales count.
    pub counting_point: String,
    /// Which months.
    pub span: SpanKind,
    /// What is measured.
    pub measure: Measure,
    /// What was sold.
    pub actual: Micros,
    /// The part of `actual` no post is credited for.
    pub unattributed: Micros,
    /// What is missing from `actual` when it is an assessed amount.
    pub unpriced: Unpriced,
    /// Phased target: the sum of the targets of the span's months so far; `None`: there is none.
    pub target: Option<Micros>,
    /// Months of the span that have a target.
    pub target_months: u32,
    /// 达成率, actual ÷ target; `None` when the target is zero or missing.
    pub rate: Option<Decimal>,
    /// Elapsed days ÷ days of the span, 0 to 1.
    pub elapsed: Decimal,
    /// rate − elapsed; `None` without a rate.
    pub gap: Option<Decimal>,
    /// Same months of the year before (同比).
    pub last_year: Comparison,
    /// 环比: the month before; for a quarter the same number of months of the quarter before;
    /// `None` for a year, whose previous span is last year's.
    pub previous: Option<Comparison>,
}

/// A month whose sales a distributor owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreported {
    /// The distributor.
    pub distributor_id: String,
    /// Its name.
    pub name: String,
    /// The month.
    pub period: Period,
}

/// Sales that wait for a decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Lines.
    pub lines: i64,
    /// Yuan of them, as far as they have an amount, whatever its sign.
    pub amount: Micros,
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AchievementTable {
    /// The month.
    pub period: Period,
    /// By which month entries counted.
    pub basis: PeriodBasis,
    /// In which organisation.
    pub organisation: OrgView,
    /// Last day whose sales could be in.
    pub progress_day: Day,
    /// Lines of the month without an amount with tax: they are missing from reported amounts, not zero in them.
    pub without_amount: u64,
    /// Months of the year so far that nobody reported: what was sold in them is in no figure. Empty
    /// until somebody who knows the reports says so.
    #[serde(default)]
    pub unreported: Vec<Unreported>,
    /// Sales of the month that are in no figure because they wait. Nothing until somebody who knows
    /// says so.
    #[serde(default)]
    pub waiting: Waiting,
    /// Rows in order.
    pub rows: Vec<Row>,
}
