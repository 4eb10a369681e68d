//! Appeals, sales confirmation and windows as a person types them, on the sample company.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use common::{Company, Engine};

/// The tests' clock stands on 5 March: the appeal window of February is open, that of January over.
const SALES: &str = "销售日期,客户名称,产品名称,规格,批号,数量,单位,单价,金额
2026-01-04,北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,10,盒,12.5,125
2026-02-04,北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,8,盒,12.5,100
";

/// The sample company with a sale in January and one in February; their numbers.
fn company(engine: Engine) -> (Company, String, String) {
    let company = Company::without_files(engine);
    company.deliver("D01", "流向.csv", SALES.as_bytes());
    company.run(&["run"]);
    let mut lines = company.lines();
    lines.sort_by_key(|line| line["business_date"].clone());
    let ids: Vec<String> = lines.iter().map(|line| line["line_id"].clone()).collect();
    let [january, february] = ids.try_into().expect("two lines");
    (company, january, february)
}

fn branch<'a>(line: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut command = vec![
        "appeal",
        "add",
        line,
        "--kind",
        "branch",
        "--to-customer",
        "C002",
        "--reason",
        "分院以总院名义采购",
    ];
    command.extend(more);
    command
}

#[test]
fn an_appeal_is_filed_decided_shown_and_taken_back() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (company, _, line) = company(engine);
        let preview = company.json(0, &branch(&line, &["--quantity", "3", "--dry-run"]));
        assert_eq!(preview["dry_run"], true);
        assert_eq!(preview["appeal"]["quantity"], 3_000_000);
        assert_eq!(company.json(0, &["appeal", "list"]), serde_json::json!([]));

        let filed = company.expect(0, &branch(&line, &["--quantity", "3"]));
        assert_eq!(
            filed.stdout,
            format!("appeal 1 is filed: line {line}, quantity 3, customer C001 → C002\n")
        );
        let preview = company.expect(0, &["appeal", "approve", "1", "--dry-run"]);
        assert!(
            preview
                .stdout
                .starts_with("preview: appeal 1 would be approved\n"),
            "{}",
            preview.stdout
        );
        let approved = company.json(0, &["appeal", "approve", "1", "--note", "核实"]);
        let rows = approved["rows"].as_array().unwrap();
        let shown: Vec<(&str, i64, i64)> = rows
            .iter()
            .map(|row| {
                let number = |field: &str| row[field].as_i64().unwrap();
                let customer = row["customer_id"].as_str().unwrap();
                (customer, number("quantity"), number("amount"))
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("C001", -3_000_000, -37_500_000),
                ("C002", 3_000_000, 37_500_000)
            ]
        );
        assert_eq!(rows[0]["booking_period"], 202_602);

        let detail = company.json(0, &["appeal", "show", "1"]);
        assert_eq!(detail["appeal"]["state"], "approved");
        assert_eq!(detail["decisions"][0]["note"], "核实");
        assert_eq!(detail["source"]["detail"]["line"]["customer_id"], "C001");
        let text = company.expect(0, &["appeal", "show", "1", "--lang", "zh"]);
        for part in [
            "申诉 1 · 分院 · 已通过",
            "分院以总院名义采购",
            "北京协和医院",
            "37.50",
        ] {
            assert!(text.stdout.contains(part), "{part}\n{}", text.stdout);
        }

        // Exit code 2 and a sentence: an appeal is decided once.
        let again = company.expect(2, &["appeal", "refuse", "1", "--note", "晚了"]);
        assert!(again.stderr.contains("appeal 1 is approved"));
        let back = company.json(0, &["appeal", "take-back", "1", "--note", "误批"]);
        assert_eq!(back["rows"].as_array().unwrap().len(), 4);
        let listed = company.json(0, &["appeal", "list", "--state", "taken_back"]);
        assert_eq!(listed[0]["appeal"]["appeal_id"], 1);
        let none = company.expect(0, &["appeal", "list", "--period", "2026-01"]);
        assert_eq!(none.stdout, "there are no appeals\n");
        // Two more, refused and withdrawn.
        company.expect(0, &branch(&line, &[]));
        company.expect(0, &["appeal", "refuse", "2", "--note", "无依据"]);
        company.expect(0, &branch(&line, &[]));
        company.expect(0, &["appeal", "withdraw", "3"]);
        company.expect(0, &["doctor", "--verify"]);
        assert_eq!(company.lines().len(), 2, "no line is touched");
    }
}

#[test]
fn a_corrected_file_leaves_a_warning_and_a_closed_month_stands() {
    let (company, january, february) = company(Engine::Sqlite);
    company.expect(0, &branch(&february, &[]));
    company.expect(0, &["appeal", "approve", "1"]);
    company.deliver(
        "D01",
        "流向.csv",
        SALES
            .replace(",8,盒,12.5,100", ",9,盒,12.5,112.5")
            .as_bytes(),
    );
    company.run(&["run"]);
    let listed = company.expect(1, &["appeal", "list"]);
    assert!(
        listed
            .stderr
            .contains(&format!("line {february} of appeal 1 does not count")),
        "{}",
        listed.stderr
    );
    assert_eq!(company.json(1, &["appeal", "show", "1"])["stale"], true);

    company.expect(0, &["period", "close", "2026-01"]);
    let closing = company.expect(0, &["period", "close", "2026-02", "--dry-run"]);
    assert!(closing.stderr.contains("appeal 1"), "{}", closing.stderr);
    company.expect(0, &["appeal", "take-back", "1", "--note", "文件已更正"]);
    company.expect(0, &["appeal", "list"]);

    // January is closed: what is filed now counts in February, which is asked for or taken.
    let closed = company.expect(2, &branch(&january, &["--to-period", "2026-01"]));
    assert!(closed.stderr.contains("2026-01 is closed"));
    assert!(closed.stderr.contains("--to-period 2026-02"));
    company.expect(0, &branch(&january, &[]));
    let approved = company.json(0, &["appeal", "approve", "2"]);
    assert_eq!(approved["rows"][1]["booking_period"], 202_602);
    assert_eq!(approved["rows"][1]["business_period"], 202_601);
}

#[test]
fn windows_are_shown_and_opened_by_hand() {
    let (company, january, _) = company(Engine::Sqlite);
    let refused = company.expect(2, &branch(&january, &[]));
    assert_eq!(
        refused.stderr,
        "error: the window appeals (申诉) of 2026-01 is over: its days were 2026-02-03 to 2026-02-12, today is 2026-03-05\n\
         hint: open it by hand: `channelflow period open-window 2026-01 appeal`\n"
    );
    company.expect(
        0,
        &["period", "open-window", "2026-01", "appeal", "--dry-run"],
    );
    company.expect(2, &branch(&january, &[]));
    let opened = company.expect(0, &["period", "open-window", "2026-01", "appeal"]);
    assert_eq!(
        opened.stdout,
        "the window appeals (申诉) of 2026-01 is opened by hand now\n"
    );
    company.expect(0, &branch(&january, &[]));
    company.expect(0, &["period", "close-window", "2026-01", "appeal"]);
    let zh = company.expect(0, &["period", "windows", "2026-01", "--lang", "zh"]);
    for part in ["申诉", "手动关闭", "过期关闭", "tester", "2026-02-03"] {
        assert!(zh.stdout.contains(part), "{part}\n{}", zh.stdout);
    }
    let windows = company.json(0, &["period", "windows", "2026-02"]);
    let state = |name: &str| {
        let rows = windows.as_array().unwrap();
        let row = rows.iter().find(|row| row["window"] == name).unwrap();
        row["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state("upload"), "open");
    assert_eq!(state("confirmation"), "not_open");
    let unknown = company.expect(2, &["period", "open-window", "2026-02", "appeals"]);
    assert!(
        unknown.stderr.contains("appeal, confirmation"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn posts_confirm_object_or_stay_silent() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (company, ..) = company(engine);
        let start = ["confirm", "2026-02", "--start", "--posts", "T1,T2,T3"];
        let refused = company.expect(2, &start);
        assert!(
            refused
                .stderr
                .contains("the window sales confirmation (销量确认) of 2026-02 is not open yet"),
            "{}",
            refused.stderr
        );
        company.expect(0, &["period", "open-window", "2026-02", "confirmation"]);
        let preview = company.expect(0, &[&start[..], &["--dry-run"]].concat());
        assert!(preview.stdout.starts_with("preview: 3 posts are asked"));
        let none = company.expect(0, &["confirm", "2026-02", "--list"]);
        assert_eq!(none.stdout, "no post was asked to confirm\n");
        let asked = company.json(0, &start);
        assert_eq!(asked["confirmations"][0]["deadline"], 20_260_308);

        company.expect(0, &["confirm", "2026-02", "--post", "T1"]);
        let objected = ["confirm", "2026-02", "--post", "T2", "--object", "少 20 盒"];
        company.expect(0, &objected);
        company.expect(2, &objected);
        company.expect(
            0,
            &["confirm", "2026-02", "--post", "T2", "--handle", "已补"],
        );
        let early = company.expect(0, &["confirm", "2026-02", "--default"]);
        assert!(early.stdout.starts_with("0 posts did not answer in time"));

        // After the deadline silence is recorded, and an answer comes too late.
        let later = |arguments: &[&str]| {
            let mut command = company.command(arguments);
            command.env("CHANNELFLOW_NOW", "2026-03-09T02:00:00+08:00");
            common::ran(command.output().unwrap())
        };
        let late = later(&["confirm", "2026-02", "--post", "T3"]);
        assert_eq!(late.code, 2);
        assert!(late.stderr.contains("until 2026-03-08"), "{}", late.stderr);
        let recorded = later(&["confirm", "2026-02", "--default"]);
        assert!(
            recorded.stdout.starts_with("1 post did not answer in time"),
            "{}",
            recorded.stdout
        );
        let listed = company.json(0, &["confirm", "2026-02", "--list"]);
        let shown: Vec<(&str, bool)> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                let by_default = it["by_default"].as_bool().unwrap();
                (it["state"].as_str().unwrap(), by_default)
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("confirmed", false),
                ("handled", false),
                ("confirmed", true)
            ]
        );
        assert_eq!(listed[1]["steps"][1]["note"], "少 20 盒");
        let zh = company.expect(0, &["confirm", "2026-02", "--list", "--lang", "zh"]);
        assert!(zh.stdout.contains("默认确认"), "{}", zh.stdout);
    }
}
