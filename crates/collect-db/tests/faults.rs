//! A connection that is cut, a disk that is full, a kill in the middle: what is finished stays, the
//! rest was never there, and the next visit ends as if nothing had happened.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use channelflow_collect::{Collection, Failure, Landing, fingerprint};
use common::{Account, Source, account, content, failure, files_below};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Set in the process that is killed: where its landing area is.
const VICTIM: &str = "CHANNELFLOW_TEST_VICTIM";

/// Rows of every day: a day is a little more than 100 kB.
const ROWS: u32 = 5000;

/// Thirty days of rows the server makes up.
fn description(account: &Account, engine: &str) -> String {
    let (day, numbers, text) = match engine {
        "postgresql" => (
            "date '2026-02-09' + n / 5000",
            "generate_series(0, 149999) AS s (n)",
            "md5(n::text)",
        ),
        _ => (
            "date '2026-02-09' + INTERVAL n DIV 5000 DAY",
            "(SELECT seq AS n FROM seq_0_to_149999) AS s",
            "md5(n)",
        ),
    };
    format!(
        "{}[[resource]]\nname = \"销售\"\nwatermark = \"d\"\nfirst_day = \"2026-02-09\"\n\
         rows = 1\nlook_back_days = 1\nquery = \"SELECT * FROM (SELECT {day} AS d, n, {text} AS t \
         FROM {numbers}) AS x WHERE d >= {{from}} AND d < {{until}}\"\n",
        account.head(engine)
    )
}

fn source(account: &Account, engine: &str) -> Source {
    let password = if account.password.is_empty() {
        "trusted"
    } else {
        &account.password
    };
    Source::new(&description(account, engine), &[("password", password)])
}

/// Lines of every day, which must be all of them.
fn days(source: &Source, collections: &[&Collection]) -> BTreeMap<String, usize> {
    let mut days = BTreeMap::new();
    for collection in collections {
        for place in 0..collection.arrivals.len() {
            let arrival = &collection.arrivals[place];
            let found = fingerprint(&arrival.artifact.path).unwrap();
            assert_eq!(found.sha256, arrival.artifact.sha256);
            for line in content(collection, place).lines().skip(1) {
                let (day, _) = line.split_once(',').unwrap();
                assert!(arrival.name.contains(day), "{} {line}", arrival.name);
                *days.entry(day.to_owned()).or_default() += 1;
            }
        }
    }
    assert!(
        days.values().all(|lines| *lines == ROWS as usize),
        "{days:?}"
    );
    let unfinished = files_below(&source.landing_dir());
    let unfinished = unfinished
        .iter()
        .filter(|path| path.to_string_lossy().contains("incoming"));
    assert_eq!(unfinished.count(), 0);
    days
}

/// A way to a server that ends after so many bytes.
async fn cut_after(account: &Account, bytes: usize) -> Account {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cut = Account {
        port: listener.local_addr().unwrap().port(),
        ..account.clone()
    };
    let target = (account.host.clone(), account.port);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(target.clone()).await.unwrap();
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            let up = tokio::spawn(async move {
                let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
            });
            let mut left = bytes;
            let mut buffer = vec![0; 16 * 1024];
            while left > 0 {
                let read = from_server.read(&mut buffer).await.unwrap_or(0).min(left);
                if read == 0 || to_client.write_all(&buffer[..read]).await.is_err() {
                    break;
                }
                left -= read;
            }
            up.abort();
        }
    });
    cut
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_keeps_whole_days_only() {
    for (engine, variable) in [
        ("postgresql", "CHANNELFLOW_TEST_POSTGRES"),
        ("mysql", "CHANNELFLOW_TEST_MARIADB"),
    ] {
        let account = account(variable);
        let cut = cut_after(&account, 2_500_000).await;
        let mut broken = source(&cut, engine);
        let first = broken.collect().await;
        assert_eq!(
            failure(&first),
            "database_cut",
            "{engine} {:?}",
            first.failed
        );
        assert_eq!(first.failed.as_ref().unwrap().failure, Failure::Transient);
        let kept = first.arrivals.len();
        assert!((2..29).contains(&kept), "{kept}");
        broken.register(&first, kept);

        let mut whole = source(&account, engine);
        whole.known = broken.known.clone();
        let rest = whole.collect().await;
        assert_eq!(failure(&rest), "");
        // The last day that was registered is read again, and is known.
        assert_eq!(rest.seen_before, 1);
        assert_eq!(kept + rest.arrivals.len(), 30);
        assert_eq!(days(&whole, &[&first, &rest]).len(), 30);
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_half_is_kept() {
    let source = source(&account("CHANNELFLOW_TEST_POSTGRES"), "postgresql");
    let landing = Landing::new(&source.landing_dir()).unwrap();
    // Copies are numbered; from some number on they find no room.
    for number in 5..2000 {
        let name = format!(".incoming-{}-{number}", std::process::id());
        symlink("/dev/full", source.landing_dir().join(name)).unwrap();
    }
    let collection = source.collect_into(&landing).await;
    let failed = collection.failed.clone().unwrap();
    assert_eq!(failed.sentence.code(), "database_disk_full", "{failed}");
    assert_eq!(failed.failure, Failure::Transient);
    assert!(collection.arrivals.len() <= 5);

    landing.clean_up().unwrap();
    let again = source.collect_into(&landing).await;
    assert_eq!(failure(&again), "");
    assert_eq!(days(&source, &[&again]).len(), 30);
}

#[tokio::test]
async fn a_kill_loses_nothing_and_doubles_nothing() {
    let account = account("CHANNELFLOW_TEST_MARIADB");
    if let Ok(landing) = std::env::var(VICTIM) {
        let landing = Landing::new(Path::new(&landing)).unwrap();
        source(&account, "mysql").collect_into(&landing).await;
        return;
    }
    let source = source(&account, "mysql");
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_kill_loses_nothing_and_doubles_nothing"])
        .env(VICTIM, source.landing_dir())
        .spawn()
        .unwrap();
    let begun = std::time::Instant::now();
    while !source.landing_dir().exists() || files_below(&source.landing_dir()).len() < 8 {
        assert!(begun.elapsed() < Duration::from_mins(1));
        std::thread::sleep(Duration::from_millis(1));
    }
    victim.kill().unwrap();
    assert!(
        !victim.wait().unwrap().success(),
        "it was quicker than the kill"
    );

    let landing = Landing::new(&source.landing_dir()).unwrap();
    landing.clean_up().unwrap();
    let left = files_below(&source.landing_dir());
    assert!(left.len() < 30);
    for path in &left {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(fingerprint(path).unwrap().sha256, name);
    }
    // Nothing was registered, so everything comes; what had landed is recognised.
    let collection = source.collect_into(&landing).await;
    assert_eq!(collection.arrivals.len(), 30);
    assert_eq!(days(&source, &[&collection]).len(), 30);
    assert_eq!(files_below(&source.landing_dir()).len(), 30);
}
