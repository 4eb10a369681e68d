//! What a line of a statement rests on besides the flow of its own months: other months, targets,
//! approved bases, and the parts of a basis that are judged for themselves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use channelflow_read::{Limits, read_here};
use common::footing::{assert_adds_up, explained, heads, page, sum};
use common::money::BY_AMOUNT;
use common::{Company, Engine};
use serde_json::{Value, json};

/// A company whose policies each earn D01 something on sales: id, first day, period, basis, rest.
fn company(engine: Engine, policies: &[[&str; 5]]) -> Company {
    let company = Company::without_files(engine);
    std::fs::create_dir_all(company.file("policies")).unwrap();
    for [id, from, period, basis, rest] in policies {
        let text = format!(
            "id = \"{id}\"\nversion = 1\nname = \"{id}\"\nkind = \"一级\"\nvalid_from = {from}\n\
             period = \"{period}\"\n[party]\ndistributors = [\"D01\"]\n[basis]\nsource = \"sale\"\n\
             counting_point = \"all\"\n{basis}\n{rest}\n"
        );
        std::fs::write(company.file(&format!("policies/{id}.toml")), text).unwrap();
    }
    company
}

/// `day boxes` of 阿莫西林胶囊 at 12 yuan a box.
fn sales(rows: &[&str]) -> String {
    let mut text = "销售日期,客户名称,产品名称,规格,批号,数量,单位,单价,金额\n".to_owned();
    for row in rows {
        let (day, boxes) = row.split_once(' ').unwrap();
        let yuan = boxes.parse::<i64>().unwrap() * 12;
        text.push_str(&format!(
            "{day},北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,{boxes},盒,12,{yuan}\n"
        ));
    }
    text
}

/// Growth looks at last year, a flat cost at goods of an earlier month, `late = "current"` at what is booked late.
#[test]
fn other_months_a_policy_looks_at_add_up_too() {
    // January has no year before to grow from.
    let growth = "[[reward]]\nid = \"r\"\nshape = \"growth\"\nof = \"whole\"\ntiers = [ { from = 0, rate = \"1%\" } ]";
    let flat = "measure = \"quantity\"\nunit = \"盒\"\nreturns = \"flat\"\nreturns_yuan = 0.5";
    let late = "measure = \"quantity\"\nunit = \"盒\"\nlate = \"current\"";
    let box_each = "[[reward]]\nid = \"r\"\nshape = \"per_unit\"\nyuan = 1";
    let company = company(
        Engine::Sqlite,
        &[
            ["GROWTH", "2026-02-01", "month", BY_AMOUNT, growth],
            ["FLAT", "2025-01-01", "month", flat, box_each],
            ["LATE", "2025-01-01", "month", late, box_each],
        ],
    );
    let deliver = |name: &str, rows: &[&str]| {
        company.deliver("D01", name, sales(rows).as_bytes());
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

const MIX: &str = "[[reward]]\nid = \"r\"\nshape = \"mix\"\nfailure = \"group\"\n\
    [[reward.group]]\nid = \"ANTI\"\nrole = \"main\"\nneeds = 60\nmeasure = \"quantity\"\nunit = \"盒\"\nrate = \"2%\"\n\
    [[reward.group]]\nid = \"CARDIO\"\nrole = \"sub\"\nneeds = 1\nmeasure = \"quantity\"\nunit = \"盒\"\nrate = \"2%\"";
const GATE: &str = "[target]\n[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = \"2%\"\n\
    [[reward.gate]]\non = \"achievement\"\nsteps = [ { at_least = \"90%\", share = \"100%\" } ]";
const EXCESS: &str = "[target]\n[[reward]]\nid = \"r\"\nshape = \"excess\"\nrate = \"3%\"";
const TIERS: &str = "[target]\n[[reward]]\nid = \"r\"\nshape = \"tiers\"\non = \"achievement\"\nmode = \"retroactive\"\n\
    tiers = [ { from = 0.9, rate = \"1%\" } ]";
const PARTS: &str = "[target]\n[[reward]]\nid = \"r\"\nshape = \"sub_periods\"\npart_rate = \"1%\"\nwhole_rate = \"3%\"";
const GROWTH: &str = "[[reward]]\nid = \"r\"\nshape = \"growth\"\nof = \"increment\"\ntiers = [ { from = 0, rate = \"1%\" } ]";

/// 75 boxes, 900 yuan, in January, by targets of 800 (January) and 1,000 (February); a base of 700
/// was approved for January.
fn measured(engine: Engine) -> Company {
    let company = company(
        engine,
        &[
            ["MIX", "2026-01-01", "month", BY_AMOUNT, MIX],
            ["GATE", "2026-01-01", "month", BY_AMOUNT, GATE],
            ["EXCESS", "2026-01-01", "month", BY_AMOUNT, EXCESS],
            ["TIERS", "2026-01-01", "month", BY_AMOUNT, TIERS],
            ["PARTS", "2026-01-01", "quarter", BY_AMOUNT, PARTS],
            ["GROWTH", "2026-01-01", "month", BY_AMOUNT, GROWTH],
        ],
    );
    let sample = common::root().join("samples/company/master/groups.csv");
    std::fs::copy(sample, company.file("master/groups.csv")).unwrap();
    goals(&company, "800");
    company.deliver(
        "D01",
        "流向_202601.csv",
        sales(&["2026-01-05 80", "2026-01-06 -5"]).as_bytes(),
    );
    company.run(&["run"]);
    company.run(&["settle", "2026-01"]);
    company
}

fn goals(company: &Company, january: &str) {
    let text = format!(
        "年度,对象类型,对象编码,品种编码,计量,计数口径,1月,2月,3月\n\
         2026,经销商,D01,,金额,all,{january},1000,1000\n2026,核定基数,D01,,金额,all,700,700,\n"
    );
    std::fs::write(company.file("master/targets.csv"), text).unwrap();
}

/// Figures of the first line of every policy of the only statement of January.
fn figures(company: &Company) -> BTreeMap<String, Vec<Value>> {
    let heads = heads(company, "2026-01");
    let number = heads[0]["number"].as_str().unwrap();
    let shown = company.json(0, &["statement", "show", number]);
    let mut all = BTreeMap::new();
    for part in shown["parts"].as_array().unwrap() {
        let said = explained(company, number, &part["lines"][0]);
        let figures = said["records"]["figures"].as_array().unwrap();
        for footing in figures {
            assert_adds_up(footing, &part["figures"]);
        }
        all.insert(part["policy"].as_str().unwrap().to_owned(), figures.clone());
    }
    all
}

/// `month value` of the targets of a figure.
fn goals_of(figures: &[Value], figure: &str) -> Vec<String> {
    let footing = figures.iter().find(|it| it["figure"] == figure);
    let records = footing.unwrap_or_else(|| panic!("{figure}: {figures:#?}"))["records"].as_array();
    let goals = records.unwrap().iter().map(|record| {
        let target = &record["target"];
        assert_eq!(target["file_name"], "targets.csv");
        assert_eq!(target["measure"], "amount");
        format!(
            "{} {}",
            target["period"],
            record["amount"].as_str().unwrap()
        )
    });
    goals.collect()
}

#[test]
fn what_a_basis_is_measured_against_has_the_rows_it_was_imported_from() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = measured(engine);
        let of = figures(&company);
        for policy in ["GATE@1", "EXCESS@1", "TIERS@1"] {
            assert_eq!(goals_of(&of[policy], "target"), ["202601 800"], "{policy}");
        }
        assert_eq!(goals_of(&of["GROWTH@1"], "approved_base"), ["202601 700"]);
        // The quarter has paid January; its target so far is that of January.
        assert_eq!(goals_of(&of["PARTS@1"], "target"), ["202601 800"]);
        let month = of["PARTS@1"]
            .iter()
            .find(|it| it["figure"] == "month")
            .unwrap();
        assert_eq!(
            (&month["name"], sum(month, "amount")),
            (&json!("2026-01"), Some(900_000_000))
        );
        let groups = of["MIX@1"].iter().filter(|it| it["figure"] == "group");
        let groups: Vec<(&str, Option<i64>)> = groups
            .map(|it| (it["name"].as_str().unwrap(), sum(it, "quantity")))
            .collect();
        assert_eq!(groups, [("ANTI", Some(75_000_000)), ("CARDIO", Some(0))]);

        // A target that changes later does not change what the statement was computed against.
        let head = &heads(&company, "2026-01")[0];
        let number = head["number"].as_str().unwrap().to_owned();
        company.expect(0, &["statement", "confirm", &number, "--provisional"]);
        goals(&company, "850");
        let file = company.file("master/targets.csv");
        company.expect(0, &["target", "import", file.to_str().unwrap()]);
        assert_eq!(
            goals_of(&figures(&company)["GATE@1"], "target"),
            ["202601 800"]
        );
        if engine == Engine::Postgres {
            assert_tampering_is_said(&company, &number);
        }
    }
}

/// A target somebody changed behind the program's back is not what the statement says.
fn assert_tampering_is_said(company: &Company, number: &str) {
    let settings = std::fs::read_to_string(company.file("channelflow.toml")).unwrap();
    let mut lines = settings.lines();
    let url = lines.find_map(|line| line.strip_prefix("url = ")).unwrap();
    let done = std::process::Command::new("psql")
        .arg(url.trim_matches('"'))
        .args(["-qc", "UPDATE record SET body = replace(body, '800000000', '810000000') WHERE kind = 'target'"])
        .status()
        .unwrap();
    assert!(done.success());
    let said = company.json(0, &["explain", &format!("{number}:1")]);
    let figures = said["records"]["figures"].as_array().unwrap();
    let target = figures.iter().find(|it| it["figure"] == "target").unwrap();
    assert_eq!(target["agrees"], false, "{target:#}");
}

#[test]
fn targets_stand_in_the_text_the_workbook_and_the_page() {
    let company = measured(Engine::Sqlite);
    let head = &heads(&company, "2026-01")[0];
    let number = head["number"].as_str().unwrap();
    let shown = company.json(0, &["statement", "show", number]);
    let parts = shown["parts"].as_array().unwrap();
    let line = parts
        .iter()
        .find(|part| part["policy"] == "GATE@1")
        .unwrap()["lines"][0]["line_no"]
        .clone();
    for (lang, words) in [
        (
            "zh",
            [
                "指标：金额 800.00 元（1 条）",
                "全部产品，金额（元），计数点 all",
                "targets.csv（版本 ",
            ],
        ),
        (
            "en",
            [
                "target: 800.00 yuan (1 record)",
                "all products, yuan, counted at all",
                "targets.csv (version ",
            ],
        ),
    ] {
        let text = company
            .expect(0, &["--lang", lang, "explain", &format!("{number}:{line}")])
            .stdout;
        for word in words {
            assert!(text.contains(word), "{word}\n{text}");
        }
    }
    let book = company.file("statement.xlsx");
    company.expect(
        0,
        &[
            "--lang",
            "zh",
            "statement",
            "export",
            number,
            book.to_str().unwrap(),
        ],
    );
    let book = read_here(&book, &Limits::default()).unwrap();
    let sheet = book
        .tables
        .iter()
        .find(|sheet| sheet.sheet == "指标")
        .unwrap();
    let cells = |row| (0..sheet.columns.len()).map(move |column| sheet.cell(row, column).1);
    let rows: Vec<String> = (0..sheet.row_count())
        .map(|row| cells(row).collect::<Vec<_>>().join("|"))
        .collect();
    for row in [
        "|GATE@1|指标|计入|202",
        "|800|800|targets.csv|",
        "|GATE@1|指标|小计||||||800|",
    ] {
        assert!(rows.iter().any(|it| it.contains(row)), "{row}\n{rows:#?}");
    }
    let page = page(&company, number);
    for text in [
        ">指标<",
        "targets.csv",
        "核定基数",
        "产品组 ANTI",
        "当月实际 2026-01",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
    assert!(!page.contains("不一致"), "{page}");
}

/// October to December of 2025: the last month has neither target nor base, and was not reported.
#[test]
fn months_without_a_target_leave_the_span_without_one() {
    let quarter = |id, rest| [id, "2025-10-01", "quarter", BY_AMOUNT, rest];
    let company = company(
        Engine::Sqlite,
        &[
            quarter("GATE", GATE),
            quarter("PARTS", PARTS),
            quarter("GROWTH", GROWTH),
            quarter("MIX", MIX),
        ],
    );
    let sample = common::root().join("samples/company/master/groups.csv");
    std::fs::copy(sample, company.file("master/groups.csv")).unwrap();
    let text = "年度,对象类型,对象编码,品种编码,计量,计数口径,10月,11月,12月\n\
        2025,经销商,D01,,金额,all,600,700,\n2025,核定基数,D01,,金额,all,500,,\n";
    std::fs::write(company.file("master/targets.csv"), text).unwrap();
    for (month, row) in [("10", "2025-10-05 60"), ("11", "2025-11-05 50")] {
        let name = format!("流向_2025{month}.csv");
        company.deliver("D01", &name, sales(&[row]).as_bytes());
    }
    company.run(&["run"]);
    company.run(&["settle", "2025-12"]);
    let head = &heads(&company, "2025-12")[0];
    let number = head["number"].as_str().unwrap();
    let shown = company.json(1, &["statement", "show", number]);
    let mut said = BTreeMap::new();
    for part in shown["parts"].as_array().unwrap() {
        let line = explained(&company, number, &part["lines"][0]);
        for footing in line["records"]["figures"].as_array().unwrap() {
            assert_eq!(footing["agrees"], true, "{footing:#}");
            let key = ["figure", "name"].map(|key| footing[key].as_str().unwrap());
            let measures = ["stated", "found"].map(|side| footing[side]["amount"].clone());
            let [stated, found] = measures;
            if key[0] != "last_year" {
                assert_eq!(stated, found, "{footing:#}");
            }
            let records = footing["records"].as_array().unwrap().len();
            let policy = part["policy"].as_str().unwrap();
            let key = format!("{policy} {} {}", key[0], key[1])
                .trim_end()
                .to_owned();
            said.insert(key, (records, stated));
        }
    }
    let parts = shown["parts"].as_array().unwrap().iter();
    let mut parts = parts.filter(|part| part["policy"] == "PARTS@1");
    let asked = format!("{number}:{}", parts.next().unwrap()["lines"][0]["line_no"]);
    let text = company
        .expect(1, &["--lang", "zh", "explain", &asked])
        .stdout;
    assert!(
        text.contains("指标：整个期间未知，各月单独判断（2 条）"),
        "{text}"
    );
    let yuan = |text: &str| Value::from(text);
    assert_eq!(said["GATE@1 target"], (0, Value::Null), "{said:#?}");
    assert!(!said.contains_key("GROWTH@1 approved_base"), "{said:#?}");
    assert_eq!(said["PARTS@1 target"], (2, Value::Null));
    assert_eq!(said["PARTS@1 month 2025-10"], (1, yuan("720")));
    assert_eq!(said["PARTS@1 month 2025-11"], (1, yuan("600")));
    assert_eq!(said["PARTS@1 month 2025-12"], (0, Value::Null));
    assert_eq!(said["MIX@1 group ANTI"], (2, Value::Null));
}

/// A correction of January is explained by the target it was computed against in February, also
/// once January was closed with another one.
#[test]
fn a_correction_keeps_the_target_it_was_computed_against() {
    let company = measured(Engine::Sqlite);
    let confirm = |month: &str| {
        let head = &heads(&company, month)[0];
        let number = head["number"].as_str().unwrap().to_owned();
        company.expect(0, &["statement", "confirm", &number, "--provisional"]);
        number
    };
    confirm("2026-01");
    let again = sales(&["2026-01-05 80", "2026-01-06 -5", "2026-01-07 10"]);
    company.deliver("D01", "流向_202601_更正.csv", again.as_bytes());
    company.deliver(
        "D01",
        "流向_202602.csv",
        sales(&["2026-02-05 90"]).as_bytes(),
    );
    company.run(&["run"]);
    company.run(&["settle", "2026-02"]);
    let number = confirm("2026-02");
    goals(&company, "850");
    let file = company.file("master/targets.csv");
    company.expect(0, &["target", "import", file.to_str().unwrap()]);
    company.expect(0, &["period", "close", "2026-01"]);
    let shown = company.json(0, &["statement", "show", &number]);
    let parts = shown["parts"].as_array().unwrap().iter();
    let mut prior = parts.filter(|part| part["prior"] == true && part["policy"] == "GATE@1");
    let said = explained(&company, &number, &prior.next().unwrap()["lines"][0]);
    let figures = said["records"]["figures"].as_array().unwrap();
    let target = figures.iter().find(|it| it["figure"] == "target").unwrap();
    assert_eq!(target["agrees"], true, "{target:#}");
    assert_eq!(goals_of(figures, "target"), ["202601 800"]);
}

/// A version that holds from 17 January is measured against 15 of 31 days of the month's 3,100.
#[test]
fn a_target_taken_by_days_shows_the_whole_month_too() {
    let gate = GATE.replace("[target]", "[target]\npartial_span = \"by_days\"");
    let policy = ["GATE", "2026-01-17", "month", BY_AMOUNT, gate.as_str()];
    let company = company(Engine::Sqlite, &[policy]);
    goals(&company, "3100");
    company.deliver(
        "D01",
        "流向_202601.csv",
        sales(&["2026-01-05 9", "2026-01-20 200"]).as_bytes(),
    );
    company.run(&["run"]);
    company.run(&["settle", "2026-01"]);
    assert_eq!(
        goals_of(&figures(&company)["GATE@1"], "target"),
        ["202601 1500"]
    );
    let number = heads(&company, "2026-01")[0]["number"]
        .as_str()
        .unwrap()
        .to_owned();
    let text = company
        .expect(0, &["--lang", "zh", "explain", &format!("{number}:1")])
        .stdout;
    assert!(text.contains("按天数取全月 3,100 的一部分"), "{text}");
}
