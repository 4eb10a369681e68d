//! Two readings of the same tiers beside each other: 覆盖 (the tier reached counts for everything)
//! and 叠加 (each tier for what lies in it), tier by tier, line by line, and in total.

use channelflow_model::Lang;
use channelflow_model::messages::{label, say, word};
use channelflow_pipeline::table::{Align, Table, money};
use channelflow_settle::Evaluation;
use channelflow_settle::evaluate::{EvaluatedLine, Step};
use channelflow_settle::policy::TierMode;

/// The table; `other_mode` is the reading the policy does not have.
pub fn table(lang: Lang, other_mode: TierMode, own: &Evaluation, other: &Evaluation) -> String {
    let mode = |mode: TierMode| word(lang, "policy_mode", mode.as_str());
    let own_title = say(
        lang,
        "policy_side_own",
        &[("mode", &mode(other_mode.other()))],
    );
    let other_title = say(lang, "policy_side_other", &[("mode", &mode(other_mode))]);
    let mut table = Table::new([
        (label(lang, "policy_side_step").as_str(), Align::Left),
        (own_title.as_str(), Align::Right),
        (other_title.as_str(), Align::Right),
    ]);
    for (reward, tier) in tiers(own, other) {
        let name = say(
            lang,
            "policy_side_tier",
            &[("reward", &reward), ("tier", &tier)],
        );
        let cell = |of: &Evaluation| in_tier(of, &reward, &tier).unwrap_or_default();
        table.row([name, cell(own), cell(other)]);
    }
    for (kind, name) in lines(own, other) {
        let cell = |of: &Evaluation| {
            let mut lines = of.lines.iter();
            let line = lines.find(|line| (line.kind.as_str(), &line.name) == (kind, &name));
            line.map(|line| amount(lang, line)).unwrap_or_default()
        };
        let title = format!("{} {name}", word(lang, "policy_line", kind));
        table.row([title.trim_end().to_owned(), cell(own), cell(other)]);
    }
    let total = |of: &Evaluation| match of.total {
        Some(total) => money(total),
        None => label(lang, "policy_held"),
    };
    table.row([label(lang, "policy_total_row"), total(own), total(other)]);
    table.render("  ")
}

/// Reward and number of every tier that gives something in either reading.
fn tiers(own: &Evaluation, other: &Evaluation) -> Vec<(String, String)> {
    let mut tiers: Vec<(String, String)> = Vec::new();
    for step in own.steps.iter().chain(&other.steps) {
        if let (true, Some(reward), Some(tier)) =
            (is_tier(step), &step.reward, step.facts.get("tier"))
        {
            let place = (reward.clone(), tier.clone());
            if !tiers.contains(&place) {
                tiers.push(place);
            }
        }
    }
    // By number within a reward; rewards stay as they came.
    let first: Vec<String> = tiers.iter().map(|(reward, _)| reward.clone()).collect();
    tiers.sort_by_key(|(reward, tier)| {
        let at = first.iter().position(|known| known == reward);
        (at, tier.parse::<u32>().unwrap_or(u32::MAX))
    });
    tiers
}

fn is_tier(step: &Step) -> bool {
    matches!(step.code.as_ref(), "policy_step_tier" | "policy_step_slice")
}

/// `50,000 × 3% = 1,500`.
fn in_tier(of: &Evaluation, reward: &str, tier: &str) -> Option<String> {
    let step = of.steps.iter().find(|step| {
        is_tier(step)
            && step.reward.as_deref() == Some(reward)
            && step.facts.get("tier").is_some_and(|known| known == tier)
    })?;
    let fact = |name: &str| step.facts.get(name).map(String::as_str);
    Some(format!(
        "{} × {} = {}",
        fact("base")?,
        fact("rate")?,
        fact("amount")?
    ))
}

/// Lines of either reading, as they come.
fn lines(own: &Evaluation, other: &Evaluation) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for line in own.lines.iter().chain(&other.lines) {
        let place = (line.kind.as_str(), line.name.clone());
        if !lines.contains(&place) {
            lines.push(place);
        }
    }
    lines
}

fn amount(lang: Lang, line: &EvaluatedLine) -> String {
    match line.amount {
        Some(amount) => money(amount),
        None => label(lang, "policy_held"),
    }
}
