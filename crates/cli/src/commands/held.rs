//! `channelflow held list|export`.

use std::path::PathBuf;

use channelflow_model::messages::{label, say};
use channelflow_model::{HoldReason, Sentence};
use channelflow_pipeline::table::{Align, Table, count};
use channelflow_warehouse::HeldFilter;
use clap::{Args, Subcommand};

use crate::Format;
use crate::exit::{Exit, usage};
use crate::export;
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `held`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// What waits, by reason and reported name, most yuan first
    List {
        #[command(flatten)]
        which: Which,
    },
    /// Every held row into a file (.csv, .xlsx or .parquet)
    Export {
        /// File to write
        file: PathBuf,
        #[command(flatten)]
        which: Which,
    },
}

/// Which held rows.
#[derive(Debug, Args)]
pub struct Which {
    /// Of this distributor
    #[arg(long, short)]
    distributor: Option<String>,
    /// For this reason, such as `unknown_customer`
    #[arg(long)]
    reason: Option<String>,
    /// Of this submission
    #[arg(long)]
    submission: Option<i64>,
}

impl Which {
    fn filter(&self) -> anyhow::Result<HeldFilter> {
        let reason = match &self.reason {
            None => None,
            Some(word) => Some(HoldReason::from_word(word).ok_or_else(|| {
                let words: Vec<&str> = HoldReason::ALL.iter().map(|known| known.as_str()).collect();
                usage(
                    Sentence::new("not_a_reason")
                        .fact("found", word)
                        .fact("known", words.join(", ")),
                )
            })?),
        };
        Ok(HeldFilter {
            distributor_id: self.distributor.clone(),
            reason,
            submission_id: self.submission,
            limit: None,
        })
    }
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::List { which } => list(context, which).await,
        Command::Export { file, which } => {
            let session = Session::open(context).await?;
            session
                .check_distributor(which.distributor.as_deref())
                .await?;
            let rows = session.warehouse.held_lines(&which.filter()?).await?;
            let mut writer = export::Writer::create(file, session.lang)?;
            for row in &rows {
                writer.write(row)?;
            }
            writer.finish()?;
            output::note(&say(
                session.lang,
                "export_written",
                &[
                    ("rows", &count(rows.len() as u64)),
                    ("path", &file.display()),
                ],
            ));
            Ok(Exit::Done)
        }
    }
}

async fn list(context: &Context, which: &Which) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    session
        .check_distributor(which.distributor.as_deref())
        .await?;
    let groups = session.warehouse.held_summary(&which.filter()?).await?;
    if session.format == Format::Json {
        output::json(&groups)?;
        return Ok(Exit::Done);
    }
    let titles = [
        "column_reason",
        "column_distributor",
        "column_kind",
        "column_name",
        "column_code",
        "column_spec",
        "column_rows",
        "column_amount",
    ]
    .map(|code| label(session.lang, code));
    let mut table = Table::new([
        (titles[0].as_str(), Align::Left),
        (titles[1].as_str(), Align::Left),
        (titles[2].as_str(), Align::Left),
        (titles[3].as_str(), Align::Left),
        (titles[4].as_str(), Align::Left),
        (titles[5].as_str(), Align::Left),
        (titles[6].as_str(), Align::Right),
        (titles[7].as_str(), Align::Right),
    ]);
    for group in &groups {
        table.row([
            label(session.lang, &format!("hold_{}", group.reason)),
            group.distributor_id.clone(),
            label(session.lang, &format!("kind_{}", group.kind)),
            group.name.clone(),
            group.code.clone(),
            format!("{} {}", group.spec, group.unit).trim().to_owned(),
            count(group.rows),
            group.amount.to_money(),
        ]);
    }
    if table.is_empty() {
        output::text(&format!("{}\n", label(session.lang, "held_nothing")))?;
    } else {
        output::text(&table.render(""))?;
    }
    Ok(Exit::Done)
}
