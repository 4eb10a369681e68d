//! Oracle without a server and without its client library, neither of which can be installed here:
//! what is said then. Only with the feature `oracle`.

#![cfg(feature = "oracle")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use common::{Source, failure};

#[tokio::test]
async fn without_a_server_or_a_client_library_it_says_so() {
    let text = "engine = \"oracle\"\nconnection = \"//127.0.0.1:1/ERP\"\nuser = \"{user}\"\n\
                password = \"{password}\"\n[[resource]]\nname = \"库存\"\nsnapshot = true\n\
                query = \"SELECT * FROM STOCK\"\n";
    let source = Source::new(text, &[("user", "reader"), ("password", "s3cret!")]);
    let collection = source.collect().await;
    assert_eq!(failure(&collection), "database_unreachable");
    let failed = collection.failed.unwrap();
    let said = format!("{failed} {failed:?}");
    assert!(said.contains("//127.0.0.1:1/ERP"), "{said}");
    assert!(said.contains("DPI-1047") || said.contains("ORA-"), "{said}");
    assert!(!said.contains("s3cret!"), "{said}");
}
