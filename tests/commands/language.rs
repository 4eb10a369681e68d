//! What people read: both languages, from one place, wherever the mistake is found.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use crate::common::{Company, Engine, Ran, ran};
use crate::{FIRST, UNKNOWN, sale};

/// What a command says on stderr, with paths of the test's folder left out.
fn said(company: &Company, ran: &Ran) -> String {
    let folder = company.path().to_str().unwrap();
    ran.stderr.replace(&format!("{folder}/"), "")
}

/// The command ends with this code, and says these two lines in these two languages.
fn says(company: &Company, code: i32, arguments: &[&str], en: [&str; 2], zh: [&str; 2]) {
    for (lang, error, hint, lines) in [("en", "error", "hint", en), ("zh", "错误", "处理", zh)]
    {
        let mut with_lang = vec!["--lang", lang];
        with_lang.extend(arguments);
        let ran = company.expect(code, &with_lang);
        let expected = format!("{error}: {}\n{hint}: {}\n", lines[0], lines[1]);
        assert_eq!(said(company, &ran), expected, "{arguments:?}");
    }
}

/// Settings whose warehouse is at this address.
fn warehouse_at(company: &Company, url: &str) {
    let text = std::fs::read_to_string(company.file("channelflow.toml")).unwrap();
    let changed = text.replace("sqlite:warehouse.db", url);
    assert_ne!(changed, text);
    std::fs::write(company.file("channelflow.toml"), changed).unwrap();
}

#[test]
fn mistakes_are_said_in_the_readers_language() {
    let company = Company::without_files(Engine::Sqlite);
    company.expect(0, &["run"]);
    says(
        &company,
        2,
        &["submission", "show", "99"],
        [
            "there is no submission 99",
            "`channelflow submission list` shows their numbers",
        ],
        [
            "没有编号为 99 的提交",
            "用 `channelflow submission list` 查看编号",
        ],
    );
    says(
        &company,
        2,
        &["period", "close", "January"],
        ["`January` is not a period", "write it as 2026-01"],
        ["`January` 不是月份", "写成 2026-01"],
    );
    says(
        &company,
        2,
        &["alias", "set", "customer", "协和", "C999"],
        [
            "there is no customer `C999` in the master data",
            "give the id of a master entity, or import it first with `channelflow master import`",
        ],
        [
            "主数据里没有客户 `C999`",
            "写主数据里的编码，或先用 `channelflow master import` 导入",
        ],
    );
    says(
        &company,
        2,
        &["--format", "xml", "run"],
        [
            "`--format <FORMAT>` does not take `xml`",
            "it takes: text, json",
        ],
        ["`--format <FORMAT>` 不接受 `xml`", "可以写：text, json"],
    );
    says(
        &company,
        3,
        &["export", "/no/such/folder/x.xlsx"],
        [
            "`/no/such/folder/x.xlsx` cannot be written: there is no such file or folder",
            "check its folder, permissions and disk space",
        ],
        [
            "`/no/such/folder/x.xlsx` 无法写入：文件或目录不存在",
            "检查目录、权限和磁盘空间",
        ],
    );
    let lock = std::fs::File::create(company.file(".channelflow.lock")).unwrap();
    lock.lock().unwrap();
    says(
        &company,
        75,
        &["run"],
        [
            "another run holds the lock `.channelflow.lock`",
            "wait until it has ended",
        ],
        ["另一个运行正占用锁 `.channelflow.lock`", "等它结束后重试"],
    );
}

#[test]
fn the_settings_say_the_language_also_when_they_have_problems() {
    let company = Company::without_files(Engine::Sqlite);
    let text = "[company]\nlang = \"zh\"\nnaem = \"x\"\n";
    std::fs::write(company.file("channelflow.toml"), text).unwrap();
    let settings = company.expect(2, &["config", "check"]);
    assert_eq!(
        settings.stderr,
        "错误: channelflow.toml:3: 不认识的设置项 `company.naem`\n  处理: 是不是 `name`？\n"
    );
    // `--lang` overrules them, before and after what is wrong.
    for arguments in [
        ["--lang", "en", "config", "chek"],
        ["config", "chek", "--lang", "en"],
    ] {
        let usage = company.expect(2, &arguments);
        assert!(
            usage
                .stderr
                .ends_with("\nhint: `channelflow --help` and the `--help` of each command show what can be written\n"),
            "{}",
            usage.stderr
        );
    }
    let usage = company.expect(2, &["config", "chek"]);
    assert!(usage.stderr.contains("chek"), "{}", usage.stderr);
    assert!(
        usage
            .stderr
            .ends_with("\n处理: 用法见 `channelflow --help` 和各命令的 `--help`\n"),
        "{}",
        usage.stderr
    );
}

/// Works as root too, whom no permission keeps out.
#[test]
fn a_warehouse_that_cannot_be_used_is_said_and_costs_nothing() {
    for (name, url, en, zh) in [
        (
            "a folder",
            "sqlite:inbox",
            "the warehouse `sqlite:inbox` cannot be opened or reached: ",
            "仓库 `sqlite:inbox` 无法打开或连接：",
        ),
        (
            "a path that leads nowhere",
            "sqlite:no/such/folder/warehouse.db",
            "the warehouse `sqlite:no/such/folder/warehouse.db` cannot be opened or reached: ",
            "仓库 `sqlite:no/such/folder/warehouse.db` 无法打开或连接：",
        ),
        (
            "a file system that takes no files",
            "sqlite:/proc/warehouse.db",
            "the warehouse `sqlite:/proc/warehouse.db` cannot be opened or reached: ",
            "仓库 `sqlite:/proc/warehouse.db` 无法打开或连接：",
        ),
        (
            "a file that is no database",
            "sqlite:master/customers.csv",
            "the warehouse file is damaged or is no SQLite database (",
            "仓库文件已损坏，或不是 SQLite 数据库（",
        ),
        (
            "a server that is not there",
            "postgres://nobody@nowhere.invalid/flow",
            "the warehouse `postgres://nobody@nowhere.invalid/flow` cannot be opened or reached: ",
            "仓库 `postgres://nobody@nowhere.invalid/flow` 无法打开或连接：",
        ),
    ] {
        let company = Company::without_files(Engine::Sqlite);
        company.deliver("D01", "流向202601.csv", &sale(&[FIRST]));
        let before = std::fs::read(company.file("master/customers.csv")).unwrap();
        warehouse_at(&company, url);
        for (lang, error, hint, begins) in [
            ("en", "error", "\nhint: ", en),
            ("zh", "错误", "\n处理: ", zh),
        ] {
            let run = company.expect(3, &["--lang", lang, "run"]);
            let said = said(&company, &run);
            assert!(
                said.starts_with(&format!("{error}: {begins}")),
                "{name}: {said}"
            );
            assert!(said.contains(hint), "{name}: {said}");
            let doctor = company.expect(1, &["--lang", lang, "doctor"]);
            let found = doctor
                .stdout
                .replace(&format!("{}/", company.path().display()), "");
            assert!(found.contains(begins), "{name}: {found}");
        }
        let after = std::fs::read(company.file("master/customers.csv")).unwrap();
        assert_eq!(after, before, "{name}: nothing was written over");
    }
}

/// A file system mounted read-only would need privileges; the engine says the same of a database
/// that it is told to open read-only.
#[test]
fn a_warehouse_that_is_read_only_is_said() {
    let company = Company::without_files(Engine::Sqlite);
    company.expect(0, &["run"]);
    company.deliver("D01", "流向202601.csv", &sale(&[FIRST]));
    warehouse_at(&company, "sqlite:warehouse.db?mode=ro");
    let en = company.expect(3, &["--lang", "en", "run"]);
    assert!(
        en.stderr
            .starts_with("error: the warehouse cannot be written (")
            && en.stderr.contains("\nhint: check the permissions"),
        "{}",
        en.stderr
    );
    let zh = company.expect(3, &["--lang", "zh", "run"]);
    assert!(
        zh.stderr.starts_with("错误: 仓库无法写入（") && zh.stderr.contains("\n处理: 检查"),
        "{}",
        zh.stderr
    );
}

#[test]
fn excel_shows_words_and_days_and_csv_keeps_codes() {
    let company = Company::without_files(Engine::Sqlite);
    company.deliver("D01", "流向202601.csv", &sale(&[FIRST, UNKNOWN]));
    company.expect(1, &["run"]);
    let cells = |lang: &str| -> Vec<Vec<(channelflow_model::CellKind, String)>> {
        let path: PathBuf = company.file(&format!("{lang}.xlsx"));
        let arguments = ["--lang", lang, "export", path.to_str().unwrap(), "--all"];
        company.expect(0, &arguments);
        let limits = channelflow_read::Limits::default();
        let table = channelflow_read::read_here(&path, &limits)
            .unwrap()
            .tables
            .remove(0);
        (0..table.row_count())
            .map(|row| {
                (0..table.columns.len())
                    .map(|column| {
                        let (kind, text) = table.cell(row, column);
                        (kind, text.to_owned())
                    })
                    .collect()
            })
            .collect()
    };
    for (lang, titles, held) in [
        (
            "zh",
            ["类别", "业务日期", "状态", "挂起原因"],
            ["流向", "2026-01-05", "挂起", "客户未知"],
        ),
        (
            "en",
            ["kind", "business date", "status", "hold reason"],
            ["sale", "2026-01-05", "held", "unknown customer"],
        ),
    ] {
        let rows = cells(lang);
        let shown: Vec<_> = titles
            .iter()
            .map(|title| {
                let column = rows[0].iter().position(|(_, cell)| cell == title).unwrap();
                rows.iter()
                    .find(|row| row.iter().any(|(_, cell)| cell == "不存在的医院"))
                    .map(|row| row[column].clone())
                    .unwrap()
            })
            .collect();
        let texts: Vec<&str> = shown.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, held);
        assert_eq!(shown[1].0, channelflow_model::CellKind::Date);
    }
    let held = company
        .lines()
        .into_iter()
        .find(|line| line["raw_customer"] == "不存在的医院")
        .unwrap();
    assert_eq!(held["kind"], "sale");
    assert_eq!(held["status"], "held");
    assert_eq!(held["hold_reason"], "unknown_customer");
    assert_eq!(held["business_date"], "2026-01-05");
}

#[test]
fn a_submission_is_shown_in_words() {
    let company = Company::without_files(Engine::Sqlite);
    company.deliver("D01", "流向202601.csv", &sale(&[FIRST, UNKNOWN]));
    company.expect(1, &["run"]);
    let shown = company
        .expect(0, &["--lang", "zh", "submission", "show", "1"])
        .stdout;
    assert!(shown.contains("\n  流向 "), "{shown}");
    let counts: Vec<&str> = shown
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("行数"))
        .take(6)
        .collect();
    assert_eq!(
        counts,
        [
            "                   行数",
            "  读入                3",
            "  入库                1",
            "  已有                0",
            "  挂起 · 客户未知     1",
            "  排除 · 表头         1",
        ]
    );
    assert_eq!(
        company.json(0, &["submission", "show", "1"])["submission"]["counts"]["rows_in"],
        3
    );
}

#[test]
fn help_is_no_mistake() {
    let binary = env!("CARGO_BIN_EXE_channelflow");
    for arguments in [["--version"], ["--help"]] {
        let shown = ran(std::process::Command::new(binary)
            .args(arguments)
            .output()
            .unwrap());
        assert_eq!(shown.code, 0);
        assert!(shown.stdout.contains("channelflow") && shown.stderr.is_empty());
    }
}
