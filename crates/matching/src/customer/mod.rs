//! Customers: hospitals, clinics, pharmacies, distributors.

mod brackets;
mod chain;
mod class;
mod compare;
mod evidence;
mod home;
mod matcher;
mod parse;
mod places;
mod recover;
mod tail;
mod words;

pub use self::matcher::{CustomerMatcher, Scratch};
pub use self::parse::{Name, parse};

/// A customer of the master. Empty text: not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerRecord {
    /// The company's id.
    pub id: String,
    /// Standard name.
    pub name: String,
    /// Province.
    pub province: String,
    /// City.
    pub city: String,
    /// County.
    pub county: String,
    /// Address.
    pub address: String,
    /// Level (三级甲等 …).
    pub level: String,
    /// Other names, separated by `;` or `〓`.
    pub alias: String,
    /// A code.
    pub code: String,
}

/// A customer as a distributor reports it. Empty text: not given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct CustomerQuery {
    /// The reported name.
    pub name: String,
    /// Its province.
    pub province: String,
    /// Its city.
    pub city: String,
    /// Its county.
    pub county: String,
    /// Its address.
    pub address: String,
    /// Its level.
    pub level: String,
    /// Another name of it.
    pub alias: String,
    /// A code.
    pub code: String,
    /// Where the reporting distributor sits: a hint, not an address.
    pub reporter_province: String,
    /// The same.
    pub reporter_city: String,
}

/// Every rule class [`CustomerMatcher::rank`] can give.
pub fn classes() -> &'static [&'static str] {
    &class::CLASSES
}
