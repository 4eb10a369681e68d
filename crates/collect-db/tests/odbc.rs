//! ODBC for real, through the drivers of SQLite and MariaDB: Debian's packages `libsqliteodbc` and
//! `odbc-mariadb`. Only with the feature `odbc`.

#![cfg(feature = "odbc")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use channelflow_collect::Failure;
use common::{Source, account, content, failure, names};
use sqlx::{AssertSqlSafe, Connection, Executor};

async fn run<C>(connection: &mut C, sql: &str)
where
    for<'c> &'c mut C: Executor<'c>,
{
    let done = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())));
    done.await.map_err(|error| error.to_string()).unwrap();
}

fn resource(query: &str, more: &str) -> String {
    format!(
        "[[resource]]\nname = \"销售\"\nwatermark = \"d\"\nfirst_day = \"2026-03-01\"\n{more}\n\
         query = \"{query}\"\n"
    )
}

#[tokio::test]
async fn sqlite_through_its_driver() {
    let query = "SELECT d, 商品, 数量, 备注 FROM s WHERE d >= {from} AND d < {until}";
    let text = format!(
        "engine = \"odbc\"\nconnection = \"Driver=SQLite3;Database={{file}}\"\n{}",
        resource(query, "rows = 1")
    );
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("erp.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let mut connection = sqlx::sqlite::SqliteConnection::connect_with(&options)
        .await
        .unwrap();
    run(
        &mut connection,
        "CREATE TABLE s (d TEXT, 商品 TEXT, 数量 TEXT, 备注 TEXT, 图 BLOB);
         INSERT INTO s (d, 商品, 数量, 备注) VALUES ('2026-03-02', '阿莫西林,\"胶囊\"', '0.10', ''),
         ('2026-03-01', '𠮷林', '-3', null), ('2026-03-11', '今天', '1', null)",
    )
    .await;
    let file = file.to_string_lossy().into_owned();
    let source = Source::new(&text, &[("file", file.as_str())]);
    let collection = source.collect().await;
    assert_eq!(failure(&collection), "", "{:?}", collection.failed);
    assert_eq!(
        names(&collection),
        [
            "销售_2026-03-01_2026-03-01.csv",
            "销售_2026-03-02_2026-03-10.csv"
        ]
    );
    assert_eq!(
        content(&collection, 0),
        "d,商品,数量,备注\n2026-03-01,𠮷林,-3,\n"
    );
    assert_eq!(
        content(&collection, 1),
        "d,商品,数量,备注\n2026-03-02,\"阿莫西林,\"\"胶囊\"\"\",0.10,\"\"\n"
    );

    run(&mut connection, "ALTER TABLE s RENAME 数量 TO 销售数量").await;
    let changed = source.collect().await;
    assert_eq!(
        failure(&changed),
        "database_changed",
        "{:?}",
        changed.failed
    );
    assert_eq!(changed.failed.unwrap().failure, Failure::Changed);
}

#[tokio::test]
async fn mariadb_through_its_driver() {
    let account = account("CHANNELFLOW_TEST_MARIADB");
    let options = sqlx::mysql::MySqlConnectOptions::new()
        .host(&account.host)
        .port(account.port)
        .username(&account.user)
        .password(&account.password)
        .database(&account.database);
    let mut connection = sqlx::mysql::MySqlConnection::connect_with(&options)
        .await
        .unwrap();
    run(
        &mut connection,
        "CREATE OR REPLACE TABLE cf_odbc (d datetime, 商品 varchar(40), 数量 decimal(20,6), n bigint,
         图 varbinary(9)) CHARACTER SET gbk;
         INSERT INTO cf_odbc SELECT '2026-03-01' + INTERVAL seq DIV 1000 DAY, '阿莫西林\n胶囊',
         seq / 1000000, 9007199254740993, null FROM seq_0_to_2999",
    )
    .await;
    let head = |password: &str| {
        format!(
            "engine = \"odbc\"\nuser = \"{{user}}\"\npassword = \"{{{password}}}\"\n\
             connection = \"Driver=MariaDB Unicode;Server={};Port={};Database={}\"\n",
            account.host, account.port, account.database
        )
    };
    let values = [
        ("user", account.user.as_str()),
        ("password", account.password.as_str()),
        ("wrong", "s3cret!"),
    ];
    let query = "SELECT d, 商品, 数量, n FROM cf_odbc WHERE d >= {from} AND d < {until}";
    let source = Source::new(&(head("password") + &resource(query, "")), &values);
    let collection = source.collect().await;
    assert_eq!(failure(&collection), "", "{:?}", collection.failed);
    let text = content(&collection, 0);
    assert_eq!(text.lines().count(), 6001);
    assert!(
        text.starts_with(
            "d,商品,数量,n\n2026-03-01 00:00:00,\"阿莫西林\n胶囊\",0.000000,9007199254740993\n"
        ),
        "{}",
        &text[..200]
    );

    let bytes = "SELECT d, 图 FROM cf_odbc WHERE d >= {from} AND d < {until}";
    let source = Source::new(&(head("password") + &resource(bytes, "")), &values);
    assert_eq!(failure(&source.collect().await), "database_bytes");

    let long = "SELECT d, repeat('x', 5000) AS t FROM cf_odbc WHERE d >= {from} AND d < {until}";
    let source = Source::new(&(head("password") + &resource(long, "")), &values);
    let collection = source.collect().await;
    assert_eq!(
        failure(&collection),
        "database_long",
        "{:?}",
        collection.failed
    );

    let source = Source::new(&(head("wrong") + &resource(query, "")), &values);
    let failed = source.collect().await.failed.unwrap();
    assert_eq!(failed.failure, Failure::Credentials, "{failed}");
    assert!(!format!("{failed} {failed:?}").contains("s3cret!"));
}
