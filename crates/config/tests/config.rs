//! Settings as people write them, and what they are told about them.

use std::path::Path;

use channelflow_config::{Config, ExpiryMonth, REFERENCE, lang_of};
use channelflow_model::Lang;

fn parse(text: &str) -> Result<Config, String> {
    let environment = |name: &str| (name == "PGPASSWORD").then(|| "s3cret".to_owned());
    Config::parse(text, Path::new("."), &environment).map_err(|problems| problems.to_string())
}

#[test]
fn the_reference_file_says_the_defaults() {
    assert_eq!(parse(REFERENCE), Ok(Config::default()));
    assert_eq!(parse(""), Ok(Config::default()));
}

#[test]
fn settings_are_read() {
    let config = parse(
        r#"
        company = { name = "华康制药", lang = "zh" }
        period.cutoff_day = 25
        [warehouse]
        url = "postgres://flow:${PGPASSWORD}@db/flow"
        [normalize]
        expiry_month = "last_day_of_month_before"
        [limits]
        rows = 5_000
        [[source]]
        name = "mail"
        kind = "folder"
        path = "/srv/mail"
        [[source]]
        name = "ftp"
        path = "ftp"
        "#,
    )
    .unwrap();
    assert_eq!(config.company.name, "华康制药");
    assert_eq!(config.period.cutoff_day, 25);
    assert_eq!(
        config.normalize.expiry_month,
        ExpiryMonth::LastDayOfMonthBefore
    );
    assert_eq!(config.limits.rows, 5_000);
    assert_eq!(config.limits.columns, 2_000);
    let names: Vec<&str> = config.sources.iter().map(|source| &*source.name).collect();
    assert_eq!(names, ["mail", "ftp"]);
    assert_eq!(
        config.warehouse.url.expose(),
        "postgres://flow:s3cret@db/flow"
    );
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn all_problems_are_reported_together_with_their_lines() {
    let problems = parse(
        r#"[company]
lang = "cn"
[warehose]
url = "sqlite:x.db"
[warehouse]
url = "postgres://flow:hunter2@db/flow"
[period]
cutoff_day = 32
cutof = 1
[limits]
rows = "many"
[[source]]
kind = "folder"
path = ""
[[source]]
name = "a"
path = "a"
[[source]]
name = "a"
path = "b"
"#,
    )
    .unwrap_err();
    assert_eq!(
        problems,
        "\
channelflow.toml:2: `company.lang` must be one of `zh`, `en`, found `cn`
channelflow.toml:3: unknown section `warehose`
  hint: did you mean `warehouse`?
channelflow.toml:6: `warehouse.url` holds a password in clear
  hint: put it in the environment or a file and write `${NAME}` or `${file:PATH}` there
channelflow.toml:8: `period.cutoff_day` must be between 1 and 31, found 32
channelflow.toml:9: unknown key `period.cutof`
  hint: did you mean `cutoff_day`?
channelflow.toml:11: `limits.rows` must be a whole number, found a text
channelflow.toml:12: `source` needs the key `name`
channelflow.toml:14: `source.path` must not be empty
channelflow.toml:18: two sources are called `a`
  hint: give each source a name of its own; checkpoints are kept by it"
    );
}

#[test]
fn a_folder_may_be_watched_and_nothing_else() {
    let source = |rest: &str| parse(&format!("[[source]]\nname = \"a\"\npath = \"a\"\n{rest}"));
    assert!(source("watch = true").unwrap().sources[0].watch);
    assert!(!source("kind = \"mail\"\nwatch = false").unwrap().sources[0].watch);
    assert_eq!(
        source("kind = \"mail\"\nwatch = true").unwrap_err(),
        "channelflow.toml:5: only a folder can be watched, and this source is `mail`\n  \
         hint: take `watch` away; `channelflow run` visits the source during the day"
    );
    assert_eq!(
        source("watch = \"yes\"").unwrap_err(),
        "channelflow.toml:4: `source.watch` must be true or false, found a text"
    );
}

#[test]
fn windows_are_read_and_one_that_never_opens_is_a_problem() {
    let config = parse(
        "windows.appeal = { opens = -2, closes = 9 }\n[windows.stock]\ncloses = 7\n[confirmation]\ndeadline_days = 5",
    )
    .unwrap();
    assert_eq!(
        (config.windows.appeal.opens, config.windows.appeal.closes),
        (-2, 9)
    );
    assert_eq!(
        (config.windows.stock.opens, config.windows.stock.closes),
        (1, 7)
    );
    assert_eq!(config.windows.upload, Config::default().windows.upload);
    assert_eq!(config.confirmation.deadline_days, 5);

    let problems = parse(
        r#"[windows]
appeal = { opens = 9, closes = 2 }
stock = 5
upload = { open = 3 }
apeal = {}
[windows.mapping]
opens = "soon"
[confirmation]
deadline_days = -1
"#,
    )
    .unwrap_err();
    assert_eq!(
        problems,
        "\
channelflow.toml:2: `windows.appeal` opens on day 9 and closes before that, on day 2
channelflow.toml:3: `windows.stock` must be a table, found a whole number
  hint: write `[windows.stock]`
channelflow.toml:4: unknown key `windows.upload.open`
  hint: did you mean `opens`?
channelflow.toml:5: unknown key `windows.apeal`
  hint: did you mean `appeal`?
channelflow.toml:7: `windows.mapping.opens` must be a whole number, found a text
channelflow.toml:9: `confirmation.deadline_days` must be between 0 and 366, found -1"
    );
}

#[test]
fn problems_are_said_in_the_language_the_file_asks_for() {
    let dir = tempfile::tempdir().unwrap();
    let text = "[company]\nlang = \"zh\"\n[period]\ncutof = 1\ncutoff_day = \"x\"\n";
    std::fs::write(dir.path().join("channelflow.toml"), text).unwrap();
    assert_eq!(lang_of(dir.path()), Some(Lang::Zh));
    assert_eq!(
        Config::load(dir.path()).unwrap_err().text(Lang::Zh),
        "\
channelflow.toml:4: 不认识的设置项 `period.cutof`
  处理: 是不是 `cutoff_day`？
channelflow.toml:5: `period.cutoff_day` 应为整数，实际是文本"
    );
    // Also of a file that is no TOML further down.
    std::fs::write(
        dir.path().join("channelflow.toml"),
        format!("{text}x = 华\n"),
    )
    .unwrap();
    assert_eq!(lang_of(dir.path()), Some(Lang::Zh));
    assert_eq!(lang_of(&dir.path().join("nowhere")), None);
}

#[test]
fn what_is_no_toml_is_reported_by_line_and_nothing_else_is() {
    let problems = parse("[company]\nname = 华康\n[limits]\nrows = \"x\"\n").unwrap_err();
    assert!(
        problems.starts_with("channelflow.toml:2: not valid TOML: "),
        "{problems}"
    );
    assert!(!problems.contains("limits.rows"), "{problems}");
}

#[test]
fn a_folder_without_settings_says_how_to_make_them() {
    let dir = tempfile::tempdir().unwrap();
    let problems = Config::load(dir.path()).unwrap_err().to_string();
    assert!(
        problems.contains("channelflow.toml: there is no such file"),
        "{problems}"
    );
    assert!(problems.contains("channelflow init"), "{problems}");

    std::fs::write(dir.path().join("channelflow.toml"), REFERENCE).unwrap();
    assert_eq!(Config::load(dir.path()), Ok(Config::default()));
}

#[test]
fn secrets_come_from_files_too_and_a_missing_one_stops() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("pg"), "fr0m file\n").unwrap();
    let read = |text: &str| Config::parse(text, dir.path(), &|_| None);
    let config = read("[warehouse]\nurl = \"postgres://u:${file:pg}@h/d\"").unwrap();
    assert_eq!(config.warehouse.url.expose(), "postgres://u:fr0m file@h/d");

    let problems = read("[warehouse]\nurl = \"${NOT_SET}\"").unwrap_err();
    assert!(
        problems.to_string().contains("`NOT_SET` is not set"),
        "{problems}"
    );
}
