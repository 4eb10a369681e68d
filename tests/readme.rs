//! The README is kept true: the output it shows is the output of the program.

mod common;

use common::{Company, Engine, block_after, root, shows};

#[test]
fn the_worked_examples_are_what_the_program_prints() {
    for (readme, lang) in [("README.md", "en"), ("README.zh-CN.md", "zh")] {
        let text = std::fs::read_to_string(root().join(readme)).unwrap();
        let company = Company::whole_sample(Engine::Sqlite);
        let run = company.expect(1, &["--lang", lang, "run"]);
        shows(&block_after(&text, "<!-- example: run -->"), &run.stdout);
        let line = company
            .lines()
            .into_iter()
            .find(|line| line["file_name"] == "D03/流向_202601.csv" && line["row_number"] == "3")
            .expect("the explained line stands");
        let explained = company.expect(0, &["--lang", lang, "explain", &line["line_id"]]);
        shows(
            &block_after(&text, "<!-- example: explain -->"),
            &explained.stdout,
        );
    }
}

#[test]
fn a_newcomer_sees_the_same_whatever_the_day() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let company = Company::whole_sample(Engine::Sqlite);
    let run = company
        .command(&["--lang", "en", "run"])
        .env("CHANNELFLOW_NOW", "2026-11-28T18:00:00+08:00")
        .output();
    let (_, printed) = std::str::from_utf8(&run.unwrap().stdout)
        .map(|text| text.split_once('\n').unwrap())
        .map(|(first, rest)| (first.to_owned(), rest.to_owned()))
        .unwrap();
    // The first line has the day.
    let block = block_after(&text, "<!-- example: run -->");
    shows(&block[1..], &printed);
}

#[test]
fn the_two_commands_exist() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    assert!(text.contains("cargo run -- -C samples/company run"));
    assert!(text.contains("\nscripts/test\n"));
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(
        ci.contains("scripts/test"),
        "CI runs the command the README names"
    );
}
