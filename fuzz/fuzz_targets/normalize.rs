//! Any table of texts is normalised without a panic, and every row ends in exactly one place.
#![no_main]

use channelflow_model::RawTable;
use channelflow_normalize::{FileContext, Settings, Vocabulary, normalize};
use libfuzzer_sys::fuzz_target;

/// Titles that let a garbage table get past the header.
const HEADER: &str = "销售日期\t客户名称\t产品名称\t规格\t批号\t有效期\t数量\t单位\t单价\t金额\t单据类型";

fuzz_target!(|text: &str| {
    let with_header = format!("{HEADER}\n{text}");
    let cells: Vec<Vec<&str>> =
        with_header.lines().map(|line| line.split('\t').take(16).collect()).collect();
    let rows: Vec<&[&str]> = cells.iter().map(Vec::as_slice).collect();
    let table = RawTable::from_texts("流向", &rows);
    let vocabulary = Vocabulary::builtin();
    let settings = Settings::default();
    let context = FileContext {
        file_name: "流向202601.csv",
        layouts: &[],
        settings: &settings,
        kind: None,
        range: None,
    };
    let rows_in = table.row_count();
    let normalized = normalize(&[table], &context, &vocabulary);
    let lines: usize = normalized.flows.iter().map(|flow| flow.len()).sum();
    assert_eq!(rows_in, lines + normalized.dropped.len());
});
