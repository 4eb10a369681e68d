//! SFTP against OpenSSH.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use channelflow_collect::{Collector, Failure};
use channelflow_collect_remote::open_sftp;

use crate::proxy::wire;
use crate::world::{World, bytes, came, codes, failed, fresh, names, put, served, service};

const DIR: &str = "CHANNELFLOW_TEST_SSH_DIR";

pub fn port() -> u16 {
    service("CHANNELFLOW_TEST_SSH").parse().unwrap()
}

pub fn file(name: &str) -> String {
    let path = Path::new(&service("CHANNELFLOW_TEST_SSH_DIR")).join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The fingerprint of a service's public key, as `ssh-keygen -l` shows it.
pub fn fingerprint(service_dir: &str, key: &str) -> String {
    let path = format!("{}/{key}.pub", service(service_dir));
    let told = std::process::Command::new("ssh-keygen")
        .args(["-l", "-f", &path])
        .output()
        .unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    told.split(' ').nth(1).unwrap().to_owned()
}

pub fn user() -> String {
    let told = std::process::Command::new("id")
        .arg("-un")
        .output()
        .unwrap();
    String::from_utf8(told.stdout).unwrap().trim().to_owned()
}

pub fn description(port: u16, root: &Path, more: &str) -> String {
    format!(
        "host = \"127.0.0.1\"\nport = {port}\nuser = \"{{user}}\"\nprivate_key = \"{{key}}\"\n\
         root = \"{}\"\ntimeout_seconds = 10\n{more}",
        root.display()
    )
}

pub fn known_host() -> String {
    format!("host_key = \"{}\"\n", fingerprint(DIR, "host_key"))
}

pub fn source(world: &World, port: u16, root: &Path, more: &str) -> Arc<dyn Collector> {
    let text = description(port, root, &(known_host() + more));
    let (user, key) = (user(), file("client_key"));
    world.open(open_sftp, &text, &[("user", &user), ("key", &key)])
}

#[tokio::test]
async fn files_come_once_with_their_folder_and_a_new_version_comes_again() {
    let root = served("CHANNELFLOW_TEST_SSH_DIR", "once");
    let large = bytes(3 << 20);
    put(&root, "DX01/2026/流向 10月.xlsx", &large);
    put(&root, "DX01/2026/流向 2月.xlsx", "two");
    put(&root, "readme.csv", "root");
    for unwanted in [
        "DX01/~$流向.xlsx",
        "DX01/a.xlsx.part",
        "DX01/.git/x.xlsx",
        "DX01/a.txt",
    ] {
        put(&root, unwanted, "no");
    }
    let mut world = World::new();
    let source = source(&world, port(), &root, "pattern = [\"*.xlsx\", \"*.csv\"]");

    let first = world.collect(&*source).await;
    let dx01 = Some("DX01".to_owned());
    assert_eq!(
        came(&first),
        [
            ("readme.csv".to_owned(), None, b"root".to_vec()),
            (
                "DX01/2026/流向 2月.xlsx".to_owned(),
                dx01.clone(),
                b"two".to_vec()
            ),
            ("DX01/2026/流向 10月.xlsx".to_owned(), dx01, large),
        ]
    );
    world.register(&first, 3);
    let again = world.collect(&*source).await;
    assert_eq!((names(&again).len(), again.seen_before), (0, 3));

    std::thread::sleep(Duration::from_millis(10));
    fresh(&root, "DX01/2026/流向 2月.xlsx", "two and a half");
    put(&root, "DX01/2026/流向 2月.xlsx", "two and a half");
    let corrected = world.collect(&*source).await;
    assert_eq!(names(&corrected), ["DX01/2026/流向 2月.xlsx"]);
    assert!(root.join("readme.csv").exists(), "nothing is deleted there");

    let probe = world.probe(&*source).await.unwrap();
    assert_eq!(probe.found[0], "readme.csv (4 B)");
}

#[tokio::test]
async fn a_file_that_grows_is_left_and_said_and_a_still_one_is_taken() {
    let root = served("CHANNELFLOW_TEST_SSH_DIR", "growing");
    fresh(&root, "DX01/still.csv", "done");
    let growing = fresh(&root, "DX01/growing.csv", "begun");
    let world = World::new();
    let source = source(&world, port(), &root, "settle_seconds = 2");

    let writer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(900));
        std::fs::write(growing, "begun and more").unwrap();
    });
    let collection = world.collect(&*source).await;
    writer.join().unwrap();

    assert_eq!(names(&collection), ["DX01/still.csv"]);
    assert_eq!(codes(&collection), ["remote_growing"]);
}

#[tokio::test]
async fn a_file_that_is_too_large_is_left_and_said() {
    let root = served("CHANNELFLOW_TEST_SSH_DIR", "large");
    put(&root, "DX01/large.csv", bytes(2000));
    put(&root, "DX01/small.csv", "x");
    let mut world = World::new();
    world.most_bytes = 1000;
    let collection = world.collect(&*source(&world, port(), &root, "")).await;
    assert_eq!(names(&collection), ["DX01/small.csv"]);
    assert_eq!(codes(&collection), ["remote_too_large"]);
}

#[tokio::test]
async fn the_server_is_known_by_its_key_or_refused() {
    let root = served("CHANNELFLOW_TEST_SSH_DIR", "keys");
    put(&root, "DX01/a.csv", "a");
    let world = World::new();
    let (user, key) = (user(), file("client_key"));
    let values = [("user", user.as_str()), ("key", key.as_str())];
    let (right, wrong) = (fingerprint(DIR, "host_key"), fingerprint(DIR, "other_key"));

    let open = |more: &str| world.open(open_sftp, &description(port(), &root, more), &values);
    let first_contact = world.collect(&*open("")).await;
    let error = first_contact.failed.unwrap();
    assert_eq!(error.sentence.code(), "remote_host_key_unknown");
    assert_eq!(error.failure, Failure::Permanent);
    assert_eq!(error.sentence.facts()["found"], right, "to be copied");

    let changed = world
        .collect(&*open(&format!("host_key = \"{wrong}\"")))
        .await;
    let error = changed.failed.unwrap();
    assert_eq!(error.sentence.code(), "remote_host_key_changed");
    assert_eq!(error.sentence.facts()["found"], right);
    assert_eq!(error.sentence.facts()["expected"], wrong);

    let line = |key: &str| {
        let public = file(&format!("{key}.pub"));
        let words: Vec<&str> = public.split(' ').collect();
        format!("[127.0.0.1]:{} {} {}\n", port(), words[0], words[1])
    };
    let hosts = world.dir.path().join("known_hosts");
    for (text, code) in [
        (line("host_key"), ""),
        (line("other_key"), "remote_host_key_changed"),
        (String::new(), "remote_host_key_unknown"),
    ] {
        std::fs::write(&hosts, &text).unwrap();
        let collection = world.collect(&*open("host_key = \"known_hosts\"")).await;
        assert_eq!(failed(&collection), code, "{text}");
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_at_once() {
    let root = served("CHANNELFLOW_TEST_SSH_DIR", "refused");
    let world = World::new();
    let wire = wire(port(), 0, 0);
    let (user, key) = (user(), file("other_key"));
    let text = description(wire.port, &root, &known_host());
    let source = world.open(open_sftp, &text, &[("user", &user), ("key", &key)]);

    let error = world.collect(&*source).await.failed.unwrap();

    assert_eq!(error.failure, Failure::Credentials);
    assert_eq!(error.sentence.code(), "remote_refused");
    let tries = wire.connections.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(tries, 1, "an account is not tried again");
}

#[tokio::test]
async fn an_old_server_is_spoken_to_only_when_asked() {
    let root = served("CHANNELFLOW_TEST_SSH_DIR", "old");
    put(&root, "DX01/a.csv", "a");
    let world = World::new();
    let port: u16 = service("CHANNELFLOW_TEST_SSH_OLD").parse().unwrap();
    let (user, key) = (user(), file("client_key"));
    let values = [("user", user.as_str()), ("key", key.as_str())];
    let host_key = format!("host_key = \"{}\"\n", fingerprint(DIR, "old_host_key"));

    let text = description(port, &root, &host_key);
    let refused = world.collect(&*world.open(open_sftp, &text, &values)).await;
    assert_eq!(failed(&refused), "remote_insecure");
    let text = text + "old_algorithms = true";
    let spoken = world.collect(&*world.open(open_sftp, &text, &values)).await;
    assert_eq!(names(&spoken), ["DX01/a.csv"]);
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let world = World::new();
    let gone = world
        .collect(&*source(&world, port(), Path::new("/no/such"), ""))
        .await;
    assert_eq!(failed(&gone), "remote_missing");
    let root = Path::new("/");
    let nobody = world.collect(&*source(&world, 1, root, "")).await;
    assert_eq!(failed(&nobody), "remote_unreachable");
}
