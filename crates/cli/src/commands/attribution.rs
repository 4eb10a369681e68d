//! `channelflow attribution import|check`: who is credited for which customer (客户分管), and what
//! happens to the sales nobody is attributed to (非锁规则).

use std::collections::BTreeSet;

use channelflow_model::Day;
use channelflow_model::finding::Severity;
use channelflow_model::messages::say;
use channelflow_model::settlement::{SettlementSettings, UnitLevel};
use channelflow_pipeline::settlement_kind::SettlementKind;
use channelflow_pipeline::settlement_run::deep_problems;
use clap::Subcommand;

use crate::Format;
use crate::commands::settings_import::{self, Arguments, note};
use crate::exit::Exit;
use crate::output;
use crate::session::{Context, Session};

/// Arguments of `attribution`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import all attributions, or all rules for other sales, from a CSV or Excel file; titles tell
    Import(Arguments),
    /// Say what is wrong with what is imported, and how much of it is attributed today
    Check,
}

/// Carries it out.
pub async fn execute(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Import(arguments) => {
            let kinds = [SettlementKind::Attribution, SettlementKind::Unattributed];
            settings_import::import(context, arguments, &kinds).await
        }
        Command::Check => check(context).await,
    }
}

async fn check(context: &Context) -> anyhow::Result<Exit> {
    let session = Session::open(context).await?;
    let settings = session.warehouse.settings(None).await?;
    let findings = deep_problems(&settings, session.company.period_rule);
    let covered = Coverage::on(&settings, session.today);
    let sound = findings
        .iter()
        .all(|finding| finding.severity != Severity::Error);
    let exit = if sound { Exit::Done } else { Exit::Attention };
    if session.format == Format::Json {
        output::json(&serde_json::json!({
            "day": session.today.to_string(),
            "customers": covered.customers,
            "attributed": covered.attributed,
            "posts": covered.posts,
            "vacant": covered.vacant,
            "findings": findings,
        }))?;
        return Ok(exit);
    }
    note(&findings, session.lang);
    let sum = say(
        session.lang,
        "attribution_check_sum",
        &[
            ("day", &session.today),
            ("customers", &covered.customers),
            ("attributed", &covered.attributed),
            ("posts", &covered.posts),
            ("vacant", &covered.vacant),
        ],
    );
    output::text(&format!("{sum}\n"))?;
    Ok(exit)
}

/// How much of the company somebody answers for on one day.
struct Coverage {
    /// Customers in use.
    customers: usize,
    /// Of them those somebody is credited for.
    attributed: usize,
    posts: usize,
    /// Posts nobody holds.
    vacant: usize,
}

impl Coverage {
    fn on(settings: &SettlementSettings, day: Day) -> Self {
        let credited: BTreeSet<&str> = settings
            .attribution
            .iter()
            .filter(|row| row.span.contains(day))
            .map(|row| row.customer_id.as_str())
            .collect();
        let held: BTreeSet<&str> = settings
            .seats
            .iter()
            .filter(|seat| seat.span.contains(day))
            .map(|seat| seat.post_id.as_str())
            .collect();
        let posts: BTreeSet<&str> = settings
            .units
            .iter()
            .filter(|unit| unit.level == UnitLevel::Post && unit.span.contains(day))
            .map(|unit| unit.id.as_str())
            .collect();
        let in_use = settings.customers.iter().filter(|customer| customer.active);
        Coverage {
            customers: in_use.clone().count(),
            attributed: in_use
                .filter(|customer| credited.contains(customer.id.as_str()))
                .count(),
            posts: posts.len(),
            vacant: posts.difference(&held).count(),
        }
    }
}
