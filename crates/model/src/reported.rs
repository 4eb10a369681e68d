//! Parties, products and lots as a distributor writes them. A reported thing is known by the hash
//! of its texts: the same key in every run and on every engine.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::day::Day;

/// Counterparty as reported: customer of a sale, supplier of a purchase. Empty text: not reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportedParty {
    /// Name as written, trimmed.
    pub name: String,
    /// The distributor's own code.
    pub code: String,
    /// Address.
    pub address: String,
    /// City.
    pub city: String,
    /// 统一社会信用代码.
    pub tax_id: String,
}

/// Product as reported, with the unit it is counted in. Empty text: not reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportedProduct {
    /// Name as written, trimmed.
    pub name: String,
    /// The distributor's own code.
    pub code: String,
    /// 规格 as written.
    pub spec: String,
    /// Maker as written.
    pub maker: String,
    /// 批准文号.
    pub approval_no: String,
    /// Barcode.
    pub barcode: String,
    /// Unit of the quantity; from the unit column, the header (`数量(盒)`) or the layout.
    pub unit: String,
    /// 件装量 as reported.
    pub pack_size: String,
}

/// How exactly an expiry was labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryPrecision {
    /// A day.
    Day,
    /// A month; the day follows from a rule.
    Month,
}

/// Lot with its dates as reported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReportedLot {
    /// 批号 as written, trimmed.
    pub raw: String,
    /// Canonical lot; empty for a placeholder (`无`, `-`) or none.
    pub lot: String,
    /// 有效期 as written.
    pub expiry_raw: String,
    /// Expiry day, if it could be read.
    pub expiry: Option<Day>,
    /// How exactly it was labelled.
    pub precision: Option<ExpiryPrecision>,
    /// Word of the rule that gave the expiry day: `day`, `month_end`, `duration`; empty for none.
    pub expiry_rule: String,
    /// Production day.
    pub mfg: Option<Day>,
}

pub(crate) fn reference_of(parts: &[&str]) -> i64 {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for part in parts {
        bytes.extend_from_slice(part.as_bytes());
        bytes.push(0);
    }
    xxh3_64(&bytes).cast_signed()
}

impl ReportedParty {
    /// Key in the warehouse: hash of all texts.
    pub fn reference(&self) -> i64 {
        reference_of(&[
            &self.name,
            &self.code,
            &self.address,
            &self.city,
            &self.tax_id,
        ])
    }
}

impl ReportedProduct {
    /// Key in the warehouse: hash of all texts.
    pub fn reference(&self) -> i64 {
        reference_of(&[
            &self.name,
            &self.code,
            &self.spec,
            &self.maker,
            &self.approval_no,
            &self.barcode,
            &self.unit,
            &self.pack_size,
        ])
    }
}

impl ReportedLot {
    /// Key in the warehouse: hash of all texts and dates.
    pub fn reference(&self) -> i64 {
        let day = |day: Option<Day>| day.map_or(String::new(), |day| day.number().to_string());
        reference_of(&[
            &self.raw,
            &self.lot,
            &self.expiry_raw,
            &day(self.expiry),
            &self.expiry_rule,
            &day(self.mfg),
        ])
    }
}
