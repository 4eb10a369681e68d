//! Accounts are in no sentence, no log and not in the landing area.

use std::io::Write;
use std::sync::{Arc, Mutex};

use channelflow_collect::Collector;
use channelflow_model::Lang;

use crate::objects::{DAV_PASSWORD, account, s3_at, webdav_at};
use crate::proxy::endless;
use crate::world::{World, files_below, put, served, service};
use crate::{ftp, letters, mail, sftp, sftp_password};

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

/// Accounts of SFTP that have a password: two with the right one, three without.
fn with_passwords(world: &World, wrong: &str) -> Vec<Arc<dyn Collector>> {
    let (port, host) = (sftp_password::port(), sftp_password::known_host());
    let right = sftp_password::PASSWORD;
    let accounts = [
        ("plain-hidden", right),
        ("dialogue-hidden", right),
        ("plain-hidden", wrong),
        ("dialogue-hidden", wrong),
        ("strict-hidden", wrong),
    ];
    accounts
        .map(|account| sftp_password::source_as(world, port, "secrets", account, &host))
        .to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_nowhere_to_be_seen() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::level_filters::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();

    for dir in ["SSH", "SFTP", "FTP", "WEBDAV"] {
        let root = served(&format!("CHANNELFLOW_TEST_{dir}_DIR"), "secrets");
        put(&root, "DX01/a.csv", dir);
    }
    let mut owner = letters::Owner::of("Secrets").await;
    owner
        .gets("li@yskz.example", "流向", &[("a.csv", b"a")])
        .await;
    let world = World::new();
    let (s3_url, dav_url) = (
        service("CHANNELFLOW_TEST_S3"),
        service("CHANNELFLOW_TEST_WEBDAV"),
    );
    let (key, secret) = account();
    let ssh_root = std::path::Path::new(&service("CHANNELFLOW_TEST_SSH_DIR")).join("root/secrets");
    let client_key = sftp::file("client_key");
    let inbox = "mailbox = \"Secrets\"";
    // Right accounts, wrong ones, and servers that repeat what they are told.
    let wrong = "planted-wrong-password";
    let talker = endless(
        b"220 ok\r\n530 flow planted-wrong-password is wrong\r\n",
        b"500 planted\r\n",
    );
    let mut sources: Vec<Arc<dyn Collector>> = vec![
        sftp::source(&world, sftp::port(), &ssh_root, ""),
        sftp::source(&world, 1, &ssh_root, ""),
        ftp::source(&world, ftp::port(ftp::PLAIN), "secrets", ""),
        ftp::source_as(&world, ftp::port(ftp::PLAIN), "secrets", "", wrong),
        ftp::source_as(&world, 1, "secrets", "", wrong),
        ftp::source_as(&world, talker, "secrets", "", wrong),
        s3_at(&world, &s3_url, "secrets", &secret),
        s3_at(&world, &s3_url, "secrets", wrong),
        s3_at(&world, "http://127.0.0.1:1", "secrets", wrong),
        webdav_at(&world, &dav_url, "secrets", DAV_PASSWORD),
        webdav_at(&world, &dav_url, "secrets", wrong),
        webdav_at(&world, "http://127.0.0.1:1", "secrets", wrong),
        mail::source_at(&world, letters::port(), inbox, letters::PASSWORD),
        mail::source_at(&world, letters::port(), inbox, wrong),
        mail::source_at(&world, 1, inbox, wrong),
    ];
    sources.extend(with_passwords(&world, wrong));
    let mut said = String::new();
    let mut came = 0;
    for source in sources {
        let collection = world.collect(&*source).await;
        came += collection.arrivals.len();
        if let Some(error) = &collection.failed {
            for lang in [Lang::Zh, Lang::En] {
                said += &error.sentence.text(lang);
                said += &error.sentence.hint(lang).unwrap();
            }
            assert_eq!(error.sentence.facts()["host"], "127.0.0.1");
            assert!(error.sentence.facts().contains_key("port"));
        }
        said += &format!("{collection:?}");
        said += &format!("{:?}", world.probe(&*source).await);
        let names: Vec<String> = collection.arrivals.iter().map(|a| a.name.clone()).collect();
        said += &format!("{:?}", source.acknowledge(&names).await);
    }
    assert_eq!(
        came, 6,
        "every right account but that of the empty bucket brought its file"
    );

    let mut places = vec![("sentences", said)];
    let logged = log.0.lock().unwrap().clone();
    places.push(("log", String::from_utf8_lossy(&logged).into_owned()));
    for path in files_below(world.dir.path()) {
        let kept = std::fs::read(&path).unwrap();
        places.push(("landing area", String::from_utf8_lossy(&kept).into_owned()));
    }
    assert!(places[1].1.contains("TRACE"), "the log was taken");
    let secrets = [
        wrong,
        sftp_password::PASSWORD,
        "-hidden",
        ftp::PASSWORD,
        DAV_PASSWORD,
        letters::PASSWORD,
        &key,
        &secret,
        letters::USER,
        client_key.lines().nth(1).unwrap(),
    ];
    for (place, text) in &places {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} stands in the {place}");
        }
    }
}
