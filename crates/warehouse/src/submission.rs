//! Submissions: what was delivered when, and how it ended. Also the folder checkpoints, which
//! commit together with the submission they belong to.
//!
//! Not here: the lines of a submission (`load`) and taking it back (`undo`).

use std::collections::HashMap;

use channelflow_model::Finding;
use channelflow_model::finding::SheetPlace;
use serde::{Deserialize, Serialize};

use crate::database::Tx;
use crate::delivery::{Checkpoint, DeliveredSheet, Mode};
use crate::sql::Statement;
use crate::value::{Row, values};
use crate::{Warehouse, WarehouseError, sql};

/// How a submission ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubmissionState {
    /// Its lines changed the warehouse.
    Loaded,
    /// Its lines were all there already.
    Unchanged,
    /// The same bytes of the same distributor, or the same cells, had been loaded before.
    Duplicate,
    /// Its layout waits for a person.
    HeldLayout,
    /// It shares no line with what it would replace; waits for a person.
    HeldReplacement,
    /// Its content names another distributor than its folder.
    WrongDistributor,
    /// Nothing says whose it is.
    UnknownDistributor,
    /// It could not be read or is not what it should be.
    Refused,
    /// It carries no lines.
    Empty,
    /// It was loaded and taken back.
    Undone,
}

impl SubmissionState {
    /// Every state.
    pub const ALL: [SubmissionState; 10] = [
        SubmissionState::Loaded,
        SubmissionState::Unchanged,
        SubmissionState::Duplicate,
        SubmissionState::HeldLayout,
        SubmissionState::HeldReplacement,
        SubmissionState::WrongDistributor,
        SubmissionState::UnknownDistributor,
        SubmissionState::Refused,
        SubmissionState::Empty,
        SubmissionState::Undone,
    ];

    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SubmissionState::Loaded => "loaded",
            SubmissionState::Unchanged => "unchanged",
            SubmissionState::Duplicate => "duplicate",
            SubmissionState::HeldLayout => "held_layout",
            SubmissionState::HeldReplacement => "held_replacement",
            SubmissionState::WrongDistributor => "wrong_distributor",
            SubmissionState::UnknownDistributor => "unknown_distributor",
            SubmissionState::Refused => "refused",
            SubmissionState::Empty => "empty",
            SubmissionState::Undone => "undone",
        }
    }
}

/// A file that ended without lines: refused, held for its layout, a duplicate, empty.
#[derive(Debug, Clone)]
pub struct SubmissionRecord<'a> {
    /// Run that met it.
    pub run_id: Option<i64>,
    /// Who delivered; empty when that is not known.
    pub distributor_id: &'a str,
    /// Name of the source.
    pub source: &'a str,
    /// File name as received.
    pub file_name: &'a str,
    /// SHA-256 of the bytes, hexadecimal.
    pub artifact: &'a str,
    /// Size in bytes.
    pub bytes: u64,
    /// When, ISO date and time.
    pub received_at: &'a str,
    /// How it ended.
    pub state: SubmissionState,
    /// The submission with the same bytes or cells, for a duplicate.
    pub duplicate_of: Option<i64>,
    /// Its sheets, as far as they were read.
    pub sheets: &'a [DeliveredSheet],
    /// Row counts of the stages, any JSON object.
    pub counts: &'a serde_json::Value,
    /// Why.
    pub findings: &'a [Finding],
    /// The file in its folder.
    pub checkpoint: Option<Checkpoint<'a>>,
}

/// A submission as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubmissionRow {
    /// Its number.
    pub submission_id: i64,
    /// Who delivered.
    pub distributor_id: String,
    /// Standard name of the distributor; empty when not in the master data.
    pub distributor_name: String,
    /// Name of the source.
    pub source: String,
    /// File name as received.
    pub file_name: String,
    /// SHA-256 of the bytes.
    pub artifact: String,
    /// Size in bytes.
    pub bytes: i64,
    /// When.
    pub received_at: String,
    /// Run that loaded it.
    pub run_id: Option<i64>,
    /// Load that stored its lines.
    pub load_id: Option<i64>,
    /// How it ended.
    pub state: SubmissionState,
    /// The submission with the same bytes or cells.
    pub duplicate_of: Option<i64>,
    /// Row counts: what the earlier stages gave, and under `load` one entry per kind
    /// ([`crate::KindOutcome`]).
    pub counts: serde_json::Value,
    /// Findings of all stages.
    pub findings: Vec<Finding>,
}

/// Which submissions to list; empty: all, newest first.
#[derive(Debug, Clone, Default)]
pub struct SubmissionFilter {
    /// Of this distributor.
    pub distributor_id: Option<String>,
    /// In this state.
    pub state: Option<SubmissionState>,
    /// Of this run.
    pub run_id: Option<i64>,
    /// At most so many.
    pub limit: Option<u32>,
}

/// A submission with its sheets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubmissionDetail {
    /// The submission.
    pub submission: SubmissionRow,
    /// Its sheets.
    pub sheets: Vec<DeliveredSheet>,
}

/// A file in a folder as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// Size in bytes.
    pub size: u64,
    /// Time of last change, nanoseconds since 1970.
    pub mtime_ns: i64,
    /// SHA-256 of the bytes.
    pub artifact: String,
}

impl Warehouse {
    /// Files of a source that were dealt with, by path.
    pub async fn collected(
        &self,
        source: &str,
    ) -> Result<HashMap<String, Collected>, WarehouseError> {
        let mut tx = self.read().await?;
        seen_files(&mut tx, &sql::SELECT_COLLECTED, source).await
    }

    /// The submission of this distributor with these bytes that still counts (not undone,
    /// refused or held).
    pub async fn find_artifact(
        &self,
        distributor_id: &str,
        artifact: &str,
    ) -> Result<Option<SubmissionRow>, WarehouseError> {
        let mut tx = self.read().await?;
        let found = tx
            .first(
                &sql::FIND_ARTIFACT,
                values![distributor_id, artifact],
                Row::int,
            )
            .await?;
        match found {
            Some(submission_id) => read_submission(&mut tx, submission_id).await,
            None => Ok(None),
        }
    }

    /// Records a file that ended without lines; returns its number.
    pub async fn record_submission(
        &self,
        record: &SubmissionRecord<'_>,
        mode: Mode,
    ) -> Result<i64, WarehouseError> {
        let mut tx = self.write().await?;
        let submission_id = insert_submission(&mut tx, record).await?;
        if let Some(checkpoint) = record.checkpoint {
            insert_checkpoint(
                &mut tx,
                record.source,
                checkpoint,
                record.artifact,
                submission_id,
            )
            .await?;
        }
        tx.finish(mode).await?;
        Ok(submission_id)
    }

    /// Submissions, newest first.
    pub async fn submissions(
        &self,
        filter: &SubmissionFilter,
    ) -> Result<Vec<SubmissionRow>, WarehouseError> {
        let mut tx = self.read().await?;
        tx.all(
            &sql::SELECT_SUBMISSIONS,
            values![
                filter.distributor_id.as_deref(),
                filter.state.map(SubmissionState::as_str),
                filter.run_id,
                filter.limit.unwrap_or(u32::MAX),
            ],
            SubmissionRow::read,
        )
        .await
    }

    /// One submission with its sheets.
    pub async fn submission(&self, submission_id: i64) -> Result<SubmissionDetail, WarehouseError> {
        let mut tx = self.read().await?;
        let submission = read_submission(&mut tx, submission_id)
            .await?
            .ok_or_else(|| not_found(submission_id))?;
        let sheets = tx
            .all(&sql::SELECT_SHEETS, values![submission_id], |row| {
                Ok(DeliveredSheet {
                    place: SheetPlace {
                        sheet_index: row.small()?,
                        member: row.opt_text()?,
                        sheet: row.text()?,
                    },
                    kind: row.opt_kind()?,
                    fingerprint: row.text()?,
                })
            })
            .await?;
        Ok(SubmissionDetail { submission, sheets })
    }
}

impl SubmissionRow {
    pub(crate) fn read(row: &mut Row) -> Result<Self, WarehouseError> {
        Ok(SubmissionRow {
            submission_id: row.int()?,
            distributor_id: row.text()?,
            distributor_name: row.text()?,
            source: row.text()?,
            file_name: row.text()?,
            artifact: row.text()?,
            bytes: row.int()?,
            received_at: row.text()?,
            run_id: row.opt_int()?,
            load_id: row.opt_int()?,
            state: {
                let word = row.text()?;
                SubmissionState::ALL
                    .into_iter()
                    .find(|state| state.as_str() == word)
                    .ok_or_else(|| WarehouseError::Unreadable {
                        what: format!("`{word}` is no state of a submission"),
                    })?
            },
            duplicate_of: row.opt_int()?,
            counts: row.json()?,
            findings: row.json()?,
        })
    }
}

/// The error for a submission that does not exist.
pub(crate) fn not_found(submission_id: i64) -> WarehouseError {
    WarehouseError::NotFound {
        what: "submission",
        id: submission_id.to_string(),
    }
}

/// One submission, if it exists.
pub(crate) async fn read_submission(
    tx: &mut Tx,
    submission_id: i64,
) -> Result<Option<SubmissionRow>, WarehouseError> {
    tx.first(
        &sql::SELECT_SUBMISSION,
        values![submission_id],
        SubmissionRow::read,
    )
    .await
}

/// Stores a submission and its sheets; returns its number.
pub(crate) async fn insert_submission(
    tx: &mut Tx,
    record: &SubmissionRecord<'_>,
) -> Result<i64, WarehouseError> {
    let findings =
        serde_json::to_string(record.findings).map_err(|error| WarehouseError::Misuse {
            what: format!("findings are no JSON: {error}"),
        })?;
    let submission_id = tx
        .integer(
            &sql::INSERT_SUBMISSION,
            values![
                record.distributor_id,
                record.source,
                record.file_name,
                record.artifact,
                record.bytes,
                record.received_at,
                record.run_id,
                record.state.as_str(),
                record.duplicate_of,
                record.counts.to_string(),
                findings,
            ],
        )
        .await?;
    let sheets = record.sheets.iter().map(|sheet| {
        values![
            submission_id,
            sheet.place.sheet_index,
            sheet.place.member.as_deref(),
            &sheet.place.sheet,
            sheet.kind,
            &sheet.fingerprint,
        ]
    });
    tx.insert_many(&sql::INSERT_SHEET, sheets.collect()).await?;
    Ok(submission_id)
}

/// Files of a source by path, as a statement returns them.
pub(crate) async fn seen_files(
    tx: &mut Tx,
    statement: &'static Statement,
    source: &str,
) -> Result<HashMap<String, Collected>, WarehouseError> {
    let rows = tx.all(statement, values![source], |row| {
        let path = row.text()?;
        let collected = Collected {
            size: row.small()?,
            mtime_ns: row.int()?,
            artifact: row.text()?,
        };
        Ok((path, collected))
    });
    Ok(rows.await?.into_iter().collect())
}

/// Remembers a file of a folder as dealt with.
pub(crate) async fn insert_checkpoint(
    tx: &mut Tx,
    source: &str,
    checkpoint: Checkpoint<'_>,
    artifact: &str,
    submission_id: i64,
) -> Result<(), WarehouseError> {
    tx.execute(
        &sql::UPSERT_COLLECTED,
        values![
            source,
            checkpoint.path,
            checkpoint.size,
            checkpoint.mtime_ns,
            artifact,
            submission_id,
        ],
    )
    .await?;
    if let Some((resource, value)) = checkpoint.cursor {
        tx.execute(&sql::UPSERT_CURSOR, values![source, resource, value])
            .await?;
    }
    Ok(())
}
