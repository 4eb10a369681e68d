//! The files settlement is computed from: by command, with every run, previewed, refused, frozen.

use crate::common::{Company, Engine, ran};

const ORG: &str = "组织编码,组织名称,层级,上级,生效日期,失效日期\n\
    U1,燕山康泽,公司,,,\n\
    R1,华北大区,大区,U1,,\n\
    S1,北京一岗,岗位,R1,,\n\
    S2,北京二岗,岗位,R1,,\n";
const SEATS: &str = "岗位编码,工号,姓名,任职日期,离任日期\n\
    S1,E1,王芳,2026-01-01,2026-02-28\n\
    S1,E2,李强,2026-03-01,\n";
const GROUPS: &str = "品种编码,品种,产品编码\nG1,泽林,P01\nG1,泽林,P02\n";
const ATTRIBUTION: &str = "客户编码,品种编码,岗位编码,比例,生效日期\n\
    C001,G1,S1,60%,2026-01-01\n\
    C001,G1,S2,0.4,2026-01-01\n\
    C002,,S1,1,2026-01-01\n";
const PRICES: &str = "产品编码,生效日期,考核价,作废\n\
    P01,2025-01-01,12,\n\
    P01,2026-01-01,12.5,\n\
    P01,2026-02-01,99,是\n\
    P01,2026-07-01,13,\n";
const TARGETS: &str = "年度,对象类型,对象编码,品种,口径,统计口径,1月,2月,3月,全年\n\
    2026,组织,R1,G1,考核金额,terminal,\"1,000\",2000,,3000\n\
    2026,经销商,D01,,数量,first_tier,10,10,10,30\n";
const SHIPMENTS: &str = "发货单号,行号,发货日期,经销商编码,产品编码,批号,数量,金额\n\
    S-1,1,2026-01-05,D01,P01,2509A01,400,4800\n\
    S-1,2,2026-01-05,D01,P02,,100,2100.5\n";
const PAYMENTS: &str = "回款单号,经销商编码,回款日期,应付日期,金额,回款方式,期限\n\
    R-1,D01,2026-01-20,2026-01-31,4800,承兑,6个月\n";

const POLICY: &str = "id = \"q1\"\nversion = 1\nname = \"返利\"\nvalid_from = 2026-01-01\nperiod = \"month\"\n\
    [party]\ndistributors = [\"D01\"]\n\
    [basis]\nsource = \"sale\"\ncounting_point = \"terminal\"\nmeasure = \"amount\"\n\
    [[reward]]\nid = \"all\"\nshape = \"percent\"\nrate = \"3%\"\n";

fn write(company: &Company, name: &str, text: &str) -> String {
    let path = company.file(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The sample company with its names imported.
fn company(engine: Engine) -> Company {
    let company = Company::without_files(engine);
    company.expect(0, &["run"]);
    company
}

/// Every file by its command, in the order they point at each other.
fn import_all(company: &Company) {
    for (command, text) in [
        ("org", ORG),
        ("org", SEATS),
        ("group", GROUPS),
        ("attribution", ATTRIBUTION),
        ("price", PRICES),
        ("target", TARGETS),
        ("shipment", SHIPMENTS),
        ("payment", PAYMENTS),
    ] {
        let file = write(company, "import.csv", text);
        company.expect(0, &[command, "import", &file]);
    }
}

#[test]
fn every_file_is_imported_shown_and_listed() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = company(engine);
        import_all(&company);
        let tree = company.expect(0, &["org", "show"]).stdout;
        assert_eq!(
            tree,
            "U1 燕山康泽 · company\n  R1 华北大区 · region\n    S1 北京一岗 · post · E2 李强\n    \
             S2 北京二岗 · post · vacant\n"
        );
        let earlier = company.json(0, &["org", "show", "--at", "2026-01-31"]);
        assert_eq!(earlier["units"].as_array().unwrap().len(), 4);
        assert_eq!(earlier["units"][2]["holders"][0]["person_name"], "王芳");

        let prices = company.json(0, &["price", "list"]);
        let states: Vec<&str> = prices
            .as_array()
            .unwrap()
            .iter()
            .map(|price| price["state"].as_str().unwrap())
            .collect();
        assert_eq!(states, ["earlier", "in_force", "revoked", "later"]);
        let shown = company.expect(0, &["--lang", "zh", "price", "list"]).stdout;
        assert!(
            shown.contains("阿莫西林胶囊") && shown.contains("执行中"),
            "{shown}"
        );

        let february = company.json(0, &["target", "list", "2026-02"]);
        assert_eq!(february.as_array().unwrap().len(), 2);
        let march = company.expect(0, &["target", "list", "2026-03"]).stdout;
        assert!(
            march.contains("D01 北京京康医药有限公司") && !march.contains("R1"),
            "{march}"
        );
        company.expect(2, &["target", "list", "March"]);

        let covered = company.json(0, &["attribution", "check"]);
        assert_eq!(
            (
                &covered["attributed"],
                &covered["posts"],
                &covered["vacant"]
            ),
            (&2.into(), &2.into(), &1.into())
        );
        let versions = company.json(0, &["settings", "versions"]);
        let versions = versions.as_array().unwrap();
        assert_eq!(versions.len(), 8);
        assert_eq!(versions[3]["kind"], "attribution");
        assert_eq!(versions[3]["imported_by"], "tester");
        let table = company.expect(0, &["settings", "versions"]).stdout;
        assert!(
            table.contains("assessed prices") && table.contains("import.csv"),
            "{table}"
        );
        company.expect(0, &["doctor", "--verify"]);
    }
}

#[test]
fn an_import_shows_its_differences_and_a_preview_stores_nothing() {
    let company = company(Engine::Sqlite);
    import_all(&company);
    let changed = ATTRIBUTION
        .replace("C001,G1,S1,60%", "C001,G1,S1,0.7")
        .replace("C001,G1,S2,0.4", "C001,G1,S2,30%")
        .replace("C002,,S1,1,2026-01-01\n", "C003,,S1,1,2026-01-01\n");
    let file = write(&company, "changed.csv", &changed);
    let preview = company
        .expect(0, &["attribution", "import", &file, "--dry-run"])
        .stdout;
    assert_eq!(
        preview,
        "preview: attribution: 1 would be added, 2 changed, 1 ended, 0 unchanged\n  \
         ~ C001|G1|S1|2026-01-01 share: `0.6` → `0.7`\n  \
         ~ C001|G1|S2|2026-01-01 share: `0.4` → `0.3`\n  \
         - C002||S1|2026-01-01\n  + C003||S1|2026-01-01\n"
    );
    assert_eq!(
        company
            .json(0, &["settings", "versions"])
            .as_array()
            .unwrap()
            .len(),
        8
    );
    let stored = company.json(0, &["attribution", "import", &file]);
    assert_eq!(
        (&stored["version"], &stored["dry_run"]),
        (&9.into(), &false.into())
    );
    assert_eq!(stored["diff"]["absent"][0], "C002||S1|2026-01-01");
    let again = company.expect(0, &["attribution", "import", &file]).stdout;
    assert!(again.contains("no new version"), "{again}");

    // Many changes are counted after the first twenty.
    let mut prices = PRICES.to_owned();
    for day in 1..=30 {
        prices.push_str(&format!("P01,2027-03-{day:02},1{day},\n"));
    }
    let file = write(&company, "many.csv", &prices);
    let many = company.expect(0, &["price", "import", &file]).stdout;
    assert_eq!(many.lines().count(), 22, "{many}");
    assert!(many.ends_with("  … 10 more\n"), "{many}");
}

#[test]
fn a_wrong_file_is_refused_whole_with_every_cell() {
    let company = company(Engine::Sqlite);
    import_all(&company);
    let wrong = "客户编码,岗位编码,比例\nC001,S1,1\nC999,R1,2\n";
    let file = write(&company, "wrong.csv", wrong);
    let refused = company.expect(2, &["--lang", "en", "attribution", "import", &file]);
    for said in [
        "wrong.csv",
        "`C999`",
        "`R1`",
        "`2`",
        "channelflow org import",
    ] {
        assert!(
            refused.stderr.contains(said),
            "`{said}` is not in\n{}",
            refused.stderr
        );
    }
    let refused = company.expect(2, &["--lang", "zh", "attribution", "import", &file]);
    assert!(
        refused.stderr.contains("客户主数据里没有"),
        "{}",
        refused.stderr
    );
    let missing = company.expect(2, &["org", "import", "no/such/file.csv"]);
    assert!(
        missing.stderr.contains("there is no file"),
        "{}",
        missing.stderr
    );
    assert_eq!(
        company
            .json(0, &["settings", "versions"])
            .as_array()
            .unwrap()
            .len(),
        8
    );
}

/// Every file into the master folder, and a policy.
fn put_all(company: &Company) {
    for (name, text) in [
        ("org", ORG),
        ("seats", SEATS),
        ("groups", GROUPS),
        ("attribution", ATTRIBUTION),
        ("prices", PRICES),
        ("targets", TARGETS),
        ("shipments", SHIPMENTS),
        ("payments", PAYMENTS),
    ] {
        write(company, &format!("master/{name}.csv"), text);
    }
    write(company, "policies/q1.toml", POLICY);
}

#[test]
fn a_run_imports_the_folders_and_reports_them() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::without_files(engine);
        put_all(&company);
        // Nothing is stored yet, not even the customers the files point at.
        let preview = company.json(0, &["run", "--dry-run"]);
        let first = company.json(0, &["run"]);
        for report in [&preview, &first] {
            let lines: Vec<(&str, u64)> = report["master"]
                .as_array()
                .unwrap()
                .iter()
                .skip(4)
                .map(|line| {
                    (
                        line["kind"].as_str().unwrap(),
                        line["added"].as_u64().unwrap(),
                    )
                })
                .collect();
            assert_eq!(
                lines,
                [
                    ("org", 4),
                    ("seats", 2),
                    ("groups", 2),
                    ("attribution", 3),
                    ("prices", 4),
                    ("targets", 5),
                    ("shipments", 2),
                    ("payments", 1),
                    ("policies", 1),
                ]
            );
        }
        assert_eq!(
            company
                .json(0, &["settings", "versions"])
                .as_array()
                .unwrap()
                .len(),
            9
        );
        company.expect(0, &["run"]);
        assert_eq!(
            company
                .json(0, &["settings", "versions"])
                .as_array()
                .unwrap()
                .len(),
            9
        );

        // A refused file and a policy that changed under its version are said; the rest is stored.
        write(&company, "master/seats.csv", "岗位编码,工号\nS9,E1\n");
        write(
            &company,
            "master/prices.csv",
            "产品编码,生效日期,考核价\nP01,2026-01-01,12.6\n",
        );
        write(
            &company,
            "policies/q1.toml",
            &POLICY.replace("\"3%\"", "\"4%\""),
        );
        let second = company.expect(1, &["--lang", "en", "run"]).stdout;
        for said in [
            "seats seats.csv: 1 problem, nothing of the file was imported",
            "assessed prices prices.csv: 0 added, 1 changed, 3 ended, 0 unchanged",
            "policy `q1@1` was imported before with another text",
        ] {
            assert!(second.contains(said), "`{said}` is not in\n{second}");
        }
        let prices = company.json(0, &["price", "list"]);
        assert_eq!(prices.as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_closed_month_says_which_settings_it_was_closed_with() {
    let company = Company::without_files(Engine::Sqlite);
    put_all(&company);
    company.expect(0, &["run"]);
    company.expect(0, &["period", "close", "2026-01"]);
    let closed = company.json(0, &["period", "list"]);
    // Nine files, and the copies of customers, products and distributors.
    assert_eq!(closed[0]["frozen_version"], 12);
    company.expect(0, &["period", "reopen", "2026-01"]);
    let open = company.json(0, &["period", "list"]);
    assert_eq!(open[0]["frozen_version"], serde_json::Value::Null);
}

#[test]
fn a_killed_import_did_not_happen() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::without_files(engine);
        put_all(&company);
        for step in ["records_ended:1", "records_opened:3", "records_opened:5"] {
            let killed = ran(company
                .command(&["run"])
                .env("CHANNELFLOW_CRASH_AT", step)
                .output()
                .unwrap());
            assert_eq!(killed.code, -1, "`{step}` was never reached");
        }
        company.expect(0, &["run"]);
        assert_eq!(
            company
                .json(0, &["settings", "versions"])
                .as_array()
                .unwrap()
                .len(),
            9
        );
        company.expect(0, &["doctor", "--verify"]);
    }
}
