//! Completeness as a person reads it, and the letters to those who are late.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use channelflow_model::messages::{Lang, label, say, word};

use crate::completeness::{Completeness, Overdue, Share};
use crate::table::{Align, Table, count};

/// A letter to a distributor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Address; empty: none is known.
    pub to: String,
    /// Whom it is about.
    pub distributor_id: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
}

/// The figures with their formulas, and what is missing.
pub fn render(measured: &Completeness, company: &str, at: &str, lang: Lang) -> String {
    let mut text = say(
        lang,
        "completeness_heading",
        &[
            ("company", &company),
            ("period", &measured.period),
            ("at", &at),
        ],
    );
    text.push_str("\n\n");
    text.push_str(&figures(measured, lang));
    text
}

/// The same in the report of a night.
pub(crate) fn section(measured: &Completeness, lang: Lang) -> String {
    let title = say(
        lang,
        "completeness_section",
        &[("period", &measured.period)],
    );
    format!("{title}\n{}", figures(measured, lang))
}

fn figures(measured: &Completeness, lang: Lang) -> String {
    let mut text = String::new();
    let titles = [
        "column_figure",
        "column_share",
        "column_part",
        "column_whole",
        "column_formula",
    ]
    .map(|code| label(lang, code));
    let [measure, share, part, whole, formula] = &titles;
    let mut table = Table::new([
        (measure, Align::Left),
        (share, Align::Right),
        (part, Align::Right),
        (whole, Align::Right),
        (formula, Align::Left),
    ]);
    for (name, share) in [
        ("uploaded", measured.uploaded),
        ("timely", measured.timely),
        ("connected", measured.connected),
        ("covered", measured.covered),
    ] {
        let money = name == "covered";
        table.row([
            label(lang, &format!("completeness_{name}")),
            percent(share),
            amount(share.part.0, money),
            amount(share.whole.0, money),
            label(lang, &format!("completeness_{name}_formula")),
        ]);
    }
    text.push_str(&table.render("  "));
    if measured.not_due > 0 {
        let count = count(measured.not_due as u64);
        let line = say(lang, "completeness_not_due", &[("count", &count)]);
        let _ = writeln!(text, "\n  {line}");
    }
    if !measured.paused.is_empty() {
        let reasons: Vec<String> = measured
            .paused
            .iter()
            .map(|(reason, days)| format!("{} {days}", word(lang, "pause", reason)))
            .collect();
        let reasons = reasons.join(" · ");
        let line = say(lang, "completeness_paused", &[("reasons", &reasons)]);
        let _ = writeln!(text, "  {line}");
    }
    overdue(&mut text, &measured.overdue, lang);
    text
}

fn overdue(text: &mut String, overdue: &[Overdue], lang: Lang) {
    if overdue.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", label(lang, "completeness_overdue"));
    let due = label(lang, "column_due");
    let days = label(lang, "column_days");
    let mut table = Table::new([
        ("", Align::Left),
        ("", Align::Left),
        ("", Align::Left),
        (days.as_str(), Align::Left),
        (due.as_str(), Align::Left),
        ("", Align::Left),
    ]);
    for it in overdue {
        let state = if it.received { "late" } else { "missing" };
        table.row([
            it.distributor_id.clone(),
            it.distributor_name.clone(),
            label(lang, &format!("kind_{}", it.kind)),
            span(it),
            it.due.replace('T', " "),
            label(lang, &format!("completeness_state_{state}")),
        ]);
    }
    text.push_str(&table.render("  "));
}

fn span(it: &Overdue) -> String {
    if it.first == it.last {
        it.first.to_string()
    } else {
        format!("{} – {}", it.first, it.last)
    }
}

fn percent(share: Share) -> String {
    share.ratio().map_or_else(
        || "–".to_owned(),
        |ratio| {
            let tenths = (ratio.0 + 500) / 1_000;
            format!("{}.{} %", tenths / 10, tenths % 10)
        },
    )
}

fn amount(micros: i64, money: bool) -> String {
    let whole = count((micros / 1_000_000).unsigned_abs());
    if money {
        let cents = (micros % 1_000_000).abs() / 10_000;
        format!("{whole}.{cents:02}")
    } else {
        whole
    }
}

/// One letter for every distributor with something missing; what came late needs none.
pub fn reminders(measured: &Completeness, company: &str, lang: Lang) -> Vec<Reminder> {
    let mut by_distributor: BTreeMap<&str, Vec<&Overdue>> = BTreeMap::new();
    for it in measured.overdue.iter().filter(|it| !it.received) {
        by_distributor
            .entry(&it.distributor_id)
            .or_default()
            .push(it);
    }
    by_distributor
        .into_iter()
        .map(|(distributor_id, missing)| {
            let list: Vec<String> = missing
                .iter()
                .map(|it| {
                    let kind = label(lang, &format!("kind_{}", it.kind));
                    format!("  {kind}  {}", span(it))
                })
                .collect();
            let name = missing.first().map_or("", |it| &it.distributor_name);
            let mail = missing.iter().find(|it| !it.mail.is_empty());
            Reminder {
                to: mail.map(|it| it.mail.clone()).unwrap_or_default(),
                distributor_id: distributor_id.to_owned(),
                subject: say(
                    lang,
                    "reminder_subject",
                    &[("period", &measured.period), ("distributor", &name)],
                ),
                text: say(
                    lang,
                    "reminder_text",
                    &[
                        ("company", &company),
                        ("distributor", &name),
                        ("list", &list.join("\n")),
                    ],
                ),
            }
        })
        .collect()
}
