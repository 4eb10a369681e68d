//! One delivery into the warehouse, in one transaction: lines, dictionaries, snapshots, submission,
//! sheets, layouts, checkpoint and the place in the feed commit together or not at all.
//!
//! Not here: what happens to one kind of lines (`days`), and files without lines (`submission`).

use channelflow_model::{Finding, Place, Severity};

use crate::crash::crash_point;
use crate::database::Tx;
use crate::days::{self, Arrival};
use crate::delivery::{Delivery, KindOutcome, LoadOutcome, Mode, Restatement};
use crate::ledger::{DELIVERY, Ledger, LoadHead, lock_distributor};
use crate::submission::{SubmissionRecord, SubmissionState, insert_checkpoint, insert_submission};
use crate::turn::Turn;
use crate::value::{Row, values};
use crate::{Warehouse, WarehouseError, content, layout, sql};

impl Warehouse {
    /// Loads a delivery. Same bytes again are recorded as a duplicate and change nothing else.
    pub async fn load(
        &self,
        delivery: &Delivery<'_>,
        mode: Mode,
    ) -> Result<LoadOutcome, WarehouseError> {
        self.load_in_turn(delivery, mode, &mut Turn::first()).await
    }

    /// Loads a delivery while others are being loaded, of other distributors. Whoever hands out the
    /// turn says when it is done.
    pub async fn load_in_turn(
        &self,
        delivery: &Delivery<'_>,
        mode: Mode,
        turn: &mut Turn,
    ) -> Result<LoadOutcome, WarehouseError> {
        turn.may_begin().await?;
        let mut tx = self.write().await?;
        let outcome = load_in(&mut tx, delivery, turn).await?;
        if let Some(kind) = outcome.kinds.iter().find(|kind| replaces_everything(kind))
            && !delivery.replace
        {
            let (kind, closed) = (kind.kind, kind.closed);
            tx.finish(Mode::DryRun).await?;
            return Err(WarehouseError::SharesNothing { kind, closed });
        }
        crash_point("before_commit");
        tx.finish(mode).await?;
        crash_point("after_commit");
        tracing::debug!(
            submission = outcome.submission_id,
            file = delivery.file_name,
            state = outcome.state.as_str(),
            "load"
        );
        Ok(outcome)
    }
}

/// Fewer lines than this are corrected as a whole often enough.
const FEW_LINES: u64 = 5;

/// Whether lines come and lines go and not one stays.
fn replaces_everything(kind: &KindOutcome) -> bool {
    kind.kept == 0 && kind.opened > 0 && kind.closed >= FEW_LINES
}

async fn load_in(
    tx: &mut Tx,
    delivery: &Delivery<'_>,
    turn: &mut Turn,
) -> Result<LoadOutcome, WarehouseError> {
    lock_distributor(tx, delivery.distributor_id).await?;
    let earlier = tx
        .first(
            &sql::FIND_ARTIFACT,
            values![delivery.distributor_id, delivery.artifact],
            Row::int,
        )
        .await?;
    if let Some(earlier) = earlier.filter(|_| !delivery.again) {
        let record = record_of(delivery, SubmissionState::Duplicate, Some(earlier));
        return content::record_duplicate(tx, &record, earlier, "already_delivered").await;
    }
    let submission_id =
        insert_submission(tx, &record_of(delivery, SubmissionState::Loaded, None)).await?;
    let head = LoadHead {
        kind: DELIVERY,
        run_id: delivery.run_id,
        submission_id: Some(submission_id),
        at: delivery.received_at,
    };
    let mut ledger = Ledger::begin(tx, head).await?;
    turn.has_begun();
    crash_point("after_submission");

    let arrival = Arrival {
        distributor_id: delivery.distributor_id,
        submission_id,
        received_at: delivery.received_at,
        period_rule: delivery.period_rule,
    };
    let mut kinds: Vec<KindOutcome> = Vec::new();
    let mut restatements = Vec::new();
    for (at, table) in delivery.tables.iter().enumerate() {
        if kinds.iter().any(|kind| kind.kind == table.flow.kind) {
            return Err(WarehouseError::Misuse {
                what: format!("a delivery has two tables of kind `{}`", table.flow.kind),
            });
        }
        let (kind, restated) =
            days::store(tx, &mut ledger, arrival, table, delivery.orders.get(at)).await?;
        kinds.push(kind);
        restatements.extend(restated);
    }
    crash_point("after_snapshots");

    for layout in delivery.layouts_new {
        layout::accept_with(tx, delivery.distributor_id, layout, submission_id).await?;
    }
    let state = state_of(&kinds);
    let findings = findings_of(delivery, &kinds, &restatements);
    let outcome = LoadOutcome {
        submission_id,
        load_id: Some(ledger.load_id),
        state,
        duplicate_of: None,
        kinds,
        restatements,
        findings,
    };
    complete_submission(tx, delivery, &outcome).await?;
    content::remember(tx, delivery, &outcome).await?;
    if let Some(checkpoint) = delivery.checkpoint {
        insert_checkpoint(
            tx,
            delivery.source,
            checkpoint,
            delivery.artifact,
            submission_id,
        )
        .await?;
    }
    turn.may_end().await?;
    ledger.end(tx).await?;
    Ok(outcome)
}

fn record_of<'a>(
    delivery: &Delivery<'a>,
    state: SubmissionState,
    duplicate_of: Option<i64>,
) -> SubmissionRecord<'a> {
    SubmissionRecord {
        run_id: delivery.run_id,
        distributor_id: delivery.distributor_id,
        source: delivery.source,
        file_name: delivery.file_name,
        artifact: delivery.artifact,
        bytes: delivery.bytes,
        received_at: delivery.received_at,
        state,
        duplicate_of,
        sheets: delivery.sheets,
        counts: delivery.counts,
        findings: delivery.findings,
        checkpoint: delivery.checkpoint,
    }
}

fn state_of(kinds: &[KindOutcome]) -> SubmissionState {
    if kinds.iter().any(|kind| kind.opened + kind.closed > 0) {
        SubmissionState::Loaded
    } else if kinds.iter().any(|kind| kind.classes.total() > 0) {
        SubmissionState::Unchanged
    } else {
        SubmissionState::Empty
    }
}

fn place_of(delivery: &Delivery<'_>) -> Place {
    Place {
        file: Some(delivery.file_name.to_owned()),
        ..Place::default()
    }
}

/// What a person should know about the load itself.
fn findings_of(
    delivery: &Delivery<'_>,
    kinds: &[KindOutcome],
    restatements: &[Restatement],
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for kind in kinds {
        let finding = |code, severity| {
            Finding::new(code, severity, place_of(delivery)).fact("kind", kind.kind)
        };
        let restated: Vec<&Restatement> = restatements
            .iter()
            .filter(|restated| restated.kind == kind.kind)
            .collect();
        if let (Some(first), Some(last)) = (restated.first(), restated.last()) {
            findings.push(
                finding("days_restated", Severity::Warning)
                    .fact("days", restated.len())
                    .fact("first", first.day)
                    .fact("last", last.day)
                    .fact("added", restated.iter().map(|day| day.added).sum::<u64>())
                    .fact(
                        "removed",
                        restated.iter().map(|day| day.removed).sum::<u64>(),
                    )
                    .fact(
                        "modified",
                        restated.iter().map(|day| day.modified).sum::<u64>(),
                    ),
            );
        }
        if kind.days_emptied > 0 {
            findings
                .push(finding("days_emptied", Severity::Warning).fact("days", kind.days_emptied));
        }
        if kind.late_lines + kind.reversals > 0 {
            findings.push(
                finding("closed_period_delta", Severity::Warning)
                    .fact("late", kind.late_lines)
                    .fact("reversals", kind.reversals),
            );
        }
    }
    findings
}

/// Writes what is only known at the end into the submission.
async fn complete_submission(
    tx: &mut Tx,
    delivery: &Delivery<'_>,
    outcome: &LoadOutcome,
) -> Result<(), WarehouseError> {
    let unreadable = |error: serde_json::Error| WarehouseError::Misuse {
        what: format!("the outcome of a load is no JSON: {error}"),
    };
    let mut counts = match delivery.counts {
        serde_json::Value::Object(counts) => counts.clone(),
        _ => serde_json::Map::new(),
    };
    counts.insert(
        "load".to_owned(),
        serde_json::to_value(&outcome.kinds).map_err(unreadable)?,
    );
    let findings: Vec<&Finding> = delivery.findings.iter().chain(&outcome.findings).collect();
    tx.execute(
        &sql::COMPLETE_SUBMISSION,
        values![
            outcome.submission_id,
            outcome.load_id,
            outcome.state.as_str(),
            serde_json::Value::Object(counts).to_string(),
            serde_json::to_string(&findings).map_err(unreadable)?,
        ],
    )
    .await?;
    let ranges = outcome.kinds.iter().filter_map(|kind| {
        let range = kind.range?;
        Some(values![
            outcome.submission_id,
            delivery.distributor_id,
            kind.kind,
            range.first,
            range.last,
            kind.declared,
        ])
    });
    tx.insert_many(&sql::INSERT_RANGE, ranges.collect()).await
}
