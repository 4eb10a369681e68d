//! What list, screen and workbook say alike about a name and a decision.

use channelflow_model::Lang;
use channelflow_model::master::MasterData;
use channelflow_model::messages::{label, say};
use channelflow_pipeline::review::WaitingName;
use channelflow_warehouse::{DecisionOutcome, NameAction, NameDecision};

/// Name, code, spec and maker side by side.
pub fn title(name: &WaitingName) -> String {
    let texts = [&name.name, &name.code, &name.spec, &name.maker];
    let given: Vec<&str> = texts
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(String::as_str)
        .collect();
    given.join(" · ")
}

/// What was reported together with it, one phrase each.
pub fn seen(lang: Lang, name: &WaitingName) -> Vec<String> {
    let seen = &name.seen;
    let several = [
        ("review_seen_spellings", &seen.spellings),
        ("review_seen_codes", &seen.codes),
        ("review_seen_cities", &seen.cities),
        ("review_seen_addresses", &seen.addresses),
        ("review_seen_tax_ids", &seen.tax_ids),
        ("review_seen_approval_nos", &seen.approval_nos),
        ("review_seen_barcodes", &seen.barcodes),
        ("review_seen_units", &seen.units),
    ];
    let given = several.into_iter().filter(|(_, texts)| !texts.is_empty());
    given
        .map(|(code, texts)| {
            let list: Vec<&str> = texts.iter().map(String::as_str).collect();
            say(lang, code, &[("list", &list.join("、"))])
        })
        .collect()
}

/// How the rows without amounts were valued, one sentence each.
pub fn valued(lang: Lang, name: &WaitingName) -> Vec<String> {
    [
        ("review_priced", name.priced_rows),
        ("review_assessed", name.assessed_rows),
        ("review_unvalued", name.unvalued_rows),
    ]
    .into_iter()
    .filter(|(_, rows)| *rows > 0)
    .map(|(code, rows)| say(lang, code, &[("rows", &rows)]))
    .collect()
}

/// The same name at other distributors, one sentence each.
pub fn others(lang: Lang, name: &WaitingName, master: &MasterData) -> Vec<String> {
    let mut said = Vec::new();
    if !name.elsewhere.is_empty() {
        let list: Vec<String> = name
            .elsewhere
            .iter()
            .map(|other| format!("{} ({})", other.distributor_id, other.amount.to_money()))
            .collect();
        let list = list.join("、");
        said.push(say(lang, "review_waiting_elsewhere", &[("list", &list)]));
    }
    if !name.decided_elsewhere.is_empty() {
        let list: Vec<String> = name
            .decided_elsewhere
            .iter()
            .map(|other| {
                let of = if other.distributor_id.is_empty() {
                    label(lang, "review_everywhere")
                } else {
                    other.distributor_id.clone()
                };
                let target = if other.target_id.is_empty() {
                    label(lang, "review_not_ours")
                } else {
                    format!("{} {}", other.target_id, entity(master, &other.target_id))
                };
                format!("{of} = {}", target.trim_end())
            })
            .collect();
        let list = list.join("、");
        said.push(say(lang, "review_decided_elsewhere", &[("list", &list)]));
    }
    said
}

/// Standard name of a customer or product; empty when there is none.
pub fn entity<'m>(master: &'m MasterData, id: &str) -> &'m str {
    let customer = master.customers.iter().find(|it| it.id == id);
    let product = || master.products.iter().find(|it| it.id == id);
    customer
        .map(|it| it.name.as_str())
        .or_else(|| product().map(|it| it.name.as_str()))
        .unwrap_or_default()
}

/// First and last day.
pub fn days(name: &WaitingName) -> String {
    if name.days.first == name.days.last {
        name.days.first.to_string()
    } else {
        format!("{}..{}", name.days.first, name.days.last)
    }
}

/// For whom a decision holds.
pub fn scope(lang: Lang, distributor_id: &str) -> String {
    if distributor_id.is_empty() {
        label(lang, "review_scope_all")
    } else {
        let facts: [(&'static str, &dyn std::fmt::Display); 1] = [("distributor", &distributor_id)];
        say(lang, "review_scope_one", &facts)
    }
}

/// What a decision says.
pub fn said(lang: Lang, decision: &NameDecision, master: &MasterData) -> String {
    let code = match decision.action {
        NameAction::Choose => "review_said_choose",
        NameAction::None => "review_said_none",
        NameAction::Ignore => "review_said_ignore",
        NameAction::New => "review_said_new",
    };
    let id = &decision.target_id;
    let target = format!("{id} {}", entity(master, id));
    let name = if decision.name.is_empty() {
        &decision.code
    } else {
        &decision.name
    };
    let facts: [(&'static str, &dyn std::fmt::Display); 3] = [
        ("name", name),
        ("target", &target.trim_end()),
        ("scope", &scope(lang, &decision.distributor_id)),
    ];
    say(lang, code, &facts)
}

/// A decision and what became of stored rows, in one sentence with this code.
pub fn outcome(
    lang: Lang,
    code: &'static str,
    decision: &NameDecision,
    lines: &DecisionOutcome,
    master: &MasterData,
) -> String {
    say(
        lang,
        code,
        &[
            ("decision", &decision.decision_id),
            ("said", &said(lang, decision, master)),
            ("effect", &effect(lang, lines)),
        ],
    )
}

/// What became of stored rows.
pub fn effect(lang: Lang, lines: &DecisionOutcome) -> String {
    let parts = [
        ("review_effect_accepted", lines.accepted),
        ("review_effect_changed", lines.changed),
        ("review_effect_ignored", lines.ignored),
        ("review_effect_held", lines.held),
        ("review_effect_late", lines.late_lines + lines.reversals),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(_, rows)| *rows > 0)
        .map(|(code, rows)| say(lang, code, &[("rows", &rows)]))
        .collect();
    if said.is_empty() {
        return label(lang, "review_effect_nothing");
    }
    said.join(&label(lang, "why_comma"))
}
