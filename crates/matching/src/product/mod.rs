//! Products: names taken apart into licence number, substance and salt, trade name, form, strength,
//! pack and maker, compared part by part with the rows of a master.
//!
//! A digit is never a typing error, salts, forms, strengths, packs and makers exclude each other,
//! and content that nothing explains forbids a match. What is missing on one side is allowed where
//! only one row fits; the rule class says what was missing.

mod approval;
mod class;
mod compare;
mod generic;
mod learn;
mod lexicon;
mod maker;
mod matcher;
mod near;
mod parse;
mod pieces;
mod show;
mod spec;
mod spec_text;
mod spec_token;
mod strength;
mod words;

pub use crate::product::class::classes;
pub use crate::product::matcher::{ProductMatcher, Scratch};

/// A product of the master. Empty: not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductRecord {
    /// Id in the master.
    pub id: String,
    /// Name; may hold everything in one string.
    pub name: String,
    /// 批准文号.
    pub approval_no: String,
    /// 通用名.
    pub generic_name: String,
    /// 商品名.
    pub trade_name: String,
    /// 剂型.
    pub form: String,
    /// 规格.
    pub spec: String,
    /// 包装.
    pub pack: String,
    /// 生产企业.
    pub maker: String,
}

/// A product as reported. Any part may be empty; `name` may hold everything in one string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductQuery {
    /// Name.
    pub name: String,
    /// 批准文号.
    pub approval_no: String,
    /// 通用名.
    pub generic_name: String,
    /// 商品名.
    pub trade_name: String,
    /// 剂型.
    pub form: String,
    /// 规格.
    pub spec: String,
    /// 包装.
    pub pack: String,
    /// 生产企业.
    pub maker: String,
}

impl From<&ProductRecord> for ProductQuery {
    fn from(record: &ProductRecord) -> Self {
        let record = record.clone();
        ProductQuery {
            name: record.name,
            approval_no: record.approval_no,
            generic_name: record.generic_name,
            trade_name: record.trade_name,
            form: record.form,
            spec: record.spec,
            pack: record.pack,
            maker: record.maker,
        }
    }
}
