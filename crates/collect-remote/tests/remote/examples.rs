//! The descriptions in `config/sources` are true, and what is wrong in one is said.

use channelflow_collect_remote::{open_ftp, open_mail, open_object_store, open_sftp, open_webdav};

use crate::sftp;
use crate::world::{Open, World};

const KINDS: [(&str, Open); 5] = [
    ("mail", open_mail),
    ("sftp", open_sftp),
    ("ftp", open_ftp),
    ("object_store", open_object_store),
    ("webdav", open_webdav),
];

fn example(kind: &str) -> String {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/sources");
    std::fs::read_to_string(format!("{dir}/{kind}.toml")).unwrap()
}

fn values(key: &str) -> [(&str, &str); 6] {
    [
        ("user", "yskz"),
        ("password", "planted"),
        ("key", key),
        ("access_key", "planted"),
        ("secret_key", "planted"),
        ("passphrase", "planted"),
    ]
}

#[test]
fn every_example_is_read() {
    let world = World::new();
    let key = sftp::file("client_key");
    for (kind, open) in KINDS {
        let opened = world.try_open(open, &example(kind), &values(&key));
        assert!(opened.is_ok(), "{kind}: {}", opened.err().unwrap());
    }
}

#[test]
fn every_key_stands_in_the_example_and_in_the_documentation() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sources/remote.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    for (kind, _) in KINDS {
        for line in example(kind).lines() {
            let line = line.trim_start_matches("# ");
            if let Some((key, _)) = line.split_once(" = ")
                && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
            {
                assert!(docs.contains(&format!("`{key}`")), "`{key}` of {kind}");
            }
        }
    }
}

#[test]
fn what_is_wrong_in_a_description_is_said() {
    let world = World::new();
    let key = sftp::file("client_key");
    for (kind, open) in KINDS {
        let text = format!("nonsense = 1\n{}", example(kind));
        let sentence = world.try_open(open, &text, &values(&key)).err().unwrap();
        assert_eq!(sentence.code(), "source_description", "{kind}");
        assert!(sentence.facts()["cause"].contains("nonsense"), "{kind}");
    }
    for (kind, open) in [
        ("ftp", open_ftp as Open),
        ("mail", open_mail),
        ("webdav", open_webdav),
    ] {
        let text = example(kind).replace("\"{password}\"", "\"in clear\"");
        let sentence = world.try_open(open, &text, &values(&key)).err().unwrap();
        assert_eq!(sentence.code(), "remote_plain_secret", "{kind}");
        assert!(!sentence.to_string().contains("in clear\""));
    }
    let text = example("webdav").replace("https://", "https://user:secret@");
    assert!(world.try_open(open_webdav, &text, &values(&key)).is_err());
    let no_rule: String = example("mail").split("[[rule]]").next().unwrap().to_owned();
    assert!(world.try_open(open_mail, &no_rule, &values(&key)).is_err());
}
