//! Layouts by distributor, kind and header fingerprint: accepted, pending or retired.

use channelflow_model::Layout;
use serde::{Deserialize, Serialize};

use crate::database::Tx;
use crate::delivery::Mode;
use crate::value::values;
use crate::{Warehouse, WarehouseError, sql};

/// Whether a layout may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayoutState {
    /// In use.
    Accepted,
    /// Seen, waits for a person.
    Pending,
    /// No longer used.
    Retired,
}

impl LayoutState {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            LayoutState::Accepted => "accepted",
            LayoutState::Pending => "pending",
            LayoutState::Retired => "retired",
        }
    }
}

/// A layout as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLayout {
    /// Its number.
    pub layout_id: i64,
    /// Whose sheets.
    pub distributor_id: String,
    /// How they are arranged.
    pub layout: Layout,
    /// Whether it may be used.
    pub state: LayoutState,
    /// The submission it was first seen in.
    pub submission_id: Option<i64>,
    /// Who decided its state; empty when it was accepted with its first file.
    pub decided_by: String,
    /// When, ISO date and time; empty like `decided_by`.
    pub decided_at: String,
}

/// A layout to store.
#[derive(Debug, Clone, Copy)]
pub struct NewLayout<'a> {
    /// Whose sheets.
    pub distributor_id: &'a str,
    /// How they are arranged.
    pub layout: &'a Layout,
    /// Whether it may be used.
    pub state: LayoutState,
    /// The submission it was seen in.
    pub submission_id: Option<i64>,
}

impl Warehouse {
    /// Layouts of one distributor, oldest first.
    pub async fn layouts(&self, distributor_id: &str) -> Result<Vec<StoredLayout>, WarehouseError> {
        let mut tx = self.read().await?;
        select(&mut tx, Some(distributor_id), None).await
    }

    /// Every layout, by distributor, oldest first.
    pub async fn all_layouts(&self) -> Result<Vec<StoredLayout>, WarehouseError> {
        let mut tx = self.read().await?;
        select(&mut tx, None, None).await
    }

    /// Stores a layout, or replaces the one with the same distributor, kind and fingerprint;
    /// returns its number.
    pub async fn save_layout(
        &self,
        layout: NewLayout<'_>,
        who: &str,
        at: &str,
        mode: Mode,
    ) -> Result<i64, WarehouseError> {
        let mut tx = self.write().await?;
        let layout_id = save(&mut tx, layout, who, at).await?;
        tx.finish(mode).await?;
        Ok(layout_id)
    }

    /// Accepts or retires a layout; returns it in its new state.
    pub async fn set_layout_state(
        &self,
        layout_id: i64,
        state: LayoutState,
        who: &str,
        at: &str,
        mode: Mode,
    ) -> Result<StoredLayout, WarehouseError> {
        let mut tx = self.write().await?;
        tx.execute(
            &sql::SET_LAYOUT_STATE,
            values![layout_id, state.as_str(), who, at],
        )
        .await?;
        let stored = select(&mut tx, None, Some(layout_id)).await?;
        tx.finish(mode).await?;
        stored
            .into_iter()
            .next()
            .ok_or_else(|| WarehouseError::NotFound {
                what: "layout",
                id: layout_id.to_string(),
            })
    }
}

/// Stores a layout that was accepted with its first file.
pub(crate) async fn accept_with(
    tx: &mut Tx,
    distributor_id: &str,
    layout: &Layout,
    submission_id: i64,
) -> Result<(), WarehouseError> {
    let layout = NewLayout {
        distributor_id,
        layout,
        state: LayoutState::Accepted,
        submission_id: Some(submission_id),
    };
    save(tx, layout, "", "").await?;
    Ok(())
}

async fn save(tx: &mut Tx, new: NewLayout<'_>, who: &str, at: &str) -> Result<i64, WarehouseError> {
    let json = serde_json::to_string(new.layout).map_err(|error| WarehouseError::Misuse {
        what: format!("a layout is no JSON: {error}"),
    })?;
    tx.integer(
        &sql::UPSERT_LAYOUT,
        values![
            new.distributor_id,
            new.layout.kind,
            &new.layout.fingerprint,
            json,
            new.state.as_str(),
            new.submission_id,
            who,
            at,
        ],
    )
    .await
}

async fn select(
    tx: &mut Tx,
    distributor_id: Option<&str>,
    layout_id: Option<i64>,
) -> Result<Vec<StoredLayout>, WarehouseError> {
    tx.all(
        &sql::SELECT_LAYOUTS,
        values![distributor_id, layout_id],
        |row| {
            Ok(StoredLayout {
                layout_id: row.int()?,
                distributor_id: row.text()?,
                layout: row.json()?,
                state: match row.text()?.as_str() {
                    "accepted" => LayoutState::Accepted,
                    "pending" => LayoutState::Pending,
                    _ => LayoutState::Retired,
                },
                submission_id: row.opt_int()?,
                decided_by: row.text()?,
                decided_at: row.text()?,
            })
        },
    )
    .await
}
