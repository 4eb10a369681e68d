//! What every test needs: a landing area, what is known, a description of a source.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use channelflow_collect::{Collection, Collector, Known, Landing, Probe, SourceError, Visit};
use channelflow_config::{Description, Values};
use channelflow_model::{Day, Sentence};

pub type Open = fn(&Description<'_>) -> Result<Arc<dyn Collector>, Sentence>;

/// A variable of a service.
pub fn service(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set; start the services: eval \"$(scripts/services start)\"")
    })
}

/// The folder a service serves, and in it a folder of this test alone.
pub fn served(service_dir: &str, test: &str) -> PathBuf {
    let dir = Path::new(&service(service_dir)).join("root").join(test);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// Writes a file that was finished an hour ago.
pub fn put(dir: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = fresh(dir, name, content);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(1);
    file.set_modified(hour_ago).unwrap();
    path
}

/// Writes a file that was finished just now.
pub fn fresh(dir: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path
}

/// Bytes that do not compress and are not equal.
pub fn bytes(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_be_bytes()[1]
        })
        .collect()
}

pub struct World {
    pub dir: tempfile::TempDir,
    pub landing: Landing,
    pub known: Known,
    pub most_bytes: u64,
    pub stop: Arc<AtomicBool>,
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        World {
            landing: Landing::new(&dir.path().join("landing")).unwrap(),
            dir,
            known: Known::default(),
            most_bytes: 64 << 20,
            stop: Arc::default(),
        }
    }

    pub async fn collect(&self, source: &dyn Collector) -> Collection {
        source.collect(&self.visit()).await
    }

    pub async fn probe(&self, source: &dyn Collector) -> Result<Probe, SourceError> {
        source.probe(&self.visit()).await
    }

    pub fn visit(&self) -> Visit<'_> {
        Visit {
            known: &self.known,
            landing: &self.landing,
            today: Day::new(2026, 3, 1).unwrap(),
            most_bytes: self.most_bytes,
            stop: &self.stop,
        }
    }

    /// Does what the warehouse does with the first `count` arrivals.
    pub fn register(&mut self, collection: &Collection, count: usize) {
        for arrival in collection.arrivals.iter().take(count) {
            let files = &mut self.known.files;
            files.insert(arrival.name.clone(), arrival.version);
            if let Some(cursor) = &arrival.cursor {
                let cursors = &mut self.known.cursors;
                cursors.insert(cursor.resource.clone(), cursor.value.clone());
            }
        }
    }

    /// A collector of this description; the values are secrets.
    pub fn try_open(
        &self,
        open: Open,
        text: &str,
        values: &[(&str, &str)],
    ) -> Result<Arc<dyn Collector>, Sentence> {
        let with: BTreeMap<String, String> = values
            .iter()
            .map(|(name, _)| ((*name).to_owned(), format!("${{{name}}}")))
            .collect();
        let environment = |name: &str| {
            let found = values.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        };
        let values = Values::resolve(&with, self.dir.path(), &environment).unwrap();
        open(&Description {
            source: "test",
            file: Path::new("sources/test.toml"),
            text,
            dir: self.dir.path(),
            values: &values,
        })
    }

    pub fn open(&self, open: Open, text: &str, values: &[(&str, &str)]) -> Arc<dyn Collector> {
        self.try_open(open, text, values)
            .unwrap_or_else(|sentence| panic!("{sentence}"))
    }
}

/// What came: names, folders and contents.
pub fn came(collection: &Collection) -> Vec<(String, Option<String>, Vec<u8>)> {
    assert!(collection.failed.is_none(), "{:?}", collection.failed);
    let arrivals = collection.arrivals.iter();
    arrivals
        .map(|arrival| {
            let content = std::fs::read(&arrival.artifact.path).unwrap();
            assert_eq!(arrival.artifact.bytes, content.len() as u64);
            (arrival.name.clone(), arrival.folder.clone(), content)
        })
        .collect()
}

pub fn names(collection: &Collection) -> Vec<&str> {
    assert!(collection.failed.is_none(), "{:?}", collection.failed);
    let arrivals = collection.arrivals.iter();
    arrivals.map(|arrival| arrival.name.as_str()).collect()
}

pub fn codes(collection: &Collection) -> Vec<&str> {
    let findings = collection.findings.iter();
    findings.map(|finding| finding.code.as_ref()).collect()
}

/// The code of why a visit failed.
pub fn failed(collection: &Collection) -> &'static str {
    let failed = collection.failed.as_ref();
    eprintln!("{failed:?}");
    failed.map_or("", |error| error.sentence.code())
}

/// Every file of a folder, at any depth.
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
    found
}
