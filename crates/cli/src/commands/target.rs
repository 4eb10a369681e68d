//! `channelflow target import|list`: what units and distributors are to reach (指标).

use std::collections::BTreeMap;

use channelflow_model::messages::{label, say, word};
use channelflow_model::settlement::{Target, TargetOwner};
use channelflow_model::{Period, Sentence};
use channelflow_pipeline::settlement_kind::SettlementKind;
use channelflow_pipeline::table::Align;
use clap::Subcommand;

use crate::Format;
use crate::commands::settings_import::{self, Arguments, table};
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `target`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import all targets from a CSV or Excel file: validated whole, differences shown
    Import(Arguments),
    /// List the targets of a month
    List {
        /// The month, such as 2026-01
        period: String,
    },
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Import(arguments) => {
            settings_import::import(context, arguments, &[SettlementKind::Targets]).await
        }
        Command::List { period } => list(context, period).await,
    }
}

async fn list(context: &Context, period: &str) -> anyhow::Result<Exit> {
    let Some(period) = Period::from_iso(period) else {
        return Err(usage(Sentence::new("not_a_period").fact("found", period)));
    };
    let session = Session::open(context).await?;
    let lang = session.lang;
    let settings = session.warehouse.settings(None).await?;
    let targets: Vec<&Target> = settings
        .targets
        .iter()
        .filter(|target| target.period == period)
        .collect();
    if session.format == Format::Json {
        output::json(&targets)?;
        return Ok(Exit::Done);
    }
    if targets.is_empty() {
        output::note(&say(lang, "target_none", &[("period", &period)]));
        return Ok(Exit::Done);
    }
    let units = settings
        .units
        .iter()
        .map(|it| (it.id.as_str(), it.name.as_str()));
    let units: BTreeMap<&str, &str> = units.collect();
    let distributors: BTreeMap<&str, &str> = settings
        .distributors
        .iter()
        .map(|it| (it.id.as_str(), it.name.as_str()))
        .collect();
    let mut table = table(
        lang,
        [
            ("column_owner", Align::Left),
            ("column_group", Align::Left),
            ("column_measure", Align::Left),
            ("column_counting_point", Align::Left),
            ("column_value", Align::Right),
        ],
    );
    for target in targets {
        let (id, names) = match &target.owner {
            TargetOwner::Unit(id) => (id, &units),
            TargetOwner::Distributor(id) | TargetOwner::Base(id) => (id, &distributors),
        };
        let name = names.get(id.as_str()).copied().unwrap_or_default();
        table.row([
            match &target.owner {
                TargetOwner::Base(_) => format!("{id} {name} · {}", label(lang, "target_base")),
                _ => format!("{id} {name}").trim_end().to_owned(),
            },
            target.product_group.clone(),
            word(lang, "measure", target.measure.as_str()),
            target.counting_point.clone(),
            target.value.to_string(),
        ]);
    }
    output::text(&table.render(""))?;
    Ok(Exit::Done)
}
