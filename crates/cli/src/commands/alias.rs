//! `channelflow alias import|export|set|take-back`: what reported names stand for. A decision
//! applies to all stored rows of the name at once; no file is read again.

use std::path::{Path, PathBuf};

use channelflow_model::master::{Alias, AliasKind, MasterData};
use channelflow_model::messages::say;
use channelflow_model::{Day, Sentence};
use channelflow_pipeline::master::{MasterKind, MasterRows};
use channelflow_pipeline::master_run::read_rows;
use channelflow_pipeline::report_text::write_finding;
use channelflow_pipeline::review_decide::{self, Who};
use channelflow_warehouse::{AliasFilter, AliasOutcome, DecisionOutcome, Mode};
use clap::{Args, Subcommand};

use crate::Format;
use crate::exit::{Exit, usage};
use crate::export::write_aliases;
use crate::output;
use crate::session::{Context, Session, mode, no_distributor};

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
    match read_rows(&session.company, file, MasterKind::Aliases).await? {
        Ok(MasterRows::Aliases(aliases)) => carry_out(&session, &aliases, mode).await,
        Ok(_) => Ok(Exit::Done),
        Err(findings) => {
            let mut text = String::new();
            for finding in &findings {
                write_finding(&mut text, finding, session.lang, "");
            }
            output::note(text.trim_end());
            Ok(Exit::Usage)
        }
    }
}

async fn set(context: &Context, arguments: &SetArguments) -> anyhow::Result<Exit> {
    let mode = mode(arguments.dry_run);
    let session = Session::open_for(context, mode).await?;
    let master = session.warehouse.master().await?;
    let alias = alias_of(&session, &master, arguments)?;
    carry_out(&session, std::slice::from_ref(&alias), mode).await
}

/// Sets the aliases, applies them to stored rows, and says what came of it.
async fn carry_out(session: &Session, aliases: &[Alias], mode: Mode) -> anyhow::Result<Exit> {
    let (outcome, lines) =
        review_decide::set_aliases(&session.warehouse, aliases, who(session), mode).await?;
    print(session, &outcome, &lines, mode)?;
    Ok(Exit::Done)
}

fn who(session: &Session) -> Who<'_> {
    Who {
        name: &session.who,
        at: &session.at,
    }
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
                Sentence::new("not_an_alias_kind").fact("found", other),
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
            Sentence::new("no_target")
                .fact("kind", kind.as_str())
                .fact("target", target),
        ));
    }
    let distributor_id = arguments.distributor.clone().unwrap_or_default();
    if !distributor_id.is_empty()
        && !master
            .distributors
            .iter()
            .any(|distributor| distributor.id == distributor_id)
    {
        return Err(no_distributor(&distributor_id, &master.distributors));
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
        _ => Err(usage(Sentence::new("not_a_factor").fact("found", text))),
    }
}

fn day_of(text: Option<&str>) -> anyhow::Result<Option<Day>> {
    text.map(|text| {
        Day::from_iso(text).ok_or_else(|| usage(Sentence::new("not_a_day").fact("found", text)))
    })
    .transpose()
}

async fn take_back(context: &Context, alias_id: i64, mode: Mode) -> anyhow::Result<Exit> {
    let session = Session::open_for(context, mode).await?;
    let (alias, lines) =
        review_decide::take_back_alias(&session.warehouse, alias_id, who(&session), mode).await?;
    let outcome = AliasOutcome {
        replaced: vec![(alias.clone(), alias)],
        ..AliasOutcome::default()
    };
    print(&session, &outcome, &lines, mode)?;
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
