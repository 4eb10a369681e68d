//! Accounts and passwords are in no log, no error, no artifact. Alone in its process, because it
//! listens to everything that is logged.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use common::tds::{Kind, Tokens, serve};
use common::{Account, Source, account, files_below};
use tracing_subscriber::filter::LevelFilter;

/// What nobody may read anywhere.
const PLANTED: [&str; 2] = ["pla-nted-user", "pla-nted-password"];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_planted_is_found_anywhere() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    tracing::info!("somebody listens");

    let login = Tokens::default().error(18_456, "Login failed for user 'pla-nted-user'.");
    let refusing = serve(login.0, vec![]).await;
    let day = Tokens::default().columns(&[("d", Kind::Date)]);
    // 1 March 2026.
    let row = day.clone().row().value(&739_675_u32.to_le_bytes()[..3]);
    let answers = vec![Tokens::default().batch_end(), day.end(), row.end()];
    let taking = serve(Tokens::login(), answers).await;
    let asked = |port| Account {
        host: "127.0.0.1".to_owned(),
        port,
        user: String::new(),
        password: String::new(),
        database: "ERP".to_owned(),
    };
    let mut collected = 0;
    for (engine, server, query) in [
        (
            "postgresql",
            account("CHANNELFLOW_TEST_POSTGRES"),
            "SELECT date '2026-03-01' AS d",
        ),
        (
            "mysql",
            account("CHANNELFLOW_TEST_MARIADB"),
            "SELECT date '2026-03-01' AS d",
        ),
        ("sqlserver", asked(refusing.port), "SELECT d FROM t"),
        ("sqlserver", asked(taking.port), "SELECT d FROM t"),
    ] {
        let server = Account {
            user: "{user}".to_owned(),
            ..server
        };
        let text = format!(
            "{}tls = \"off\"\n[[resource]]\nname = \"销售\"\nwatermark = \"d\"\n\
             first_day = \"2026-03-01\"\nquery = \"{query} WHERE {{from}} < {{until}}\"\n",
            server.head(engine)
        );
        let source = Source::new(&text, &[("user", PLANTED[0]), ("password", PLANTED[1])]);
        let collection = source.collect().await;
        let failed = collection.failed.as_ref();
        let mut said = format!("{collection:?} {:?}", source.probe().await);
        if let Some(error) = failed {
            said += &format!(
                "{error} {:?}",
                error.sentence.hint(channelflow_model::messages::Lang::En)
            );
        }
        for path in files_below(&source.landing_dir()) {
            said += &String::from_utf8_lossy(&std::fs::read(path).unwrap());
        }
        collected += collection.arrivals.len();
        for planted in PLANTED {
            assert!(!said.contains(planted), "{engine}: {said}");
        }
    }
    assert_eq!(collected, 1);
    let log = log.0.lock().unwrap();
    let log = String::from_utf8_lossy(&log);
    assert!(log.contains("somebody listens"));
    for line in log.lines() {
        for planted in PLANTED {
            assert!(!line.contains(planted), "{line}");
        }
    }
}
