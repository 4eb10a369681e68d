//! What a report says about sources, and about what the night did to achievement and rebates.

use std::fmt::Write as _;

use channelflow_model::messages::{Lang, label, say, word};
use channelflow_model::{Micros, Period};
use channelflow_settle::achieve::{Level, SpanKind};
use serde::{Deserialize, Serialize};

use crate::achieve_text::{View, shown_amount};
use crate::report::RunReport;
use crate::run_settlement::SettlementReport;
use crate::table::{Align, Table, count};
use crate::visits::{SourceReport, SourceState};

/// Whether sources are worth a section: there are several, or one that is no folder or not read.
pub(crate) fn matter(report: &RunReport) -> bool {
    report.sources.len() > 1
        || report
            .sources
            .iter()
            .any(|it| it.kind != "folder" || it.state != SourceState::Read)
}

/// How a source stands, in a word.
pub fn state(source: &SourceReport, lang: Lang) -> String {
    let state = word(lang, "source_state", source.state.as_str());
    if source.late {
        format!("{state} · {}", label(lang, "source_state_late"))
    } else {
        state
    }
}

/// When it was last visited: hours and minutes.
pub(crate) fn time(source: &SourceReport) -> String {
    let at = source.at.as_deref().and_then(|at| at.get(11..16));
    at.unwrap_or("–").to_owned()
}

/// The section as text.
pub(crate) fn sources(text: &mut String, report: &RunReport, lang: Lang) {
    if !matter(report) {
        return;
    }
    let _ = writeln!(text, "\n{}", label(lang, "report_sources"));
    let titles = [
        "column_source_name",
        "column_kind",
        "column_stands",
        "column_arrivals",
        "column_seen_before",
        "column_tries",
        "column_visited",
    ]
    .map(|code| label(lang, code));
    let [name, kind, stands, arrivals, seen, tries, visited] = &titles;
    let mut table = Table::new([
        (name, Align::Left),
        (kind, Align::Left),
        (stands, Align::Left),
        (arrivals, Align::Right),
        (seen, Align::Right),
        (tries, Align::Right),
        (visited, Align::Left),
    ]);
    for source in &report.sources {
        table.row([
            source.name.clone(),
            word(lang, "source_kind", &source.kind),
            state(source, lang),
            count(source.arrivals),
            count(source.seen_before),
            source.tries.to_string(),
            time(source),
        ]);
    }
    text.push_str(&table.render("  "));
}

/// What changed since the run before, for the same month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The run before.
    pub since_run: i64,
    /// The month.
    pub period: Period,
    /// The company's achievement as it was shown then and now.
    pub achieved: Option<(Micros, Micros)>,
    /// Its measure's word, for `achieved`.
    pub measure: String,
    /// Sum of all statements then and now, yuan.
    pub stated: (Micros, Micros),
    /// Statements that are new or have another total.
    pub statements_changed: usize,
}

impl Effect {
    /// Whether anything moved.
    pub fn is_any(&self) -> bool {
        self.statements_changed > 0
            || self.stated.0 != self.stated.1
            || self.achieved.is_some_and(|(before, now)| before != now)
    }
}

/// Compares with what the run before reported; `None` when that was about another month.
pub fn effect(since_run: i64, before: &SettlementReport, now: &SettlementReport) -> Option<Effect> {
    if before.period != now.period {
        return None;
    }
    let company = |report: &SettlementReport| {
        let (measure, point) = View::organisation().chosen(&report.achievement)?;
        report
            .achievement
            .rows
            .iter()
            .find(|row| {
                row.level == Level::Company
                    && row.span == SpanKind::Month
                    && row.measure == measure
                    && row.counting_point == point
                    && row.product_group.is_empty()
                    && !row.id.is_empty()
            })
            .map(|row| (measure, row.actual))
    };
    let achieved = match (company(before), company(now)) {
        (Some((then, was)), Some((measure, is))) if then == measure => Some((measure, was, is)),
        _ => None,
    };
    let sum = |report: &SettlementReport| {
        let totals = report.statements.iter().map(|it| i128::from(it.total.0));
        Micros::from_i128(totals.sum()).unwrap_or(Micros(i64::MAX))
    };
    let changed = now
        .statements
        .iter()
        .filter(|it| {
            let same = |old: &&channelflow_model::statement::StatementHead| old.number == it.number;
            before
                .statements
                .iter()
                .find(same)
                .is_none_or(|old| old.total != it.total)
        })
        .count();
    Some(Effect {
        since_run,
        period: now.period,
        achieved: achieved.map(|(_, was, is)| (was, is)),
        measure: achieved.map_or_else(String::new, |(measure, ..)| measure.as_str().to_owned()),
        stated: (sum(before), sum(now)),
        statements_changed: changed,
    })
}

/// What the run did to achievement and rebates, as lines.
pub fn effect_lines(effect: &Effect, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    let signed = |before: Micros, now: Micros, shown: &dyn Fn(Micros) -> String| {
        let difference = Micros(now.0.saturating_sub(before.0));
        let sign = if difference.0 > 0 { "+" } else { "" };
        format!(
            "{} → {} ({sign}{})",
            shown(before),
            shown(now),
            shown(difference)
        )
    };
    if let Some((before, now)) = effect.achieved {
        let measure = channelflow_model::settlement::Measure::ALL
            .into_iter()
            .find(|it| it.as_str() == effect.measure);
        let shown = |value: Micros| {
            measure.map_or_else(|| value.to_money(), |measure| shown_amount(value, measure))
        };
        let change = signed(before, now, &shown);
        lines.push(say(
            lang,
            "effect_achieved",
            &[("period", &effect.period), ("change", &change)],
        ));
    }
    let change = signed(effect.stated.0, effect.stated.1, &Micros::to_money);
    let statements = effect.statements_changed;
    lines.push(say(
        lang,
        "effect_stated",
        &[
            ("period", &effect.period),
            ("change", &change),
            ("statements", &statements),
        ],
    ));
    lines
}

/// The same in the report.
pub(crate) fn effects(text: &mut String, report: &RunReport, lang: Lang) {
    let Some(effect) = report.effect.as_ref().filter(|effect| effect.is_any()) else {
        return;
    };
    let title = say(lang, "report_effect", &[("run", &effect.since_run)]);
    let _ = writeln!(text, "\n{title}");
    for line in effect_lines(effect, lang) {
        let _ = writeln!(text, "  {line}");
    }
}
