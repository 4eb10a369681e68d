//! `docs/json.md` is kept true: every field the commands of settlement print stands there, and every
//! field that stands there is printed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Company, Engine, root};
use serde_json::Value;

/// What a section says: fields, with what follows them.
#[derive(Default)]
struct Described {
    fields: BTreeSet<String>,
    /// Objects that are not laid out.
    opaque: BTreeSet<String>,
    /// Fields that may be missing.
    optional: BTreeSet<String>,
}

impl Described {
    fn add(&mut self, path: &str) {
        let (path, optional) = match path.strip_suffix('?') {
            Some(path) => (path, true),
            None => (path, false),
        };
        let (path, opaque) = match path.strip_suffix("{}") {
            Some(path) => (path, true),
            None => (path, false),
        };
        let path = path.trim_end_matches("[]").to_owned();
        if opaque {
            self.opaque.insert(path.clone());
        }
        if optional {
            self.optional.insert(path.clone());
        }
        // What a path goes through stands there, too.
        for (at, _) in path.match_indices('.') {
            self.fields
                .insert(path[..at].trim_end_matches("[]").to_owned());
        }
        self.fields.insert(path);
    }
}

fn ticked(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Sections of the document by the name of their command.
fn described() -> BTreeMap<String, Described> {
    let text = std::fs::read_to_string(root().join("docs/json.md")).unwrap();
    let text = text.split("\n## Settlement\n").nth(1).unwrap();
    let text = text.split("\n## ").next().unwrap();
    let mut all: BTreeMap<String, Described> = BTreeMap::new();
    for section in text.split("\n### ").skip(1) {
        let (title, rest) = section.split_once('\n').unwrap();
        let mut found = Described::default();
        for line in rest.lines() {
            if let Some(of) = line.strip_prefix("As `") {
                let of = &all[of.split('`').next().unwrap()];
                found.fields.extend(of.fields.iter().cloned());
                found.opaque.extend(of.opaque.iter().cloned());
            }
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            let [fields, meaning] = cells[..] else {
                continue;
            };
            let names: Vec<&str> = ticked(fields).collect();
            for name in &names {
                found.add(name);
            }
            let [name] = names[..] else { continue };
            for child in ticked(meaning).filter_map(|it| it.strip_prefix('.')) {
                found.add(&format!("{name}.{child}"));
            }
            if let Some(of) = meaning.trim().strip_prefix("as `") {
                let of = of.split('`').next().unwrap();
                if let Some(of) = all.get(of) {
                    // An appeal is described where it is filed.
                    let inner = format!("{name}.");
                    let nested = of.fields.iter().any(|it| it.starts_with(&inner));
                    for field in &of.fields {
                        let path = if nested {
                            field.clone()
                        } else {
                            format!("{name}.{field}")
                        };
                        if !nested || field.starts_with(&inner) {
                            found.fields.insert(path);
                        }
                    }
                }
            }
        }
        let title = title.replace('`', "");
        all.insert(title, found);
    }
    all
}

/// Paths of everything printed, down to objects that are not laid out.
fn printed(value: &Value, path: &str, said: &Described, found: &mut BTreeSet<String>) {
    if said.opaque.contains(path.trim_end_matches("[]")) {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                found.insert(path.clone());
                printed(value, &path, said, found);
            }
        }
        Value::Array(values) => {
            let path = if path.is_empty() {
                String::new()
            } else {
                format!("{path}[]")
            };
            for value in values {
                printed(value, &path, said, found);
            }
        }
        _ => {}
    }
}

/// The samples with both months settled, an appeal and a confirmation; every document with the
/// section that describes it.
fn documents() -> Vec<(&'static str, Value)> {
    let company = Company::whole_sample(Engine::Sqlite);
    let mut all = Vec::new();
    let json = |arguments: &[&str]| -> Value {
        let mut with_format = vec!["--format", "json"];
        with_format.extend(arguments);
        let ran = company.run(&with_format);
        serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?} {error}\n{}\n{}", ran.stdout, ran.stderr))
    };
    company.run(&["run"]);
    all.push(("settle", json(&["settle", "2026-01"])));
    let january = json(&["statement", "list", "--period", "2026-01"]);
    for head in january.as_array().unwrap() {
        let number = head["number"].as_str().unwrap();
        company.run(&["statement", "confirm", number, "--provisional"]);
    }
    all.push(("settle", json(&["settle", "2026-02"])));
    let lines = company.lines();
    let of_february = |line: &&BTreeMap<String, String>| {
        let sale = line["kind"] == "sale" && line["status"] == "accepted";
        sale && line["business_period"] == "2026-02" && !line["quantity"].starts_with('-')
    };
    let line = lines.iter().find(of_february).unwrap()["line_id"].clone();
    let add = [
        "appeal",
        "add",
        &line,
        "--kind",
        "branch",
        "--to-customer",
        "C002",
        "--reason",
        "分院",
    ];
    all.push(("appeal add", json(&add)));
    all.push(("appeal approve", json(&["appeal", "approve", "1"])));
    // An alert keeps boxes out that a draft pays for.
    let paid = lines.iter().filter(of_february);
    let mut paid = paid.filter(|line| line["distributor_id"] == "D03");
    let line = paid.next().unwrap()["line_id"].clone();
    let add = [
        "appeal",
        "add",
        &line,
        "--kind",
        "alert",
        "--reason",
        "去向不明",
    ];
    json(&add);
    json(&["appeal", "approve", "2"]);
    all.push(("appeal list", json(&["appeal", "list"])));
    all.push(("appeal show", json(&["appeal", "show", "1"])));
    company.run(&["period", "open-window", "2026-02", "confirmation"]);
    company.run(&["confirm", "2026-02", "--start", "--posts", "T01"]);
    all.push(("confirm --list", json(&["confirm", "2026-02", "--list"])));
    all.push(("statement list", json(&["statement", "list"])));
    let february = json(&["statement", "list", "--period", "2026-02"]);
    for head in february.as_array().unwrap() {
        let number = head["number"].as_str().unwrap();
        let shown = json(&["statement", "show", number]);
        for part in shown["parts"].as_array().unwrap() {
            for line in part["lines"].as_array().unwrap() {
                let asked = format!("{number}:{}", line["line_no"]);
                let section = "explain of a line of a statement";
                all.push((section, json(&["explain", &asked])));
            }
        }
        all.push(("statement show", shown));
    }
    all.push((
        "statement verify",
        json(&["statement", "verify", "--period", "2026-02"]),
    ));
    all.push(("achieve", json(&["achieve", "2026-02"])));
    all.push(("warnings", json(&["warnings"])));
    all.push(("policy list", json(&["policy", "list"])));
    all.push(("policy show", json(&["policy", "show", "TIERED"])));
    all.push(("policy check", json(&["policy", "check"])));
    let template = root().join("config/templates/policy.toml");
    let template = template.to_str().unwrap();
    all.push((
        "policy import",
        json(&["policy", "import", template, "--dry-run"]),
    ));
    let months = ["--from", "2026-01", "--to", "2026-02"];
    let simulate = [&["policy", "simulate", "TIERED"][..], &months].concat();
    all.push(("policy simulate", json(&simulate)));
    let org = company.file("master/org.csv");
    all.push((
        "org import",
        json(&["org", "import", org.to_str().unwrap()]),
    ));
    all.push(("org show", json(&["org", "show"])));
    all.push(("attribution check", json(&["attribution", "check"])));
    all.push(("price list", json(&["price", "list"])));
    all.push(("target list", json(&["target", "list", "2026-02"])));
    all.push(("settings versions", json(&["settings", "versions"])));
    all.push(("period list", json(&["period", "list"])));
    all.push(("period windows", json(&["period", "windows", "2026-02"])));
    all
}

#[test]
fn every_field_of_settlement_is_described_and_every_described_field_is_printed() {
    let sections = described();
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (section, value) in &documents() {
        let said = sections
            .get(*section)
            .unwrap_or_else(|| panic!("docs/json.md does not describe `{section}`"));
        let found = seen.entry(section).or_default();
        printed(value, "", said, found);
    }
    let mut wrong = Vec::new();
    for (section, said) in &sections {
        let Some(found) = seen.get(section.as_str()) else {
            wrong.push(format!("`{section}` is described, and no test prints it"));
            continue;
        };
        let found: BTreeSet<String> = found.clone();
        for path in found.difference(&said.fields) {
            wrong.push(format!(
                "`{section}` prints `{path}`, which is not described"
            ));
        }
        for path in said.fields.difference(&found) {
            if !said.optional.contains(path) {
                wrong.push(format!(
                    "`{section}` describes `{path}`, which is not printed"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
