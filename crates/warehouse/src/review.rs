//! Reported names that wait for a person, and what people decided about them.
//!
//! Not here: candidates and how a name is keyed (`pipeline`), and the transaction in which a
//! decision changes lines (`deciding`).

use std::collections::HashMap;

use channelflow_model::flow::{ReportedParty, ReportedProduct};
use channelflow_model::master::AliasKind;
use channelflow_model::{DayRange, FlowKind, HoldReason, Micros};
use serde::{Deserialize, Serialize};

use crate::database::Tx;
use crate::flow::FlowRow;
use crate::stored::{read_party, read_product};
use crate::value::{Row, json_list, values};
use crate::{Warehouse, WarehouseError, sql};

/// Held lines of one distributor and flow kind that name the same party or product and are valued
/// alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingLines {
    /// Whose lines.
    pub distributor_id: String,
    /// Why they are held: a customer or product that is unknown or ambiguous.
    pub reason: HoldReason,
    /// Sale, purchase or inventory.
    pub kind: FlowKind,
    /// The reported party or product.
    pub reference: i64,
    /// What `value` is.
    pub valued_by: ValuedBy,
    /// Price per unit, where `value` is a quantity.
    pub price: Micros,
    /// Lines.
    pub rows: u64,
    /// Sum without sign, in millionths: of amounts, or of quantities that `price` is for.
    pub value: i128,
    /// First and last business day.
    pub days: DayRange,
}

/// By what a line is valued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValuedBy {
    /// Its amount.
    Amount,
    /// Its price times its quantity.
    Price,
    /// The assessed price of its product times its base quantity.
    AssessedPrice,
    /// Nothing.
    Nothing,
}

/// What a person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameAction {
    /// It is this master entity.
    Choose,
    /// None of the candidates; the master data lacks it.
    None,
    /// Not ours.
    Ignore,
    /// A new master entity is proposed.
    New,
}

impl NameAction {
    /// Every action.
    pub const ALL: [NameAction; 4] = [
        NameAction::Choose,
        NameAction::None,
        NameAction::Ignore,
        NameAction::New,
    ];

    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            NameAction::Choose => "choose",
            NameAction::None => "none",
            NameAction::Ignore => "ignore",
            NameAction::New => "new",
        }
    }
}

/// A decision about a reported name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NameDecision {
    /// Number; 0 before it is stored.
    pub decision_id: i64,
    /// What was answered.
    pub action: NameAction,
    /// Customer or product.
    pub kind: AliasKind,
    /// Distributor it holds for; empty: all.
    pub distributor_id: String,
    /// Reported name.
    pub name: String,
    /// Reported code, where it takes one to tell names apart.
    pub code: String,
    /// Reported spec, for products.
    pub spec: String,
    /// Reported maker, for products.
    pub maker: String,
    /// The chosen master entity; empty for other actions.
    pub target_id: String,
    /// The alias it made.
    pub alias_id: Option<i64>,
    /// What the person added.
    pub note: String,
    /// `person`, `audit` (found wrong in an audit) or `rule:` and the rule class.
    pub origin: String,
    /// Who decided.
    pub decided_by: String,
    /// When, ISO date and time.
    pub decided_at: String,
    /// Who took it back; `None` while it holds.
    pub taken_back_by: Option<String>,
    /// When it was taken back.
    pub taken_back_at: Option<String>,
    /// Master entities it said the name is not.
    pub rejected: Vec<String>,
    /// The proposed master entity: what could be read from the reports.
    pub proposal: Option<serde_json::Value>,
}

impl Warehouse {
    /// Lines held for a name, of one distributor or all.
    pub async fn waiting_lines(
        &self,
        distributor_id: Option<&str>,
    ) -> Result<Vec<WaitingLines>, WarehouseError> {
        let mut tx = self.read().await?;
        tx.all(&sql::REVIEW_WAITING, values![distributor_id], read_waiting)
            .await
    }

    /// Reported parties of a distributor by reference.
    pub async fn parties(
        &self,
        distributor_id: &str,
        references: &[i64],
    ) -> Result<HashMap<i64, ReportedParty>, WarehouseError> {
        let mut tx = self.read().await?;
        let values = values![distributor_id, json_list(references)];
        let found = tx
            .all(&sql::SELECT_PARTY, values, |row| {
                Ok((row.int()?, read_party(row)?))
            })
            .await?;
        Ok(found.into_iter().collect())
    }

    /// Reported products of a distributor by reference.
    pub async fn products(
        &self,
        distributor_id: &str,
        references: &[i64],
    ) -> Result<HashMap<i64, ReportedProduct>, WarehouseError> {
        let mut tx = self.read().await?;
        let values = values![distributor_id, json_list(references)];
        let found = tx
            .all(&sql::SELECT_PRODUCT, values, |row| {
                Ok((row.int()?, read_product(row)?))
            })
            .await?;
        Ok(found.into_iter().collect())
    }

    /// Lines held for these parties or products of a distributor.
    pub async fn lines_of_names(
        &self,
        kind: AliasKind,
        distributor_id: &str,
        references: &[i64],
        limit: u32,
    ) -> Result<Vec<FlowRow>, WarehouseError> {
        let mut tx = self.read().await?;
        let values = values![
            distributor_id,
            json_list(references),
            kind == AliasKind::Customer,
            limit,
        ];
        tx.all(&sql::REVIEW_LINES, values, |row| Ok(FlowRow::read(row)?.0))
            .await
    }

    /// Every decision, those taken back included, in order.
    pub async fn name_decisions(&self) -> Result<Vec<NameDecision>, WarehouseError> {
        select(&mut self.read().await?).await
    }
}

/// Every decision in order.
pub(crate) async fn select(tx: &mut Tx) -> Result<Vec<NameDecision>, WarehouseError> {
    let mut rejected: HashMap<i64, Vec<String>> = HashMap::new();
    let links = tx.all(&sql::SELECT_CANNOT_LINKS, Vec::new(), |row| {
        Ok((row.int()?, row.text()?))
    });
    for (decision_id, target_id) in links.await? {
        rejected.entry(decision_id).or_default().push(target_id);
    }
    let mut decisions = tx
        .all(&sql::SELECT_DECISIONS, Vec::new(), read_decision)
        .await?;
    for decision in &mut decisions {
        decision.rejected = rejected.remove(&decision.decision_id).unwrap_or_default();
    }
    Ok(decisions)
}

/// Stores decisions and gives them their numbers. Whoever asks holds the lock on the aliases.
pub(crate) async fn insert(
    tx: &mut Tx,
    decisions: &mut [NameDecision],
) -> Result<(), WarehouseError> {
    let mut next_id = tx.integer(&sql::NEXT_DECISION_ID, Vec::new()).await?;
    let (mut rows, mut links, mut proposals) = (Vec::new(), Vec::new(), Vec::new());
    for decision in decisions {
        decision.decision_id = next_id;
        next_id += 1;
        rows.push(values![
            decision.decision_id,
            decision.action.as_str(),
            decision.kind.as_str(),
            &decision.distributor_id,
            &decision.name,
            &decision.code,
            &decision.spec,
            &decision.maker,
            &decision.target_id,
            decision.alias_id,
            &decision.note,
            &decision.origin,
            &decision.decided_by,
            &decision.decided_at,
        ]);
        decision.rejected.sort_unstable();
        decision.rejected.dedup();
        let of_this = decision.rejected.iter();
        links.extend(of_this.map(|target| values![decision.decision_id, target]));
        if let Some(fields) = &decision.proposal {
            proposals.push(values![decision.decision_id, fields.to_string()]);
        }
    }
    tx.insert_many(&sql::INSERT_DECISION, rows).await?;
    tx.insert_many(&sql::INSERT_CANNOT_LINK, links).await?;
    tx.insert_many(&sql::INSERT_PROPOSAL, proposals).await
}

fn read_waiting(row: &mut Row) -> Result<WaitingLines, WarehouseError> {
    Ok(WaitingLines {
        distributor_id: row.text()?,
        reason: crate::held::read_reason(row)?,
        kind: row.kind()?,
        reference: row.int()?,
        valued_by: match row.int()? {
            0 => ValuedBy::Amount,
            1 => ValuedBy::Price,
            2 => ValuedBy::AssessedPrice,
            _ => ValuedBy::Nothing,
        },
        price: row.micros()?,
        rows: row.small()?,
        value: {
            let whole = i128::from(row.int()?) * i128::from(Micros::SCALE);
            whole + i128::from(row.int()?)
        },
        days: DayRange {
            first: row.day()?,
            last: row.day()?,
        },
    })
}

fn read_decision(row: &mut Row) -> Result<NameDecision, WarehouseError> {
    Ok(NameDecision {
        decision_id: row.int()?,
        action: {
            let word = row.text()?;
            NameAction::ALL
                .into_iter()
                .find(|action| action.as_str() == word)
                .ok_or_else(|| WarehouseError::Unreadable {
                    what: format!("`{word}` is no decision about a name"),
                })?
        },
        kind: match row.text()?.as_str() {
            "customer" => AliasKind::Customer,
            _ => AliasKind::Product,
        },
        distributor_id: row.text()?,
        name: row.text()?,
        code: row.text()?,
        spec: row.text()?,
        maker: row.text()?,
        target_id: row.text()?,
        alias_id: row.opt_int()?,
        note: row.text()?,
        origin: row.text()?,
        decided_by: row.text()?,
        decided_at: row.text()?,
        taken_back_by: row.opt_text()?,
        taken_back_at: row.opt_text()?,
        rejected: Vec::new(),
        proposal: match row.opt_text()? {
            None => None,
            Some(text) => {
                Some(
                    serde_json::from_str(&text).map_err(|error| WarehouseError::Unreadable {
                        what: format!("a proposal: {error}"),
                    })?,
                )
            }
        },
    })
}
