//! Reviewing in Excel: the workbook that is exported, filled in and imported again.

use channelflow_read::{Limits, read_here};
use rust_xlsxwriter::Workbook;

use crate::FIRST;
use crate::common::{Company, Engine};
use crate::review::{delivered, key, waiting};

const ROWS: [&str; 5] = [
    FIRST,
    "2026-01-05,北京大学第一附属医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,6,盒,12.5,75",
    "2026-01-06,某某卫生所,阿莫西林胶囊,0.25g*24粒/盒,2509A01,4,盒,12.5,50",
    "2026-01-07,样品间,阿莫西林胶囊,0.25g*24粒/盒,2509A01,2,盒,12.5,25",
    "2026-01-08,北京大学第二医院,阿莫西林胶囊,0.25g*24粒/盒,2509A01,1,盒,12.5,12.5",
];

/// The first sheet of the exported workbook as texts.
fn exported(company: &Company, lang: &str) -> Vec<Vec<String>> {
    let file = company.file("review.xlsx");
    let path = file.to_str().unwrap();
    company.expect(0, &["--lang", lang, "review", "export", path]);
    let read = read_here(&file, &Limits::default()).unwrap();
    assert_eq!(read.tables.len(), 3, "names, rows, how it works");
    let sheet = &read.tables[0];
    assert_eq!(sheet.hidden_columns, [20], "the key");
    (0..sheet.row_count())
        .map(|row| {
            let columns = 0..sheet.columns.len();
            columns
                .map(|column| sheet.cell(row, column).1.to_owned())
                .collect()
        })
        .collect()
}

/// Fills cells in, by reported name and title, and saves the workbook.
fn fill(company: &Company, rows: &mut [Vec<String>], cells: &[(&str, &str, &str)]) -> String {
    for (name, title, text) in cells {
        let column = rows[0].iter().position(|known| known == title).unwrap();
        let row = rows.iter_mut().find(|row| row[4] == *name).unwrap();
        (*text).clone_into(&mut row[column]);
    }
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (at, row) in (0_u32..).zip(rows.iter()) {
        for (column, text) in (0_u16..).zip(row) {
            sheet.write_string(at, column, text).unwrap();
        }
    }
    let path = company.file("filled.xlsx");
    workbook.save(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_workbook_does_what_the_terminal_does() {
    for (engine, lang, titles) in [
        (
            Engine::Sqlite,
            "en",
            ["decision", "other id", "none", "ignore"],
        ),
        (
            Engine::Postgres,
            "zh",
            ["决定", "其他编码", "都不是", "忽略"],
        ),
    ] {
        let [decision, other_id, none, ignore] = titles;
        let company = delivered(engine, &ROWS);
        let mut rows = exported(&company, lang);
        let names: Vec<&str> = rows[1..].iter().map(|row| row[4].as_str()).collect();
        assert_eq!(
            names,
            [
                "北京大学第一附属医院",
                "某某卫生所",
                "样品间",
                "北京大学第二医院"
            ]
        );
        let first = rows[1].iter().position(|cell| cell.starts_with("C002 "));
        let number = (first.expect("the right one is a candidate") - 7).to_string();
        let path = fill(
            &company,
            &mut rows,
            &[
                ("北京大学第一附属医院", decision, &number),
                ("某某卫生所", other_id, "C028"),
                ("样品间", decision, ignore),
                ("北京大学第二医院", decision, none),
            ],
        );
        let preview = company.json(0, &["review", "import", &path, "--dry-run"]);
        assert_eq!(preview["lines"]["accepted"], 2);
        assert_eq!(waiting(&company).len(), 4, "a preview stores nothing");
        let done = company.json(0, &["review", "import", &path]);
        assert_eq!(done["decisions"].as_array().unwrap().len(), 4);
        assert_eq!(done["lines"]["ignored"], 1);

        let again = company.json(0, &["review", "import", &path]);
        assert_eq!(again["decisions"].as_array().unwrap().len(), 0);
        assert_eq!(again["unchanged"], 4);
        assert_eq!(again["lines"]["load_id"], serde_json::Value::Null);

        let by_hand = delivered(engine, &ROWS);
        for (name, answer) in [
            ("北京大学第一附属医院", &["--choose", "C002"][..]),
            ("某某卫生所", &["--choose", "C028"]),
            ("样品间", &["--ignore"]),
            ("北京大学第二医院", &["--none"]),
        ] {
            let key = key(&by_hand, name);
            by_hand.expect(0, &[&["review", "decide", &key], answer].concat());
        }
        // Decisions of one workbook are numbered in its order.
        assert_eq!(company.content(), by_hand.content());
        let said = |company: &Company| -> Vec<String> {
            let decisions = company.json(0, &["review", "decisions"]);
            let decisions = decisions.as_array().unwrap().clone();
            let shown = decisions.iter().map(|it| {
                format!(
                    "{} {} {} {}",
                    it["action"], it["name"], it["target_id"], it["rejected"]
                )
            });
            shown.collect()
        };
        assert_eq!(said(&company), said(&by_hand));
        company.expect(0, &["doctor", "--verify"]);
    }
}

#[test]
fn every_problem_is_named_with_its_row_and_nothing_is_imported() {
    let company = delivered(Engine::Sqlite, &ROWS);
    let mut rows = exported(&company, "en");
    rows[2][20] = "[\"0123456789\"]".to_owned();
    let copy = rows[3].clone();
    rows.push(copy);
    let last = rows.len() - 1;
    rows[last][7] = "new".to_owned();
    let path = fill(
        &company,
        &mut rows,
        &[
            ("北京大学第一附属医院", "other id", "C999"),
            ("某某卫生所", "decision", "ignore"),
            ("样品间", "decision", "ignore"),
            ("北京大学第二医院", "decision", "perhaps"),
        ],
    );
    let refused = company.expect(2, &["review", "import", &path]);
    let said: Vec<&str> = refused
        .stderr
        .lines()
        .filter(|line| !line.starts_with("  "))
        .collect();
    assert_eq!(
        said,
        [
            "row 2: there is no customer `C999` in the master data",
            "row 3: `某某卫生所` of D01 北京京康医药有限公司 does not wait any more",
            "row 5: `perhaps` is no answer here (1–5, none, ignore, new, skip)",
            "row 6: two answers contradict each other about `样品间`",
            "4 problems, nothing was imported",
        ]
    );
    assert_eq!(waiting(&company).len(), 4);

    let mut rows = exported(&company, "en");
    rows[1][4] = "北京大学第一医院".to_owned();
    rows[1][7] = "1".to_owned();
    rows[2][20].clear();
    let path = fill(&company, &mut rows, &[("某某卫生所", "decision", "new")]);
    let refused = company.expect(2, &["review", "import", &path]).stderr;
    assert!(
        refused.contains("row 2: the row says `北京大学第一医院`, but its key belongs to"),
        "{refused}"
    );
    assert!(refused.contains("row 3: the hidden key of `某某卫生所` was changed or deleted"));
}

#[test]
fn another_workbook_is_refused() {
    let company = delivered(Engine::Sqlite, &ROWS);
    let mut rows = vec![vec!["a".to_owned(), "b".to_owned()]];
    let path = fill(&company, &mut rows, &[]);
    let refused = company.expect(2, &["review", "import", &path]);
    assert!(refused.stderr.contains("it is no review workbook"));
    company.expect(2, &["review", "import", "missing.xlsx"]);
    company.expect(2, &["review", "export", "review.csv"]);
}
