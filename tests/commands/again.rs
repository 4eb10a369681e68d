//! A month that comes again: the same cells in other bytes, before and after a correction.

use crate::common::{Company, Engine};
use crate::{FIRST, SECOND, UNKNOWN, sale};

/// Delivers a January of D01 under this name and runs: state, rows in, first finding.
fn deliver(company: &Company, name: &str, rows: &[&str]) -> (String, u64, String) {
    company.deliver("D01", name, &sale(rows));
    let ran = company.run(&["--format", "json", "run"]);
    assert!(ran.code < 2, "{}", ran.stderr);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), 1, "{}", ran.stdout);
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    (
        text(&files[0]["state"]),
        files[0]["rows"]["rows_in"].as_u64().unwrap(),
        text(&files[0]["findings"][0]["code"]),
    )
}

fn quantities(company: &Company) -> Vec<String> {
    let lines = company.lines().into_iter();
    let mut quantities: Vec<String> = lines.map(|line| line["quantity"].clone()).collect();
    quantities.sort();
    quantities
}

/// `FIRST` corrected from 10 to 30.
const THIRTY: &str = "2026-01-04,北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,30,盒,12.5,375";

#[test]
fn the_same_cells_are_not_processed_while_what_they_said_stands() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::without_files(engine);
        let state = |name, rows: &[&str]| deliver(&company, name, rows).0;
        assert_eq!(
            state("流向_202601.csv", &[FIRST, SECOND, UNKNOWN]),
            "loaded"
        );
        let before = quantities(&company);

        // Exported again, in another order, under a name that says the same.
        let again = deliver(&company, "流向_202601_2.csv", &[UNKNOWN, SECOND, FIRST]);
        let expected = ("duplicate".to_owned(), 0, "same_cells".to_owned());
        assert_eq!(again, expected);
        assert_eq!(quantities(&company), before);

        // The same rows under a name that declares another month are compared.
        assert_eq!(
            state("流向_202602.csv", &[SECOND, UNKNOWN, FIRST]),
            "unchanged"
        );

        // A correction, and the first version again, which is a correction too.
        assert_eq!(
            state("流向_202601_3.csv", &[THIRTY, SECOND, UNKNOWN]),
            "loaded"
        );
        assert_ne!(quantities(&company), before);
        assert_eq!(
            state("流向_202601_4.csv", &[SECOND, FIRST, UNKNOWN]),
            "loaded"
        );
        assert_eq!(quantities(&company), before);
    }
}

#[test]
fn the_same_cells_are_processed_after_an_undo() {
    let company = Company::without_files(Engine::Sqlite);
    company.deliver("D01", "流向_202601.csv", &sale(&[FIRST, SECOND]));
    let id = company.json(1, &["run"])["files"][0]["submission_id"].to_string();
    let before = quantities(&company);
    company.expect(0, &["submission", "undo", &id]);
    let again = deliver(&company, "流向_202601_2.csv", &[SECOND, FIRST]);
    assert_eq!(again.0, "loaded");
    assert_eq!(quantities(&company), before);
}
