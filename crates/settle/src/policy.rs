//! A rebate policy (返利政策): who earns what, on which figures, by which rule. One file, one
//! version; a version that was used is never edited, it gets a successor.
//!
//! Here is what a policy says. How it is read from TOML stands in `parse`, from a sheet in `rows`,
//! what is wrong with it in `check`; what it pays in [`mod@crate::evaluate`]. A policy knows nothing
//! of files and figures of a company: whoever gathers [`crate::Figures`] applies party, scope and
//! counting point, the rest is applied by evaluation.

use channelflow_model::settlement::{CountingPoint, FlowClass, Measure, Span};
use channelflow_model::{Day, DayRange, FlowKind, Period, PeriodRule};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::figures::Figures;
use crate::round::Rounding;

mod check;
mod document;
mod follow;
mod overlap;
mod parse;
mod parse_example;
mod parse_reward;
mod problem;
mod reward;
mod rows;
mod rows_words;
mod scope;
mod tree;
mod worked;

pub use check::check;
pub use follow::follow;
pub(crate) use parse_example::parse_figures;
pub use problem::Problem;
pub use reward::{
    Discount, Failure, Gate, GateOn, GateStep, Group, GroupRole, GrowthOf, Multiplier,
    MultiplierStep, Pay, Reward, Shape, Tenor, Tier, TierMode, TierOn,
};
pub use rows::{Imported, from_rows};
pub use scope::{Listed, Scope, Subject};
pub use worked::{Worked, other_reading, worked};

/// One version of a rebate agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The agreement; the same in every version.
    pub id: String,
    /// Its version, from 1.
    pub version: u32,
    /// Name as people say it.
    pub name: String,
    /// Kind of agreement (一级, 二级, KA, 代理商, 临时 …), free text.
    pub kind: String,
    /// Days it holds for, by business day.
    pub valid: Span,
    /// Key of the version or agreement that follows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// How often it is settled.
    pub period: PolicyPeriod,
    /// Who earns it.
    pub party: Party,
    /// Products, customers and areas that count.
    pub scope: Scope,
    /// Which figures count, and how.
    pub basis: BasisRule,
    /// Which target it is measured against, where it is measured against one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetName>,
    /// What is earned; at least one, every one becomes a line of the statement.
    pub rewards: Vec<Reward>,
    /// Cap and floor of what is paid for one period.
    pub limit: Limit,
    /// How a line is rounded.
    pub rounding: Rounding,
    /// When it is paid.
    pub payout: Payout,
    /// A worked example, agreed on before anyone signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
    /// File it was read from, for findings; no part of the policy.
    #[serde(skip)]
    pub file: String,
    /// Last day of a version without one, because a later version follows; no part of the policy.
    #[serde(skip)]
    pub followed: Option<Day>,
}

impl Policy {
    /// `id@version`.
    pub fn key(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// Days it holds for beside its other versions, see [`follow`].
    pub fn holds(&self) -> Span {
        Span {
            from: self.valid.from,
            to: self.valid.to.or(self.followed),
        }
    }

    /// Reads a policy from TOML; everything that is wrong with the text at once, with its line.
    pub fn parse(file: &str, text: &str) -> Result<Policy, Vec<Problem>> {
        parse::policy(file, text)
    }

    /// What its content hash is made of: JSON with every field in fixed order, lists sorted and
    /// numbers without trailing zeros. The same agreement written in another order, with other
    /// comments, or in a sheet, gives the same text.
    pub fn canonical(&self) -> String {
        // Keys are texts and numbers are texts: nothing in it can fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Measure money is taken from: assessed amounts if the policy counts by them, else amounts.
    pub fn money(&self) -> Measure {
        if self.basis.measure == Measure::Assessed {
            Measure::Assessed
        } else {
            Measure::Amount
        }
    }

    /// Whether it is about growth over the year before.
    pub fn looks_back(&self) -> bool {
        self.rewards.iter().any(|reward| {
            let gates = reward.gates.iter().map(|gate| gate.on);
            let mut on = gates.chain(reward.multipliers.iter().map(|it| it.on));
            matches!(reward.shape, Shape::Growth { .. }) || on.any(|on| on == GateOn::Growth)
        })
    }

    /// What the target is of a span it holds for only a part of.
    pub fn partial_span(&self) -> Option<PartialSpan> {
        self.target.as_ref()?.partial_span
    }

    /// Days of the policy period around a month, if it holds for only a part of them.
    pub fn partial_days(&self, month: Period, rule: PeriodRule) -> Option<DayRange> {
        let months = self.period.around(month);
        let first = rule.days_of(*months.first()?)?.first;
        let whole = DayRange::new(first, rule.days_of(*months.last()?)?.last)?;
        let holds = self.holds();
        (holds.from > whole.first || holds.to.is_some_and(|to| to < whole.last)).then_some(whole)
    }

    /// The rate amounts that were reported without tax are converted with, for they compare and pay
    /// with it.
    pub fn tax_rate(&self) -> Option<Decimal> {
        match self.basis.tax {
            Tax::Included => self.basis.tax_rate,
            Tax::Excluded { rate } => Some(rate),
        }
    }

    /// What an amount with tax is divided by: 1 + tax rate for a basis without tax, else 1.
    pub fn tax_divisor(&self) -> Option<Decimal> {
        match self.basis.tax {
            Tax::Included => Some(Decimal::ONE),
            Tax::Excluded { rate } => rate.checked_add(Decimal::ONE),
        }
    }
}

/// How often a policy is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyPeriod {
    /// Every accounting month.
    Month,
    /// Every quarter of the year.
    Quarter,
    /// January to June, July to December.
    Half,
    /// Every year.
    Year,
}

impl PolicyPeriod {
    /// Accounting months in one.
    pub fn months(self) -> u32 {
        match self {
            PolicyPeriod::Month => 1,
            PolicyPeriod::Quarter => 3,
            PolicyPeriod::Half => 6,
            PolicyPeriod::Year => 12,
        }
    }

    /// The accounting months, in order, of the policy period a month lies in.
    pub fn around(self, month: Period) -> Vec<Period> {
        let year = month.number() / 100;
        let index = u32::try_from(month.number() % 100 - 1).unwrap_or(0);
        let first = index / self.months() * self.months();
        (first..first + self.months())
            .filter_map(|index| Period::new(year, index + 1))
            .collect()
    }
}

/// Who earns a policy: the distributors named, and those of the tiers named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Distributors by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distributors: Vec<String>,
    /// Every distributor of these tiers (一级, 二级 …).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<String>,
}

impl Party {
    /// Whether a distributor of this tier earns it.
    pub fn includes(&self, distributor: &str, tier: &str) -> bool {
        self.distributors.iter().any(|id| id == distributor)
            || self.tiers.iter().any(|known| known == tier)
    }
}

/// Which figures count, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasisRule {
    /// Where they come from.
    pub source: Source,
    /// Which sales count, so that a box that passes two tiers counts once.
    pub counting_point: Counting,
    /// What tiers, gates, growth and achievement are measured in.
    pub measure: Measure,
    /// Name of the unit of quantities; they are given in base units of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether money counts with or without tax.
    pub tax: Tax,
    /// Tax rate of a policy that counts with tax, for amounts that were reported without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<Decimal>,
    /// What returned goods do.
    pub returns: Returns,
    /// What lines do that arrive after their period was settled.
    pub late: Late,
    /// Whether lines with an open alert (窜货 and the like) stay out. Lines a person excluded
    /// always stay out.
    pub exclude_alerted: bool,
}

/// Which target a policy is measured against: that of the distributor for every month of the
/// period, in the measure of the policy. The months are added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetName {
    /// Its product group; empty: all products.
    #[serde(default)]
    pub product_group: String,
    /// Name of its counting point; `None`: that of the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counting_point: Option<String>,
    /// What the target is of a span the version holds for only a part of; `None`: nobody said, so
    /// what needs it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial_span: Option<PartialSpan>,
}

/// The target of a span that a version holds for only a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartialSpan {
    /// That of the whole span.
    WholeTarget,
    /// Of every month so much as days of it lie in the version's.
    ByDays,
}

/// Where the figures of a policy come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// What the distributor sold (流向).
    Sale,
    /// What it reported as bought (采购).
    Purchase,
    /// What we shipped to it (发货).
    Shipment,
    /// What it paid (回款).
    Paid,
}

impl Source {
    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Sale => "sale",
            Source::Purchase => "purchase",
            Source::Shipment => "shipment",
            Source::Paid => "paid",
        }
    }

    /// The kind of lines distributors report it with; `None`: our own records say it.
    pub fn reported_as(self) -> Option<FlowKind> {
        match self {
            Source::Sale => Some(FlowKind::Sale),
            Source::Purchase => Some(FlowKind::Purchase),
            Source::Shipment | Source::Paid => None,
        }
    }
}

/// Which sales count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// Sales of any tier to terminals: 纯销, 零售 and other.
    Terminal,
    /// Everything a 一级 or 准一级 distributor sells.
    FirstTier,
    /// Every sale.
    All,
    /// Tiers of the seller (empty: any) and classes, by name.
    Custom {
        /// Tiers of the seller; empty: any.
        tiers: Vec<String>,
        /// Classes.
        classes: Vec<FlowClass>,
    },
}

impl Counting {
    /// The word in files, tables and JSON; `custom` for one made of tiers and classes.
    pub fn as_str(&self) -> &'static str {
        match self {
            Counting::Terminal => "terminal",
            Counting::FirstTier => "first_tier",
            Counting::All => "all",
            Counting::Custom { .. } => "custom",
        }
    }

    /// The counting point it stands for (domain rule 7).
    pub fn point(&self) -> CountingPoint {
        let (tiers, classes) = match self {
            Counting::Terminal => (
                Vec::new(),
                vec![FlowClass::PureSale, FlowClass::Retail, FlowClass::Other],
            ),
            Counting::FirstTier => (
                vec!["一级".to_owned(), "准一级".to_owned()],
                FlowClass::ALL.to_vec(),
            ),
            Counting::All => (Vec::new(), FlowClass::ALL.to_vec()),
            Counting::Custom { tiers, classes } => (tiers.clone(), classes.clone()),
        };
        CountingPoint { tiers, classes }
    }
}

/// Whether money counts with or without tax. Figures always have it included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tax {
    /// With tax, as reported.
    Included,
    /// Without: divided by 1 + rate (worked example 3b). Bounds of tiers and gates on the basis
    /// are then meant without tax.
    Excluded {
        /// Tax rate, 0.13 for 13 %.
        rate: Decimal,
    },
}

/// What returned goods do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returns {
    /// They reduce the basis of the period they come back in, whenever they were sold.
    Net,
    /// 计退: they reduce the basis of the period they were sold in; an earlier period is computed
    /// again and the difference is a line of this one (worked example 16).
    Retier,
    /// 不计退: they change nothing (worked example 16b).
    Ignore,
    /// Goods of an earlier period cost a flat amount (worked example 16c); those of this period
    /// reduce its basis.
    Flat {
        /// By quantity or by amount.
        pay: Pay,
        /// Yuan per unit, or share of the amount.
        rate: Decimal,
    },
}

impl Returns {
    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Returns::Net => "net",
            Returns::Retier => "retier",
            Returns::Ignore => "ignore",
            Returns::Flat { .. } => "flat",
        }
    }
}

/// What lines do that arrive, or change, after their period was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// The earlier period is computed again; the difference is a line of this one.
    #[default]
    Retier,
    /// They count in the period they are booked in.
    Current,
}

/// Cap and floor of what a policy pays for one period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// At most this many yuan (返利上限).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Decimal>,
    /// A positive amount below this many yuan is not paid (起付).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Decimal>,
    /// Whether what the floor keeps back is added to the next period instead of lost.
    #[serde(default)]
    pub carry: bool,
}

/// When a policy is paid: so many months, then so many days, after a day of its period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// Months.
    pub months: u32,
    /// Days.
    pub days: u32,
    /// Counted from.
    pub after: PayoutAfter,
}

/// Which day a payout is counted from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutAfter {
    /// First day of the period (生效月).
    Start,
    /// Last day of the period (完结月).
    #[default]
    End,
}

impl Payout {
    /// The day a period is paid; `None` outside the known calendar.
    pub fn day(self, period: DayRange) -> Option<Day> {
        let from = match self.after {
            PayoutAfter::Start => period.first,
            PayoutAfter::End => period.last,
        };
        from.plus_months(self.months.into())?
            .plus_days(self.days.into())
    }
}

/// Figures and what they must give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The figures.
    pub figures: Figures,
    /// What they must give.
    pub expect: Expect,
}

/// What an example must give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// This many yuan.
    Total {
        /// Yuan paid.
        total: Decimal,
        /// Yuan carried into the next period.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        carry: Option<Decimal>,
    },
    /// Not computable; held with this reason code.
    Held(String),
}
