//! A process that is killed at every step of a visit, and one that follows it.
//!
//! The child is this test program itself, started with an environment variable; it collects through
//! a wire of its parent, which kills it when so many bytes have passed, and then registers what came
//! line by line in a file, as the warehouse would.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use channelflow_collect::{Collector, Cursor, Landing, Version};

use crate::proxy::wire;
use crate::world::{World, bytes, files_below, put, served};
use crate::{ftp, letters, mail, sftp};

const CHILD: &str = "CHANNELFLOW_KILLED";

/// `kind port test dir`: what the child collects.
fn source(world: &World, kind: &str, port: u16, test: &str) -> Arc<dyn Collector> {
    match kind {
        "sftp" => {
            let dir = crate::world::service("CHANNELFLOW_TEST_SSH_DIR");
            let root = Path::new(&dir).join("root").join(test);
            sftp::source(world, port, &root, "")
        }
        "ftp" => ftp::source(world, port, test, ""),
        _ => mail::source_at(
            world,
            port,
            &format!("mailbox = \"{test}\""),
            letters::PASSWORD,
        ),
    }
}

/// What was registered: a line for each arrival.
fn registered(dir: &Path, world: &mut World) -> Vec<String> {
    let text = std::fs::read_to_string(dir.join("registered")).unwrap_or_default();
    let mut names = Vec::new();
    // A line without its end was not written whole: that commit did not happen.
    for line in text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
    {
        let mut parts = line.trim_end_matches('\n').split('\t');
        let mut next = || parts.next().unwrap().to_owned();
        let (name, size, mtime) = (next(), next(), next());
        let version = Version {
            size: size.parse().unwrap(),
            mtime_ns: mtime.parse().unwrap(),
        };
        world.known.files.insert(name.clone(), version);
        let (resource, value) = (next(), next());
        if !resource.is_empty() {
            world.known.cursors.insert(resource, value);
        }
        names.push(name);
    }
    names
}

#[tokio::test]
async fn the_child() {
    let Ok(told) = std::env::var(CHILD) else {
        return;
    };
    let told: Vec<&str> = told.split(' ').collect();
    let dir = Path::new(told[3]);
    let mut world = World::new();
    world.landing = Landing::new(&dir.join("landing")).unwrap();
    registered(dir, &mut world);
    let collector = source(&world, told[0], told[1].parse().unwrap(), told[2]);
    let collection = world.collect(&*collector).await;
    let path = dir.join("registered");
    let mut log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap();
    for arrival in &collection.arrivals {
        let Version { size, mtime_ns } = arrival.version;
        let none = Cursor {
            resource: String::new(),
            value: String::new(),
        };
        let cursor = arrival.cursor.as_ref().unwrap_or(&none);
        let (resource, value) = (&cursor.resource, &cursor.value);
        let line = format!(
            "{}\t{size}\t{mtime_ns}\t{resource}\t{value}\n",
            arrival.name
        );
        log.write_all(line.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    let names: Vec<String> = collection.arrivals.iter().map(|a| a.name.clone()).collect();
    collector.acknowledge(&names).await.unwrap();
}

fn child(kind: &str, port: u16, test: &str, dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::the_child", "--nocapture"])
        .env(CHILD, format!("{kind} {port} {test} {}", dir.display()))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills one child after every so many bytes, each time on the files the one before left, and lets
/// the last one finish.
fn kill_at_every_step(kind: &str, server: u16, test: &str, expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    // Before the first byte, in the handshake, while signing in, listing, downloading, between two
    // files, while registering, while acknowledging.
    let steps = [
        0, 30, 400, 1200, 2000, 3000, 5000, 60_000, 150_000, 199_000, 250_000, 405_000,
    ];
    let mut died = 0;
    for after in steps {
        let line = wire(server, 0, 0);
        let mut running = child(kind, line.port, test, dir);
        let ended = loop {
            if let Some(status) = running.try_wait().unwrap() {
                break Some(status);
            }
            if line.passed.load(Ordering::SeqCst) >= after {
                // SIGKILL: nothing of it gets a last word.
                running.kill().unwrap();
                running.wait().unwrap();
                break None;
            }
            std::thread::sleep(Duration::from_micros(200));
        };
        died += usize::from(ended.is_none());
    }
    assert!(died >= 5, "{kind}: only {died} were killed");
    // Between the lines of what it registers.
    for _ in 0..3 {
        let line = wire(server, 0, 0);
        let before = std::fs::metadata(dir.join("registered")).map_or(0, |known| known.len());
        let mut running = child(kind, line.port, test, dir);
        while running.try_wait().unwrap().is_none() {
            let now = std::fs::metadata(dir.join("registered")).map_or(0, |known| known.len());
            if now > before {
                running.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    let line = wire(server, 0, 0);
    let status = child(kind, line.port, test, dir).wait().unwrap();
    assert!(status.success());

    let mut world = World::new();
    let names = registered(dir, &mut world);
    let mut sorted: Vec<&str> = names
        .iter()
        .map(|name| name.rsplit('/').next().unwrap())
        .collect();
    sorted.sort_unstable();
    assert_eq!(sorted, expected, "{kind}: every file once");
    let landing = Landing::new(&dir.join("landing")).unwrap();
    landing.clean_up().unwrap();
    assert_eq!(
        files_below(&dir.join("landing")).len(),
        expected.len(),
        "{kind}: and no other"
    );
}

const FILES: [&str; 4] = ["1.csv", "2.csv", "3.csv", "4.csv"];

fn contents() -> Vec<Vec<u8>> {
    (0..4_u8)
        .map(|number| [vec![number], bytes(100_000)].concat())
        .collect()
}

#[test]
fn a_visit_by_sftp_that_is_killed_loses_and_doubles_nothing() {
    let root = served("CHANNELFLOW_TEST_SSH_DIR", "killed");
    for (name, content) in FILES.iter().zip(contents()) {
        put(&root, &format!("DX01/{name}"), content);
    }
    kill_at_every_step("sftp", sftp::port(), "killed", &FILES);
}

#[test]
fn a_visit_by_ftp_that_is_killed_loses_and_doubles_nothing() {
    let root = served("CHANNELFLOW_TEST_FTP_DIR", "killed");
    for (name, content) in FILES.iter().zip(contents()) {
        put(&root, &format!("DX01/{name}"), content);
    }
    kill_at_every_step("ftp", ftp::port(ftp::PLAIN), "killed", &FILES);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_to_a_mailbox_that_is_killed_loses_and_doubles_nothing() {
    let mut owner = letters::Owner::of("killed").await;
    let contents = contents();
    for (names, contents) in FILES.chunks(2).zip(contents.chunks(2)) {
        let contents = contents.iter().map(Vec::as_slice);
        let files: Vec<(&str, &[u8])> = names.iter().copied().zip(contents).collect();
        owner.gets("li@yskz.example", "流向", &files).await;
    }
    tokio::task::spawn_blocking(|| {
        kill_at_every_step("mail", letters::port(), "killed", &FILES);
    })
    .await
    .unwrap();
    let flags = owner.flags().await;
    assert!(
        flags
            .iter()
            .flatten()
            .all(|flag| flag.contains("$Channelflow")),
        "{flags:?}"
    );
}
