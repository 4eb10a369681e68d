//! Against a real PostgreSQL server: `eval "$(scripts/services start)"`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use channelflow_collect::Failure;
use common::{Account, Source, account, content, failure, files_below, names};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

async fn server() -> (Account, PgConnection) {
    let account = account("CHANNELFLOW_TEST_POSTGRES");
    let options = PgConnectOptions::new()
        .host(&account.host)
        .port(account.port)
        .username(&account.user)
        .database(&account.database);
    let connection = PgConnection::connect_with(&options).await.unwrap();
    (account, connection)
}

/// A table of its own for a test, made by these statements with `{t}` as its name.
async fn table(name: &str, statements: &str) -> (Account, PgConnection) {
    let (account, mut connection) = server().await;
    run(&mut connection, &format!("DROP TABLE IF EXISTS {name}")).await;
    run(&mut connection, &statements.replace("{t}", name)).await;
    (account, connection)
}

async fn run(connection: &mut PgConnection, sql: &str) {
    let done = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())));
    done.await.unwrap();
}

fn sales(account: &Account, table: &str, more: &str) -> String {
    format!(
        "{}[[resource]]\nname = \"销售\"\nwatermark = \"d\"\nfirst_day = \"2026-03-01\"\n{more}\n\
         query = \"SELECT * FROM {table} WHERE d >= {{from}} AND d < {{until}}\"\n",
        account.head("postgresql")
    )
}

#[tokio::test]
async fn values_are_what_the_server_writes() {
    let (account, _) = table(
        "cf_values",
        "CREATE TABLE {t} (d timestamptz, 商品 text, 数量 numeric(18,6), 单价 numeric, f real, \
         g float8, b boolean, n bigint, e text);
         INSERT INTO {t} VALUES
         ('2026-03-01 23:30:00+08', '阿莫西林', 0.100000, 12345678901234567890.0123456789, 0.1, \
          0.1, true, -5, ''),
         ('2026-03-02 00:30:00+08', E'say \"so\", 第一\n行', -1, 0, 1e-7, 3e22, false, null, null)",
    )
    .await;
    let source = Source::new(
        &sales(&account, "cf_values", ""),
        &[("password", "trusted")],
    );

    let collection = source.collect().await;

    assert_eq!(failure(&collection), "", "{:?}", collection.failed);
    assert_eq!(names(&collection), ["销售_2026-03-01_2026-03-10.csv"]);
    // The day of an instant is its day here: half past midnight is the next day.
    assert_eq!(
        content(&collection, 0),
        "d,商品,数量,单价,f,g,b,n,e\n\
         2026-03-01 23:30:00+08,阿莫西林,0.100000,12345678901234567890.0123456789,0.1,0.1,t,-5,\"\"\n\
         2026-03-02 00:30:00+08,\"say \"\"so\"\", 第一\n行\",-1.000000,0,1e-07,3e+22,f,,\n"
    );
}

#[tokio::test]
async fn a_cursor_moves_with_registration_and_the_last_days_are_read_again() {
    let (account, mut connection) = table(
        "cf_cursor",
        "CREATE TABLE {t} (d date, n int);
         INSERT INTO {t} SELECT date '2026-03-01' + i / 100, i FROM generate_series(0, 899) i",
    )
    .await;
    let more = "look_back_days = 3\nrows = 250\ncolumns = [\"d\", \"n\"]\ndistributor = \"D01\"";
    let mut source = Source::new(
        &sales(&account, "cf_cursor", more),
        &[("password", "trusted")],
    );

    let first = source.collect().await;
    // Artifacts end between days, and the days without rows belong to one of them.
    assert_eq!(
        names(&first),
        [
            "销售_2026-03-01_2026-03-03.csv",
            "销售_2026-03-04_2026-03-06.csv",
            "销售_2026-03-07_2026-03-10.csv",
        ]
    );
    let cursors: Vec<String> = first
        .arrivals
        .iter()
        .map(|arrival| arrival.cursor.clone().unwrap().value)
        .collect();
    assert_eq!(cursors, ["2026-03-03", "2026-03-06", "2026-03-10"]);
    assert_eq!(first.arrivals[0].folder.as_deref(), Some("D01"));
    let lines: usize = (0..3)
        .map(|place| content(&first, place).lines().count() - 1)
        .sum();
    assert_eq!(lines, 900);

    // Nothing was registered: the same again, and nothing lies in the landing area twice.
    let again = source.collect().await;
    assert_eq!(again.arrivals, first.arrivals);
    assert_eq!(files_below(&source.landing_dir()).len(), 3);

    // Only the first artifact was registered before a kill: the rest, and three days before it.
    source.register(&first, 1);
    let rest = source.collect().await;
    assert_eq!(
        names(&rest),
        [
            "销售_2026-03-01_2026-03-03.csv",
            "销售_2026-03-04_2026-03-06.csv",
            "销售_2026-03-07_2026-03-10.csv",
        ][1..]
    );
    assert_eq!(rest.seen_before, 1);

    source.register(&first, 3);
    let unchanged = source.collect().await;
    assert_eq!(names(&unchanged), ["销售_2026-03-08_2026-03-10.csv"]);
    source.register(&unchanged, 1);
    let unchanged = source.collect().await;
    assert_eq!((names(&unchanged).len(), unchanged.seen_before), (0, 1));

    // A correction within the look-back arrives, in a file that speaks for these days.
    run(&mut connection, "UPDATE cf_cursor SET n = -1 WHERE n = 899").await;
    run(
        &mut connection,
        "DELETE FROM cf_cursor WHERE d = '2026-03-08'",
    )
    .await;
    let corrected = source.collect().await;
    assert_eq!(names(&corrected), ["销售_2026-03-08_2026-03-10.csv"]);
    assert_eq!(content(&corrected, 0).lines().count(), 101);

    run(&mut connection, "DELETE FROM cf_cursor").await;
    let emptied = source.collect().await;
    assert_eq!(names(&emptied), ["销售_无销售_2026-03-08_2026-03-10.csv"]);
    assert_eq!(content(&emptied, 0), "d,n\n");
}

#[tokio::test]
async fn what_no_longer_fits_is_named_and_nothing_arrives() {
    let made = "CREATE TABLE {t} (d date, 商品 text, 数量 int); INSERT INTO {t} VALUES \
                ('2026-03-02', '甲', 1)";
    let (account, mut connection) = table("cf_changed", made).await;
    let more = "columns = [\"d\", \"商品\", \"数量\"]";
    let source = Source::new(
        &sales(&account, "cf_changed", more),
        &[("password", "trusted")],
    );
    assert_eq!(source.collect().await.arrivals.len(), 1);

    run(
        &mut connection,
        "ALTER TABLE cf_changed RENAME 数量 TO 销售数量",
    )
    .await;
    let changed = source.collect().await;
    let failed = changed.failed.clone().unwrap();
    assert_eq!(failed.failure, Failure::Changed);
    assert_eq!(
        failed.sentence.to_string(),
        "the columns of `销售` have changed: missing 数量, new 销售数量; expected d, 商品, 数量, \
         found d, 商品, 销售数量"
    );
    assert!(changed.arrivals.is_empty());

    for (change, code, kind) in [
        ("RENAME 销售数量 TO 数量", "", Failure::Changed),
        (
            "ALTER 商品 TYPE bytea USING null",
            "database_bytes",
            Failure::Permanent,
        ),
        ("ALTER 商品 TYPE text USING null", "", Failure::Changed),
        ("RENAME d TO day", "database_changed", Failure::Changed),
        ("RENAME day TO d", "", Failure::Changed),
        (
            "RENAME TO cf_changed_away",
            "database_changed",
            Failure::Changed,
        ),
        ("", "", Failure::Changed),
    ] {
        if change.is_empty() {
            run(&mut connection, "DROP TABLE cf_changed_away").await;
            continue;
        }
        run(&mut connection, &format!("ALTER TABLE cf_changed {change}")).await;
        let found = source.collect().await;
        assert_eq!(failure(&found), code, "{change}: {:?}", found.failed);
        if let Some(failed) = found.failed {
            assert_eq!(failed.failure, kind, "{change}");
        }
    }
}

#[tokio::test]
async fn rows_that_do_not_belong_are_refused() {
    let made = "CREATE TABLE {t} (d text, n int); INSERT INTO {t} VALUES ('2026-03-02', 1)";
    let (account, mut connection) = table("cf_days", made).await;
    let query = |query: &str| {
        let text = sales(&account, "cf_days", "");
        let (head, _) = text.split_once("query =").unwrap();
        Source::new(
            &format!("{head}query = \"{query}\""),
            &[("password", "trusted")],
        )
    };
    let all = query("SELECT * FROM cf_days");
    assert_eq!(failure(&all.collect().await), "");
    for (day, code) in [
        ("'2026-03-11'", "database_day_outside"),
        ("'2026-02-28'", "database_day_outside"),
        ("'2026-3-2'", "database_day"),
        ("null", "database_day"),
    ] {
        run(&mut connection, "DELETE FROM cf_days WHERE n = 2").await;
        run(
            &mut connection,
            &format!("INSERT INTO cf_days VALUES ({day}, 2)"),
        )
        .await;
        let found = all.collect().await;
        assert_eq!(failure(&found), code, "{day}");
        assert!(found.arrivals.is_empty());
    }
    run(&mut connection, "DELETE FROM cf_days WHERE n = 2").await;
    run(
        &mut connection,
        "INSERT INTO cf_days VALUES ('2026/03/01', 2)",
    )
    .await;
    assert_eq!(failure(&all.collect().await), "database_day_order");
    let nothing = query("SELECT n FROM cf_days");
    assert_eq!(failure(&nothing.collect().await), "database_changed");
    let broken = query("SELECT d, 1 / 0 AS n FROM cf_days");
    assert_eq!(failure(&broken.collect().await), "database_query");
}

#[tokio::test]
async fn a_query_can_neither_write_nor_run_for_ever() {
    let made = "CREATE TABLE {t} (d date, n int);
         CREATE OR REPLACE FUNCTION cf_sneaky() RETURNS int LANGUAGE sql VOLATILE AS \
         $$ INSERT INTO {t} VALUES ('2026-03-02', 1) RETURNING n $$;
         CREATE OR REPLACE FUNCTION cf_slow() RETURNS int LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_sleep(30); RETURN 1; END $$";
    let (account, mut connection) = table("cf_writes", made).await;
    let query = |function: &str| {
        let text = sales(&account, "cf_writes", "statement_seconds = 1");
        let (head, _) = text.split_once("query =").unwrap();
        let query = format!("SELECT date '2026-03-02' AS d, {function}() AS n");
        Source::new(
            &format!("{head}query = \"{query}\""),
            &[("password", "trusted")],
        )
    };
    let wrote = query("cf_sneaky").collect().await;
    assert_eq!(failure(&wrote), "database_writes", "{:?}", wrote.failed);
    let left = connection
        .fetch_one("SELECT count(*) FROM cf_writes")
        .await
        .unwrap();
    assert_eq!(sqlx::Row::get::<i64, _>(&left, 0), 0);

    let begun = std::time::Instant::now();
    let slow = query("cf_slow").collect().await;
    assert_eq!(failure(&slow), "database_slow");
    assert_eq!(slow.failed.unwrap().failure, Failure::Transient);
    assert!(begun.elapsed().as_secs() < 10);
}

#[tokio::test]
async fn a_wrong_password_is_said_and_never_shown() {
    let (mut account, mut connection) = server().await;
    // The test cluster trusts everybody; this account must show its password.
    run(
        &mut connection,
        "DROP ROLE IF EXISTS cf_reader; CREATE ROLE cf_reader LOGIN PASSWORD 'right-and-secret';
         CREATE TEMP TABLE hba AS
           SELECT 0 AS n, 'host all cf_reader 127.0.0.1/32 scram-sha-256' AS line
           UNION ALL SELECT n, line FROM regexp_split_to_table(
             pg_read_file(current_setting('hba_file')), E'\\n') WITH ORDINALITY AS f (line, n)
           WHERE line ~ '^[a-z]' AND line NOT LIKE '%cf_reader%';
         DO $$ BEGIN EXECUTE format('COPY (SELECT line FROM hba ORDER BY n) TO %L',
             current_setting('hba_file')); END $$;
         SELECT pg_reload_conf()",
    )
    .await;
    account.user = "cf_reader".to_owned();
    let text = sales(&account, "(SELECT date '2026-03-02' AS d) AS x", "");
    let mut right = Source::new(&text, &[("password", "right-and-secret")]);
    for _ in 0..50 {
        // The server reads its file a moment later.
        let wrong = Source::new(&text, &[("password", "wrong-and-secret")]);
        let collection = wrong.collect().await;
        if collection.failed.is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        }
        let failed = collection.failed.unwrap();
        assert_eq!(failed.failure, Failure::Credentials, "{failed}");
        assert_eq!(failed.sentence.code(), "database_refused");
        for shown in [failed.to_string(), format!("{failed:?}")] {
            assert!(!shown.contains("and-secret"), "{shown}");
        }
        let probed = wrong.probe().await.unwrap_err();
        assert_eq!(probed.failure, Failure::Credentials);
        right = Source::new(&text, &[("password", "right-and-secret")]);
        let collection = right.collect().await;
        assert_eq!(failure(&collection), "", "{:?}", collection.failed);
        assert!(!content(&collection, 0).contains("and-secret"));
        return;
    }
    drop(right);
    panic!("the server takes any password");
}

#[tokio::test]
async fn a_probe_shows_rows_and_the_clock_and_leaves_nothing() {
    let (account, _) = table(
        "cf_probe",
        "CREATE TABLE {t} (d date, n int);
         INSERT INTO {t} SELECT '2026-03-08', i FROM generate_series(1, 50) i",
    )
    .await;
    let source = Source::new(&sales(&account, "cf_probe", ""), &[("password", "trusted")]);
    let probe = source.probe().await.unwrap();
    assert_eq!(probe.found, ["销售 2026-03-04..2026-03-10: 50"]);
    assert_eq!(probe.rows.len(), 21);
    assert_eq!(probe.rows[..2], [vec!["d", "n"], vec!["2026-03-08", "1"]]);
    assert!(probe.clock_ahead.unwrap().abs() < 5);
    assert!(files_below(&source.landing_dir()).is_empty());
}
