//! Descriptions: the one in `config/sources`, those of the documentation, and what is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use std::path::{Path, PathBuf};

use channelflow_model::messages::Lang;
use common::{Source, open};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

const VALUES: [(&str, &str); 3] = [("user", "reader"), ("password", "s3cret!"), ("host", "erp")];

/// The code of what is wrong, or nothing.
fn code(text: &str) -> &'static str {
    let opened = open(Path::new("."), text, &VALUES);
    opened.err().map_or("", |sentence| sentence.code())
}

#[test]
fn the_examples_are_true() {
    let example = std::fs::read_to_string(root().join("config/sources/database.toml")).unwrap();
    assert_eq!(code(&example), "");

    let page = std::fs::read_to_string(root().join("docs/sources/databases.md")).unwrap();
    let mut engines = Vec::new();
    for block in page.split("```toml\n").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        let Some(engine) = block
            .strip_prefix("engine = \"")
            .and_then(|rest| rest.split('"').next())
        else {
            continue;
        };
        let left_out = [
            ("oracle", cfg!(feature = "oracle")),
            ("odbc", cfg!(feature = "odbc")),
        ];
        let built = !left_out.contains(&(engine, false));
        let expected = if built { "" } else { "source_no_collector" };
        assert_eq!(code(block), expected, "{block}");
        engines.push(engine.to_owned());
    }
    engines.sort();
    engines.dedup();
    assert_eq!(
        engines,
        [
            "mysql",
            "odbc",
            "oracle",
            "postgresql",
            "sqlite",
            "sqlserver"
        ]
    );
}

#[test]
fn every_key_is_explained() {
    let page = std::fs::read_to_string(root().join("docs/sources/databases.md")).unwrap();
    let source = include_str!("../src/description.rs");
    let mut keys = 0;
    for part in ["struct Written {", "struct WrittenResource {"] {
        let (_, fields) = source.split_once(part).unwrap();
        let (fields, _) = fields.split_once("\n}").unwrap();
        for field in fields
            .lines()
            .filter_map(|line| line.trim().split_once(": "))
        {
            let key = field.0;
            let explained = page.contains(&format!("| `{key}`")) || key == "resource";
            assert!(explained, "`{key}` is not explained");
            keys += 1;
        }
    }
    assert!(keys > 20);
}

#[test]
fn what_is_wrong_with_a_description() {
    let server = "engine = \"postgresql\"\nhost = \"{host}\"\ndatabase = \"erp\"\nuser = \"u\"\n";
    let sales = "[[resource]]\nname = \"销售\"\nwatermark = \"d\"\nfirst_day = \"2026-01-01\"\n\
                 query = \"SELECT d FROM t WHERE d >= {from} AND d < {until}\"\n";
    let stock = "[[resource]]\nname = \"库存\"\nsnapshot = true\nquery = \"SELECT 1 AS n\"\n";
    let good = format!("{server}password = \"{{password}}\"\n{sales}{stock}");
    assert_eq!(code(&good), "");
    for (written, instead, expected) in [
        (
            "engine = \"postgresql\"",
            "engine = \"oracel\"",
            "source_description",
        ),
        (
            "[[resource]]\nname = \"销售\"",
            "[[resource]]\nnam = \"销售\"",
            "source_description",
        ),
        ("\"{password}\"", "\"hunter2\"", "database_plain_password"),
        ("{host}", "{hots}", "source_no_value"),
        ("host = \"{host}\"\n", "", "database_key_missing"),
        ("user = \"u\"\n", "", "database_key_missing"),
        (
            "user = \"u\"\n",
            "user = \"u\"\ntime_zone = \"CST\"\n",
            "database_time_zone",
        ),
        ("\"销售\"", "\"销售2026\"", "database_resource_name"),
        ("\"销售\"", "\"../销售\"", "database_resource_name"),
        ("\"销售\"", "\"库存\"", "database_resource_twice"),
        ("watermark = \"d\"\n", "", "database_watermark_missing"),
        (
            "snapshot = true",
            "snapshot = true\nwatermark = \"d\"",
            "database_snapshot_watermark",
        ),
        ("\"2026-01-01\"", "\"1.1.2026\"", "database_first_day"),
        ("first_day = \"2026-01-01\"\n", "", "database_first_day"),
        ("SELECT d", "DELETE d", "database_query_start"),
        (
            "engine = \"postgresql\"",
            "engine = \"sqlite\"",
            "database_key_missing",
        ),
    ] {
        let text = good.replacen(written, instead, 1);
        assert_ne!(text, good, "{written}");
        assert_eq!(code(&text), expected, "{instead}");
        let sentence = open(Path::new("."), &text, &VALUES).err().unwrap();
        for lang in [Lang::Zh, Lang::En] {
            let said = format!("{} {:?}", sentence.text(lang), sentence.hint(lang));
            assert!(sentence.hint(lang).is_some(), "{expected}");
            assert!(
                !said.contains("s3cret!") && !said.contains("hunter2"),
                "{said}"
            );
        }
    }
}

#[test]
fn every_code_has_its_sentence() {
    let messages = std::fs::read_to_string(root().join("config/messages/database.toml")).unwrap();
    for entry in std::fs::read_dir(root().join("crates/collect-db/src")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for part in text.split("\"database_").skip(1) {
            let code = part.split('"').next().unwrap();
            assert!(messages.contains(&format!("[database_{code}]")), "{code}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_without_the_account() {
    for engine in ["postgresql", "mysql", "sqlserver"] {
        let text = format!(
            "engine = \"{engine}\"\nhost = \"127.0.0.1\"\nport = 1\ndatabase = \"erp\"\n\
             user = \"{{user}}\"\npassword = \"{{password}}\"\n[[resource]]\nname = \"库存\"\n\
             snapshot = true\nquery = \"SELECT 1 AS n\"\n"
        );
        let source = Source::new(&text, &VALUES);
        let failed = source.collect().await.failed.unwrap();
        assert_eq!(failed.failure, channelflow_collect::Failure::Transient);
        assert_eq!(failed.sentence.code(), "database_unreachable");
        let said = format!("{failed} {failed:?} {:?}", source.probe().await);
        assert!(said.contains("127.0.0.1/erp"), "{said}");
        assert!(
            !said.contains("s3cret!") && !said.contains("reader"),
            "{said}"
        );
    }
}
