//! What may be settled, confirmed and taken back when: months in their order, drafts of what still
//! holds, gates as they stand when somebody confirms, late lines where the policy wants them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod common;

use common::money::{BY_AMOUNT, TIERS, company, deliver, lines, number, run};
use common::{Company, Engine};

/// D03 sold 100 boxes at 10 yuan in January and in February.
fn two_months(engine: Engine, basis: &str) -> Company {
    let company = company(engine, basis, TIERS);
    deliver(&company, "流向_202601.csv", &["2026-01-05 100 10"]);
    deliver(&company, "流向_202602.csv", &["2026-02-05 100 10"]);
    run(&company);
    company
}

/// Loads what was delivered, and settles nothing.
fn load(company: &Company) {
    let file = company.file("inbox/D05/流向_202602.csv");
    let file = file.to_string_lossy().into_owned();
    company.run(&["load", &file, "--distributor", "D05"]);
}

#[test]
fn months_of_a_party_are_confirmed_in_order_and_taken_back_in_the_opposite_one() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = two_months(engine, BY_AMOUNT);
        company.expect(0, &["settle", "2026-01"]);
        let (january, february) = (number(&company, "2026-01"), number(&company, "2026-02"));
        // January is still a draft.
        let refused = company.expect(2, &["statement", "confirm", &february]);
        assert!(refused.stderr.contains(&january), "{}", refused.stderr);
        company.expect(0, &["statement", "confirm", &january]);
        // What February is computed from has January in it now.
        company.expect(0, &["settle", "2026-02"]);
        let heads = company.json(0, &["statement", "list", "--period", "2026-02"]);
        let newest = heads.as_array().unwrap().last().unwrap();
        let february = newest["number"].as_str().unwrap();
        company.expect(0, &["statement", "confirm", february]);
        let refused = company.expect(2, &["statement", "reverse", &january]);
        assert!(refused.stderr.contains(february), "{}", refused.stderr);
        company.expect(0, &["statement", "reverse", february]);
        company.expect(0, &["statement", "reverse", &january]);
    }
}

#[test]
fn a_month_before_one_that_stands_is_not_settled_any_more() {
    let company = two_months(Engine::Sqlite, BY_AMOUNT);
    company.expect(0, &["statement", "confirm", &number(&company, "2026-02")]);
    let settled = company.json(0, &["settle", "2026-01"]);
    assert_eq!(
        settled["computed"].as_array().unwrap().len(),
        0,
        "{settled}"
    );
    assert_eq!(settled["standing"], 1);
}

#[test]
fn a_draft_of_what_does_not_hold_any_more_is_not_confirmed() {
    let company = two_months(Engine::Sqlite, BY_AMOUNT);
    let february = number(&company, "2026-02");
    let policy = std::fs::read_to_string(company.file("policies/p.toml")).unwrap();
    let other = policy.replace("id = \"P\"", "id = \"Q\"");
    std::fs::write(company.file("policies/q.toml"), other).unwrap();
    let file = company.file("policies/q.toml");
    // A warning: both pay for the same sales.
    company.run(&["policy", "import", &file.to_string_lossy()]);
    let refused = company.expect(2, &["statement", "confirm", &february]);
    assert!(
        refused.stderr.contains("settle 2026-02"),
        "{}",
        refused.stderr
    );
    company.expect(0, &["settle", "2026-02"]);
    assert_eq!(
        lines(&company, "2026-02"),
        ["reward tier 10.00", "reward tier 10.00"]
    );
    let heads = company.json(0, &["statement", "list", "--period", "2026-02"]);
    let newest = heads.as_array().unwrap().last().unwrap();
    company.expect(
        0,
        &["statement", "confirm", newest["number"].as_str().unwrap()],
    );
}

#[test]
fn gates_are_measured_again_when_somebody_confirms() {
    let company = two_months(Engine::Sqlite, BY_AMOUNT);
    let february = number(&company, "2026-02");
    // Another distributor's sales to somebody nobody knows: they wait, and the gate is missed.
    let unknown = "销售日期,客户名称,产品名称,规格,批号,单位,数量,单价,金额\n\
        2026-02-05,某某不存在的医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,盒,100,10,1000\n";
    company.deliver("D05", "流向_202602.csv", unknown.as_bytes());
    load(&company);
    let refused = company.expect(2, &["statement", "confirm", &february]);
    assert!(
        refused.stderr.contains("--provisional"),
        "{}",
        refused.stderr
    );
    company.expect(0, &["statement", "confirm", &february, "--provisional"]);
}

/// 100 boxes of January that arrive after January was settled and closed: by `late` a correction of
/// January, or sales of February.
#[test]
fn late_lines_count_where_the_policy_wants_them() {
    for (late, expected) in [
        (
            "retier",
            ["reward tier 10.00", "prior 2026-01 10.00"].as_slice(),
        ),
        ("current", ["reward tier 20.00"].as_slice()),
    ] {
        let company = two_months(Engine::Sqlite, &format!("{BY_AMOUNT}\nlate = \"{late}\""));
        company.expect(0, &["settle", "2026-01"]);
        company.expect(0, &["statement", "confirm", &number(&company, "2026-01")]);
        company.expect(0, &["period", "close", "2026-01"]);
        let january = ["2026-01-05 100 10", "2026-01-20 100 10"];
        deliver(&company, "流向_202601_补.csv", &january);
        run(&company);
        company.expect(0, &["settle", "2026-02"]);
        assert_eq!(lines(&company, "2026-02"), expected, "{late}");
    }
}

/// 1 % of what was paid in time until the 15th, 2 % from the 16th: 1,000 yuan each.
#[test]
fn money_paid_counts_for_the_version_of_its_day() {
    let company = Company::without_files(Engine::Sqlite);
    std::fs::create_dir_all(company.file("policies")).unwrap();
    for (version, days, rate) in [
        (1, "valid_from = 2026-01-01\nvalid_to = 2026-01-15", "1%"),
        (2, "valid_from = 2026-01-16\nvalid_to = 2026-12-31", "2%"),
    ] {
        let policy = format!(
            "id = \"P\"\nversion = {version}\nname = \"回款\"\nkind = \"二级\"\n{days}\n\
             period = \"month\"\n[party]\ndistributors = [\"D03\"]\n\
             [basis]\nsource = \"paid\"\nmeasure = \"amount\"\n\
             [[reward]]\nid = \"timely\"\nshape = \"timeliness\"\nrate = \"{rate}\"\n"
        );
        let file = company.file(&format!("policies/p{version}.toml"));
        std::fs::write(file, policy).unwrap();
    }
    let payments = "单据号,经销商编码,回款日期,应付日期,金额,回款方式\n\
        R1,D03,2026-01-15,2026-01-31,1000,电汇\nR2,D03,2026-01-16,2026-01-31,1000,电汇\n";
    std::fs::write(company.file("master/payments.csv"), payments).unwrap();
    company.expect(0, &["run"]);
    company.expect(0, &["settle", "2026-01"]);
    assert_eq!(
        lines(&company, "2026-01"),
        ["reward timely 10.00", "reward timely 20.00"]
    );
}
