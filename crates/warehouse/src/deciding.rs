//! One transaction in which people's decisions change the alias memory and the lines that point at
//! it: either all of it is stored or nothing, and a preview is the same thing rolled back.
//!
//! The caller reads lines and master data through it, because only here is what was just decided
//! already true. Not here: how a name is resolved (`resolve`), and the order of the steps
//! (`pipeline`).

use std::collections::BTreeSet;

use channelflow_model::flow::{ReportedParty, ReportedProduct};
use channelflow_model::master::{Alias, MasterData};

use crate::alias::{self, AliasOutcome};
use crate::audit::{self, Judgement};
use crate::crash::crash_point;
use crate::database::Tx;
use crate::decision::{Cause, Decision, DecisionOutcome, Reresolved, StoredTable, distributors};
use crate::delivery::Mode;
use crate::ledger::lock_distributor;
use crate::line::Line;
use crate::review::{self, NameDecision};
use crate::stored::{self, read_party, read_product};
use crate::value::{json_list, values};
use crate::{Warehouse, WarehouseError, master, sql};

/// A decision being made. Dropped without [`Deciding::finish`] nothing of it is stored.
pub struct Deciding {
    tx: Tx,
    decision: Decision,
    locked: BTreeSet<String>,
}

/// Parties and products that a distributor reported, with their references.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Parties.
    pub parties: Vec<(i64, ReportedParty)>,
    /// Products.
    pub products: Vec<(i64, ReportedProduct)>,
}

impl Warehouse {
    /// Begins a decision. Whoever else decides waits until it has ended.
    pub async fn deciding(&self) -> Result<Deciding, WarehouseError> {
        let mut tx = self.write().await?;
        tx.execute(&sql::LOCK_ALIASES, Vec::new()).await?;
        Ok(Deciding {
            tx,
            decision: Decision::default(),
            locked: BTreeSet::new(),
        })
    }
}

impl Deciding {
    /// Master data and aliases as they are with what was decided so far.
    pub async fn master(&mut self) -> Result<MasterData, WarehouseError> {
        master::select(&mut self.tx).await
    }

    /// Every distributor that ever loaded something.
    pub async fn loaders(&mut self) -> Result<Vec<String>, WarehouseError> {
        distributors(&mut self.tx, None).await
    }

    /// Every decision about names, those taken back included, in order.
    pub async fn name_decisions(&mut self) -> Result<Vec<NameDecision>, WarehouseError> {
        review::select(&mut self.tx).await
    }

    /// As [`Warehouse::set_aliases`].
    pub async fn set_aliases(
        &mut self,
        aliases: &[Alias],
        who: &str,
        at: &str,
    ) -> Result<AliasOutcome, WarehouseError> {
        alias::set(&mut self.tx, aliases, who, at).await
    }

    /// As [`Warehouse::take_back_alias`].
    pub async fn take_back_alias(
        &mut self,
        alias_id: i64,
        who: &str,
        at: &str,
    ) -> Result<Alias, WarehouseError> {
        alias::take_back(&mut self.tx, alias_id, who, at).await
    }

    /// Stores decisions about names with their rejections and proposals; gives them their numbers.
    pub async fn record(&mut self, decisions: &mut [NameDecision]) -> Result<(), WarehouseError> {
        review::insert(&mut self.tx, decisions).await?;
        crash_point("decision_recorded");
        Ok(())
    }

    /// Takes a decision back, without its alias.
    pub async fn take_back(
        &mut self,
        decision_id: i64,
        who: &str,
        at: &str,
    ) -> Result<(), WarehouseError> {
        let values = values![decision_id, who, at];
        let found = self.tx.execute(&sql::TAKE_BACK_DECISION, values).await?;
        if found == 0 {
            return Err(WarehouseError::NotFound {
                what: "decision in force",
                id: decision_id.to_string(),
            });
        }
        crash_point("decision_recorded");
        Ok(())
    }

    /// Stores a person's judgement of a decision; an earlier one no longer counts.
    pub async fn judge(&mut self, judgement: &Judgement) -> Result<(), WarehouseError> {
        audit::insert(&mut self.tx, judgement).await
    }

    /// Everything a distributor ever reported as a party or a product.
    pub async fn named(&mut self, distributor_id: &str) -> Result<Named, WarehouseError> {
        let of = || values![distributor_id];
        Ok(Named {
            parties: self
                .tx
                .all(&sql::REVIEW_PARTIES, of(), |row| {
                    Ok((row.int()?, read_party(row)?))
                })
                .await?,
            products: self
                .tx
                .all(&sql::REVIEW_PRODUCTS, of(), |row| {
                    Ok((row.int()?, read_product(row)?))
                })
                .await?,
        })
    }

    /// Standing lines of a distributor that name one of these parties or products; from here on
    /// nobody else changes its lines.
    pub async fn lines_of(
        &mut self,
        distributor_id: &str,
        parties: &[i64],
        products: &[i64],
    ) -> Result<Vec<StoredTable>, WarehouseError> {
        if self.locked.insert(distributor_id.to_owned()) {
            lock_distributor(&mut self.tx, distributor_id).await?;
        }
        let values = values![distributor_id, json_list(parties), json_list(products)];
        let lines = self
            .tx
            .all(&sql::REVIEW_STANDING, values, Line::read)
            .await?;
        stored::tables(&mut self.tx, distributor_id, lines).await
    }

    /// Replaces every line whose answer differs; one distributor and kind at most once.
    pub async fn apply(&mut self, tables: &[Reresolved], at: &str) -> Result<(), WarehouseError> {
        self.decision
            .replace(&mut self.tx, Cause::Decision, tables, None, at)
            .await
    }

    /// Stores all of it, or nothing of it in a preview.
    pub async fn finish(mut self, mode: Mode) -> Result<DecisionOutcome, WarehouseError> {
        let outcome = self.decision.end(&mut self.tx).await?;
        crash_point("decision_applied");
        self.tx.finish(mode).await?;
        crash_point("decision_stored");
        Ok(outcome)
    }
}
