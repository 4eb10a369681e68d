//! Every format, small, with what must come out of it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that panics has failed"
)]

mod common;

use std::io::Write as _;

use common::{lines, outcome, read, refused, xlsx};
use encoding_rs::{BIG5, Encoding, GB18030};
use rust_xlsxwriter::{Format, Formula, Workbook};

const CSV: &str =
    "日期,客户名称,数量\r\n2026-03-01,\"北京协和医院,东院\",10\r\n2026-03-02,上海瑞金医院,-3\r\n";

const CSV_LINES: [&str; 3] = [
    "1: Text 日期 | Text 客户名称 | Text 数量",
    "2: Text 2026-03-01 | Text 北京协和医院,东院 | Text 10",
    "3: Text 2026-03-02 | Text 上海瑞金医院 | Text -3",
];

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let text = if mark {
        format!("\u{feff}{text}")
    } else {
        text.to_owned()
    };
    let bytes = |unit: u16| {
        if big {
            unit.to_be_bytes()
        } else {
            unit.to_le_bytes()
        }
    };
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn delimited_text_in_every_encoding() {
    let cases = [
        (CSV.as_bytes().to_vec(), "csv, UTF-8, comma"),
        (
            format!("\u{feff}{CSV}").into_bytes(),
            "csv, UTF-8 with BOM, comma",
        ),
        (encoded(GB18030, CSV), "csv, GB18030, comma"),
        (utf16(CSV, false, true), "csv, UTF-16LE, comma"),
        (utf16(CSV, true, true), "csv, UTF-16BE, comma"),
        (utf16(CSV, false, false), "csv, UTF-16LE, comma"),
    ];
    for (bytes, format) in cases {
        let table = read(&bytes);
        assert_eq!(table.format, format);
        assert_eq!(table.sheet, "-");
        assert_eq!(lines(&table), CSV_LINES, "{format}");
    }
    let traditional = CSV
        .replace("客户名称", "客戶名稱")
        .replace("数量", "數量")
        .replace("医", "醫");
    let table = read(&encoded(
        BIG5,
        &traditional.replace("协", "協").replace("东", "東"),
    ));
    assert_eq!(table.format, "csv, Big5, comma");
    assert_eq!(
        lines(&table)[1],
        "2: Text 2026-03-01 | Text 北京協和醫院,東院 | Text 10"
    );
}

#[test]
fn delimited_text_with_every_delimiter() {
    for (delimiter, name) in [
        ("\t", "tab"),
        (";", "semicolon"),
        ("|", "bar"),
        (",", "comma"),
    ] {
        let text =
            format!("日期{delimiter}金额\n2026-03-01{delimiter}1.234\n2026-03-02{delimiter}5\n");
        let table = read(text.as_bytes());
        assert_eq!(table.format, format!("csv, UTF-8, {name}"));
        assert_eq!(table.columns.len(), 2, "{name}");
        // The second byte of 億 in GBK is `|`, of 唡 too: decoded before it is split.
        let text = format!("客户{delimiter}数量\n億達醫院{delimiter}1\n一億二億{delimiter}2\n");
        assert_eq!(read(&encoded(GB18030, &text)).columns.len(), 2, "{name}");
    }
    let amounts = read("品名\t金额\n甲\t1,200\n乙\t3,400\n".as_bytes());
    assert_eq!(amounts.format, "csv, UTF-8, tab");
    let declared = read("sep=;\n甲;1,2\n乙;3,4\n".as_bytes());
    assert_eq!(
        lines(&declared),
        ["2: Text 甲 | Text 1,2", "3: Text 乙 | Text 3,4"]
    );
}

#[test]
fn quotes_blank_lines_and_protected_zeros() {
    let text = "a,b\n\n\"x \"\"y\"\"\",=\"0012\"\n\"two\nlines\",\"=\"\"0034\"\"\"\r\nlast,3\"";
    assert_eq!(
        lines(&read(text.as_bytes())),
        [
            "1: Text a | Text b",
            "3: Text x \"y\" | Text 0012",
            "4: Text two\nlines | Text 0034",
            "5: Text last | Text 3\"",
        ]
    );
    assert_eq!(
        lines(&read(b"a,b\r1,2\r3,4\r")),
        [
            "1: Text a | Text b",
            "2: Text 1 | Text 2",
            "3: Text 3 | Text 4"
        ]
    );
}

#[test]
fn ragged_rows_are_read_and_counted() {
    let found = outcome("流向表\n日期,客户,数量\n1,a,2\n2,b\n3,c,4,5\n4,d,6\n".as_bytes());
    assert!(!found.refused);
    assert_eq!(found.tables[0].row_count(), 6);
    let finding = &found.findings[0];
    assert_eq!(finding.code, "ragged_rows");
    assert_eq!(finding.facts["count"], "2");
    assert_eq!(finding.facts["width"], "3");
    assert_eq!(finding.place.row, Some(4));
    assert!(
        outcome("流向表\n日期,客户,数量\n1,a,2\n2,b,3\n".as_bytes())
            .findings
            .is_empty()
    );
}

#[test]
fn large_text_is_split_the_same_in_blocks() {
    use std::fmt::Write as _;

    let mut text = String::from("单据号,客户,数量\r\n");
    for row in 0..40_000 {
        let customer = if row % 7 == 0 {
            "\"北京,医院\""
        } else {
            "上海医院"
        };
        writeln!(text, "XS{row},{customer},{}\r", row % 90).unwrap();
    }
    let whole = read(text.as_bytes());
    let blocks = read(&encoded(GB18030, &text));
    assert_eq!(whole.row_numbers, blocks.row_numbers);
    assert_eq!(whole.columns, blocks.columns);
    assert_eq!(blocks.cell(40_000, 0).1, "XS39999");
    assert_eq!(blocks.cell(1, 1).1, "北京,医院");
}

#[test]
fn an_xlsx_with_everything() {
    let bytes = xlsx(|book: &mut Workbook| {
        let date = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
        let sheet = book.add_worksheet().set_name("流向").unwrap();
        sheet
            .merge_range(0, 0, 0, 2, "三月流向", &Format::new())
            .unwrap();
        sheet.write(1, 0, "日期").unwrap();
        sheet.write(1, 1, "批号").unwrap();
        sheet.write(1, 2, "数量").unwrap();
        sheet.write_number_with_format(2, 0, 46_082, &date).unwrap();
        sheet.write(2, 1, "012301").unwrap();
        sheet.write(2, 2, 0.1 + 0.2).unwrap();
        sheet.write(4, 1, 6_901_234_567_890_i64).unwrap();
        sheet.write(4, 2, 1.234_567_890_123_456_8e17).unwrap();
        sheet
            .write_formula(5, 2, Formula::new("=SUM(C3:C5)").set_result("12"))
            .unwrap();
        sheet.write_boolean(5, 1, true).unwrap();
        sheet.set_row_hidden(4).unwrap();
        sheet.set_column_hidden(1).unwrap();
        book.add_worksheet()
            .set_name("隐藏")
            .unwrap()
            .set_hidden(true);
    });
    let found = outcome(&bytes);
    assert_eq!(found.tables.len(), 2);
    let table = &found.tables[0];
    assert_eq!(
        lines(table),
        [
            "1: Text 三月流向 | Empty  | Empty ",
            "2: Text 日期 | Text 批号 | Text 数量",
            "3: Date 2026-03-01 | Text 012301 | Number 0.3",
            "5: Empty  | Number 6901234567890 | InexactNumber 123456789012345680",
            "6: Empty  | Bool TRUE | Number 12",
        ]
    );
    assert_eq!(table.sheet, "流向");
    assert_eq!(table.hidden_rows, [5]);
    assert_eq!(table.hidden_columns, [1]);
    assert_eq!(table.merged.len(), 1);
    assert_eq!(
        (table.merged[0].first_row, table.merged[0].last_column),
        (1, 2)
    );
    assert!(!table.hidden && found.tables[1].hidden);
    assert_eq!(found.tables[1].sheet_index, 1);
}

#[test]
fn workbooks_of_other_kinds() {
    let biff5 = read(include_bytes!("fixtures/biff5_code_page_936.xls"));
    let expected = [
        "1: Text 药品名称 | Text 客户名称 | Text 数量",
        "2: Text 阿莫西林胶囊 | Text 北京协和医院 | Number 12.5",
        "3: Text 头孢克肟片 | Text 上海瑞金医院 | Number -3",
    ];
    assert_eq!(lines(&biff5), expected);
    assert_eq!(
        (biff5.sheet.as_str(), biff5.format.as_str()),
        ("一月", "xls")
    );
    let wrong = read(include_bytes!("fixtures/biff5_wrong_code_page.xls"));
    assert_eq!(lines(&wrong), expected);

    let biff8 = read(include_bytes!("fixtures/biff8.xls"));
    assert_eq!(
        lines(&biff8),
        [
            "1: Text 二月流向 | Empty  | Empty ",
            "2: Text 日期 | Text 客户名称 | Text 数量",
            "3: Date 2026-02-03 | Text 北京协和医院 | Number 0.3",
            "5: Date 2026-02-04 | Text 上海瑞金医院 | Number 6901234567890",
        ]
    );
    assert_eq!(biff8.merged.len(), 1);

    let xlsb = outcome(include_bytes!("fixtures/hidden_sheet.xlsb"));
    assert_eq!(
        lines(&xlsb.tables[0]),
        [
            "1: Text 产品名称 | Text 有效期 | Text 库存数量",
            "2: Text 阿莫西林胶囊 | Date 2026-03-01 | Number 12.5",
            "6: Text 头孢克肟片 | Empty  | Number 100",
        ]
    );
    assert!(xlsb.tables[1].hidden);

    let ods = outcome(include_bytes!("fixtures/dates_and_merged.ods"));
    assert_eq!(
        lines(&ods.tables[0]),
        [
            "1: Text 三月采购 | Empty  | Empty ",
            "2: Text 日期 | Text 供应商 | Text 数量",
            "3: Date 2026-03-01 | Text 国药控股 | Number 12.5",
            "4: Empty  | Text 0012 | Number -3",
            "5: Empty  | Empty  | Number 9.5",
        ]
    );
    assert_eq!(ods.tables[0].merged.len(), 1);
    assert!(ods.tables[1].hidden);
}

#[test]
fn an_html_table_saved_as_xls() {
    let page = "<html><head><meta charset=gbk></head><body><table border=1>\
        <tr><th rowspan=2>客户</th><th colspan=2>本期发出</th></tr>\
        <tr><th>数量</th><th>金额</th></tr>\
        <tr style='display:none'><td> 北京\n 协和医院&nbsp;</td><td>10</td><td>&yen;3&lt;4</td></tr>\
        <tr><td>上海<br>瑞金<td>3</table><p>x</p><table><tr><td>另一张</td></tr></table></body></html>";
    for (bytes, format) in [
        (encoded(GB18030, page), "html, GB18030"),
        (page.as_bytes().to_vec(), "html, UTF-8"),
    ] {
        let found = outcome(&bytes);
        let table = &found.tables[0];
        assert_eq!(
            lines(table),
            [
                "1: Text 客户 | Text 本期发出 | Empty ",
                "2: Empty  | Text 数量 | Text 金额",
                "3: Text 北京 协和医院 | Text 10 | Text ¥3<4",
                "4: Text 上海 瑞金 | Text 3 | Empty ",
            ]
        );
        assert_eq!(
            (table.sheet.as_str(), table.format.as_str()),
            ("table 1", format)
        );
        assert_eq!(table.hidden_rows, [3]);
        assert_eq!(table.merged.len(), 2);
        assert_eq!(found.tables[1].sheet, "table 2");
    }
}

#[test]
fn an_xml_spreadsheet_2003() {
    let xml = r#"<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
 <Worksheet ss:Name="销售"><Table>
  <Column/><Column ss:Hidden="1"/>
  <Row><Cell ss:MergeAcross="1"><Data ss:Type="String">一月</Data></Cell><Cell><Data ss:Type="String">A&amp;B&#32;x</Data><Comment><Data ss:Type="String">注</Data></Comment></Cell></Row>
  <Row ss:Index="4" ss:Hidden="1"><Cell><Data ss:Type="DateTime">2026-03-01T00:00:00.000</Data></Cell><Cell ss:Index="3"><Data ss:Type="Number">12.50</Data></Cell></Row>
  <Row><Cell ss:Formula="=R[-1]C"/><Cell><Data ss:Type="Error">#N/A</Data></Cell><Cell><Data ss:Type="Boolean">1</Data></Cell></Row>
 </Table><WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>
</Workbook>"#;
    let found = outcome(xml.as_bytes());
    assert_eq!(found.findings[0].code, "formula_without_value");
    let table = &found.tables[0];
    assert_eq!(
        lines(table),
        [
            "1: Text 一月 | Empty  | Text A&B x",
            "4: Date 2026-03-01 | Empty  | Number 12.5",
            "5: FormulaWithoutValue  | Error #N/A | Bool TRUE",
        ]
    );
    assert!(table.hidden);
    assert_eq!(table.hidden_rows, [4]);
    assert_eq!(table.hidden_columns, [1]);
    assert_eq!(
        (table.merged[0].first_column, table.merged[0].last_column),
        (0, 1)
    );
    assert_eq!(refused(&xml.as_bytes()[..xml.len() - 30]), "damaged");
}

#[test]
fn archives_one_level_deep() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in [
        ("三月/流向.csv", CSV.as_bytes()),
        ("__MACOSX/x", b"x".as_slice()),
        ("说明.pdf", b"%PDF-1.7"),
        ("库存.xls", include_bytes!("fixtures/biff8.xls")),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    let found = outcome(&zip.finish().unwrap().into_inner());
    let names: Vec<_> = found
        .tables
        .iter()
        .map(|t| (t.member.as_deref(), t.sheet_index))
        .collect();
    assert_eq!(
        names,
        [
            (Some("三月/流向.csv"), 0),
            (Some("库存.xls"), 1),
            (Some("库存.xls"), 2)
        ]
    );
    assert_eq!(lines(&found.tables[0]), CSV_LINES);
    assert_eq!(found.findings[0].code, "member_skipped");
    assert_eq!(found.findings[0].place.member.as_deref(), Some("说明.pdf"));

    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&encoded(GB18030, CSV)).unwrap();
    assert_eq!(lines(&read(&gz.finish().unwrap())), CSV_LINES);
}
