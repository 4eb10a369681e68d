//! `explain STATEMENT:LINE`: the records shown for a figure are exactly those it is made of. What
//! they add up to, added up here, is what the statement stores.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::footing::{assert_adds_up, explained, heads, page, settled, sum};
use common::{Company, Engine};

#[test]
fn every_line_of_the_samples_adds_up_from_its_records() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = settled(engine);
        let mut compared: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for month in ["2026-01", "2026-02"] {
            for head in heads(&company, month) {
                let number = head["number"].as_str().unwrap();
                let waits = i32::from(head["held_lines"] != 0);
                let shown = company.json(waits, &["statement", "show", number]);
                for part in shown["parts"].as_array().unwrap() {
                    for line in part["lines"].as_array().unwrap() {
                        let said = explained(&company, number, line);
                        let policy = part["policy"].as_str().unwrap();
                        for footing in said["records"]["figures"].as_array().unwrap() {
                            let what = assert_adds_up(footing, &part["figures"]);
                            let of_policy = compared.entry(policy.to_owned()).or_default();
                            if !footing["records"].as_array().unwrap().is_empty() {
                                of_policy.insert(what);
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(
            compared.len(),
            17,
            "one policy of every family: {compared:?}"
        );
        // A policy rests on what its shape looks at, and on nothing else.
        let of = |policy: &str| compared[policy].iter().copied().collect::<Vec<_>>();
        assert_eq!(
            of("PRICE-PROTECTION@1"),
            ["bought_recently", "stock", "transit"]
        );
        assert_eq!(of("PRICE-DIFFERENCE@1"), ["basis", "bought_at"]);
        assert_eq!(of("PAYMENT@1"), ["payments"]);
        assert_eq!(of("CLAWBACK@1"), ["basis", "told"]);
        assert_eq!(of("DATA-FEE@1"), ["basis", "reports"]);
        assert_eq!(of("THRESHOLD@1"), ["basis"]);
    }
}

/// 5 boxes sold in January come back in February: the correction of January counts them there, and
/// says what it was computed to and what was told.
#[test]
fn a_correction_lists_the_goods_that_came_back_and_what_was_told() {
    let company = settled(Engine::Sqlite);
    let february = heads(&company, "2026-02");
    let head = february
        .iter()
        .find(|head| head["party_id"] == "D07")
        .unwrap();
    let shown = company.json(0, &["statement", "show", head["number"].as_str().unwrap()]);
    let parts = shown["parts"].as_array().unwrap();
    let prior = parts.iter().find(|part| part["prior"] == true).unwrap();
    let said = explained(
        &company,
        head["number"].as_str().unwrap(),
        &prior["lines"][0],
    );
    let figures = said["records"]["figures"].as_array().unwrap();
    let basis = figures.iter().find(|it| it["figure"] == "basis").unwrap();
    let found: Vec<(&str, &str)> = basis["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["role"].as_str().unwrap(),
                it["quantity"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, [("counted", "70"), ("returned", "-5")]);
    let told = figures.iter().find(|it| it["figure"] == "told").unwrap();
    assert_eq!(told["records"][0]["statement"]["number"], "2026-01-D07-1");
    assert_eq!(sum(told, "amount"), Some(70_000_000));
    let asked = format!(
        "{}:{}",
        head["number"].as_str().unwrap(),
        prior["lines"][0]["line_no"]
    );
    let text = company
        .expect(0, &["--lang", "zh", "explain", &asked])
        .stdout;
    assert!(text.contains("32.50 - 70.00 = -37.50"), "{text}");

    // The month it came back in does not count it again.
    let own = parts
        .iter()
        .find(|part| part["prior"] == false && part["policy"] == prior["policy"]);
    let said = explained(
        &company,
        head["number"].as_str().unwrap(),
        &own.unwrap()["lines"][0],
    );
    assert_eq!(
        said["records"]["figures"][0]["records"],
        serde_json::json!([])
    );
}

/// A terminal gets words and no columns of nothing: whose line, by which settings, what is missing.
#[test]
fn an_explanation_reads_well_in_both_languages() {
    let company = settled(Engine::Sqlite);
    let february = heads(&company, "2026-02");
    let head = february.iter().find(|head| head["party_id"] == "D05");
    let number = head.unwrap()["number"].as_str().unwrap();
    let shown = company.json(1, &["statement", "show", number]);
    let parts = shown["parts"].as_array().unwrap().iter();
    let mut lines = parts.flat_map(|part| part["lines"].as_array().unwrap());
    let waiting = lines.find(|line| line["amount"].is_null()).unwrap();
    let asked = format!("{number}:{}", waiting["line_no"]);
    for (lang, words) in [
        (
            "zh",
            [
                "· 待定\n",
                "D05 山东鲁康医药有限公司 · 2026-02 · 草稿；第 3 次计算",
                "待定：产品 `P01` 缺少前一日库存",
                "库存 P01（2026-01-31）：未知，没有上报",
                "供应商 `燕山康泽制药有限公司`",
            ],
        ),
        (
            "en",
            [
                "· held\n",
                "D05 山东鲁康医药有限公司 · 2026-02 · draft; computation 3",
                "held: product `P01`: stock of the day before not known",
                "stock P01 (2026-01-31): not known, nothing was reported",
                "supplier `燕山康泽制药有限公司`",
            ],
        ),
    ] {
        let text = company
            .expect(1, &["--lang", lang, "explain", &asked])
            .stdout;
        for word in words {
            assert!(text.contains(word), "{word}\n{text}");
        }
    }
}

const SALES: &str = "销售日期,客户名称,产品名称,规格,批号,数量,单位,单价,金额
2026-02-04,北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,8,盒,12.5,100
2026-02-05,北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,4,盒,12.5,50
";
const POLICY: &str = "id = \"P\"\nversion = 1\nname = \"月度返利\"\nkind = \"一级\"\n\
    valid_from = 2026-01-01\nperiod = \"month\"\n\
    [party]\ndistributors = [\"D01\"]\n\
    [scope]\ncustomers = [\"C001\"]\n\
    [basis]\nsource = \"sale\"\ncounting_point = \"all\"\nmeasure = \"quantity\"\nunit = \"盒\"\n\
    [[reward]]\nid = \"box\"\nshape = \"per_unit\"\nyuan = 1\n";

/// 3 of 8 boxes go to a branch the policy does not pay for, an alert keeps 4 out: 5 are paid.
#[test]
fn rows_of_appeals_are_among_the_records_with_their_line_and_months() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::without_files(engine);
        std::fs::create_dir_all(company.file("policies")).unwrap();
        std::fs::write(company.file("policies/p.toml"), POLICY).unwrap();
        company.deliver("D01", "流向.csv", SALES.as_bytes());
        company.run(&["run"]);
        let mut lines = company.lines();
        lines.sort_by_key(|line| line["business_date"].clone());
        let (eight, four) = (lines[0]["line_id"].as_str(), lines[1]["line_id"].as_str());
        let add = [
            "appeal",
            "add",
            eight,
            "--kind",
            "branch",
            "--to-customer",
            "C002",
        ];
        company.expect(
            0,
            &[&add[..], &["--quantity", "3", "--reason", "分院"]].concat(),
        );
        company.expect(0, &["appeal", "approve", "1"]);
        let add = [
            "appeal",
            "add",
            four,
            "--kind",
            "alert",
            "--reason",
            "去向不明",
        ];
        company.expect(0, &add);
        company.expect(0, &["settle", "2026-02"]);
        let newest = heads(&company, "2026-02").pop().unwrap();
        let number = newest["number"].as_str().unwrap();
        let shown = company.json(0, &["statement", "show", number]);
        assert_eq!(shown["total"], 5_000_000);
        let part = &shown["parts"][0];
        let said = explained(&company, number, &part["lines"][0]);
        let footing = &said["records"]["figures"][0];
        assert_adds_up(footing, &part["figures"]);
        let appeals: Vec<(&str, &str, i64, String)> = footing["records"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|record| !record["appeal"].is_null())
            .map(|record| {
                let row = &record["appeal"];
                assert_eq!(row["business_period"], 202_602);
                assert_eq!(row["booking_period"], 202_602);
                (
                    record["role"].as_str().unwrap(),
                    record["quantity"].as_str().unwrap(),
                    row["appeal_id"].as_i64().unwrap(),
                    row["line_id"].to_string(),
                )
            })
            .collect();
        let (eight, four) = (eight.to_owned(), four.to_owned());
        assert_eq!(
            appeals,
            [
                ("counted", "-3", 1, eight.clone()),
                ("counted", "-4", 2, four.clone()),
                ("alerted", "4", 2, four.clone()),
            ]
        );
        let page = page(&company, number);
        for text in [">申诉<", &eight, &four, "实际年月", "计入年月", "一致"] {
            assert!(page.contains(text), "{text}\n{page}");
        }
        assert!(!page.contains("不一致"), "{page}");
    }
}
