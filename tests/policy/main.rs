//! Rebate policies by command, from a draft to a warning: what a person reads before signing one,
//! what it would have paid, and what is said when somebody must act.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "helpers of tests fail as tests do"
)]

#[path = "../common/mod.rs"]
mod common;

mod warnings;

use common::{Company, Engine, root};
use serde_json::Value;

/// Three tiers by month for first-tier distributors; what the floor keeps back is carried on.
pub const MONTHLY: &str = r#"id = "M"
version = 1
name = "月度阶梯"
kind = "一级"
valid_from = 2026-01-01
period = "month"
[party]
tiers = ["一级"]
[basis]
source = "sale"
counting_point = "terminal"
measure = "amount"
[[reward]]
id = "tier"
shape = "tiers"
on = "basis"
mode = "retroactive"
tiers = [ { from = 0, rate = "1%" }, { from = 10000, rate = "2%" }, { from = 50000, rate = "3%" } ]
[limit]
floor = 100
carry = true
[example]
amount = 250000
[example.expect]
total = 7500
"#;

/// Writes a file into the company's folder; its path.
pub fn write(company: &Company, name: &str, text: &str) -> String {
    let path = company.file(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The next version: incremental, from 2027 on.
fn next_version() -> String {
    MONTHLY
        .replace("version = 1", "version = 2")
        .replace("2026-01-01", "2027-01-01")
        .replace("retroactive", "incremental")
        .replace("7500", "6900")
}

/// The sample company with its names imported.
pub fn with_names(engine: Engine) -> Company {
    let company = Company::without_files(engine);
    company.expect(0, &["run"]);
    company
}

/// Facts of all findings of a kind.
pub fn of_code<'v>(found: &'v Value, code: &str) -> Vec<&'v Value> {
    let all = found.as_array().unwrap().iter();
    all.filter(|it| it["code"] == code).collect()
}

#[test]
fn a_policy_is_imported_once_and_never_changes() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = with_names(engine);
        let file = write(&company, "m.toml", MONTHLY);
        let preview = company.expect(0, &["policy", "import", &file, "--dry-run"]);
        assert!(
            preview.stdout.contains("preview: 1 would be imported"),
            "{}",
            preview.stdout
        );
        let none = company.expect(0, &["policy", "list"]);
        assert!(none.stderr.contains("no policy is imported yet"));

        let imported = company.expect(0, &["--lang", "zh", "policy", "import", &file]);
        assert!(
            imported.stdout.contains("已导入 1 个新版本"),
            "{}",
            imported.stdout
        );
        assert!(imported.stdout.contains("channelflow policy simulate M@1"));
        let again = company.json(0, &["policy", "import", &file]);
        assert_eq!(again["policies"][0]["novelty"], "unchanged");
        assert!(again["version"].is_null());

        // Another text under the same version; a version that holds at the same time.
        let changed = write(
            &company,
            "m.toml",
            &MONTHLY.replace("cap", "").replace("\"3%\"", "\"4%\""),
        );
        let refused = company.expect(2, &["policy", "import", &changed]);
        assert!(
            refused
                .stderr
                .contains("policy `M@1` was imported before with another text"),
            "{}",
            refused.stderr
        );
        assert!(refused.stderr.contains("must give 7500 and gives 10000"));
        let both = MONTHLY.replace("version = 1", "version = 2");
        let both = write(&company, "both.toml", &both);
        let refused = company.expect(2, &["--lang", "zh", "policy", "import", &both]);
        assert!(
            refused
                .stderr
                .contains("政策 `M@2` 与 `M@1` 在 2026-01-01.. 同时有效"),
            "{}",
            refused.stderr
        );
        assert!(refused.stderr.contains("没有导入任何政策"));

        let listed = company.json(0, &["policy", "list"]);
        assert_eq!(listed.as_array().unwrap().len(), 1);
        assert_eq!(
            (&listed[0]["used"], &listed[0]["period"]),
            (&false.into(), &"month".into())
        );
        let shown = company.expect(0, &["policy", "show", "M"]);
        assert_eq!(shown.stdout, MONTHLY);
        assert!(
            shown
                .stderr
                .contains("order of evaluation: version → scope → basis")
        );
        let unknown = company.expect(2, &["policy", "show", "M@7"]);
        assert!(
            unknown.stderr.contains("there is M@1"),
            "{}",
            unknown.stderr
        );
        company.expect(0, &["doctor", "--verify"]);
    }
}

#[test]
fn every_problem_of_a_file_is_said_with_its_line() {
    let company = with_names(Engine::Sqlite);
    let text = MONTHLY
        .replace("valid_from", "vald_from")
        .replace("\"2%\"", "\"200%\"");
    let file = write(&company, "m.toml", &text);
    for command in [["policy", "import"], ["policy", "check"]] {
        let refused = company.expect(2, &["--lang", "zh", command[0], command[1], &file]);
        for said in [
            "m.toml: 缺少 `valid_from`",
            "m.toml 第 5 行: 不认识的项 `vald_from`",
            "m.toml 第 5 行: 是否想写 `valid_from`？",
            "m.toml 第 18 行: `reward.tiers.rate` 应在 0 到 100% 之间",
        ] {
            assert!(
                refused.stderr.contains(said),
                "`{said}` is not in\n{}",
                refused.stderr
            );
        }
    }
    let missing = company.expect(2, &["policy", "check", "no-such.toml"]);
    assert!(missing.stderr.contains("no-such.toml"));
}

#[test]
fn a_check_works_the_example_in_both_readings() {
    let company = with_names(Engine::Sqlite);
    let file = write(&company, "m.toml", MONTHLY);
    let clean = company.expect(0, &["policy", "check", &file]).stdout;
    for said in [
        "policy M@1 月度阶梯 (2026-01-01..)",
        "[tier] 250,000 reaches tier 3 (from 50,000), for everything: 250,000 × 3% = 7,500",
        "the example must give 7,500.00: agreed",
        "retroactive (as written)",
        "if incremental",
        "1 policy checked, nothing found",
    ] {
        assert!(clean.contains(said), "`{said}` is not in\n{clean}");
    }
    let row = |text: &str, begins: &str| {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with(begins));
        line.unwrap_or_else(|| panic!("{begins} in\n{text}"))
            .to_owned()
    };
    let third = row(&clean, "tier, tier 3");
    assert!(
        third.contains("250,000 × 3% = 7,500") && third.contains("200,000 × 3% = 6,000"),
        "{third}"
    );
    let zh = company
        .expect(0, &["--lang", "zh", "policy", "check", &file])
        .stdout;
    assert!(
        zh.contains("覆盖（政策所写）") && zh.contains("若按叠加"),
        "{zh}"
    );
    let sums: Vec<String> = zh
        .lines()
        .filter(|line| line.trim_start().starts_with("合计"))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert!(
        sums.contains(&"合计 7,500.00 6,900.00".to_owned()),
        "{sums:?}"
    );

    // Found things end with 1, in text and in JSON.
    let gap = MONTHLY.replace("{ from = 0, ", "{ from = 0, to = 9000, ");
    let gap = write(&company, "gap.toml", &gap);
    let found = company.json(1, &["policy", "check", &gap]);
    assert_eq!(of_code(&found["findings"], "policy_tiers_gap").len(), 1);
    assert_eq!(found["examples"][0]["worked"]["agrees"], true);
    assert_eq!(found["order"].as_array().unwrap().len(), 12);
    // The other reading's name and figures are there for programs too.
    assert_eq!(found["examples"][0]["worked"]["other"][0], "incremental");
}

#[test]
fn reference_policies_and_sheets_are_read() {
    let company = with_names(Engine::Sqlite);
    let folder = root().join("config/policies");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    let mut arguments = vec!["policy", "check"];
    arguments.extend(files.iter().map(String::as_str));
    let found = company.json(1, &arguments);
    let errors = found["findings"].as_array().unwrap().iter();
    let errors: Vec<&Value> = errors.filter(|it| it["severity"] == "error").collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(found["examples"].as_array().unwrap().len(), files.len());

    let sheet = "字段,值\n编号,S\n版本,1\n名称,表格政策\n生效日期,2026/1/1\n结算周期,月\n经销商,D01、D02\n\
        数据来源,销售\n计算口径,终端\n计量,金额\n奖励,all,percent\n比例,0.03\n示例,金额,\"100,000\"\n示例,应得,3000\n";
    let sheet = write(&company, "s.csv", sheet);
    let imported = company.run(&["policy", "import", &sheet]);
    assert_eq!(imported.code, 0, "{}", imported.stderr);
    let toml = company.expect(0, &["policy", "show", "S"]).stdout;
    let copy = write(&company, "s.toml", &toml);
    let again = company.json(0, &["policy", "import", &copy]);
    assert_eq!(again["policies"][0]["novelty"], "unchanged");
}

#[test]
fn a_run_refuses_policies_that_make_no_sense() {
    let company = Company::without_files(Engine::Sqlite);
    write(
        &company,
        "policies/m.toml",
        &MONTHLY.replace("7500", "7000"),
    );
    let run = company.expect(1, &["run"]).stdout;
    assert!(run.contains("must give 7000 and gives 7500"), "{run}");
    assert_eq!(
        company
            .json(0, &["policy", "list"])
            .as_array()
            .unwrap()
            .len(),
        0
    );
    write(&company, "policies/m.toml", MONTHLY);
    company.expect(0, &["run"]);
    assert_eq!(
        company
            .json(0, &["policy", "list"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // What is not in the folder ends with the next run, and that is said.
    let other = write(&company, "n.toml", &MONTHLY.replace("\"M\"", "\"N\""));
    let imported = company.expect(0, &["policy", "import", &other]);
    assert!(
        imported
            .stderr
            .contains("N@1 is not in the `policies` folder"),
        "{}",
        imported.stderr
    );
}

#[test]
fn a_draft_is_tried_on_past_months_beside_the_one_in_force() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::sample(engine);
        company.run(&["run"]);
        let file = write(&company, "m.toml", MONTHLY);
        let months = ["--from", "2026-01", "--to", "2026-02"];
        let mut arguments = vec!["policy", "simulate", &file];
        arguments.extend(months);
        // D09 and D11 have not reported February, and D08 reports without tax: not known, not 0.
        let alone = company.json(1, &arguments);
        assert!(alone["beside"].is_null());
        assert_eq!(alone["held"], 4);
        let rows = alone["rows"].as_array().unwrap();
        assert!(rows.len() > 10);
        let of = |rows: &[Value], party: &str, month: i32| {
            let row = rows
                .iter()
                .find(|it| it["party_id"] == party && it["last"] == month);
            row.unwrap_or_else(|| panic!("{party} {month}")).clone()
        };
        // 16,314 × 2 % rounded once; what the floor keeps back in January is paid in February.
        let first = of(rows, "D01", 202_601);
        assert_eq!(
            (&first["basis"], &first["own"]["amount"]),
            (&"16314".into(), &"326.28".into())
        );
        let kept = of(rows, "D05", 202_601);
        assert_eq!(kept["own"]["amount"], "0");
        let paid = of(rows, "D05", 202_602);
        assert_eq!(paid["own"]["amount"], "166.29");

        company.expect(0, &["policy", "import", &file]);
        let draft = write(&company, "m2.toml", &next_version());
        let mut arguments = vec!["policy", "simulate", &draft, "--party", "D01"];
        arguments.extend(months);
        let both = company.json(0, &arguments);
        assert_eq!(
            (&both["policy"], &both["beside"]),
            (&"M@2".into(), &"M@1".into())
        );
        let first = of(both["rows"].as_array().unwrap(), "D01", 202_601);
        // 10,000 × 1 % + 6,314 × 2 % = 226.28.
        assert_eq!(
            (
                &first["own"]["amount"],
                &first["beside"]["amount"],
                &first["difference"]
            ),
            (&"226.28".into(), &"326.28".into(), &"-100".into())
        );
        let shown = company
            .expect(0, &[&["--lang", "zh"][..], &arguments].concat())
            .stdout;
        assert!(
            shown.contains("第 2 档 2%") && shown.contains("-100.00"),
            "{shown}"
        );
        // Nothing was stored.
        assert_eq!(
            company
                .json(0, &["policy", "list"])
                .as_array()
                .unwrap()
                .len(),
            1
        );
        assert_eq!(
            company.json(0, &["statement", "list"]),
            Value::Array(Vec::new())
        );
    }
}

#[test]
fn a_span_that_is_not_over_and_a_missing_target_are_said() {
    let company = Company::sample(Engine::Sqlite);
    company.run(&["run"]);
    let quarter = MONTHLY
        .replace("\"month\"", "\"quarter\"")
        .replace("on = \"basis\"", "on = \"achievement\"")
        .replace("from = 10000", "from = 1")
        .replace("from = 50000", "from = 2")
        .replace("[[reward]]", "[target]\n[[reward]]")
        .replace(
            "amount = 250000",
            "amount = 250000\ntarget = { amount = 125000 }",
        );
    let file = write(&company, "q.toml", &quarter);
    let open = company.expect(
        0,
        &[
            "policy", "simulate", &file, "--from", "2026-01", "--to", "2026-02",
        ],
    );
    assert!(
        open.stderr
            .contains("2026-01 to 2026-03 is not over in 2026-02"),
        "{}",
        open.stderr
    );
    let held = company.expect(
        1,
        &[
            "policy", "simulate", &file, "--from", "2026-01", "--to", "2026-03", "--party", "D01",
        ],
    );
    assert!(held.stdout.contains("held: "), "{}", held.stdout);
    company.expect(
        2,
        &[
            "policy", "simulate", &file, "--from", "2026-03", "--to", "2026-02",
        ],
    );
    company.expect(
        2,
        &[
            "policy", "simulate", "NO", "--from", "2026-01", "--to", "2026-02",
        ],
    );
}
