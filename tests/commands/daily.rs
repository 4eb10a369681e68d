//! The daily commands: running, trying, loading, exporting, the feed, and everything that can go
//! wrong with them.

use std::io::{BufRead, BufReader};
use std::process::Command;

use crate::common::{Company, Engine, NOW, ran, root};
use crate::{FIRST, SECOND, UNKNOWN, sale};

#[test]
fn mistakes_are_answered_with_a_sentence_and_code_two() {
    let company = Company::without_files(Engine::Sqlite);
    let missing = company.expect(2, &["load", "no/such/file.xlsx"]);
    assert!(
        missing
            .stderr
            .contains("there is no file `no/such/file.xlsx`"),
        "{}",
        missing.stderr
    );

    let file = company.deliver("D01", "a.csv", &sale(&[FIRST]));
    company.expect(
        0,
        &[
            "master",
            "import",
            "distributors",
            company.file("master/distributors.csv").to_str().unwrap(),
        ],
    );
    let nobody = company.expect(2, &["load", file.to_str().unwrap(), "--distributor", "D99"]);
    assert!(
        nobody.stderr.contains("there is no distributor `D99`"),
        "{}",
        nobody.stderr
    );

    let period = company.expect(2, &["period", "close", "January"]);
    assert!(
        period.stderr.contains("`January` is not a period"),
        "{}",
        period.stderr
    );

    let ending = company.expect(2, &["export", company.file("x.doc").to_str().unwrap()]);
    assert!(
        ending.stderr.contains(".csv, .xlsx or .parquet"),
        "{}",
        ending.stderr
    );

    std::fs::write(
        company.file("channelflow.toml"),
        "[company]\nnaem = \"x\"\n[period]\ncutoff_day = 40\n",
    )
    .unwrap();
    let settings = company.expect(2, &["config", "check"]);
    for said in [
        "channelflow.toml:2",
        "naem",
        "channelflow.toml:4",
        "cutoff_day",
    ] {
        assert!(
            settings.stderr.contains(said),
            "`{said}` is not in\n{}",
            settings.stderr
        );
    }

    let nowhere = ran(Command::new(env!("CARGO_BIN_EXE_channelflow"))
        .args(["-C", company.file("nowhere").to_str().unwrap(), "run"])
        .output()
        .unwrap());
    assert_eq!(nowhere.code, 2);
    assert!(
        nowhere.stderr.contains("channelflow init"),
        "{}",
        nowhere.stderr
    );
}

#[test]
fn a_new_company_can_run_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("acme");
    let command = |arguments: &[&str]| {
        ran(Command::new(env!("CARGO_BIN_EXE_channelflow"))
            .args(arguments)
            .output()
            .unwrap())
    };
    let made = command(&["init", dir.to_str().unwrap()]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let again = command(&["init", dir.to_str().unwrap()]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("is not empty"), "{}", again.stderr);
    let run = command(&["-C", dir.to_str().unwrap(), "run"]);
    assert_eq!(run.code, 0, "{}\n{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("nothing new"), "{}", run.stdout);
    let check = command(&["-C", dir.to_str().unwrap(), "config", "check"]);
    assert_eq!(check.code, 0, "{}", check.stderr);
    assert!(check.stderr.is_empty(), "{}", check.stderr);

    // The examples are good ones: taken as they stand, every file and the policy are imported.
    let examples = std::fs::read_to_string(dir.join("master/README.md")).unwrap();
    let mut names = Vec::new();
    for section in examples.split("\n## ").skip(1) {
        let name = section.lines().next().unwrap();
        let rows = section.split("```csv\n").nth(1).unwrap();
        let rows = rows.split("```").next().unwrap();
        let template = std::fs::read_to_string(dir.join("master").join(name)).unwrap();
        assert!(rows.starts_with(&template), "{name}");
        std::fs::write(dir.join("master").join(name), rows).unwrap();
        names.push(name);
    }
    let policies = dir.join("policies");
    std::fs::rename(
        policies.join("example.toml.txt"),
        policies.join("example.toml"),
    )
    .unwrap();
    let run = command(&["-C", dir.to_str().unwrap(), "--format", "json", "run"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["findings"], serde_json::json!([]), "{report:#}");
    let imported: Vec<&serde_json::Value> = report["master"].as_array().unwrap().iter().collect();
    for file in &imported {
        assert_eq!(file["findings"], serde_json::json!([]), "{file:#}");
        assert_ne!(file["added"], 0, "{file:#}");
    }
    assert_eq!(imported.len(), names.len() + 1, "{report:#}");
    for words in [&["config", "check"][..], &["policy", "check"]] {
        let check = command(&[&["-C", dir.to_str().unwrap()], words].concat());
        assert_eq!(check.code, 0, "{}\n{}", check.stdout, check.stderr);
    }
}

#[test]
fn trying_a_file_stores_nothing_and_says_what_would_happen() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::without_files(engine);
        company.expect(0, &["run"]);
        let file = company.file("京康_202601.csv");
        std::fs::write(&file, sale(&[FIRST, SECOND, UNKNOWN])).unwrap();
        let arguments = ["try", file.to_str().unwrap(), "--distributor", "D01"];
        let tried = company.json(1, &arguments);
        assert_eq!(tried["files"][0]["rows"]["loaded"], 2);
        assert_eq!(tried["files"][0]["rows"]["held"]["unknown_customer"], 1);
        assert_eq!(company.lines().len(), 0, "nothing is stored");
        assert!(!company.file("landing").join("tmp").exists());
        // Trying again gives the same answer; loading gives what was said.
        assert_eq!(
            company.json(1, &arguments)["files"][0]["rows"],
            tried["files"][0]["rows"]
        );
        let loaded = company.json(1, &["load", file.to_str().unwrap(), "-d", "D01"]);
        assert_eq!(loaded["files"][0]["rows"], tried["files"][0]["rows"]);
        assert_eq!(company.lines().len(), 3);
    }
}

#[test]
fn the_feed_can_be_read_in_pieces_and_rebuilds_what_counts() {
    let company = Company::sample(Engine::Sqlite);
    company.expect(1, &["run"]);
    let read = |after: &str, limit: &str| -> Vec<serde_json::Value> {
        let ran = company.expect(0, &["feed", "--after", after, "--limit", limit]);
        ran.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let whole = read("0:0", "1000000");
    let mut pieces = Vec::new();
    let mut cursor = "0:0".to_owned();
    loop {
        let mut page = read(&cursor, "97");
        let end = page.pop().unwrap();
        if page.is_empty() {
            break;
        }
        end["cursor"].as_str().unwrap().clone_into(&mut cursor);
        pieces.extend(page);
    }
    assert_eq!(pieces, whole[..whole.len() - 1]);
    let mut standing = std::collections::BTreeSet::new();
    for change in &pieces {
        let line = change["line"]["line_id"].as_i64().unwrap();
        let new = if change["op"] == "insert" {
            standing.insert(line)
        } else {
            standing.remove(&line)
        };
        assert!(new, "{change}");
    }
    let counting: std::collections::BTreeSet<i64> = company
        .lines()
        .iter()
        .filter(|line| line["status"] == "accepted")
        .map(|line| line["line_id"].parse().unwrap())
        .collect();
    assert_eq!(standing, counting);
}

#[test]
fn columns_about_doctors_and_patients_are_never_stored() {
    let company = Company::without_files(Engine::Sqlite);
    let text = "销售日期,客户名称,处方医师,患者姓名,产品名称,规格,数量,单位\n\
                2026-01-04,北京协和医院,张机密,李保密,阿莫西林胶囊,0.25g*24粒/盒,10,盒\n";
    company.deliver("D01", "流向202601.csv", text.as_bytes());
    company.expect(1, &["run"]);
    assert_eq!(company.lines().len(), 1);
    let database = std::fs::read(company.file("warehouse.db")).unwrap();
    for secret in ["张机密", "李保密"] {
        let found = database
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} is in the warehouse");
        for entry in std::fs::read_dir(company.file("reports")).unwrap() {
            let report = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!report.contains(secret), "{secret} is in a report");
        }
    }
}

#[test]
fn exports_do_not_let_a_cell_become_a_formula() {
    let company = Company::without_files(Engine::Sqlite);
    let dangerous = UNKNOWN.replace("不存在的医院", "=HYPERLINK(0)");
    let back = FIRST.replace(",10,", ",-5,").replace(",125", ",-62.5");
    company.deliver("D01", "流向202601.csv", &sale(&[&dangerous, &back]));
    company.expect(1, &["run"]);
    for name in ["out.csv", "out.xlsx", "out.parquet"] {
        company.expect(
            0,
            &["export", company.file(name).to_str().unwrap(), "--all"],
        );
    }
    let csv = std::fs::read_to_string(company.file("out.csv")).unwrap();
    assert!(
        csv.contains("'=HYPERLINK(0)") && csv.contains(",-62.5,"),
        "{csv}"
    );
    // What we write we read again, texts as texts.
    let outcome = channelflow_read::read_here(
        &company.file("out.xlsx"),
        &channelflow_read::Limits::default(),
    )
    .unwrap();
    let table = &outcome.tables[0];
    assert_eq!(table.row_count(), 3);
    let cells: Vec<(channelflow_model::CellKind, &str)> = (0..table.columns.len())
        .flat_map(|column| [table.cell(1, column), table.cell(2, column)])
        .collect();
    assert!(
        cells.contains(&(channelflow_model::CellKind::Text, "=HYPERLINK(0)")),
        "{cells:?}"
    );
}

#[test]
fn two_runs_do_not_meet() {
    let company = Company::sample(Engine::Sqlite);
    let lock = std::fs::File::create(company.file(".channelflow.lock")).unwrap();
    lock.lock().unwrap();
    let second = company.expect(75, &["run"]);
    assert!(
        second.stderr.contains("another run holds the lock"),
        "{}",
        second.stderr
    );
    lock.unlock().unwrap();
    company.expect(1, &["run"]);
}

#[test]
fn an_interrupt_stops_after_the_file_at_hand_and_the_next_run_goes_on() {
    let undisturbed = Company::sample(Engine::Sqlite);
    undisturbed.expect(1, &["run"]);
    let company = Company::sample(Engine::Sqlite);
    let mut child = company
        .command(&["run"])
        .env("CHANNELFLOW_LOG", "info")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = log.find(|line| line.as_ref().unwrap().contains("\"done\":1"));
    assert!(first.is_some(), "no file was reported");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    log.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let stored = company.content();
    assert!(!stored.is_empty() && stored.len() < undisturbed.content().len());

    company.expect(1, &["run"]);
    assert_eq!(company.content(), undisturbed.content());
}

#[test]
fn a_full_disk_is_said_and_costs_nothing() {
    let company = Company::without_files(Engine::Sqlite);
    company.deliver("D01", "流向202601.csv", &sale(&[FIRST]));
    // A file-size limit stands in for a full disk: no write can make any file larger than this.
    let binary = env!("CARGO_BIN_EXE_channelflow");
    let limited = ran(Command::new("bash")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\"",
            binary,
            "-C",
        ])
        .arg(company.path())
        .arg("run")
        .env("CHANNELFLOW_NOW", NOW)
        .output()
        .unwrap());
    assert_eq!(limited.code, 3, "{}\n{}", limited.stdout, limited.stderr);
    company.expect(1, &["run"]);
    assert_eq!(company.lines().len(), 1);
    company.expect(0, &["doctor", "--verify"]);
}

#[test]
fn a_file_that_is_empty_or_lacks_a_column_is_refused_with_the_reason() {
    let company = Company::without_files(Engine::Sqlite);
    company.deliver("D01", "empty.csv", b"");
    company.deliver(
        "D01",
        "流向202601.csv",
        "销售日期,产品名称,数量\n2026-01-04,阿莫西林胶囊,3\n".as_bytes(),
    );
    let report = company.json(1, &["run"]);
    for file in report["files"].as_array().unwrap() {
        assert_eq!(file["state"], "refused", "{file:#}");
        let said = file["findings"].as_array().unwrap();
        assert!(
            said.iter().any(|finding| finding["severity"] == "error"),
            "{file:#}"
        );
    }
    assert_eq!(company.lines().len(), 0);
    assert!(root().join("samples").exists());
}
