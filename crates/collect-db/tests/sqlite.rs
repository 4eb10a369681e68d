//! Against SQLite files.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use channelflow_collect::Failure;
use common::{Source, content, day, failure, names};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

/// A source on a file made by these statements.
async fn source(made: &str, resources: &str) -> Source {
    let text = format!("engine = \"sqlite\"\nfile = \"erp.db\"\n{resources}");
    let source = Source::new(&text, &[]);
    run(&source, made).await;
    source
}

async fn run(source: &Source, sql: &str) {
    let options = SqliteConnectOptions::new()
        .filename(source.dir.path().join("erp.db"))
        .create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let done = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())));
    done.await.unwrap();
    connection.close().await.unwrap();
}

const SALES: &str = "[[resource]]\nname = \"销售\"\nwatermark = \"日期\"\n\
    first_day = \"2026-03-01\"\nquery = \"SELECT * FROM s WHERE 日期 BETWEEN {from} AND {to}\"\n";

#[tokio::test]
async fn values_of_every_type() {
    let made = "CREATE TABLE s (日期, v, w);
        INSERT INTO s VALUES ('2026-03-02', 0.1, 'a,b'), ('2026-03-01', 9007199254740993, ''),
        ('2026-03-03', null, 1e23), ('2026-03-11', 1, 1)";
    let mut source = source(made, SALES).await;
    let collection = source.collect().await;
    assert_eq!(names(&collection), ["销售_2026-03-01_2026-03-10.csv"]);
    assert_eq!(
        content(&collection, 0),
        "日期,v,w\n2026-03-01,9007199254740993,\"\"\n2026-03-02,0.1,\"a,b\"\n\
         2026-03-03,,100000000000000000000000\n"
    );
    source.register(&collection, 1);
    run(&source, "INSERT INTO s VALUES ('2026-03-10', x'00ff', 1)").await;
    let bytes = source.collect().await;
    assert_eq!(failure(&bytes), "database_bytes");
    assert!(bytes.failed.unwrap().to_string().contains("`v`"));
}

#[tokio::test]
async fn days_may_be_kept_as_numbers() {
    let made = "CREATE TABLE s (日期 INTEGER, n); INSERT INTO s VALUES (20260228, 0),
        (20260301, 1), (20260310, 2), (20260311, 3)";
    let source = source(made, &format!("{SALES}compact_days = true\n")).await;
    let collection = source.collect().await;
    assert_eq!(content(&collection, 0), "日期,n\n20260301,1\n20260310,2\n");
}

#[tokio::test]
async fn a_snapshot_is_of_today_and_one_query_fails_alone() {
    let resources = format!(
        "{}{SALES}[[resource]]\nname = \"库存\"\nsnapshot = true\nquery = \"SELECT * FROM k\"\n",
        SALES.replace("销售", "采购").replace("FROM s", "FROM away")
    );
    let made = "CREATE TABLE s (日期, n); CREATE TABLE k (商品, 数量);
                INSERT INTO k VALUES ('甲', 3)";
    let mut source = source(made, &resources).await;
    let collection = source.collect().await;
    assert_eq!(
        collection.failed.as_ref().unwrap().failure,
        Failure::Changed
    );
    assert_eq!(
        names(&collection),
        [
            "销售_无销售_2026-03-01_2026-03-10.csv",
            "库存_2026-03-11_2026-03-11.csv"
        ]
    );
    source.register(&collection, 2);
    // The next day is another file, whatever is in it.
    source.today = day("2026-03-12");
    assert_eq!(
        names(&source.collect().await).last(),
        Some(&"库存_2026-03-12_2026-03-12.csv")
    );
}

#[tokio::test]
async fn without_rows_nothing_may_arrive() {
    let made = "CREATE TABLE s (日期, n)";
    let source = source(made, &format!("{SALES}when_empty = \"nothing\"\n")).await;
    let collection = source.collect().await;
    assert_eq!((collection.arrivals.len(), failure(&collection)), (0, ""));
}

#[tokio::test]
async fn a_visit_ends_after_the_artifact_at_hand() {
    let made = "CREATE TABLE s (日期, n); INSERT INTO s VALUES ('2026-03-01', 1),
                ('2026-03-02', 2), ('2026-03-03', 3)";
    let source = source(made, &format!("{SALES}rows = 1\n")).await;
    source
        .stop
        .store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(source.collect().await.arrivals.is_empty());
    source
        .stop
        .store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(source.collect().await.arrivals.len(), 3);
}

#[tokio::test]
async fn a_day_that_is_too_large_is_left_and_said() {
    let made = "CREATE TABLE s (日期, n); INSERT INTO s VALUES ('2026-03-01', 'x');
        INSERT INTO s SELECT '2026-03-02', hex(zeroblob(400)) FROM s
        UNION ALL SELECT '2026-03-02', hex(zeroblob(400))";
    let mut source = source(made, &format!("{SALES}rows = 1\n")).await;
    source.most_bytes = 1000;
    let collection = source.collect().await;
    assert_eq!(names(&collection), ["销售_2026-03-01_2026-03-01.csv"]);
    assert_eq!(failure(&collection), "database_too_large");
    assert!(
        collection
            .failed
            .unwrap()
            .to_string()
            .contains("2026-03-02")
    );
}

#[tokio::test]
async fn it_waits_for_nobody_longer_than_it_may() {
    let slow =
        "[[resource]]\nname = \"库存\"\nsnapshot = true\nstatement_seconds = 1\nquery = \"\"\"
        WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)
        SELECT max(n) AS n FROM c\"\"\"\n";
    let source = source("CREATE TABLE s (d)", slow).await;
    let begun = std::time::Instant::now();
    let collection = source.collect().await;
    assert_eq!(
        failure(&collection),
        "database_slow",
        "{:?}",
        collection.failed
    );
    assert!(begun.elapsed().as_secs() < 10);
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made() {
    let source = Source::new(
        &format!("engine = \"sqlite\"\nfile = \"erp.db\"\n{SALES}"),
        &[],
    );
    assert_eq!(failure(&source.collect().await), "database_unreachable");
    assert!(!source.dir.path().join("erp.db").exists());
}

#[tokio::test]
async fn names_say_what_normalize_reads_in_file_names() {
    let vocabulary = channelflow_normalize::Vocabulary::builtin();
    let says = |name: &str| channelflow_normalize::says(name, &vocabulary);
    let made = "CREATE TABLE s (日期, n); INSERT INTO s VALUES ('2026-03-01', 1)";
    let resources =
        SALES.to_owned() + &SALES.replace("销售", "采购") + &SALES.replace("销售", "库存");
    let mut source = source(made, &resources).await;
    let full = source.collect().await;
    for (arrival, as_by_hand) in full.arrivals.iter().zip([
        "销售20260301-20260310.xlsx",
        "采购20260301-20260310.xlsx",
        "库存20260301-20260310.xlsx",
    ]) {
        assert_eq!(says(&arrival.name), says(as_by_hand), "{}", arrival.name);
    }
    source.register(&full, 3);
    run(&source, "DELETE FROM s").await;
    let empty = source.collect().await;
    for (arrival, as_by_hand) in empty.arrivals.iter().zip([
        "本期无销售20260304-20260310.xlsx",
        "本期无采购20260304-20260310.xlsx",
        "本期无库存20260304-20260310.xlsx",
    ]) {
        assert_eq!(says(&arrival.name), says(as_by_hand), "{}", arrival.name);
    }
}
