//! Files of settlement: what they say, and every problem of them at once.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

use channelflow_model::finding::Finding;
use channelflow_model::master::{Customer, Distributor, Product};
use channelflow_model::raw::RawTable;
use channelflow_model::settlement::{
    GroupMember, Instrument, Measure, OrgUnit, SettlementSettings, Span, TargetOwner, UnitLevel,
};
use channelflow_model::{Day, Micros, PeriodRule};
use channelflow_pipeline::settlement_kind::SettlementKind;
use channelflow_pipeline::settlement_policies::{parse_policy, read_folder};
use channelflow_pipeline::settlement_rows::{Known, SettlementRows, parse};

/// Customer C1, product P1, distributor D1, company U1 with post S1, product group G1.
fn settings() -> SettlementSettings {
    let unit = |id: &str, level| OrgUnit {
        id: id.to_owned(),
        name: id.to_owned(),
        level,
        parent: String::new(),
        span: Span::ALWAYS,
    };
    SettlementSettings {
        units: vec![unit("S1", UnitLevel::Post), unit("U1", UnitLevel::Company)],
        groups: vec![GroupMember {
            group_id: "G1".to_owned(),
            group_name: "泽林".to_owned(),
            product_id: "P1".to_owned(),
            span: Span::ALWAYS,
        }],
        customers: vec![Customer {
            id: "C1".to_owned(),
            ..Customer::default()
        }],
        products: vec![Product {
            id: "P1".to_owned(),
            ..Product::default()
        }],
        distributors: vec![Distributor {
            id: "D1".to_owned(),
            ..Distributor::default()
        }],
        ..SettlementSettings::default()
    }
}

fn read(kind: SettlementKind, rows: &[&[&str]]) -> Result<SettlementRows, Vec<Finding>> {
    let settings = settings();
    parse(
        &RawTable::from_texts("-", rows),
        kind,
        &Known::of(&settings),
    )
}

/// `code row column` of every problem.
fn problems(kind: SettlementKind, rows: &[&[&str]]) -> Vec<String> {
    let problems = read(kind, rows).unwrap_err();
    problems
        .iter()
        .map(|it| {
            let (row, column) = (it.place.row.unwrap_or(0), it.place.column.unwrap_or(99));
            format!("{} {row} {column}", it.code)
        })
        .collect()
}

fn day(text: &str) -> Day {
    Day::from_iso(text).unwrap()
}

#[test]
fn units_have_levels_in_chinese_and_english() {
    let rows: &[&[&str]] = &[
        &[
            "组织编码",
            "组织名称",
            "层级",
            "上级",
            "生效日期",
            "失效日期",
        ],
        &["U1", "燕山康泽", "公司", "", "", ""],
        &["R1", "华北大区", "大区", "U1", "2026/1/1", ""],
        &[
            "S1",
            "石家庄一岗",
            "post",
            "R1",
            "20260101",
            "2026年6月30日",
        ],
    ];
    let SettlementRows::Units(units) = read(SettlementKind::Units, rows).unwrap() else {
        panic!("units asked for");
    };
    let levels: Vec<UnitLevel> = units.iter().map(|unit| unit.level).collect();
    assert_eq!(
        levels,
        [UnitLevel::Company, UnitLevel::Region, UnitLevel::Post]
    );
    assert_eq!(units[0].span, Span::ALWAYS);
    let half = Span {
        from: day("2026-01-01"),
        to: Some(day("2026-06-30")),
    };
    assert_eq!(units[2].span, half);
}

#[test]
fn every_problem_of_a_file_is_said_with_its_cell() {
    let rows: &[&[&str]] = &[
        &[
            "客户编码",
            "品种编码",
            "岗位编码",
            "比例",
            "生效日期",
            "失效日期",
        ],
        &["C1", "G1", "S1", "60%", "2026-01-01", ""],
        &["C9", "G9", "U1", "160%", "2026-02-30", ""],
        &["C1", "G1", "S1", "0.4", "2026-01-01", "2025-01-01"],
        &["C1", "", "", "0", "", ""],
    ];
    assert_eq!(
        problems(SettlementKind::Attribution, rows),
        [
            "settings_unknown_customer 3 0",
            "settings_unknown_group 3 1",
            "settings_unknown_post 3 2",
            "settings_bad_share 3 3",
            "master_bad_day 3 4",
            "settings_days_reversed 4 4",
            "settings_row_twice 4 0",
            "master_empty_cell 5 2",
            "settings_bad_share 5 3",
        ]
    );
}

#[test]
fn shares_are_fractions_or_percent() {
    for (text, share) in [
        ("0.6", 600_000),
        ("60%", 600_000),
        ("33.3333％", 333_333),
        ("1", 1_000_000),
    ] {
        let rows: &[&[&str]] = &[&["customer_id", "post_id", "share"], &["C1", "S1", text]];
        let SettlementRows::Attribution(rows) = read(SettlementKind::Attribution, rows).unwrap()
        else {
            panic!("attribution asked for");
        };
        assert_eq!(rows[0].share, Micros(share), "{text}");
        assert_eq!(rows[0].product_group, "");
    }
}

#[test]
fn targets_stand_in_rows_or_in_columns() {
    let long: &[&[&str]] = &[
        &["月份", "组织编码", "品种编码", "口径", "统计口径", "指标"],
        &["2026年2月", "U1", "G1", "考核金额", "terminal", "1,200.5"],
    ];
    let wide: &[&[&str]] = &[
        &[
            "年度",
            "对象类型",
            "对象编码",
            "品种",
            "口径",
            "统计口径",
            "1月",
            "2月",
            "12月",
            "全年",
        ],
        &[
            "2026", "岗位", "U1", "G1", "assessed", "terminal", "", "1200.5", "0", "1200.5",
        ],
        &[
            "2026年",
            "经销商",
            "D1",
            "",
            "数量",
            "first",
            "10",
            "",
            "",
            "",
        ],
    ];
    let read = |rows| {
        let SettlementRows::Targets(targets) = read(SettlementKind::Targets, rows).unwrap() else {
            panic!("targets asked for");
        };
        targets
    };
    let (long, wide) = (read(long), read(wide));
    assert_eq!(long[0], wide[0]);
    let shown: Vec<String> = wide
        .iter()
        .map(|it| format!("{} {:?} {}", it.period, it.owner, it.value))
        .collect();
    assert_eq!(
        shown,
        [
            "2026-02 Unit(\"U1\") 1200.5",
            "2026-12 Unit(\"U1\") 0",
            "2026-01 Distributor(\"D1\") 10",
        ]
    );
    assert_eq!(wide[2].measure, Measure::Quantity);
    assert_eq!(wide[2].owner, TargetOwner::Distributor("D1".to_owned()));
}

#[test]
fn wrong_targets_are_said() {
    let rows: &[&[&str]] = &[
        &[
            "year",
            "owner_kind",
            "owner",
            "measure",
            "counting_point",
            "1月",
            "2月",
            "合计",
        ],
        &["26", "distributor", "U1", "boxes", "terminal", "x", "1", ""],
        &["2026", "unit", "U1", "金额", "", "1", "2", "4"],
    ];
    assert_eq!(
        problems(SettlementKind::Targets, rows),
        [
            "settings_unknown_distributor 2 2",
            "settings_bad_word 2 3",
            "settings_bad_year 2 0",
            "settings_bad_number 2 5",
            "master_empty_cell 3 4",
            "settings_total_differs 3 7",
        ]
    );
    let both: &[&[&str]] = &[
        &[
            "period",
            "value",
            "owner",
            "measure",
            "counting_point",
            "1月",
        ],
        &["2026-01", "1", "U1", "amount", "t", "1"],
    ];
    assert_eq!(
        problems(SettlementKind::Targets, both),
        ["settings_target_form 1 0"]
    );
}

#[test]
fn payments_name_their_instrument_and_tenor() {
    let rows: &[&[&str]] = &[
        &[
            "回款单号",
            "经销商编码",
            "回款日期",
            "应付日期",
            "金额",
            "回款方式",
            "期限",
        ],
        &[
            "R1",
            "D1",
            "2026-01-20",
            "2026-01-31",
            "10,000",
            "承兑",
            "6个月",
        ],
        &["R2", "D1", "2026-01-21", "", "500.55", "电汇", ""],
        &["R3", "D1", "2026-01-22", "", "1", "易贷", "0"],
    ];
    let SettlementRows::Payments(payments) = read(SettlementKind::Payments, rows).unwrap() else {
        panic!("payments asked for");
    };
    let shown: Vec<(Instrument, i64)> = payments
        .iter()
        .map(|it| (it.instrument, it.tenor_days))
        .collect();
    assert_eq!(
        shown,
        [
            (Instrument::Bill, 180),
            (Instrument::Wire, 0),
            (Instrument::Credit, 0)
        ]
    );
    assert_eq!(payments[0].due, Some(day("2026-01-31")));
    let wrong: &[&[&str]] = &[
        rows[0],
        &["R1", "D1", "2026-01-20", "", "1", "承兑", ""],
        &["R2", "D2", "", "", "1", "支票", "90天"],
        &["R2", "D1", "2026-01-20", "", "1,00", "现金", "半年"],
    ];
    assert_eq!(
        problems(SettlementKind::Payments, wrong),
        [
            "settings_bill_without_tenor 2 6",
            "settings_unknown_distributor 3 1",
            "master_empty_cell 3 2",
            "settings_tenor_without_bill 3 6",
            "settings_bad_word 4 5",
            "settings_bad_number 4 4",
            "settings_bad_tenor 4 6",
            "settings_row_twice 4 0",
        ]
    );
}

#[test]
fn titles_tell_units_from_seats() {
    let kinds = [SettlementKind::Units, SettlementKind::Seats];
    for (titles, kind) in [
        (
            &["岗位编码", "工号", "姓名", "任职日期"][..],
            SettlementKind::Seats,
        ),
        (
            &["组织编码", "组织名称", "层级", "上级"],
            SettlementKind::Units,
        ),
        (&["id", "name", "level", "parent"], SettlementKind::Units),
        (&["post", "person", "valid_from"], SettlementKind::Seats),
    ] {
        let table = RawTable::from_texts("-", &[titles]);
        assert_eq!(
            SettlementKind::told_by_titles(&table, &kinds),
            Some(kind),
            "{titles:?}"
        );
    }
}

/// A policy file that says what it must.
const POLICY: &str = r#"id = "Q1"
version = 2
name = "一季度返利"
valid_from = 2026-01-01
period = "month"
[party]
distributors = ["D1"]
[basis]
source = "sale"
counting_point = "terminal"
measure = "amount"
[[reward]]
id = "all"
shape = "percent"
rate = "3%"
"#;

/// `code row` of every finding.
fn codes(found: &[Finding]) -> Vec<String> {
    let row = |it: &Finding| it.place.row.unwrap_or(0);
    found
        .iter()
        .map(|it| format!("{} {}", it.code, row(it)))
        .collect()
}

#[test]
fn every_problem_of_a_policy_file_is_said_with_its_line() {
    let read = parse_policy("q.toml", POLICY).unwrap();
    assert_eq!(
        (read.text.id.as_str(), read.text.version.as_str()),
        ("Q1", "2")
    );
    assert_eq!(read.text.toml, POLICY);
    assert_eq!(read.policy.key(), "Q1@2");
    let wrong = POLICY
        .replace("valid_from", "vald_from")
        .replace("\"3%\"", "\"130%\"");
    let found = parse_policy("q.toml", &wrong).unwrap_err();
    assert_eq!(
        codes(&found),
        [
            "policy_key_missing 0",
            "policy_unknown_key 4",
            "policy_did_you_mean 4",
            "policy_not_a_share 15",
        ]
    );
    assert!(
        found
            .iter()
            .all(|it| it.place.file.as_deref() == Some("q.toml"))
    );
    assert_eq!(
        codes(&parse_policy("q.toml", "id = ").unwrap_err()),
        ["policy_not_toml 1"]
    );
}

#[test]
fn policies_of_a_folder_are_refused_together() {
    let dir = tempfile::tempdir().unwrap();
    assert!(
        read_folder(dir.path(), PeriodRule::default())
            .unwrap()
            .is_none()
    );
    let folder = dir.path().join("policies");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.toml"), POLICY).unwrap();
    let Some(Ok(alone)) = read_folder(dir.path(), PeriodRule::default()).unwrap() else {
        panic!("one good policy");
    };
    assert_eq!(codes(&alone.findings), ["policy_no_example 0"]);
    std::fs::write(folder.join("b.toml"), POLICY).unwrap();
    let refused = |folder| match read_folder(folder, PeriodRule::default()).unwrap() {
        Some(Err(found)) => codes(&found),
        _ => panic!("must be refused"),
    };
    assert_eq!(refused(dir.path()), ["settings_policy_twice 0"]);
    let next = POLICY.replace("version = 2", "version = 3");
    std::fs::write(folder.join("b.toml"), next).unwrap();
    assert_eq!(refused(dir.path()), ["policy_versions_overlap 0"]);
}
