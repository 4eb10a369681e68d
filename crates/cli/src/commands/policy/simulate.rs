//! `channelflow policy simulate`: what a policy would have paid, beside what the one in force pays.

use std::collections::BTreeMap;
use std::path::Path;

use channelflow_model::messages::{label, say, word};
use channelflow_model::{Day, Lang, Period, Sentence};
use channelflow_pipeline::policy::imported;
use channelflow_pipeline::settle::simulate::{Outcome, Simulated, Simulation, simulate};
use channelflow_pipeline::settlement_policies::ReadPolicy;
use channelflow_pipeline::table::{Align, money, number};
use channelflow_settle::{Evaluation, Policy};
use clap::Args;

use super::{named, read_files};
use crate::Format;
use crate::commands::settings_import::table;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `policy simulate`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A policy file that need not be imported, or an imported policy: its id, or id@version
    policy: String,
    /// First month, such as 2025-07
    #[arg(long)]
    from: String,
    /// Last month
    #[arg(long)]
    to: String,
    /// One distributor
    #[arg(long)]
    party: Option<String>,
}

/// Carries it out.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let months = (month(&arguments.from)?, month(&arguments.to)?);
    if months.1 < months.0 {
        let said = Sentence::new("policy_months_reversed");
        return Err(usage(said.fact("from", months.0).fact("to", months.1)));
    }
    let session = Session::open(context).await?;
    let lang = session.lang;
    session
        .check_distributor(arguments.party.as_deref())
        .await?;
    let known = imported(&session.warehouse).await?;
    let path = Path::new(&arguments.policy);
    let policy = if path.is_file() {
        let files = read_files(&session, &[path.to_owned()]).await?;
        let Some(file) = files.and_then(|files| files.into_iter().next()) else {
            return Ok(Exit::Usage);
        };
        file.policy
    } else {
        named(&known, &arguments.policy)?.policy.clone()
    };
    let asked = Simulation {
        beside: beside(&known, &policy, session.today).cloned(),
        policy,
        months,
        party: arguments.party.clone(),
    };
    let simulated = simulate(&session.company, &session.warehouse, &asked).await?;
    if session.format == Format::Json {
        output::json(&simulated)?;
    } else if simulated.rows.is_empty() {
        output::note(&label(lang, "policy_simulated_nothing"));
    } else {
        output::text(&shown(lang, &asked.policy, &simulated))?;
    }
    if let Some((first, last)) = simulated.open {
        let said: [(_, &dyn std::fmt::Display); 3] =
            [("first", &first), ("last", &last), ("to", &months.1)];
        output::note(&say(lang, "policy_simulated_open", &said));
    }
    Ok(if simulated.held > 0 {
        Exit::Attention
    } else {
        Exit::Done
    })
}

fn month(text: &str) -> anyhow::Result<Period> {
    Period::from_iso(text).ok_or_else(|| usage(Sentence::new("not_a_period").fact("found", text)))
}

/// The imported version to compare with: the one in force today, or else the newest; never the
/// very text that is simulated.
fn beside<'p>(known: &'p [ReadPolicy], policy: &Policy, today: Day) -> Option<&'p Policy> {
    let same = |it: &Policy| it.key() == policy.key() && it.canonical() == policy.canonical();
    let mut others = known
        .iter()
        .map(|it| &it.policy)
        .filter(|it| it.id == policy.id && !same(it));
    let in_force = others.clone().find(|it| it.holds().contains(today));
    in_force.or_else(|| others.next_back())
}

fn shown(lang: Lang, policy: &Policy, simulated: &Simulated) -> String {
    let measure = word(lang, "policy_measure", policy.basis.measure.as_str());
    let mut text = say(
        lang,
        "policy_simulated",
        &[
            ("policy", &simulated.policy),
            ("name", &policy.name),
            ("measure", &measure),
        ],
    );
    text.push('\n');
    text.push_str(&match &simulated.beside {
        None => without_comparison(lang, simulated),
        Some(_) => with_comparison(lang, simulated),
    });
    for (reason, parties) in held(lang, simulated) {
        let said: [(_, &dyn std::fmt::Display); 2] =
            [("reason", &reason), ("parties", &parties.join(", "))];
        text.push_str(&say(lang, "policy_simulated_held", &said));
        text.push('\n');
    }
    text
}

fn without_comparison(lang: Lang, simulated: &Simulated) -> String {
    let mut rows = table(
        lang,
        [
            ("policy_column_party", Align::Left),
            ("policy_column_span", Align::Left),
            ("policy_column_basis", Align::Right),
            ("policy_column_target", Align::Right),
            ("policy_column_reached", Align::Left),
            ("policy_column_amount", Align::Right),
        ],
    );
    for row in &simulated.rows {
        let [party, span, basis, target, reached] = facts(lang, row);
        rows.row([
            party,
            span,
            basis,
            target,
            reached,
            amount(lang, row.own.as_ref()),
        ]);
    }
    rows.row([
        label(lang, "policy_total_row"),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        money(simulated.total),
    ]);
    rows.render("")
}

fn with_comparison(lang: Lang, simulated: &Simulated) -> String {
    let own = simulated.policy.as_str();
    let beside = simulated.beside.as_deref().unwrap_or_default();
    // Two texts under one key: the file is the draft.
    let draft = label(lang, "policy_column_draft");
    let own = if own == beside { &draft } else { own };
    let columns = [
        "policy_column_party",
        "policy_column_span",
        "policy_column_basis",
        "policy_column_target",
        "policy_column_reached",
        "policy_column_difference",
    ]
    .map(|code| label(lang, code));
    let [party, span, basis, target, reached, difference] = columns.each_ref();
    let mut rows = channelflow_pipeline::table::Table::new([
        (party, Align::Left),
        (span, Align::Left),
        (basis, Align::Right),
        (target, Align::Right),
        (reached, Align::Left),
        (own, Align::Right),
        (beside, Align::Right),
        (difference, Align::Right),
    ]);
    for row in &simulated.rows {
        let [party, span, basis, target, reached] = facts(lang, row);
        rows.row([
            party,
            span,
            basis,
            target,
            reached,
            amount(lang, row.own.as_ref()),
            amount(lang, row.beside.as_ref()),
            row.difference.map_or_else(dash, money),
        ]);
    }
    let differences = simulated.rows.iter().filter_map(|row| row.difference);
    rows.row([
        label(lang, "policy_total_row"),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        money(simulated.total),
        money(simulated.beside_total),
        money(differences.sum()),
    ]);
    rows.render("")
}

/// Party, span, basis, target and what was reached.
fn facts(lang: Lang, row: &channelflow_pipeline::settle::simulate::SimulatedRow) -> [String; 5] {
    let span = if row.first == row.last {
        row.last.to_string()
    } else {
        format!("{}..{}", row.first, row.last)
    };
    let reached = row.own.as_ref().map(|own| reached(lang, &own.evaluation));
    [
        format!("{} {}", row.party_id, row.party_name),
        span,
        row.basis.map_or_else(dash, number),
        row.target.map_or_else(dash, number),
        reached.unwrap_or_default(),
    ]
}

fn dash() -> String {
    "–".to_owned()
}

fn amount(lang: Lang, outcome: Option<&Outcome>) -> String {
    match outcome {
        None => dash(),
        Some(outcome) => outcome
            .amount
            .map_or_else(|| label(lang, "policy_held"), money),
    }
}

/// Rate or tier every reward reached, or the gate it did not pass.
fn reached(lang: Lang, evaluation: &Evaluation) -> String {
    let mut found: Vec<(Option<&str>, String)> = Vec::new();
    for step in &evaluation.steps {
        let fact = |name: &str| step.facts.get(name).cloned().unwrap_or_default();
        let said = match step.code.as_ref() {
            "policy_step_tier" | "policy_step_slice" => {
                let said: [(_, &dyn std::fmt::Display); 2] =
                    [("tier", &fact("tier")), ("rate", &fact("rate"))];
                say(lang, "policy_reached_tier", &said)
            }
            "policy_step_rate" | "policy_step_growth_whole" | "policy_step_growth_increment" => {
                fact("rate")
            }
            "policy_step_no_tier" | "policy_step_no_growth_tier" => {
                label(lang, "policy_reached_none")
            }
            "policy_step_gate_failed" => {
                let on = word(lang, "policy_on", &fact("on"));
                format!("{on} {} < {}", fact("value"), fact("bound"))
            }
            _ => continue,
        };
        let reward = step.reward.as_deref();
        // The last slice is the tier that was reached.
        match found.iter_mut().find(|(known, _)| *known == reward) {
            Some((_, known)) => *known = said,
            None => found.push((reward, said)),
        }
    }
    let mut texts: Vec<String> = found.into_iter().map(|(_, said)| said).collect();
    if let Some(carry) = evaluation.carry.filter(|carry| !carry.is_zero()) {
        texts.push(say(
            lang,
            "policy_reached_carry",
            &[("carry", &money(carry))],
        ));
    }
    texts.join("; ")
}

/// Parties by the reason they are held for.
fn held(lang: Lang, simulated: &Simulated) -> BTreeMap<String, Vec<String>> {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in &simulated.rows {
        for outcome in [&row.own, &row.beside].into_iter().flatten() {
            for line in &outcome.evaluation.lines {
                let Some(reason) = &line.held else { continue };
                let parties = reasons.entry(reason.text(lang)).or_default();
                let party = format!("{} {}", row.party_id, row.last);
                if !parties.contains(&party) {
                    parties.push(party);
                }
            }
        }
    }
    reasons
}
