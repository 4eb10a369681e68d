//! What a policy pays: shapes of rewards, their tiers, gates and multipliers.
//!
//! A reward is one line of the statement. Rates are shares (`0.03` is 3 %), bounds are closed
//! below and open above: `from <= value < to`. Not here: what any of it gives (`evaluate`).

use channelflow_model::settlement::Measure;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One reward of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    /// Its name within the policy; names the line of the statement.
    pub id: String,
    /// How it is computed.
    pub shape: Shape,
    /// What must be reached for it to pay, and which share of it is then paid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// What makes it more or less, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub multipliers: Vec<Multiplier>,
    /// Line of the file it begins at, for findings; no part of the policy.
    #[serde(skip)]
    pub line: u32,
}

impl Reward {
    /// Whether months of a span pay before it is over.
    pub fn pays_parts(&self) -> bool {
        matches!(self.shape, Shape::SubPeriods { .. })
    }
}

/// How a reward is computed. Numbers name the worked examples of domain rule 10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Yuan per unit (1).
    PerUnit {
        /// Yuan per unit.
        yuan: Decimal,
    },
    /// Yuan for every full so many of the measure (倍返; 2, 2b).
    EveryFull {
        /// How many make one multiple; above 0.
        size: Decimal,
        /// Yuan per multiple.
        yuan: Decimal,
        /// At most so many multiples.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<Decimal>,
    },
    /// A share of the money (3, 3b; with a gate on the basis 4; on achievement 8; on covered
    /// terminals 19; on upload and timeliness rate 20).
    Percent {
        /// Share.
        rate: Decimal,
    },
    /// A rate by tier (5, 6, 6b).
    Tiers {
        /// What the bounds are compared with.
        on: TierOn,
        /// Whether the tier reached counts for everything or only for what lies in it.
        mode: TierMode,
        /// What the rate of a tier is.
        pay: Pay,
        /// The tiers, lowest first.
        tiers: Vec<Tier>,
    },
    /// A share by growth over the same period of last year (7, 7b). The bounds of the tiers are
    /// growth: `0.1` is 10 % more.
    Growth {
        /// What the rate is paid on.
        of: GrowthOf,
        /// The tiers, lowest first.
        tiers: Vec<Tier>,
    },
    /// Groups of products with demands on one another (9).
    Mix {
        /// What a failed core or main group does.
        failure: Failure,
        /// The groups.
        groups: Vec<Group>,
    },
    /// A share of the money paid by its due day (10).
    Timeliness {
        /// Share.
        rate: Decimal,
    },
    /// What payment by bill costs (承兑扣点; 11, 11b): a deduction.
    BillDiscount {
        /// How it is counted.
        by: Discount,
    },
    /// Price difference on stock when a price is cut (12, 12b).
    PriceProtection {
        /// Only for goods bought in so many last days.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within_days: Option<u32>,
    },
    /// Difference between the price bought at and the price sold at, on flow (补差; 13).
    PriceDifference,
    /// What lies above the target (超任务量; 17).
    Excess {
        /// What the rate is.
        pay: Pay,
        /// Share of the money, or yuan per unit, above the target.
        rate: Decimal,
    },
    /// Parts of the period pay as they are met, the whole pays in the end, less what the parts
    /// were paid (18).
    SubPeriods {
        /// Share of the money of a part that met its target.
        part_rate: Decimal,
        /// Share of all money when the whole met its target.
        whole_rate: Decimal,
    },
}

impl Shape {
    /// The word in files, tables and JSON.
    pub fn as_str(&self) -> &'static str {
        match self {
            Shape::PerUnit { .. } => "per_unit",
            Shape::EveryFull { .. } => "every_full",
            Shape::Percent { .. } => "percent",
            Shape::Tiers { .. } => "tiers",
            Shape::Growth { .. } => "growth",
            Shape::Mix { .. } => "mix",
            Shape::Timeliness { .. } => "timeliness",
            Shape::BillDiscount { .. } => "bill_discount",
            Shape::PriceProtection { .. } => "price_protection",
            Shape::PriceDifference => "price_difference",
            Shape::Excess { .. } => "excess",
            Shape::SubPeriods { .. } => "sub_periods",
        }
    }
}

/// What a rate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pay {
    /// A share of money.
    Percent,
    /// Yuan per unit.
    PerUnit,
}

/// A tier; `from <= value < to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Lowest value that belongs to it. A first tier from 0 also takes what is below.
    pub from: Decimal,
    /// First value that does not; `None`: where the next begins, the last is open. What lies
    /// above the last tier earns nothing and takes nothing away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Decimal>,
    /// Share, or yuan per unit.
    pub rate: Decimal,
}

/// What the bounds of tiers are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierOn {
    /// The basis, in the policy's measure.
    Basis,
    /// Basis ÷ target (达成率).
    Achievement,
}

/// Which reading of tiers holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierMode {
    /// 覆盖: the rate of the tier reached counts for everything.
    Retroactive,
    /// 叠加: each rate counts for what lies in its tier.
    Incremental,
}

impl TierMode {
    /// The other reading.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            TierMode::Retroactive => TierMode::Incremental,
            TierMode::Incremental => TierMode::Retroactive,
        }
    }

    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            TierMode::Retroactive => "retroactive",
            TierMode::Incremental => "incremental",
        }
    }
}

/// What a growth rate is paid on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrowthOf {
    /// All money of this period.
    Whole,
    /// Only what it is more than last year.
    Increment,
}

/// What a gate or a multiplier looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOn {
    /// The basis, in the policy's measure (起返).
    Basis,
    /// Basis ÷ target (达成率).
    Achievement,
    /// (Basis − last year) ÷ last year.
    Growth,
    /// Terminals with sales (覆盖终端数).
    CoveredTerminals,
    /// Share of expected reports that arrived (上传率).
    UploadRate,
    /// Share of expected reports that arrived in time (及时率).
    TimelinessRate,
}

impl GateOn {
    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            GateOn::Basis => "basis",
            GateOn::Achievement => "achievement",
            GateOn::Growth => "growth",
            GateOn::CoveredTerminals => "covered_terminals",
            GateOn::UploadRate => "upload_rate",
            GateOn::TimelinessRate => "timeliness_rate",
        }
    }
}

/// What must be reached; below the lowest step nothing is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// What is looked at.
    pub on: GateOn,
    /// Steps, lowest first; the highest reached counts.
    pub steps: Vec<GateStep>,
}

/// A step of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateStep {
    /// Reached from here.
    pub at_least: Decimal,
    /// Share of the reward that is then paid.
    pub share: Decimal,
}

/// What makes a reward more or less; below the lowest step it stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Multiplier {
    /// What is looked at.
    pub on: GateOn,
    /// Steps, lowest first; the highest reached counts.
    pub steps: Vec<MultiplierStep>,
}

/// A step of a multiplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultiplierStep {
    /// Reached from here.
    pub at_least: Decimal,
    /// What the reward is multiplied by.
    pub factor: Decimal,
}

/// What a failed core or main group does to the others. A failed sub-group is only not paid itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// 仅当前组不兑付: only the failed group is not paid.
    Group,
    /// 主任务不兑付: the main group is not paid either.
    Main {
        /// Whether the other groups that met their own demand are still paid.
        subs_payable: bool,
    },
    /// 全协议不兑付: no reward of the whole policy is paid.
    Agreement,
}

/// Part a group plays in a mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupRole {
    /// 主任务.
    Main,
    /// 核心组: its failure counts for the others.
    Core,
    /// 子组.
    Sub,
}

/// A group of products in a mix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The product group.
    pub id: String,
    /// Its part.
    pub role: GroupRole,
    /// What must be reached in it; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Decimal>,
    /// What that is measured in.
    pub measure: Measure,
    /// Name of the unit, if that is a quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What its rate is.
    pub pay: Pay,
    /// What it pays; `None`: it only has a demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Decimal>,
}

/// How a bill discount is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// Face × yearly rate × days ÷ days of the year (11).
    Days {
        /// Yearly rate.
        yearly_rate: Decimal,
        /// Days a year has; 360 by custom.
        year_days: u32,
    },
    /// Face × the rate of the shortest tenor it fits (11b).
    Flat {
        /// Tenors, shortest first.
        tenors: Vec<Tenor>,
    },
}

/// A flat rate for bills up to a tenor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenor {
    /// Days a bill may run.
    pub up_to_days: u32,
    /// Share of its face.
    pub rate: Decimal,
}
