//! Names that rules decide: only what was asked for, certified and not found wrong, and always to
//! be taken back.

use serde_json::Value;

use crate::common::{Company, Engine};
use crate::review::{key, waiting};
use crate::{FIRST, sale};

/// A name with the parts of C001, and one nobody knows.
const ROWS: [&str; 4] = [
    FIRST,
    "2026-01-05,北京市协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,6,盒,12.5,75",
    "2026-01-06,北京市协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,2,盒,12.5,25",
    "2026-01-07,某某卫生所,阿莫西林胶囊,0.25g*24粒/盒,2509A01,4,盒,12.5,50",
];

/// Settings that accept these classes, with a certificate for customers.
fn accept(company: &Company, classes: &str, certificate: &str) {
    let path = company.file("channelflow.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let (kept, _) = text.split_once("\n[matching]").unwrap_or((&text, ""));
    let matching = format!(
        "{kept}\n[matching]\ncustomers = \"matching/customers.toml\"\naccept = {classes}\n"
    );
    std::fs::write(path, matching).unwrap();
    std::fs::create_dir_all(company.file("matching")).unwrap();
    std::fs::write(company.file("matching/customers.toml"), certificate).unwrap();
}

/// A certificate that has `same_parts`, of this day and for a master of this size.
fn certificate(date: &str, master_size: u64) -> String {
    format!(
        "kind = \"customer\"\ndate = \"{date}\"\nmaster_size = {master_size}\n\
         master_digest = \"\"\nlabels = 900\naccepted = 800\nerrors = 0\n\
         precision_at_least = 0.9966\n\n\
         [class.same_parts]\nthreshold = 10.0\nlabels = 800\nwrong = 0\naccepted = 800\n\
         errors = 0\nerror_interval = [0.0, 0.0048]\n\n\
         [class.place_missing]\nlabels = 100\nwrong = 9\naccepted = 0\nerrors = 0\n\
         error_interval = [0.0, 1.0]\n"
    )
}

/// A company that accepts `same_parts`, before anything was delivered.
fn accepting(engine: Engine) -> Company {
    let company = Company::without_files(engine);
    accept(
        &company,
        "[\"same_parts\"]",
        &certificate("2026-03-01", 1000),
    );
    company
}

fn deliver(company: &Company, rows: &[&str]) -> Value {
    company.deliver("D01", "流向202601.csv", &sale(rows));
    company.json(1, &["run"])
}

/// `same_parts 1 name 2 rows 100 yuan`, by class.
fn by_rule(report: &Value) -> Vec<String> {
    let rules = report["accepted_by_rule"].as_array().unwrap().iter();
    rules
        .map(|rule| {
            format!(
                "{} {} name {} rows {} yuan",
                rule["class"].as_str().unwrap(),
                rule["names"],
                rule["rows"],
                rule["amount"].as_i64().unwrap() / 1_000_000
            )
        })
        .collect()
}

/// Codes of what is said about rules.
fn findings(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    let codes = findings.map(|it| it["code"].as_str().unwrap());
    codes.filter(|code| code.starts_with("rule_")).collect()
}

fn names(company: &Company) -> Vec<String> {
    let names = waiting(company).into_iter();
    names
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Rows of C001, counted.
fn of_c001(company: &Company) -> usize {
    let lines = company.lines().into_iter();
    let accepted = lines.filter(|it| it["status"] == "accepted" && it["customer_id"] == "C001");
    accepted.count()
}

#[test]
fn without_settings_nothing_is_decided() {
    let company = Company::without_files(Engine::Sqlite);
    let report = deliver(&company, &ROWS);
    assert_eq!(by_rule(&report), [""; 0]);
    assert_eq!(names(&company), ["北京市协和医院", "某某卫生所"]);
}

#[test]
fn a_certified_class_decides_and_says_so() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = accepting(engine);
        let report = deliver(&company, &ROWS);
        assert_eq!(by_rule(&report), ["same_parts 1 name 2 rows 100 yuan"]);
        // What the file held, and what is still held after the rule.
        assert_eq!(report["rows"]["held"]["unknown_customer"], 3);
        assert_eq!(
            (&report["held_rows"], &report["held_amount"]),
            (&1.into(), &50_000_000.into())
        );
        assert_eq!(names(&company), ["某某卫生所"]);
        assert_eq!(of_c001(&company), 3);
        company.expect(0, &["doctor", "--verify"]);

        let decision = company
            .json(0, &["review", "decisions"])
            .as_array()
            .unwrap()[0]
            .clone();
        assert_eq!(decision["origin"], "rule:same_parts");
        assert_eq!(decision["decided_by"], "channelflow");
        assert_eq!(
            decision["distributor_id"], "D01",
            "for this distributor only"
        );
        let note = decision["note"].as_str().unwrap();
        assert!(note.starts_with("taken as `北京协和医院`"), "{note}");

        let page = std::fs::read_to_string(company.file("reports/latest.html")).unwrap();
        assert!(page.contains("Accepted by rule") && page.contains("(same_parts)"));
        let ruled = |it: &&std::collections::BTreeMap<String, String>| it["amount"] == "75";
        let line = company.lines().iter().find(ruled).unwrap()["line_id"].clone();
        let explained = company.expect(0, &["explain", &line]).stdout;
        assert!(
            explained.contains("by rule: all parts the same (same_parts), decided by channelflow"),
            "{explained}"
        );
    }
}

#[test]
fn what_it_decided_counts_from_the_next_file_on() {
    let company = accepting(Engine::Sqlite);
    deliver(&company, &ROWS);
    company.deliver(
        "D01",
        "流向202602.csv",
        &sale(&["2026-02-05,北京市协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,6,盒,12.5,75"]),
    );
    let report = company.json(1, &["run"]);
    assert_eq!(by_rule(&report), [""; 0]);
    assert_eq!(report["rows"]["loaded"], 1);
    assert_eq!(of_c001(&company), 4);
}

#[test]
fn load_decides_as_well_and_a_preview_decides_nothing() {
    let company = accepting(Engine::Sqlite);
    let file = company.file("流向202601.csv");
    std::fs::write(&file, sale(&ROWS[..3])).unwrap();
    company.expect(0, &["run"]);
    let file = file.to_str().unwrap();
    let tried = company.json(1, &["try", file, "-d", "D01"]);
    assert_eq!(by_rule(&tried), [""; 0]);
    let loaded = company.json(0, &["load", file, "-d", "D01"]);
    assert_eq!(by_rule(&loaded), ["same_parts 1 name 2 rows 100 yuan"]);
    assert_eq!(loaded["held_rows"], 0);
}

#[test]
fn a_class_that_is_not_certified_decides_nothing() {
    let company = Company::without_files(Engine::Sqlite);
    let uncertified = certificate("2026-03-01", 1000).replace("threshold = 10.0\n", "");
    accept(
        &company,
        "[\"same_parts\", \"place_missing\"]",
        &uncertified,
    );
    let report = deliver(&company, &ROWS);
    assert_eq!(by_rule(&report), [""; 0]);
    assert_eq!(findings(&report), ["rule_uncertified", "rule_uncertified"]);
    // Measured on too few names to be sure of 99.5 %.
    let few = certificate("2026-03-01", 1000).replace("0.9966", "0.9900");
    accept(&company, "[\"same_parts\"]", &few);
    assert_eq!(by_rule(&company.json(1, &["run"])), [""; 0]);
    // Certified, but only for scores that this name does not reach.
    let high = certificate("2026-03-01", 1000).replace("10.0", "1000.0");
    accept(&company, "[\"same_parts\"]", &high);
    assert_eq!(by_rule(&company.json(1, &["run"])), [""; 0]);
    // Certified, but not asked for.
    accept(&company, "[]", &certificate("2026-03-01", 1000));
    assert_eq!(by_rule(&company.json(1, &["run"])), [""; 0]);
    assert_eq!(names(&company).len(), 2);
}

#[test]
fn a_master_that_has_grown_needs_a_new_certificate() {
    let company = Company::without_files(Engine::Sqlite);
    accept(&company, "[\"same_parts\"]", &certificate("2026-03-01", 10));
    let report = deliver(&company, &ROWS);
    assert_eq!(by_rule(&report), [""; 0]);
    assert_eq!(findings(&report), ["rule_master_grown"]);
    let text = report["findings"].to_string();
    assert!(
        text.contains(r#""kind":"customer","now":"34","then":"10""#),
        "{text}"
    );
    accept(
        &company,
        "[\"same_parts\"]",
        &certificate("2026-03-01", 1000),
    );
    let report = company.json(1, &["run"]);
    assert_eq!(by_rule(&report), ["same_parts 1 name 2 rows 100 yuan"]);
}

#[test]
fn a_rule_never_decides_again_what_a_person_took_back() {
    let company = accepting(Engine::Sqlite);
    deliver(&company, &ROWS);
    company.expect(2, &["review", "undo"]); // the person's own decisions: there are none
    let undone = company.json(0, &["review", "undo", "1"]);
    assert_eq!(undone["lines"]["held"], 2);
    let report = company.json(1, &["run"]);
    assert_eq!(by_rule(&report), [""; 0]);
    assert_eq!(names(&company), ["北京市协和医院", "某某卫生所"]);
    assert_eq!(of_c001(&company), 1);
}

#[test]
fn a_rule_never_chooses_what_a_person_rejected() {
    let company = Company::without_files(Engine::Sqlite);
    deliver(&company, &ROWS);
    let key = key(&company, "北京市协和医院");
    company.expect(0, &["review", "decide", &key, "--none"]);
    accept(
        &company,
        "[\"same_parts\"]",
        &certificate("2026-03-01", 1000),
    );
    assert_eq!(by_rule(&company.json(1, &["run"])), [""; 0]);
}

#[test]
fn an_ambiguous_name_is_left_to_a_person() {
    let company = Company::without_files(Engine::Sqlite);
    let exact = certificate("2026-03-01", 1000).replace("place_missing", "exact");
    let exact = exact.replace("[class.exact]\n", "[class.exact]\nthreshold = 0.0\n");
    accept(&company, "[\"exact\", \"same_parts\"]", &exact);
    // Two customers of the master data are called so.
    let row = "2026-01-05,城关镇卫生院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,6,盒,12.5,75";
    assert_eq!(by_rule(&deliver(&company, &[row])), [""; 0]);
    assert_eq!(names(&company), ["城关镇卫生院"]);
}

#[test]
fn codes_that_tell_customers_apart_are_left_to_a_person() {
    let company = accepting(Engine::Sqlite);
    let text = "销售日期,客户编码,客户名称,产品名称,规格,批号,数量,单位,单价,金额\n\
        2026-01-05,A1,北京市协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,6,盒,12.5,75\n\
        2026-01-06,A2,北京市协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,2,盒,12.5,25\n";
    company.deliver("D01", "流向202601.csv", text.as_bytes());
    assert_eq!(by_rule(&company.json(1, &["run"])), [""; 0]);
    assert_eq!(names(&company).len(), 2);
}

#[test]
fn a_wrong_decision_is_taken_back_and_suspends_its_class() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = accepting(engine);
        deliver(&company, &ROWS);
        let drawn = company.json(0, &["review", "audit", "--seed", "7"]);
        assert_eq!((&drawn["unjudged"], &drawn["seed"]), (&1.into(), &7.into()));
        assert_eq!(drawn["sample"][0]["target_name"], "北京协和医院");
        let shown = company.expect(0, &["review", "audit"]).stdout;
        assert!(
            shown.contains("1  北京市协和医院 → C001 北京协和医院 (customer, same_parts, D01)"),
            "{shown}"
        );

        let judge = ["review", "audit", "judge", "1", "wrong", "--note", "分院"];
        let preview = company.json(0, &[&judge[..], &["--dry-run"]].concat());
        assert_eq!(preview["lines"]["held"], 2);
        assert_eq!(of_c001(&company), 3, "a preview stores nothing");
        company.expect(0, &judge);
        assert_eq!(of_c001(&company), 1);
        company.expect(0, &["doctor", "--verify"]);

        // Held again, and C001 is not proposed for it any more.
        let name = waiting(&company).remove(0);
        assert_eq!(
            (&name["name"], &name["rows"]),
            (&"北京市协和医院".into(), &2.into())
        );
        let candidates = name["candidates"].as_array().unwrap().iter();
        assert!(candidates.map(|it| &it["id"]).all(|id| id != "C001"));

        let status = company.json(0, &["review", "audit", "status"]);
        let class = &status["classes"][0];
        let counts = ["automatic", "taken_back", "judged", "wrong"].map(|of| &class[of]);
        assert_eq!(counts, [1, 1, 1, 1]);
        assert_eq!(class["certified"]["accepted"], 800);
        assert_eq!(class["suspended"], true);
        company.deliver(
            "D03",
            "流向202601.csv",
            &sale(&[
                "2026-01-05,北京市北京大学第一医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,6,盒,12.5,75",
            ]),
        );
        let report = company.json(1, &["run"]);
        assert_eq!(by_rule(&report), [""; 0]);
        assert_eq!(findings(&report), ["rule_suspended"]);
        let text = company.expect(0, &["review", "audit", "status"]).stdout;
        assert!(
            text.contains("suspended") && text.contains("100.00 %"),
            "{text}"
        );

        // A certificate newer than the judgement lifts it; the name itself stays with people.
        accept(
            &company,
            "[\"same_parts\"]",
            &certificate("2026-03-06", 1000),
        );
        let report = company.json(1, &["run"]);
        assert_eq!(by_rule(&report), ["same_parts 1 name 1 rows 75 yuan"]);
        assert!(names(&company).contains(&"北京市协和医院".to_owned()));
    }
}

#[test]
fn a_right_decision_is_counted_and_not_drawn_again() {
    let company = accepting(Engine::Sqlite);
    deliver(&company, &ROWS);
    company.expect(0, &["review", "audit", "judge", "1", "right"]);
    let drawn = company.json(0, &["review", "audit"]);
    assert_eq!(
        (&drawn["unjudged"], &drawn["seed"]),
        (&0.into(), &20_260_305.into())
    );
    let class = &company.json(0, &["review", "audit", "status"])["classes"][0];
    assert_eq!((&class["judged"], &class["wrong"]), (&1.into(), &0.into()));
    assert_eq!(of_c001(&company), 3);
    company.expect(2, &["review", "audit", "judge", "2", "right"]);
    let key = key(&company, "某某卫生所");
    company.expect(0, &["review", "decide", &key, "--ignore"]);
    let refused = company.expect(2, &["review", "audit", "judge", "2", "wrong"]);
    assert!(
        refused
            .stderr
            .contains("was not made by a rule but by tester"),
        "{}",
        refused.stderr
    );
}

#[test]
fn settings_that_cannot_work_are_refused_with_their_line() {
    let company = Company::without_files(Engine::Sqlite);
    let good = certificate("2026-03-01", 1000);
    for (classes, certificate, said) in [
        (
            "[\"same_part\"]",
            good.as_str(),
            "`same_part` in `matching.accept` is no rule class",
        ),
        (
            "\"same_parts\"",
            &good,
            "`matching.accept` must be a list of texts",
        ),
        (
            "[]",
            "kind = 1",
            "the certificate `matching/customers.toml` cannot be read",
        ),
        (
            "[]",
            &good.replace("customer", "product"),
            "is for `product`, expected `customer`",
        ),
        ("[]", &good.replace("2026-03-01", "March"), "date = `March`"),
    ] {
        accept(&company, classes, certificate);
        let refused = company.expect(2, &["config", "check"]).stderr;
        assert!(refused.contains(said), "{said}\n{refused}");
        assert!(refused.contains("channelflow.toml:1"), "{refused}");
    }
    accept(&company, "[]", &good);
    company.expect(0, &["config", "check"]);
    std::fs::remove_file(company.file("matching/customers.toml")).unwrap();
    let refused = company.expect(2, &["config", "check"]).stderr;
    assert!(
        refused.contains("there is no certificate `matching/customers.toml`"),
        "{refused}"
    );
    let path = company.file("channelflow.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let without = text.replace(
        "customers = \"matching/customers.toml\"\naccept = []",
        "accept = [\"exact\"]",
    );
    std::fs::write(path, without).unwrap();
    let refused = company.expect(2, &["config", "check"]).stderr;
    assert!(
        refused.contains("names rule classes and there is no certificate"),
        "{refused}"
    );
}
