//! A statement as one self-contained page, laid out for A4: summary, lines, steps, and the first
//! records as an appendix. No script, no request to anywhere.

mod records;

use askama::Template;
use channelflow_model::Micros;
use channelflow_model::messages::{Lang, label, say, word};
use channelflow_settle::evaluate::{money, number};
use rust_decimal::Decimal;

use crate::statement_paper::{Paper, PaperPart};
use crate::table::count;

/// Most characters of a code or lot that is kept on one line.
const MOST_IN_CODE: usize = 20;
/// Who signs.
const SIGNATURES: [&str; 4] = [
    "paper_prepared",
    "paper_checked",
    "paper_approved",
    "paper_counterparty",
];

#[derive(Template)]
#[template(path = "statement.html")]
struct Page {
    lang_code: &'static str,
    company: String,
    title: String,
    number: String,
    running: String,
    foot: String,
    notices: Vec<String>,
    facts: Vec<(String, String)>,
    policies: Sheet,
    total: (String, String),
    capitals: (String, String),
    signatures: Vec<String>,
    date: String,
    how_title: String,
    how: Vec<(String, String)>,
    hashes_title: String,
    hashes: Vec<(String, String)>,
    lines: Sheet,
    steps: Sheet,
    appendices: Vec<Sheet>,
}

/// A table with its heading.
#[derive(Default)]
struct Sheet {
    title: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
    notes: Vec<String>,
}

struct Column {
    title: String,
    right: bool,
}

struct Row {
    cells: Vec<Cell>,
    /// `sum`, `group`, or nothing.
    class: &'static str,
}

struct Cell {
    text: String,
    /// `n`: a number; `k`: kept on one line.
    class: &'static str,
    span: usize,
}

/// The page as HTML.
pub fn render(paper: &Paper, lang: Lang) -> Result<String, askama::Error> {
    let title = |code| label(lang, code);
    let head = &paper.head;
    let about = [("number", &head.number as &dyn std::fmt::Display)];
    let facts = [
        ("paper_number", head.number.clone()),
        ("paper_period", head.period.to_string()),
        ("paper_party", paper.party()),
        ("paper_state", paper.state(lang)),
    ];
    let how = paper.how(lang).into_iter();
    let mut how: Vec<(String, String)> = how.map(|(name, fact)| (name, fact.text())).collect();
    how.push((title("paper_decided"), paper.decided()));
    Page {
        lang_code: if lang == Lang::Zh { "zh-CN" } else { "en" },
        company: paper.company.clone(),
        title: title("paper_title"),
        number: head.number.clone(),
        running: in_css(&head.number),
        foot: page_number(lang),
        notices: paper.notices(lang),
        facts: facts.map(|(code, text)| (title(code), text)).into(),
        policies: policies(paper, lang),
        total: (title("paper_total"), paper.total(lang)),
        capitals: (title("paper_capitals"), paper.total_in_capitals(lang)),
        signatures: SIGNATURES.map(title).into(),
        date: title("paper_date"),
        how_title: title("paper_how"),
        how,
        hashes_title: say(lang, "paper_hashes", &about),
        hashes: paper.hashes(lang),
        lines: lines(paper, lang),
        steps: steps(paper, lang),
        appendices: records::appendices(paper, lang),
    }
    .render()
}

/// A text as the content of a style sheet's string: anything that could end it is left out.
fn in_css(text: &str) -> String {
    let kept = |sign: &char| sign.is_alphanumeric() || matches!(sign, '-' | '_' | '.' | ' ');
    text.chars().filter(kept).collect()
}

/// `"page " counter(page) " of " counter(pages)`, as a style sheet writes it.
fn page_number(lang: Lang) -> String {
    let marks = say(
        lang,
        "paper_page",
        &[("page", &"\u{1}"), ("pages", &"\u{2}")],
    );
    let quoted = marks
        .replace('\u{1}', "\" counter(page) \"")
        .replace('\u{2}', "\" counter(pages) \"");
    format!("\"{quoted}\"")
}

fn columns(lang: Lang, codes: &[(&str, bool)]) -> Vec<Column> {
    let column = |(code, right): &(&str, bool)| Column {
        title: label(lang, code),
        right: *right,
    };
    codes.iter().map(column).collect()
}

fn cell(text: impl Into<String>, class: &'static str, span: usize) -> Cell {
    Cell {
        text: text.into(),
        class,
        span,
    }
}

fn text(text: impl Into<String>) -> Cell {
    cell(text, "", 1)
}

fn kept(text: impl Into<String>) -> Cell {
    cell(text, "k", 1)
}

/// A code stays on one line unless it is a long one.
fn short(text: &str) -> Cell {
    cell(
        text,
        if text.chars().count() <= MOST_IN_CODE {
            "k"
        } else {
            ""
        },
        1,
    )
}

fn figure(text: impl Into<String>) -> Cell {
    cell(text, "n", 1)
}

fn wide(text: impl Into<String>, span: usize) -> Cell {
    cell(text, "", span)
}

fn row(cells: Vec<Cell>, class: &'static str) -> Row {
    Row { cells, class }
}

/// An amount, or the word for one that is held.
fn amount(held: bool, amount: Micros, lang: Lang) -> Cell {
    figure(if held {
        label(lang, "paper_held_mark")
    } else {
        amount.to_money()
    })
}

fn policies(paper: &Paper, lang: Lang) -> Sheet {
    let mut rows = Vec::new();
    for it in &paper.parts {
        for (at, (kind, records, based_on)) in it.bases(lang).into_iter().enumerate() {
            let mut cells = vec![
                figure(it.part.part_no.to_string()),
                short(&it.part.policy),
                text(&it.part.policy_name),
                kept(it.span(lang)),
            ];
            if at > 0 {
                cells = vec![wide("", 4)];
            }
            cells.push(kept(kind));
            cells.push(figure(count(records)));
            cells.push(figure(based_on.map(money).unwrap_or_default()));
            cells.push(if at > 0 {
                text("")
            } else {
                amount(it.is_held(), it.part.total, lang)
            });
            rows.push(row(cells, ""));
        }
    }
    let total = figure(paper.head.total.to_money());
    rows.push(row(vec![wide(label(lang, "paper_sum"), 7), total], "sum"));
    Sheet {
        title: label(lang, "paper_policies"),
        columns: columns(
            lang,
            &[
                ("paper_no", true),
                ("paper_policy", false),
                ("paper_policy_name", false),
                ("paper_span", false),
                ("paper_based_kind", false),
                ("paper_count", true),
                ("paper_based_on", true),
                ("paper_amount", true),
            ],
        ),
        rows,
        notes: Vec::new(),
    }
}

/// The heading of a part within a table.
fn group(it: &PaperPart, columns: usize, lang: Lang) -> Row {
    let part = &it.part;
    let title = format!(
        "{}  {} {} · {}",
        part.part_no,
        part.policy,
        part.policy_name,
        it.span(lang)
    );
    row(vec![wide(title, columns)], "group")
}

fn lines(paper: &Paper, lang: Lang) -> Sheet {
    let mut rows = Vec::new();
    for it in &paper.parts {
        rows.push(group(it, 6, lang));
        for line in &it.part.lines {
            let counted = it.counted(line);
            rows.push(row(
                vec![
                    figure(line.line_no.to_string()),
                    kept(word(lang, "policy_line", &line.kind)),
                    text(&line.name),
                    figure(before_rounding(&line.exact)),
                    amount(counted.is_none(), counted.unwrap_or_default(), lang),
                    text(it.reason(line, lang)),
                ],
                "",
            ));
        }
        let sum = say(lang, "paper_subtotal", &[("part", &it.part.part_no)]);
        let total = figure(it.part.total.to_money());
        rows.push(row(vec![wide(sum, 4), total, text("")], "sum"));
    }
    let total = figure(paper.head.total.to_money());
    let cells = vec![wide(label(lang, "paper_sum"), 4), total, text("")];
    rows.push(row(cells, "sum"));
    Sheet {
        title: label(lang, "paper_sheet_lines"),
        columns: columns(
            lang,
            &[
                ("paper_line", true),
                ("paper_kind", false),
                ("paper_reward", false),
                ("paper_exact", true),
                ("paper_yuan", true),
                ("paper_reason", false),
            ],
        ),
        rows,
        notes: Vec::new(),
    }
}

/// An exact amount with two decimals at least, and every digit it has.
fn before_rounding(exact: &str) -> String {
    match exact.parse::<Decimal>().map(|it| it.normalize()) {
        Ok(amount) if amount.scale() <= 6 => money(amount),
        Ok(amount) => amount.to_string(),
        Err(_) => exact.to_owned(),
    }
}

fn steps(paper: &Paper, lang: Lang) -> Sheet {
    let shown = |value: Option<Decimal>| figure(value.map(number).unwrap_or_default());
    let mut rows = Vec::new();
    for it in &paper.parts {
        rows.push(group(it, 5, lang));
        for step in it.evaluation.iter().flat_map(|it| &it.steps) {
            rows.push(row(
                vec![
                    kept(step.stage.label(lang)),
                    text(step.reward.clone().unwrap_or_default()),
                    text(step.text(lang)),
                    shown(step.before),
                    shown(step.after),
                ],
                "",
            ));
        }
    }
    Sheet {
        title: label(lang, "paper_sheet_steps"),
        columns: columns(
            lang,
            &[
                ("paper_stage", false),
                ("paper_reward", false),
                ("paper_says", false),
                ("paper_before", true),
                ("paper_after", true),
            ],
        ),
        rows,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement_paper::tests::{paper, part};

    #[test]
    fn texts_are_escaped_and_a_held_line_is_named() {
        let evil = "<script>alert(1)</script>";
        let mut paper = paper(vec![part(evil, &[("\"><img>", None)])]);
        paper.head.number = "2026-02-\"}</style><b>-1".to_owned();
        for lang in [Lang::Zh, Lang::En] {
            let page = render(&paper, lang).unwrap();
            for bad in ["<script", "<img", "<b>-1", "}</style><b"] {
                assert!(!page.contains(bad), "{bad}\n{page}");
            }
            assert!(page.contains(if lang == Lang::Zh { "待定" } else { "held" }));
            assert!(page.contains("人民币壹万贰仟叁佰肆拾伍元陆角整"));
        }
    }

    #[test]
    fn amounts_before_rounding_keep_every_digit() {
        for (exact, shown) in [
            ("560.0", "560.00"),
            ("1144.0580", "1,144.058"),
            ("185.30973451327", "185.30973451327"),
            ("", ""),
        ] {
            assert_eq!(before_rounding(exact), shown);
        }
    }

    #[test]
    fn the_page_number_is_a_string_of_the_style_sheet() {
        assert_eq!(
            page_number(Lang::En),
            "\"page \" counter(page) \" of \" counter(pages) \"\""
        );
        assert_eq!(in_css("2026-02-D\"1\\;}-1"), "2026-02-D1-1");
    }
}
