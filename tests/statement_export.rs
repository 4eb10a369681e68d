//! Statements as workbooks and pages: what finance adds up is what the statement says.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use channelflow_read::{Limits, read_here};
use common::{Company, Engine};

/// February, with texts a spreadsheet would run.
const SALES: &str = "销售日期,客户名称,产品名称,规格,批号,数量,单位,单价,金额
2026-02-04,北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,8,盒,12.5,100.05
2026-02-05,北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,20250901,2,件,5000,10000
2026-02-06,\"=HYPERLINK(\"\"http://x\"\")\",阿莫西林胶囊,0.25g*24粒/盒,@SUM(A1),4,盒,12.5,50
2026-02-07,北京协和医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,-1,盒,12.5,-12.5
";
/// Whom the odd name stands for; known before the first run, which settles what it loads.
const ALIAS: &str = "customer,D01,\"=HYPERLINK(\"\"http://x\"\")\",,,,,C002,false,,,,\n";
/// 3% of 10,137.55, which is 304.1265, and 1% of 5,000 paid on time.
const POLICIES: [(&str, &str); 2] = [
    (
        "a.toml",
        r#"
id = "BASE"
version = 1
name = "=1+1 <b>基础返利"
kind = "一级"
valid_from = 2026-01-01
valid_to = 2026-12-31
period = "month"
[party]
tiers = ["一级"]
[basis]
source = "sale"
counting_point = "all"
measure = "amount"
[[reward]]
id = "base"
shape = "percent"
rate = "3%"
"#,
    ),
    (
        "b.toml",
        r#"
id = "PAID"
version = 1
name = "回款返利"
kind = "一级"
valid_from = 2026-01-01
valid_to = 2026-12-31
period = "month"
[party]
tiers = ["一级"]
[basis]
source = "sale"
counting_point = "all"
measure = "amount"
[[reward]]
id = "timely"
shape = "timeliness"
rate = "1%"
"#,
    ),
];
const PAYMENTS: &str = "doc_no,day,distributor_id,due,amount,instrument
SK-1,2026-02-10,D01,2026-02-28,5000,wire
";
const NUMBER: &str = "2026-02-D01-1";

/// A company with one statement.
fn settled(engine: Engine) -> Company {
    let company = Company::without_files(engine);
    let aliases = company.file("master/aliases.csv");
    let known = std::fs::read_to_string(&aliases).unwrap();
    std::fs::write(&aliases, format!("{}\n{ALIAS}", known.trim_end())).unwrap();
    for (name, text) in POLICIES {
        std::fs::create_dir_all(company.file("policies")).unwrap();
        std::fs::write(company.file("policies").join(name), text).unwrap();
    }
    std::fs::write(company.file("master").join("payments.csv"), PAYMENTS).unwrap();
    company.deliver("D01", "销售.csv", SALES.as_bytes());
    company.run(&["run"]);
    company.run(&["settle", "2026-02"]);
    company
}

/// A sheet of an exported workbook.
struct Sheet {
    name: String,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    fn column(&self, title: &str) -> usize {
        let at = self.rows[0].iter().position(|known| known == title);
        at.unwrap_or_else(|| panic!("no {title} in {:?}", self.rows[0]))
    }

    /// Cells of a column in rows above the sums where another one says something.
    fn cells(&self, title: &str, (key, value): (&str, &str)) -> Vec<&str> {
        let (at, key) = (self.column(title), self.column(key));
        let rows = self.rows[1..].iter().take_while(|row| {
            let sum = ["小计", "Subtotal"].contains(&row[3].as_str());
            !sum && !row[key].is_empty()
        });
        rows.filter(|row| row[key] == value)
            .map(|row| row[at].as_str())
            .collect()
    }
}

fn workbook(company: &Company, lang: &str) -> Vec<Sheet> {
    let file = company.file("statement.xlsx");
    let path = file.to_str().unwrap();
    company.expect(0, &["--lang", lang, "statement", "export", NUMBER, path]);
    let read = read_here(&file, &Limits::default()).unwrap();
    let sheets = read.tables.iter().map(|table| Sheet {
        name: table.sheet.clone(),
        rows: (0..table.row_count())
            .map(|row| {
                let columns = 0..table.columns.len();
                columns
                    .map(|column| table.cell(row, column).1.to_owned())
                    .collect()
            })
            .collect(),
    });
    sheets.collect()
}

fn sum(cells: &[&str]) -> i64 {
    let micros = |text: &&str| -> i64 {
        let micros: channelflow_model::Micros = text.parse().unwrap();
        micros.0
    };
    cells.iter().map(micros).sum()
}

#[test]
fn the_workbook_adds_up_to_the_statement() {
    for (engine, lang, names, titles) in [
        (
            Engine::Sqlite,
            "zh",
            ["返利单", "明细", "计算过程", "数据核对", "依据", "回款"],
            ["序号", "金额（元）", "上报客户", "批号", "政策名称"],
        ),
        (
            Engine::Postgres,
            "en",
            [
                "Statement",
                "Lines",
                "Steps",
                "Check",
                "Records",
                "Payments",
            ],
            ["No.", "Yuan", "Reported customer", "Lot", "Name"],
        ),
    ] {
        let company = settled(engine);
        let statement = company.json(0, &["statement", "show", NUMBER]);
        let total = statement["total"].as_i64().unwrap();
        assert_eq!(total, 354_130_000, "304.13 and 50");

        let sheets = workbook(&company, lang);
        let found: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).collect();
        assert_eq!(found, names);
        let [summary, lines, steps, check, records, payments] = &sheets[..] else {
            panic!("six sheets")
        };
        let [no, yuan, reported, lot, name] = titles;
        // The page to sign says the total as a number and in capitals.
        let cells: Vec<&str> = summary.rows.iter().flatten().map(String::as_str).collect();
        for expected in [
            NUMBER,
            "燕山康泽制药",
            "354.13",
            "人民币叁佰伍拾肆元壹角叁分",
            statement["content_hash"].as_str().unwrap(),
        ] {
            assert!(cells.contains(&expected), "{expected}\n{cells:?}");
        }
        // Lines add up to it, records to what each policy rests on.
        let of = |part: &str, sheet: &Sheet| sum(&sheet.cells(yuan, (no, part)));
        assert_eq!(of("1", lines) + of("2", lines), total);
        assert_eq!(of("1", records), 10_137_550_000);
        assert_eq!(of("2", records), 0, "payments are what PAID looks at");
        assert_eq!(of("2", payments), 5_000_000_000);
        let sums = records.column(yuan);
        let below = records.rows.iter().filter(|row| row[sums] == "10137.55");
        assert_eq!(below.count(), 1, "the sum of BASE below the records");
        // What was computed with stands beside what the records come to, and both are the same.
        let words = ["返利单", "记录合计", "Statement", "Records come to"];
        let said: Vec<usize> = (0..check.rows[0].len())
            .filter(|at| words.contains(&check.rows[0][*at].as_str()))
            .collect();
        let figures = check.rows[1..]
            .iter()
            .filter(|row| !row[said[0]].is_empty());
        assert!(figures.clone().count() >= 3);
        for row in figures {
            assert_eq!(row[said[0]], row[said[1]], "{row:?}");
        }
        assert!(!steps.rows.is_empty());
        // Paper has amounts and where they stand; how names were found follows for the screen.
        let row = if lang == "zh" { "原始行" } else { "Row" };
        assert!(records.column(yuan) < records.column(row));
        assert!(records.column(row) < records.column(reported));
        // What a spreadsheet would run stays a text, lots of digits too.
        assert!(
            records
                .cells(reported, (no, "1"))
                .contains(&"=HYPERLINK(\"http://x\")")
        );
        let lots = records.cells(lot, (no, "1"));
        assert!(lots.contains(&"@SUM(A1)") && lots.contains(&"20250901"));
        assert!(lines.cells(name, (no, "1")).contains(&"=1+1 <b>基础返利"));
        let bytes = std::fs::read(company.file("statement.xlsx")).unwrap();
        let again = workbook(&company, lang);
        assert_eq!(again.len(), 6);
        let same = std::fs::read(company.file("statement.xlsx")).unwrap();
        assert!(bytes == same, "the same statement is the same file");
    }
}

#[test]
fn the_page_says_the_same_and_escapes_texts() {
    let company = settled(Engine::Sqlite);
    let file = company.file("statement.html");
    let path = file.to_str().unwrap();
    for (lang, words) in [
        (
            "zh",
            ["返利结算单", "人民币 354.13 元", "对方确认（盖章）", "草稿"],
        ),
        (
            "en",
            ["Rebate statement", "354.13 yuan (CNY)", "Date", "Draft"],
        ),
    ] {
        company.expect(0, &["--lang", lang, "statement", "export", NUMBER, path]);
        let page = std::fs::read_to_string(&file).unwrap();
        for part in
            words
                .into_iter()
                .chain(["人民币叁佰伍拾肆元壹角叁分", "10,137.55", "SK-1", "@page"])
        {
            assert!(page.contains(part), "{part}\n{page}");
        }
        for bad in ["<b>基础返利", "<script", "src=", "url("] {
            assert!(!page.contains(bad), "{bad}");
        }
    }
}

#[test]
fn a_month_goes_into_a_folder_and_mistakes_are_named() {
    let company = settled(Engine::Sqlite);
    let folder = company.file("out");
    let to = folder.to_str().unwrap();
    let export = ["statement", "export"];
    let ran = |more: &[&str]| company.run(&[&export, more].concat());
    let all = ["--period", "2026-02", "--folder", to];
    let done = ran(&all);
    assert!(
        done.stderr.contains("statements to the folder"),
        "{}",
        done.stderr
    );
    let html = ran(&[&all[..], &["--as", "html"]].concat());
    assert_eq!(html.code, done.code);
    for ending in ["xlsx", "html"] {
        assert!(folder.join(format!("{NUMBER}.{ending}")).exists());
    }
    let listed = company.json(0, &["statement", "list", "--period", "2026-02"]);
    let files = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(files, 2 * listed.as_array().unwrap().len());

    for (arguments, said) in [
        (&[NUMBER, "a.pdf"][..], "ends neither in .xlsx nor in .html"),
        (&["2026-02-D99-1", "a.xlsx"], "2026-02-D99-1"),
        (&["--period", "2025-01", "--folder", to], "2025-01"),
        (&["--period", "2025", "--folder", to], "2025"),
        (&[], "nothing says which statement"),
        (&[NUMBER], "FILE"),
    ] {
        let refused = ran(arguments);
        assert_eq!(refused.code, 2, "{arguments:?}\n{}", refused.stderr);
        assert!(refused.stderr.contains(said), "{said}\n{}", refused.stderr);
    }
}
