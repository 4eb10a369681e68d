//! Reviewing names: what waits, what a decision does to stored rows, and that it can be taken back.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::{Company, Engine};
use crate::{FIRST, sale};

/// Rows of three names nobody knows: 75 yuan and a return, 50 by price, 25 by assessed price.
const ROWS: [&str; 5] = [
    FIRST,
    "2026-01-05,协合医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,6,盒,12.5,75",
    "2026-01-09,协合医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,-2,盒,12.5,-25",
    "2026-01-06,某某卫生所,阿莫西林胶囊,0.25g*24粒/盒,2509A01,4,盒,12.5,",
    "2026-01-07,样品间,阿莫西林胶囊,0.25g*24粒/盒,2509A01,2,盒,,",
];

/// A company whose distributor D01 delivered these rows.
pub fn delivered(engine: Engine, rows: &[&str]) -> Company {
    let company = Company::without_files(engine);
    company.deliver("D01", "流向202601.csv", &sale(rows));
    company.expect(1, &["run"]);
    company
}

/// The queue by name.
pub fn waiting(company: &Company) -> Vec<Value> {
    let list = company.json(0, &["review", "list"]);
    list["names"].as_array().unwrap().clone()
}

/// Key of a waiting name.
pub fn key(company: &Company, name: &str) -> String {
    let found = waiting(company).into_iter().find(|it| it["name"] == name);
    let found = found.unwrap_or_else(|| panic!("`{name}` does not wait"));
    found["key"].as_str().unwrap().to_owned()
}

fn decide(company: &Company, name: &str, answer: &[&str]) -> Value {
    let key = key(company, name);
    company.json(0, &[&["review", "decide", &key], answer].concat())
}

fn names(company: &Company) -> Vec<String> {
    let names = waiting(company).into_iter();
    names
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn names_are_ranked_by_what_is_at_stake() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = delivered(engine, &ROWS);
        let stakes: Vec<String> = waiting(&company)
            .iter()
            .map(|it| {
                let yuan = it["amount"].as_i64().unwrap() / 1_000_000;
                let of = |field: &str| it[field].as_u64().unwrap();
                format!(
                    "{} {yuan} rows {} priced {} assessed {} by nothing {}",
                    it["name"].as_str().unwrap(),
                    of("rows"),
                    of("priced_rows"),
                    of("assessed_rows"),
                    of("unvalued_rows"),
                )
            })
            .collect();
        assert_eq!(
            stakes,
            [
                "协合医院 100 rows 2 priced 0 assessed 0 by nothing 0",
                "某某卫生所 50 rows 1 priced 1 assessed 0 by nothing 0",
                "样品间 25 rows 1 priced 0 assessed 1 by nothing 0",
            ]
        );
        let text = company.expect(0, &["review", "list"]).stdout;
        assert!(
            text.contains("3 names, 4 rows, 175.00 yuan"),
            "{engine:?}\n{text}"
        );
        assert!(text.contains("1 row without an amount, counted as price × quantity"));
        assert!(text.contains("counted as assessed price × quantity"));
    }
}

#[test]
fn a_decision_applies_at_once_and_undo_restores_everything() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = delivered(engine, &ROWS);
        let before = company.content();
        let done = decide(&company, "协合医院", &["--choose", "C001"]);
        assert_eq!(done["lines"]["accepted"], 2);
        assert_eq!(done["decisions"][0]["decided_by"], "tester");
        assert_eq!(names(&company), ["某某卫生所", "样品间"]);
        let counted = company.lines();
        let of = |id: &str| counted.iter().filter(|it| it["customer_id"] == id).count();
        assert_eq!((counted.len(), of("C001")), (5, 3));
        company.expect(0, &["doctor", "--verify"]);

        let preview = company.json(0, &["review", "undo", "--dry-run"]);
        assert_eq!(preview["lines"]["held"], 2);
        assert_eq!(names(&company).len(), 2, "a preview stores nothing");
        let undone = company.json(0, &["review", "undo"]);
        assert_eq!(undone["lines"], {
            let mut lines = preview["lines"].clone();
            lines["load_id"] = undone["lines"]["load_id"].clone();
            lines
        });
        assert_eq!(company.content(), before);
        let aliases = company.json(0, &["alias", "export", "-"]);
        let aliases = aliases.as_array().unwrap().iter();
        assert!(aliases.clone().all(|alias| alias["origin"] == "imported"));
        company.expect(2, &["review", "undo"]);
        company.expect(2, &["review", "undo", "1"]);
        company.expect(0, &["doctor", "--verify"]);
    }
}

#[test]
fn in_a_closed_period_it_becomes_late_lines_and_the_originals_stay() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = delivered(engine, &ROWS);
        company.expect(0, &["period", "close", "2026-01"]);
        let in_january = |company: &Company| {
            let lines = company.lines().into_iter();
            let booked = lines.filter(|it| it["booking_period"] == "2026-01");
            let counted = booked.filter(|it| it["status"] == "accepted");
            counted.map(|it| it["amount"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(in_january(&company), ["125"]);
        let done = decide(&company, "协合医院", &["--choose", "C001"]);
        assert_eq!(done["lines"]["late_lines"], 2);
        assert_eq!(in_january(&company), ["125"], "a closed period stays");
        let late: Vec<String> = company
            .lines()
            .iter()
            .filter(|it| it["customer_id"] == "C001" && it["booking_period"] == "2026-02")
            .map(|it| format!("{} {}", it["business_period"], it["amount"]))
            .collect();
        assert_eq!(late, ["2026-01 75", "2026-01 -25"]);
        company.expect(0, &["review", "undo"]);
        assert_eq!(in_january(&company), ["125"]);
        assert_eq!(names(&company).len(), 3);
        company.expect(0, &["doctor", "--verify"]);
    }
}

#[test]
fn what_a_person_rejected_is_not_proposed_again() {
    let company = delivered(
        Engine::Sqlite,
        &["2026-01-05,北京大学第二医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,4,盒,12.5,50"],
    );
    let ids = |company: &Company| -> Vec<String> {
        let name = waiting(company).remove(0);
        let candidates = name["candidates"].as_array().unwrap().clone();
        let ids = candidates.iter().map(|it| it["id"].as_str().unwrap());
        ids.map(str::to_owned).collect()
    };
    let proposed = ids(&company);
    assert!(proposed.contains(&"C002".to_owned()), "{proposed:?}");
    let key = key(&company, "北京大学第二医院");
    company.expect(0, &["review", "decide", &key, "--none"]);
    let name = waiting(&company).remove(0);
    assert_eq!(name["state"], "needs_master");
    assert!(ids(&company).iter().all(|id| !proposed.contains(id)));

    let again = company.json(0, &["review", "decide", &key, "--none"]);
    assert_eq!(again["unchanged"], 1);
    let refused = company.expect(2, &["review", "decide", &key, "--choose", "C002"]);
    assert!(
        refused
            .stderr
            .contains("tester said in decision 1 that `北京大学第二医院` is not `C002`"),
        "{}",
        refused.stderr
    );
    company.expect(0, &["review", "undo", "1"]);
    assert_eq!(ids(&company), proposed);
}

#[test]
fn goods_that_are_not_ours_are_counted_and_left_out() {
    let company = delivered(Engine::Sqlite, &ROWS);
    let done = decide(&company, "样品间", &["--ignore", "--note", "展示用"]);
    assert_eq!(done["lines"]["ignored"], 1);
    assert_eq!(done["decisions"][0]["note"], "展示用");
    assert_eq!(names(&company), ["协合医院", "某某卫生所"]);
    let ignored = company.lines().into_iter();
    let ignored = ignored.filter(|it| it["status"] == "ignored").count();
    assert_eq!(ignored, 1);
    company.expect(0, &["doctor", "--verify"]);
}

#[test]
fn one_answer_for_all_distributors() {
    let company = delivered(Engine::Sqlite, &ROWS);
    company.deliver("D03", "流向202601.csv", &sale(&ROWS));
    company.expect(1, &["run"]);
    let all = waiting(&company);
    let other = all.iter().filter(|it| it["name"] == "协合医院").count();
    assert_eq!(other, 2);
    assert_eq!(all[0]["elsewhere"][0]["distributor_id"], "D03");
    let done = decide(&company, "协合医院", &["--choose", "C001", "--global"]);
    assert_eq!(done["lines"]["accepted"], 4);
    assert!(!names(&company).contains(&"协合医院".to_owned()));
    assert_eq!(company.json(0, &["review", "undo"])["lines"]["held"], 4);
}

#[test]
fn an_answer_never_replaces_what_is_in_force() {
    let company = delivered(Engine::Sqlite, &ROWS);
    // Two aliases for one name: the name is ambiguous and waits.
    for (name, target) in [("协合医院", "C001"), ("协合 医院", "C002")] {
        let set = ["alias", "set", "customer", name, target, "-d", "D01"];
        company.expect(0, &set);
    }
    let key = key(&company, "协合医院");
    let decide = ["review", "decide", &key, "--choose", "C003"];
    let refused = company.expect(2, &decide);
    assert!(
        refused
            .stderr
            .contains("says already that `协合医院` is `C00"),
        "{}",
        refused.stderr
    );
    let unknown = company.expect(2, &["review", "decide", &key, "--choose", "C999"]);
    assert!(unknown.stderr.contains("there is no customer `C999`"));
    company.expect(2, &["review", "decide", &key, "--candidate", "9"]);
    company.expect(2, &["review", "decide", "0000000000", "--ignore"]);
}

#[test]
fn a_proposal_becomes_a_master_entity() {
    let company = delivered(Engine::Sqlite, &ROWS);
    decide(&company, "某某卫生所", &["--new"]);
    let file = company.file("new.csv");
    let path = file.to_str().unwrap();
    company.expect(0, &["master", "proposals", "customers", path]);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("\n,某某卫生所,"), "{text}");
    company.expect(2, &["master", "import", "customers", path]);
    let with_id = text.replace("\n,某某卫生所,", "\nC900,某某卫生所,");
    std::fs::write(&file, with_id).unwrap();
    company.expect(0, &["master", "import", "customers", path]);
    assert_eq!(names(&company), ["协合医院", "样品间"]);
    let left = company.json(0, &["master", "proposals", "customers"]);
    assert_eq!(left.as_array().unwrap().len(), 0);
}

/// Killed at any step, a decision is stored whole or not at all.
#[test]
fn a_killed_decision_happened_or_did_not() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let before = delivered(engine, &ROWS).content();
        let after = delivered(engine, &ROWS);
        decide(&after, "协合医院", &["--choose", "C001"]);
        let after = after.content();
        for (step, happened) in [
            ("decision_recorded", false),
            ("decision_applied", false),
            ("decision_stored", true),
        ] {
            let company = delivered(engine, &ROWS);
            let key = key(&company, "协合医院");
            let killed = company
                .command(&["review", "decide", &key, "--choose", "C001"])
                .env("CHANNELFLOW_CRASH_AT", step)
                .output()
                .unwrap();
            assert_eq!(killed.status.code(), None, "`{step}` was never reached");
            let expected = if happened { &after } else { &before };
            assert_eq!(&company.content(), expected, "{engine:?}, killed at {step}");
            let decisions = company.json(0, &["review", "decisions"]);
            assert_eq!(decisions.as_array().unwrap().len(), usize::from(happened));
            company.expect(0, &["doctor", "--verify"]);
            if !happened {
                decide(&company, "协合医院", &["--choose", "C001"]);
                assert_eq!(company.content(), after, "{engine:?}, again after {step}");
            }
        }
    }
}

#[test]
fn the_terminal_asks_name_by_name() {
    let company = delivered(Engine::Sqlite, &ROWS);
    let refused = company.expect(2, &["review"]);
    assert!(refused.stderr.contains("channelflow review export"));

    let program = env!("CARGO_BIN_EXE_channelflow");
    let line = format!("{program} -C {} review", company.path().display());
    let mut child = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env("CHANNELFLOW_NOW", crate::common::NOW)
        .env("CHANNELFLOW_USER", "tester")
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("`script` comes with the package bsdutils or util-linux");
    // 协合医院: skip; 某某卫生所: not ours; 样品间: not ours, taken back; quit.
    child.stdin.take().unwrap().write_all(b"siiuq").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("100.00 yuan · 2 rows"), "{text}");
    assert!(text.contains("decision 1:"), "{text}");
    assert!(text.contains("decision 2 taken back"), "{text}");
    assert!(text.contains("1 decided, 1 skipped"), "{text}");
    assert_eq!(names(&company), ["协合医院", "样品间"]);
}
