//! Reported names and codes to master entities: alias memory first, then hard identifiers, then
//! the exact standard name. Pure: no clock, no files, no frames; what it needs is an argument.
//!
//! Nothing here is fuzzy. Evidence that fits several entities, or contradicts itself, is
//! [`Ambiguous`](channelflow_model::flow::Resolution::Ambiguous) and the lines are held; a person
//! decides once, and the alias answers from then on. Ranking candidates for that person is not
//! done here.

mod alias;
mod keys;
mod maker;
mod names;
mod party;
mod product;
mod recognise;
pub mod spec;
mod table;
pub mod units;
mod unknown;

use channelflow_model::master::MasterData;
use channelflow_model::{Finding, Place, Severity};

use crate::alias::AliasIndex;
use crate::party::Customers;
use crate::product::Products;

pub use crate::names::{AliasBook, Asked, name_keys};
pub use crate::recognise::{RecognisedBy, Recognition, recognise};
pub use crate::unknown::{UnknownName, unknown_names};

/// The master data and aliases, indexed for exact look-ups. Built once per run.
#[derive(Debug)]
pub struct Resolver {
    aliases: AliasIndex,
    customers: Customers,
    products: Products,
}

impl Resolver {
    /// Builds the indexes and says what is wrong with the master data: names that stand twice,
    /// aliases that point at nothing or at two things, packs that contradict themselves.
    pub fn new(master: &MasterData) -> (Self, Vec<Finding>) {
        let mut findings = Vec::new();
        let customers = Customers::new(&master.customers, &mut findings);
        let products = Products::new(&master.products, &mut findings);
        let aliases = AliasIndex::new(master, &mut findings);
        let resolver = Resolver {
            aliases,
            customers,
            products,
        };
        (resolver, findings)
    }
}

/// A finding about master data: it has no place in a file.
fn master_finding(code: &'static str) -> Finding {
    Finding::new(code, Severity::Warning, Place::default())
}
