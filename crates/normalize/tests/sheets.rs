//! What a sheet is: header, kind, layout, declared range, and why it is skipped.

mod common;

use channelflow_model::layout::SignRule;
use channelflow_model::{Day, DayRange, Field, FlowKind, RawTable, Severity};
use channelflow_normalize::{SheetState, head_texts};
use common::{File, codes, dropped, lines};

const SALE: &[&[&str]] = &[
    &[
        "销售日期",
        "客户名称",
        "商品名称",
        "规格",
        "批号",
        "数量(盒)",
        "单价",
        "金额",
    ],
    &[
        "2026-01-03",
        "北京协和医院",
        "阿莫西林胶囊",
        "0.25g*24粒",
        "260101",
        "10",
        "3.5",
        "35",
    ],
    &[
        "2026-01-20",
        "上海仁济医院",
        "阿莫西林胶囊",
        "0.25g*24粒",
        "260101",
        "4",
        "3.5",
        "14",
    ],
];

#[test]
fn a_plain_sheet() {
    let file = File::new("某某医药流向202601.csv", SALE);
    let normalized = file.normalize();
    assert_eq!(
        lines(&normalized),
        [
            "2 2026-01-03 北京协和医院 阿莫西林胶囊/0.25g*24粒 260101 10盒 3.5 35 []",
            "3 2026-01-20 上海仁济医院 阿莫西林胶囊/0.25g*24粒 260101 4盒 3.5 14 []",
        ]
    );
    let flow = &normalized.flows[0];
    assert_eq!(flow.range.unwrap().to_string(), "2026-01-01..2026-01-31");
    assert!(flow.declared);
    assert_eq!(dropped(&normalized), ["1 header"]);
    assert_eq!(normalized.sheets[0].state, SheetState::New);
    assert_eq!(codes(&normalized), [""; 0]);
}

#[test]
fn titles_totals_repeated_headers_and_footers_are_accounted_for() {
    let header: &[&str] = &["销售日期", "客户名称", "商品名称", "数量", "金额"];
    let normalized = File::new(
        "a.xls",
        &[
            &["某某医药有限公司销售流向表"],
            &["查询条件：", "2026-01-01 至 2026-01-31"],
            header,
            &["2026-01-03", "北京协和医院", "阿莫西林胶囊", "10", "35"],
            &["2026-01-04", "北京协和医院", "阿莫西林胶囊", "2", "7"],
            &["本页合计", "", "", "12", "42"],
            header,
            &["2026-01-20", "上海仁济医院", "阿莫西林胶囊", "4", "14"],
            &["2026-01-21", "上海仁济医院", "阿莫西林胶囊", "0", "0"],
            &["本页合计", "", "", "4", "14"],
            &["合 计", "", "", "17", "56"],
            &["制表人：张三", "", "", "审核：李四"],
        ],
    )
    .normalize();
    assert_eq!(
        dropped(&normalized),
        [
            "1 outside_table",
            "2 outside_table",
            "3 header",
            "6 total",
            "7 repeated_header",
            "9 zero_row",
            "10 total",
            "11 total",
            "12 outside_table",
        ]
    );
    let controls: Vec<String> = normalized
        .controls
        .iter()
        .map(|c| format!("{} {} {} {}", c.place, c.field, c.stated, c.computed))
        .collect();
    assert_eq!(
        controls,
        [
            "[Sheet1] D6 quantity 12 12",
            "[Sheet1] E6 amount 42 42",
            "[Sheet1] D10 quantity 4 4",
            "[Sheet1] E10 amount 14 14",
            "[Sheet1] D11 quantity 17 16",
            "[Sheet1] E11 amount 56 56",
        ]
    );
    assert_eq!(codes(&normalized), ["total_mismatch"]);
    assert_eq!(
        normalized.flows[0].range.unwrap().to_string(),
        "2026-01-01..2026-01-31"
    );
}

#[test]
fn a_row_of_bare_sums_at_the_end_is_a_total_and_elsewhere_a_line_without_keys() {
    let rows: &[&[&str]] = &[
        &["日期", "客户", "品名", "数量"],
        &["2026-01-03", "甲", "乙片", "3"],
        &["2026-01-04", "甲", "乙片", "4"],
        &["", "", "", "7"],
    ];
    assert_eq!(
        dropped(&File::new("a", rows).normalize()),
        ["1 header", "4 total"]
    );
    let rows: &[&[&str]] = &[rows[0], rows[1], &["", "", "", "3"], rows[2]];
    assert_eq!(
        lines(&File::new("a", rows).normalize())[1],
        "3 2026-01-04    3 - - [day_unknown] bad_date (date: ``; product_name: ``; party_name: ``)"
    );
}

#[test]
fn an_accepted_layout_is_used_with_the_edits_of_a_person() {
    let mut file = File::new(
        "a.csv",
        &[
            &["日期", "单位名称", "品名", "数量", "类型"],
            &["03/01/2026", "甲", "乙片", "3", "退货"],
            &["", "", "丙片", "2", ""],
        ],
    );
    assert_eq!(codes(&file.normalize()), ["kind_ambiguous"]);

    file.kind = Some(FlowKind::Sale);
    let mut layout = file.layout();
    layout.sign = SignRule::Negate;
    layout.unit = Some("瓶".into());
    layout.grouped = vec![Field::Date, Field::PartyName];
    layout.columns[0].date_format = Some("dmy".into());
    let mut doc_type = layout.columns[0].clone();
    (doc_type.field, doc_type.header, doc_type.position) = (Field::DocType, "类型".into(), 4);
    doc_type.date_format = None;
    layout.columns.push(doc_type);
    file.kind = None;
    file.layouts.push(layout);
    let normalized = file.normalize();
    assert_eq!(normalized.sheets[0].state, SheetState::Known);
    assert_eq!(
        lines(&normalized),
        [
            "2 2026-01-03 甲 乙片  -3瓶 - - [return sign_set]",
            "3 2026-01-03 甲 丙片  2瓶 - - [filled_down]",
        ]
    );
}

#[test]
fn a_changed_header_is_reported_with_what_came_and_went() {
    let mut file = File::new("a.csv", SALE);
    let mut previous = file.layout();
    previous.sign = SignRule::Keep;
    file.layouts.push(previous.clone());
    file.tables = vec![RawTable::from_texts(
        "Sheet1",
        &[
            &["销售日期", "客户名称", "商品名称", "规格", "数量", "业务员"],
            &[
                "2026-01-03",
                "北京协和医院",
                "阿莫西林胶囊",
                "0.25g*24粒",
                "10",
                "张三",
            ],
        ],
    )];
    let normalized = file.normalize();
    let report = &normalized.sheets[0];
    assert_eq!(
        report.state,
        SheetState::Changed {
            previous: previous.fingerprint
        }
    );
    assert_eq!(report.layout.as_ref().unwrap().sign, SignRule::Keep);
    assert_eq!(codes(&normalized), ["layout_changed"]);
    assert_eq!(normalized.findings[0].facts["added"], "`数量`, `业务员`");
    assert_eq!(
        normalized.findings[0].facts["removed"],
        "`批号`, `数量(盒)`, `单价`, `金额`"
    );
}

#[test]
fn columns_about_doctors_and_patients_are_never_stored() {
    let normalized = File::new(
        "流向.csv",
        &[
            &["日期", "客户", "品名", "数量", "处方医生", "患者姓名"],
            &["2026-01-03", "甲", "乙片", "3", "王医生", "赵六"],
        ],
    )
    .normalize();
    assert_eq!(
        normalized.sheets[0].layout.as_ref().unwrap().refused,
        ["处方医生", "患者姓名"]
    );
    assert_eq!(codes(&normalized), ["refused_columns"]);
    let stored = format!("{:?}", normalized.flows);
    assert!(!stored.contains("王医生") && !stored.contains("赵六"));
}

#[test]
fn a_book_with_several_kinds_and_several_sheets_of_one_kind() {
    let sale: &[&str] = &["日期", "客户", "品名", "数量"];
    let mut tables = vec![
        RawTable::from_texts("说明", &[&["本表由系统导出"]]),
        RawTable::from_texts(
            "库存",
            &[&["品名", "批号", "库存数量"], &["乙片", "2601", "7"]],
        ),
        RawTable::from_texts("北京销售", &[sale, &["2026-01-31", "甲", "乙片", "3"]]),
        RawTable::from_texts("上海销售", &[sale, &["2026-01-30", "丙", "乙片", "4"]]),
        RawTable::from_texts("销售汇总", &[sale, &["2026-01-31", "全部", "乙片", "7"]]),
    ];
    for (index, table) in (0..).zip(&mut tables) {
        table.sheet_index = index;
    }
    let normalized = File::of("进销存2026-01-31.xlsx", tables).normalize();
    let kinds: Vec<FlowKind> = normalized.flows.iter().map(|flow| flow.kind).collect();
    assert_eq!(kinds, [FlowKind::Sale, FlowKind::Inventory]);
    assert_eq!(
        lines(&normalized),
        [
            "2 2026-01-31 甲 乙片  3 - - []",
            "2 2026-01-30 丙 乙片  4 - - []",
            "2 2026-01-31  乙片 2601 7 - - []",
        ]
    );
    let states: Vec<bool> = normalized
        .sheets
        .iter()
        .map(|sheet| sheet.state == SheetState::Skipped)
        .collect();
    assert_eq!(states, [true, false, false, false, true]);
    assert_eq!(codes(&normalized), ["no_header", "summary_sheet"]);
    assert_eq!(normalized.findings[0].severity, Severity::Info);
    assert!(!normalized.flows[1].declared);
}

#[test]
fn sheets_that_cannot_be_loaded_say_why() {
    for (name, rows, code) in [
        (
            "销售.csv",
            &[
                &["日期", "品名", "数量"] as &[&str],
                &["2026-01-01", "乙片", "1"],
            ] as &[&[&str]],
            "missing_column",
        ),
        (
            "库存.csv",
            &[&["品名", "批号", "库存数量"], &["乙片", "1", "1"]],
            "no_snapshot_day",
        ),
        (
            "流向.csv",
            &[
                &["日期", "客户", "品名", "数量"],
                &["昨天", "甲", "乙片", "1"],
            ],
            "no_date",
        ),
        ("流向.csv", &[&["日期", "客户", "品名", "数量"]], "no_lines"),
        ("流向.csv", &[&["见附件"]], "no_header"),
        ("流向.csv", &[], "empty_sheet"),
    ] {
        let normalized = File::new(name, rows).normalize();
        assert_eq!(codes(&normalized), [code], "{name} {rows:?}");
        assert_eq!(normalized.findings[0].severity, Severity::Error);
        assert!(normalized.flows.is_empty());
    }
}

#[test]
fn a_declared_empty_file() {
    let normalized = File::new("a.xlsx", &[&["2026年1月 本月无销售"]]).normalize();
    let (kind, range) = normalized.declared_empty.unwrap();
    assert_eq!(
        (kind, range.unwrap().to_string().as_str()),
        (FlowKind::Sale, "2026-01-01..2026-01-31")
    );
    // One sheet of a book may say it while others carry lines.
    let mut tables = vec![
        RawTable::from_texts("销售", &[&["本月无动销"]]),
        RawTable::from_texts(
            "库存20260131",
            &[&["品名", "批号", "库存数量"], &["乙片", "2601", "7"]],
        ),
    ];
    tables[1].sheet_index = 1;
    let normalized = File::of("月报.xlsx", tables).normalize();
    assert_eq!(normalized.declared_empty, Some((FlowKind::Sale, None)));
    assert_eq!(lines(&normalized).len(), 1);

    let normalized = File::new("D05无动销202601.csv", &[]).normalize();
    assert_eq!(
        normalized.declared_empty.map(|(kind, _)| kind),
        Some(FlowKind::Sale)
    );
    assert_eq!(codes(&normalized), ["empty_sheet", "declared_empty"]);
}

#[test]
fn section_labels_name_the_party_of_the_rows_below() {
    let normalized = File::new(
        "销售2026年1月.xls",
        &[
            &["日期", "品名", "数量", "金额"],
            &["客户：北京协和医院"],
            &["2026-01-03", "乙片", "3", "30"],
            &["小计", "", "3", "30"],
            &["客户：上海仁济医院"],
            &["2026-01-04", "乙片", "2", "20"],
            &["小计", "", "2", "20"],
            &["制表人：张三"],
        ],
    )
    .normalize();
    assert_eq!(
        lines(&normalized),
        [
            "3 2026-01-03 北京协和医院 乙片  3 - 30 [filled_down]",
            "6 2026-01-04 上海仁济医院 乙片  2 - 20 [filled_down]",
        ]
    );
    assert_eq!(dropped(&normalized)[1..3], ["2 section_label", "4 total"]);
    assert_eq!(
        normalized.sheets[0].layout.as_ref().unwrap().section,
        Some(Field::PartyName)
    );
    assert_eq!(codes(&normalized), [""; 0]);
}

#[test]
fn a_composite_column_is_kept_whole() {
    let normalized = File::new(
        "流向.csv",
        &[
            &["日期", "客户", "品名/规格", "数量"],
            &["2026-01-03", "甲", "乙片/10mg*12片", "3"],
        ],
    )
    .normalize();
    assert_eq!(
        lines(&normalized),
        ["2 2026-01-03 甲 乙片/10mg*12片  3 - - []"]
    );
    assert_eq!(codes(&normalized), ["composite_column"]);
}

#[test]
fn a_month_nobody_sold_in_is_not_believed() {
    let normalized = File::new("流向202602.csv", SALE).normalize();
    let flow = &normalized.flows[0];
    assert!(!flow.declared);
    assert_eq!(flow.range.unwrap().to_string(), "2026-01-03..2026-01-20");
    assert_eq!(codes(&normalized), ["range_contradicted"]);
}

#[test]
fn texts_above_the_header_tell_whose_file_it_is() {
    let mut rows: Vec<&[&str]> = vec![&["某某医药有限公司"], &["制表人", "张三"]];
    rows.extend(SALE);
    let tables = [RawTable::from_texts("一月", &rows)];
    assert_eq!(
        head_texts(&tables),
        ["一月", "某某医药有限公司", "制表人", "张三"]
    );
}

#[test]
fn the_day_of_an_inventory_may_stand_above_it_or_be_told() {
    let rows: &[&[&str]] = &[
        &["库存表", "截止日期：2026年1月31日"],
        &["品名", "规格", "批号", "库存数量"],
        &["乙片", "10mg*12片", "2601", "7"],
        &["乙片", "10mg*12片", "2602", "0"],
    ];
    let mut file = File::new("a.xls", rows);
    assert_eq!(
        lines(&file.normalize()),
        ["3 2026-01-31  乙片/10mg*12片 2601 7 - - []"]
    );
    let day = |text: &str| Day::from_iso(text).unwrap();
    file.range = DayRange::new(day("2026-02-01"), day("2026-02-28"));
    let normalized = file.normalize();
    assert_eq!(
        lines(&normalized),
        ["3 2026-02-28  乙片/10mg*12片 2601 7 - - []"]
    );
    assert!(normalized.flows[0].declared);
}

#[test]
fn a_header_of_two_rows_with_prices_of_the_wrong_group_left_aside() {
    let normalized = File::new(
        "2026年1月销售.xls",
        &[
            &["日期", "客户", "商品", "期初", "", "本期发出", "", "期末"],
            &["", "", "", "数量", "金额", "数量", "金额", "数量"],
            &["2026-01-03", "甲", "乙片", "50", "500", "3", "30", "47"],
        ],
    )
    .normalize();
    assert_eq!(lines(&normalized), ["3 2026-01-03 甲 乙片  3 - 30 []"]);
    assert_eq!(normalized.sheets[0].layout.as_ref().unwrap().header_rows, 2);
    assert_eq!(dropped(&normalized), ["1 header", "2 header"]);
    let inventory = File::new(
        "库存20260131.xls",
        &[
            &["商品", "规格", "期初", "", "本期发出", "", "期末"],
            &["", "", "数量", "金额", "数量", "金额", "数量"],
            &["乙片", "10mg", "50", "500", "3", "30", "47"],
        ],
    )
    .normalize();
    assert_eq!(lines(&inventory), ["3 2026-01-31  乙片/10mg  47 - - []"]);
}

#[test]
fn a_traditional_sheet_meets_the_same_words() {
    let normalized = File::new(
        "銷售202601.csv",
        &[
            &[
                "銷售日期",
                "客戶名稱",
                "產品名稱",
                "規格",
                "數量",
                "單據類型",
            ],
            &[
                "2026-01-03",
                "港安醫院",
                "阿莫西林膠囊",
                "0.25g*24",
                "-3",
                "銷售退貨",
            ],
            &["合計", "", "", "", "-3", ""],
        ],
    )
    .normalize();
    assert_eq!(
        lines(&normalized),
        ["2 2026-01-03 港安醫院 阿莫西林膠囊/0.25g*24  -3 - - [return]"]
    );
    assert_eq!(normalized.controls.len(), 1);
}

#[test]
fn two_months_of_one_kind_speak_for_both() {
    let header: &[&str] = &["日期", "客户", "品名", "数量"];
    let mut tables = vec![
        RawTable::from_texts(
            "2026年1月销售",
            &[header, &["2026-01-03", "甲", "乙片", "3"]],
        ),
        RawTable::from_texts(
            "2026年2月销售",
            &[header, &["2026-02-03", "甲", "乙片", "3"]],
        ),
    ];
    tables[1].sheet_index = 1;
    let flow = File::of("a.xlsx", tables).normalize().flows.remove(0);
    assert_eq!(flow.range.unwrap().to_string(), "2026-01-01..2026-02-28");
    assert!(flow.declared);
    assert_eq!((flow.parties.len(), flow.products.len()), (2, 1));
}
