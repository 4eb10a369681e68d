//! `channelflow statement list|show|export|confirm|pay|reverse|verify`.

mod export;

use channelflow_model::Sentence;
use channelflow_model::messages::{label, say, word};
use channelflow_model::statement::{Statement, StatementState};
use channelflow_pipeline::settle::{GateState, Verified, gates_of, verify};
use channelflow_pipeline::settle_text::{list, render_statement};
use channelflow_warehouse::{Mode, StatementFilter};
use clap::{Args, Subcommand};

use super::settle::period_of;
use crate::Format;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `statement`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List statements (返利单)
    List {
        /// Of this month, such as 2026-02
        #[arg(long)]
        period: Option<String>,
        /// Of this distributor
        #[arg(long, short)]
        distributor: Option<String>,
        /// In this state: draft, confirmed, paid, reversed, superseded
        #[arg(long)]
        state: Option<String>,
    },
    /// Show a statement with its lines
    Show {
        /// Its number, such as 2026-02-D01-1
        number: String,
        /// Every step of the computation too
        #[arg(long)]
        steps: bool,
    },
    /// Write a statement with its steps and records to Excel or a page to print
    Export(export::Arguments),
    /// Confirm a draft: from then on differences become lines of a later statement
    Confirm {
        #[command(flatten)]
        moving: Moving,
        /// Also although a quality gate was missed
        #[arg(long)]
        provisional: bool,
    },
    /// Record that a confirmed statement was paid
    Pay {
        #[command(flatten)]
        moving: Moving,
    },
    /// Take a confirmed or paid statement back (冲销), as if it had never been stated
    Reverse {
        #[command(flatten)]
        moving: Moving,
    },
    /// Compute a statement anew and compare
    Verify {
        /// Its number; without one, all statements of `--period`
        number: Option<String>,
        /// Every statement of this month
        #[arg(long)]
        period: Option<String>,
    },
}

/// A move of a statement's state.
#[derive(Debug, Args)]
pub struct Moving {
    /// Its number, such as 2026-02-D01-1
    number: String,
    /// Why, or how it was paid
    #[arg(long, default_value = "")]
    note: String,
    /// Say what would happen and store nothing
    #[arg(long)]
    dry_run: bool,
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::List {
            period,
            distributor,
            state,
        } => {
            show_list(
                context,
                period.as_deref(),
                distributor.as_deref(),
                state.as_deref(),
            )
            .await
        }
        Command::Show { number, steps } => show(context, number, *steps).await,
        Command::Export(arguments) => export::execute(context, arguments).await,
        Command::Confirm {
            moving,
            provisional,
        } => confirm(context, moving, *provisional).await,
        Command::Pay { moving } => {
            let session = Session::open_for(context, mode(moving.dry_run)).await?;
            carry_on(&session, moving, StatementState::Paid).await
        }
        Command::Reverse { moving } => {
            let session = Session::open_for(context, mode(moving.dry_run)).await?;
            carry_on(&session, moving, StatementState::Reversed).await
        }
        Command::Verify { number, period } => {
            prove(context, number.as_deref(), period.as_deref()).await
        }
    }
}

async fn show_list(
    context: &Context,
    period: Option<&str>,
    distributor: Option<&str>,
    state: Option<&str>,
) -> anyhow::Result<Exit> {
    let period = period.map(period_of).transpose()?;
    let state = state
        .map(|word| {
            StatementState::from_word(word).ok_or_else(|| {
                let known = StatementState::ALL.map(StatementState::as_str);
                usage(
                    Sentence::new("statement_not_a_state")
                        .fact("found", word)
                        .fact("known", known.join(", ")),
                )
            })
        })
        .transpose()?;
    let session = Session::open(context).await?;
    session.check_distributor(distributor).await?;
    let filter = StatementFilter {
        period,
        party_id: distributor,
        state,
    };
    let heads = session.warehouse.statements(filter).await?;
    match session.format {
        Format::Json => output::json(&heads)?,
        Format::Text if heads.is_empty() => {
            output::note(&label(session.lang, "statement_none"));
        }
        Format::Text => output::text(&list(&heads, session.lang))?,
    }
    Ok(Exit::Done)
}

/// Standard name of a party.
pub async fn party_name(session: &Session, party_id: &str) -> anyhow::Result<String> {
    let master = session.warehouse.master().await?;
    let known = master.distributors.into_iter().find(|it| it.id == party_id);
    Ok(known.map(|known| known.name).unwrap_or_default())
}

async fn show(context: &Context, number: &str, steps: bool) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let statement = session.warehouse.statement(number).await?;
    if session.format == Format::Json {
        // Its figures are stored as one line of text; shown they are indented like the rest.
        output::json(&serde_json::to_value(&statement)?)?;
    } else {
        let settlement = session
            .warehouse
            .settlement(statement.head.settlement_id)
            .await?;
        let name = party_name(&session, &statement.head.party_id).await?;
        output::text(&render_statement(
            &statement,
            &settlement,
            &name,
            steps,
            session.lang,
        ))?;
    }
    let held = statement.head.held_lines > 0;
    Ok(if held { Exit::Attention } else { Exit::Done })
}

/// Confirms what would come out now, with nothing held; anything else is refused.
async fn confirm(context: &Context, moving: &Moving, provisional: bool) -> anyhow::Result<Exit> {
    let session = Session::open_for(context, mode(moving.dry_run)).await?;
    let statement = session.warehouse.statement(&moving.number).await?;
    let head = &statement.head;
    let about = |code| Sentence::new(code).fact("number", &head.number);
    if head.state == StatementState::Draft {
        if head.held_lines > 0 {
            return Err(usage(
                about("statement_confirm_held").fact("lines", head.held_lines),
            ));
        }
        let gates = gates_of(&session.company, &session.warehouse, head.period).await?;
        let missed = gates.iter().any(|gate| gate.state == GateState::Missed);
        if (missed || head.provisional) && !provisional {
            return Err(usage(about("statement_confirm_provisional")));
        }
        let verified = verify(&session.company, &session.warehouse, &statement).await?;
        if !verified.is_proven() {
            return Err(usage(
                about("statement_confirm_changed").fact("period", head.period),
            ));
        }
    }
    carry_on(&session, moving, StatementState::Confirmed).await
}

async fn carry_on(
    session: &Session,
    moving: &Moving,
    state: StatementState,
) -> anyhow::Result<Exit> {
    let mode = mode(moving.dry_run);
    let head = session
        .warehouse
        .move_statement(
            &moving.number,
            state,
            &session.who,
            &session.at,
            &moving.note,
            mode,
        )
        .await?;
    if session.format == Format::Json {
        output::json(&head)?;
        return Ok(Exit::Done);
    }
    let code = if mode == Mode::DryRun {
        "statement_would_move"
    } else {
        "statement_moved"
    };
    let state = word(session.lang, "statement_state", head.state.as_str());
    let said = say(
        session.lang,
        code,
        &[
            ("number", &head.number),
            ("state", &state),
            ("total", &head.total.to_money()),
        ],
    );
    output::text(&format!("{said}\n"))?;
    Ok(Exit::Done)
}

async fn prove(
    context: &Context,
    number: Option<&str>,
    period: Option<&str>,
) -> anyhow::Result<Exit> {
    let period = period.map(period_of).transpose()?;
    let session = Session::open(context).await?;
    let mut statements: Vec<Statement> = Vec::new();
    match (number, period) {
        (Some(number), _) => statements.push(session.warehouse.statement(number).await?),
        (None, Some(period)) => {
            let filter = StatementFilter {
                period: Some(period),
                ..StatementFilter::default()
            };
            for head in session.warehouse.statements(filter).await? {
                statements.push(session.warehouse.statement(&head.number).await?);
            }
        }
        (None, None) => return Err(usage(Sentence::new("statement_verify_which"))),
    }
    let mut all = Vec::new();
    for statement in &statements {
        all.push(verify(&session.company, &session.warehouse, statement).await?);
    }
    match session.format {
        Format::Json => output::json(&all)?,
        Format::Text => {
            for verified in &all {
                output::text(&shown(&session, verified))?;
            }
        }
    }
    let proven = all.iter().all(Verified::is_proven);
    Ok(if proven { Exit::Done } else { Exit::Attention })
}

fn shown(session: &Session, verified: &Verified) -> String {
    let lang = session.lang;
    let number = &verified.number;
    let about = |code| say(lang, code, &[("number", number)]);
    if verified.is_proven() {
        return about("statement_proven") + "\n";
    }
    let mut lines = Vec::new();
    if !verified.current {
        lines.push(about("statement_not_current"));
    }
    if !verified.untouched {
        lines.push(about("statement_touched"));
    }
    if !verified.adds_up {
        lines.push(about("statement_does_not_add_up"));
    }
    for part in &verified.not_reproduced {
        lines.push(say(lang, "statement_not_reproduced", &[("part", part)]));
    }
    for changed in &verified.changed {
        let now = changed.now.map_or_else(
            || label(lang, "statement_now_held"),
            channelflow_model::Micros::to_money,
        );
        let facts: [(&str, &dyn std::fmt::Display); 4] = [
            ("part", &changed.part_no),
            ("policy", &changed.policy),
            ("stated", &changed.stated.to_money()),
            ("now", &now),
        ];
        lines.push(say(lang, "statement_changed", &facts));
    }
    format!("{number}\n  {}\n", lines.join("\n  "))
}
