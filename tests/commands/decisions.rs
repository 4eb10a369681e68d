//! What people decide: aliases, layouts, closed periods, taking a delivery back.

use crate::common::{Company, Engine, root};
use crate::{FIRST, SECOND, UNKNOWN, sale};

#[test]
fn a_decision_applies_to_stored_rows_and_can_be_taken_back() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::without_files(engine);
        company.deliver("D01", "流向202601.csv", &sale(&[FIRST, UNKNOWN]));
        company.expect(1, &["run"]);
        let held = company.json(0, &["held", "list"]);
        assert_eq!(held[0]["name"], "不存在的医院");
        assert_eq!(held[0]["reason"], "unknown_customer");

        let set = [
            "alias",
            "set",
            "customer",
            "不存在的医院",
            "C001",
            "-d",
            "D01",
        ];
        let preview = company.json(0, &[&set[..], &["--dry-run"]].concat());
        assert_eq!(preview["lines"]["accepted"], 1);
        assert_eq!(
            company.json(0, &["held", "list"]).as_array().unwrap().len(),
            1
        );

        let done = company.json(0, &set);
        assert_eq!(done["lines"]["accepted"], 1);
        assert_eq!(
            company.json(0, &["held", "list"]).as_array().unwrap().len(),
            0
        );
        let alias = done["added"][0]["alias_id"].to_string();
        assert!(
            company
                .lines()
                .iter()
                .all(|line| line["customer_id"] == "C001")
        );

        let back = company.json(0, &["alias", "take-back", &alias]);
        assert_eq!(back["lines"]["held"], 1);
        assert_eq!(
            company.json(0, &["held", "list"]).as_array().unwrap().len(),
            1
        );
        company.expect(0, &["doctor", "--verify"]);
    }
}

#[test]
fn a_second_part_of_a_month_does_not_replace_the_first() {
    let part = |customer: &str| -> Vec<u8> {
        let rows: Vec<String> = (1..=6)
            .map(|day| {
                FIRST
                    .replace("2026-01-04", &format!("2026-01-0{day}"))
                    .replace("北京协和医院", customer)
            })
            .collect();
        sale(&rows.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let company = Company::without_files(Engine::Sqlite);
    company.deliver("D01", "北区流向202601.csv", &part("北京协和医院"));
    company.expect(1, &["run"]);
    company.deliver("D01", "南区流向202601.csv", &part("北京大学第一医院"));
    let report = company.json(1, &["run"]);
    assert_eq!(report["files"][0]["state"], "held_replacement");
    assert_eq!(report["files"][0]["rows"]["held"]["shares_nothing"], 7);
    assert!(
        company
            .lines()
            .iter()
            .all(|line| line["customer_id"] == "C001")
    );
    assert_eq!(company.lines().len(), 6, "the first part stands");

    let submission = report["files"][0]["submission_id"].to_string();
    company.expect(0, &["submission", "reload", &submission]);
    assert_eq!(
        company.lines().len(),
        6,
        "a person said that it replaces the first"
    );
    assert!(
        company
            .lines()
            .iter()
            .all(|line| line["customer_id"] == "C002")
    );
    company.expect(0, &["doctor", "--verify"]);
}

/// An alias outranks a name, so it also decides about lines that were accepted before it was made:
/// what is stored must not depend on the order of deliveries and decisions.
#[test]
fn decisions_and_deliveries_may_come_in_any_order() {
    let alias = [
        "alias",
        "set",
        "customer",
        "北京协和医院",
        "C002",
        "-d",
        "D01",
    ];
    let early = Company::without_files(Engine::Sqlite);
    early.expect(0, &["run"]);
    early.expect(0, &alias);
    early.deliver("D01", "流向202601.csv", &sale(&[FIRST, SECOND]));
    early.expect(1, &["run"]);

    let late = Company::without_files(Engine::Sqlite);
    late.deliver("D01", "流向202601.csv", &sale(&[FIRST, SECOND]));
    late.expect(1, &["run"]);
    let preview = late.json(0, &[&alias[..], &["--dry-run"]].concat());
    assert_eq!(preview["lines"]["changed"], 1);
    assert_eq!(late.json(0, &alias)["lines"]["changed"], 1);

    assert_eq!(late.content(), early.content());
    assert!(
        late.lines()
            .iter()
            .all(|line| line["customer_id"] == "C002")
    );
    late.expect(0, &["doctor", "--verify"]);
}

#[test]
fn a_closed_period_receives_only_lines_of_the_open_one() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::without_files(engine);
        company.deliver("D01", "流向202601.csv", &sale(&[FIRST, SECOND]));
        company.expect(1, &["run"]);
        company.expect(0, &["period", "close", "2026-01"]);
        let corrected = SECOND.replace(",20,", ",25,").replace(",250", ",312.5");
        company.deliver("D01", "流向202601_更正.csv", &sale(&[FIRST, &corrected]));
        let report = company.json(1, &["run"]);
        assert_eq!(report["restatements"][0]["amount_change"], 62_500_000);

        let booked = |period: &str| -> f64 {
            company
                .lines()
                .iter()
                .filter(|line| line["booking_period"] == period)
                .map(|line| line["amount"].parse::<f64>().unwrap())
                .sum()
        };
        assert!(
            (booked("2026-01") - 375.0).abs() < 1e-9,
            "the closed month does not move"
        );
        assert!(
            (booked("2026-02") - 62.5).abs() < 1e-9,
            "the difference counts in the open one"
        );
        company.expect(0, &["doctor", "--verify"]);
    }
}

#[test]
fn a_delivery_can_be_undone_and_sent_again() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::without_files(engine);
        company.deliver("D01", "流向202601.csv", &sale(&[FIRST, SECOND]));
        let first = company.json(1, &["run"]);
        let before = company.content();
        let submission = first["files"][0]["submission_id"].to_string();

        company.deliver("D01", "流向202601_改.csv", &sale(&[FIRST]));
        let second = company.json(1, &["run"])["files"][0]["submission_id"].to_string();
        assert_eq!(company.lines().len(), 1);
        company.expect(0, &["submission", "undo", &second]);
        assert_eq!(company.content(), before, "what stood before stands again");

        company.expect(0, &["submission", "undo", &submission]);
        assert_eq!(company.lines().len(), 0);
        let file = company.file("inbox/D01/流向202601.csv");
        let again = company.json(0, &["load", file.to_str().unwrap()]);
        assert_eq!(
            again["files"][0]["state"], "loaded",
            "an undone file is no duplicate"
        );
        assert_eq!(company.lines().len(), 2);
        company.expect(0, &["doctor", "--verify"]);
    }
}

#[test]
fn a_changed_layout_waits_until_it_is_accepted() {
    let company = Company::without_files(Engine::Sqlite);
    company.deliver("D01", "流向202601.csv", &sale(&[FIRST]));
    company.expect(1, &["run"]);
    let changed = String::from_utf8(sale(&[&SECOND.replace("2026-01-04", "2026-02-04")]))
        .unwrap()
        .replace("单价", "含税单价");
    company.deliver("D01", "流向202602.csv", changed.as_bytes());
    let report = company.json(1, &["run"]);
    assert_eq!(report["files"][0]["state"], "held_layout");
    assert_eq!(report["files"][0]["rows"]["held"]["layout_changed"], 2);
    assert_eq!(company.lines().len(), 1);

    let layouts = company.json(0, &["layout", "list", "-d", "D01"]);
    assert_eq!(layouts[0]["state"], "pending");
    let number = layouts[0]["layout_id"].to_string();
    let shown = company.expect(0, &["layout", "show", &number]);
    assert!(shown.stdout.contains("含税单价"), "{}", shown.stdout);
    let accepted = company.json(0, &["layout", "accept", &number]);
    assert_eq!(accepted["files"][0]["state"], "loaded");
    assert_eq!(company.lines().len(), 2);
}

#[test]
fn an_edited_layout_applies_when_the_file_is_loaded_again() {
    let company = Company::without_files(Engine::Sqlite);
    let sample = root().join("samples/company/inbox/D10/HK流向_导出.csv");
    company.deliver("D10", "HK流向_导出.csv", &std::fs::read(sample).unwrap());
    let report = company.json(1, &["run"]);
    assert_eq!(report["files"][0]["rows"]["held"]["ambiguous_date"], 6);
    let submission = report["files"][0]["submission_id"].to_string();
    let layout = company.json(0, &["layout", "list"])[0]["layout_id"].to_string();

    let wrong = company.expect(2, &["layout", "edit", &layout, "--date-format", "american"]);
    assert!(wrong.stderr.contains("ymd, mdy or dmy"), "{}", wrong.stderr);
    company.expect(0, &["layout", "edit", &layout, "--date-format", "dmy"]);
    let again = company.json(0, &["submission", "reload", &submission]);
    assert_eq!(
        again["files"][0]["rows"]["held"].get("ambiguous_date"),
        None
    );
    assert!(
        company
            .lines()
            .iter()
            .any(|line| line["business_date"] == "2026-02-03")
    );
    company.expect(0, &["doctor", "--verify"]);
}

#[test]
fn a_line_is_explained_down_to_its_cells() {
    let company = Company::without_files(Engine::Sqlite);
    company.deliver(
        "D01",
        "流向202601.csv",
        &sale(&[FIRST, &SECOND.replace(",20,", ",\"1,020盒\",")]),
    );
    company.expect(1, &["run"]);
    let line = company
        .lines()
        .into_iter()
        .find(|line| line["quantity"] == "1020")
        .unwrap();
    let shown = company.expect(0, &["explain", &line["line_id"]]);
    for said in [
        "流向202601.csv",
        "row 3",
        "`1,020盒`",
        "1020",
        "北京大学第一医院",
        "C002",
        "exact standard name",
    ] {
        assert!(
            shown.stdout.contains(said),
            "`{said}` is not in\n{}",
            shown.stdout
        );
    }
    let chinese = company.expect(0, &["--lang", "zh", "explain", &line["line_id"]]);
    assert!(
        chinese.stdout.contains("标准名称完全一致"),
        "{}",
        chinese.stdout
    );
}
