//! Commands as a person types them: what they print, their exit codes, and what a mistake costs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

#[path = "../common/mod.rs"]
mod common;

mod again;
mod daily;
mod decisions;
mod language;
mod review;
mod rules_accept;
mod settlement_files;
mod workbook;

/// A sales file in CSV with these rows below its header.
pub fn sale(rows: &[&str]) -> Vec<u8> {
    let mut text = "销售日期,客户名称,产品名称,规格,批号,数量,单位,单价,金额\n".to_owned();
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text.into_bytes()
}

/// A row of the sample company's customers and products.
pub const FIRST: &str = "2026-01-04,北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,10,盒,12.5,125";
/// Another one.
pub const SECOND: &str =
    "2026-01-04,北京大学第一医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,20,盒,12.5,250";
/// A row of a customer nobody knows.
pub const UNKNOWN: &str = "2026-01-05,不存在的医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,4,盒,12.5,50";
