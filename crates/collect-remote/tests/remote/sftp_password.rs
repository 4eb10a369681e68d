//! SFTP with a password, against a server that counts how often one was tried.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use channelflow_collect::{Collector, Failure};
use channelflow_collect_remote::open_sftp;
use channelflow_model::Lang;

use crate::proxy::{held, wire};
use crate::sftp::fingerprint;
use crate::world::{World, bytes, came, failed, names, put, served, service};

pub const PASSWORD: &str = "planted-sftp-password";
const WRONG: &str = "planted-wrong-password";

pub fn port() -> u16 {
    service("CHANNELFLOW_TEST_SFTP").parse().unwrap()
}

/// Of the folder `/TEST`, with this account; the server is known by its key unless `more` names one.
pub fn source_as(
    world: &World,
    port: u16,
    test: &str,
    (user, password): (&str, &str),
    more: &str,
) -> Arc<dyn Collector> {
    let description = format!(
        "host = \"127.0.0.1\"\nport = {port}\nuser = \"{{user}}\"\npassword = \"{{pw}}\"\n\
         root = \"/{test}\"\ntimeout_seconds = 10\n{more}"
    );
    world.open(open_sftp, &description, &[("user", user), ("pw", password)])
}

pub fn known_host() -> String {
    let right = fingerprint("CHANNELFLOW_TEST_SFTP_DIR", "host_key");
    format!("host_key = \"{right}\"\n")
}

/// Passwords the server was told for this account, in order.
fn told(user: &str) -> Vec<String> {
    let path = Path::new(&service("CHANNELFLOW_TEST_SFTP_DIR")).join("attempts");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    lines
        .filter(|(name, _)| *name == user)
        .map(|(_, told)| told.to_owned())
        .collect()
}

/// An account of this run alone: the server keeps what it was told in earlier ones.
fn account(name: &str) -> String {
    format!("{name}-{}", std::process::id())
}

#[tokio::test]
async fn a_password_opens_the_server_asked_for_in_either_way() {
    let root = served("CHANNELFLOW_TEST_SFTP_DIR", "password");
    let large = bytes(600_000);
    put(&root, "DX01/流向 2月.xlsx", &large);
    for name in ["plain", "dialogue"] {
        let user = account(name);
        let mut world = World::new();
        let account = (user.as_str(), PASSWORD);
        let source = source_as(&world, port(), "password", account, &known_host());
        let first = world.collect(&*source).await;
        let file = ("DX01/流向 2月.xlsx".to_owned(), Some("DX01".to_owned()));
        assert_eq!(came(&first), [(file.0, file.1, large.clone())], "{name}");
        world.register(&first, 1);
        assert_eq!(names(&world.collect(&*source).await), [""; 0], "{name}");
        assert_eq!(told(&user), ["right", "right"], "{name}: once a visit");
    }
}

/// However a server says no, it hears a wrong password once: many lock an account after three.
#[tokio::test]
async fn a_wrong_password_is_one_sentence_and_is_not_tried_again() {
    for name in ["plain", "dialogue", "strict"] {
        let user = account(&format!("{name}-wrong"));
        let world = World::new();
        let line = wire(port(), 0, 0);
        let source = source_as(&world, line.port, "", (&user, WRONG), &known_host());

        let error = world.collect(&*source).await.failed.unwrap();

        assert_eq!(told(&user), ["wrong"], "{name}");
        assert_eq!(line.connections.load(Ordering::SeqCst), 1, "{name}");
        assert_eq!(error.failure, Failure::Credentials, "{name}: {error}");
        assert_eq!(error.sentence.code(), "remote_refused", "{name}: {error}");
        assert_eq!(
            error.sentence.text(Lang::En),
            format!("`127.0.0.1:{}` does not accept the account", line.port),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_not_known_is_told_no_password() {
    let right = fingerprint("CHANNELFLOW_TEST_SFTP_DIR", "host_key");
    let other = fingerprint("CHANNELFLOW_TEST_SSH_DIR", "other_key");
    let user = account("stranger");
    let world = World::new();
    for (more, code) in [
        (String::new(), "remote_host_key_unknown"),
        (format!("host_key = \"{other}\""), "remote_host_key_changed"),
    ] {
        let source = source_as(&world, port(), "", (&user, PASSWORD), &more);
        let error = world.collect(&*source).await.failed.unwrap();
        assert_eq!(error.sentence.code(), code);
        assert_eq!(error.failure, Failure::Permanent);
        assert_eq!(error.sentence.facts()["found"], right, "to be copied");
        assert_eq!(told(&user), [""; 0], "{code}");
    }
}

/// A line that breaks while we sign in is no refusal: nobody has to look for another password.
#[tokio::test]
async fn a_line_that_breaks_while_signing_in_is_tried_again() {
    let root = served("CHANNELFLOW_TEST_SFTP_DIR", "signing");
    put(&root, "DX01/a.csv", "a");
    // Bytes of the server until the password is answered: it breaks before, in and after them.
    let whole = held(port(), u64::MAX);
    let world = World::new();
    let user = account("measured");
    let source = source_as(&world, whole.port, "", (&user, WRONG), &known_host());
    assert_eq!(failed(&world.collect(&*source).await), "remote_refused");
    let until = usize::try_from(whole.passed.load(Ordering::SeqCst)).unwrap();
    for after in [until - 120, until - 60, until - 20, until - 1, until] {
        let user = account(&format!("broken-{after}"));
        let world = World::new();
        let line = wire(port(), after, 1);
        let account = (user.as_str(), PASSWORD);
        let source = source_as(&world, line.port, "signing", account, &known_host());
        let collection = world.collect(&*source).await;
        assert_eq!(names(&collection), ["DX01/a.csv"], "{after} of {until}");
        assert_eq!(line.cuts_left(), 0, "{after}: it was cut");
    }
}
