//! The company's own customers, products and distributors, and the aliases that point at them.

use serde::{Deserialize, Serialize};

use crate::day::Day;
use crate::field::FlowKind;
use crate::micros::Micros;

/// A terminal (hospital, pharmacy, clinic) or another distributor. Empty text: not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Customer {
    /// The company's id.
    pub id: String,
    /// Standard name.
    pub name: String,
    /// `hospital`, `pharmacy`, `clinic`, `distributor` or any word of the company's.
    pub role: String,
    /// Level (三级甲等 …).
    pub level: String,
    /// Province.
    pub province: String,
    /// City.
    pub city: String,
    /// County.
    pub county: String,
    /// Address.
    pub address: String,
    /// 统一社会信用代码.
    pub tax_id: String,
    /// Code the company gives out to distributors, if it does.
    pub code: String,
    /// Whether it is in use.
    pub active: bool,
}

/// One pack of one medicine. Empty text: not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Product {
    /// The company's id.
    pub id: String,
    /// Generic name with form: 阿莫西林胶囊.
    pub name: String,
    /// Trade name.
    pub trade_name: String,
    /// 规格: `0.25g*12粒*2板/盒`.
    pub spec: String,
    /// Dosage form.
    pub form: String,
    /// Maker.
    pub maker: String,
    /// 批准文号.
    pub approval_no: String,
    /// Barcode.
    pub barcode: String,
    /// Code the company gives out to distributors, if it does.
    pub code: String,
    /// Unit in which quantities are stored: 盒.
    pub base_unit: String,
    /// 件装量: base units in a case; 0 when not known.
    pub case_size: i64,
    /// Small units (片, 粒, 支) in one base unit; 0 when not known.
    pub units_per_base: i64,
    /// The small unit's word, if `units_per_base` is known.
    pub small_unit: String,
    /// Assessed price (考核价) per base unit including tax, if one is known.
    pub price: Option<Micros>,
    /// Whether it is in use.
    pub active: bool,
}

/// A company that reports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Distributor {
    /// The company's id; also the folder name in an inbox.
    pub id: String,
    /// Standard name.
    pub name: String,
    /// Other names it writes in its files, separated by `;`.
    pub aliases: String,
    /// Tier: 一级, 二级 …
    pub tier: String,
    /// Province.
    pub province: String,
    /// City.
    pub city: String,
    /// Kinds it must report every period.
    pub expects: Vec<FlowKind>,
    /// Whether it reports.
    pub active: bool,
}

/// What an alias is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasKind {
    /// A reported customer (客户异名).
    Customer,
    /// A reported product (产品异名).
    Product,
}

impl AliasKind {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            AliasKind::Customer => "customer",
            AliasKind::Product => "product",
        }
    }
}

/// A reported name or code that stands for a master entity. A product's name may be narrowed by
/// spec and maker. Empty text: any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// Number in the warehouse; 0 before it is stored.
    #[serde(default)]
    pub alias_id: i64,
    /// Customer or product.
    pub kind: AliasKind,
    /// Distributor it is valid for; empty: all.
    #[serde(default)]
    pub distributor_id: String,
    /// Reported name; may be empty if `code` is given.
    #[serde(default)]
    pub name: String,
    /// Reported code.
    #[serde(default)]
    pub code: String,
    /// Reported spec, for products.
    #[serde(default)]
    pub spec: String,
    /// Reported maker, for products.
    #[serde(default)]
    pub maker: String,
    /// Reported unit this conversion is for, for products.
    #[serde(default)]
    pub unit: String,
    /// Master entity; empty together with `ignore`.
    #[serde(default)]
    pub target_id: String,
    /// Not ours: rows are counted and left out.
    #[serde(default)]
    pub ignore: bool,
    /// Base units per reported unit as `numerator`/`denominator`, for products; 0 when not given.
    #[serde(default)]
    pub factor_numerator: i64,
    /// See `factor_numerator`.
    #[serde(default)]
    pub factor_denominator: i64,
    /// First day it holds for; `None`: always.
    #[serde(default)]
    pub valid_from: Option<Day>,
    /// Last day it holds for; `None`: for ever.
    #[serde(default)]
    pub valid_to: Option<Day>,
    /// `imported`, `person` or a rule class.
    #[serde(default)]
    pub origin: String,
    /// Who decided.
    #[serde(default)]
    pub decided_by: String,
    /// When, ISO date and time.
    #[serde(default)]
    pub decided_at: String,
}

/// All master data and aliases one resolve needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MasterData {
    /// Customers by id, ascending.
    pub customers: Vec<Customer>,
    /// Products by id, ascending.
    pub products: Vec<Product>,
    /// Distributors by id, ascending.
    pub distributors: Vec<Distributor>,
    /// Aliases that are in force (taken-back ones are left out).
    pub aliases: Vec<Alias>,
}
