//! A process that is killed at every step of a visit, and one that follows it.
//!
//! The child is this test program itself, started with an environment variable; it collects through
//! a wire of its parent, which lets so many bytes pass, holds the rest and kills it there. What came
//! whole it registers line by line in a file, as the warehouse would.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use channelflow_collect::{Collector, Cursor, Landing, Version};

use crate::objects::{DAV_PASSWORD, account, bucket, s3_at, webdav_at};
use crate::proxy::{held, port_of, wire};
use crate::world::{World, bytes, files_below, put, served, service};
use crate::{ftp, letters, mail, sftp};

const CHILD: &str = "CHANNELFLOW_KILLED";

/// `kind port test dir`: what the child collects.
fn source(world: &World, kind: &str, port: u16, test: &str) -> Arc<dyn Collector> {
    let url = format!("http://127.0.0.1:{port}");
    match kind {
        "s3" => s3_at(world, &url, test, &account().1),
        "webdav" => webdav_at(world, &url, test, DAV_PASSWORD),
        "sftp" => {
            let dir = service("CHANNELFLOW_TEST_SSH_DIR");
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

/// What was registered: a line for each arrival; the name of its file and what was kept of it.
fn registered(dir: &Path, world: &mut World) -> Vec<(String, Vec<u8>)> {
    let text = std::fs::read_to_string(dir.join("registered")).unwrap_or_default();
    let mut files = Vec::new();
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
        let file = name.rsplit('/').next().unwrap().to_owned();
        files.push((file, std::fs::read(next()).unwrap()));
    }
    files
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
        let (name, kept) = (&arrival.name, arrival.artifact.path.display());
        let line = format!("{name}\t{size}\t{mtime_ns}\t{resource}\t{value}\t{kept}\n");
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
fn kill_at_every_step(kind: &str, server: u16, test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let landing = Landing::new(&dir.join("landing")).unwrap();
    let expected: Vec<(String, Vec<u8>)> = FILES
        .map(str::to_owned)
        .into_iter()
        .zip(contents())
        .collect();
    // Before the first byte, in the handshake, while signing in, listing, opening a file, at the end
    // of one; and in each of the files, where it is sure that a part of it was taken.
    let elsewhere = [
        0, 30, 400, 1200, 2000, 3000, 5000, 60_000, 150_000, 250_000, 399_000,
    ];
    let downloading = [90_000, 190_000, 290_000, 390_000];
    // FTP announces a file on a line of its own, which may come after the bytes and be held: such a
    // copy was begun and is empty.
    let least = u64::from(kind != "ftp");
    for after in elsewhere.into_iter().chain(downloading) {
        let line = held(server, after);
        let left = unfinished(dir, least).len();
        let mut running = child(kind, line.port, test, dir);
        while line.passed.load(Ordering::SeqCst) < after {
            let ended = running.try_wait().unwrap();
            assert_eq!(ended, None, "{kind}: it ended before {after} bytes");
            std::thread::sleep(Duration::from_micros(200));
        }
        // A mail is taken apart when it came whole.
        if downloading.contains(&after) && kind != "mail" {
            let begun = (0..1000).any(|_| {
                std::thread::sleep(Duration::from_millis(5));
                unfinished(dir, least).len() > left
            });
            assert!(begun, "{kind}: {after}: a part of a file is there");
        }
        // SIGKILL: nothing of it gets a last word.
        running.kill().unwrap();
        running.wait().unwrap();
        assert_eq!(registered(dir, &mut World::new()), [], "{kind}: {after}");
        for file in landed(dir) {
            assert!(contents().contains(&file), "{kind}: {after}: not whole");
        }
    }
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
        let came = registered(dir, &mut World::new());
        assert!(came.iter().all(|file| expected.contains(file)), "{kind}");
    }
    let line = wire(server, 0, 0);
    let status = child(kind, line.port, test, dir).wait().unwrap();
    assert!(status.success());

    let mut came = registered(dir, &mut World::new());
    came.sort();
    let names = |files: &[(String, Vec<u8>)]| -> Vec<String> {
        files.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&came), names(&expected), "{kind}: every file once");
    assert!(came == expected, "{kind}: byte for byte");
    landing.clean_up().unwrap();
    assert_eq!(landed(dir).len(), expected.len(), "{kind}: and no other");
    assert!(unfinished(dir, 0).is_empty());
}

/// Whether a file of the landing area is a copy that was not finished.
fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    name.starts_with(".incoming-")
}

/// What is kept of files that came whole.
fn landed(dir: &Path) -> Vec<Vec<u8>> {
    let mut paths = files_below(&dir.join("landing"));
    paths.retain(|path| !is_unfinished(path));
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// Copies of so many bytes that were begun and not finished, by any child until now.
fn unfinished(dir: &Path, least: u64) -> Vec<PathBuf> {
    let mut paths = files_below(&dir.join("landing"));
    // One that is finished meanwhile is gone.
    let is_long = |path: &Path| std::fs::metadata(path).is_ok_and(|copy| copy.len() >= least);
    paths.retain(|path| is_unfinished(path) && is_long(path));
    paths
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
    kill_at_every_step("sftp", sftp::port(), "killed");
}

#[test]
fn a_visit_by_ftp_that_is_killed_loses_and_doubles_nothing() {
    let root = served("CHANNELFLOW_TEST_FTP_DIR", "killed");
    for (name, content) in FILES.iter().zip(contents()) {
        put(&root, &format!("DX01/{name}"), content);
    }
    kill_at_every_step("ftp", ftp::port(ftp::PLAIN), "killed");
}

#[test]
fn a_visit_by_webdav_that_is_killed_loses_and_doubles_nothing() {
    let root = served("CHANNELFLOW_TEST_WEBDAV_DIR", "killed");
    for (name, content) in FILES.iter().zip(contents()) {
        put(&root, &format!("DX01/{name}"), content);
    }
    kill_at_every_step(
        "webdav",
        port_of(&service("CHANNELFLOW_TEST_WEBDAV")),
        "killed",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_to_an_object_store_that_is_killed_loses_and_doubles_nothing() {
    let bucket = bucket();
    for (name, content) in FILES.iter().zip(contents()) {
        let name = format!("killed/DX01/{name}");
        bucket.write(&name, content).await.unwrap();
    }
    tokio::task::spawn_blocking(|| {
        kill_at_every_step("s3", port_of(&service("CHANNELFLOW_TEST_S3")), "killed");
    })
    .await
    .unwrap();
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
        kill_at_every_step("mail", letters::port(), "killed");
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
