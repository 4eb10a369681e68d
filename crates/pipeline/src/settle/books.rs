//! The reference data and policies a month is settled by: as they were frozen when it was closed,
//! or as they hold now.

use anyhow::bail;
use channelflow_model::Period;
use channelflow_model::master::MasterData;
use channelflow_model::settlement::{PolicyText, SettlementSettings};
use channelflow_settle::Policy;
use channelflow_settle::policy::follow;
use channelflow_settle::reference::{Prepared, Reference};
use channelflow_warehouse::Warehouse;

use super::inputs::sha256;

/// Reference data and policies at one version.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// The version they were frozen at; `None`: as they hold now.
    pub as_of: Option<i64>,
    /// The settings.
    pub settings: SettlementSettings,
    /// Customers, products and distributors.
    pub master: MasterData,
    /// Every version of every policy, in order of id and version: first those that hold, then those
    /// that left the folder since. What was computed by one of the latter is corrected by it.
    pub policies: Vec<Policy>,
    /// How many of them left the folder.
    pub former: usize,
    /// SHA-256 of each policy's canonical text, in hexadecimal.
    pub hashes: Vec<String>,
    /// Hash of customers, products and distributors: an import changes them without a version.
    pub(crate) master_hash: String,
}

impl Books {
    /// Those of a month: frozen for a closed one.
    pub async fn of_month(warehouse: &Warehouse, period: Period) -> anyhow::Result<Self> {
        let periods = warehouse.periods().await?;
        let row = periods
            .iter()
            .find(|row| row.period == period && row.closed);
        Books::open(warehouse, row.and_then(|row| row.frozen_version)).await
    }

    /// Those of a version.
    pub async fn open(warehouse: &Warehouse, as_of: Option<i64>) -> anyhow::Result<Self> {
        let mut settings = warehouse.settings(as_of).await?;
        let master = MasterData {
            customers: std::mem::take(&mut settings.customers),
            products: std::mem::take(&mut settings.products),
            distributors: std::mem::take(&mut settings.distributors),
            aliases: Vec::new(),
        };
        let mut policies = read(&settings.policies)?;
        let current = policies.len();
        let mut former = warehouse.policies_ever().await?;
        former.retain(|text| {
            let same = |it: &PolicyText| it.id == text.id && it.version == text.version;
            !settings.policies.iter().any(same)
        });
        policies.extend(read(&former)?);
        // One that left the folder ends no version that holds.
        follow(&mut policies, |at, other| other < current || at >= current);
        let named = (&master.customers, &master.products, &master.distributors);
        let master_hash = sha256(&serde_json::to_string(&named)?);
        let hashes = policies.iter().map(|policy| sha256(&policy.canonical()));
        Ok(Books {
            as_of,
            settings,
            master,
            hashes: hashes.collect(),
            master_hash,
            former: policies.len() - current,
            policies,
        })
    }

    /// The policies that hold; their places are those of [`Books::policies`].
    pub fn current(&self) -> &[Policy] {
        let current = self.policies.len().saturating_sub(self.former);
        self.policies.get(..current).unwrap_or_default()
    }

    /// Laid out by id and day.
    pub fn prepared(&self) -> Prepared<'_> {
        Prepared::new(self.reference())
    }

    /// As settlement wants it.
    pub(crate) fn reference(&self) -> Reference<'_> {
        Reference::new(&self.settings, &self.master)
    }

    /// Number of the policy with this key (`id@version`).
    pub fn number_of(&self, key: &str) -> Option<usize> {
        self.policies.iter().position(|policy| policy.key() == key)
    }
}

/// The policies of these texts, in order of id and version.
fn read(texts: &[PolicyText]) -> anyhow::Result<Vec<Policy>> {
    let mut policies = Vec::with_capacity(texts.len());
    for text in texts {
        match Policy::parse(&text.file, &text.toml) {
            Ok(policy) => policies.push(policy),
            // Policies are checked when they are imported; this is a program older than they.
            Err(problems) => {
                let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
                bail!("a stored policy cannot be read:\n{}", shown.join("\n"));
            }
        }
    }
    policies.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
    Ok(policies)
}
