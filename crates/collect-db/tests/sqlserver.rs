//! SQL Server at the level of its protocol: no server of that kind can be installed here.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

mod common;

use channelflow_collect::Failure;
use common::tds::{Answer, Kind, Server, Tokens, serve};
use common::{Source, content, failure, names};

fn source(server: &Server, more: &str) -> Source {
    let text = format!(
        "engine = \"sqlserver\"\nhost = \"127.0.0.1\"\nport = {}\ndatabase = \"ERP\"\n\
         user = \"reader\"\npassword = \"{{password}}\"\ntls = \"off\"\n[[resource]]\n\
         name = \"销售\"\nwatermark = \"日期\"\nfirst_day = \"2026-03-01\"\n{more}\n\
         query = \"SELECT * FROM [销;售] WHERE 日期 >= {{from}} AND 日期 < {{until}}\"\n",
        server.port
    );
    Source::new(&text, &[("password", "s3cret!")])
}

/// Days from 1900 to 1 March 2026.
const MARCH: i32 = 46_080;

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn described() -> Answer {
    let columns = [
        ("日期", Kind::Datetime),
        ("客户", Kind::Varchar),
        ("规格", Kind::Char),
        ("商品", Kind::Nvarchar),
        ("数量", Kind::Decimal(4)),
        ("金额", Kind::Money),
        ("件", Kind::Int),
        ("率", Kind::Float),
        ("赠", Kind::Bit),
        ("效期", Kind::Date),
    ];
    Tokens::default().columns(&columns).end()
}

fn selected() -> Tokens {
    Tokens::default().columns(&[
        ("日期", Kind::Datetime),
        ("客户", Kind::NvarcharMax),
        // A server that does not convert: the driver reads the code page itself.
        ("规格", Kind::Char),
        ("商品", Kind::Nvarchar),
        ("数量", Kind::Decimal(4)),
        ("金额", Kind::Decimal(4)),
        ("件", Kind::Int),
        ("率", Kind::Float),
        ("赠", Kind::Bit),
        ("效期", Kind::Date),
    ])
}

fn set() -> Answer {
    Tokens::default().batch_end()
}

#[tokio::test]
async fn rows_of_a_gbk_database() {
    let wide_bytes =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    // 0.25g*24粒 and 阿 in GBK.
    let gbk = [b"0.25g*24".as_slice(), &[0xc1, 0xa3, 0xb0, 0xa2]].concat();
    let mut cut = wide("鹭燕医药");
    cut.push(0xfffd);
    let rows = selected()
        .row()
        .datetime(MARCH, 0)
        .long_text(Some(&wide("国药控股,\"北京\"")))
        .text(Some(&gbk))
        .text(Some(&wide_bytes("阿莫西林\n胶囊")))
        .decimal(-12_345)
        .decimal(9_007_199_254_740_993)
        .value(&(-7_i32).to_le_bytes())
        .value(&0.1_f64.to_le_bytes())
        .value(&[1])
        // 9999-12-31, what an ERP writes for "never".
        .value(&3_652_058_u32.to_le_bytes()[..3])
        .row()
        .datetime(MARCH + 9, 300 * 3600 * 13 + 2)
        .long_text(Some(&cut))
        .text(None)
        .text(None)
        .value(&[])
        .value(&[])
        .value(&[])
        .value(&[])
        .value(&[])
        .value(&[])
        .end();
    let server = serve(Tokens::login(), vec![set(), described(), rows]).await;
    let more = "columns = [\"日期\", \"客户\", \"规格\", \"商品\", \"数量\", \"金额\", \"件\", \
                \"率\", \"赠\", \"效期\"]";
    let source = source(&server, more);
    let collection = source.collect().await;

    assert_eq!(failure(&collection), "", "{:?}", collection.failed);
    assert_eq!(names(&collection), ["销售_2026-03-01_2026-03-10.csv"]);
    assert_eq!(
        content(&collection, 0),
        "日期,客户,规格,商品,数量,金额,件,率,赠,效期\n\
         2026-03-01 00:00:00,\"国药控股,\"\"北京\"\"\",0.25g*24粒阿,\"阿莫西林\n胶囊\",-1.2345,\
         900719925474.0993,-7,0.1,1,9999-12-31\n\
         2026-03-10 13:00:00.007,鹭燕医药\u{fffd},,,,,,,,\n"
    );
    assert_eq!(collection.findings.len(), 1);
    assert_eq!(
        collection.findings[0].text(channelflow_model::messages::Lang::En),
        "1 character of `销售` could not be read and was replaced by \u{fffd}"
    );

    let asked = server.asked.lock().unwrap();
    assert!(asked[0].contains("SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCK_TIMEOUT"));
    assert!(asked[1].contains("SELECT TOP 0 * FROM ("));
    for part in [
        "SELECT q.[日期], CONVERT(nvarchar(max), q.[客户]) AS [客户], \
         CONVERT(nvarchar(max), q.[规格]) AS [规格], q.[商品], q.[数量], \
         CONVERT(decimal(19, 4), q.[金额]) AS [金额], q.[件]",
        "FROM [销;售] WHERE 日期 >= @P1 AND 日期 < @P3\n) AS q ORDER BY q.[日期]",
    ] {
        assert!(asked[2].contains(part), "{}", asked[2]);
    }
    // Days are bound, never written into the text.
    assert!(!asked[2].contains("2026-03"), "{}", asked[2]);
    assert!(!asked.iter().any(|text| text.contains("s3cret!")));
}

#[tokio::test]
async fn a_cut_connection_a_wrong_account_a_changed_column_and_a_server_that_is_stuck() {
    let row = |days: i32| {
        let row = Tokens::default().columns(&[("日期", Kind::Datetime)]).row();
        row.datetime(MARCH + days, 0)
    };
    let only_day = || Tokens::default().columns(&[("日期", Kind::Datetime)]).end();
    let failed_login = Tokens::default()
        .error(18_456, "Login failed for user 'reader'.")
        .0;
    let unknown = Tokens::default()
        .error(207, "Invalid column name '数量'.")
        .0;
    let denied = Tokens::default()
        .error(229, "The SELECT permission was denied")
        .0;
    let bytes = Tokens::default().columns(&[("图", Kind::Varbinary)]).end();
    for (login, answers, code, kind) in [
        (
            failed_login,
            vec![],
            "database_refused",
            Failure::Credentials,
        ),
        (
            Tokens::login(),
            vec![set(), only_day(), Answer::Cut(row(0).0)],
            "database_cut",
            Failure::Transient,
        ),
        (
            Tokens::login(),
            vec![set(), Answer::Tokens(unknown)],
            "database_changed",
            Failure::Changed,
        ),
        (
            Tokens::login(),
            vec![set(), Answer::Tokens(denied)],
            "database_denied",
            Failure::Credentials,
        ),
        (
            Tokens::login(),
            vec![set(), bytes],
            "database_bytes",
            Failure::Permanent,
        ),
        (
            Tokens::login(),
            vec![set(), only_day(), Answer::Silence],
            "database_slow",
            Failure::Transient,
        ),
    ] {
        let server = serve(login, answers).await;
        let collection = source(&server, "statement_seconds = 1").collect().await;
        assert_eq!(failure(&collection), code, "{:?}", collection.failed);
        let failed = collection.failed.unwrap();
        assert_eq!(failed.failure, kind, "{code}");
        assert!(!format!("{failed:?}").contains("s3cret!"));
        assert!(collection.arrivals.is_empty());
    }
}
