//! FTP and FTPS against pyftpdlib.

use std::path::Path;
use std::sync::Arc;

use channelflow_collect::{Collector, Failure};
use channelflow_collect_remote::open_ftp;

use crate::proxy::wire;
use crate::world::{World, bytes, came, codes, failed, fresh, names, put, served, service};

pub const PASSWORD: &str = "planted-ftp-password";

/// Port of the server of this kind.
pub fn port(offset: u16) -> u16 {
    let first: u16 = service("CHANNELFLOW_TEST_FTP").parse().unwrap();
    first + offset
}

pub const PLAIN: u16 = 0;
pub const FOR_PEOPLE: u16 = 1;
pub const EXPLICIT: u16 = 2;
pub const IMPLICIT: u16 = 3;

pub fn source(world: &World, port: u16, root: &str, more: &str) -> Arc<dyn Collector> {
    source_as(world, port, root, more, PASSWORD)
}

pub fn source_as(
    world: &World,
    port: u16,
    root: &str,
    more: &str,
    password: &str,
) -> Arc<dyn Collector> {
    let tls = if more.contains("tls =") {
        ""
    } else {
        "tls = \"none\""
    };
    let text = format!(
        "host = \"127.0.0.1\"\nport = {port}\nuser = \"{{user}}\"\npassword = \"{{pw}}\"\n\
         root = \"{root}\"\ntimeout_seconds = 10\n{tls}\n{more}"
    );
    world.open(open_ftp, &text, &[("user", "flow"), ("pw", password)])
}

fn with_certificate(world: &World) {
    let from = Path::new(&service("CHANNELFLOW_TEST_FTP_DIR")).join("cert.pem");
    std::fs::copy(from, world.dir.path().join("ca.pem")).unwrap();
}

#[tokio::test]
async fn files_come_once_over_every_kind_of_connection() {
    let root = served("CHANNELFLOW_TEST_FTP_DIR", "kinds");
    let large = bytes(2 << 20);
    put(&root, "DX01/流向 2月.xlsx", &large);
    put(&root, "DX01/深/流向.csv", "deep");
    put(&root, "DX01/x.tmp", "unfinished");
    let tls = |kind: &str| format!("tls = \"{kind}\"\nca = \"ca.pem\"");
    for (offset, more) in [
        (PLAIN, String::new()),
        (PLAIN, "mode = \"extended_passive\"".to_owned()),
        (PLAIN, "mode = \"active\"".to_owned()),
        (FOR_PEOPLE, "settle_seconds = 0".to_owned()),
        (EXPLICIT, tls("explicit")),
        (IMPLICIT, tls("implicit")),
    ] {
        let mut world = World::new();
        with_certificate(&world);
        let source = source(&world, port(offset), "kinds", &more);
        let first = world.collect(&*source).await;
        let folder = Some("DX01".to_owned());
        assert_eq!(
            came(&first),
            [
                (
                    "DX01/流向 2月.xlsx".to_owned(),
                    folder.clone(),
                    large.clone()
                ),
                ("DX01/深/流向.csv".to_owned(), folder, b"deep".to_vec()),
            ],
            "{more}"
        );
        world.register(&first, 2);
        let again = world.collect(&*source).await;
        assert_eq!((names(&again).len(), again.seen_before), (0, 2), "{more}");
        let probe = world.probe(&*source).await.unwrap();
        assert_eq!(probe.found.len(), 2);
    }
}

#[tokio::test]
async fn names_in_gb18030_are_read_and_asked_for() {
    use std::os::unix::ffi::OsStrExt;
    let root = served("CHANNELFLOW_TEST_FTP_DIR", "gbk");
    let (name, _, _) = encoding_rs::GB18030.encode("药品流向.csv");
    let folder = root.join(std::ffi::OsStr::from_bytes(b"DX01"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(std::ffi::OsStr::from_bytes(&name)), "gbk").unwrap();
    let world = World::new();
    let more = "encoding = \"gb18030\"\nsettle_seconds = 0";
    let collection = world
        .collect(&*source(&world, port(FOR_PEOPLE), "gbk", more))
        .await;
    assert_eq!(names(&collection), ["DX01/药品流向.csv"]);
}

#[tokio::test]
async fn a_list_for_people_tells_no_age_so_a_file_is_watched() {
    let root = served("CHANNELFLOW_TEST_FTP_DIR", "watched");
    put(&root, "DX01/still.csv", "still");
    let growing = fresh(&root, "DX01/growing.csv", "begun");
    let world = World::new();
    let source = source(&world, port(FOR_PEOPLE), "watched", "settle_seconds = 2");
    let writer = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(900));
        std::fs::write(growing, "begun and more").unwrap();
    });
    let collection = world.collect(&*source).await;
    writer.join().unwrap();
    assert_eq!(names(&collection), ["DX01/still.csv"]);
    assert_eq!(codes(&collection), ["remote_growing"]);
}

#[tokio::test]
async fn a_wrong_password_is_refused_at_once() {
    let world = World::new();
    let wire = wire(port(PLAIN), 0, 0);
    let source = source_as(&world, wire.port, "", "", "planted-wrong-password");
    let error = world.collect(&*source).await.failed.unwrap();
    assert_eq!(error.failure, Failure::Credentials);
    assert_eq!(error.sentence.code(), "remote_refused");
    let tries = wire.connections.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(tries, 1, "an account is not tried again");
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_refused() {
    let world = World::new();
    for (offset, tls) in [
        (EXPLICIT, "explicit"),
        (IMPLICIT, "implicit"),
        (PLAIN, "explicit"),
    ] {
        let source = source(&world, port(offset), "", &format!("tls = \"{tls}\""));
        let collection = world.collect(&*source).await;
        assert_eq!(failed(&collection), "remote_insecure", "{tls}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let world = World::new();
    let gone = world
        .collect(&*source(&world, port(PLAIN), "no/such", ""))
        .await;
    assert_eq!(failed(&gone), "remote_missing");
}
