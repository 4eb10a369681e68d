//! `channelflow review decide|decisions|undo`: one decision at a time, for scripts and for what
//! the screen does.

use channelflow_model::messages::{label, say};
use channelflow_model::{Lang, Sentence};
use channelflow_pipeline::review::WaitingName;
use channelflow_pipeline::review_decide::{self, Answer, Checker, Decided, Verdict};
use channelflow_pipeline::table::{Align, Table};
use clap::Args;

use super::{Desk, who, words};
use crate::Format;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `review decide`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Key of the name, as `review list` shows it
    key: String,
    #[command(flatten)]
    answer: Answers,
    /// For all distributors, not only the one that reported the name
    #[arg(long)]
    global: bool,
    /// Why, for those who read the decision later
    #[arg(long, default_value = "")]
    note: String,
    /// Say what would happen and store nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Answers {
    /// It is this master entity: its id
    #[arg(long, value_name = "ID")]
    choose: Option<String>,
    /// It is this candidate: 1 to 5
    #[arg(long, value_name = "NUMBER")]
    candidate: Option<usize>,
    /// None of the candidates: they are not proposed for it again
    #[arg(long)]
    none: bool,
    /// Not ours: its rows are counted and left out
    #[arg(long)]
    ignore: bool,
    /// Propose a new master entity
    #[arg(long)]
    new: bool,
}

impl Answers {
    fn verdict(&self, name: &WaitingName) -> anyhow::Result<Verdict> {
        if let Some(number) = self.candidate {
            let found = number.checked_sub(1).and_then(|at| name.candidates.get(at));
            return match found {
                Some(candidate) => Ok(Verdict::Choose(candidate.id.clone())),
                None => Err(usage(
                    Sentence::new("review_no_candidate")
                        .fact("name", &name.name)
                        .fact("number", number),
                )),
            };
        }
        Ok(match &self.choose {
            Some(id) => Verdict::Choose(id.clone()),
            None if self.none => Verdict::NoneOf(all_of(name)),
            None if self.ignore => Verdict::Ignore,
            None => Verdict::New,
        })
    }
}

/// Ids of the candidates that were shown.
pub fn all_of(name: &WaitingName) -> Vec<String> {
    let ids = name.candidates.iter().map(|candidate| candidate.id.clone());
    ids.collect()
}

/// Decides one name.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mode = mode(arguments.dry_run);
    let session = Session::open_for(context, mode).await?;
    let desk = Desk::open(session, None).await?;
    let lang = desk.session.lang;
    let name = desk.name(&arguments.key)?;
    let answer = Answer {
        name: &name,
        verdict: arguments.answer.verdict(&name)?,
        global: arguments.global,
        note: arguments.note.clone(),
    };
    let who = who(&desk.session);
    let known = desk.session.warehouse.name_decisions().await?;
    let mut checker = Checker::new(&desk.master, &known);
    checker.add(&answer, who).map_err(usage)?;
    let decided = review_decide::decide(&desk.session.warehouse, checker.plan(), who, mode).await?;
    if desk.session.format == Format::Json {
        output::json(&serde_json::json!({
            "dry_run": arguments.dry_run,
            "decisions": decided.decisions,
            "unchanged": decided.unchanged,
            "lines": decided.lines,
        }))?;
        return Ok(Exit::Done);
    }
    let code = if arguments.dry_run {
        "review_would_decide"
    } else {
        "review_decided"
    };
    let said = told(lang, code, &decided, &desk);
    output::text(&format!("{said}\n"))?;
    Ok(Exit::Done)
}

fn told(lang: Lang, code: &'static str, decided: &Decided, desk: &Desk) -> String {
    match decided.decisions.first() {
        None => label(lang, "review_unchanged"),
        Some(decision) => words::outcome(lang, code, decision, &decided.lines, &desk.master),
    }
}

/// Takes a decision back.
pub async fn undo(
    context: &Context,
    decision_id: Option<i64>,
    dry_run: bool,
) -> anyhow::Result<Exit> {
    let mode = mode(dry_run);
    let session = Session::open_for(context, mode).await?;
    let lang = session.lang;
    let master = session.warehouse.master().await?;
    let undone = review_decide::undo(&session.warehouse, decision_id, who(&session), mode).await?;
    let (decision, lines) = undone.map_err(usage)?;
    if session.format == Format::Json {
        output::json(&serde_json::json!({
            "dry_run": dry_run, "decision": decision, "lines": lines,
        }))?;
        return Ok(Exit::Done);
    }
    let code = if dry_run {
        "review_would_undo"
    } else {
        "review_undone"
    };
    let said = words::outcome(lang, code, &decision, &lines, &master);
    output::text(&format!("{said}\n"))?;
    Ok(Exit::Done)
}

/// Prints every decision.
pub async fn decisions(context: &Context) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let lang = session.lang;
    let decisions = session.warehouse.name_decisions().await?;
    if session.format == Format::Json {
        output::json(&decisions)?;
        return Ok(Exit::Done);
    }
    if decisions.is_empty() {
        output::note(&label(lang, "review_no_decisions"));
        return Ok(Exit::Done);
    }
    let master = session.warehouse.master().await?;
    let titles = [
        "column_number",
        "column_decided_at",
        "column_decided_by",
        "review_column_action",
        "review_column_state",
    ]
    .map(|code| label(lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Right),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Left),
    ]);
    for decision in &decisions {
        let state = decision.taken_back_by.as_ref();
        table.row([
            decision.decision_id.to_string(),
            decision.decided_at.clone(),
            decision.decided_by.clone(),
            words::said(lang, decision, &master),
            state.map_or_else(String::new, |by| {
                say(lang, "review_taken_back", &[("who", by)])
            }),
        ]);
    }
    output::text(&table.render(""))?;
    Ok(Exit::Done)
}
