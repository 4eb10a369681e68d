//! How appeals are shown: the list, one with everything that came of it, and its rows.

use channelflow_model::Lang;
use channelflow_model::appeal::{AppealKind, AppealRow, AppealState};
use channelflow_model::messages::{label, say};
use channelflow_pipeline::explain::{explain, render};
use channelflow_pipeline::table::{Align, Table};
use channelflow_warehouse::{Appeal, AppealDetail, AppealFilter};

use super::period as read_period;
use crate::Format;
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Lists appeals; exit code 1 when an approved one moves a line that is gone.
pub async fn list(
    context: &Context,
    period: Option<&str>,
    state: Option<AppealState>,
) -> anyhow::Result<Exit> {
    let period = period.map(read_period).transpose()?;
    let session = Session::open(context).await?;
    let lang = session.lang;
    let filter = AppealFilter { state, period };
    let appeals = session.warehouse.appeals(&filter).await?;
    if session.format == Format::Json {
        let shown: Vec<serde_json::Value> = appeals
            .iter()
            .map(|appeal| serde_json::json!({"appeal": appeal, "stale": appeal.is_stale()}))
            .collect();
        output::json(&shown)?;
    } else if appeals.is_empty() {
        output::text(&format!("{}\n", label(lang, "appeal_none")))?;
    } else {
        output::text(&table(&appeals, lang))?;
    }
    Ok(if warn_of_stale(&appeals, lang) {
        Exit::Attention
    } else {
        Exit::Done
    })
}

/// Says on stderr which of these appeals move a line that is gone; whether there is one.
pub fn warn_of_stale(appeals: &[Appeal], lang: Lang) -> bool {
    let mut found = false;
    for appeal in appeals.iter().filter(|appeal| appeal.is_stale()) {
        found = true;
        let facts: [(&str, &dyn std::fmt::Display); 2] =
            [("appeal", &appeal.appeal_id), ("line", &appeal.line_id)];
        output::note(&say(lang, "appeal_stale", &facts));
    }
    found
}

fn table(appeals: &[Appeal], lang: Lang) -> String {
    let titles = [
        "column_number",
        "column_appeal_kind",
        "column_state",
        "column_line",
        "column_distributor",
        "column_quantity",
        "column_moves",
        "column_opened_by",
        "column_appeal_reason",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Right),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Right),
        (titles[4].as_str(), Align::Left),
        (titles[5].as_str(), Align::Right),
        (titles[6].as_str(), Align::Left),
        (titles[7].as_str(), Align::Left),
        (titles[8].as_str(), Align::Left),
    ]);
    for appeal in appeals {
        table.row([
            appeal.appeal_id.to_string(),
            kind_of(appeal.kind, lang),
            state_of(appeal.state, lang),
            appeal.line_id.to_string(),
            appeal.distributor_id.clone(),
            appeal.quantity.to_string(),
            moves(appeal, lang),
            appeal.opened_by.clone(),
            appeal.reason.clone(),
        ]);
    }
    table.render("")
}

fn kind_of(kind: AppealKind, lang: Lang) -> String {
    label(lang, &format!("appeal_kind_{}", kind.as_str()))
}

/// The state in words.
pub fn state_of(state: AppealState, lang: Lang) -> String {
    label(lang, &format!("appeal_state_{}", state.as_str()))
}

/// Where it is to count instead, in words: `customer C001 → C002, month → 2026-02`.
pub fn moves(appeal: &Appeal, lang: Lang) -> String {
    let period = appeal.to_period.map(|period| period.to_string());
    let own = if appeal.kind.moves_period() {
        appeal.booking_period.to_string()
    } else {
        String::new()
    };
    let shown: Vec<String> = [
        ("customer", appeal.customer_id.as_str(), &appeal.to_customer),
        ("product", &appeal.product_id, &appeal.to_product),
        (
            "distributor",
            &appeal.distributor_id,
            &appeal.to_distributor,
        ),
        ("post", "", &appeal.to_post),
        ("period", &own, &period.unwrap_or_default()),
    ]
    .into_iter()
    .filter(|(_, _, to)| !to.is_empty())
    .map(|(moved, from, to)| {
        let moved = label(lang, &format!("moved_{moved}"));
        if from.is_empty() {
            format!("{moved} → {to}")
        } else {
            format!("{moved} {from} → {to}")
        }
    })
    .chain((appeal.kind == AppealKind::Alert).then(|| label(lang, "appeal_out_of_rebates")))
    .collect();
    shown.join(if lang == Lang::Zh { "，" } else { ", " })
}

/// Rows of an appeal as a table; nothing for none.
pub fn rows(rows: &[AppealRow], lang: Lang) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let titles = [
        "column_booking",
        "column_happened",
        "moved_distributor",
        "moved_customer",
        "moved_product",
        "moved_post",
        "column_rebates",
        "column_quantity",
        "column_amount",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Left),
        (titles[5].as_str(), Align::Left),
        (titles[6].as_str(), Align::Left),
        (titles[7].as_str(), Align::Right),
        (titles[8].as_str(), Align::Right),
    ]);
    for row in rows {
        let rebates = if row.excluded {
            "appeal_excluded"
        } else {
            "appeal_included"
        };
        table.row([
            row.booking_period.to_string(),
            row.business_period.to_string(),
            row.distributor_id.clone(),
            row.customer_id.clone(),
            row.product_id.clone(),
            row.post_id.clone(),
            label(lang, rebates),
            row.quantity.to_string(),
            row.amount.to_money(),
        ]);
    }
    table.render("  ")
}

/// Shows one appeal; exit code 1 when its line is gone or its cells cannot be shown.
pub async fn one(context: &Context, appeal: i64) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let detail = session.warehouse.appeal(appeal).await?;
    let line = detail.appeal.line_id;
    let source = explain(&session.company, &session.warehouse, line).await?;
    if session.format == Format::Json {
        output::json(&serde_json::json!({
            "appeal": detail.appeal,
            "stale": detail.appeal.is_stale(),
            "decisions": detail.decisions,
            "rows": detail.rows,
            "source": source,
        }))?;
    } else {
        let mut text = heading(&detail, session.lang);
        text.push_str(&rows(&detail.rows, session.lang));
        text.push('\n');
        text.push_str(&render(&source, session.lang));
        output::text(&text)?;
    }
    let stale = warn_of_stale(std::slice::from_ref(&detail.appeal), session.lang);
    Ok(if stale || source.problem.is_some() {
        Exit::Attention
    } else {
        Exit::Done
    })
}

fn heading(detail: &AppealDetail, lang: Lang) -> String {
    let appeal = &detail.appeal;
    let mut text = say(
        lang,
        "appeal_heading",
        &[
            ("appeal", &appeal.appeal_id),
            ("kind", &kind_of(appeal.kind, lang)),
            ("state", &state_of(appeal.state, lang)),
            ("line", &appeal.line_id),
            ("quantity", &appeal.quantity),
            ("moves", &moves(appeal, lang)),
            ("reason", &appeal.reason),
            ("who", &appeal.opened_by),
            ("at", &appeal.opened_at),
        ],
    );
    text.push('\n');
    for decision in &detail.decisions {
        let said = say(
            lang,
            "appeal_decision",
            &[
                ("state", &state_of(decision.state, lang)),
                ("who", &decision.decided_by),
                ("at", &decision.decided_at),
                ("note", &decision.note),
            ],
        );
        text.push_str("  ");
        text.push_str(said.trim_end());
        text.push('\n');
    }
    text
}
