//! What is known of sources: how far they were read, which files became records, and when they were
//! visited.

use std::collections::{BTreeMap, HashMap};

use channelflow_model::finding::Finding;
use channelflow_model::{DayRange, FlowKind};
use serde::{Deserialize, Serialize};

use crate::delivery::{Checkpoint, Mode};
use crate::submission::{Collected, seen_files};
use crate::value::values;
use crate::{Warehouse, WarehouseError, sql};

/// A visit to a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VisitRow {
    /// Its number.
    pub visit_id: i64,
    /// The run it belongs to.
    pub run_id: Option<i64>,
    /// The source.
    pub source: String,
    /// ISO date and time.
    pub started_at: String,
    /// ISO date and time; `None` for one that is under way or was killed.
    pub finished_at: Option<String>,
    /// Artifacts it brought.
    pub arrivals: u64,
    /// Files that were dealt with before.
    pub seen_before: u64,
    /// Why it failed; `None` when it did not.
    pub finding: Option<Finding>,
}

/// Days a submission that counts speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whose they are.
    pub distributor_id: String,
    /// Of what.
    pub kind: FlowKind,
    /// The days.
    pub range: DayRange,
    /// When it came, ISO date and time.
    pub received_at: String,
    /// Through which source; `-`: by hand.
    pub source: String,
}

/// How a visit ended.
#[derive(Debug, Clone, Copy)]
pub struct VisitEnd<'a> {
    /// ISO date and time.
    pub at: &'a str,
    /// Artifacts it brought.
    pub arrivals: u64,
    /// Files that were dealt with before.
    pub seen_before: u64,
    /// Why it failed.
    pub finding: Option<&'a Finding>,
}

impl Warehouse {
    /// How far each resource of a source was read.
    pub async fn cursors(&self, source: &str) -> Result<BTreeMap<String, String>, WarehouseError> {
        let mut tx = self.read().await?;
        let rows = tx
            .all(&sql::SELECT_CURSORS, values![source], |row| {
                Ok((row.text()?, row.text()?))
            })
            .await?;
        Ok(rows.into_iter().collect())
    }

    /// Files of a source that became records of shipments or payments, by path.
    pub async fn source_records(
        &self,
        source: &str,
    ) -> Result<HashMap<String, Collected>, WarehouseError> {
        let mut tx = self.read().await?;
        seen_files(&mut tx, &sql::SELECT_SOURCE_RECORDS, source).await
    }

    /// Remembers a file whose shipments or payments were imported. The import itself is a
    /// transaction before this one; a kill between the two repeats it, which changes nothing.
    pub async fn remember_source_record(
        &self,
        source: &str,
        checkpoint: Checkpoint<'_>,
        artifact: &str,
        at: &str,
    ) -> Result<(), WarehouseError> {
        let mut tx = self.write().await?;
        tx.execute(
            &sql::UPSERT_SOURCE_RECORD,
            values![
                source,
                checkpoint.path,
                checkpoint.size,
                checkpoint.mtime_ns,
                artifact,
                at,
            ],
        )
        .await?;
        if let Some((resource, value)) = checkpoint.cursor {
            tx.execute(&sql::UPSERT_CURSOR, values![source, resource, value])
                .await?;
        }
        tx.finish(Mode::Commit).await
    }

    /// Records the beginning of a visit; returns its number.
    pub async fn begin_visit(
        &self,
        run_id: Option<i64>,
        source: &str,
        at: &str,
    ) -> Result<i64, WarehouseError> {
        let mut tx = self.write().await?;
        let visit_id = tx
            .integer(&sql::BEGIN_VISIT, values![run_id, source, at])
            .await?;
        tx.finish(Mode::Commit).await?;
        Ok(visit_id)
    }

    /// Records the end of a visit.
    pub async fn finish_visit(
        &self,
        visit_id: i64,
        end: VisitEnd<'_>,
    ) -> Result<(), WarehouseError> {
        let finding = end.finding.map(serde_json::to_string).transpose();
        let finding = finding.map_err(|error| WarehouseError::Misuse {
            what: format!("a finding is no JSON: {error}"),
        })?;
        let mut tx = self.write().await?;
        tx.execute(
            &sql::FINISH_VISIT,
            values![
                visit_id,
                end.at,
                end.arrivals,
                end.seen_before,
                finding.as_deref(),
            ],
        )
        .await?;
        tx.finish(Mode::Commit).await
    }

    /// What speaks for any of these days, in the order in which it came.
    pub async fn receipts(&self, days: DayRange) -> Result<Vec<Receipt>, WarehouseError> {
        let mut tx = self.read().await?;
        tx.all(
            &sql::SELECT_RECEIPTS,
            values![days.first, days.last],
            |row| {
                Ok(Receipt {
                    distributor_id: row.text()?,
                    kind: row.kind()?,
                    range: DayRange {
                        first: row.day()?,
                        last: row.day()?,
                    },
                    received_at: row.text()?,
                    source: row.text()?,
                })
            },
        )
        .await
    }

    /// The last `limit` visits of every source, newest first.
    pub async fn visits(&self, limit: u32) -> Result<Vec<VisitRow>, WarehouseError> {
        let mut tx = self.read().await?;
        tx.all(&sql::SELECT_VISITS, values![limit], |row| {
            Ok(VisitRow {
                visit_id: row.int()?,
                run_id: row.opt_int()?,
                source: row.text()?,
                started_at: row.text()?,
                finished_at: row.opt_text()?,
                arrivals: row.small()?,
                seen_before: row.small()?,
                finding: row
                    .opt_text()?
                    .and_then(|text| serde_json::from_str(&text).ok()),
            })
        })
        .await
    }
}
