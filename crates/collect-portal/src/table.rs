//! The table of a page: its own headings and every row, or why it is not the table that was
//! expected. A row that does not fit is never left out or padded.

use channelflow_model::Sentence;
use scraper::{ElementRef, Html};

use crate::description::List;
use crate::form::{listed, select};
use crate::trouble::Trouble;

/// Columns a cell may span; more is a joke or an attack.
const WIDEST_SPAN: usize = 1_000;

/// Rows a cell may span.
const HIGHEST_SPAN: usize = 10_000;

/// Headings and rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// The headings as the page writes them.
    pub(crate) header: Vec<String>,
    /// One text per heading.
    pub(crate) rows: Vec<Vec<String>>,
}

/// The table of a list on this page; `None` when there is none at all.
pub(crate) fn table(html: &Html, list: &List) -> Result<Option<Table>, Trouble> {
    let candidates: Vec<ElementRef<'_>> = match &list.table {
        Some(css) => css.select(html).collect(),
        None => select(html, "table"),
    };
    let expected = list.headings();
    let mut closest: Option<(usize, Vec<String>)> = None;
    for candidate in &candidates {
        let rows = grid(*candidate, list);
        let header = rows.iter().position(|row| lacks(row, &expected).is_empty());
        if let Some(at) = header {
            return read(&rows, at).map(Some);
        }
        for row in &rows {
            let known = expected.len() - lacks(row, &expected).len();
            if closest.as_ref().is_none_or(|(most, _)| known > *most) {
                closest = Some((known, row.iter().map(|cell| cell.text.clone()).collect()));
            }
        }
    }
    match closest {
        // Any table may stand on a page that says there is nothing.
        Some((known, _)) if known == 0 && list.table.is_none() => Ok(None),
        Some((_, found)) => Err(columns_changed(list, &expected, &found)),
        None => Ok(None),
    }
}

/// The sentence for headings that are not those expected.
pub(crate) fn columns_changed(list: &List, expected: &[String], found: &[String]) -> Trouble {
    let gone: Vec<String> = expected
        .iter()
        .filter(|heading| !found.contains(heading))
        .cloned()
        .collect();
    Trouble::changed(
        Sentence::new("portal_columns")
            .fact("list", &list.name)
            .fact("missing", listed(&gone))
            .fact("found", listed(found)),
    )
}

/// The texts of an element, white space as one space.
pub(crate) fn text_of(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for node in element.descendants() {
        match node.value() {
            scraper::Node::Text(piece) => text.push_str(piece),
            scraper::Node::Element(inner) if matches!(inner.name(), "br" | "p" | "div") => {
                text.push(' ');
            }
            _ => {}
        }
    }
    // Also the no-break space that fills empty cells.
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A cell where it stands after spans are laid out.
#[derive(Debug, Clone)]
struct Cell {
    text: String,
    /// Whether it only repeats the cell before it in its row.
    spanned: bool,
}

/// Rows of a table without those of tables inside it.
fn grid(table: ElementRef<'_>, list: &List) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    // Cells of rows above that reach down: how many rows, by column.
    let mut above: Vec<Option<(usize, Cell)>> = Vec::new();
    let own = table
        .child_elements()
        .flat_map(|child| match child.value().name() {
            "tr" => vec![child],
            "thead" | "tbody" | "tfoot" => child
                .child_elements()
                .filter(|row| row.value().name() == "tr")
                .collect(),
            _ => Vec::new(),
        });
    for row in own {
        let skipped = list.skip.as_ref();
        if skipped.is_some_and(|css| css.is(row)) {
            continue;
        }
        rows.push(laid_out(row, &mut above));
    }
    rows
}

fn laid_out(row: ElementRef<'_>, above: &mut Vec<Option<(usize, Cell)>>) -> Vec<Cell> {
    let mut cells = Vec::new();
    let from_above = |cells: &mut Vec<Cell>, above: &mut Vec<Option<(usize, Cell)>>| {
        while let Some(Some((left, cell))) = above.get_mut(cells.len()) {
            cells.push(cell.clone());
            *left -= 1;
            if *left == 0
                && let Some(place) = above.get_mut(cells.len() - 1)
            {
                *place = None;
            }
        }
    };
    let own = row.child_elements();
    for cell in own.filter(|cell| matches!(cell.value().name(), "td" | "th")) {
        from_above(&mut cells, above);
        let span = |name: &str, most: usize| {
            let told = cell.attr(name).and_then(|text| text.trim().parse().ok());
            told.unwrap_or(1).clamp(1, most)
        };
        let text = text_of(cell);
        let high = span("rowspan", HIGHEST_SPAN);
        for part in 0..span("colspan", WIDEST_SPAN) {
            let laid = Cell {
                text: if part == 0 {
                    text.clone()
                } else {
                    String::new()
                },
                spanned: part > 0,
            };
            let at = cells.len();
            if high > 1 {
                if above.len() <= at {
                    above.resize(at + 1, None);
                }
                if let Some(place) = above.get_mut(at) {
                    *place = Some((high - 1, laid.clone()));
                }
            }
            cells.push(laid);
        }
    }
    from_above(&mut cells, above);
    cells
}

/// Expected headings a row does not have.
fn lacks(row: &[Cell], expected: &[String]) -> Vec<String> {
    let has = |heading: &String| row.iter().any(|cell| cell.text == *heading);
    expected
        .iter()
        .filter(|heading| !has(heading))
        .cloned()
        .collect()
}

fn read(rows: &[Vec<Cell>], header_at: usize) -> Result<Table, Trouble> {
    let texts = |row: &[Cell]| row.iter().map(|cell| cell.text.clone()).collect();
    let mut table = Table::default();
    for (number, row) in rows.iter().enumerate().skip(header_at) {
        if number == header_at {
            table.header = texts(row);
            continue;
        }
        // One cell across everything is a pager or a remark, and a row without cells is nothing.
        let width = table.header.len();
        let across = width > 1 && row.iter().skip(1).all(|cell| cell.spanned);
        if row.is_empty() || (across && row.len() >= width) {
            continue;
        }
        if row.len() != width {
            return Err(Trouble::changed(
                Sentence::new("portal_ragged")
                    .fact("row", number - header_at)
                    .fact("cells", row.len())
                    .fact("columns", width),
            ));
        }
        if row.iter().any(|cell| cell.text.contains('\u{fffd}')) {
            return Err(Trouble::changed(
                Sentence::new("portal_encoding").fact("row", number - header_at),
            ));
        }
        table.rows.push(texts(row));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(more: &str) -> List {
        let text = format!("name = '销售'\npage = 'x'\ncolumns = ['日期', '数量']\n{more}");
        toml::from_str(&text).unwrap()
    }

    fn read_of(html: &str, more: &str) -> Result<Option<Table>, String> {
        table(&Html::parse_document(html), &list(more)).map_err(|trouble| match trouble {
            Trouble::Failed(error) => error.sentence.to_string(),
            other => format!("{other:?}"),
        })
    }

    const ROWS: &str = "<table><tr><td>菜单</td></tr></table>\
        <table class=g><tr><td colspan=3>销售流水</td></tr><tr><th>日期</th><th> 客户<br>名称</th><th>数量</th></tr>\
        <tr><td rowspan=2>2026-02-01</td><td>甲&nbsp;</td><td>1</td></tr><tr><td><table><tr><td>乙</td></tr></table></td>\
        <td>&nbsp;</td></tr><tr class=sum><td>合计</td><td></td><td>1</td></tr>\
        <tr><td colspan=3><a href=x>下一页</a></td></tr></table>";

    #[test]
    fn rows_under_the_tables_own_headings() {
        let found = read_of(ROWS, "skip = '.sum'").unwrap().unwrap();
        assert_eq!(found.header, ["日期", "客户 名称", "数量"]);
        assert_eq!(
            found.rows,
            [["2026-02-01", "甲", "1"], ["2026-02-01", "乙", ""]]
        );
        assert_eq!(read_of(ROWS, "").unwrap().unwrap().rows.len(), 3);
    }

    #[test]
    fn a_changed_table_is_said_and_never_padded() {
        let renamed = ROWS.replace("<th>数量", "<th>出库数");
        let said = read_of(&renamed, "table = '.g'").unwrap_err();
        assert!(said.contains("数量") && said.contains("出库数"), "{said}");
        let ragged = ROWS.replace("<td>甲&nbsp;</td>", "");
        assert!(read_of(&ragged, "").unwrap_err().contains('2'));
        let wrong = ROWS.replace('甲', "\u{fffd}");
        assert!(read_of(&wrong, "").is_err());
        assert_eq!(
            read_of("<table><tr><td>没有数据</td></tr></table>", ""),
            Ok(None)
        );
        assert_eq!(read_of("<p>没有数据</p>", "table = '.g'"), Ok(None));
    }
}
