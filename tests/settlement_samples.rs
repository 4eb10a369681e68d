//! Settlement of the sample company: achievement and statements are those that were worked out by hand from the
//! lines and the agreements (`samples/expected`), to the cent and on both engines.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use std::collections::BTreeMap;

use channelflow_model::Micros;
use common::{Company, Engine, block_after, expected, root, shows};
use serde_json::Value;

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];
const MONTHS: [&str; 2] = ["2026-01", "2026-02"];

/// Statements of a month that stand or may still be confirmed, by party.
fn heads(company: &Company, month: &str) -> BTreeMap<String, Value> {
    let heads = company.json(0, &["statement", "list", "--period", month]);
    let heads = heads.as_array().unwrap().iter().filter(|head| {
        let state = head["state"].as_str().unwrap();
        matches!(state, "draft" | "confirmed" | "paid")
    });
    heads
        .map(|head| (head["party_id"].as_str().unwrap().to_owned(), head.clone()))
        .collect()
}

/// What their statements say, to the byte.
fn hashes(company: &Company, month: &str) -> BTreeMap<String, String> {
    let heads = heads(company, month).into_iter();
    heads
        .map(|(party, head)| (party, head["content_hash"].as_str().unwrap().to_owned()))
        .collect()
}

/// Runs, settles January and confirms what can be confirmed, then settles February. Quality gates are missed: the
/// samples are dirty on purpose.
fn settled(company: &Company) {
    company.expect(1, &["run"]);
    company.expect(1, &["settle", "2026-01"]);
    confirm(company, "2026-01");
    company.expect(1, &["settle", "2026-02"]);
}

fn confirm(company: &Company, month: &str) {
    for (_, head) in heads(company, month) {
        let number = head["number"].as_str().unwrap();
        // A statement with a held line waits.
        let waits = head["held_lines"].as_i64().unwrap() > 0;
        let code = if waits { 2 } else { 0 };
        company.expect(code, &["statement", "confirm", number, "--provisional"]);
    }
}

fn month(value: &Value) -> String {
    let number = value.as_i64().unwrap();
    format!("{}-{:02}", number / 100, number % 100)
}

fn yuan(micros: &Value) -> String {
    let money = Micros(micros.as_i64().unwrap()).to_money();
    money.replace(',', "")
}

/// A rate above 0 with four digits, half away from zero; the fifth digit decides.
fn four_digits(rate: &str) -> String {
    let (whole, digits) = rate.split_once('.').unwrap_or((rate, ""));
    let number: u64 = format!("{whole}{digits:0<5.5}").parse().unwrap();
    let rounded = (number + 5) / 10;
    format!("{}.{:04}", rounded / 10_000, rounded % 10_000)
}

/// Lines of a statement: `party,policy,span,kind,name` and what they come to, or why they are held.
fn lines(company: &Company, head: &Value) -> Vec<(String, String)> {
    let number = head["number"].as_str().unwrap();
    let waits = i32::from(head["held_lines"].as_i64().unwrap() > 0);
    let shown = company.json(waits, &["statement", "show", number]);
    let mut found = Vec::new();
    for part in shown["parts"].as_array().unwrap() {
        let (first, last) = (month(&part["first"]), month(&part["last"]));
        let span = if first == last {
            first
        } else {
            format!("{first}..{last}")
        };
        for line in part["lines"].as_array().unwrap() {
            let said = [
                &shown["party_id"],
                &part["policy"],
                &Value::from(span.clone()),
                &line["kind"],
                &line["name"],
            ];
            let said: Vec<&str> = said.iter().map(|it| it.as_str().unwrap()).collect();
            let reason = line["held"].as_str().unwrap_or_default();
            let amount = if reason.is_empty() {
                yuan(&line["amount"])
            } else {
                reason.to_owned()
            };
            found.push((said.join(","), amount));
        }
    }
    found
}

#[test]
fn statements_are_what_the_agreements_say() {
    for engine in ENGINES {
        let company = Company::whole_sample(engine);
        settled(&company);
        for period in MONTHS {
            let mut found: Vec<(String, String)> = Vec::new();
            for head in heads(&company, period).values() {
                found.extend(lines(&company, head));
            }
            found.sort();
            let mut stated = Vec::new();
            for (file, column) in [("statements.csv", "amount"), ("held_lines.csv", "code")] {
                for row in expected(file).iter().filter(|row| row["period"] == period) {
                    let said = ["party", "policy", "span", "kind", "name"];
                    let said = said.map(|name| row[name].as_str()).join(",");
                    stated.push((said, row[column].clone()));
                }
            }
            stated.sort();
            assert_eq!(found, stated, "{engine:?} {period}");
            company.expect(0, &["statement", "verify", "--period", period]);
            let again = company.json(1, &["settle", period]);
            assert_eq!(again["computed"].as_array().unwrap().len(), 0, "{again}");
        }
    }
}

#[test]
fn achievement_is_what_was_added_up_by_hand() {
    for engine in ENGINES {
        let company = Company::whole_sample(engine);
        company.expect(1, &["run"]);
        for period in MONTHS {
            let table = company.json(0, &["achieve", period]);
            let mut found = BTreeMap::new();
            for row in table["rows"].as_array().unwrap() {
                let month = row["span"] == "month" && row["counting_point"] == "terminal";
                let all = row["product_group"] == "" && row["measure"] == "assessed";
                let target = &row["target"];
                let rate = row["rate"].as_str().map(four_digits);
                if month && all {
                    let of = (
                        row["level"].as_str().unwrap().to_owned(),
                        row["id"].as_str().unwrap().to_owned(),
                    );
                    let target = (!target.is_null()).then(|| yuan(target));
                    let values = [Some(yuan(&row["actual"])), target, rate];
                    found.insert(of, values.map(Option::unwrap_or_default));
                }
            }
            for row in expected("achievement.csv") {
                if row["period"] != period {
                    continue;
                }
                let stated = ["actual", "target", "rate"].map(|name| row[name].clone());
                let found = found.get(&(row["level"].clone(), row["id"].clone()));
                assert_eq!(found, Some(&stated), "{engine:?} {row:?}");
            }
        }
    }
}

#[test]
fn achievement_says_what_is_in_none_of_its_figures() {
    for engine in ENGINES {
        let company = Company::whole_sample(engine);
        company.expect(1, &["run"]);
        let table = company.json(0, &["achieve", "2026-02"]);
        let mut unreported = Vec::new();
        for missing in table["unreported"].as_array().unwrap() {
            let id = missing["distributor_id"].as_str().unwrap();
            unreported.push(format!("{id} {}", month(&missing["period"])));
        }
        // D09 sent nothing, D11's file waits for its layout, D14's lies in the folder of D02.
        assert_eq!(unreported, ["D09 2026-02", "D11 2026-02", "D14 2026-02"]);
        let waiting = &table["waiting"];
        assert_eq!(waiting["lines"], 10);
        assert_eq!(yuan(&waiting["amount"]), "3815.00");
        // They would be booked in February, whichever month they happened in.
        let business = company.json(0, &["achieve", "2026-02", "--business"]);
        assert_eq!(business["waiting"]["lines"], 0);
        let january = company.json(0, &["achieve", "2026-01"]);
        assert_eq!(january["unreported"].as_array().map(Vec::len), Some(0));
        let said = company
            .expect(0, &["achieve", "2026-02", "--lang", "zh"])
            .stdout;
        assert!(said.contains("3 家经销商未上报"), "{said}");
        assert!(
            said.contains("D14 保定康源医药有限公司 (2026-02)"),
            "{said}"
        );
    }
}

#[test]
fn a_closed_month_settled_afresh_says_the_same_to_the_byte() {
    for engine in ENGINES {
        let company = Company::whole_sample(engine);
        company.expect(1, &["run"]);
        company.expect(1, &["settle", "2026-01"]);
        let open = hashes(&company, "2026-01");
        assert!(open.len() > 10);
        company.expect(0, &["period", "close", "2026-01"]);
        let afresh = company.json(1, &["settle", "2026-01", "--afresh"]);
        let computed = afresh["computed"].as_array().unwrap();
        assert_eq!(computed.len(), open.len(), "{engine:?}");
        assert_eq!(hashes(&company, "2026-01"), open, "{engine:?}");
        company.expect(0, &["statement", "verify", "--period", "2026-01"]);
    }
}

/// D03 takes 100 boxes of P01 at 12.50 off January after January was closed and confirmed. 15,527.10 − 1,250.00 =
/// 14,277.10, of which 2 % are 285.54; 300.00 (the cap) were stated.
#[test]
fn a_file_corrected_after_confirming_is_a_line_of_the_next_month() {
    for engine in ENGINES {
        let company = Company::whole_sample(engine);
        company.expect(1, &["run"]);
        company.expect(0, &["period", "close", "2026-01"]);
        settled(&company);
        let confirmed = heads(&company, "2026-01");
        let before = lines(&company, &heads(&company, "2026-02")["D03"]);

        let path = root().join("samples/company/inbox/D03/流向_202601_更正.csv");
        let bytes = std::fs::read(path).unwrap();
        let (then, now) = (
            b"\"1,020\",12.5,\"12,750.00\"",
            b"\"920\",12.5,\"11,500.00\"",
        );
        let at = bytes.windows(then.len()).position(|part| part == then);
        let (front, rest) = bytes.split_at(at.unwrap());
        let corrected = [front, now, &rest[then.len()..]].concat();
        company.deliver("D03", "流向_202601_再更正.csv", &corrected);
        company.expect(1, &["run"]);
        company.expect(1, &["settle", "2026-02"]);

        let mut stated = before;
        let prior = "D03,TIERED@1,2026-01,prior,2026-01".to_owned();
        stated.push((prior, "-14.46".to_owned()));
        let february = &heads(&company, "2026-02")["D03"];
        assert_eq!(lines(&company, february), stated, "{engine:?}");
        // 46.80 of PER-UNIT, nothing of TIERED (below its floor), less the correction.
        assert_eq!(yuan(&february["total"]), "32.34");
        assert_eq!(heads(&company, "2026-01"), confirmed, "{engine:?}");
        company.expect(0, &["statement", "verify", "--period", "2026-01"]);
    }
}

#[test]
fn the_statement_walked_through_in_the_documentation_is_what_the_program_prints() {
    let company = Company::whole_sample(Engine::Sqlite);
    company.expect(1, &["run"]);
    company.expect(1, &["settle", "2026-01"]);
    let explained = company.expect(0, &["explain", "2026-01-D04-1:3"]);
    let text = std::fs::read_to_string(root().join("docs/settlement.md")).unwrap();
    shows(
        &block_after(&text, "<!-- example: settlement -->"),
        &explained.stdout,
    );
}
