//! Files that say what a file before them said, in other bytes: known by a digest of their content,
//! recorded as a duplicate and not compared line by line.
//!
//! Not here: the digest itself, which is made of cells and settings that the warehouse never sees.

use std::collections::HashMap;

use channelflow_model::{Day, Finding, Place, Severity};

use crate::database::Tx;
use crate::days::LONGEST_RANGE;
use crate::delivery::{Delivery, KindOutcome, LoadOutcome, Mode};
use crate::ledger::lock_distributor;
use crate::submission::{SubmissionRecord, SubmissionState, insert_checkpoint, insert_submission};
use crate::value::{Row, values};
use crate::{Warehouse, WarehouseError, sql};

/// The content of a submission that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownContent {
    /// The submission.
    pub submission_id: i64,
    /// How its digest was made ([`crate::ContentKey`]).
    pub bodies: String,
    /// Its digest.
    pub digest: String,
}

impl Warehouse {
    /// What is known of the content of earlier files by distributor, newest first.
    pub async fn contents(&self) -> Result<HashMap<String, Vec<KnownContent>>, WarehouseError> {
        let mut known: HashMap<String, Vec<KnownContent>> = HashMap::new();
        let mut tx = self.read().await?;
        tx.each(&sql::SELECT_CONTENTS, Vec::new(), &mut |mut row| {
            known.entry(row.text()?).or_default().push(KnownContent {
                submission_id: row.int()?,
                bodies: row.text()?,
                digest: row.text()?,
            });
            Ok(())
        })
        .await?;
        Ok(known)
    }

    /// Records a file with the content of an earlier submission as its duplicate. `None`, and
    /// nothing is recorded, when that one was taken back or another file spoke for one of its days
    /// since: then the lines must be compared after all.
    pub async fn record_same(
        &self,
        record: &SubmissionRecord<'_>,
        earlier: i64,
        mode: Mode,
    ) -> Result<Option<LoadOutcome>, WarehouseError> {
        let mut tx = self.write().await?;
        lock_distributor(&mut tx, record.distributor_id).await?;
        let same_bytes = values![record.distributor_id, record.artifact];
        let same_bytes = tx.first(&sql::FIND_ARTIFACT, same_bytes, Row::int).await?;
        let outcome = if let Some(earlier) = same_bytes {
            record_duplicate(&mut tx, record, earlier, "already_delivered").await?
        } else if tx.integer(&sql::STILL_STANDS, values![earlier]).await? == 1 {
            record_duplicate(&mut tx, record, earlier, "same_cells").await?
        } else {
            tx.finish(Mode::DryRun).await?;
            return Ok(None);
        };
        tx.finish(mode).await?;
        Ok(Some(outcome))
    }
}

/// Records a duplicate; `code` is the finding that says of what kind.
pub(crate) async fn record_duplicate(
    tx: &mut Tx,
    record: &SubmissionRecord<'_>,
    earlier: i64,
    code: &'static str,
) -> Result<LoadOutcome, WarehouseError> {
    let place = Place {
        file: Some(record.file_name.to_owned()),
        ..Place::default()
    };
    let finding = Finding::new(code, Severity::Info, place).fact("submission", earlier);
    let mut findings = record.findings.to_vec();
    findings.push(finding.clone());
    let duplicate = SubmissionRecord {
        state: SubmissionState::Duplicate,
        duplicate_of: Some(earlier),
        findings: &findings,
        ..record.clone()
    };
    let submission_id = insert_submission(tx, &duplicate).await?;
    if let Some(checkpoint) = record.checkpoint {
        insert_checkpoint(
            tx,
            record.source,
            checkpoint,
            record.artifact,
            submission_id,
        )
        .await?;
    }
    Ok(LoadOutcome {
        submission_id,
        load_id: None,
        state: SubmissionState::Duplicate,
        duplicate_of: Some(earlier),
        kinds: Vec::new(),
        restatements: Vec::new(),
        findings: vec![finding],
    })
}

/// Remembers the content of a delivery that was loaded, if it would say the same on a later day.
pub(crate) async fn remember(
    tx: &mut Tx,
    delivery: &Delivery<'_>,
    outcome: &LoadOutcome,
) -> Result<(), WarehouseError> {
    let Some(content) = delivery.content else {
        return Ok(());
    };
    let received = delivery.received_at.get(..10).and_then(Day::from_iso);
    let compared = matches!(
        outcome.state,
        SubmissionState::Loaded | SubmissionState::Unchanged
    );
    let complete =
        |kind: &KindOutcome| received.is_some_and(|received| is_complete(kind, received));
    if compared && outcome.kinds.iter().all(complete) {
        tx.execute(
            &sql::INSERT_CONTENT,
            values![
                outcome.submission_id,
                delivery.distributor_id,
                content.bodies,
                content.digest,
            ],
        )
        .await?;
    }
    Ok(())
}

/// Whether a file spoke for every day it ever will: of a declared range, the days after its arrival
/// come later, and those of a very long one are the days that happen to be stored.
fn is_complete(kind: &KindOutcome, received: Day) -> bool {
    kind.range.filter(|_| kind.declared).is_none_or(|range| {
        range.last <= received && range.last.days_since(range.first) < LONGEST_RANGE
    })
}
