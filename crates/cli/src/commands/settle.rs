//! `channelflow settle PERIOD`: drafts of statements for everybody who earned something.

use channelflow_model::messages::say;
use channelflow_model::statement::StatementState;
use channelflow_model::{Period, Sentence};
use channelflow_pipeline::settle::{SettleOptions, settle};
use channelflow_pipeline::settle_text::render_outcome;
use channelflow_warehouse::{Mode, StatementFilter};
use clap::Args;

use crate::Format;
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `settle`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The month, such as 2026-02
    period: String,
    /// Compute also statements whose records have not changed
    #[arg(long)]
    afresh: bool,
    /// Say what would happen and store nothing
    #[arg(long)]
    dry_run: bool,
}

/// A month as typed.
pub fn period_of(text: &str) -> anyhow::Result<Period> {
    Period::from_iso(text).ok_or_else(|| usage(Sentence::new("not_a_period").fact("found", text)))
}

/// Settles.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let period = period_of(&arguments.period)?;
    let mode = mode(arguments.dry_run);
    let session = Session::open_for(context, mode).await?;
    let options = SettleOptions {
        period,
        who: session.who.clone(),
        at: session.at.clone(),
        mode,
        afresh: arguments.afresh,
    };
    let outcome = settle(&session.company, &session.warehouse, &options).await?;
    let filter = StatementFilter {
        period: Some(period),
        ..StatementFilter::default()
    };
    let heads = session.warehouse.statements(filter).await?;
    match session.format {
        Format::Json => output::json(&outcome)?,
        Format::Text => {
            let dry_run = mode == Mode::DryRun;
            output::text(&render_outcome(&outcome, &heads, dry_run, session.lang))?;
            if !heads.is_empty() && !dry_run {
                output::note(&say(session.lang, "settle_next", &[("period", &period)]));
            }
        }
    }
    // What waits is told again until it is done, also by a run that computed nothing new.
    let computed = |party: &str| outcome.computed.iter().find(|it| it.party_id == party);
    let mut unchanged = heads
        .iter()
        .filter(|head| head.state == StatementState::Draft && computed(&head.party_id).is_none());
    let waits = outcome.provisional
        || outcome.computed.iter().any(|it| it.held_lines > 0)
        || unchanged.any(|head| head.held_lines > 0);
    Ok(if waits { Exit::Attention } else { Exit::Done })
}
