//! What people found when they judged decisions that a rule made.
//!
//! Not here: which decisions are drawn and what follows from the judgements (`pipeline`).

use serde::{Deserialize, Serialize};

use crate::database::Tx;
use crate::value::{Row, values};
use crate::{Warehouse, WarehouseError, sql};

/// A person's judgement of an automatic decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The decision.
    pub decision_id: i64,
    /// Whether it was right.
    pub right: bool,
    /// What the person added.
    pub note: String,
    /// Who judged.
    pub judged_by: String,
    /// When, ISO date and time.
    pub judged_at: String,
}

impl Warehouse {
    /// The last judgement of every decision that was judged, by decision.
    pub async fn judgements(&self) -> Result<Vec<Judgement>, WarehouseError> {
        select(&mut self.read().await?).await
    }
}

/// The last judgement of every decision.
pub(crate) async fn select(tx: &mut Tx) -> Result<Vec<Judgement>, WarehouseError> {
    tx.all(&sql::SELECT_JUDGEMENTS, Vec::new(), read).await
}

/// Stores a judgement. Whoever asks holds the lock on the aliases.
pub(crate) async fn insert(tx: &mut Tx, judgement: &Judgement) -> Result<(), WarehouseError> {
    let id = tx.integer(&sql::NEXT_JUDGEMENT_ID, Vec::new()).await?;
    let values = values![
        id,
        judgement.decision_id,
        if judgement.right { "right" } else { "wrong" },
        &judgement.note,
        &judgement.judged_by,
        &judgement.judged_at,
    ];
    tx.execute(&sql::INSERT_JUDGEMENT, values).await?;
    Ok(())
}

fn read(row: &mut Row) -> Result<Judgement, WarehouseError> {
    Ok(Judgement {
        decision_id: row.int()?,
        right: match row.text()?.as_str() {
            "right" => true,
            "wrong" => false,
            other => {
                return Err(WarehouseError::Unreadable {
                    what: format!("`{other}` is no judgement of a decision"),
                });
            }
        },
        note: row.text()?,
        judged_by: row.text()?,
        judged_at: row.text()?,
    })
}
