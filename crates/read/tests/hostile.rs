//! Files that attack, and files that broke on their way: always an outcome, never a panic.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod common;

use std::io::Write as _;
use std::time::Instant;

use channelflow_read::Limits;
use common::{code, outcome, outcome_within, refused, xlsx};
use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook whose only sheet has this content.
fn sheet(xml: &str) -> Vec<u8> {
    zip_of(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", br#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        ("xl/workbook.xml", br#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", br#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#),
        ("xl/worksheets/sheet1.xml", xml.as_bytes()),
    ])
}

#[test]
fn what_is_no_table_is_named() {
    assert_eq!(refused(b""), "empty_file");
    for (bytes, kind) in [
        (b"%PDF-1.4 ...".as_slice(), "pdf"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "jpeg"),
        (&zip_of(&[("word/document.xml", b"<x/>")]), "docx"),
    ] {
        let found = outcome(bytes);
        assert_eq!(code(&found), "unsupported_type");
        assert_eq!(found.findings[0].facts["type"], kind);
    }
    assert_eq!(
        refused(include_bytes!("fixtures/password.xlsx")),
        "encrypted"
    );
    assert_eq!(refused(b"<html><body>no data</body></html>"), "no_table");
    assert_eq!(refused(b"<table><tr><td>1</td></tr><tr><td>2"), "truncated");
}

#[test]
fn bombs_are_refused_before_they_cost_memory() {
    let zeros = vec![b' '; 10 << 20];
    assert_eq!(refused(&zip_of(&[("a.csv", &zeros)])), "zip_bomb");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(&zeros).unwrap();
    assert_eq!(refused(&gz.finish().unwrap()), "zip_bomb");
    let bomb = format!(
        "<worksheet><sheetData>{}</sheetData></worksheet>",
        " ".repeat(10 << 20)
    );
    assert_eq!(refused(&sheet(&bomb)), "zip_bomb");
    let limits = Limits {
        artifact_bytes: 10,
        ..Limits::default()
    };
    assert_eq!(code(&outcome_within(b"0123456789,1", &limits)), "too_large");
    let limits = Limits {
        expanded_bytes: 1000,
        ..Limits::default()
    };
    let zip = zip_of(&[("a.csv", &[b'1'; 600]), ("b.csv", &[b'2'; 600])]);
    assert_eq!(code(&outcome_within(&zip, &limits)), "zip_bomb");
}

#[test]
fn far_corners_are_cheap() {
    let start = Instant::now();
    let corner = sheet(
        r#"<worksheet><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="200000"><c r="XFD200000"><v>2</v></c></row></sheetData></worksheet>"#,
    );
    assert_eq!(refused(&corner), "too_many_columns");
    let bottom = sheet(
        r#"<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="BXX1048576"><v>2</v></c></row></sheetData></worksheet>"#,
    );
    let found = outcome(&bottom);
    assert_eq!(found.tables[0].row_numbers, [1, 1_048_576]);
    assert_eq!(found.tables[0].columns.len(), 2_000);
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn entities_are_refused() {
    let attack = r#"<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>"#;
    let xml = format!(
        "{attack}<worksheet><sheetData><row><c><v>&b;</v></c></row></sheetData></worksheet>"
    );
    assert_eq!(refused(&sheet(&xml)), "xml_entity");
    let xml = format!("{attack}<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"/>");
    assert_eq!(refused(xml.as_bytes()), "xml_entity");
}

#[test]
fn tricks_with_archives_are_refused() {
    let csv = b"a,b\n1,2\n".as_slice();
    for path in [
        "../a.csv",
        "/a.csv",
        "x/../../a.csv",
        "C:\\a.csv",
        "..\\a.csv",
    ] {
        let zip = zip_of(&[("12345678901234567890.csv", csv)]);
        // Written over the name, because the writer would not take such a path.
        let mut name = path.as_bytes().to_vec();
        name.resize(24, b'x');
        let mut bytes = zip.clone();
        let mut from = 0;
        while let Some(at) = memchr::memmem::find(&bytes[from..], b"12345678901234567890.csv") {
            bytes[from + at..from + at + 24].copy_from_slice(&name);
            from += at + 24;
        }
        assert_eq!(refused(&bytes), "bad_archive_path", "{path}");
    }
    let inner = zip_of(&[("a.csv", csv)]);
    assert_eq!(refused(&zip_of(&[("inner.zip", &inner)])), "nested_archive");
    let mut twice = zip_of(&[("a.csv", csv), ("b.csv", csv)]);
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&twice[from..], b"b.csv") {
        twice[from + at] = b'a';
        from += at + 5;
    }
    assert_eq!(refused(&twice), "bad_archive_path");
    assert_eq!(
        refused(&zip_of(&[("a.pdf", b"%PDF")])),
        "archive_without_table"
    );
    assert_eq!(refused(&zip_of(&[])), "archive_without_table");
}

#[test]
fn a_stray_quote_swallows_no_row() {
    let rows = 10_000;
    // Never closed; closed by another stray quote far below; closed by one on the next line.
    for closing in ["", "7,\"8\n", "\"7,8\n"] {
        let mut text = String::from("a,b\n1,2\n3,\"4\n");
        let between = if closing.starts_with('"') { 0 } else { rows };
        text.push_str(&"5,6\n".repeat(between));
        text.push_str(closing);
        text.push_str(&"5,6\n".repeat(rows - between));
        let found = outcome(text.as_bytes());
        let table = &found.tables[0];
        let expected = 3 + rows + usize::from(!closing.is_empty());
        assert_eq!(table.row_count(), expected, "closing {closing:?}");
        assert_eq!(table.cell(2, 1).1, "\"4");
        let finding = found
            .findings
            .iter()
            .find(|finding| finding.code == "stray_quote")
            .unwrap();
        assert_eq!(finding.place.row, Some(3));
    }
}

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let book = xlsx(|book: &mut Workbook| {
        let sheet = book.add_worksheet();
        for row in 0..40 {
            sheet.write(row, 0, format!("客户{}", row % 5)).unwrap();
            sheet.write(row, 1, f64::from(row) * 1.5).unwrap();
        }
    });
    let csv = "日期,客户名称\n2026-03-01,\"北京,医院\"\n".repeat(20);
    let xml = r#"<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="s"><Table><Row><Cell ss:Index="2"><Data ss:Type="Number">1</Data></Cell></Row></Table></Worksheet></Workbook>"#;
    let html = "<html><meta charset=gbk><table><tr><td rowspan=2 colspan=2>a</td></tr><tr><td>b</td></tr></table></html>";
    vec![
        ("xlsx", book.clone()),
        (
            "zip",
            zip_of(&[("a.xlsx", &book), ("b.csv", csv.as_bytes())]),
        ),
        ("csv", encoding_rs::GB18030.encode(&csv).0.into_owned()),
        ("xml", xml.as_bytes().to_vec()),
        ("html", html.as_bytes().to_vec()),
        (
            "biff5",
            include_bytes!("fixtures/biff5_code_page_936.xls").to_vec(),
        ),
        ("biff8", include_bytes!("fixtures/biff8.xls").to_vec()),
        (
            "xlsb",
            include_bytes!("fixtures/hidden_sheet.xlsb").to_vec(),
        ),
        (
            "ods",
            include_bytes!("fixtures/dates_and_merged.ods").to_vec(),
        ),
        (
            "password",
            include_bytes!("fixtures/password.xlsx").to_vec(),
        ),
    ]
}

#[test]
fn truncated_files_have_an_outcome() {
    for (name, bytes) in samples() {
        let whole = outcome(&bytes);
        for step in 0..16 {
            let found = outcome(&bytes[..bytes.len() * step / 16]);
            if found.refused {
                assert_eq!(found.findings.len(), 1, "{name}");
            } else if name != "csv" {
                // Only delimited text can lose rows without a trace.
                assert_eq!(found.tables, whole.tables, "{name} cut at {step}/16");
            }
        }
    }
}

#[test]
fn flipped_bits_have_an_outcome() {
    // A small generator with a fixed seed: the same bits every time.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for (name, bytes) in samples() {
        for _ in 0..200 {
            let mut broken = bytes.clone();
            let at = usize::try_from(next()).unwrap() % broken.len();
            broken[at] ^= 1 << (next() % 8);
            let found = outcome(&broken);
            if found.refused {
                assert_eq!(found.findings.len(), 1, "{name}");
            }
            for table in &found.tables {
                assert!(
                    table
                        .columns
                        .iter()
                        .all(|c| c.codes.len() == table.row_count()),
                    "{name}"
                );
            }
        }
    }
}
