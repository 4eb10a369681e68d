//! Against a real MariaDB server: `eval "$(scripts/services start)"`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use channelflow_collect::Failure;
use common::{Account, Source, account, content, failure, files_below, names};
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

async fn server() -> (Account, MySqlConnection) {
    let account = account("CHANNELFLOW_TEST_MARIADB");
    let options = MySqlConnectOptions::new()
        .host(&account.host)
        .port(account.port)
        .username(&account.user)
        .password(&account.password)
        .database(&account.database);
    let connection = MySqlConnection::connect_with(&options).await.unwrap();
    (account, connection)
}

async fn table(name: &str, statements: &str) -> (Account, MySqlConnection) {
    let (account, mut connection) = server().await;
    run(&mut connection, &format!("DROP TABLE IF EXISTS {name}")).await;
    run(&mut connection, &statements.replace("{t}", name)).await;
    (account, connection)
}

async fn run(connection: &mut MySqlConnection, sql: &str) {
    let done = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())));
    done.await.unwrap();
}

fn sales(account: &Account, table: &str, more: &str) -> String {
    format!(
        "{}[[resource]]\nname = \"销售\"\nwatermark = \"d\"\nfirst_day = \"2026-03-01\"\n{more}\n\
         query = \"SELECT * FROM {table} WHERE d >= {{from}} AND d < {{until}}\"\n",
        account.head("mysql")
    )
}

fn source(account: &Account, text: &str) -> Source {
    Source::new(text, &[("password", account.password.as_str())])
}

#[tokio::test]
async fn values_are_what_the_server_writes() {
    // An old GBK table, as ERPs have them.
    let (account, _) = table(
        "cf_values",
        "CREATE TABLE {t} (d datetime(3), 商品 varchar(40), 数量 decimal(18,6), g double,
         n bigint unsigned, b tinyint(1), y year, e varchar(4), z date) CHARACTER SET gbk;
         SET sql_mode = '';
         INSERT INTO {t} VALUES
         ('2026-03-02 23:59:59.125', 'say \"so\", 第一\n行', -1.5, 0.1, 18446744073709551615, 1,
          2026, '', '0000-00-00'),
         ('2026-03-01', '阿莫西林胶囊', 123456789012.345678, 3e22, 0, 0, null, null, null)",
    )
    .await;
    let source = source(&account, &sales(&account, "cf_values", ""));

    let collection = source.collect().await;

    assert_eq!(failure(&collection), "", "{:?}", collection.failed);
    assert_eq!(names(&collection), ["销售_2026-03-01_2026-03-10.csv"]);
    assert_eq!(
        content(&collection, 0),
        "d,商品,数量,g,n,b,y,e,z\n\
         2026-03-01 00:00:00.000,阿莫西林胶囊,123456789012.345678,3e22,0,0,,,\n\
         2026-03-02 23:59:59.125,\"say \"\"so\"\", 第一\n行\",-1.500000,0.1,18446744073709551615,1,\
         2026,\"\",0000-00-00\n"
    );
}

#[tokio::test]
async fn artifacts_end_between_days_and_cursors_move_with_registration() {
    let (account, mut connection) = table(
        "cf_cursor",
        "CREATE TABLE {t} (d date, n int);
         INSERT INTO {t} SELECT date '2026-03-01' + INTERVAL seq DIV 100 DAY, seq \
         FROM seq_0_to_899",
    )
    .await;
    let more = "look_back_days = 3\nrows = 250\ncolumns = [\"n\", \"d\"]";
    let mut source = source(&account, &sales(&account, "cf_cursor", more));

    let first = source.collect().await;
    assert_eq!(
        names(&first),
        [
            "销售_2026-03-01_2026-03-03.csv",
            "销售_2026-03-04_2026-03-06.csv",
            "销售_2026-03-07_2026-03-10.csv",
        ]
    );
    assert_eq!(source.collect().await.arrivals, first.arrivals);
    source.register(&first, 3);
    run(
        &mut connection,
        "DELETE FROM cf_cursor WHERE d >= '2026-03-08'",
    )
    .await;
    let emptied = source.collect().await;
    assert_eq!(names(&emptied), ["销售_无销售_2026-03-08_2026-03-10.csv"]);
    assert_eq!(content(&emptied, 0), "d,n\n");
    assert_eq!(
        emptied.arrivals[0].cursor.as_ref().unwrap().value,
        "2026-03-10"
    );
}

#[tokio::test]
async fn what_no_longer_fits_is_named_and_nothing_arrives() {
    let made = "CREATE TABLE {t} (d date, 商品 varchar(9), 数量 int);
                INSERT INTO {t} VALUES ('2026-03-02', '甲', 1)";
    let (account, mut connection) = table("cf_changed", made).await;
    let more = "columns = [\"d\", \"商品\", \"数量\"]";
    let source = source(&account, &sales(&account, "cf_changed", more));
    for (change, code, kind) in [
        ("", "", Failure::Changed),
        (
            "RENAME COLUMN 数量 TO 销售数量",
            "database_columns",
            Failure::Changed,
        ),
        ("RENAME COLUMN 销售数量 TO 数量", "", Failure::Changed),
        (
            "MODIFY 商品 varbinary(9)",
            "database_bytes",
            Failure::Permanent,
        ),
        (
            "MODIFY 商品 varchar(9) CHARACTER SET utf8mb4",
            "",
            Failure::Changed,
        ),
        (
            "RENAME COLUMN d TO day",
            "database_changed",
            Failure::Changed,
        ),
        ("RENAME COLUMN day TO d", "", Failure::Changed),
        (
            "RENAME cf_changed_away",
            "database_changed",
            Failure::Changed,
        ),
    ] {
        if !change.is_empty() {
            run(&mut connection, "DROP TABLE IF EXISTS cf_changed_away").await;
            run(&mut connection, &format!("ALTER TABLE cf_changed {change}")).await;
        }
        let found = source.collect().await;
        assert_eq!(failure(&found), code, "{change}: {:?}", found.failed);
        assert_eq!(
            found.arrivals.len(),
            usize::from(code.is_empty()),
            "{change}"
        );
        if let Some(failed) = found.failed {
            assert_eq!(failed.failure, kind, "{change}");
        }
    }
}

#[tokio::test]
async fn a_query_can_neither_write_nor_run_for_ever() {
    let made = "CREATE TABLE {t} (d date, n int);
         CREATE OR REPLACE FUNCTION cf_sneaky() RETURNS int MODIFIES SQL DATA
         BEGIN INSERT INTO {t} VALUES ('2026-03-02', 1); RETURN 1; END";
    let (account, mut connection) = table("cf_writes", made).await;
    let query = |value: &str| {
        let text = sales(&account, "cf_writes", "statement_seconds = 1");
        let (head, _) = text.split_once("query =").unwrap();
        let query = format!("SELECT date '2026-03-02' AS d, {value} AS n");
        source(&account, &format!("{head}query = \"{query}\""))
    };
    let wrote = query("cf_sneaky()").collect().await;
    assert_eq!(failure(&wrote), "database_writes", "{:?}", wrote.failed);
    let left = connection
        .fetch_one("SELECT count(*) FROM cf_writes")
        .await
        .unwrap();
    assert_eq!(sqlx::Row::get::<i64, _>(&left, 0), 0);

    let begun = std::time::Instant::now();
    let heavy = "(SELECT sum(a.seq) FROM seq_1_to_100000000 a, seq_1_to_1000 b)";
    let slow = query(heavy).collect().await;
    assert_eq!(failure(&slow), "database_slow", "{:?}", slow.failed);
    assert!(begun.elapsed().as_secs() < 10);
}

#[tokio::test]
async fn a_wrong_password_is_said_and_never_shown() {
    let (account, _) = server().await;
    let text = sales(&account, "(SELECT date '2026-03-02' AS d) AS x", "");
    let wrong = Source::new(&text, &[("password", "wrong-and-secret")]);
    let collection = wrong.collect().await;
    let failed = collection.failed.unwrap();
    assert_eq!(failed.failure, Failure::Credentials, "{failed}");
    assert_eq!(failed.sentence.code(), "database_refused");
    assert!(!format!("{failed} {failed:?}").contains("and-secret"));
    assert!(files_below(&wrong.landing_dir()).is_empty());

    // An account that may only read needs no other right.
    let (_, mut connection) = server().await;
    let made = "CREATE OR REPLACE USER cf_reader@'127.0.0.1' IDENTIFIED BY 'right';
                CREATE OR REPLACE TABLE cf_granted (d date);
                INSERT INTO cf_granted VALUES ('2026-03-02')";
    run(&mut connection, made).await;
    run(
        &mut connection,
        "GRANT USAGE ON channelflow.* TO cf_reader@'127.0.0.1'",
    )
    .await;
    let reader = Account {
        user: "cf_reader".to_owned(),
        password: "right".to_owned(),
        ..account
    };
    let text = sales(&reader, "cf_granted", "");
    let denied = source(&reader, &text).collect().await;
    assert_eq!(denied.failed.unwrap().failure, Failure::Credentials);
    run(
        &mut connection,
        "GRANT SELECT ON channelflow.cf_granted TO cf_reader@'127.0.0.1'",
    )
    .await;
    let granted = source(&reader, &text).collect().await;
    assert_eq!(failure(&granted), "", "{:?}", granted.failed);
}

#[tokio::test]
async fn a_probe_shows_rows_and_the_clock() {
    let made = "CREATE TABLE {t} (d date, n int);
                INSERT INTO {t} SELECT '2026-03-08', seq FROM seq_1_to_50";
    let (account, _) = table("cf_probe", made).await;
    let probe = source(&account, &sales(&account, "cf_probe", ""))
        .probe()
        .await
        .unwrap();
    assert_eq!(probe.found, ["销售 2026-03-04..2026-03-10: 50"]);
    assert_eq!(probe.rows.len(), 21);
    assert!(probe.clock_ahead.unwrap().abs() < 5);
}
