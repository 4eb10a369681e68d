//! The columns of exported flow records, in order. The names are a contract: added to, never
//! renamed (docs/export.md); they are those of the view `mart_flow`.

use channelflow_model::{Day, HoldReason, LineFlags, Micros};
use channelflow_warehouse::{Delta, FlowRow};

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text; empty for none.
    Text(String),
    /// One of our own words, with the group its translations stand in; empty for none.
    Word(&'static str, &'static str),
    /// Calendar day.
    Day(Option<Day>),
    /// Whole number.
    Whole(Option<i64>),
    /// Exact decimal.
    Decimal(Option<Micros>),
    /// Yes or no.
    Flag(bool),
}

/// A column: its name and how a row gives its value.
pub type Column = (&'static str, fn(&FlowRow) -> Value);

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Every column.
pub const COLUMNS: [Column; 44] = [
    ("line_id", |row| Value::Whole(Some(row.line_id))),
    ("distributor_id", |row| text(&row.distributor_id)),
    ("distributor_name", |row| text(&row.distributor_name)),
    ("kind", |row| Value::Word("kind", row.kind.as_str())),
    ("business_date", |row| Value::Day(Some(row.day))),
    ("business_period", |row| {
        Value::Text(row.business_period.to_string())
    }),
    ("booking_period", |row| {
        Value::Text(row.booking_period.to_string())
    }),
    ("customer_id", |row| {
        Value::Text(row.customer_id.clone().unwrap_or_default())
    }),
    ("customer_name", |row| text(&row.customer_name)),
    ("product_id", |row| {
        Value::Text(row.product_id.clone().unwrap_or_default())
    }),
    ("product_name", |row| text(&row.product_name)),
    ("spec", |row| text(&row.product_spec)),
    ("lot", |row| text(&row.lot)),
    ("expiry", |row| Value::Day(row.expiry)),
    ("quantity", |row| Value::Decimal(Some(row.quantity))),
    ("unit", |row| text(&row.unit)),
    ("base_quantity", |row| Value::Decimal(row.base_quantity)),
    ("base_unit", |row| text(&row.base_unit)),
    ("price", |row| Value::Decimal(row.price)),
    ("amount", |row| Value::Decimal(row.amount)),
    ("is_return", |row| {
        Value::Flag(row.flags.has(LineFlags::RETURN))
    }),
    ("is_gift", |row| Value::Flag(row.flags.has(LineFlags::GIFT))),
    ("is_price_adjustment", |row| {
        Value::Flag(row.flags.has(LineFlags::PRICE_ADJUSTMENT))
    }),
    ("is_transfer", |row| {
        Value::Flag(row.flags.has(LineFlags::TRANSFER))
    }),
    ("is_late", |row| Value::Flag(row.delta == Delta::Late)),
    ("is_reversal", |row| {
        Value::Flag(row.delta == Delta::Reversal)
    }),
    ("status", |row| Value::Word("status", row.status.as_str())),
    ("hold_reason", |row| {
        Value::Word("hold", row.hold_reason.map_or("", HoldReason::as_str))
    }),
    ("detail", |row| text(&row.detail)),
    ("raw_customer", |row| text(&row.raw_customer)),
    ("raw_customer_code", |row| text(&row.raw_customer_code)),
    ("raw_product", |row| text(&row.raw_product)),
    ("raw_product_code", |row| text(&row.raw_product_code)),
    ("raw_spec", |row| text(&row.raw_spec)),
    ("raw_maker", |row| text(&row.raw_maker)),
    ("doc_no", |row| text(&row.doc_no)),
    ("doc_type", |row| text(&row.doc_type)),
    ("branch", |row| text(&row.branch)),
    ("remark", |row| text(&row.remark)),
    ("submission_id", |row| Value::Whole(Some(row.submission_id))),
    ("file_name", |row| text(&row.file_name)),
    ("member", |row| text(&row.member)),
    ("sheet", |row| text(&row.sheet)),
    ("row_number", |row| Value::Whole(Some(row.row))),
];

/// A text that no spreadsheet takes for a formula: a leading `'` before `=`, `+`, `-`, `@`, tab,
/// line break and NUL.
pub fn inert(text: &str) -> String {
    // A lone sign (`-` for "none") is no formula.
    if text.len() > 1 && text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_texts() {
        assert_eq!(inert("=1+1"), "'=1+1");
        assert_eq!(inert("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(inert("\t=1"), "'\t=1");
        assert_eq!(inert("北京协和医院"), "北京协和医院");
        assert_eq!(inert(""), "");
        assert_eq!(inert("-"), "-");
    }
}
