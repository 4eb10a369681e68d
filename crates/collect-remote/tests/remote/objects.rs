//! S3 against moto, WebDAV against Apache.

use std::path::Path;
use std::sync::Arc;

use channelflow_collect::{Collector, Failure};
use channelflow_collect_remote::{open_object_store, open_webdav};
use opendal::Operator;
use opendal::services::S3;

use crate::world::{World, bytes, came, failed, fresh, names, put, served, service};

pub const DAV_PASSWORD: &str = "planted-webdav-password";

pub fn account() -> (String, String) {
    let account = service("CHANNELFLOW_TEST_S3_ACCOUNT");
    let (key, secret) = account.split_once(' ').unwrap();
    (key.to_owned(), secret.to_owned())
}

/// The bucket as whoever delivers there sees it.
pub fn bucket() -> Operator {
    let (key, secret) = account();
    let service = S3::default()
        .endpoint(&service("CHANNELFLOW_TEST_S3"))
        .bucket("flows")
        .region("us-east-1")
        .access_key_id(&key)
        .secret_access_key(&secret)
        .disable_config_load();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let transport = opendal_http_transport_reqwest::ReqwestTransport::default();
    let context = opendal::OperationContext::new()
        .with_http_transport(opendal::HttpTransporter::new(transport));
    Operator::new(service).unwrap().with_context(context)
}

pub fn s3_at(world: &World, endpoint: &str, prefix: &str, secret: &str) -> Arc<dyn Collector> {
    let text = format!(
        "service = \"s3\"\nendpoint = \"{endpoint}\"\nbucket = \"flows\"\nregion = \"us-east-1\"\n\
         access_key = \"{{key}}\"\nsecret_key = \"{{secret}}\"\nprefix = \"{prefix}\"\n\
         timeout_seconds = 10"
    );
    let key = account().0;
    world.open(
        open_object_store,
        &text,
        &[("key", &key), ("secret", secret)],
    )
}

fn s3(world: &World, prefix: &str) -> Arc<dyn Collector> {
    s3_at(world, &service("CHANNELFLOW_TEST_S3"), prefix, &account().1)
}

pub fn webdav_at(world: &World, url: &str, root: &str, password: &str) -> Arc<dyn Collector> {
    let from = Path::new(&service("CHANNELFLOW_TEST_WEBDAV_DIR")).join("cert.pem");
    std::fs::copy(from, world.dir.path().join("ca.pem")).unwrap();
    let text = format!(
        "url = \"{url}\"\nuser = \"{{user}}\"\npassword = \"{{pw}}\"\nroot = \"{root}\"\n\
         ca = \"ca.pem\"\nsettle_seconds = 2\ntimeout_seconds = 10"
    );
    world.open(open_webdav, &text, &[("user", "flow"), ("pw", password)])
}

#[tokio::test]
async fn objects_come_once_and_a_new_version_comes_again() {
    let bucket = bucket();
    let large = bytes(5 << 20);
    bucket
        .write("once/DX01/流向 10月.xlsx", large.clone())
        .await
        .unwrap();
    bucket.write("once/DX01/流向 2月.csv", "two").await.unwrap();
    bucket.write("once/DX01/empty.csv", "").await.unwrap();
    bucket
        .write("once/DX01/a.csv.tmp", "unfinished")
        .await
        .unwrap();
    let mut world = World::new();
    let source = s3(&world, "once");

    let first = world.collect(&*source).await;
    let folder = Some("DX01".to_owned());
    assert_eq!(
        came(&first),
        [
            ("DX01/empty.csv".to_owned(), folder.clone(), Vec::new()),
            (
                "DX01/流向 2月.csv".to_owned(),
                folder.clone(),
                b"two".to_vec()
            ),
            ("DX01/流向 10月.xlsx".to_owned(), folder, large),
        ]
    );
    world.register(&first, 3);
    let again = world.collect(&*source).await;
    assert_eq!((names(&again).len(), again.seen_before), (0, 3));
    bucket
        .write("once/DX01/流向 2月.csv", "corrected")
        .await
        .unwrap();
    assert_eq!(names(&world.collect(&*source).await), ["DX01/流向 2月.csv"]);
    let probe = world.probe(&*source).await.unwrap();
    assert_eq!(probe.found[1], "DX01/流向 2月.csv (9 B)");
}

#[tokio::test]
async fn webdav_files_come_once_in_clear_and_with_tls() {
    let root = served("CHANNELFLOW_TEST_WEBDAV_DIR", "once");
    let large = bytes(3 << 20);
    put(&root, "DX01/深/流向 10月.xlsx", &large);
    put(&root, "DX01/流向 2月 100%.csv", "two");
    for url in ["CHANNELFLOW_TEST_WEBDAV", "CHANNELFLOW_TEST_WEBDAVS"] {
        let mut world = World::new();
        let source = webdav_at(&world, &service(url), "once", DAV_PASSWORD);
        let first = world.collect(&*source).await;
        let folder = Some("DX01".to_owned());
        assert_eq!(
            came(&first),
            [
                (
                    "DX01/流向 2月 100%.csv".to_owned(),
                    folder.clone(),
                    b"two".to_vec()
                ),
                ("DX01/深/流向 10月.xlsx".to_owned(), folder, large.clone()),
            ]
        );
        world.register(&first, 2);
        let again = world.collect(&*source).await;
        assert_eq!((names(&again).len(), again.seen_before), (0, 2));
        assert_eq!(world.probe(&*source).await.unwrap().found.len(), 2);
    }
    fresh(&root, "DX01/流向 2月 100%.csv", "fresh, so it is watched");
    let world = World::new();
    let url = service("CHANNELFLOW_TEST_WEBDAV");
    let source = webdav_at(&world, &url, "once", DAV_PASSWORD);
    assert_eq!(names(&world.collect(&*source).await).len(), 2);
}

#[tokio::test]
async fn a_wrong_account_is_refused() {
    let world = World::new();
    let s3_url = service("CHANNELFLOW_TEST_S3");
    let dav_url = service("CHANNELFLOW_TEST_WEBDAV");
    for source in [
        s3_at(&world, &s3_url, "once", "planted-wrong-secret"),
        webdav_at(&world, &dav_url, "", "planted-wrong-password"),
    ] {
        let error = world.collect(&*source).await.failed.unwrap();
        assert_eq!(error.failure, Failure::Credentials, "{error}");
        assert_eq!(error.sentence.code(), "remote_refused");
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_trusted_is_said() {
    let world = World::new();
    let url = service("CHANNELFLOW_TEST_WEBDAV");
    let gone = world
        .collect(&*webdav_at(&world, &url, "no/such", DAV_PASSWORD))
        .await;
    assert_eq!(failed(&gone), "remote_missing");
    let nobody = world
        .collect(&*s3_at(&world, "http://127.0.0.1:1", "", "s"))
        .await;
    assert_eq!(failed(&nobody), "remote_unreachable");

    let url = service("CHANNELFLOW_TEST_WEBDAVS");
    let text = format!("url = \"{url}\"\nuser = \"u\"\npassword = \"{{pw}}\"");
    let strange = world.open(open_webdav, &text, &[("pw", DAV_PASSWORD)]);
    assert_eq!(failed(&world.collect(&*strange).await), "remote_insecure");
}
