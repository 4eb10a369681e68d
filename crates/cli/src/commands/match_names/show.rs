//! What `match` prints: figures, thresholds, one name part by part.

use std::fmt::Write as _;

use channelflow_matching::certify::Certificate;
use channelflow_matching::explain::agreement;
use channelflow_matching::rate::Rate;
use channelflow_matching::{Answer, Decision, Evidence};
use channelflow_model::Lang;
use channelflow_model::messages::{label, say, word};
use channelflow_pipeline::table::{Align, Table};
use serde::Serialize;

pub use channelflow_pipeline::table::count;

use super::kind::Query;
use super::labels::Report;
use super::resolve::Desk;

/// Wrong names that are printed; JSON has all of them.
const EXAMPLES: usize = 20;

/// `99.83 %`.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

/// So many of so many as a number; 0 of none.
pub fn share(hits: u64, of: u64) -> f64 {
    Rate { hits, of }.rate()
}

/// The figures of `match evaluate`.
pub fn evaluation(report: &Report, lang: Lang) -> String {
    let total = &report.found.total;
    let mut text = say(
        lang,
        "evaluate_title",
        &[
            ("kind", &word(lang, "kind", report.kind)),
            ("names", &count(total.names)),
            ("answerable", &count(total.answerable)),
            ("master", &count(report.master_size)),
        ],
    );
    text.push_str("\n\n");
    let mut table = Table::new([
        (label(lang, "match_column_measure").as_str(), Align::Left),
        (label(lang, "match_column_hits").as_str(), Align::Right),
        (label(lang, "match_column_of").as_str(), Align::Right),
        (label(lang, "match_column_rate").as_str(), Align::Right),
        (label(lang, "match_column_interval").as_str(), Align::Left),
    ]);
    for (code, rate) in [
        ("evaluate_precision", total.precision),
        ("evaluate_recall", total.recall),
        (
            "evaluate_accepted_without_answer",
            total.accepted_without_answer,
        ),
        ("evaluate_first", total.first),
        ("evaluate_among_five", total.among_five),
        ("evaluate_coverage", total.coverage),
        ("evaluate_review", total.review),
        ("evaluate_none", total.none),
    ] {
        let (low, high) = rate.interval();
        table.row([
            label(lang, code),
            count(rate.hits),
            count(rate.of),
            percent(rate.rate()),
            format!("{} – {}", percent(low), percent(high)),
        ]);
    }
    text.push_str(&table.render("  "));
    let f1 = format!("{:.3}", report.f1);
    let _ = writeln!(text, "  {}", say(lang, "evaluate_f1", &[("f1", &f1)]));
    classes(&mut text, report, lang);
    groups(&mut text, report, lang);
    vetoes(&mut text, report, lang);
    wrong(&mut text, report, lang);
    text
}

fn classes(text: &mut String, report: &Report, lang: Lang) {
    let mut table = Table::new([
        (label(lang, "match_column_class").as_str(), Align::Left),
        (label(lang, "match_column_names").as_str(), Align::Right),
        (
            label(lang, "match_column_right_first").as_str(),
            Align::Right,
        ),
        (
            label(lang, "match_column_accepted_right").as_str(),
            Align::Right,
        ),
        (
            label(lang, "match_column_accepted_wrong").as_str(),
            Align::Right,
        ),
    ]);
    for (class, figures) in &report.found.classes {
        table.row([
            word(lang, "class", class),
            count(figures.names),
            count(figures.right),
            count(figures.precision.hits),
            count(figures.precision.of - figures.precision.hits),
        ]);
    }
    section(text, lang, "evaluate_by_class", &table);
}

fn groups(text: &mut String, report: &Report, lang: Lang) {
    let mut table = Table::new([
        (label(lang, "match_column_group").as_str(), Align::Left),
        (label(lang, "match_column_names").as_str(), Align::Right),
        (
            label(lang, "match_column_answerable").as_str(),
            Align::Right,
        ),
        (label(lang, "match_column_recall").as_str(), Align::Right),
        (label(lang, "match_column_first").as_str(), Align::Right),
        (
            label(lang, "match_column_among_five").as_str(),
            Align::Right,
        ),
        (
            label(lang, "match_column_accepted_right").as_str(),
            Align::Right,
        ),
        (
            label(lang, "match_column_accepted_wrong").as_str(),
            Align::Right,
        ),
    ]);
    let of_answerable = |rate: Rate| {
        if rate.of == 0 {
            String::new()
        } else {
            percent(rate.rate())
        }
    };
    for (group, figures) in &report.found.groups {
        table.row([
            group.clone(),
            count(figures.names),
            count(figures.answerable),
            of_answerable(figures.recall),
            of_answerable(figures.first),
            of_answerable(figures.among_five),
            count(figures.precision.hits),
            count(figures.precision.of - figures.precision.hits),
        ]);
    }
    section(text, lang, "evaluate_by_group", &table);
}

fn vetoes(text: &mut String, report: &Report, lang: Lang) {
    let mut table = Table::new([
        (label(lang, "match_column_veto").as_str(), Align::Left),
        (
            label(lang, "match_column_stopped_wrong").as_str(),
            Align::Right,
        ),
        (
            label(lang, "match_column_stopped_right").as_str(),
            Align::Right,
        ),
    ]);
    for (part, stopped) in &report.found.vetoes {
        table.row([
            word(lang, "part", part),
            count(stopped.wrong),
            count(stopped.right),
        ]);
    }
    section(text, lang, "evaluate_by_veto", &table);
}

fn wrong(text: &mut String, report: &Report, lang: Lang) {
    if report.wrong_names.is_empty() {
        return;
    }
    let all = count(report.wrong_names.len() as u64);
    let _ = writeln!(
        text,
        "\n{}",
        say(lang, "evaluate_wrong", &[("wrong", &all)])
    );
    for wrong in report.wrong_names.iter().take(EXAMPLES) {
        let gold = if wrong.gold.is_empty() {
            label(lang, "evaluate_no_answer")
        } else {
            wrong.gold.join("; ")
        };
        let facts: [(&str, &dyn std::fmt::Display); 4] = [
            ("name", &wrong.name),
            ("got", &wrong.got),
            ("gold", &gold),
            ("explanation", &wrong.explanation),
        ];
        let _ = writeln!(text, "  {}", say(lang, "evaluate_wrong_one", &facts));
    }
}

fn section(text: &mut String, lang: Lang, title: &str, table: &Table) {
    if !table.is_empty() {
        let _ = write!(text, "\n{}\n{}", label(lang, title), table.render("  "));
    }
}

/// What `match calibrate` chose.
pub fn certificate(certificate: &Certificate, lang: Lang) -> String {
    let mut table = Table::new([
        (label(lang, "match_column_class").as_str(), Align::Left),
        (label(lang, "match_column_threshold").as_str(), Align::Right),
        (label(lang, "match_column_labels").as_str(), Align::Right),
        (label(lang, "match_column_accepted").as_str(), Align::Right),
        (label(lang, "match_column_errors").as_str(), Align::Right),
        (
            label(lang, "match_column_error_interval").as_str(),
            Align::Left,
        ),
    ]);
    for (class, found) in &certificate.class {
        let [low, high] = found.error_interval;
        let certified = found.threshold.is_some();
        table.row([
            word(lang, "class", class),
            found.threshold.map_or_else(
                || label(lang, "match_by_person"),
                |least| format!("{least:.3}"),
            ),
            count(found.labels),
            count(found.accepted),
            count(found.errors),
            if certified {
                format!("{} – {}", percent(low), percent(high))
            } else {
                String::new()
            },
        ]);
    }
    table.render("")
}

/// One name, its candidates and all their parts.
#[derive(Debug, Serialize)]
pub struct Explained {
    name: String,
    decision: Decision,
    class: &'static str,
    score: f32,
    explanation: String,
    candidates: Vec<Explanation>,
}

#[derive(Debug, Serialize)]
struct Explanation {
    id: String,
    name: String,
    score: f32,
    veto: Option<&'static str>,
    evidence: Vec<Evidence>,
}

/// Gathers what is to be said about one name.
pub fn explained(
    desk: &Desk<'_>,
    name: &str,
    query: &Query,
    answer: &Answer,
    explanation: String,
) -> Explained {
    let candidates = answer.ranked.candidates.iter().map(|one| Explanation {
        id: desk.id(one.row).to_owned(),
        name: desk.name(one.row).to_owned(),
        score: one.score,
        veto: one.veto,
        evidence: desk.matcher.evidence(query, one.row),
    });
    Explained {
        name: name.to_owned(),
        decision: answer.decision,
        class: answer.ranked.class,
        score: answer.ranked.score,
        explanation,
        candidates: candidates.collect(),
    }
}

/// The same for a terminal.
pub fn explained_text(explained: &Explained, lang: Lang) -> String {
    let mut text = say(
        lang,
        "match_verdict",
        &[
            (
                "decision",
                &word(lang, "decision", explained.decision.as_str()),
            ),
            ("class", &word(lang, "class", explained.class)),
            ("score", &format!("{:.1}", explained.score)),
            ("explanation", &explained.explanation),
        ],
    );
    text.push('\n');
    for (position, candidate) in explained.candidates.iter().enumerate() {
        let code = if candidate.veto.is_some() {
            "match_candidate_vetoed"
        } else {
            "match_candidate"
        };
        let facts: [(&str, &dyn std::fmt::Display); 5] = [
            ("place", &(position + 1)),
            ("id", &candidate.id),
            ("name", &candidate.name),
            ("score", &format!("{:.1}", candidate.score)),
            (
                "veto",
                &word(lang, "part", candidate.veto.unwrap_or_default()),
            ),
        ];
        let _ = writeln!(text, "\n{}", say(lang, code, &facts));
        let mut table = Table::new([
            (label(lang, "match_column_part").as_str(), Align::Left),
            (label(lang, "match_column_reported").as_str(), Align::Left),
            (
                label(lang, "match_column_master_value").as_str(),
                Align::Left,
            ),
            (label(lang, "match_column_agreement").as_str(), Align::Left),
            (label(lang, "match_column_bits").as_str(), Align::Right),
        ]);
        for one in &candidate.evidence {
            table.row([
                word(lang, "part", one.part),
                one.reported.clone(),
                one.master.clone(),
                agreement(lang, one.agreement),
                format!("{:+.1}", one.weight),
            ]);
        }
        text.push_str(&table.render("   "));
    }
    text
}
