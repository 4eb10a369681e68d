//! Sources that are no folders, from a real server into the warehouse: what was read is remembered with
//! what was loaded, a kill costs a repeated query, and the ERP's shipments become records.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::io::Read;
use std::net::TcpListener;
use std::process::Command;

use common::{Company, Engine, new_database, ran};

/// Runs SQL on the source's database.
fn sql(url: &str, text: &str) {
    let done = Command::new("psql").arg(url).args(["-qc", text]).output();
    let done = done.expect("psql comes with the postgresql package");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// A company whose only source is a database, described by this resource.
fn reading(feeds: &str, resource: &str) -> (Company, String) {
    let database = new_database();
    let (place, name) = database.rsplit_once('/').unwrap();
    let port = place.rsplit_once(':').unwrap().1;
    let company = Company::without_files(Engine::Sqlite);
    std::fs::create_dir_all(company.file("sources")).unwrap();
    let description = format!(
        "engine = \"postgresql\"\nhost = \"127.0.0.1\"\nport = {port}\ndatabase = \"{name}\"\n\
         user = \"{{user}}\"\npassword = \"{{password}}\"\ntls = \"off\"\n\n{resource}"
    );
    std::fs::write(company.file("sources/erp.toml"), description).unwrap();
    let path = company.file("channelflow.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let kept = text.split("[[source]]").next().unwrap();
    let source = format!(
        "[[source]]\nname = \"erp\"\nkind = \"database\"\npath = \"sources/erp.toml\"\n\
         distributor = \"D01\"\nfeeds = \"{feeds}\"\n\
         with = {{ user = \"channelflow\", password = \"${{ERP_PASSWORD}}\" }}\n"
    );
    std::fs::write(path, format!("{kept}{source}")).unwrap();
    (company, database)
}

/// Runs at this time, killed at this step if there is one.
fn run(company: &Company, at: &str, crash: &str) -> common::Ran {
    let mut command = company.command(&["--format", "json", "run"]);
    command
        .env("CHANNELFLOW_NOW", format!("{at}T02:00:00+08:00"))
        .env("ERP_PASSWORD", "s3cret-of-the-erp");
    if !crash.is_empty() {
        command.env("CHANNELFLOW_CRASH_AT", crash);
    }
    ran(command.output().unwrap())
}

fn report(ran: &common::Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}\n{}", ran.stdout, ran.stderr))
}

const SALES: &str = r#"
[[resource]]
name = "销售"
watermark = "销售日期"
first_day = "2026-02-01"
look_back_days = 0
columns = ["销售日期", "客户名称", "产品名称", "规格", "批号", "数量", "单位", "单价", "金额"]
query = """
SELECT day AS 销售日期, '北京协和医院' AS 客户名称, '阿莫西林胶囊' AS 产品名称, '0.25g*24粒/盒' AS 规格,
       '2509A01' AS 批号, boxes AS 数量, '盒' AS 单位, 12.5 AS 单价, boxes * 12.5 AS 金额
FROM sales WHERE day >= {from} AND day <= {to}
"""
"#;

#[test]
fn a_database_is_read_on_from_what_was_loaded_whatever_kills_a_run() {
    let (company, database) = reading("flows", SALES);
    sql(
        &database,
        "CREATE TABLE sales (day DATE, boxes INT);
         INSERT INTO sales VALUES ('2026-02-03', 10), ('2026-02-04', 20)",
    );
    for step in ["after_submission:1", "before_commit:1"] {
        assert_eq!(run(&company, "2026-03-05", step).code, -1, "{step}");
        assert!(company.lines().is_empty());
    }

    let first = report(&run(&company, "2026-03-05", ""));
    assert_eq!(
        first["files"][0]["file"], "销售_2026-02-01_2026-03-04.csv",
        "{first:#}"
    );
    assert_eq!(first["rows"]["loaded"], 2);
    // Killed after the commit: it is not read again.
    sql(&database, "INSERT INTO sales VALUES ('2026-03-05', 30)");
    assert_eq!(run(&company, "2026-03-06", "after_commit:1").code, -1);
    let again = report(&run(&company, "2026-03-06", ""));
    assert_eq!(again["files"].as_array().unwrap().len(), 0);
    let quantities: Vec<String> = company
        .lines()
        .into_iter()
        .map(|line| line["quantity"].clone())
        .collect();
    assert_eq!(quantities, ["10", "20", "30"]);

    // A changed table is said, and nothing of it is loaded.
    sql(&database, "ALTER TABLE sales RENAME boxes TO cases");
    let broken = run(&company, "2026-03-07", "");
    assert_eq!(broken.code, 1);
    assert_eq!(report(&broken)["sources"][0]["state"], "failed");
    assert!(!broken.stdout.contains("s3cret"), "{}", broken.stdout);
    let text = ran(company
        .command(&["source", "list"])
        .env("ERP_PASSWORD", "s3cret-of-the-erp")
        .output()
        .unwrap());
    assert!(text.stdout.contains("failed"), "{}", text.stdout);
}

#[test]
fn a_preview_reads_a_source_and_remembers_nothing() {
    let (company, database) = reading("flows", SALES);
    sql(
        &database,
        "CREATE TABLE sales (day DATE, boxes INT); INSERT INTO sales VALUES ('2026-02-03', 10)",
    );
    let preview = company
        .command(&["--format", "json", "run", "--dry-run"])
        .env("ERP_PASSWORD", "x")
        .output();
    let preview = report(&ran(preview.unwrap()));
    assert_eq!(preview["rows"]["loaded"], 1, "{preview:#}");
    assert!(company.lines().is_empty());
    assert_eq!(
        report(&run(&company, "2026-03-05", ""))["rows"]["loaded"],
        1
    );
}

#[test]
fn a_missing_password_stops_its_source_alone() {
    let (company, _) = reading("flows", SALES);
    let report = company.json(1, &["run"]);
    assert_eq!(report["findings"][1]["code"], "settings_secret_not_set");
    company.expect(0, &["held", "list"]);
}

const SHIPMENTS: &str = r#"
[[resource]]
name = "发货"
watermark = "发货日期"
first_day = "2026-02-01"
look_back_days = 40
columns = ["发货单号", "发货日期", "经销商编码", "产品编码", "批号", "数量", "金额"]
query = """
SELECT note AS 发货单号, day AS 发货日期, 'D01' AS 经销商编码, 'P01' AS 产品编码, '2509A01' AS 批号,
       boxes AS 数量, boxes * 10.0 AS 金额
FROM shipments WHERE day >= {from} AND day <= {to}
"""
"#;

#[test]
fn shipments_of_the_erp_become_records_once() {
    let (company, database) = reading("shipments", SHIPMENTS);
    sql(
        &database,
        "CREATE TABLE shipments (note TEXT, day DATE, boxes INT);
         INSERT INTO shipments VALUES ('F1', '2026-02-03', 100)",
    );
    let imported = |report: &serde_json::Value| -> Vec<(u64, u64)> {
        let master = report["master"].as_array().unwrap().iter();
        let shipments = master.filter(|it| it["kind"] == "shipments");
        shipments
            .map(|it| {
                (
                    it["added"].as_u64().unwrap(),
                    it["unchanged"].as_u64().unwrap(),
                )
            })
            .collect()
    };
    assert_eq!(
        imported(&report(&run(&company, "2026-03-05", ""))),
        [(1, 0)]
    );
    // The look-back reads the old one again, which changes nothing.
    sql(
        &database,
        "INSERT INTO shipments VALUES ('F2', '2026-03-05', 50)",
    );
    let next = report(&run(&company, "2026-03-06", ""));
    assert_eq!(imported(&next), [(1, 1)], "{next:#}");
    assert_eq!(next["files"].as_array().unwrap().len(), 0);
}

/// What comes of something within two minutes.
fn eventually<T>(mut of: impl FnMut() -> Option<T>) -> T {
    let begun = std::time::Instant::now();
    loop {
        if let Some(found) = of() {
            return found;
        }
        assert!(begun.elapsed().as_secs() < 120, "waited for nothing");
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
}

/// The server of the slow one takes a connection and says nothing.
#[test]
fn what_others_brought_is_loaded_while_a_slow_source_is_still_read() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let settings = "[nightly]\ntries = 1\n\n[[source]]\nname = \"dav\"\nkind = \"webdav\"\n\
         path = \"sources/dav.toml\"\nwith = { word = \"${DAV_WORD}\" }\n\n[[source]]\nname = \"inbox\"\nkind = \"folder\"\npath = \"inbox\"\n";
    let company = Company::without_files(Engine::Sqlite);
    let path = company.file("channelflow.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let kept = text.split("[[source]]").next().unwrap();
    std::fs::write(path, format!("{kept}{settings}")).unwrap();
    std::fs::create_dir_all(company.file("sources")).unwrap();
    let description = format!(
        "url = \"http://127.0.0.1:{port}/dav\"\nuser = \"x\"\npassword = \"{{word}}\"\ntimeout_seconds = 600\n"
    );
    std::fs::write(company.file("sources/dav.toml"), description).unwrap();
    company.deliver(
        "D01",
        "sales.csv",
        "销售日期,客户名称,产品名称,规格,批号,数量,单位,单价,金额\n\
         2026-02-03,北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,10,盒,12.5,125\n"
            .as_bytes(),
    );

    let night = company
        .command(&["--format", "json", "run", "--nightly"])
        .env("DAV_WORD", "secret")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    silent.set_nonblocking(true).unwrap();
    let (mut held, _) = eventually(|| silent.accept().ok());
    eventually(|| (!company.lines().is_empty()).then_some(()));

    // The other visit still waits for an answer: its line is open, and says nothing more.
    held.set_nonblocking(true).unwrap();
    let mut asked = Vec::new();
    let waits = held.read_to_end(&mut asked).unwrap_err();
    assert_eq!(waits.kind(), std::io::ErrorKind::WouldBlock);
    assert!(asked.starts_with(b"PROPFIND /dav"), "{asked:?}");
    drop((held, silent));
    let ended = ran(night.wait_with_output().unwrap());
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let states = report["sources"].as_array().unwrap().iter();
    let states: Vec<_> = states.map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["failed", "read"]);
    assert_eq!(report["rows"]["loaded"], 1);
}
