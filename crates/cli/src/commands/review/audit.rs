//! `channelflow review audit`: automatic decisions drawn by chance for a person to judge, and what
//! that says about the rules. What a judgement does stands in `pipeline`.

use channelflow_model::Lang;
use channelflow_model::master::{AliasKind, MasterData};
use channelflow_model::messages::{label, say, word};
use channelflow_pipeline::audit::{
    ClassStanding, Verdict, class_of, class_standings, judge, sample,
};
use channelflow_pipeline::table::{Align, Table};
use channelflow_warehouse::NameDecision;
use clap::{Args, Subcommand, ValueEnum};

use super::{Kind, who, words};
use crate::Format;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `review audit`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// So many decisions
    #[arg(long, default_value_t = 20, value_name = "NUMBER")]
    sample: usize,
    /// Only customers or products
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// What the sample is drawn by; the same seed draws the same decisions [default: today's date]
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say whether an automatic decision is right; a wrong one is taken back
    Judge {
        /// Number of the decision
        decision: i64,
        /// What it is
        verdict: Judged,
        /// Why, for those who read it later
        #[arg(long, default_value = "")]
        note: String,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Every rule class: what it decided, its measured error rate, whether it is suspended
    Status,
}

/// What a person says about an automatic decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Judged {
    /// The name is this entity
    Right,
    /// The name is another entity, or none
    Wrong,
}

/// Carries it out.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        None => draw(context, arguments).await,
        Some(Command::Judge {
            decision,
            verdict,
            note,
            dry_run,
        }) => {
            let verdict = Verdict {
                decision_id: *decision,
                right: *verdict == Judged::Right,
                note,
            };
            store(context, verdict, *dry_run).await
        }
        Some(Command::Status) => status(context).await,
    }
}

async fn draw(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let lang = session.lang;
    let decisions = session.warehouse.name_decisions().await?;
    let judgements = session.warehouse.judgements().await?;
    let today = || u64::try_from(session.today.number()).unwrap_or_default();
    let seed = arguments.seed.unwrap_or_else(today);
    let kind = arguments.kind.map(AliasKind::from);
    let all = sample(&decisions, &judgements, kind, usize::MAX, seed).len();
    let drawn = sample(&decisions, &judgements, kind, arguments.sample, seed);
    let master = session.warehouse.master().await?;
    if session.format == Format::Json {
        let drawn: Vec<serde_json::Value> = drawn
            .iter()
            .map(|decision| {
                serde_json::json!({
                    "decision": decision,
                    "class": class_of(decision),
                    "target_name": words::entity(&master, &decision.target_id),
                })
            })
            .collect();
        output::json(&serde_json::json!({ "seed": seed, "unjudged": all, "sample": drawn }))?;
        return Ok(Exit::Done);
    }
    if drawn.is_empty() {
        output::note(&label(lang, "audit_nothing_to_judge"));
        return Ok(Exit::Done);
    }
    let facts: [(&'static str, &dyn std::fmt::Display); 3] =
        [("drawn", &drawn.len()), ("all", &all), ("seed", &seed)];
    let mut text = format!("{}\n", say(lang, "audit_drawn", &facts));
    for decision in drawn {
        text.push_str(&shown(lang, decision, &master));
    }
    text.push_str(&format!("\n{}\n", label(lang, "audit_how")));
    output::text(&text)?;
    Ok(Exit::Done)
}

/// A decision with the evidence it rests on.
fn shown(lang: Lang, decision: &NameDecision, master: &MasterData) -> String {
    let class = class_of(decision).unwrap_or_default();
    let head = say(
        lang,
        "audit_decision",
        &[
            ("decision", &decision.decision_id),
            ("name", &name_of(decision)),
            ("target", &target_of(decision, master)),
            ("kind", &word(lang, "kind", decision.kind.as_str())),
            ("class", &class),
            ("distributor", &decision.distributor_id),
        ],
    );
    let taken_back = decision.taken_back_by.as_ref().map(|by| {
        let said = say(lang, "review_taken_back", &[("who", by)]);
        format!("    {said}\n")
    });
    let taken_back = taken_back.unwrap_or_default();
    format!("\n{head}\n    {}\n{taken_back}", decision.note)
}

fn name_of(decision: &NameDecision) -> String {
    let texts = [&decision.name, &decision.spec, &decision.maker];
    let given = texts.into_iter().filter(|text| !text.is_empty());
    given.map(String::as_str).collect::<Vec<_>>().join(" · ")
}

fn target_of(decision: &NameDecision, master: &MasterData) -> String {
    let id = &decision.target_id;
    format!("{id} {}", words::entity(master, id))
        .trim_end()
        .to_owned()
}

async fn store(context: &Context, verdict: Verdict<'_>, dry_run: bool) -> anyhow::Result<Exit> {
    let mode = mode(dry_run);
    let session = Session::open_for(context, mode).await?;
    let lang = session.lang;
    let judged = judge(&session.warehouse, verdict, who(&session), mode).await?;
    let (decision, lines) = judged.map_err(usage)?;
    if session.format == Format::Json {
        output::json(&serde_json::json!({
            "dry_run": dry_run, "right": verdict.right, "decision": decision, "lines": lines,
        }))?;
        return Ok(Exit::Done);
    }
    let code = if verdict.right {
        "audit_judged_right"
    } else {
        "audit_judged_wrong"
    };
    let master = session.warehouse.master().await?;
    let said = say(
        lang,
        code,
        &[
            ("decision", &decision.decision_id),
            ("name", &name_of(&decision)),
            ("target", &target_of(&decision, &master)),
            ("held", &lines.held),
            ("changed", &lines.changed),
            ("late", &lines.late_lines),
        ],
    );
    if dry_run {
        output::note(&label(lang, "audit_would_judge"));
    }
    output::text(&format!("{said}\n"))?;
    Ok(Exit::Done)
}

async fn status(context: &Context) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let lang = session.lang;
    let decisions = session.warehouse.name_decisions().await?;
    let judgements = session.warehouse.judgements().await?;
    let standings = class_standings(&session.company.rules, &decisions, &judgements);
    if session.format == Format::Json {
        output::json(&serde_json::json!({ "classes": standings }))?;
        return Ok(Exit::Done);
    }
    if standings.is_empty() {
        output::note(&label(lang, "audit_no_rules"));
        return Ok(Exit::Done);
    }
    let titles = [
        "review_column_kind",
        "audit_column_class",
        "audit_column_automatic",
        "audit_column_taken_back",
        "audit_column_judged",
        "audit_column_wrong",
        "audit_column_rate",
        "audit_column_certified",
        "audit_column_standing",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Right),
        (titles[3].as_str(), Align::Right),
        (titles[4].as_str(), Align::Right),
        (titles[5].as_str(), Align::Right),
        (titles[6].as_str(), Align::Left),
        (titles[7].as_str(), Align::Left),
        (titles[8].as_str(), Align::Left),
    ]);
    for standing in &standings {
        table.row(row(lang, standing));
    }
    output::text(&table.render(""))?;
    Ok(Exit::Done)
}

fn row(lang: Lang, standing: &ClassStanding) -> [String; 9] {
    let certified = standing.certified.as_ref();
    let threshold = certified.and_then(|class| class.threshold);
    let state = match (standing.accepted, threshold, standing.suspended) {
        (_, _, true) => "audit_suspended",
        (false, ..) => "audit_off",
        (true, None, _) => "audit_uncertified",
        (true, Some(_), false) => "audit_accepts",
    };
    let certified = certified.filter(|class| class.accepted > 0).map(|class| {
        format!(
            "{}/{} {}",
            class.errors,
            class.accepted,
            interval(class.error_interval)
        )
    });
    let measured = standing.error_rate.map(|rate| {
        format!(
            "{:.2} % {}",
            rate * 100.0,
            interval(standing.error_interval)
        )
    });
    [
        word(lang, "kind", standing.kind.as_str()),
        standing.class.clone(),
        standing.automatic.to_string(),
        standing.taken_back.to_string(),
        standing.judged.to_string(),
        standing.wrong.to_string(),
        measured.unwrap_or_else(|| "–".to_owned()),
        certified.unwrap_or_else(|| "–".to_owned()),
        label(lang, state),
    ]
}

/// `(0.00–0.95 %)`
fn interval([low, high]: [f64; 2]) -> String {
    format!("({:.2}–{:.2} %)", low * 100.0, high * 100.0)
}
