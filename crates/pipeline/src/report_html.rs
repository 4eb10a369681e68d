//! The report as one self-contained page: no script, no request to anywhere, light and dark.

mod by_rule;
mod settlement;
mod sources;

use askama::Template;
use channelflow_model::finding::{Finding, Severity};
use channelflow_model::messages::{Lang, label, say, word};

use crate::report::{FileReport, FileState, RunReport};
use crate::report_sources::effect_lines;
use crate::report_text::{dropped, equation};
use crate::table::count;

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    lang_code: &'static str,
    heading: String,
    notes: Vec<String>,
    equation: String,
    dropped: String,
    balanced: bool,
    tiles: Vec<Tile>,
    sections: Vec<Section>,
    hint_label: String,
}

struct Tile {
    label: String,
    value: String,
    tone: &'static str,
}

#[derive(Default)]
struct Section {
    title: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
    groups: Vec<Group>,
}

struct Column {
    title: String,
    number: bool,
}

struct Row {
    cells: Vec<Cell>,
    sum: bool,
}

struct Cell {
    text: String,
    number: bool,
    tone: &'static str,
}

struct Group {
    title: String,
    items: Vec<Item>,
}

struct Item {
    severity: &'static str,
    place: String,
    text: String,
    hint: String,
}

/// The page as HTML.
pub fn render(report: &RunReport, lang: Lang) -> Result<String, askama::Error> {
    let run = report
        .run_id
        .map_or_else(|| label(lang, "report_preview"), |id| format!("#{id}"));
    let told = [
        (report.dry_run, "report_dry_run"),
        (report.interrupted, "report_interrupted"),
    ];
    let told = told.into_iter().filter(|(holds, _)| *holds);
    let mut notes: Vec<String> = told.map(|(_, code)| label(lang, code)).collect();
    if let Some(effect) = report.effect.as_ref().filter(|effect| effect.is_any()) {
        notes.extend(effect_lines(effect, lang));
    }
    if report.seen_before > 0 {
        notes.push(say(
            lang,
            "report_seen_before",
            &[("seen", &count(report.seen_before))],
        ));
    }
    let sections = [
        master(report, lang),
        sources::section(report, lang),
        files(report, lang),
        by_rule::section(report, lang),
        held(report, lang),
        restatements(report, lang),
        missing(report, lang),
        noticed(report, lang),
        settlement::achievement(report, lang),
        settlement::statements(report, lang),
    ];
    Page {
        lang_code: if lang == Lang::Zh { "zh-CN" } else { "en" },
        heading: say(
            lang,
            "report_heading",
            &[
                ("company", &report.company),
                ("run", &run),
                ("at", &report.started_at),
            ],
        ),
        notes,
        equation: equation(&report.rows, lang),
        dropped: dropped(&report.rows, lang).unwrap_or_default(),
        balanced: report.rows.balances(),
        tiles: tiles(report, lang),
        sections: sections.into_iter().flatten().collect(),
        hint_label: label(lang, "report_hint"),
    }
    .render()
}

fn tiles(report: &RunReport, lang: Lang) -> Vec<Tile> {
    let to_do = report
        .files
        .iter()
        .filter(|file| file.needs_action())
        .count();
    let (agreeing, controls) = report.controls();
    let tone = |bad: bool, tone: &'static str| if bad { tone } else { "good" };
    vec![
        Tile {
            label: label(lang, "report_files"),
            value: count(report.files.len() as u64),
            tone: "",
        },
        Tile {
            label: label(lang, "column_loaded"),
            value: count(report.rows.loaded),
            tone: "",
        },
        Tile {
            label: label(lang, "tile_held_rows"),
            value: count(report.held_rows),
            tone: tone(report.held_rows > 0, "warn"),
        },
        Tile {
            label: label(lang, "tile_held_amount"),
            value: report.held_amount.to_money(),
            tone: tone(report.held_rows > 0, "warn"),
        },
        Tile {
            label: label(lang, "tile_files_to_do"),
            value: count(to_do as u64),
            tone: tone(to_do > 0, "bad"),
        },
        Tile {
            label: label(lang, "report_missing"),
            value: count(report.missing.len() as u64),
            tone: tone(!report.missing.is_empty(), "bad"),
        },
        Tile {
            label: label(lang, "tile_controls"),
            value: format!("{agreeing} / {controls}"),
            tone: tone(agreeing < controls, "bad"),
        },
    ]
}

fn columns<const N: usize>(lang: Lang, codes: [(&str, bool); N]) -> Vec<Column> {
    codes
        .map(|(code, number)| Column {
            title: label(lang, code),
            number,
        })
        .into()
}

fn text(text: impl Into<String>) -> Cell {
    Cell {
        text: text.into(),
        number: false,
        tone: "",
    }
}

fn number(number: u64) -> Cell {
    Cell {
        text: count(number),
        number: true,
        tone: "",
    }
}

fn money(amount: channelflow_model::Micros) -> Cell {
    Cell {
        text: amount.to_money(),
        number: true,
        tone: "",
    }
}

fn master(report: &RunReport, lang: Lang) -> Option<Section> {
    let items = |findings: &[Finding]| findings.iter().map(|finding| item(finding, lang)).collect();
    let groups: Vec<Group> = report
        .master
        .iter()
        .filter(|master| master.matters())
        .map(|master| Group {
            title: say(
                lang,
                master.sentence(),
                &[
                    ("file", &master.file),
                    ("kind", &label(lang, &format!("master_{}", master.kind))),
                    ("added", &count(master.added)),
                    ("changed", &count(master.changed)),
                    ("unchanged", &count(master.unchanged)),
                    ("absent", &count(master.absent)),
                    ("removed", &count(master.removed)),
                    ("problems", &master.findings.len()),
                ],
            ),
            items: items(&master.findings),
        })
        .collect();
    (!groups.is_empty()).then(|| Section {
        title: label(lang, "report_master"),
        groups,
        ..Section::default()
    })
}

fn files(report: &RunReport, lang: Lang) -> Option<Section> {
    let mut rows: Vec<Row> = report
        .files
        .iter()
        .map(|file| Row {
            cells: file_cells(file, lang),
            sum: false,
        })
        .collect();
    rows.push(Row {
        cells: vec![
            text(label(lang, "report_total")),
            text(say(
                lang,
                "report_file_count",
                &[("files", &report.files.len())],
            )),
            text(""),
            text(""),
            number(report.rows.rows_in),
            number(report.rows.loaded),
            number(report.rows.unchanged),
            number(report.rows.held_total()),
            number(report.rows.dropped_total()),
        ],
        sum: true,
    });
    (!report.files.is_empty()).then(|| Section {
        title: label(lang, "report_files"),
        columns: columns(
            lang,
            [
                ("column_distributor", false),
                ("column_file", false),
                ("column_format", false),
                ("column_state", false),
                ("column_rows_in", true),
                ("column_loaded", true),
                ("column_unchanged", true),
                ("column_held", true),
                ("column_dropped", true),
            ],
        ),
        rows,
        ..Section::default()
    })
}

fn file_cells(file: &FileReport, lang: Lang) -> Vec<Cell> {
    let owner = match (&file.distributor_id, &file.distributor_name) {
        (Some(id), Some(name)) => format!("{id} {name}"),
        (Some(id), None) => id.clone(),
        (None, _) => "?".to_owned(),
    };
    let tone = match file.state {
        FileState::Loaded | FileState::Unchanged => "good",
        FileState::Duplicate | FileState::Empty => "warn",
        _ => "bad",
    };
    vec![
        text(owner),
        text(&file.file),
        text(format_in_words(&file.format, lang)),
        Cell {
            text: label(lang, &format!("state_{}", file.state.as_str())),
            number: false,
            tone,
        },
        counted(file, file.rows.rows_in),
        counted(file, file.rows.loaded),
        counted(file, file.rows.unchanged),
        counted(file, file.rows.held_total()),
        counted(file, file.rows.dropped_total()),
    ]
}

/// `csv, GB18030, comma` with its words in the reader's language.
fn format_in_words(format: &str, lang: Lang) -> String {
    let words: Vec<String> = format
        .split(", ")
        .map(|part| word(lang, "format", part))
        .collect();
    words.join(", ")
}

/// A count of rows, or a dash for a file whose rows were not counted.
fn counted(file: &FileReport, rows: u64) -> Cell {
    if file.rows_counted() {
        number(rows)
    } else {
        Cell {
            text: "–".to_owned(),
            number: true,
            tone: "",
        }
    }
}

fn held(report: &RunReport, lang: Lang) -> Option<Section> {
    let rows = report
        .held
        .iter()
        .map(|held| Row {
            cells: vec![
                text(label(lang, &format!("hold_{}", held.reason))),
                text(&held.distributor_id),
                text(&held.name),
                number(held.rows),
                money(held.amount),
            ],
            sum: false,
        })
        .collect();
    (!report.held.is_empty()).then(|| Section {
        title: say(
            lang,
            "report_held",
            &[
                ("rows", &count(report.held_rows)),
                ("amount", &report.held_amount.to_money()),
            ],
        ),
        columns: columns(
            lang,
            [
                ("column_reason", false),
                ("column_distributor", false),
                ("column_name", false),
                ("column_rows", true),
                ("column_amount", true),
            ],
        ),
        rows,
        ..Section::default()
    })
}

fn restatements(report: &RunReport, lang: Lang) -> Option<Section> {
    let rows = report
        .restatements
        .iter()
        .map(|change| Row {
            cells: vec![
                text(&change.distributor_id),
                text(label(lang, &format!("kind_{}", change.kind))),
                text(change.range.to_string()),
                number(change.days),
                number(change.added),
                number(change.closed),
                number(change.late),
                money(change.amount_change),
            ],
            sum: false,
        })
        .collect();
    (!report.restatements.is_empty()).then(|| Section {
        title: label(lang, "report_restatements"),
        columns: columns(
            lang,
            [
                ("column_distributor", false),
                ("column_kind", false),
                ("column_days", false),
                ("column_days_changed", true),
                ("column_added", true),
                ("column_closed", true),
                ("column_late", true),
                ("column_amount_change", true),
            ],
        ),
        rows,
        ..Section::default()
    })
}

fn missing(report: &RunReport, lang: Lang) -> Option<Section> {
    let rows = report
        .missing
        .iter()
        .map(|missing| Row {
            cells: vec![
                text(&missing.period),
                text(format!(
                    "{} {}",
                    missing.distributor_id, missing.distributor_name
                )),
                text(label(lang, &format!("kind_{}", missing.kind))),
            ],
            sum: false,
        })
        .collect();
    (!report.missing.is_empty()).then(|| Section {
        title: label(lang, "report_missing"),
        columns: columns(
            lang,
            [
                ("column_period", false),
                ("column_distributor", false),
                ("column_kind", false),
            ],
        ),
        rows,
        ..Section::default()
    })
}

fn noticed(report: &RunReport, lang: Lang) -> Option<Section> {
    let group = |title: String, findings: &[Finding]| Group {
        title,
        items: findings.iter().map(|finding| item(finding, lang)).collect(),
    };
    let mut groups: Vec<Group> = report
        .files
        .iter()
        .filter(|file| !file.findings.is_empty())
        .map(|file| {
            let owner = file.distributor_id.as_deref().unwrap_or("?");
            group(format!("{owner} {}", file.file), &file.findings)
        })
        .collect();
    if !report.findings.is_empty() {
        groups.insert(0, group(String::new(), &report.findings));
    }
    (!groups.is_empty()).then(|| Section {
        title: label(lang, "report_noticed"),
        groups,
        ..Section::default()
    })
}

fn item(finding: &Finding, lang: Lang) -> Item {
    Item {
        severity: match finding.severity {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        },
        place: finding.place.text(lang),
        text: finding.text(lang),
        hint: finding.hint(lang).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_from_files_are_escaped() {
        let mut report = RunReport::new("<script>alert(1)</script>", "2026-03-02", false);
        report.push(FileReport::new(
            "inbox",
            "D01/\"><img>.xlsx",
            FileState::Refused,
        ));
        let page = render(&report, Lang::Zh).unwrap();
        assert!(
            !page.contains("<script>") && !page.contains("<img>"),
            "{page}"
        );
        assert!(page.contains("拒收") && page.contains("zh-CN"));
    }
}
