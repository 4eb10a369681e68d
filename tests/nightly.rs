//! The night: sources by plan, one failure that stops nobody else, a lock, the morning report, and
//! how complete a month is. The clock is stopped; waiting moves it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use common::{Company, Engine, ran};

/// A file of one sale of a medicine and a hospital of the samples.
fn sale(day: &str) -> Vec<u8> {
    format!(
        "销售日期,客户名称,产品名称,规格,批号,数量,单位,单价,金额\n\
         {day},北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,10,盒,12.5,125\n"
    )
    .into_bytes()
}

/// A company with two inboxes, the settings of both and of the night.
fn two_inboxes(engine: Engine, settings: &str) -> Company {
    let company = Company::without_files(engine);
    let path = company.file("channelflow.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let kept = text.split("[[source]]").next().unwrap();
    std::fs::write(&path, format!("{kept}\n{settings}")).unwrap();
    std::fs::create_dir_all(company.file("second/D02")).unwrap();
    company
}

const PLAN: &str = r#"
[nightly]
until = "07:00"

[[source]]
name = "inbox"
kind = "folder"
path = "inbox"

[[source]]
name = "second"
kind = "folder"
path = "second"
window = "03:00-05:00"
after = ["inbox"]
"#;

#[test]
fn a_night_follows_its_plan_and_an_ordinary_run_does_not() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = two_inboxes(engine, PLAN);
        company.deliver("D01", "sales.csv", &sale("2026-02-03"));
        std::fs::write(company.file("second/D02/sales.csv"), sale("2026-02-04")).unwrap();

        let report = company.json(1, &["run", "--nightly"]);

        let seen: Vec<(&str, &str, &str)> = report["sources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                let text = |name: &str| it[name].as_str().unwrap();
                (text("name"), text("state"), &text("at")[11..16])
            })
            .collect();
        assert_eq!(
            seen,
            [("inbox", "read", "02:00"), ("second", "read", "03:00")]
        );
        assert_eq!(report["files"].as_array().unwrap().len(), 2);

        std::fs::write(company.file("second/D02/more.csv"), sale("2026-02-05")).unwrap();
        let at_once = company.json(1, &["run"]);
        assert_eq!(at_once["sources"][1]["at"], common::NOW);
    }
}

#[test]
fn a_source_that_fails_stops_nobody_and_is_said() {
    let settings = r#"
[[source]]
name = "broken"
kind = "portal"
path = "no/such/description.toml"
deadline = "06:00"

[[source]]
name = "inbox"
kind = "folder"
path = "inbox"
"#;
    let company = two_inboxes(Engine::Sqlite, settings);
    company.deliver("D01", "sales.csv", &sale("2026-02-03"));

    let report = company.json(1, &["run", "--nightly"]);

    assert_eq!(report["sources"][0]["state"], "failed");
    // What no second visit can mend is visited once.
    assert_eq!(report["sources"][0]["tries"], 1);
    assert_eq!(report["files"][0]["state"], "loaded");
    let failed = report["findings"].as_array().unwrap().iter();
    let failed: Vec<_> = failed.filter(|it| it["severity"] == "error").collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0]["code"], "source_unreadable");
    assert_eq!(failed[0]["place"]["file"], "broken");

    let listed = company.expect(1, &["source", "list"]);
    assert!(
        listed.stdout.contains("cannot be read"),
        "{}",
        listed.stdout
    );
    let checked = company.expect(2, &["config", "check"]);
    assert!(checked.stderr.contains("broken"), "{}", checked.stderr);
    let doctor = company.expect(1, &["doctor"]);
    assert!(
        doctor.stdout.contains("✗ source broken"),
        "{}",
        doctor.stdout
    );
    let probed = company.expect(2, &["source", "probe", "brokn"]);
    assert!(probed.stderr.contains("broken, inbox"), "{}", probed.stderr);

    let runs = company.json(0, &["runs", "list"]);
    assert_eq!(runs[0]["files"], 1);
    assert_eq!(runs[0]["clean"], false);
    let shown = company.expect(0, &["runs", "show", "1"]);
    assert!(shown.stdout.contains("broken"), "{}", shown.stdout);
    company.expect(2, &["runs", "show", "7"]);
}

#[test]
fn two_runs_never_meet() {
    let company = Company::without_files(Engine::Sqlite);
    company.expect(0, &["run"]);
    // Another machine with its own copy of the settings, on the same warehouse.
    let lock = std::fs::File::create(company.file("warehouse.db.run-lock")).unwrap();
    lock.lock().unwrap();

    let refused = company.expect(75, &["run", "--nightly"]);

    assert!(
        refused.stderr.contains("another run is at work"),
        "{}",
        refused.stderr
    );
    drop(lock);
    company.expect(0, &["run", "--nightly"]);
}

#[test]
fn a_night_that_was_killed_goes_on_where_it_was() {
    let undisturbed = two_inboxes(Engine::Sqlite, PLAN);
    let company = two_inboxes(Engine::Sqlite, PLAN);
    for company in [&undisturbed, &company] {
        company.deliver("D01", "sales.csv", &sale("2026-02-03"));
        std::fs::write(company.file("second/D02/sales.csv"), sale("2026-02-04")).unwrap();
    }
    undisturbed.expect(1, &["run", "--nightly"]);

    let killed = company
        .command(&["run", "--nightly"])
        .env("CHANNELFLOW_CRASH_AT", "before_commit:2")
        .output();
    assert_eq!(ran(killed.unwrap()).code, -1);
    let runs = company.json(0, &["runs", "list"]);
    assert!(runs[0]["finished_at"].is_null());

    // `serve` finds the unfinished night and makes up for it at once.
    company.expect(0, &["serve", "--schedule", "--runs", "1"]);
    let runs = company.json(0, &["runs", "list"]);
    assert_eq!(runs[0]["started_at"], common::NOW);
    assert_eq!(company.content(), undisturbed.content());
}

#[test]
fn serve_starts_the_night_at_its_time() {
    let company = two_inboxes(Engine::Sqlite, &format!("{PLAN}\n"));
    company.deliver("D01", "sales.csv", &sale("2026-02-03"));
    let settings = company.file("channelflow.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(
        &settings,
        text.replace("until =", "at = \"30 2 * * *\"\nuntil ="),
    )
    .unwrap();

    let served = company.expect(0, &["serve", "--schedule", "--runs", "1"]);

    assert!(
        served.stderr.contains("2026-03-05 02:30"),
        "{}",
        served.stderr
    );
    let runs = company.json(0, &["runs", "list"]);
    assert_eq!(runs[0]["started_at"], "2026-03-05T02:30:00+08:00");

    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replace("30 2 * * *", "at two")).unwrap();
    let refused = company.expect(2, &["config", "check"]);
    assert!(refused.stderr.contains("at two"), "{}", refused.stderr);
}

#[test]
fn what_may_pass_is_tried_again_within_the_night() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let settings = "[[source]]\nname = \"erp\"\nkind = \"database\"\npath = \"sources/erp.toml\"\n";
    let company = two_inboxes(Engine::Sqlite, settings);
    std::fs::create_dir_all(company.file("sources")).unwrap();
    let description = format!(
        "engine = \"postgresql\"\nhost = \"127.0.0.1\"\nport = {port}\ndatabase = \"erp\"\nuser = \"x\"\n\
         [[resource]]\nname = \"销售\"\nwatermark = \"d\"\nfirst_day = \"2026-02-01\"\n\
         columns = [\"d\"]\nquery = \"SELECT d FROM t WHERE d >= {{from}} AND d <= {{to}}\"\n"
    );
    std::fs::write(company.file("sources/erp.toml"), description).unwrap();

    let report = company.json(1, &["run", "--nightly"]);

    let source = &report["sources"][0];
    assert_eq!(
        (&source["state"], &source["tries"]),
        (&"failed".into(), &3.into())
    );
    assert_eq!(&source["at"].as_str().unwrap()[11..16], "02:30");
    let errors = report["findings"].as_array().unwrap().iter();
    assert_eq!(errors.filter(|it| it["severity"] == "error").count(), 1);
    // An ordinary run asks once.
    assert_eq!(company.json(1, &["run"])["sources"][0]["tries"], 1);
}

#[test]
fn doctor_says_that_the_clock_went_back_and_the_disk_is_short() {
    let company = Company::without_files(Engine::Sqlite);
    company.expect(0, &["run"]);
    company.expect(0, &["doctor"]);
    let early = company
        .command(&["doctor"])
        .env("CHANNELFLOW_NOW", "2026-03-04T02:00:00+08:00")
        .output();
    let early = ran(early.unwrap());
    assert_eq!(early.code, 1);
    assert!(
        early.stdout.contains("before the newest run"),
        "{}",
        early.stdout
    );

    let settings = company.file("channelflow.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let greedy = format!("{text}\n[limits]\nexpanded_bytes = 1_125_899_906_842_624\n");
    std::fs::write(settings, greedy).unwrap();
    let short = company.expect(1, &["doctor"]);
    assert!(short.stdout.contains("✗ disk: only"), "{}", short.stdout);
}

/// A mail server that takes one mail and gives it back.
fn mail_server() -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut writer = stream;
        let mut answer = |text: &str| writer.write_all(format!("{text}\r\n").as_bytes()).unwrap();
        answer("220 mail");
        let (mut mail, mut in_data) = (String::new(), false);
        let mut line = String::new();
        while reader.read_line(&mut line).unwrap() > 0 {
            let said = std::mem::take(&mut line);
            if in_data {
                if said == ".\r\n" {
                    in_data = false;
                    answer("250 taken");
                } else {
                    mail.push_str(&said);
                }
                continue;
            }
            mail.push_str(&said);
            match said.get(..4).unwrap_or_default() {
                "DATA" => {
                    in_data = true;
                    answer("354 go on");
                }
                "QUIT" => {
                    answer("221 bye");
                    break;
                }
                _ => answer("250 ok"),
            }
        }
        mail
    });
    (port, taken)
}

/// A web server that takes one request and answers with this status.
fn web_server(status: &'static str) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let read = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&request).into_owned();
            let body = text
                .split_once("\r\n\r\n")
                .map_or(0, |(_, body)| body.len());
            let length = text.lines().find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            });
            if read == 0 || length.is_some_and(|length: usize| body >= length) {
                break;
            }
        }
        stream
            .write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes())
            .unwrap();
        String::from_utf8_lossy(&request).into_owned()
    });
    (port, taken)
}

#[test]
fn the_morning_report_is_sent_and_a_deaf_receiver_is_said() {
    let (mail_port, mail) = mail_server();
    let (web_port, web) = web_server("500 no");
    let company = two_inboxes(
        Engine::Sqlite,
        &format!(
            "{PLAN}\n[nightly.mail]\nhost = \"127.0.0.1\"\nport = {mail_port}\ntls = \"none\"\n\
             from = \"flow@yskz.example\"\nto = [\"ann@yskz.example\", \"bo@yskz.example\"]\n"
        )
        .replace(
            "until =",
            &format!("webhook = \"http://127.0.0.1:{web_port}/${{HOOK}}\"\nuntil ="),
        ),
    );
    company.deliver("D01", "sales.csv", &sale("2026-02-03"));

    let ran = ran(company
        .command(&["run", "--nightly"])
        .env("HOOK", "t0ken")
        .output()
        .unwrap());

    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let mail = mail.join().unwrap();
    for said in [
        "ann@yskz.example",
        "bo@yskz.example",
        "text/html",
        "Subject:",
    ] {
        assert!(mail.contains(said), "{said}\n{mail}");
    }
    let request = web.join().unwrap();
    assert!(request.starts_with("POST /t0ken"), "{request}");
    assert!(request.contains("\"sources\":"), "{request}");
    assert!(ran.stderr.contains("500"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("t0ken"), "{}", ran.stderr);
}

#[test]
fn completeness_counts_what_was_expected_and_reminds_the_late() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::without_files(engine);
        std::fs::write(
            company.file("master/expected.csv"),
            "商业编码,数据类型,频率,截止天数,截止时间,生效日期,失效日期,暂停原因,邮箱\n\
             D01,销售,每天,60,,2026-02-02,2026-02-05,,ann@d01.example\n\
             D01,,,,,2026-02-04,2026-02-04,盘点,\n\
             D02,库存,每月,1,10:00,2026-01-01,,,\n",
        )
        .unwrap();
        company.deliver("D01", "sales.csv", &sale("2026-02-03"));
        company.expect(1, &["run"]);

        let measured = company.json(1, &["completeness", "2026-02"]);
        // Sixty days are not over: of D01 nothing is due. The stock of D02 is missing.
        assert_eq!(measured["not_due"], 3);
        assert_eq!(measured["paused"]["stocktake"], 1);

        let later = ran(company
            .command(&["completeness", "2026-02"])
            .env("CHANNELFLOW_NOW", "2026-05-05T02:00:00+08:00")
            .output()
            .unwrap());
        assert_eq!(later.code, 1, "{}", later.stderr);
        assert!(later.stdout.contains("25.0 %"), "{}", later.stdout);
        assert!(
            later.stdout.contains("received ÷ expected"),
            "{}",
            later.stdout
        );
        let letters = ran(company
            .command(&["completeness", "2026-02", "--remind"])
            .env("CHANNELFLOW_NOW", "2026-05-05T02:00:00+08:00")
            .output()
            .unwrap());
        assert!(
            letters.stdout.contains("ann@d01.example"),
            "{}",
            letters.stdout
        );
        assert!(letters.stdout.contains("2026-02-05"), "{}", letters.stdout);
        assert!(!letters.stdout.contains("2026-02-04"), "{}", letters.stdout);

        let (port, mail) = mail_server();
        let settings = company.file("channelflow.toml");
        let text = std::fs::read_to_string(&settings).unwrap();
        let section = format!(
            "[nightly.mail]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n\
             from = \"flow@yskz.example\"\nto = [\"ann@yskz.example\"]\n"
        );
        std::fs::write(settings, format!("{text}\n{section}")).unwrap();
        let reminded = ran(company
            .command(&["completeness", "2026-02", "--remind", "--send"])
            .env("CHANNELFLOW_NOW", "2026-05-05T02:00:00+08:00")
            .output()
            .unwrap());
        assert!(
            reminded.stderr.contains("sent to ann@d01.example"),
            "{}",
            reminded.stderr
        );
        // D02 has no address: one letter is sent.
        let mail = mail.join().unwrap();
        assert!(mail.contains("RCPT TO:<ann@d01.example>"), "{mail}");

        std::fs::write(
            company.file("master/expected.csv"),
            "商业编码,频率,截止时间\nD99,偶尔,十点\n",
        )
        .unwrap();
        let refused = company.expect(2, &["completeness", "2026-02"]);
        for said in ["D99", "偶尔", "十点"] {
            assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
        }
    }
}
