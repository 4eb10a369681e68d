//! What distributors are expected to report, by when, and when it was agreed that they need not:
//! `expected.csv` in the master folder. Without it, every kind the master data expects of an active
//! distributor, once a month.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use channelflow_config::{SourceKind, TimeOfDay};
use channelflow_model::finding::Finding;
use channelflow_model::master::MasterData;
use channelflow_model::raw::RawTable;
use channelflow_model::settlement::Span;
use channelflow_model::{FlowKind, Period};
use channelflow_warehouse::Warehouse;

use crate::clock::civil;
use crate::company::Company;
use crate::completeness::{Completeness, Evidence, measure};
use crate::master::{in_file, read_table};
use crate::master_run::file_named;
use crate::titled_rows::TitledRows;

/// Which days are expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Each day.
    Day,
    /// Monday to Friday. Public holidays are pauses.
    Workday,
    /// The month as a whole.
    Month,
}

/// One row: what is expected, or that for a time it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Of whom.
    pub distributor_id: String,
    /// Of what; `None`: of everything.
    pub kind: Option<FlowKind>,
    /// How often.
    pub every: Every,
    /// Days after the day, or after the end of the month, in which it is in time.
    pub due_days: i64,
    /// Until when on that day; `None`: until it ends.
    pub due_time: Option<TimeOfDay>,
    /// The days it is about.
    pub span: Span,
    /// Why nothing is expected in that time.
    pub pause: Option<&'static str>,
    /// Who is reminded; empty: nobody.
    pub mail: String,
}

/// The company's expectations, or every problem of the file.
pub async fn expectations(
    company: &Arc<Company>,
    master: &MasterData,
) -> anyhow::Result<Result<Vec<Expectation>, Vec<Finding>>> {
    let folder = company.path(&company.config.master.path);
    let Some(path) = file_named(&folder, "expected") else {
        return Ok(Ok(by_master(master, company)));
    };
    let read = {
        let (company, path): (Arc<Company>, PathBuf) = (Arc::clone(company), path.clone());
        tokio::task::spawn_blocking(move || read_table(&company.program, &path, &company.limits))
            .await?
    };
    Ok(match read? {
        Ok(table) => parse(&table, master).map_err(|problems| in_file(problems, &path)),
        Err(problems) => Err(problems),
    })
}

/// How complete a month is at this moment, or every problem of `expected.csv`.
pub async fn measured(
    company: &Arc<Company>,
    warehouse: &Warehouse,
    period: Period,
    at: &str,
) -> anyhow::Result<Result<Completeness, Vec<Finding>>> {
    let master = warehouse.master().await?;
    let expectations = match expectations(company, &master).await? {
        Ok(expectations) => expectations,
        Err(problems) => return Ok(Err(problems)),
    };
    let days = company.period_rule.days_of(period);
    let days = days.with_context(|| format!("{period} has no days"))?;
    let now = civil(at).with_context(|| format!("`{at}` is no date and time"))?;
    let receipts = warehouse.receipts(days).await?;
    let reports = warehouse.first_reports(period, period).await?;
    let shipments = warehouse.shipments(days, None).await?;
    let folders: BTreeSet<String> = company
        .config
        .sources
        .iter()
        .filter(|source| source.kind == SourceKind::Folder)
        .map(|source| source.name.clone())
        .collect();
    let evidence = Evidence {
        expectations: &expectations,
        receipts: &receipts,
        reports: &reports,
        master: &master,
        shipments: &shipments,
        folders: &folders,
    };
    Ok(Ok(measure(&evidence, period, days, now)))
}

/// What the master data expects: every kind once a month, within the days settlement waits.
fn by_master(master: &MasterData, company: &Company) -> Vec<Expectation> {
    let active = master.distributors.iter().filter(|it| it.active);
    active
        .flat_map(|distributor| {
            distributor.expects.iter().map(|kind| Expectation {
                distributor_id: distributor.id.clone(),
                kind: Some(*kind),
                every: Every::Month,
                due_days: i64::from(company.config.settlement.report_days),
                due_time: None,
                span: Span::ALWAYS,
                pause: None,
                mail: String::new(),
            })
        })
        .collect()
}

/// Rows of the file; every problem with its cell.
pub fn parse(table: &RawTable, master: &MasterData) -> Result<Vec<Expectation>, Vec<Finding>> {
    let mut rows = TitledRows::new(table, "expected", &["distributor_id"])?;
    let mut expectations = Vec::new();
    for row in rows.body() {
        let distributor_id = rows.required(row, "distributor_id");
        let known = master.distributors.iter().any(|it| it.id == distributor_id);
        if !distributor_id.is_empty() && !known {
            rows.problem(
                "settings_unknown_distributor",
                row,
                "distributor_id",
                &distributor_id,
            );
        }
        let word = |rows: &mut TitledRows<'_>, field, words| {
            let given = !rows.text(row, field).is_empty();
            given.then(|| rows.word(row, field, words)).flatten()
        };
        let kind = word(&mut rows, "kind", "word_kind").and_then(|kind| kind.parse().ok());
        let pause = word(&mut rows, "pause", "word_pause");
        let every = match word(&mut rows, "every", "word_every") {
            Some("day") => Every::Day,
            Some("workday") => Every::Workday,
            _ => Every::Month,
        };
        let written = rows.text(row, "due_time");
        let due_time = written.get(..5).and_then(|time| time.parse().ok());
        if !written.is_empty() && due_time.is_none() {
            rows.problem("expected_bad_time", row, "due_time", &written);
        }
        expectations.push(Expectation {
            distributor_id,
            kind,
            every,
            due_days: rows.whole(row, "due_days"),
            due_time,
            span: rows.span(row),
            pause,
            mail: rows.text(row, "mail"),
        });
    }
    if rows.problems.is_empty() {
        Ok(expectations)
    } else {
        Err(rows.problems)
    }
}
