//! The reference data and policies a month is settled by: as they were frozen when it was closed,
//! or as they hold now.

use std::collections::BTreeSet;

use channelflow_model::Period;
use channelflow_model::master::MasterData;
use channelflow_model::settlement::SettlementSettings;
use channelflow_settle::reference::{Prepared, Reference};
use channelflow_warehouse::{Extent, Warehouse};

use super::sums::FEW_PARTIES;
use super::terms::{Terms, frozen};

/// Reference data and policies at one version.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// Policies and whom they apply to.
    pub terms: Terms,
    /// The settings.
    pub settings: SettlementSettings,
    /// Customers, products and distributors.
    pub master: MasterData,
}

impl Books {
    /// Those of a month: frozen for a closed one.
    pub async fn of_month(warehouse: &Warehouse, period: Period) -> anyhow::Result<Self> {
        Books::open(warehouse, frozen(warehouse, period).await?).await
    }

    /// Those of a version.
    pub async fn open(warehouse: &Warehouse, as_of: Option<i64>) -> anyhow::Result<Self> {
        Books::read(warehouse, Extent::Whole, as_of).await
    }

    /// Those of a month as far as its statements are computed from them, but for the targets.
    pub(crate) async fn of_statements(
        warehouse: &Warehouse,
        period: Period,
    ) -> anyhow::Result<Self> {
        Books::for_statements(warehouse, frozen(warehouse, period).await?).await
    }

    /// What statements are computed from, without whom sales are credited to and without targets: that
    /// is most of it.
    pub(crate) async fn for_statements(
        warehouse: &Warehouse,
        as_of: Option<i64>,
    ) -> anyhow::Result<Self> {
        Books::read(warehouse, Extent::Statements, as_of).await
    }

    /// Adds the targets of these parties.
    pub(crate) async fn add_targets(
        &mut self,
        warehouse: &Warehouse,
        parties: &BTreeSet<&str>,
    ) -> anyhow::Result<()> {
        if parties.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = parties.iter().copied().collect();
        let asked = (ids.len() < FEW_PARTIES).then_some(ids.as_slice());
        let version = self.settings.version;
        self.settings.targets = warehouse.distributor_targets(asked, version).await?;
        Ok(())
    }

    async fn read(
        warehouse: &Warehouse,
        extent: Extent,
        as_of: Option<i64>,
    ) -> anyhow::Result<Self> {
        let master_version = warehouse.master_version(as_of).await?;
        let mut settings = warehouse.settings_of(extent, as_of).await?;
        let ever = warehouse.policies_ever().await?;
        let terms = Terms::new(as_of, master_version, &settings, ever)?;
        let master = MasterData {
            customers: std::mem::take(&mut settings.customers),
            products: std::mem::take(&mut settings.products),
            distributors: std::mem::take(&mut settings.distributors),
            aliases: Vec::new(),
        };
        Ok(Books {
            terms,
            settings,
            master,
        })
    }

    /// Laid out by id and day.
    pub fn prepared(&self) -> Prepared<'_> {
        Prepared::new(Reference::new(&self.settings, &self.master))
    }
}
