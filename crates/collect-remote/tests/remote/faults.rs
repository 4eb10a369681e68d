//! What goes wrong between us and a server, and on our own disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use channelflow_collect::{Collector, Failure, Landing};
use channelflow_collect_remote::open_sftp;

use futures::future::join_all;

use crate::letters::Owner;
use crate::objects::{DAV_PASSWORD, account, bucket, s3_at, webdav_at};
use crate::proxy::{Wire, endless, port_of, silent, wire};
use crate::world::{World, bytes, came, failed, files_below, names, put, served, service};
use crate::{ftp, letters, mail, sftp};

/// A source of two files, and the wire it is reached by.
type Wired = (Arc<dyn Collector>, Wire);

const LARGE: usize = 600_000;

/// Every protocol through a wire that breaks `cuts` times after `after` bytes from the server.
async fn wired(world: &World, test: &str, after: usize, cuts: usize) -> Vec<(&'static str, Wired)> {
    let large = bytes(LARGE);
    let test = format!("faults-{test}");
    let test = test.as_str();
    let mut all = Vec::new();

    let root = served("CHANNELFLOW_TEST_SSH_DIR", test);
    put(&root, "DX01/1.csv", "one");
    put(&root, "DX01/2.csv", &large);
    let line = wire(sftp::port(), after, cuts);
    all.push(("sftp", (sftp::source(world, line.port, &root, ""), line)));

    let root = served("CHANNELFLOW_TEST_FTP_DIR", test);
    put(&root, "DX01/1.csv", "one");
    put(&root, "DX01/2.csv", &large);
    let line = wire(ftp::port(ftp::PLAIN), after, cuts);
    all.push(("ftp", (ftp::source(world, line.port, test, ""), line)));

    let bucket = bucket();
    bucket
        .write(&format!("{test}/DX01/1.csv"), "one")
        .await
        .unwrap();
    bucket
        .write(&format!("{test}/DX01/2.csv"), large.clone())
        .await
        .unwrap();
    let line = wire(port_of(&service("CHANNELFLOW_TEST_S3")), after, cuts);
    let url = format!("http://127.0.0.1:{}", line.port);
    all.push(("s3", (s3_at(world, &url, test, &account().1), line)));

    let root = served("CHANNELFLOW_TEST_WEBDAV_DIR", test);
    put(&root, "DX01/1.csv", "one");
    put(&root, "DX01/2.csv", &large);
    let line = wire(port_of(&service("CHANNELFLOW_TEST_WEBDAV")), after, cuts);
    let url = format!("http://127.0.0.1:{}", line.port);
    all.push(("webdav", (webdav_at(world, &url, test, DAV_PASSWORD), line)));

    let mut owner = Owner::of(test).await;
    owner
        .gets("li@yskz.example", "流向", &[("1.csv", b"one")])
        .await;
    owner
        .gets("li@yskz.example", "流向", &[("2.csv", &large)])
        .await;
    let line = wire(letters::port(), after, cuts);
    let more = format!("mailbox = \"{test}\"");
    all.push((
        "mail",
        (
            mail::source_at(world, line.port, &more, letters::PASSWORD),
            line,
        ),
    ));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_is_made_again_and_nothing_is_lost_or_doubled() {
    join_all([150, 3000, 100_000, 590_000].map(|after| async move {
        let world = World::new();
        let sources = wired(&world, &format!("cut-{after}"), after, 2).await;
        let world = &world;
        join_all(sources.iter().map(|(protocol, (source, line))| async move {
            let collection = world.collect(&**source).await;
            let sizes: Vec<usize> = came(&collection).iter().map(|file| file.2.len()).collect();
            assert_eq!(sizes, [3, LARGE], "{protocol} after {after}");
            assert_eq!(line.cuts_left(), 0, "{protocol} was cut");
        }))
        .await;
        let kept = files_below(&world.dir.path().join("landing"));
        assert_eq!(
            kept.len(),
            2,
            "the same two contents, and nothing unfinished: {kept:?}"
        );
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_always_breaks_is_said_and_what_came_before_counts() {
    let world = World::new();
    let sources = wired(&world, "always", 100_000, usize::MAX).await;
    let world = &world;
    join_all(sources.iter().map(|(protocol, (source, line))| async move {
        let collection = world.collect(&**source).await;
        let error = collection.failed.clone().unwrap();
        assert_eq!(error.failure, Failure::Transient, "{protocol} {error}");
        assert_eq!(error.sentence.facts()["host"], "127.0.0.1");
        assert_eq!(
            collection.arrivals.len(),
            1,
            "{protocol}: the small file came"
        );
        let tries = line.connections.load(Ordering::SeqCst);
        assert!((4..40).contains(&tries), "{protocol}: {tries} connections");
    }))
    .await;
    let kept = files_below(&world.dir.path().join("landing"));
    assert_eq!(kept.len(), 1, "{kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_ends_is_ended() {
    let world = World::new();
    let http = b"HTTP/1.1 207 Multi-Status\r\nContent-Type: text/xml\r\n\r\n";
    let http_port = endless(http, b"<a>endless</a>");
    let url = format!("http://127.0.0.1:{http_port}");
    let port = endless(b"SSH-2.0-", b"endless");
    let sources = [
        ("sftp", sftp::source(&world, port, Path::new("/"), "")),
        (
            "ftp",
            ftp::source(&world, endless(b"220-", b"endless\r\n"), "", ""),
        ),
        (
            "ftp line",
            ftp::source(&world, endless(b"220-", b"endless"), "", ""),
        ),
        (
            "mail",
            mail::source_at(&world, endless(b"* OK ", b"endless"), "", "pw of mail"),
        ),
        (
            "mail lines",
            mail::source_at(&world, endless(b"* OK a\r\n", b"* OK b\r\n"), "", "pw"),
        ),
        ("s3", s3_at(&world, &url, "", "secret of s3")),
        ("webdav", webdav_at(&world, &url, "", "pw of webdav")),
    ];
    let world = &world;
    join_all(sources.iter().map(|(protocol, source)| async move {
        let collection = tokio::time::timeout(Duration::from_mins(1), world.collect(&**source));
        let collection = collection
            .await
            .unwrap_or_else(|_| panic!("{protocol} did not end"));
        let error = collection.failed.unwrap();
        eprintln!("{protocol}: {error}");
    }))
    .await;
}

/// A file that has more bytes than its server listed: what is too much is not kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_never_ends_is_ended() {
    let mut world = World::new();
    world.most_bytes = 100_000;
    let list = "<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\">\
        <d:response><d:href>/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/>\
        </d:resourcetype><d:getlastmodified>Mon, 02 Feb 2026 00:00:00 GMT</d:getlastmodified>\
        </d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>\
        <d:response><d:href>/a.csv</d:href><d:propstat><d:prop><d:resourcetype/>\
        <d:getcontentlength>1000</d:getcontentlength>\
        <d:getlastmodified>Mon, 02 Feb 2026 00:00:00 GMT</d:getlastmodified></d:prop>\
        <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>";
    let url = format!("http://127.0.0.1:{}", lying_webdav(list.to_owned()));
    let source = webdav_at(&world, &url, "", "pw of webdav");
    let collection = tokio::time::timeout(Duration::from_mins(1), world.collect(&*source));
    let collection = collection.await.expect("it is ended");
    assert!(collection.arrivals.is_empty(), "{collection:?}");
    assert!(collection.failed.is_some() || !collection.findings.is_empty());
    assert!(files_below(&world.dir.path().join("landing")).is_empty());
}

/// Answers PROPFIND with a list and GET with bytes that do not end.
fn lying_webdav(list: String) -> u16 {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(mut client), list) = (client, list.clone()) else {
                return;
            };
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                let read = client.read(&mut request).unwrap_or(0);
                let (status, length) = if request[..read].starts_with(b"PROPFIND") {
                    ("207 Multi-Status", list.len())
                } else {
                    ("206 Partial Content", usize::MAX >> 4)
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\
                    Content-Type: text/xml\r\nConnection: close\r\n\r\n"
                );
                let _ = client.write_all(head.as_bytes());
                if status.starts_with("207") {
                    let _ = client.write_all(list.as_bytes());
                    return;
                }
                let many = vec![b'x'; 65536];
                while client.write_all(&many).is_ok() {}
            });
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_is_left() {
    let world = World::new();
    let (user, key) = (sftp::user(), sftp::file("client_key"));
    let text = sftp::description(silent(), Path::new("/"), "")
        .replace("timeout_seconds = 10", "timeout_seconds = 1");
    let source = world.open(open_sftp, &text, &[("user", &user), ("key", &key)]);
    let collection = world.collect(&*source).await;
    assert!(["remote_slow", "remote_broken"].contains(&failed(&collection)));
    let url = format!("http://127.0.0.1:{}", silent());
    let begun = Instant::now();
    let collection = world.collect(&*s3_at(&world, &url, "", "s")).await;
    assert_eq!(collection.failed.unwrap().failure, Failure::Transient);
    assert!(begun.elapsed() < Duration::from_mins(1));
}

/// A file system of 256 KiB where root may make one, else none.
struct Small(std::path::PathBuf);

impl Small {
    fn mounted(world: &World) -> Self {
        let path = world.dir.path().join("small");
        std::fs::create_dir(&path).unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"])
            .arg(&path)
            .status();
        assert!(
            mounted.is_ok_and(|status| status.success()),
            "this test needs the right to mount a small file system: run it as root"
        );
        Small(path)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_the_visit_keeps_what_came_and_the_rest_comes_when_there_is_room() {
    let mut world = World::new();
    let roomy = world.landing.clone();
    let small = Small::mounted(&world);
    for (protocol, (source, _line)) in wired(&world, "full", 0, 0).await {
        world.known = channelflow_collect::Known::default();
        world.landing = Landing::new(&small.0.join(protocol)).unwrap();
        let full = world.collect(&*source).await;
        let error = full.failed.clone().unwrap();
        assert_eq!(error.sentence.code(), "remote_landing", "{protocol}");
        assert!(error.to_string().contains("no space left"), "{error}");
        assert_eq!(full.arrivals.len(), 1, "{protocol}");
        assert_eq!(
            files_below(&small.0.join(protocol)).len(),
            1,
            "nothing unfinished stays"
        );
        world.register(&full, 1);
        world.landing = roomy.clone();
        assert_eq!(names(&world.collect(&*source).await).len(), 1, "{protocol}");
    }
}
