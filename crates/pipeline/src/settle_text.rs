//! Settlement as text for a terminal: what settling a month did, and a statement with its lines.

use channelflow_model::messages::{Lang, label, say, word};
use channelflow_model::statement::{Settlement, Statement, StatementHead, StatementPart};
use channelflow_model::{Micros, Period};
use channelflow_settle::Evaluation;
use channelflow_settle::evaluate::number;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::settle::{Gate, GateKind, GateState, SettleOutcome};
use crate::table::{Align, Table};

/// How many characters of a hash are shown.
const HASH: usize = 12;

/// A share as people read it: `92.0 %`. What falls short of the whole never reads `100.0 %`.
pub fn percent(share: Decimal) -> String {
    let percent = share.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(share);
    let mut rounded = percent.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    if rounded == Decimal::ONE_HUNDRED && percent < Decimal::ONE_HUNDRED {
        rounded = percent.round_dp_with_strategy(1, RoundingStrategy::ToZero);
    }
    format!("{rounded:.1} %")
}

/// What settling a month did.
pub fn render_outcome(
    outcome: &SettleOutcome,
    heads: &[StatementHead],
    dry_run: bool,
    lang: Lang,
) -> String {
    let mut text = say(lang, "settle_title", &[("period", &outcome.period)]);
    if dry_run {
        text.push_str(&label(lang, "settle_dry_run"));
    }
    text.push_str("\n\n");
    text.push_str(&gates(&outcome.gates, lang));
    let at_stake: i64 = missed(&outcome.gates)
        .map(|gate| gate.at_stake.0)
        .max()
        .unwrap_or(0);
    let amount = Micros(at_stake).to_money();
    if outcome.refused {
        return text + &say(lang, "settle_refused", &[("amount", &amount)]) + "\n";
    }
    if outcome.provisional {
        text.push_str(&say(lang, "settle_provisional", &[("amount", &amount)]));
        text.push_str("\n\n");
    }
    let nothing = outcome.computed.is_empty() && outcome.unchanged + outcome.standing == 0;
    if nothing {
        text.push_str(&label(lang, "settle_nothing"));
        text.push('\n');
        return text;
    }
    text.push_str(&list(heads, lang));
    let counts = [
        (
            "computed",
            &outcome.computed.len() as &dyn std::fmt::Display,
        ),
        ("unchanged", &outcome.unchanged),
        ("standing", &outcome.standing),
    ];
    text.push_str(&format!("{}\n", say(lang, "settle_counts", &counts)));
    text
}

/// The gates as a table.
pub fn gates(gates: &[Gate], lang: Lang) -> String {
    let titles = [
        "column_gate",
        "column_found",
        "column_bound",
        "column_state",
        "column_at_stake",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Right),
        (titles[2].as_str(), Align::Right),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Right),
    ]);
    for gate in gates {
        let least = matches!(gate.kind, GateKind::Coverage | GateKind::Matched);
        let state = match gate.state {
            GateState::Met => "met",
            GateState::Missed => "missed",
            GateState::Unknown => "unknown",
        };
        table.row([
            word(lang, "settle_gate", gate.kind.as_str()),
            gate.value.map_or_else(|| "–".to_owned(), percent),
            format!("{} {}", if least { "≥" } else { "≤" }, percent(gate.bound)),
            word(lang, "settle_state", state),
            gate.at_stake.to_money(),
        ]);
    }
    format!("{}\n{}\n", label(lang, "settle_gates"), table.render("  "))
}

fn missed(gates: &[Gate]) -> impl Iterator<Item = &Gate> {
    gates.iter().filter(|gate| gate.state == GateState::Missed)
}

/// Statements as a table.
pub fn list(heads: &[StatementHead], lang: Lang) -> String {
    let titles = [
        "column_statement",
        "column_party",
        "column_period",
        "column_state",
        "column_total",
        "column_held_lines",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Right),
        (titles[5].as_str(), Align::Right),
    ]);
    for head in heads {
        let mut state = word(lang, "statement_state", head.state.as_str());
        if head.provisional {
            state.push_str(" *");
        }
        table.row([
            head.number.clone(),
            head.party_id.clone(),
            head.period.to_string(),
            state,
            head.total.to_money(),
            if head.held_lines == 0 {
                String::new()
            } else {
                head.held_lines.to_string()
            },
        ]);
    }
    let mut text = table.render("");
    if heads.iter().any(|head| head.provisional) {
        text.push_str(&format!("* {}\n", label(lang, "statement_is_provisional")));
    }
    text
}

/// A statement; `name` is that of the party.
pub fn render_statement(
    statement: &Statement,
    settlement: &Settlement,
    name: &str,
    with_steps: bool,
    lang: Lang,
) -> String {
    let head = &statement.head;
    let state = word(lang, "statement_state", head.state.as_str());
    let party = format!("{} {name}", head.party_id);
    let facts: [(&str, &dyn std::fmt::Display); 4] = [
        ("number", &head.number),
        ("party", &party),
        ("period", &head.period),
        ("state", &state),
    ];
    let mut text = say(lang, "statement_title", &facts);
    text.push('\n');
    if head.provisional {
        text.push_str(&format!("{}\n", label(lang, "statement_is_provisional")));
    }
    for part in &statement.parts {
        text.push('\n');
        text.push_str(&render_part(part, with_steps, lang));
    }
    text.push_str(&format!(
        "\n{}\n",
        say(
            lang,
            "statement_total",
            &[("total", &head.total.to_money())]
        )
    ));
    if head.held_lines > 0 {
        text.push_str(&format!(
            "{}\n",
            say(lang, "statement_held", &[("lines", &head.held_lines)])
        ));
    }
    let short = |hash: &str| hash.chars().take(HASH).collect::<String>();
    let facts: [(&str, &dyn std::fmt::Display); 5] = [
        ("settlement", &settlement.settlement_id),
        ("at", &settlement.at),
        ("who", &settlement.who),
        ("content", &short(&head.content_hash)),
        ("inputs", &short(&head.inputs_hash)),
    ];
    text.push_str(&format!("{}\n", say(lang, "statement_made", &facts)));
    text
}

/// Title of a part: policy, name, span.
pub fn part_title(part: &StatementPart, lang: Lang) -> String {
    let code = if part.prior {
        "statement_part_prior"
    } else {
        "statement_part"
    };
    let span = span(part.first, part.last);
    say(
        lang,
        code,
        &[
            ("policy", &part.policy),
            ("name", &part.policy_name),
            ("span", &span),
        ],
    )
}

/// `2026-02`, or `2026-01..2026-03`.
pub fn span(first: Period, last: Period) -> String {
    if first == last {
        first.to_string()
    } else {
        format!("{first}..{last}")
    }
}

fn render_part(part: &StatementPart, with_steps: bool, lang: Lang) -> String {
    let titles = [
        "column_line_no",
        "column_line_kind",
        "column_line_name",
        "column_exact",
        "column_amount_yuan",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Right),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Right),
        (titles[4].as_str(), Align::Right),
    ]);
    let evaluation = part.evaluation.parse::<Evaluation>().ok();
    for line in &part.lines {
        table.row([
            line.line_no.to_string(),
            word(lang, "policy_line", &line.kind),
            line.name.clone(),
            shown_exact(&line.exact),
            line.amount
                .map_or_else(|| word(lang, "statement_line", "held"), Micros::to_money),
        ]);
    }
    let mut text = format!("{}\n{}", part_title(part, lang), table.render("  "));
    let Some(evaluation) = evaluation else {
        return text;
    };
    if let Some(held) = &evaluation.held {
        text.push_str(&format!(
            "  {}\n",
            say(lang, "explain_line_held", &[("reason", &held.text(lang))])
        ));
        if let Some(hint) = held.hint(lang) {
            text.push_str(&format!("  {}: {hint}\n", label(lang, "report_hint")));
        }
    }
    if with_steps {
        text.push_str(&steps(&evaluation, None, "  ", lang));
    }
    text
}

/// An exact figure to six decimals; all of them stand in the JSON form.
fn shown_exact(exact: &str) -> String {
    match exact.parse::<Decimal>() {
        Ok(number) => number.round_dp(6).normalize().to_string(),
        Err(_) => exact.to_owned(),
    }
}

/// The steps of an evaluation, those of one reward or all.
pub fn steps(evaluation: &Evaluation, reward: Option<&str>, indent: &str, lang: Lang) -> String {
    let titles = [
        "column_step",
        "column_says",
        "column_before",
        "column_after",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Right),
        (titles[3].as_str(), Align::Right),
    ]);
    let wanted = evaluation.steps.iter().filter(|step| {
        reward.is_none_or(|reward| step.reward.as_deref().is_none_or(|own| own == reward))
    });
    for step in wanted {
        let number = |value: Option<Decimal>| value.map(number).unwrap_or_default();
        table.row([
            step.stage.label(lang),
            step.text(lang),
            number(step.before),
            number(step.after),
        ]);
    }
    table.render(indent)
}
