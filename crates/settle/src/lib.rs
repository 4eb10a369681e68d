//! Settlement: who is credited for a sale, what was reached of what was asked for, and what a
//! party earned under its policies. Exact, pure and explained.
//!
//! What it needs is an argument: no clock, file, database or environment. Rates and intermediate
//! results are [`rust_decimal::Decimal`]; rounding happens in one module, by a named rule, once per
//! statement line. Not here: where the figures come from (`warehouse`) and in what order things
//! happen (`pipeline`).

pub mod achieve;
pub mod attribute;
pub mod classify;
pub mod evaluate;
pub mod figures;
pub mod gather;
pub mod org;
pub mod policy;
pub mod price;
pub mod reference;
pub mod round;
mod target;
#[cfg(test)]
mod testing;
mod timeline;
pub mod validate;

pub use evaluate::{Evaluation, evaluate};
pub use figures::Figures;
pub use policy::Policy;
