//! `channelflow alias import|export|set|take-back`: what reported names stand for. A decision
//! applies to all stored rows of the name at once; no file is read again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use channelflow_model::Day;
use channelflow_model::master::{Alias, AliasKind, MasterData};
use channelflow_model::messages::say;
use channelflow_pipeline::master::{MasterKind, MasterRows};
use channelflow_pipeline::master_run::{Imported, import_file, lay_over_alias};
use channelflow_pipeline::report_text::write_finding;
use channelflow_pipeline::reresolve::{Affected, reresolve};
use channelflow_warehouse::{AliasFilter, AliasOutcome, Cause, DecisionOutcome, Mode};
use clap::{Args, Subcommand};

use crate::Format;
use crate::exit::{Exit, usage};
use crate::export::write_aliases;
use crate::output;
use crate::session::{Context, Session, mode};

/// Arguments of `alias`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import aliases from a CSV or Excel file; validated whole
    Import {
        /// The file
        file: PathBuf,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Write all aliases in force to a CSV file that `alias import` reads
    Export {
        /// File to write; `-` for stdout
        file: PathBuf,
    },
    /// Decide what one reported name stands for
    Set(Box<SetArguments>),
    /// Take an alias back
    TakeBack {
        /// Number of the alias
        alias: i64,
        /// Say what would happen and store nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// Arguments of `alias set`.
#[derive(Debug, Args)]
pub struct SetArguments {
    /// customer or product
    kind: String,
    /// Reported name
    name: String,
    /// Id of the master entity
    #[arg(required_unless_present = "ignore")]
    target: Option<String>,
    /// Not ours: count such rows and leave them out
    #[arg(long, conflicts_with = "target")]
    ignore: bool,
    /// Valid for this distributor only
    #[arg(long, short)]
    distributor: Option<String>,
    /// Reported code
    #[arg(long, default_value = "")]
    code: String,
    /// Reported spec, for products
    #[arg(long, default_value = "")]
    spec: String,
    /// Reported maker, for products
    #[arg(long, default_value = "")]
    maker: String,
    /// Reported unit the factor is for, for products
    #[arg(long, default_value = "", requires = "factor")]
    unit: String,
    /// Base units per reported unit, such as 100 or 1/24, for products
    #[arg(long)]
    factor: Option<String>,
    /// First day it holds for, such as 2026-01-01
    #[arg(long)]
    from: Option<String>,
    /// Last day it holds for
    #[arg(long)]
    to: Option<String>,
    /// Say what would happen and store nothing
    #[arg(long)]
    dry_run: bool,
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Import { file, dry_run } => import(context, file, mode(*dry_run)).await,
        Command::Export { file } => {
            let session = Session::open(context).await?;
            let aliases = session.warehouse.aliases(&AliasFilter::default()).await?;
            if session.format == Format::Json {
                output::json(&aliases)?;
            } else {
                write_aliases(file, &aliases)?;
            }
            Ok(Exit::Done)
        }
        Command::Set(arguments) => set(context, arguments).await,
        Command::TakeBack { alias, dry_run } => take_back(context, *alias, mode(*dry_run)).await,
    }
}

async fn import(context: &Context, file: &Path, mode: Mode) -> anyhow::Result<Exit> {
    let session = Session::open_for(context, mode).await?;
    let (imported, rows) = import_file(
        &session.company,
        &session.warehouse,
        file,
        MasterKind::Aliases,
        &session.who,
        &session.at,
        mode,
    )
    .await?;
    match (imported, rows) {
        (Imported::Aliases(outcome), Some(MasterRows::Aliases(aliases))) => {
            let mut master = session.warehouse.master().await?;
            if mode == Mode::DryRun {
                for alias in aliases {
                    lay_over_alias(&mut master, alias);
                }
            }
            settle(&session, &master, &outcome, mode).await
        }
        (Imported::Refused(findings), _) => {
            let mut text = String::new();
            for finding in &findings {
                write_finding(&mut text, finding, session.lang, "");
            }
            output::note(text.trim_end());
            Ok(Exit::Usage)
        }
        _ => Ok(Exit::Done),
    }
}

async fn set(context: &Context, arguments: &SetArguments) -> anyhow::Result<Exit> {
    let mode = mode(arguments.dry_run);
    let session = Session::open_for(context, mode).await?;
    let mut master = session.warehouse.master().await?;
    let alias = alias_of(&session, &master, arguments)?;
    let outcome = session
        .warehouse
        .set_aliases(
            std::slice::from_ref(&alias),
            &session.who,
            &session.at,
            mode,
        )
        .await?;
    if mode == Mode::DryRun {
        lay_over_alias(&mut master, alias);
    } else {
        master = session.warehouse.master().await?;
    }
    settle(&session, &master, &outcome, mode).await
}

fn alias_of(
    session: &Session,
    master: &MasterData,
    arguments: &SetArguments,
) -> anyhow::Result<Alias> {
    let kind = match arguments.kind.as_str() {
        "customer" => AliasKind::Customer,
        "product" => AliasKind::Product,
        other => {
            return Err(usage(
                format!("`{other}` is no alias kind"),
                "customer or product",
            ));
        }
    };
    let target = arguments.target.clone().unwrap_or_default();
    let exists = match kind {
        AliasKind::Customer => master
            .customers
            .iter()
            .any(|customer| customer.id == target),
        AliasKind::Product => master.products.iter().any(|product| product.id == target),
    };
    if !arguments.ignore && !exists {
        return Err(usage(
            format!(
                "there is no {} `{target}` in the master data",
                kind.as_str()
            ),
            "give the id of a master entity, or import it first with `channelflow master import`",
        ));
    }
    let distributor_id = arguments.distributor.clone().unwrap_or_default();
    if !distributor_id.is_empty()
        && !master
            .distributors
            .iter()
            .any(|distributor| distributor.id == distributor_id)
    {
        return Err(usage(
            format!("there is no distributor `{distributor_id}`"),
            "give its id",
        ));
    }
    let (factor_numerator, factor_denominator) = factor_of(arguments.factor.as_deref())?;
    Ok(Alias {
        alias_id: 0,
        kind,
        distributor_id,
        name: arguments.name.clone(),
        code: arguments.code.clone(),
        spec: arguments.spec.clone(),
        maker: arguments.maker.clone(),
        unit: arguments.unit.clone(),
        target_id: target,
        ignore: arguments.ignore,
        factor_numerator,
        factor_denominator,
        valid_from: day_of(arguments.from.as_deref())?,
        valid_to: day_of(arguments.to.as_deref())?,
        origin: "person".to_owned(),
        decided_by: session.who.clone(),
        decided_at: session.at.clone(),
    })
}

fn factor_of(text: Option<&str>) -> anyhow::Result<(i64, i64)> {
    let Some(text) = text else { return Ok((0, 0)) };
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    match (
        numerator.trim().parse::<i64>(),
        denominator.trim().parse::<i64>(),
    ) {
        (Ok(numerator), Ok(denominator)) if numerator > 0 && denominator > 0 => {
            Ok((numerator, denominator))
        }
        _ => Err(usage(
            format!("`{text}` is not a factor"),
            "write a whole number or 1/24",
        )),
    }
}

fn day_of(text: Option<&str>) -> anyhow::Result<Option<Day>> {
    text.map(|text| {
        Day::from_iso(text)
            .ok_or_else(|| usage(format!("`{text}` is not a day"), "write it as 2026-01-31"))
    })
    .transpose()
}

async fn take_back(context: &Context, alias_id: i64, mode: Mode) -> anyhow::Result<Exit> {
    let session = Session::open_for(context, mode).await?;
    let alias = session
        .warehouse
        .take_back_alias(alias_id, &session.who, &session.at, mode)
        .await?;
    let mut master = session.warehouse.master().await?;
    master.aliases.retain(|known| known.alias_id != alias_id);
    let outcome = AliasOutcome {
        replaced: vec![(alias.clone(), alias)],
        ..AliasOutcome::default()
    };
    settle(&session, &master, &outcome, mode).await
}

/// Applies the decision to stored rows and says what came of it.
async fn settle(
    session: &Session,
    master: &MasterData,
    outcome: &AliasOutcome,
    mode: Mode,
) -> anyhow::Result<Exit> {
    let touched: Vec<&Alias> = outcome
        .added
        .iter()
        .chain(outcome.replaced.iter().flat_map(|(old, new)| [old, new]))
        .collect();
    let distributors: BTreeSet<String> = touched
        .iter()
        .map(|alias| alias.distributor_id.clone())
        .collect();
    // An alias without a distributor holds for all of them.
    let affected = if distributors.contains("") {
        Affected::All
    } else {
        Affected::AllOf(&distributors)
    };
    let decided = if touched.is_empty() {
        DecisionOutcome::default()
    } else {
        let (warehouse, at) = (&session.warehouse, session.at.as_str());
        reresolve(warehouse, master, affected, Cause::Decision, None, at, mode).await?
    };
    print(session, outcome, &decided, mode)?;
    Ok(Exit::Done)
}

fn print(
    session: &Session,
    outcome: &AliasOutcome,
    decided: &DecisionOutcome,
    mode: Mode,
) -> anyhow::Result<()> {
    if session.format == Format::Json {
        return output::json(&serde_json::json!({
            "dry_run": mode == Mode::DryRun,
            "added": outcome.added,
            "replaced": outcome.replaced,
            "unchanged": outcome.unchanged,
            "lines": decided,
        }));
    }
    let code = if mode == Mode::DryRun {
        "alias_would_apply"
    } else {
        "alias_applied"
    };
    output::text(&format!(
        "{}\n",
        say(
            session.lang,
            code,
            &[
                ("added", &outcome.added.len()),
                ("replaced", &outcome.replaced.len()),
                ("unchanged", &outcome.unchanged),
                ("accepted", &decided.accepted),
                ("changed", &decided.changed),
                ("held", &decided.held),
                ("ignored", &decided.ignored),
                ("late", &(decided.late_lines + decided.reversals)),
            ],
        )
    ))
}
