//! The sample company, end to end: what every file and every line of it means was written down by
//! hand (`samples/expected`), and both engines must agree with it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use std::collections::BTreeMap;

use common::{Company, Engine, expected, root};

type Row = BTreeMap<String, String>;

fn number(text: &str) -> u64 {
    text.parse()
        .unwrap_or_else(|_| panic!("`{text}` is not a number"))
}

/// `12.50` and `12.5` are one number.
fn decimal(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        text.parse::<channelflow_model::Micros>()
            .unwrap()
            .to_string()
    }
}

#[test]
fn every_file_ends_as_written_down_and_every_row_is_accounted_for() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::whole_sample(engine);
        let report = company.json(1, &["run"]);
        let files: BTreeMap<&str, &serde_json::Value> = report["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| (file["file"].as_str().unwrap(), file))
            .collect();
        let mut by_path: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for row in expected("files.csv") {
            by_path.entry(row["path"].clone()).or_default().push(row);
        }
        let mut wrong = Vec::new();
        for (path, rows) in &by_path {
            let Some(file) = files.get(path.as_str()) else {
                wrong.push(format!("{path}: not in the report"));
                continue;
            };
            let state = &rows[0]["state"];
            let sum = |column: &str| -> u64 {
                rows.iter()
                    .map(|row| row[column].as_str())
                    .filter(|n| !n.is_empty())
                    .map(number)
                    .sum()
            };
            let counted = |value: &serde_json::Value| -> u64 {
                value
                    .as_object()
                    .unwrap()
                    .values()
                    .map(|n| n.as_u64().unwrap())
                    .sum()
            };
            let rows_in = file["rows"]["rows_in"].as_u64().unwrap();
            let accepted = file["rows"]["loaded"].as_u64().unwrap()
                + file["rows"]["unchanged"].as_u64().unwrap();
            let (held, dropped) = (
                counted(&file["rows"]["held"]),
                counted(&file["rows"]["dropped"]),
            );
            assert_eq!(
                rows_in,
                accepted + held + dropped,
                "{path} is not accounted for"
            );
            let stated = !rows[0]["rows_in"].is_empty();
            let found = format!(
                "{} {rows_in} {accepted} {held} {dropped}",
                file["state"].as_str().unwrap()
            );
            let expected = format!(
                "{state} {} {} {} {}",
                sum("rows_in"),
                sum("accepted"),
                sum("held"),
                sum("dropped")
            );
            let same = if stated && state != "held_layout" {
                found == expected
            } else {
                file["state"].as_str().unwrap() == state
            };
            if !same {
                wrong.push(format!(
                    "{path}: expected {expected}, found {found}\n{file:#}"
                ));
            }
        }
        assert!(
            wrong.is_empty(),
            "{engine:?}: {} files differ\n{}",
            wrong.len(),
            wrong.join("\n")
        );
        assert_eq!(
            files.len(),
            by_path.len(),
            "{engine:?}: the report has other files"
        );
    }
}

/// Loads the files one after another, because lines of a file that is corrected later no longer
/// stand at the end.
#[test]
fn every_line_means_what_was_written_down() {
    let company = Company::without_files(Engine::Sqlite);
    company.expect(0, &["run"]);
    let mut paths: Vec<String> = Vec::new();
    for row in expected("files.csv") {
        if !paths.contains(&row["path"]) {
            paths.push(row["path"].clone());
        }
    }
    let mut wrong = Vec::new();
    let mut checked = 0;
    for path in &paths {
        let file = root().join("samples/company/inbox").join(path);
        let report = company.run(&["--format", "json", "load", file.to_str().unwrap()]);
        let report: serde_json::Value =
            serde_json::from_str(&report.stdout).unwrap_or_else(|error| {
                panic!("{path}: {error}\n{}\n{}", report.stdout, report.stderr)
            });
        let expectation = format!("lines/{path}.csv");
        if !root().join("samples/expected").join(&expectation).exists() {
            continue;
        }
        let submission = report["files"][0]["submission_id"].to_string();
        let distributor = path.split('/').next().unwrap();
        let mut stored = company.lines();
        stored.retain(|line| line["distributor_id"] == distributor);
        for line in expected(&expectation) {
            checked += 1;
            // Where the file put it; a line that was there already keeps its first place.
            let place = stored
                .iter()
                .position(|found| found["submission_id"] == submission && stands_at(&line, found));
            let place = place.or_else(|| {
                stored
                    .iter()
                    .position(|found| difference(&line, found).is_none())
            });
            match place {
                None => wrong.push(format!("{path} row {}: not stored\n{line:?}", line["row"])),
                Some(place) => {
                    if let Some(difference) = difference(&line, &stored[place]) {
                        wrong.push(format!("{path} row {}: {difference}", line["row"]));
                    }
                    // Every stored line answers for one expected line only.
                    stored.swap_remove(place);
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {checked} lines differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(checked > 300, "only {checked} lines were compared");
}

fn stands_at(expected: &Row, stored: &Row) -> bool {
    ["sheet", "kind", "member"]
        .iter()
        .all(|part| stored[*part] == expected[*part])
        && stored["row_number"] == expected["row"]
}

/// What an expected line says against what is stored; in a held or ignored line an empty cell
/// asserts nothing.
fn difference(expected: &Row, stored: &Row) -> Option<String> {
    let accepted = expected["status"] == "accepted";
    let mut wrong = Vec::new();
    let mut compare = |name: &str, expected: &str, found: &str| {
        if expected != found && (accepted || !expected.is_empty()) {
            wrong.push(format!("{name}: expected `{expected}`, found `{found}`"));
        }
    };
    compare("kind", &expected["kind"], &stored["kind"]);
    compare("status", &expected["status"], &stored["status"]);
    compare(
        "hold_reason",
        &expected["hold_reason"],
        &stored["hold_reason"],
    );
    for (name, column) in [
        ("date", "business_date"),
        ("customer_id", "customer_id"),
        ("product_id", "product_id"),
        ("lot", "lot"),
        ("expiry", "expiry"),
    ] {
        compare(name, &expected[name], &stored[column]);
    }
    for (name, column) in [
        ("base_quantity", "base_quantity"),
        ("unit_price", "price"),
        ("amount", "amount"),
    ] {
        compare(name, &decimal(&expected[name]), &decimal(&stored[column]));
    }
    let words = [
        ("return", "is_return"),
        ("gift", "is_gift"),
        ("price_adjustment", "is_price_adjustment"),
        ("transfer", "is_transfer"),
    ];
    for (word, column) in words {
        let expected = expected["flags"].split(' ').any(|flag| flag == word);
        compare(word, if expected { "1" } else { "0" }, &stored[column]);
    }
    (!wrong.is_empty()).then(|| wrong.join("; "))
}

#[test]
fn totals_by_month_distributor_and_kind_are_exact() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::sample(engine);
        company.expect(1, &["run"]);
        let mut sums: BTreeMap<(String, String, String), (u64, i64, i64)> = BTreeMap::new();
        let micros = |text: &str| -> i64 {
            if text.is_empty() {
                0
            } else {
                text.parse::<channelflow_model::Micros>().unwrap().0
            }
        };
        for line in company.lines() {
            if line["status"] != "accepted" {
                continue;
            }
            let key = (
                line["booking_period"].clone(),
                line["distributor_id"].clone(),
                line["kind"].clone(),
            );
            let sum = sums.entry(key).or_default();
            sum.0 += 1;
            sum.1 += micros(&line["base_quantity"]);
            sum.2 += micros(&line["amount"]);
        }
        let found: Vec<String> = sums
            .iter()
            .map(|((month, who, kind), sum)| format!("{month} {who} {kind} {sum:?}"))
            .collect();
        let mut stated: Vec<String> = expected("totals.csv")
            .iter()
            .map(|row| {
                let sum = (
                    number(&row["lines"]),
                    micros(&row["base_quantity"]),
                    micros(&row["amount"]),
                );
                format!(
                    "{} {} {} {sum:?}",
                    row["booking_month"], row["distributor_id"], row["kind"]
                )
            })
            .collect();
        stated.sort();
        assert_eq!(found, stated, "{engine:?}");
    }
}

#[test]
fn control_totals_are_compared_with_the_lines() {
    let company = Company::sample(Engine::Sqlite);
    let report = company.json(1, &["run"]);
    let mut found = Vec::new();
    for file in report["files"].as_array().unwrap() {
        for control in file["controls"].as_array().unwrap() {
            found.push(format!(
                "{} {} {} {}",
                file["file"].as_str().unwrap(),
                control["field"].as_str().unwrap(),
                control["stated"],
                control["computed"],
            ));
        }
    }
    found.sort();
    let mut stated: Vec<String> = expected("controls.csv")
        .iter()
        .map(|row| {
            let micros = |text: &str| text.parse::<channelflow_model::Micros>().unwrap().0;
            format!(
                "{} {} {} {}",
                row["path"],
                row["field"],
                micros(&row["stated"]),
                micros(&row["computed"])
            )
        })
        .collect();
    stated.sort();
    assert_eq!(found, stated);
    assert!(
        stated.iter().any(|row| row.contains("516000000 506000000")),
        "one total is wrong"
    );
}

#[test]
fn hostile_files_are_refused_by_their_cause_and_the_run_goes_on() {
    let company = Company::without_files(Engine::Sqlite);
    let rows = expected("hostile.csv");
    for row in &rows {
        let bytes = std::fs::read(root().join("samples/hostile").join(&row["path"])).unwrap();
        company.deliver("D01", &row["path"], &bytes);
    }
    let good = root().join("samples/company/inbox/D01/采购_202601.xlsx");
    company.deliver("D01", "采购_202601.xlsx", &std::fs::read(good).unwrap());
    let report = company.json(1, &["run"]);
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), rows.len() + 1);
    for row in &rows {
        let file = files
            .iter()
            .find(|file| file["file"] == format!("D01/{}", row["path"]))
            .unwrap();
        assert_eq!(file["state"], "refused", "{}", row["path"]);
        let codes: Vec<&str> = file["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["severity"] == "error")
            .map(|finding| finding["code"].as_str().unwrap())
            .collect();
        assert!(
            row["cause"].split(' ').any(|cause| codes.contains(&cause)),
            "{}: expected one of `{}`, found {codes:?}",
            row["path"],
            row["cause"]
        );
    }
    let loaded = files
        .iter()
        .filter(|file| file["state"] == "loaded")
        .count();
    assert_eq!(loaded, 1, "the good file among them is loaded");
}

#[test]
fn both_engines_store_the_same_and_a_second_run_finds_nothing_new() {
    let embedded = Company::whole_sample(Engine::Sqlite);
    let server = Company::whole_sample(Engine::Postgres);
    for company in [&embedded, &server] {
        company.expect(1, &["run"]);
    }
    let content = embedded.content();
    assert!(content.len() > 300);
    assert_eq!(content, server.content());
    for company in [&embedded, &server] {
        let again = company.json(1, &["run"]);
        assert_eq!(again["files"].as_array().unwrap().len(), 0);
        assert!(again["seen_before"].as_u64().unwrap() >= 47);
        assert_eq!(company.content(), content);
        company.expect(0, &["doctor", "--verify"]);
    }
}
