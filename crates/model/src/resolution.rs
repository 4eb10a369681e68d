//! What became of reported names: which master entity, found how, and in which unit.

use serde::{Deserialize, Serialize};

use crate::flow::FlowTable;
use crate::hold::Disposition;
use crate::micros::Micros;

/// By which rule a reported name became a master entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Alias memory.
    Alias,
    /// 统一社会信用代码.
    TaxId,
    /// Approval number and pack.
    ApprovalPack,
    /// Barcode.
    Barcode,
    /// The distributor's code is the company's own code.
    Code,
    /// Exact standard name after normalisation, unique in the master.
    Name,
}

impl Rule {
    /// Every rule, in the order they are tried.
    pub const ALL: [Rule; 6] = [
        Rule::Alias,
        Rule::TaxId,
        Rule::ApprovalPack,
        Rule::Barcode,
        Rule::Code,
        Rule::Name,
    ];

    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::Alias => "alias",
            Rule::TaxId => "tax_id",
            Rule::ApprovalPack => "approval_pack",
            Rule::Barcode => "barcode",
            Rule::Code => "code",
            Rule::Name => "name",
        }
    }
}

/// A reported name that was resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// Id of the master entity.
    pub id: String,
    /// How it was found.
    pub rule: Rule,
    /// The alias that decided, for [`Rule::Alias`].
    pub alias_id: Option<i64>,
}

/// What became of a reported name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// One master entity.
    Matched(Match),
    /// Nothing fits.
    Unknown,
    /// Several entities fit; their ids.
    Ambiguous(Vec<String>),
    /// Not ours, by an `ignore` alias.
    Ignored {
        /// The alias that decided.
        alias_id: i64,
    },
    /// There is no name to resolve (no party in an inventory).
    NotNeeded,
}

/// `base quantity = reported quantity × numerator ÷ denominator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Factor {
    /// Multiplier, positive.
    pub numerator: i64,
    /// Divisor, positive.
    pub denominator: i64,
}

impl Factor {
    /// Reported unit and base unit are the same.
    pub const ONE: Factor = Factor {
        numerator: 1,
        denominator: 1,
    };
}

/// A flow table with its names resolved: what `warehouse` loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedTable {
    /// The lines as normalised.
    pub flow: FlowTable,
    /// Matches the lines refer to; entry 0 is "none".
    pub matches: Vec<Option<Match>>,
    /// Customer of each line, into `matches`.
    pub customer: Vec<u32>,
    /// Product of each line, into `matches`.
    pub matched_product: Vec<u32>,
    /// Quantity in base units; `None` while product or unit are not known.
    pub base_quantity: Vec<Option<Micros>>,
    /// Accepted, held or dropped ([`crate::DropReason::Ignored`] only; such lines are stored too,
    /// out of results, so that the alias can be taken back).
    pub disposition: Vec<Disposition>,
}
