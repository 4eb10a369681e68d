//! The reference data one settlement needs, by reference, and laid out for fast questions.
//!
//! [`Reference`] is what the caller has; [`Prepared`] is the same by id and day. Preparing costs
//! once per run; nothing in it depends on the month that is asked for.

use channelflow_model::master::{Distributor, MasterData};
use channelflow_model::settlement::{
    AssessedPrice, Attribution, DistributorTier, GroupMember, OrgUnit, Seat, SettlementSettings,
    Target, UnattributedRule,
};
use channelflow_model::{Day, Finding, Place, Severity};
use rustc_hash::FxHashMap;

use crate::attribute::Attributor;
use crate::org::Org;
use crate::price::Prices;
use crate::timeline::{Step, Timeline, until};

/// All reference data, as imported.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'a> {
    /// Customers, products and distributors.
    pub master: &'a MasterData,
    /// The organisation.
    pub units: &'a [OrgUnit],
    /// Who holds which post.
    pub seats: &'a [Seat],
    /// Product groups.
    pub groups: &'a [GroupMember],
    /// Who is credited for which customer.
    pub attributions: &'a [Attribution],
    /// What happens to sales nobody is attributed to.
    pub unattributed: &'a [UnattributedRule],
    /// Versions of assessed prices.
    pub prices: &'a [AssessedPrice],
    /// Targets.
    pub targets: &'a [Target],
    /// Tiers of distributors where they differ from the master data.
    pub tiers: &'a [DistributorTier],
}

impl<'a> Reference<'a> {
    /// The lists of these settings with this master data.
    pub fn new(settings: &'a SettlementSettings, master: &'a MasterData) -> Self {
        Reference {
            master,
            units: &settings.units,
            seats: &settings.seats,
            groups: &settings.groups,
            attributions: &settings.attribution,
            unattributed: &settings.unattributed,
            prices: &settings.prices,
            targets: &settings.targets,
            tiers: &settings.tiers,
        }
    }
}

/// The reference data by id and day.
#[derive(Debug, Clone)]
pub struct Prepared<'a> {
    /// What it was made of.
    pub reference: Reference<'a>,
    /// Assessed prices.
    pub prices: Prices,
    /// Tiers of distributors.
    pub tiers: Tiers,
    /// The organisation.
    pub org: Org<'a>,
    /// Who is credited.
    pub attributor: Attributor<'a>,
}

impl<'a> Prepared<'a> {
    /// Lays everything out. Data with problems (see [`crate::validate`]) is laid out as far as it
    /// goes: it never credits anybody twice.
    pub fn new(reference: Reference<'a>) -> Self {
        Prepared {
            reference,
            prices: Prices::new(reference.prices, &reference.master.products),
            tiers: Tiers::new(&reference.master.distributors, reference.tiers),
            org: Org::new(reference.units, reference.seats),
            attributor: Attributor::new(&reference),
        }
    }
}

/// Rows of one distributor that give it two tiers on a day.
pub(crate) fn tier_problems(rows: &[DistributorTier]) -> Vec<Finding> {
    let mut sorted: Vec<&DistributorTier> = rows.iter().collect();
    sorted.sort_by_key(|row| (row.distributor_id.as_str(), row.span, row.tier.as_str()));
    let mut found = Vec::new();
    for (row, next) in sorted.iter().zip(sorted.iter().skip(1)) {
        if row.distributor_id == next.distributor_id && row.span.overlaps(next.span) {
            found.push(
                Finding::new("settle_tiers_overlap", Severity::Error, Place::default())
                    .fact("distributor", &next.distributor_id)
                    .fact("tier", &next.tier)
                    .fact("span", next.span)
                    .fact("other", &row.tier)
                    .fact("other_span", row.span),
            );
        }
    }
    found
}

/// Tier of every distributor by day: the effective-dated rows, then the master data.
#[derive(Debug, Clone, Default)]
pub struct Tiers {
    names: Vec<String>,
    distributors: FxHashMap<String, Timeline<u32>>,
}

impl Tiers {
    /// Lays out the tiers alone.
    pub fn new(distributors: &[Distributor], dated: &[DistributorTier]) -> Self {
        let mut rows: FxHashMap<&str, (Option<&str>, Vec<&DistributorTier>)> = FxHashMap::default();
        for distributor in distributors {
            rows.entry(&distributor.id).or_default().0 = Some(&distributor.tier);
        }
        for tier in dated {
            rows.entry(&tier.distributor_id).or_default().1.push(tier);
        }
        let mut tiers = Tiers::default();
        let mut numbers: FxHashMap<&str, u32> = FxHashMap::default();
        let mut names: Vec<String> = Vec::new();
        for (distributor, (master, mut dated)) in rows {
            // Of two on one day the one that began later holds.
            dated.sort_by(|a, b| (b.span, &b.tier).cmp(&(a.span, &a.tier)));
            let mut cuts = vec![Day::FIRST.number()];
            for row in &dated {
                cuts.extend([row.span.from.number(), until(row.span)]);
            }
            let line = Timeline::build(cuts, |day| {
                let mut holds = dated
                    .iter()
                    .filter(|row| row.span.from.number() <= day && day < until(row.span));
                let tier = match holds.next() {
                    Some(row) => row.tier.as_str(),
                    None => master?,
                };
                Some(*numbers.entry(tier).or_insert_with(|| {
                    names.push(tier.to_owned());
                    u32::try_from(names.len() - 1).unwrap_or(u32::MAX)
                }))
            });
            tiers.distributors.insert(distributor.to_owned(), line);
        }
        tiers.names = names;
        tiers
    }

    /// The tier of a distributor on a day; empty: not known.
    pub fn at(&self, distributor_id: &str, day: Day) -> &str {
        self.name(self.step(distributor_id, day).value)
    }

    pub(crate) fn name(&self, number: Option<u32>) -> &str {
        number
            .and_then(|number| self.names.get(number as usize))
            .map_or("", String::as_str)
    }

    pub(crate) fn step(&self, distributor_id: &str, day: Day) -> Step<Option<u32>> {
        let line = self.distributors.get(distributor_id);
        line.map_or(Step::NOTHING, |line| line.at(day))
    }
}
