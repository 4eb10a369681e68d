//! A visit without a warehouse: what comes back is remembered as the warehouse would.

#![allow(dead_code, reason = "every test file uses its own part")]

pub mod tds;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use channelflow_collect::{Collection, Collector, Known, Landing, Probe, SourceError, Visit};
use channelflow_config::{Description, Values};
use channelflow_model::{Day, Sentence};

/// A source under test: its collector, what the warehouse knows of it, a landing area.
pub struct Source {
    pub collector: Arc<dyn Collector>,
    pub known: Known,
    pub dir: tempfile::TempDir,
    pub today: Day,
    pub most_bytes: u64,
    pub stop: Arc<AtomicBool>,
}

/// Opens a description with its values.
pub fn open(
    dir: &Path,
    text: &str,
    values: &[(&str, &str)],
) -> Result<Arc<dyn Collector>, Sentence> {
    let with: BTreeMap<String, String> = values
        .iter()
        .map(|(name, _)| ((*name).to_owned(), format!("${{{name}}}")))
        .collect();
    let environment = |name: &str| {
        let found = values.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let values = Values::resolve(&with, dir, &environment)?;
    channelflow_collect_db::open(&Description {
        source: "erp",
        file: Path::new("sources/erp.toml"),
        text,
        dir,
        values: &values,
    })
}

impl Source {
    pub fn new(text: &str, values: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let collector = open(dir.path(), text, values).unwrap();
        Source {
            collector,
            known: Known::default(),
            dir,
            today: day("2026-03-11"),
            most_bytes: 256 << 20,
            stop: Arc::new(AtomicBool::new(false)),
        }
    }

    pub fn landing_dir(&self) -> PathBuf {
        self.dir.path().join("landing")
    }

    /// One visit. Nothing is registered.
    pub async fn collect(&self) -> Collection {
        let landing = Landing::new(&self.landing_dir()).unwrap();
        self.collect_into(&landing).await
    }

    pub async fn collect_into(&self, landing: &Landing) -> Collection {
        self.collector.collect(&self.visit(landing)).await
    }

    pub async fn probe(&self) -> Result<Probe, SourceError> {
        let landing = Landing::new(&self.landing_dir()).unwrap();
        self.collector.probe(&self.visit(&landing)).await
    }

    fn visit<'v>(&'v self, landing: &'v Landing) -> Visit<'v> {
        Visit {
            known: &self.known,
            landing,
            today: self.today,
            most_bytes: self.most_bytes,
            stop: &self.stop,
        }
    }

    /// What the warehouse does with the first arrivals of a visit.
    pub fn register(&mut self, collection: &Collection, arrivals: usize) {
        for arrival in collection.arrivals.iter().take(arrivals) {
            self.known
                .files
                .insert(arrival.name.clone(), arrival.version);
            let cursor = arrival.cursor.clone().unwrap();
            self.known.cursors.insert(cursor.resource, cursor.value);
        }
    }
}

pub fn day(text: &str) -> Day {
    Day::from_iso(text).unwrap()
}

/// Names of what arrived.
pub fn names(collection: &Collection) -> Vec<&str> {
    let arrivals = collection.arrivals.iter();
    arrivals.map(|arrival| arrival.name.as_str()).collect()
}

/// What arrived, by its number.
pub fn content(collection: &Collection, place: usize) -> String {
    std::fs::read_to_string(&collection.arrivals[place].artifact.path).unwrap()
}

/// The code of what went wrong.
pub fn failure(collection: &Collection) -> &'static str {
    let failed = collection.failed.as_ref();
    failed.map_or("", |error| error.sentence.code())
}

/// An account on a test server.
#[derive(Debug, Clone)]
pub struct Account {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub password: String,
    pub database: String,
}

/// The address in a variable set by `scripts/services start`.
pub fn account(variable: &str) -> Account {
    let url = std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set; run: eval \"$(scripts/services start)\"")
    });
    let (_, rest) = url.split_once("://").unwrap();
    let (account, server) = rest.split_once('@').unwrap();
    let (user, password) = account.split_once(':').unwrap_or((account, ""));
    let (address, database) = server.split_once('/').unwrap();
    let (host, port) = address.split_once(':').unwrap();
    Account {
        host: host.to_owned(),
        port: port.parse().unwrap(),
        user: user.to_owned(),
        password: password.to_owned(),
        database: database.to_owned(),
    }
}

impl Account {
    /// The beginning of a description; the password is the value `password`.
    pub fn head(&self, engine: &str) -> String {
        let Account {
            host,
            port,
            user,
            database,
            ..
        } = self;
        format!(
            "engine = \"{engine}\"\nhost = \"{host}\"\nport = {port}\n\
             database = \"{database}\"\nuser = \"{user}\"\npassword = \"{{password}}\"\n"
        )
    }
}

/// Every file below a folder.
pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
