//! Runs: one execution of a command that changes the warehouse.

use serde::{Deserialize, Serialize};

use crate::delivery::Mode;
use crate::value::values;
use crate::{Warehouse, WarehouseError, sql};

/// A run as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// Its number.
    pub run_id: i64,
    /// The command.
    pub command: String,
    /// When it began.
    pub started_at: String,
    /// When it ended; empty while it runs or when it was killed.
    pub finished_at: String,
    /// What it reported; null until it ended.
    pub outcome: serde_json::Value,
}

impl Warehouse {
    /// Records the beginning of a run; returns its number.
    pub async fn start_run(&self, command: &str, at: &str) -> Result<i64, WarehouseError> {
        let mut tx = self.write().await?;
        let run_id = tx.integer(&sql::INSERT_RUN, values![command, at]).await?;
        tx.finish(Mode::Commit).await?;
        Ok(run_id)
    }

    /// Records the end of a run.
    pub async fn finish_run(
        &self,
        run_id: i64,
        at: &str,
        outcome: &serde_json::Value,
    ) -> Result<(), WarehouseError> {
        let mut tx = self.write().await?;
        tx.execute(&sql::FINISH_RUN, values![run_id, at, outcome.to_string()])
            .await?;
        tx.finish(Mode::Commit).await
    }

    /// Runs, newest first, at most `limit`.
    pub async fn runs(&self, limit: u32) -> Result<Vec<RunRow>, WarehouseError> {
        self.runs_besides("", limit).await
    }

    /// The same without those of one command.
    pub async fn runs_besides(
        &self,
        command: &str,
        limit: u32,
    ) -> Result<Vec<RunRow>, WarehouseError> {
        let mut tx = self.read().await?;
        tx.all(&sql::SELECT_RUNS, values![limit, command], |row| {
            Ok(RunRow {
                run_id: row.int()?,
                command: row.text()?,
                started_at: row.text()?,
                finished_at: row.text()?,
                outcome: row.json()?,
            })
        })
        .await
    }
}
