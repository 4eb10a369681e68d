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

use channelflow_model::Micros;
use common::{Company, Engine};
use serde_json::Value;

/// Millionths of an exact decimal text; absent: unknown.
fn micros(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    Some(text.parse::<Micros>().expect(text).0)
}

/// What a member of the records' additions comes to; `None` when a record does not know it.
fn sum(footing: &Value, measure: &str) -> Option<i64> {
    let records = footing["records"].as_array().unwrap().iter();
    records.map(|record| micros(&record[measure])).sum()
}

/// Settles both months of the samples; January is confirmed as far as it can be.
fn settled(engine: Engine) -> Company {
    let company = Company::whole_sample(engine);
    company.run(&["run"]);
    company.run(&["settle", "2026-01"]);
    for head in heads(&company, "2026-01") {
        let number = head["number"].as_str().unwrap();
        company.run(&["statement", "confirm", number, "--provisional"]);
    }
    company.run(&["settle", "2026-02"]);
    company
}

fn heads(company: &Company, month: &str) -> Vec<Value> {
    let heads = company.json(0, &["statement", "list", "--period", month]);
    let heads = heads.as_array().unwrap().iter();
    heads
        .filter(|head| head["state"] != "superseded")
        .cloned()
        .collect()
}

/// A statement with the numbers of its lines.
fn explained(company: &Company, number: &str, line: &Value) -> Value {
    let held = i32::from(line["amount"].is_null());
    let asked = format!("{number}:{}", line["line_no"]);
    company.json(held, &["explain", &asked])
}

/// All parts of a basis as stored, in one measure.
fn basis(figures: &Value, measure: &str) -> Option<i64> {
    let parts = ["returned", "alerted", "excluded"].map(|part| &figures["basis"][part]);
    let known = parts.into_iter().filter(|part| !part.is_null());
    let more: Option<i64> = known.map(|part| micros(&part[measure])).sum();
    Some(micros(&figures["basis"]["sold"][measure])? + more?)
}

/// Asserts that the records of a figure are what is stored; returns what was compared.
fn assert_adds_up(footing: &Value, figures: &Value) -> &'static str {
    let said = format!("{footing:#}\n{figures:#}");
    assert_eq!(footing["agrees"], true, "{said}");
    let cut = || {
        let cuts = figures["price_cuts"].as_array().unwrap().iter();
        let mut of_product = cuts.filter(|cut| cut["product"] == footing["name"]);
        of_product.next().expect("a price cut").clone()
    };
    let quantity = || sum(footing, "quantity").unwrap();
    match footing["figure"].as_str().unwrap() {
        "basis" => {
            for measure in ["quantity", "amount", "assessed"] {
                if let Some(stored) = basis(figures, measure) {
                    assert_eq!(sum(footing, measure), Some(stored), "{measure}\n{said}");
                }
            }
            let mut customers: BTreeMap<&str, i64> = BTreeMap::new();
            for record in footing["records"].as_array().unwrap() {
                if let Some(customer) = record["line"]["customer_id"].as_str() {
                    *customers.entry(customer).or_default() += micros(&record["quantity"]).unwrap();
                }
            }
            if let Some(covered) = micros(&figures["covered_terminals"]).filter(|it| *it > 0) {
                let buying = customers.values().filter(|net| **net > 0).count();
                assert_eq!(
                    covered / 1_000_000,
                    i64::try_from(buying).unwrap(),
                    "{said}"
                );
            }
            "basis"
        }
        "payments" => {
            let payments = figures["payments"].as_array().unwrap().iter();
            let stored: i64 = payments.map(|it| it["amount"].as_i64().unwrap()).sum();
            assert_eq!(sum(footing, "amount"), Some(stored), "{said}");
            "payments"
        }
        "stock" => {
            // Nothing reported is not nothing in stock: the line is held.
            if let Some(stored) = micros(&cut()["stock"]) {
                assert_eq!(quantity(), stored, "{said}");
            }
            "stock"
        }
        "transit" => {
            if let Some(stored) = micros(&cut()["transit"]) {
                assert_eq!(quantity().max(0), stored, "{said}");
            }
            "transit"
        }
        "bought_recently" => {
            if let Some(stored) = micros(&cut()["bought_recently"]) {
                assert_eq!(quantity(), stored, "{said}");
            }
            "bought_recently"
        }
        "bought_at" => {
            let gaps = figures["price_gaps"].as_array().unwrap().iter();
            let mut gaps = gaps.filter(|gap| gap["product"] == footing["name"]);
            let gap = gaps.next().unwrap();
            let price = micros(&gap["bought_price"]).unwrap();
            let paid = sum(footing, "amount").unwrap();
            assert_eq!(
                paid,
                price / 1_000_000 * (quantity() / 1_000_000) * 1_000_000,
                "{said}"
            );
            "bought_at"
        }
        "reports" => {
            let records = footing["records"].as_array().unwrap();
            let arrived = records.iter().filter(|it| it["role"] != "missing").count();
            let share = arrived * 1_000_000 / records.len();
            assert_eq!(
                micros(&figures["upload_rate"]).map(|it| it / 100),
                Some(i64::try_from(share / 100).unwrap()),
                "{said}"
            );
            "reports"
        }
        "last_year" => "last_year",
        "told" => "told",
        other => panic!("{other}"),
    }
}

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
        let file = company.file("statement.html");
        company.expect(
            0,
            &[
                "--lang",
                "zh",
                "statement",
                "export",
                number,
                file.to_str().unwrap(),
            ],
        );
        let page = std::fs::read_to_string(&file).unwrap();
        for text in [">申诉<", &eight, &four, "实际年月", "计入年月", "一致"] {
            assert!(page.contains(text), "{text}\n{page}");
        }
        assert!(!page.contains("不一致"), "{page}");
    }
}

/// Growth looks at last year, a flat cost at goods of an earlier month, `late = "current"` at what is booked late.
#[test]
fn other_months_a_policy_looks_at_add_up_too() {
    let policies = [
        (
            "growth.toml",
            "measure = \"amount\"",
            "shape = \"growth\"\nof = \"whole\"\ntiers = [ { from = 0, rate = \"1%\" } ]",
        ),
        (
            "flat.toml",
            "measure = \"quantity\"\nunit = \"盒\"\nreturns = \"flat\"\nreturns_yuan = 0.5",
            "shape = \"per_unit\"\nyuan = 1",
        ),
        (
            "late.toml",
            "measure = \"quantity\"\nunit = \"盒\"\nlate = \"current\"",
            "shape = \"per_unit\"\nyuan = 1",
        ),
    ];
    let company = Company::without_files(Engine::Sqlite);
    std::fs::create_dir_all(company.file("policies")).unwrap();
    for (name, basis, reward) in policies {
        let id = name.split('.').next().unwrap().to_uppercase();
        // January has no year before to grow from.
        let from = if id == "GROWTH" {
            "2026-02-01"
        } else {
            "2025-01-01"
        };
        let text = format!(
            "id = \"{id}\"\nversion = 1\nname = \"{id}\"\nkind = \"一级\"\nvalid_from = {from}\n\
             period = \"month\"\n[party]\ndistributors = [\"D01\"]\n[basis]\nsource = \"sale\"\n\
             counting_point = \"all\"\n{basis}\n[[reward]]\nid = \"r\"\n{reward}\n"
        );
        std::fs::write(company.file("policies").join(name), text).unwrap();
    }
    let file = |rows: &[&str]| {
        let mut text = "销售日期,客户名称,产品名称,规格,批号,数量,单位,单价,金额\n".to_owned();
        for row in rows {
            let (day, boxes) = row.split_once(' ').unwrap();
            let yuan = boxes.parse::<i64>().unwrap() * 12;
            text.push_str(&format!(
                "{day},北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,{boxes},盒,12,{yuan}\n"
            ));
        }
        text
    };
    let deliver = |name: &str, rows: &[&str]| {
        company.deliver("D01", name, file(rows).as_bytes());
        company.run(&["run"]);
    };
    deliver("流向_202502.csv", &["2025-02-10 50"]);
    deliver("流向_202601.csv", &["2026-01-05 40", "2026-01-06 30"]);
    // Runs have made drafts of both months; what is told of one changes the other.
    for month in ["2025-02", "2026-01"] {
        company.run(&["settle", month]);
        for head in heads(&company, month) {
            let number = head["number"].as_str().unwrap();
            company.expect(0, &["statement", "confirm", number, "--provisional"]);
        }
        company.expect(0, &["period", "close", month]);
    }
    deliver("流向_202601_更正.csv", &["2026-01-05 40", "2026-01-06 36"]);
    deliver("流向_202602.csv", &["2026-02-03 80", "2026-02-20 -40"]);
    company.run(&["settle", "2026-02"]);
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for head in heads(&company, "2026-02") {
        let number = head["number"].as_str().unwrap();
        let waits = i32::from(head["held_lines"] != 0);
        let shown = company.json(waits, &["statement", "show", number]);
        for part in shown["parts"].as_array().unwrap() {
            for line in part["lines"].as_array().unwrap() {
                let said = explained(&company, number, line);
                for footing in said["records"]["figures"].as_array().unwrap() {
                    assert_eq!(footing["agrees"], true, "{said:#}");
                    if !footing["records"].as_array().unwrap().is_empty() {
                        let figure = footing["figure"].as_str().unwrap().to_owned();
                        let policy = part["policy"].as_str().unwrap().to_owned();
                        seen.entry(policy).or_default().insert(figure);
                    }
                    if part["policy"] == "LATE@1" && footing["figure"] == "basis" {
                        // 80 - 40 of February, and 6 of January that came late.
                        assert_eq!(sum(footing, "quantity"), Some(46_000_000), "{footing:#}");
                    }
                }
            }
        }
    }
    assert!(seen["GROWTH@1"].contains("last_year"), "{seen:?}");
    assert!(seen["FLAT@1"].contains("returned_before"), "{seen:?}");
}
