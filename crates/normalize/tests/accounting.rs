//! Every row of every sheet is a line or dropped with a reason, whatever stands in it.

mod common;

use channelflow_model::raw::MergedRange;
use channelflow_model::{CellKind, RawTable};
use common::File;
use proptest::prelude::*;

/// Cells of a sheet that looks like a sale and is damaged at random.
fn cell() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "",
        "",
        "日期",
        "客户名称",
        "商品名称",
        "数量",
        "金额",
        "批号",
        "2026-01-03",
        "03/01/2026",
        "46025",
        "甲医院",
        "乙片",
        "12",
        "-3",
        "0",
        "12盒",
        "12O",
        "(5)",
        "合计",
        "小 计",
        "客户：丙",
        "退货",
        "无",
        "#N/A",
        "查询条件：2026-01-01至2026-01-31",
        "无动销",
        "患者",
        "2027-06",
        "24个月",
        "9223372036854.775807",
        "-9223372036854.775808",
    ])
    .prop_map(str::to_owned);
    prop_oneof![8 => words, 1 => ".{0,8}"]
}

prop_compose! {
    fn sheet()(
        with_header in prop::bool::ANY,
        rows in prop::collection::vec(prop::collection::vec(cell(), 6), 0..14),
        kinds in prop::collection::vec((0_usize..6, 0_u8..10), 0..8),
        merged in prop::collection::vec((1_u32..16, 0_u32..16, 0_u32..6, 0_u32..3), 0..5),
        name in prop::sample::select(vec!["Sheet1", "销售", "库存", "采购", "销售汇总", "1月"]),
        hidden in prop::bool::ANY,
    ) -> RawTable {
        let header: &[&str] = &["日期", "客户名称", "商品名称", "批号", "数量", "金额"];
        let mut all: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
        if with_header {
            all.insert(all.len() / 3, header.to_vec());
        }
        let all: Vec<&[&str]> = all.iter().map(Vec::as_slice).collect();
        let mut table = RawTable::from_texts(name, &all);
        for (column, kind) in kinds {
            if let Some(column) = table.columns.get_mut(column)
                && let Some(last) = column.kinds.last_mut()
            {
                *last = CellKind::from_u8(kind).map_or(1, |kind| kind as u8).max(1);
            }
        }
        table.merged = merged
            .into_iter()
            .map(|(first_row, rows, first_column, columns)| MergedRange {
                first_row,
                last_row: first_row + rows,
                first_column,
                last_column: first_column + columns,
            })
            .collect();
        table.hidden = hidden;
        table
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_is_accounted_for(
        mut tables in prop::collection::vec(sheet(), 1..4),
        file in prop::sample::select(vec!["a.csv", "流向202601.xlsx", "库存20260131.xls", "无动销.csv"]),
    ) {
        for (index, table) in (0..).zip(&mut tables) {
            table.sheet_index = index;
        }
        let file = File::of(file, tables);
        let normalized = file.normalize();
        for flow in &normalized.flows {
            prop_assert_eq!(flow.content_hashes().len(), flow.len());
            for indices in [&flow.party, &flow.product, &flow.lot, &flow.doc_no, &flow.remark] {
                prop_assert_eq!(indices.len(), flow.len());
            }
            prop_assert!(flow.party.iter().all(|party| (*party as usize) < flow.parties.len()));
            prop_assert!(flow.product.iter().all(|product| (*product as usize) < flow.products.len()));
            prop_assert!(flow.range.is_some());
        }
        prop_assert_eq!(file.normalize(), normalized, "the same input gives the same output");
    }

    #[test]
    fn the_order_of_rows_changes_no_line(rows in prop::collection::vec((1_u32..28, 0_usize..3, 1_i64..50), 1..20)) {
        let texts: Vec<[String; 4]> = rows
            .iter()
            .map(|(day, party, quantity)| [
                format!("2026-01-{day:02}"), ["甲", "乙", "丙"][*party].to_owned(), "丁片".to_owned(), quantity.to_string(),
            ])
            .collect();
        let hashes = |texts: &[[String; 4]]| {
            let rows: Vec<Vec<&str>> = texts.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
            let mut all: Vec<&[&str]> = vec![&["日期", "客户名称", "商品名称", "数量"]];
            all.extend(rows.iter().map(Vec::as_slice));
            let mut hashes = File::new("流向202601.csv", &all).normalize().flows[0].content_hashes();
            hashes.sort_unstable();
            hashes
        };
        let reversed: Vec<[String; 4]> = texts.iter().rev().cloned().collect();
        prop_assert_eq!(hashes(&texts), hashes(&reversed));
    }
}
