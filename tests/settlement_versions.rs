//! Versions of a policy over time: which one a month is settled and corrected by.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod common;

use common::money::{BY_AMOUNT, TIERS, company, deliver, lines, number, run, targets};
use common::{Company, Engine};

/// Puts a version of the policy into the folder: a share of the amount from a day on, for ever.
fn version(company: &Company, version: u32, from: &str, more: &str) -> String {
    let file = company.file(&format!("policies/p{version}.toml"));
    let text = format!(
        "id = \"P\"\nversion = {version}\nname = \"月度返利\"\nkind = \"二级\"\n\
         valid_from = {from}\n{more}\n"
    );
    std::fs::create_dir_all(company.file("policies")).unwrap();
    std::fs::write(&file, text).unwrap();
    file.to_string_lossy().into_owned()
}

/// The rest of a monthly policy that pays so much of what D03 sold.
fn monthly(rate: &str) -> String {
    format!(
        "period = \"month\"\n[party]\ndistributors = [\"D03\"]\n\
         [basis]\nsource = \"sale\"\ncounting_point = \"all\"\n{BY_AMOUNT}\n\
         [[reward]]\nid = \"share\"\nshape = \"percent\"\nrate = \"{rate}\""
    )
}

#[test]
fn a_month_is_corrected_by_its_version_also_after_the_file_is_gone() {
    for close in [false, true] {
        let company = company(Engine::Sqlite, BY_AMOUNT, TIERS);
        deliver(&company, "流向_202601.csv", &["2026-01-05 700 12"]);
        run(&company);
        company.expect(0, &["settle", "2026-01"]);
        assert_eq!(lines(&company, "2026-01"), ["reward tier 84.00"]);
        let first = number(&company, "2026-01");
        company.expect(0, &["statement", "confirm", &first]);
        if close {
            company.expect(0, &["period", "close", "2026-01"]);
        }
        std::fs::remove_file(company.file("policies/p.toml")).unwrap();
        deliver(&company, "流向_202601_更正.csv", &["2026-01-05 900 12"]);
        deliver(&company, "流向_202602.csv", &["2026-02-03 100 12"]);
        run(&company);
        company.expect(0, &["settle", "2026-02"]);
        // 10,800 × 2 % − 84; of February the agreement says nothing any more.
        assert_eq!(
            lines(&company, "2026-02"),
            ["prior 2026-01 132.00"],
            "{close}"
        );
        let second = number(&company, "2026-02");
        company.expect(0, &["statement", "verify", &second]);
        company.expect(0, &["statement", "confirm", &second]);
    }
}

#[test]
fn a_later_version_ends_one_without_a_last_day() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::without_files(engine);
        let first = version(&company, 1, "2026-01-01", &monthly("1%"));
        company.expect(0, &["policy", "import", &first]);
        let second = version(&company, 2, "2026-02-01", &monthly("2%"));
        let imported = company.expect(0, &["policy", "import", &second]);
        let said = format!("{}{}", imported.stdout, imported.stderr);
        assert!(
            said.contains(
                "policy `P@1` names no last day; `P@2` follows it, so it holds until 2026-01-31"
            ),
            "{said}"
        );
        deliver(&company, "流向_202601.csv", &["2026-01-05 100 10"]);
        deliver(&company, "流向_202602.csv", &["2026-02-03 100 10"]);
        run(&company);
        company.expect(0, &["settle", "2026-01"]);
        assert_eq!(lines(&company, "2026-01"), ["reward share 10.00"]);
        let january = number(&company, "2026-01");
        company.expect(0, &["statement", "confirm", &january]);
        deliver(&company, "流向_202601_更正.csv", &["2026-01-05 300 10"]);
        run(&company);
        company.expect(0, &["settle", "2026-02"]);
        // February by the second version; January's 200 boxes more by the first.
        assert_eq!(
            lines(&company, "2026-02"),
            ["reward share 20.00", "prior 2026-01 20.00"]
        );
    }
}

/// 10 % of what lies above the target, from 17 January: 15 of 31 days of a target of 3,100.
#[test]
fn a_version_that_begins_inside_a_month_is_held_unless_it_says_what_its_target_is() {
    for (partial, expected) in [
        ("", "reward over policy_held_partial_span"),
        ("partial_span = \"whole_target\"", "reward over 90.00"),
        ("partial_span = \"by_days\"", "reward over 250.00"),
    ] {
        let company = Company::without_files(Engine::Sqlite);
        let more = format!(
            "period = \"month\"\n[party]\ndistributors = [\"D03\"]\n\
             [basis]\nsource = \"sale\"\ncounting_point = \"all\"\n{BY_AMOUNT}\n[target]\n{partial}\n\
             [[reward]]\nid = \"over\"\nshape = \"excess\"\nrate = \"10%\""
        );
        version(&company, 1, "2026-01-17", &more);
        targets(&company, &["3100"]);
        // 5,000 before it began, 4,000 after.
        let sales = ["2026-01-05 500 10", "2026-01-20 400 10"];
        deliver(&company, "流向_202601.csv", &sales);
        run(&company);
        company.run(&["settle", "2026-01"]);
        assert_eq!(lines(&company, "2026-01"), [expected], "{partial}");
    }
}
