//! Who earns what: policies, tiers and distributors. Enough to say what has to be settled and whether
//! anything about it changed; what statements are computed from comes with the books.

use std::collections::HashMap;

use anyhow::bail;
use channelflow_model::Period;
use channelflow_model::master::Distributor;
use channelflow_model::settlement::{DistributorTier, PolicyText, SettlementSettings};
use channelflow_settle::Policy;
use channelflow_settle::policy::follow;
use channelflow_settle::reference::Tiers;
use channelflow_warehouse::{Extent, Warehouse};

use super::inputs::sha256;

/// Policies and whom they apply to, at one version.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// The version they were frozen at; `None`: as they hold now.
    pub as_of: Option<i64>,
    /// Number of the settings' version.
    pub version: i64,
    /// State of the master data, which an import changes without a version.
    pub(crate) master: i64,
    /// Tiers of distributors where they differ from the master data.
    pub tiers: Vec<DistributorTier>,
    /// Distributors.
    pub distributors: Vec<Distributor>,
    /// Every version of every policy, in order of id and version: first those that hold, then those
    /// that left the folder since. What was computed by one of the latter is corrected by it.
    pub policies: Vec<Policy>,
    /// How many of them left the folder.
    former: usize,
    /// SHA-256 of each policy's canonical text, in hexadecimal.
    pub hashes: Vec<String>,
    /// Their numbers by key.
    numbers: HashMap<String, usize>,
}

impl Terms {
    /// Those of a month: frozen for a closed one.
    pub async fn of_month(warehouse: &Warehouse, period: Period) -> anyhow::Result<Self> {
        let as_of = frozen(warehouse, period).await?;
        let master = warehouse.master_version(as_of).await?;
        let settings = warehouse.settings_of(Extent::Terms, as_of).await?;
        let ever = warehouse.policies_ever().await?;
        Terms::new(as_of, master, &settings, ever)
    }

    /// Those in the settings. `master` was asked for before they were read: what changes between
    /// the two is computed once more, never missed.
    pub(crate) fn new(
        as_of: Option<i64>,
        master: i64,
        settings: &SettlementSettings,
        mut ever: Vec<PolicyText>,
    ) -> anyhow::Result<Self> {
        let mut policies = read(&settings.policies)?;
        let current = policies.len();
        ever.retain(|text| {
            let same = |it: &PolicyText| it.id == text.id && it.version == text.version;
            !settings.policies.iter().any(same)
        });
        policies.extend(read(&ever)?);
        // One that left the folder ends no version that holds.
        follow(&mut policies, |at, other| other < current || at >= current);
        let mut terms = Terms {
            as_of,
            version: settings.version,
            master,
            tiers: settings.tiers.clone(),
            distributors: settings.distributors.clone(),
            ..Terms::default()
        };
        let former = policies.len() - current;
        terms.set_policies(policies);
        terms.former = former;
        Ok(terms)
    }

    /// The same for these policies alone.
    pub(crate) fn set_policies(&mut self, policies: Vec<Policy>) {
        let hashes = policies.iter().map(|policy| sha256(&policy.canonical()));
        self.hashes = hashes.collect();
        let keys = policies.iter().enumerate();
        self.numbers = keys
            .map(|(number, policy)| (policy.key(), number))
            .collect();
        self.policies = policies;
        self.former = 0;
    }

    /// The policies that hold; their places are those of [`Terms::policies`].
    pub fn current(&self) -> &[Policy] {
        let current = self.policies.len().saturating_sub(self.former);
        self.policies.get(..current).unwrap_or_default()
    }

    /// Number of the policy with this key (`id@version`).
    pub fn number_of(&self, key: &str) -> Option<usize> {
        self.numbers.get(key).copied()
    }

    /// Tiers by day.
    pub(crate) fn tiers(&self) -> Tiers {
        Tiers::new(&self.distributors, &self.tiers)
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

/// The version a month was closed at; `None` while it is open.
pub(super) async fn frozen(warehouse: &Warehouse, period: Period) -> anyhow::Result<Option<i64>> {
    let periods = warehouse.periods().await?;
    let row = periods
        .iter()
        .find(|row| row.period == period && row.closed);
    Ok(row.and_then(|row| row.frozen_version))
}
