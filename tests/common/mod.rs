//! What the end-to-end tests share: a throw-away copy of a company folder, the binary, and a
//! database of its own on either engine.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod footing;
pub mod money;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

/// The clock of every test: after the two months of the samples.
pub const NOW: &str = "2026-03-05T02:00:00+08:00";

/// Where the warehouse is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Master data that flow files are read with.
const FLOW_MASTER: [&str; 4] = ["customers", "products", "distributors", "aliases"];

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A company folder of one test.
pub struct Company {
    dir: TempDir,
}

/// What a command did.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Company {
    /// A copy of the sample company with a warehouse of its own: flow files and the master data
    /// they are read with, and nothing that settlement is computed from.
    pub fn sample(engine: Engine) -> Self {
        let company = Company::whole_sample(engine);
        std::fs::remove_dir_all(company.file("policies")).unwrap();
        for entry in std::fs::read_dir(company.file("master")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy();
            if !FLOW_MASTER.contains(&name.as_ref()) {
                std::fs::remove_file(&path).unwrap();
            }
        }
        company
    }

    /// A copy of the sample company as it is, with everything that settlement is computed from.
    pub fn whole_sample(engine: Engine) -> Self {
        let company = Company {
            dir: TempDir::new().unwrap(),
        };
        copy(&root().join("samples/company"), company.path());
        company.use_engine(engine);
        company
    }

    /// The master data of [`Company::sample`] with an empty inbox.
    pub fn without_files(engine: Engine) -> Self {
        let company = Company::sample(engine);
        std::fs::remove_dir_all(company.file("inbox")).unwrap();
        std::fs::create_dir_all(company.file("inbox")).unwrap();
        company
    }

    fn use_engine(&self, engine: Engine) {
        if engine == Engine::Postgres {
            let settings = self.file("channelflow.toml");
            let text = std::fs::read_to_string(&settings).unwrap();
            let url = new_database();
            let changed = text.replace("sqlite:warehouse.db", &url);
            assert_ne!(
                changed, text,
                "the sample settings name the embedded warehouse"
            );
            std::fs::write(settings, changed).unwrap();
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Puts a file into a distributor's inbox.
    pub fn deliver(&self, distributor: &str, name: &str, content: &[u8]) -> PathBuf {
        let folder = self.file("inbox").join(distributor);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A command on this company.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_channelflow"));
        command
            .arg("-C")
            .arg(self.path())
            .args(arguments)
            .env("CHANNELFLOW_NOW", NOW)
            .env("CHANNELFLOW_USER", "tester")
            .env_remove("CHANNELFLOW_CRASH_AT")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).output().unwrap())
    }

    /// Runs a command that must end with this exit code; returns its output.
    pub fn expect(&self, code: i32, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(
            ran.code, code,
            "{arguments:?}\n{}\n{}",
            ran.stdout, ran.stderr
        );
        ran
    }

    /// Runs a command with `--format json`.
    pub fn json(&self, code: i32, arguments: &[&str]) -> serde_json::Value {
        let mut with_format = vec!["--format", "json"];
        with_format.extend(arguments);
        let ran = self.expect(code, &with_format);
        serde_json::from_str(&ran.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", ran.stdout, ran.stderr))
    }

    /// Every line that stands, as exported, by column name.
    pub fn lines(&self) -> Vec<BTreeMap<String, String>> {
        let file = self.file("lines.csv");
        self.expect(0, &["export", file.to_str().unwrap(), "--all"]);
        let text = std::fs::read_to_string(&file).unwrap();
        rows(text.trim_start_matches('\u{feff}'))
    }

    /// The lines without the numbers that depend on the order of loading: what must be equal
    /// between engines and between an undisturbed and a restarted run.
    pub fn content(&self) -> Vec<String> {
        let mut content: Vec<String> = self
            .lines()
            .into_iter()
            .map(|mut line| {
                for volatile in ["line_id", "submission_id"] {
                    line.remove(volatile);
                }
                format!("{line:?}")
            })
            .collect();
        content.sort();
        content
    }
}

pub fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The fenced block of a document that follows a line with this text.
pub fn block_after(document: &str, line: &str) -> Vec<String> {
    let start = document
        .find(line)
        .unwrap_or_else(|| panic!("the document has no line `{line}`"));
    let mut lines = document[start..]
        .lines()
        .skip_while(|line| *line != "```text")
        .skip(1);
    let block: Vec<String> = lines
        .by_ref()
        .take_while(|line| *line != "```")
        .map(str::to_owned)
        .collect();
    assert!(!block.is_empty(), "no output is shown after `{line}`");
    block
}

/// Every shown line is printed, in order; `…` stands for lines left out.
pub fn shows(block: &[String], output: &str) {
    let mut printed = output.lines();
    let mut skipping = false;
    for line in block {
        if line.trim() == "…" {
            skipping = true;
            continue;
        }
        let found = if skipping {
            printed.any(|printed| printed == line)
        } else {
            printed.next() == Some(line.as_str())
        };
        assert!(
            found,
            "the document shows\n{line}\nwhich is not what is printed:\n{output}"
        );
        skipping = false;
    }
}

/// A CSV text as maps by title.
pub fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .map(|row| row.unwrap())
        .collect()
}

/// A CSV file below `samples/expected`.
pub fn expected(name: &str) -> Vec<BTreeMap<String, String>> {
    let path = root().join("samples/expected").join(name);
    rows(
        &std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    )
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        let name = entry.file_name();
        let made_by_a_run = ["landing", "reports", ".channelflow.lock"]
            .iter()
            .any(|made| name.to_string_lossy() == *made)
            || name.to_string_lossy().starts_with("warehouse.db");
        if made_by_a_run {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// A new database on the test server; the address of it.
pub fn new_database() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = std::env::var("CHANNELFLOW_TEST_POSTGRES").expect(
        "CHANNELFLOW_TEST_POSTGRES is not set; start the test servers with `eval \"$(scripts/services start)\"`",
    );
    let name = format!(
        "e2e_{}_{}",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    );
    let created = Command::new("psql")
        .arg(&server)
        .args(["-qc", &format!("CREATE DATABASE {name}")])
        .output()
        .expect("psql comes with the postgresql package");
    assert!(
        created.status.success(),
        "{}",
        String::from_utf8_lossy(&created.stderr)
    );
    let (base, _) = server
        .rsplit_once('/')
        .expect("the address names a database");
    format!("{base}/{name}")
}
