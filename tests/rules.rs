//! The rules of `ARCHITECTURE.md` that can be counted.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use common::root;

/// Who may use whom, apart from `model`, which everybody may use. A stage uses no other stage.
const MAY_USE: [(&str, &[&str]); 15] = [
    ("model", &[]),
    ("config", &[]),
    ("collect", &[]),
    ("collect-portal", &["collect", "config"]),
    ("collect-db", &["collect", "config"]),
    ("collect-remote", &["collect", "config"]),
    ("read", &[]),
    ("matching", &[]),
    ("resolve", &[]),
    ("normalize", &[]),
    ("check", &[]),
    ("settle", &[]),
    ("warehouse", &[]),
    (
        "pipeline",
        &[
            "config",
            "collect",
            "read",
            "resolve",
            "normalize",
            "check",
            "matching",
            "settle",
            "warehouse",
        ],
    ),
    (
        "cli",
        &[
            "config",
            "collect",
            "collect-portal",
            "collect-db",
            "collect-remote",
            "matching",
            "read",
            "pipeline",
            "settle",
            "warehouse",
        ],
    ),
];

/// Heavy libraries and the crates that may name them.
const ONLY_IN: [(&str, &[&str]); 5] = [
    ("polars", &["cli"]),
    ("sqlx", &["warehouse", "collect-db"]),
    ("calamine", &["read"]),
    ("reqwest", &["collect-portal", "collect-remote", "cli"]),
    (
        "tokio",
        &[
            "pipeline",
            "cli",
            "warehouse",
            "collect-portal",
            "collect-db",
            "collect-remote",
        ],
    ),
];

/// Past this a file is split along a seam a reader would name.
const MOST_LINES: usize = 500;

fn manifests() -> BTreeMap<String, toml::Table> {
    std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path.join("Cargo.toml")).unwrap();
            (name, toml::from_str(&text).unwrap())
        })
        .collect()
}

fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    manifest["dependencies"]
        .as_table()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

#[test]
fn crates_depend_in_one_direction() {
    let manifests = manifests();
    let listed: BTreeSet<&str> = MAY_USE.iter().map(|(name, _)| *name).collect();
    let present: BTreeSet<&str> = manifests.keys().map(String::as_str).collect();
    assert_eq!(
        listed, present,
        "a new crate comes with a line here and in ARCHITECTURE.md"
    );
    for (name, may_use) in MAY_USE {
        for dependency in dependencies(&manifests[name]) {
            if let Some(ours) = dependency.strip_prefix("channelflow-") {
                assert!(
                    ours == "model" || may_use.contains(&ours),
                    "`{name}` must not use `{ours}`"
                );
            }
        }
    }
}

#[test]
fn heavy_libraries_stay_where_they_belong() {
    for (name, manifest) in manifests() {
        let dependencies = dependencies(&manifest);
        for (library, allowed) in ONLY_IN {
            assert!(
                !dependencies.contains(library) || allowed.contains(&name.as_str()),
                "`{name}` must not name `{library}`"
            );
        }
    }
}

#[test]
fn there_is_one_sqlx_and_one_sqlite() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for library in ["sqlx", "sqlx-core", "libsqlite3-sys"] {
        let line = format!("name = \"{library}\"");
        let versions = lock.lines().filter(|known| *known == line).count();
        assert_eq!(versions, 1, "{library} is locked {versions} times");
    }
}

fn tracked(ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    walk(&path, ending, found);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["crates", "tests"] {
        walk(&root().join(folder), ending, &mut found);
    }
    found
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let files = tracked(".rs");
    assert!(files.len() > 50);
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines", path.display());
        let opened = text.starts_with("//!");
        assert!(opened, "{} does not say what it is for", path.display());
    }
}

#[test]
fn every_message_code_in_the_code_has_a_sentence() {
    let mut known = BTreeSet::new();
    for path in std::fs::read_dir(root().join("config/messages")).unwrap() {
        let text = std::fs::read_to_string(path.unwrap().path()).unwrap();
        known.extend(
            toml::from_str::<toml::Table>(&text)
                .unwrap()
                .into_iter()
                .map(|(code, _)| code),
        );
    }
    let mut missing = Vec::new();
    for path in tracked(".rs") {
        if !path.to_string_lossy().contains("/src/") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for part in text.split("Finding::new(").skip(1) {
            let Some(code) = part
                .trim_start()
                .strip_prefix('"')
                .and_then(|rest| rest.split('"').next())
            else {
                continue;
            };
            if !known.contains(code) {
                missing.push(format!("{}: `{code}`", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_file_of_messages_is_compiled_in() {
    let list = std::fs::read_to_string(root().join("crates/model/src/messages.rs")).unwrap();
    for path in std::fs::read_dir(root().join("config/messages")).unwrap() {
        let name = path.unwrap().file_name().to_string_lossy().into_owned();
        let line = format!("config/messages/{name}\")");
        assert!(list.contains(&line), "{name} is not compiled in");
    }
}

#[test]
fn nothing_depends_on_the_machine_it_was_written_on() {
    let output = Command::new("git")
        .arg("-C")
        .arg(root())
        .args([
            "grep",
            "-nIE",
            "/(home|root|Users)/[a-z]",
            "--",
            ".",
            ":!tests/rules.rs",
        ])
        .output()
        .expect("git");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}
