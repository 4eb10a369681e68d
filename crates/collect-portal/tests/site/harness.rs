//! One visit with a description written in the test.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use channelflow_collect::{
    Collection, Collector, Cursor, Known, Landing, Probe, SourceError, Visit,
};
use channelflow_config::{Description, Values};
use channelflow_model::{Day, Sentence};

use super::{PASSWORD, Site, USER};

/// How the test site is signed in to.
pub const SIGN_IN: &str = "[sign_in]
page = 'login.aspx'
fields = { txtUser = '{user}', txtPwd = '{password}', btnLogin = '登录' }
success = '#out'
failure = '.error'
";

/// Quick enough for a test.
pub const PACE: &str = "[pace]
connections = 4
pause_ms = 0
retries = 2
back_off_ms = 1
timeout_seconds = 5
download_seconds = 5
";

/// A folder and what a visit needs.
pub struct Visits {
    pub dir: tempfile::TempDir,
    pub known: Known,
    pub today: Day,
    pub most_bytes: u64,
    pub stop: Arc<AtomicBool>,
    pub password: String,
}

impl Visits {
    pub fn new() -> Self {
        Visits {
            dir: tempfile::tempdir().unwrap(),
            known: Known::default(),
            today: Day::from_iso("2026-03-01").unwrap(),
            most_bytes: 1 << 20,
            stop: Arc::default(),
            password: PASSWORD.to_owned(),
        }
    }

    /// A collector for the whole text of a description.
    pub fn open(&self, text: &str) -> Result<Arc<dyn Collector>, Sentence> {
        let with = BTreeMap::from([
            ("user".to_owned(), "${USER}".to_owned()),
            ("password".to_owned(), "${PASSWORD}".to_owned()),
        ]);
        let password = self.password.clone();
        let environment = |name: &str| match name {
            "USER" => Some(USER.to_owned()),
            "PASSWORD" => Some(password.clone()),
            _ => None,
        };
        let values = Values::resolve(&with, Path::new(""), &environment).unwrap();
        channelflow_collect_portal::open(&Description {
            source: "测试门户",
            file: Path::new("portal.toml"),
            text,
            dir: self.dir.path(),
            values: &values,
        })
    }

    /// Visits a site; `lists` is what follows the usual beginning of a description.
    pub async fn collect(&self, site: &Site, lists: &str) -> Collection {
        self.visit(&described(site, lists)).await
    }

    /// Visits what a whole description says.
    pub async fn visit(&self, text: &str) -> Collection {
        let collector = self.open(text).unwrap();
        let landing = self.landing();
        collector.collect(&self.given(&landing)).await
    }

    pub async fn probe(&self, text: &str) -> Result<Probe, SourceError> {
        let landing = self.landing();
        let collector = self.open(text).unwrap();
        collector.probe(&self.given(&landing)).await
    }

    pub fn landing(&self) -> Landing {
        Landing::new(&self.dir.path().join("landing")).unwrap()
    }

    fn given<'v>(&'v self, landing: &'v Landing) -> Visit<'v> {
        Visit {
            known: &self.known,
            landing,
            today: self.today,
            most_bytes: self.most_bytes,
            stop: &self.stop,
        }
    }

    /// Everything that lies in the folder of this test, as one text.
    pub fn everything_written(&self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut folders = vec![self.dir.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                all.extend(path.to_string_lossy().as_bytes());
                if path.is_dir() {
                    folders.push(path);
                } else {
                    all.extend(std::fs::read(path).unwrap());
                }
            }
        }
        all
    }

    /// Files under the landing area, finished or not.
    pub fn landed(&self) -> usize {
        let mut files = 0;
        let mut folders = vec![self.dir.path().join("landing")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else {
                    files += 1;
                }
            }
        }
        files
    }
}

/// The usual beginning of a description and these lists.
pub fn described(site: &Site, lists: &str) -> String {
    format!(
        "url = '{}'\nprivate = true\n{PACE}\n{SIGN_IN}\n{lists}",
        site.url
    )
}

/// The text of each arrival under its name.
pub fn texts(collection: &Collection) -> Vec<(String, String)> {
    assert!(collection.failed.is_none(), "{:?}", collection.failed);
    let arrivals = collection.arrivals.iter();
    arrivals
        .map(|arrival| {
            let bytes = std::fs::read(&arrival.artifact.path).unwrap();
            let text = String::from_utf8(bytes)
                .unwrap_or_else(|bad| encoding_rs::GB18030.decode(bad.as_bytes()).0.into_owned());
            (arrival.name.clone(), text)
        })
        .collect()
}

/// Why a visit failed: its code and its sentence.
pub fn failed(collection: &Collection) -> (&'static str, String) {
    let error = collection.failed.as_ref().expect("this visit should fail");
    (error.sentence.code(), error.sentence.to_string())
}

pub fn cursor(resource: &str, value: &str) -> Cursor {
    Cursor {
        resource: resource.to_owned(),
        value: value.to_owned(),
    }
}
