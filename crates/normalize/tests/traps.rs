//! Files that look sound and would give wrong numbers: returns without a sign, totals in odd
//! places, sheets that were copied, units that contradict each other.

mod common;

use channelflow_model::layout::SignRule;
use channelflow_model::{RawTable, Severity};
use common::{File, codes, dropped, lines};

const HEADER: &[&str] = &["销售日期", "客户名称", "商品名称", "数量"];
const SOLD: &[&str] = &["2026-01-05", "北京协和医院", "阿莫西林胶囊", "10"];
const RETURNED: &[&str] = &["2026-01-09", "北京协和医院", "阿莫西林胶囊", "3"];

#[test]
fn a_sheet_called_returns_has_no_sales() {
    let sheet = |name: &str, row: &[&str]| RawTable::from_texts(name, &[HEADER, row]);
    let book = |second: RawTable| {
        let mut tables = vec![sheet("销售", SOLD), second];
        tables[1].sheet_index = 1;
        File::of("202601销售及退货.xlsx", tables)
    };
    let held = "2 2026-01-09 北京协和医院 阿莫西林胶囊  3 - - [return] sign_ambiguous (`退货`, quantity: `3`)";
    let sold = "2 2026-01-05 北京协和医院 阿莫西林胶囊  10 - - []";
    assert_eq!(
        lines(&book(sheet("退货", RETURNED)).normalize()),
        [sold, held]
    );

    // The layout says what the sign means, as it does for document types.
    let mut file = book(sheet("退货", RETURNED));
    let mut layout = file.layout();
    layout.sign = SignRule::Negate;
    file.layouts = vec![layout];
    let negated = "2 2026-01-09 北京协和医院 阿莫西林胶囊  -3 - - [return sign_set]";
    assert_eq!(lines(&file.normalize()), [sold, negated]);

    // A sheet that has signs says it itself.
    let signed: &[&[&str]] = &[
        HEADER,
        RETURNED,
        &["2026-01-09", "北京协和医院", "阿莫西林胶囊", "-2"],
    ];
    let normalized = File::of("a.xlsx", vec![RawTable::from_texts("销售退货", signed)]).normalize();
    assert_eq!(
        lines(&normalized),
        [
            "2 2026-01-09 北京协和医院 阿莫西林胶囊  3 - - []",
            "3 2026-01-09 北京协和医院 阿莫西林胶囊  -2 - - [return]",
        ]
    );
}

#[test]
fn names_that_only_sound_like_returns() {
    for (file, expected) in [
        ("202601退货.csv", "[return] sign_ambiguous"),
        ("202601红字销售.csv", "[return] sign_ambiguous"),
        ("202601销售(含退货).csv", "[]"),
        ("202601退热贴流向.csv", "[]"),
    ] {
        let lines = lines(&File::new(file, &[HEADER, SOLD]).normalize());
        assert!(lines[0].contains(expected), "{file}: {}", lines[0]);
    }
}

#[test]
fn a_column_of_returned_quantities_is_named() {
    let header: &[&str] = &["销售日期", "客户名称", "商品名称", "销售数量", "退货数量"];
    let row = |returned| ["2026-01-05", "北京协和医院", "阿莫西林胶囊", "10", returned];
    for (returned, expected) in [("2", &["returns_left_out"][..]), ("0", &[]), ("", &[])] {
        let mut file = File::new("流向202601.csv", &[header, &row(returned)]);
        // Also when the layout is known.
        file.layouts = vec![file.layout()];
        assert_eq!(codes(&file.normalize()), expected, "{returned}");
    }
}

#[test]
fn a_total_above_the_lines_sums_what_follows() {
    let total: &[&str] = &["合计", "", "", "20"];
    let normalized = File::new("流向202601.csv", &[HEADER, total, SOLD, SOLD]).normalize();
    let control = &normalized.controls[0];
    assert_eq!(
        (control.stated, control.computed),
        (control.computed, control.stated)
    );
    assert_eq!(dropped(&normalized), ["1 header", "2 total"]);
    assert!(!codes(&normalized).contains(&"total_mismatch"));
}

#[test]
fn dashes_in_a_totals_row_name_nothing() {
    let header: &[&str] = &[
        "销售日期",
        "客户名称",
        "商品编码",
        "商品名称",
        "批号",
        "数量",
    ];
    let normalized = File::new(
        "流向202601.csv",
        &[
            header,
            &[
                "2026-01-05",
                "北京协和医院",
                "X1",
                "阿莫西林胶囊",
                "A1",
                "10",
            ],
            &["合计", "-", "/", "-", "--", "10"],
        ],
    )
    .normalize();
    assert_eq!(dropped(&normalized), ["1 header", "3 total"]);
    assert_eq!(normalized.controls.len(), 1);
}

#[test]
fn a_unit_in_the_title_must_not_contradict_the_unit_column() {
    let header: &[&str] = &["销售日期", "客户名称", "商品名称", "数量(件)", "单位"];
    let row = |unit| ["2026-01-05", "北京协和医院", "阿莫西林胶囊", "2", unit];
    let normalized = File::new(
        "流向202601.csv",
        &[header, &row("盒"), &row("件"), &row(""), &row("大件")],
    )
    .normalize();
    let units: Vec<String> = lines(&normalized)
        .iter()
        .filter_map(|line| Some(line.split_once("胶囊  ")?.1.to_owned()))
        .collect();
    assert_eq!(
        units,
        [
            "2盒 - - [] unit_unknown (unit: `盒`)",
            "2件 - - [suspected_duplicate]",
            "2件 - - [suspected_duplicate]",
            "2大件 - - []",
        ]
    );
}

#[test]
fn a_copied_sheet_is_named() {
    let book = |last: &[&str]| {
        let mut copy = RawTable::from_texts("Sheet1 (2)", &[HEADER, last, SOLD]);
        copy.sheet_index = 1;
        File::of(
            "流向202601.xlsx",
            vec![
                RawTable::from_texts("Sheet1", &[HEADER, SOLD, RETURNED]),
                copy,
            ],
        )
    };
    let normalized = book(RETURNED).normalize();
    let copied = normalized
        .findings
        .iter()
        .find(|f| f.code == "sheet_repeated");
    let copied = copied.expect("the copy is named");
    assert_eq!(copied.place.to_string(), "[Sheet1 (2)]");
    assert_eq!(copied.facts["other"], "[Sheet1]");
    assert_eq!(lines(&normalized).len(), 4, "nothing is taken away");
    let other = ["2026-01-09", "北京协和医院", "阿莫西林胶囊", "4"];
    assert!(!codes(&book(&other).normalize()).contains(&"sheet_repeated"));
}

#[test]
fn two_columns_of_one_title_are_named() {
    let header: &[&str] = &["销售日期", "客户名称", "商品名称", "数量", "数量"];
    let row: &[&str] = &["2026-01-05", "北京协和医院", "阿莫西林胶囊", "10", "400"];
    let normalized = File::new("流向202601.csv", &[header, row]).normalize();
    assert_eq!(codes(&normalized), ["two_columns"]);
    assert_eq!(normalized.findings[0].severity, Severity::Warning);
}

#[test]
fn foreign_money_is_no_yuan() {
    let header: &[&str] = &["销售日期", "客户名称", "商品名称", "数量", "单价"];
    let row: &[&str] = &["2026-01-05", "北京协和医院", "阿莫西林胶囊", "10", "$12.5"];
    let normalized = File::new("流向202601.csv", &[header, row]).normalize();
    assert!(lines(&normalized)[0].ends_with("bad_price (price: `$12.5`)"));
}

#[test]
fn a_year_that_was_mistyped_is_held() {
    let on = |day| [day, "北京协和医院", "阿莫西林胶囊", "10"];
    let rows: &[&[&str]] = &[HEADER, SOLD, &on("2062-01-05"), &on("2025-12-31")];
    let held = "3 2026-01-31 北京协和医院 阿莫西林胶囊  10 - - [day_unknown] bad_date (date: `2062-01-05`)";
    let lines_of = |file| lines(&File::new(file, rows).normalize());
    assert_eq!(lines_of("流向202601.csv")[1], held);
    assert!(lines_of("流向202601.csv")[2].starts_with("4 2025-12-31"));
    // Nothing is declared, or nothing agrees: the dates stand.
    assert!(lines_of("流向.csv")[1].starts_with("3 2062-01-05"));
    assert!(lines_of("流向201901.csv")[1].starts_with("3 2062-01-05"));
}
