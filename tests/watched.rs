//! Watched folders: what arrives while `serve` waits for the night is loaded whole, once and under
//! the locks of every run. The clock runs here; nights are half a day away.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{Company, Engine};

/// Nothing takes so long unless it never happens.
const LIMIT: Duration = Duration::from_mins(5);

const TITLES: &str = "销售日期,客户名称,产品名称,规格,批号,数量,单位,单价,金额\n";

/// A sale of so many days ago: the clock runs.
fn row(days: u32) -> String {
    let now = jiff::Zoned::now();
    let day = (now.date()).saturating_sub(jiff::Span::new().days(days));
    format!("{day},北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,10,盒,12.5,125\n")
}

/// A file of one sale. Files of one day would replace each other.
fn sale(days: u32) -> Vec<u8> {
    format!("{TITLES}{}", row(days)).into_bytes()
}

/// A company whose only inbox is watched.
fn watched(engine: Engine) -> Company {
    let company = Company::without_files(engine);
    let path = company.file("channelflow.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let kept = text.split("[[source]]").next().unwrap();
    let hour = (jiff::Zoned::now().hour() + 12) % 24;
    let settings = format!(
        "{kept}\n[nightly]\nat = \"0 {hour} * * *\"\n\n\
         [[source]]\nname = \"inbox\"\npath = \"inbox\"\nwatch = true\n"
    );
    std::fs::write(&path, settings).unwrap();
    company.expect(0, &["run"]);
    company
}

/// A `serve` at work; killed when a test fails.
struct Serving {
    child: Child,
    said: PathBuf,
}

impl Serving {
    fn begin(company: &Company) -> Self {
        let serving = Serving::begin_with(company, &[], &[]);
        serving.wait_for("the next nightly run");
        serving
    }

    fn begin_with(company: &Company, environment: &[(&str, &str)], more: &[&str]) -> Self {
        let said = company.file("said.txt");
        let child = company
            .command(&["--lang", "en", "serve", "--schedule"])
            .args(more)
            .env_remove("CHANNELFLOW_NOW")
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(File::create(&said).unwrap())
            .spawn()
            .unwrap();
        Serving { child, said }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap()
    }

    fn wait_for(&self, text: &str) {
        self.wait_until(text, |said| said.contains(text));
    }

    fn wait_until(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !holds(&self.said()) {
            assert!(begun.elapsed() < LIMIT, "{what}\n{}", self.said());
            sleep(Duration::from_millis(100));
        }
    }

    fn terminate(&self) {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &id]).status();
        assert!(killed.unwrap().success());
    }

    fn ended(&mut self) -> i32 {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(begun.elapsed() < LIMIT, "{}", self.said());
            sleep(Duration::from_millis(100));
        }
    }

    /// SIGTERM ends it cleanly, whatever happened before.
    fn end(mut self) -> String {
        self.terminate();
        assert_eq!(self.ended(), 0, "{}", self.said());
        self.said()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The runs over watched folders, oldest first.
fn runs(company: &Company) -> Vec<serde_json::Value> {
    let listed = company.json(0, &["runs", "list"]);
    let listed = listed.as_array().unwrap().iter().rev();
    listed
        .filter(|run| run["command"] == "watch")
        .cloned()
        .collect()
}

fn sum(runs: &[serde_json::Value], field: &str) -> u64 {
    runs.iter().map(|run| run[field].as_u64().unwrap()).sum()
}

#[test]
fn a_file_that_is_copied_slowly_is_loaded_once_and_whole() {
    let company = watched(Engine::Sqlite);
    let serving = Serving::begin(&company);
    let path = company.deliver("D01", "sales.csv", TITLES.as_bytes());
    let mut file = File::options().append(true).open(path).unwrap();
    for days in 1..=16 {
        assert!(!serving.said().contains("sales.csv"), "{}", serving.said());
        sleep(Duration::from_secs(1));
        file.write_all(row(days).as_bytes()).unwrap();
    }
    drop(file);

    serving.wait_for("run 2: 1 file from watched folders (D01/sales.csv), 16 rows loaded");
    let said = serving.end();

    assert_eq!(said.matches("from watched folders").count(), 1, "{said}");
    let runs = runs(&company);
    assert_eq!((runs.len(), sum(&runs, "loaded")), (1, 16), "{runs:?}");
    assert_eq!(company.lines().len(), 16);
    let shown = company.expect(0, &["--lang", "en", "runs", "show", "2"]);
    assert!(shown.stdout.contains("sales.csv"), "{}", shown.stdout);
}

#[test]
fn files_that_arrive_together_are_all_loaded() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = watched(engine);
        let serving = Serving::begin(&company);
        company.deliver("D01", "one.csv", &sale(1));
        company.deliver("D02", "two.csv", &sale(2));
        company.deliver("D02", "~$two.csv", b"nobody's");
        company.deliver("D02", "three.csv.part", &sale(3));

        serving.wait_for("one.csv");
        serving.wait_for("two.csv");
        let said = serving.end();

        assert!(!said.contains('~') && !said.contains("three"), "{said}");
        let runs = runs(&company);
        assert_eq!(sum(&runs, "files"), 2, "{runs:?}");
        assert_eq!(company.lines().len(), 2);
    }
}

#[test]
fn what_lies_there_is_loaded_without_an_event_and_what_is_known_makes_no_run() {
    let company = watched(Engine::Sqlite);
    company.deliver("D01", "known.csv", &sale(1));
    company.expect(0, &["run"]);
    company.deliver("D01", "new.csv", &sale(2));
    for _ in 0..2 {
        let serving = Serving::begin(&company);
        if runs(&company).is_empty() {
            serving.wait_for("new.csv");
        } else {
            // Time for it to see that everything is known; a run would be in the list.
            sleep(Duration::from_secs(10));
        }
        assert!(!serving.end().contains("known.csv"));
    }
    let runs = runs(&company);
    assert_eq!((runs.len(), sum(&runs, "files")), (1, 1), "{runs:?}");
}

#[test]
fn a_file_that_arrives_during_another_run_is_loaded_after_it() {
    let company = watched(Engine::Sqlite);
    let serving = Serving::begin(&company);
    // A run on another machine with its own copy of the settings.
    let lock = File::create(company.file("warehouse.db.run-lock")).unwrap();
    lock.lock().unwrap();
    company.deliver("D01", "sales.csv", &sale(1));
    serving.wait_for("another process is at work; 1 file from watched folders waits");
    // It is tried again meanwhile, in vain and in silence.
    sleep(Duration::from_secs(15));
    assert_eq!(runs(&company).len(), 0);

    drop(lock);
    serving.wait_for("D01/sales.csv");

    // And whatever else writes in this folder holds the other lock.
    let lock = File::create(company.file(".channelflow.lock")).unwrap();
    lock.lock().unwrap();
    company.deliver("D01", "more.csv", &sale(2));
    serving.wait_until("said again", |said| {
        said.matches("another process").count() == 2
    });
    drop(lock);
    serving.wait_for("D01/more.csv");
    let said = serving.end();

    assert_eq!(said.matches("another process").count(), 2, "{said}");
    assert_eq!(sum(&runs(&company), "files"), 2);
}

#[test]
fn a_broken_file_and_a_failure_are_said_and_serve_goes_on() {
    let company = watched(Engine::Sqlite);
    let settings = company.file("channelflow.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let erp = "[[source]]\nname = \"erp\"\npath = \"erp\"\nfeeds = \"payments\"\nwatch = true\n";
    let text = format!("{text}\n{erp}");
    std::fs::write(&settings, &text).unwrap();
    std::fs::create_dir(company.file("erp")).unwrap();
    let serving = Serving::begin(&company);
    std::fs::write(company.file("erp/payments.csv"), "no such title\n1\n").unwrap();
    serving.wait_for("(payments.csv), 0 rows loaded, something to do: `channelflow runs show 2`");
    company.deliver("D01", "broken.xlsx", b"PK\x03\x04 no workbook at all");
    serving.wait_for("broken.xlsx), 0 rows loaded, something to do: `channelflow runs show 3`");

    std::fs::write(&settings, format!("{text}\nno such setting")).unwrap();
    company.deliver("D01", "lost.csv", &sale(1));
    serving.wait_for("not valid TOML");
    std::fs::write(&settings, text).unwrap();
    // What failed is tried again, at the latest with what comes next.
    company.deliver("D01", "good.csv", &sale(2));
    serving.wait_for("good.csv");
    let said = serving.end();

    assert!(said.contains("lost.csv"), "{said}");
    // What was refused waits for a person, not for another try.
    assert_eq!(said.matches("payments.csv").count(), 1, "{said}");
    let runs = runs(&company);
    assert_eq!(sum(&runs, "files"), 3, "{runs:?}");
    assert_eq!(company.lines().len(), 2);
}

#[test]
fn a_night_that_begins_meanwhile_is_not_disturbed() {
    let company = watched(Engine::Sqlite);
    let settings = company.file("channelflow.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let at = text.lines().find(|line| line.starts_with("at = ")).unwrap();
    std::fs::write(&settings, text.replace(at, "at = \"* * * * *\"")).unwrap();
    let mut serving = Serving::begin_with(&company, &[], &["--runs", "1"]);
    let mut delivered = 0;
    while serving.child.try_wait().unwrap().is_none() && delivered < 99 {
        delivered += 1;
        let part = company.deliver("D01", &format!("{delivered}.csv.part"), &sale(delivered));
        std::fs::rename(&part, part.with_extension("")).unwrap();
        sleep(Duration::from_secs(1));
    }
    assert_eq!(serving.ended(), 0, "{}", serving.said());
    assert!(!serving.said().contains("error"), "{}", serving.said());

    company.expect(0, &["run"]);

    let listed = company.json(0, &["runs", "list"]);
    let listed = listed.as_array().unwrap();
    let ended = listed.iter().all(|run| !run["finished_at"].is_null());
    assert!(ended, "{listed:?}");
    let nights = listed.iter().filter(|run| run["command"] == "run").count();
    assert_eq!(nights, 3, "{listed:?}");
    // Every file is in one run.
    assert_eq!(sum(listed, "files"), u64::from(delivered), "{listed:?}");
    assert_eq!(company.lines().len() as u64, u64::from(delivered));
}

#[test]
fn a_stop_comes_after_the_file_at_hand_and_the_rest_is_loaded_later() {
    const FILES: u32 = 24;
    let company = watched(Engine::Sqlite);
    for number in 1..=FILES {
        company.deliver("D01", &format!("{number:02}.csv"), &sale(number));
    }
    let mut serving = Serving::begin_with(&company, &[("CHANNELFLOW_LOG", "info")], &[]);
    serving.wait_for("\"done\":1,");
    serving.terminate();
    assert_eq!(serving.ended(), 0, "{}", serving.said());
    let stopped = runs(&company);
    assert_eq!(stopped.len(), 1);
    assert!(!stopped[0]["finished_at"].is_null());
    let loaded = sum(&stopped, "files");
    assert!(1 <= loaded && loaded <= u64::from(FILES), "{stopped:?}");

    if loaded < u64::from(FILES) {
        let serving = Serving::begin(&company);
        serving.wait_for("from watched folders");
        serving.end();
    }
    assert_eq!(sum(&runs(&company), "files"), u64::from(FILES));
    assert_eq!(company.lines().len() as u64, u64::from(FILES));
}

#[test]
fn a_kill_costs_no_file_and_starts_no_night_by_day() {
    let company = watched(Engine::Sqlite);
    company.deliver("D01", "sales.csv", &sale(1));
    let mut killed =
        Serving::begin_with(&company, &[("CHANNELFLOW_CRASH_AT", "before_commit")], &[]);
    assert_eq!(killed.ended(), -1, "{}", killed.said());
    assert!(runs(&company)[0]["finished_at"].is_null());

    let serving = Serving::begin(&company);
    serving.wait_for("D01/sales.csv");
    serving.end();

    let listed = company.json(0, &["runs", "list"]);
    let commands: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["command"].as_str().unwrap())
        .collect();
    assert_eq!(commands, ["watch", "watch", "run"]);
    assert_eq!(company.lines().len(), 1);
}

#[test]
fn only_a_folder_can_be_watched() {
    let company = watched(Engine::Sqlite);
    let settings = company.file("channelflow.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let portal = "[[source]]\nname = \"shop\"\nkind = \"portal\"\npath = \"shop.toml\"\n";
    std::fs::write(&settings, format!("{text}\n{portal}watch = true\n")).unwrap();

    let refused = company.expect(2, &["--lang", "en", "config", "check"]);

    for said in ["only a folder can be watched", "take `watch` away"] {
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
}
