//! The words of settlement: who is credited, what was asked for, what was shipped and paid, and
//! the flow as settlement sees it. Imported as versions; see `warehouse` for how they are kept.
//!
//! Every effective-dated word has a [`Span`]. Not here: how anything is computed (`settle`).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::day::{Day, Period};
use crate::field::FlowKind;
use crate::flags::LineFlags;
use crate::master::{Customer, Distributor, Product};
use crate::micros::Micros;

/// Days something holds for; an open end is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First day.
    pub from: Day,
    /// Last day, included; `None`: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Day>,
}

impl Span {
    /// For ever.
    pub const ALWAYS: Span = Span {
        from: Day::FIRST,
        to: None,
    };

    /// Whether the day lies inside.
    pub fn contains(self, day: Day) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// Whether the two share a day.
    pub fn overlaps(self, other: Span) -> bool {
        self.to.is_none_or(|to| other.from <= to) && other.to.is_none_or(|to| self.from <= to)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to {
            Some(to) => write!(f, "{}..{to}", self.from),
            None => write!(f, "{}..", self.from),
        }
    }
}

/// Level of a unit of the organisation, from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitLevel {
    /// 公司.
    Company,
    /// 大区.
    Region,
    /// 省区.
    Province,
    /// 地区.
    District,
    /// 岗位: what a customer is attributed to; a person holds it for a time.
    Post,
}

impl UnitLevel {
    /// Every level, from the top.
    pub const ALL: [UnitLevel; 5] = [
        UnitLevel::Company,
        UnitLevel::Region,
        UnitLevel::Province,
        UnitLevel::District,
        UnitLevel::Post,
    ];

    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            UnitLevel::Company => "company",
            UnitLevel::Region => "region",
            UnitLevel::Province => "province",
            UnitLevel::District => "district",
            UnitLevel::Post => "post",
        }
    }
}

/// A unit of the organisation. The same id may stand under different parents in turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgUnit {
    /// The company's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its level.
    pub level: UnitLevel,
    /// The unit above it; empty for the company. A level may be left out, never turned round.
    pub parent: String,
    /// While it stands there.
    pub span: Span,
}

/// Who holds a post. A post without a holder is vacant: its sales are the post's, nobody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The post.
    pub post_id: String,
    /// The person's id.
    pub person_id: String,
    /// The person's name.
    pub person_name: String,
    /// While they hold it.
    pub span: Span,
}

/// A product's place in a product group (品种). A product may be in several groups, but in one
/// group of `territory` kind at a time, see [`Attribution::product_group`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMember {
    /// The group.
    pub group_id: String,
    /// Its name.
    pub group_name: String,
    /// The product.
    pub product_id: String,
    /// While it belongs to it.
    pub span: Span,
}

/// Who is credited for what a customer buys (客户分管). For one customer, product group and day
/// the shares sum to exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribution {
    /// The customer.
    pub customer_id: String,
    /// The product group; empty: all products no other row of the customer names.
    pub product_group: String,
    /// The post.
    pub post_id: String,
    /// Its share, above 0 and at most 1.
    pub share: Micros,
    /// Days it holds for (by business day).
    pub span: Span,
}

/// What happens to sales nobody is attributed to. The first matching rule by priority counts;
/// without one they are shown as unattributed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnattributedRule {
    /// Its id.
    pub id: String,
    /// Lower comes first.
    pub priority: i64,
    /// Province of the customer it is for; empty: any.
    pub province: String,
    /// Role of the customer it is for; empty: any.
    pub role: String,
    /// Product group it is for; empty: any.
    pub product_group: String,
    /// Post that is credited; empty: shown, but counted for nobody.
    pub post_id: String,
    /// Days it holds for.
    pub span: Span,
}

/// A version of the assessed price (考核价) of a product, per base unit, tax included. For a day
/// the version with the latest first day not after it counts that is not revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessedPrice {
    /// The product.
    pub product_id: String,
    /// First day it holds for.
    pub from: Day,
    /// Yuan per base unit.
    pub price: Micros,
    /// Whether it was withdrawn.
    pub revoked: bool,
}

/// What a target or an achievement is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Base units.
    Quantity,
    /// Yuan by assessed price (考核金额).
    Assessed,
    /// Yuan as reported.
    Amount,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Measure; 3] = [Measure::Quantity, Measure::Assessed, Measure::Amount];

    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Measure::Quantity => "quantity",
            Measure::Assessed => "assessed",
            Measure::Amount => "amount",
        }
    }
}

/// What one owner is to reach in one month (指标).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The month.
    pub period: Period,
    /// A unit of the organisation, or a distributor.
    pub owner: TargetOwner,
    /// The product group; empty: all products.
    pub product_group: String,
    /// What it is measured in.
    pub measure: Measure,
    /// Name of the counting point, see [`CountingPoint`].
    pub counting_point: String,
    /// How much.
    pub value: Micros,
}

/// Whose target it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetOwner {
    /// A unit of the organisation, posts included.
    Unit(String),
    /// A distributor.
    Distributor(String),
    /// A distributor, as the base its growth is measured from (核定基数): what a person approved in
    /// place of last year's figure for the month that grows. It is no target.
    Base(String),
}

/// The tier of a distributor for a time (一级, 准一级, 二级, 连锁, 云仓). Without a row the tier
/// of the master data holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistributorTier {
    /// The distributor.
    pub distributor_id: String,
    /// Its tier.
    pub tier: String,
    /// Days it holds for.
    pub span: Span,
}

/// Where a distributor may sell (授权区域).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorisedArea {
    /// The distributor.
    pub distributor_id: String,
    /// Province.
    pub province: String,
    /// City; empty: the whole province.
    pub city: String,
    /// Product group; empty: all products.
    pub product_group: String,
    /// Days it holds for.
    pub span: Span,
}

/// A line of a delivery note of the manufacturer (发货), from the ERP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Number of the delivery note.
    pub doc_no: String,
    /// Line of it.
    pub line_no: String,
    /// Day it left.
    pub day: Day,
    /// The distributor it went to.
    pub distributor_id: String,
    /// The product.
    pub product_id: String,
    /// The lot; empty: not known.
    pub lot: String,
    /// Base units; negative for goods sent back.
    pub quantity: Micros,
    /// Yuan, tax included.
    pub amount: Micros,
}

/// How money was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// 电汇.
    Wire,
    /// 承兑: a bill that falls due after its tenor.
    Bill,
    /// 支票.
    Cheque,
    /// 易贷 and other credit lines of a bank.
    Credit,
}

impl Instrument {
    /// Every instrument.
    pub const ALL: [Instrument; 4] = [
        Instrument::Wire,
        Instrument::Bill,
        Instrument::Cheque,
        Instrument::Credit,
    ];

    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Instrument::Wire => "wire",
            Instrument::Bill => "bill",
            Instrument::Cheque => "cheque",
            Instrument::Credit => "credit",
        }
    }
}

/// Money a distributor paid (回款), from the ERP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Number of the receipt.
    pub doc_no: String,
    /// Who paid.
    pub distributor_id: String,
    /// Day it arrived.
    pub day: Day,
    /// Day it was due; `None`: nothing was agreed, so it is not late.
    pub due: Option<Day>,
    /// Yuan.
    pub amount: Micros,
    /// How.
    pub instrument: Instrument,
    /// Days until a bill falls due; 0 for other instruments.
    pub tenor_days: i64,
}

impl Payment {
    /// Whether it arrived by its due day.
    pub fn on_time(&self) -> bool {
        self.due.is_none_or(|due| self.day <= due)
    }
}

/// What a sale is, by who sells to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowClass {
    /// 调拨: to another distributor; moves stock, is no consumption.
    Transfer,
    /// 纯销: to a medical institution.
    PureSale,
    /// 零售: to a pharmacy or a chain.
    Retail,
    /// To a customer whose role says none of these.
    Other,
}

impl FlowClass {
    /// Every class.
    pub const ALL: [FlowClass; 4] = [
        FlowClass::Transfer,
        FlowClass::PureSale,
        FlowClass::Retail,
        FlowClass::Other,
    ];

    /// The word in files, tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FlowClass::Transfer => "transfer",
            FlowClass::PureSale => "pure_sale",
            FlowClass::Retail => "retail",
            FlowClass::Other => "other",
        }
    }
}

/// Which sales a target or a policy counts, so that a box that passes two tiers counts once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountingPoint {
    /// Tiers of the seller; empty: any.
    pub tiers: Vec<String>,
    /// Classes.
    pub classes: Vec<FlowClass>,
}

/// Accepted lines of one distributor, kind, business day, customer, product and meaning, summed:
/// the smallest thing settlement looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Customer or supplier: index into [`Fold::customers`].
    pub customer: u32,
    /// Product: index into [`Fold::products`].
    pub product: u32,
    /// Business day.
    pub day: Day,
    /// What the lines are: [`LineFlags::IDENTITY`] bits, and [`LineFlags::NO_AMOUNT`] for lines
    /// without an amount, which are summed apart.
    pub flags: LineFlags,
    /// Lines; counter-entries count −1, so that a line and its counter-entry are none.
    pub lines: i32,
    /// Base units.
    pub quantity: Micros,
    /// Yuan as reported; zero for lines without an amount.
    pub amount: Micros,
}

/// The entries of one distributor, kind, business period and booking period, in key order
/// (customer, product, day, flags).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Whose lines.
    pub distributor_id: String,
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// When it happened (实际年月).
    pub business_period: Period,
    /// When it counts (计入年月).
    pub booking_period: Period,
    /// Ids of customers, ascending; empty for a line without one (a purchase from us).
    pub customers: Vec<String>,
    /// Ids of products, ascending.
    pub products: Vec<String>,
    /// The entries.
    pub entries: Vec<Entry>,
}

/// A policy as its file says it. What it means is `settle`'s.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyText {
    /// Its id.
    pub id: String,
    /// Its version; the text of an imported version never changes.
    pub version: String,
    /// Name of the file it came in.
    pub file: String,
    /// The whole file.
    pub toml: String,
}

/// Everything settlement is computed from besides the flow, shipments and payments, as it holds at
/// one version. Ids ascend in every list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SettlementSettings {
    /// The version; 0 while nothing was imported.
    pub version: i64,
    /// Units of the organisation, posts included.
    pub units: Vec<OrgUnit>,
    /// Who holds which post.
    pub seats: Vec<Seat>,
    /// Product groups.
    pub groups: Vec<GroupMember>,
    /// Who is credited for which customer.
    pub attribution: Vec<Attribution>,
    /// What happens to other sales.
    pub unattributed: Vec<UnattributedRule>,
    /// Assessed prices, revoked ones included.
    pub prices: Vec<AssessedPrice>,
    /// Targets of all months.
    pub targets: Vec<Target>,
    /// Tiers of distributors for a time.
    pub tiers: Vec<DistributorTier>,
    /// Where distributors may sell.
    pub areas: Vec<AuthorisedArea>,
    /// Rebate policies.
    pub policies: Vec<PolicyText>,
    /// Customers.
    pub customers: Vec<Customer>,
    /// Products.
    pub products: Vec<Product>,
    /// Distributors.
    pub distributors: Vec<Distributor>,
}
