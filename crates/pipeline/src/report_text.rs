//! The report as a person reads it in a terminal or a mail, in Chinese or English.

use std::fmt::Write as _;

use channelflow_model::finding::{Finding, Severity};
use channelflow_model::messages::{Lang, label, say, word};

use crate::completeness_text;
use crate::report::{FileReport, FileState, MasterReport, RowCounts, RunReport};
use crate::report_sources;
use crate::run_settlement;
use crate::table::{Align, Table, count};

/// How many rows of a long list are shown before the rest is counted.
const SHOWN: usize = 12;

/// The whole report, ending with a line feed.
pub fn render(report: &RunReport, lang: Lang) -> String {
    let mut text = String::new();
    heading(&mut text, report, lang);
    master(&mut text, report, lang);
    report_sources::sources(&mut text, report, lang);
    files(&mut text, report, lang);
    controls(&mut text, report, lang);
    by_rule(&mut text, report, lang);
    held(&mut text, report, lang);
    restatements(&mut text, report, lang);
    missing(&mut text, report, lang);
    if let Some(measured) = &report.completeness {
        text.push('\n');
        text.push_str(&completeness_text::section(measured, lang));
    }
    noticed(&mut text, report, lang);
    report_sources::effects(&mut text, report, lang);
    if let Some(settled) = &report.settlement {
        text.push('\n');
        text.push_str(&run_settlement::text(settled, lang));
    }
    text
}

/// One sentence of accounting: `1,204 rows in = 1,001 loaded + …`.
pub fn equation(rows: &RowCounts, lang: Lang) -> String {
    say(
        lang,
        if rows.balances() {
            "report_equation"
        } else {
            "report_equation_broken"
        },
        &[
            ("rows_in", &count(rows.rows_in)),
            ("loaded", &count(rows.loaded)),
            ("unchanged", &count(rows.unchanged)),
            ("held", &count(rows.held_total())),
            ("dropped", &count(rows.dropped_total())),
        ],
    )
}

/// `dropped: header 49 · totals 18`; none when nothing was dropped.
pub(crate) fn dropped(rows: &RowCounts, lang: Lang) -> Option<String> {
    let reasons: Vec<String> = rows
        .dropped
        .iter()
        .map(|(reason, rows)| format!("{} {}", word(lang, "drop", reason), count(*rows)))
        .collect();
    (!reasons.is_empty())
        .then(|| format!("{} {}", label(lang, "report_dropped"), reasons.join(" · ")))
}

/// What became of the rows of one file, a line for each reason; empty when none were counted.
pub fn row_table(rows: &RowCounts, lang: Lang) -> String {
    if rows.rows_in == 0 {
        return String::new();
    }
    let title = label(lang, "column_rows");
    let mut table = Table::new([("", Align::Left), (title.as_str(), Align::Right)]);
    for (code, number) in [
        ("column_rows_in", rows.rows_in),
        ("column_loaded", rows.loaded),
        ("column_unchanged", rows.unchanged),
    ] {
        table.row([label(lang, code), count(number)]);
    }
    for (code, group, reasons) in [
        ("column_held", "hold", &rows.held),
        ("column_dropped", "drop", &rows.dropped),
    ] {
        for (reason, number) in reasons {
            let what = format!("{} · {}", label(lang, code), word(lang, group, reason));
            table.row([what, count(*number)]);
        }
    }
    table.render("  ")
}

fn title(text: &mut String, lang: Lang, code: &str) {
    let _ = writeln!(text, "\n{}", label(lang, code));
}

fn heading(text: &mut String, report: &RunReport, lang: Lang) {
    let run = report
        .run_id
        .map_or_else(|| label(lang, "report_preview"), |id| format!("#{id}"));
    let _ = writeln!(
        text,
        "{}",
        say(
            lang,
            "report_heading",
            &[
                ("company", &report.company),
                ("run", &run),
                ("at", &report.started_at)
            ],
        )
    );
    if report.dry_run {
        let _ = writeln!(text, "{}", label(lang, "report_dry_run"));
    }
    if report.interrupted {
        let _ = writeln!(text, "{}", label(lang, "report_interrupted"));
    }
}

fn master(text: &mut String, report: &RunReport, lang: Lang) {
    let changed: Vec<&MasterReport> = report.master.iter().filter(|file| file.matters()).collect();
    if changed.is_empty() {
        return;
    }
    title(text, lang, "report_master");
    for master in changed {
        let _ = writeln!(
            text,
            "  {}",
            say(
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
            )
        );
        for finding in master.findings.iter().take(SHOWN) {
            write_finding(text, finding, lang, "    ");
        }
    }
}

fn files(text: &mut String, report: &RunReport, lang: Lang) {
    if report.files.is_empty() {
        let _ = writeln!(
            text,
            "\n{}",
            say(
                lang,
                "report_nothing_new",
                &[("seen", &count(report.seen_before))]
            )
        );
        return;
    }
    title(text, lang, "report_files");
    let columns = [
        "column_distributor",
        "column_file",
        "column_state",
        "column_rows_in",
        "column_loaded",
        "column_unchanged",
        "column_held",
        "column_dropped",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (columns[0].as_str(), Align::Left),
        (columns[1].as_str(), Align::Left),
        (columns[2].as_str(), Align::Left),
        (columns[3].as_str(), Align::Right),
        (columns[4].as_str(), Align::Right),
        (columns[5].as_str(), Align::Right),
        (columns[6].as_str(), Align::Right),
        (columns[7].as_str(), Align::Right),
    ]);
    for file in &report.files {
        table.row(file_row(file, lang));
    }
    table.row(row_of(
        &label(lang, "report_total"),
        &say(lang, "report_file_count", &[("files", &report.files.len())]),
        "",
        &report.rows,
    ));
    text.push_str(&table.render("  "));
    let _ = writeln!(text, "\n  {}", equation(&report.rows, lang));
    if report.seen_before > 0 {
        let _ = writeln!(
            text,
            "  {}",
            say(
                lang,
                "report_seen_before",
                &[("seen", &count(report.seen_before))]
            )
        );
    }
    if let Some(dropped) = dropped(&report.rows, lang) {
        let _ = writeln!(text, "  {dropped}");
    }
}

fn file_row(file: &FileReport, lang: Lang) -> [String; 8] {
    let state = label(lang, &format!("state_{}", file.state.as_str()));
    let distributor = file
        .distributor_id
        .clone()
        .unwrap_or_else(|| "?".to_owned());
    if !file.rows_counted() {
        let none = || "–".to_owned();
        return [
            distributor,
            file.file.clone(),
            state,
            none(),
            none(),
            none(),
            none(),
            none(),
        ];
    }
    row_of(&distributor, &file.file, &state, &file.rows)
}

fn row_of(distributor: &str, file: &str, state: &str, rows: &RowCounts) -> [String; 8] {
    [
        distributor.to_owned(),
        file.to_owned(),
        state.to_owned(),
        count(rows.rows_in),
        count(rows.loaded),
        count(rows.unchanged),
        count(rows.held_total()),
        count(rows.dropped_total()),
    ]
}

fn controls(text: &mut String, report: &RunReport, lang: Lang) {
    let (agreeing, all) = report.controls();
    if all > 0 {
        let _ = writeln!(
            text,
            "  {}",
            say(
                lang,
                "report_controls",
                &[("agreeing", &agreeing), ("all", &all)]
            )
        );
    }
}

fn by_rule(text: &mut String, report: &RunReport, lang: Lang) {
    if report.accepted_by_rule.is_empty() {
        return;
    }
    title(text, lang, "report_by_rule");
    for rule in &report.accepted_by_rule {
        let said = say(
            lang,
            "report_by_rule_line",
            &[
                ("kind", &word(lang, "kind", rule.kind.as_str())),
                ("class", &word(lang, "class", &rule.class)),
                ("code", &rule.class),
                ("names", &count(rule.names)),
                ("rows", &count(rule.rows)),
                ("amount", &rule.amount.to_money()),
            ],
        );
        let _ = writeln!(text, "  {said}");
    }
}

fn held(text: &mut String, report: &RunReport, lang: Lang) {
    if report.resolved_rows > 0 {
        let _ = writeln!(
            text,
            "\n{}",
            say(
                lang,
                "report_resolved",
                &[("rows", &count(report.resolved_rows))]
            )
        );
    }
    if report.held_rows == 0 {
        return;
    }
    let _ = writeln!(
        text,
        "\n{}",
        say(
            lang,
            "report_held",
            &[
                ("rows", &count(report.held_rows)),
                ("amount", &report.held_amount.to_money())
            ],
        )
    );
    let columns = [
        "column_reason",
        "column_distributor",
        "column_name",
        "column_rows",
        "column_amount",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (columns[0].as_str(), Align::Left),
        (columns[1].as_str(), Align::Left),
        (columns[2].as_str(), Align::Left),
        (columns[3].as_str(), Align::Right),
        (columns[4].as_str(), Align::Right),
    ]);
    for held in report.held.iter().take(SHOWN) {
        table.row([
            label(lang, &format!("hold_{}", held.reason)),
            held.distributor_id.clone(),
            held.name.clone(),
            count(held.rows),
            held.amount.to_money(),
        ]);
    }
    text.push_str(&table.render("  "));
    more(text, report.held.len(), lang);
}

fn restatements(text: &mut String, report: &RunReport, lang: Lang) {
    if report.restatements.is_empty() {
        return;
    }
    title(text, lang, "report_restatements");
    for change in report.restatements.iter().take(SHOWN) {
        let _ = writeln!(
            text,
            "  {}",
            say(
                lang,
                if change.late > 0 {
                    "report_restatement_late"
                } else {
                    "report_restatement"
                },
                &[
                    ("distributor", &change.distributor_id),
                    ("kind", &label(lang, &format!("kind_{}", change.kind))),
                    ("first", &change.range.first),
                    ("last", &change.range.last),
                    ("days", &change.days),
                    ("added", &count(change.added)),
                    ("closed", &count(change.closed)),
                    ("late", &count(change.late)),
                    ("amount", &change.amount_change.to_money()),
                    ("submission", &change.submission_id),
                ],
            )
        );
    }
    more(text, report.restatements.len(), lang);
}

fn missing(text: &mut String, report: &RunReport, lang: Lang) {
    if report.missing.is_empty() {
        return;
    }
    title(text, lang, "report_missing");
    for missing in &report.missing {
        let _ = writeln!(
            text,
            "  {}  {}  {}  {}",
            missing.period,
            missing.distributor_id,
            missing.distributor_name,
            label(lang, &format!("kind_{}", missing.kind)),
        );
    }
}

fn noticed(text: &mut String, report: &RunReport, lang: Lang) {
    let shown = |finding: &&Finding| finding.severity != Severity::Info;
    let mut begun = false;
    for file in &report.files {
        // About a file without lines of its own the small things are the answer.
        let quiet = matches!(file.state, FileState::Duplicate | FileState::Empty);
        let findings: Vec<&Finding> = file
            .findings
            .iter()
            .filter(|finding| quiet || shown(finding))
            .collect();
        if findings.is_empty() {
            continue;
        }
        if !begun {
            title(text, lang, "report_noticed");
            begun = true;
        }
        let _ = writeln!(text, "  {}", file.file);
        for finding in findings {
            write_finding(text, &within(finding, &file.file), lang, "    ");
        }
    }
    for finding in report.findings.iter().filter(shown) {
        if !begun {
            title(text, lang, "report_noticed");
            begun = true;
        }
        write_finding(text, finding, lang, "  ");
    }
}

/// The finding without the name of the file it is listed under.
fn within(finding: &Finding, file: &str) -> Finding {
    let mut finding = finding.clone();
    if finding.place.file.as_deref() == Some(file) {
        finding.place.file = None;
    }
    finding
}

/// One finding with its place and hint, ending with a line feed.
pub fn write_finding(text: &mut String, finding: &Finding, lang: Lang, indent: &str) {
    let mark = match finding.severity {
        Severity::Error => "✗",
        Severity::Warning => "!",
        Severity::Info => "·",
    };
    let place = finding.place.text(lang);
    let place = if place.is_empty() {
        place
    } else {
        format!("{place}: ")
    };
    let _ = writeln!(text, "{indent}{mark} {place}{}", finding.text(lang));
    if let Some(hint) = finding.hint(lang) {
        let _ = writeln!(text, "{indent}  {}: {hint}", label(lang, "report_hint"));
    }
}

fn more(text: &mut String, all: usize, lang: Lang) {
    if all > SHOWN {
        let _ = writeln!(
            text,
            "  {}",
            say(lang, "report_more", &[("rest", &(all - SHOWN))])
        );
    }
}
