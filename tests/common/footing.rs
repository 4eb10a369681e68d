//! Records of a figure, added up here, against what the statement stores.

use std::collections::BTreeMap;

use channelflow_model::Micros;
use serde_json::Value;

use super::{Company, Engine};

/// Millionths of an exact decimal text; absent: unknown.
pub fn micros(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    Some(text.parse::<Micros>().expect(text).0)
}

/// What a member of the records' additions comes to; `None` when a record does not know it.
pub fn sum(footing: &Value, measure: &str) -> Option<i64> {
    let records = footing["records"].as_array().unwrap().iter();
    records.map(|record| micros(&record[measure])).sum()
}

/// Settles both months of the samples; January is confirmed as far as it can be.
pub fn settled(engine: Engine) -> Company {
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

pub fn heads(company: &Company, month: &str) -> Vec<Value> {
    let heads = company.json(0, &["statement", "list", "--period", month]);
    let heads = heads.as_array().unwrap().iter();
    heads
        .filter(|head| head["state"] != "superseded")
        .cloned()
        .collect()
}

/// The page of a statement, in Chinese.
pub fn page(company: &Company, number: &str) -> String {
    let file = company.file("statement.html");
    let path = file.to_str().unwrap();
    company.expect(0, &["--lang", "zh", "statement", "export", number, path]);
    std::fs::read_to_string(&file).unwrap()
}

/// A statement with the numbers of its lines.
pub fn explained(company: &Company, number: &str, line: &Value) -> Value {
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
pub fn assert_adds_up(footing: &Value, figures: &Value) -> &'static str {
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
        "group" | "month" | "target" | "approved_base" => judged(footing, figures),
        "last_year" => "last_year",
        "told" => "told",
        other => panic!("{other}"),
    }
}

/// The same of parts of a basis and of what it is measured against.
fn judged(footing: &Value, figures: &Value) -> &'static str {
    let said = format!("{footing:#}\n{figures:#}");
    match footing["figure"].as_str().unwrap() {
        "group" => {
            let groups = figures["groups"].as_array().unwrap().iter();
            let mut groups = groups.filter(|group| group["id"] == footing["name"]);
            let group = groups.next().expect("a group of the mix");
            for measure in ["quantity", "amount", "assessed"] {
                if let Some(stored) = basis(group, measure) {
                    assert_eq!(sum(footing, measure), Some(stored), "{measure}\n{said}");
                }
            }
            "group"
        }
        "month" => {
            let months = figures["sub_periods"].as_array().unwrap().iter();
            let mut months = months.filter(|month| month["name"] == footing["name"]);
            let month = months.next().expect("a month of the span");
            let measures = ["amount", "assessed"].map(|measure| &footing["stated"][measure]);
            let [amount, assessed] = measures.map(micros);
            assert_eq!(amount.or(assessed), micros(&month["actual"]), "{said}");
            if amount.is_some() {
                assert_eq!(sum(footing, "amount"), amount, "{said}");
            }
            "month"
        }
        what @ ("target" | "approved_base") => {
            for measure in ["quantity", "amount", "assessed"] {
                let Some(stored) = micros(&figures[what][measure]) else {
                    continue;
                };
                let records = footing["records"].as_array().unwrap().iter();
                let found: i64 = records.filter_map(|it| micros(&it[measure])).sum();
                assert_eq!(found, stored, "{measure}\n{said}");
            }
            if what == "target" {
                "target"
            } else {
                "approved_base"
            }
        }
        other => panic!("{other}"),
    }
}
