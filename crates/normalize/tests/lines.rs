//! What becomes of cells: dates, numbers, signs, lots, marks and holds.

mod common;

use channelflow_model::raw::MergedRange;
use channelflow_model::{CellKind, RawTable};
use channelflow_normalize::{ExpiryMonth, FileContext, Vocabulary, explain_row};
use common::{File, codes, lines};

/// Lines of a sale with the columns date, customer, product and those given.
fn sale(more: &[&str], rows: &[&[&str]]) -> Vec<String> {
    lines(&File::of("流向.csv", vec![table(more, rows)]).normalize())
}

fn table(more: &[&str], rows: &[&[&str]]) -> RawTable {
    let header: Vec<&str> = ["日期", "客户", "品名"]
        .iter()
        .chain(more)
        .copied()
        .collect();
    let rows: Vec<Vec<&str>> = rows
        .iter()
        .map(|row| {
            ["2026-01-03", "甲", "乙片"]
                .iter()
                .chain(*row)
                .copied()
                .collect()
        })
        .collect();
    let all: Vec<&[&str]> = std::iter::once(header.as_slice())
        .chain(rows.iter().map(Vec::as_slice))
        .collect();
    RawTable::from_texts("s", &all)
}

#[test]
fn bad_numbers_are_held_with_their_text_and_never_become_zero_sales() {
    assert_eq!(
        sale(
            &["数量", "单价", "金额"],
            &[
                &["12O", "3", "36"],
                &["12", "3.x", "36"],
                &["12", "3", "36元整"],
                &["", "3", "36"],
                &["#N/A", "", ""],
            ]
        ),
        [
            "2 2026-01-03 甲 乙片  0 3 36 [] bad_quantity (quantity: `12O`)",
            "3 2026-01-03 甲 乙片  12 - 36 [] bad_price (price: `3.x`)",
            "4 2026-01-03 甲 乙片  12 3 - [] bad_amount (amount: `36元整`)",
            "5 2026-01-03 甲 乙片  0 3 36 [] bad_quantity (quantity: ``)",
            "6 2026-01-03 甲 乙片  0 - - [] bad_quantity (quantity: `#N/A`)",
        ]
    );
}

#[test]
fn errors_and_formulas_without_value() {
    let mut table = table(
        &["数量", "有效期"],
        &[&["1", "2027-06"], &["2", "#REF!"], &["f", ""]],
    );
    let mut set = |column: usize, text: &str, kind: CellKind| {
        let column = &mut table.columns[column];
        let code = column
            .values()
            .position(|(_, value)| value == text)
            .unwrap();
        column.kinds[code - 1] = kind as u8;
    };
    set(3, "1", CellKind::Error);
    set(3, "f", CellKind::FormulaWithoutValue);
    set(4, "#REF!", CellKind::Error);
    let normalized = File::of("流向.csv", vec![table]).normalize();
    assert_eq!(
        lines(&normalized),
        [
            "2 2026-01-03 甲 乙片  0 - - [] cell_error (quantity: `1`)",
            "3 2026-01-03 甲 乙片  2 - - [cell_ignored]",
            "4 2026-01-03 甲 乙片  0 - - [] formula_without_value (quantity: `f`)",
        ]
    );
}

#[test]
fn signs_and_document_types() {
    assert_eq!(
        sale(
            &["数量", "金额", "单据类型"],
            &[
                &["-2", "-20", "销售退回"],
                &["2", "20", "销售退回"],
                &["0", "-5", "退补价"],
                &["0", "-5", ""],
                &["3", "30", "调拨出库"],
                &["1", "0", "赠品"],
                &["-1", "", ""],
            ]
        ),
        [
            "2 2026-01-03 甲 乙片  -2 - -20 [return]",
            "3 2026-01-03 甲 乙片  2 - 20 [return] sign_ambiguous (doc_type: `销售退回`)",
            "4 2026-01-03 甲 乙片  0 - -5 [price_adjustment suspected_duplicate]",
            "5 2026-01-03 甲 乙片  0 - -5 [price_adjustment suspected_duplicate]",
            "6 2026-01-03 甲 乙片  3 - 30 [transfer]",
            "7 2026-01-03 甲 乙片  1 - 0 [gift]",
            "8 2026-01-03 甲 乙片  -1 - - [return]",
        ]
    );
}

#[test]
fn price_times_quantity() {
    assert_eq!(
        sale(
            &["数量", "单价", "金额"],
            &[&["10", "3", "30"], &["10", "3", "33.9"], &["10", "3", "40"],]
        ),
        [
            "2 2026-01-03 甲 乙片  10 3 30 [suspected_duplicate]",
            "3 2026-01-03 甲 乙片  10 3 33.9 [ex_tax_suspected suspected_duplicate]",
            "4 2026-01-03 甲 乙片  10 3 40 [amount_mismatch suspected_duplicate]",
        ]
    );
    assert_eq!(
        sale(&["数量", "不含税单价", "金额"], &[&["10", "3", "33.9"]]),
        ["2 2026-01-03 甲 乙片  10 3 33.9 [price_ex_tax]",]
    );
}

#[test]
fn units_come_from_the_cell_the_column_or_the_header() {
    assert_eq!(
        sale(&["数量(盒)"], &[&["1"], &["2瓶"]]),
        [
            "2 2026-01-03 甲 乙片  1盒 - - []",
            "3 2026-01-03 甲 乙片  2瓶 - - []",
        ]
    );
    assert_eq!(
        sale(
            &["数量", "单位"],
            &[&["1", "盒"], &["2盒", ""], &["3盒", "盒"], &["4盒", "件"]]
        ),
        [
            "2 2026-01-03 甲 乙片  1盒 - - []",
            "3 2026-01-03 甲 乙片  2盒 - - []",
            "4 2026-01-03 甲 乙片  3盒 - - []",
            "5 2026-01-03 甲 乙片  4件 - - [] unit_unknown (unit: `件`)",
        ]
    );
}

#[test]
fn unreadable_days_are_held_on_the_last_day_of_the_range() {
    let normalized = File::new(
        "流向202601.csv",
        &[
            &["日期", "客户", "品名", "数量"],
            &["2026-01-03", "甲", "乙片", "1"],
            &["元月五日", "甲", "乙片", "2"],
            &["2026-02-01", "甲", "乙片", "3"],
        ],
    )
    .normalize();
    assert_eq!(
        lines(&normalized),
        [
            "2 2026-01-03 甲 乙片  1 - - []",
            "3 2026-01-31 甲 乙片  2 - - [day_unknown] bad_date (date: `元月五日`)",
            "4 2026-02-01 甲 乙片  3 - - [out_of_range]",
        ]
    );
    assert_eq!(codes(&normalized), ["out_of_range", "held_bad_date"]);
}

#[test]
fn day_and_month_that_cannot_be_told_apart_are_held() {
    let rows: &[&[&str]] = &[
        &["日期", "客户", "品名", "数量"],
        &["03/01/2026", "甲", "乙片", "1"],
        &["04/01/2026", "甲", "乙片", "2"],
    ];
    let normalized = File::new("流向202601.csv", rows).normalize();
    assert_eq!(
        lines(&normalized)[0],
        "2 2026-01-31 甲 乙片  1 - - [day_unknown] ambiguous_date (date: `03/01/2026`)"
    );
    assert_eq!(normalized.flows[0].hold.iter().flatten().count(), 2);
}

#[test]
fn lots_and_expiry() {
    let mut file = File::of(
        "流向.csv",
        vec![table(
            &["数量", "批号", "生产日期", "有效期"],
            &[
                &["1", "批号:a2601", "2026-01-15", "24个月"],
                &["2", "无", "", "2027-06"],
                &["3", "260101,260102", "", "见包装"],
                &["4", "6.92E+12", "", ""],
            ],
        )],
    );
    let shown = |file: &File| -> Vec<String> {
        let flow = file.normalize().flows.remove(0);
        let lots = flow.lot.iter().map(|lot| &flow.lots[*lot as usize]);
        lots.zip(&flow.flags)
            .map(|(lot, flags)| {
                let expiry = lot.expiry.map_or("-".to_owned(), |day| day.to_string());
                let words: Vec<&str> = flags.words().collect();
                format!(
                    "{}|{}|{expiry}|{}|{}",
                    lot.raw,
                    lot.lot,
                    lot.expiry_rule,
                    words.join(" ")
                )
            })
            .collect()
    };
    assert_eq!(
        shown(&file),
        [
            "批号:a2601|A2601|2028-01-15|duration|",
            "无||2027-06-30|month_end|",
            "260101,260102|260101,260102|-||multi_lot cell_ignored",
            "6.92E+12|6.92E+12|-||inexact_code",
        ]
    );
    file.settings.expiry_month = ExpiryMonth::LastDayOfMonthBefore;
    assert_eq!(shown(&file)[1], "无||2027-05-31|month_before_end|");
}

#[test]
fn merged_cells_fill_down_only_inside_their_range_and_never_numbers() {
    let mut table = RawTable::from_texts(
        "s",
        &[
            &["客户", "日期", "品名", "数量"],
            &["甲", "2026-01-03", "乙片", "1"],
            &["", "2026-01-04", "乙片", "2"],
            &["", "2026-01-05", "乙片", ""],
        ],
    );
    let merged = |column: u32, first_row: u32, last_row: u32| MergedRange {
        first_row,
        last_row,
        first_column: column,
        last_column: column,
    };
    table.merged = vec![merged(0, 2, 3), merged(3, 3, 4)];
    let normalized = File::of("流向.xlsx", vec![table]).normalize();
    assert_eq!(
        lines(&normalized),
        [
            "2 2026-01-03 甲 乙片  1 - - []",
            "3 2026-01-04 甲 乙片  2 - - [filled_down]",
            "4 2026-01-05  乙片  0 - - [] missing_key (party_name: ``; quantity: ``)",
        ]
    );
}

#[test]
fn hidden_rows_columns_and_sheets_are_read_and_marked() {
    let mut row = table(&["数量"], &[&["1"], &["2"]]);
    row.hidden_rows = vec![3];
    let mut column = table(&["数量"], &[&["1"]]);
    column.hidden_columns = vec![1];
    let mut sheet = table(&["数量"], &[&["1"]]);
    sheet.hidden = true;
    for (table, marked, code) in [
        (row, "[] | [hidden]", "hidden_rows"),
        (column, "[hidden]", "hidden_columns"),
        (sheet, "[hidden]", "hidden_sheet"),
    ] {
        let normalized = File::of("流向.xlsx", vec![table]).normalize();
        let marks: Vec<String> = lines(&normalized)
            .iter()
            .map(|line| line.split(" - - ").nth(1).unwrap().to_owned())
            .collect();
        assert_eq!(marks.join(" | "), marked);
        assert_eq!(codes(&normalized), [code]);
    }
}

#[test]
fn texts_are_cleaned_and_marked() {
    let rows: &[&[&str]] = &[
        &["日期", "客户", "品名", "规格", "数量", "客户编码"],
        &[
            "2026-01-03",
            "甲　医院",
            "乙片",
            "1Omg×12片",
            "１２",
            "6901E5",
        ],
    ];
    assert_eq!(
        lines(&File::new("流向.csv", rows).normalize()),
        ["2 2026-01-03 甲 医院 乙片/10mg*12片  12 - - [text_fixed]",]
    );
}

#[test]
fn a_code_stands_for_a_missing_name_but_nothing_for_a_missing_customer() {
    let rows: &[&[&str]] = &[
        &["日期", "客户", "客户编码", "品名", "商品编码", "数量"],
        &["2026-01-03", "", "C1", "", "P1", "1"],
        &["2026-01-03", "无", "", "乙片", "", "1"],
    ];
    assert_eq!(
        lines(&File::new("流向.csv", rows).normalize()),
        [
            "2 2026-01-03    1 - - []",
            "3 2026-01-03  乙片  1 - - [] missing_key (party_name: `无`)",
        ]
    );
}

#[test]
fn a_row_is_explained_cell_by_cell() {
    let file = File::new(
        "流向.csv",
        &[
            &["日期", "客户", "品名", "数量", "有效期"],
            &["2026/1/3", "甲　医院", "乙片", "12盒", "2027-06"],
        ],
    );
    let context = FileContext {
        file_name: file.name,
        layouts: &[],
        settings: &file.settings,
        kind: None,
        range: None,
    };
    let cells = explain_row(
        &file.tables[0],
        &file.layout(),
        2,
        &context,
        &Vocabulary::builtin(),
    );
    let shown: Vec<String> = cells
        .iter()
        .map(|cell| {
            format!(
                "{} `{}` → `{}` {}",
                cell.field, cell.original, cell.value, cell.rule
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "date `2026/1/3` → `2026-01-03` date",
            "party_name `甲　医院` → `甲 医院` cleaned",
            "product_name `乙片` → `乙片` text",
            "quantity `12盒` → `12 盒` text_with_unit",
            "expiry `2027-06` → `2027-06-30` month_end",
        ]
    );
}
