//! Whether two spans compare like with like: the same products and the same territory.
//!
//! Compared are the reference data of the spans' last days: the products of the row's group, and
//! the customers attributed under its unit or person with their shares. Not here: what was sold;
//! a customer who bought nothing has not left a territory.

use std::hash::{Hash, Hasher};

use channelflow_model::Day;
use rustc_hash::{FxHashMap, FxHasher};

use super::row::Level;
use super::tally::Achievement;

/// Fingerprints of products and territories on one day. They are sums, so order is irrelevant and
/// a customer that moves inside a unit leaves the unit's as it was.
#[derive(Debug, Default)]
pub(super) struct Snapshot<'a> {
    groups: FxHashMap<&'a str, u64>,
    /// By level, id and product group of the attribution.
    territories: FxHashMap<(Level, &'a str, &'a str), u64>,
    /// By level and id.
    whole: FxHashMap<(Level, &'a str), u64>,
}

impl Snapshot<'_> {
    /// Fingerprint of what a row is about.
    pub(super) fn of(&self, level: Level, id: &str, group: &str) -> (u64, u64) {
        let group = if level == Level::ProductGroup {
            id
        } else {
            group
        };
        let products = self.groups.get(group).copied().unwrap_or_default();
        let territory = if !level.is_credited() {
            0
        } else if group.is_empty() {
            self.whole.get(&(level, id)).copied().unwrap_or_default()
        } else {
            let part = |group| self.territories.get(&(level, id, group)).copied();
            let named: u64 = part(group).unwrap_or_default();
            named.wrapping_add(part("").unwrap_or_default())
        };
        (products, territory)
    }
}

impl<'a> Achievement<'a> {
    /// The reference data of a day, for comparing.
    pub(super) fn snapshot(&self, day: Day) -> Snapshot<'a> {
        let reference = &self.prepared.reference;
        let org = &self.prepared.org;
        let tree = org.tree(self.as_of(day));
        let mut snapshot = Snapshot::default();
        for member in reference.groups {
            if member.span.contains(self.as_of(day)) {
                let sum = snapshot.groups.entry(&member.group_id).or_default();
                *sum = sum.wrapping_add(hash(&member.product_id));
            }
        }
        let mut places: FxHashMap<&str, Vec<(Level, &'a str)>> = FxHashMap::default();
        for row in reference.attributions {
            if !row.span.contains(day) {
                continue;
            }
            let post = row.post_id.as_str();
            let places = places.entry(post).or_insert_with(|| {
                let units = tree.ancestors(post);
                let mut places: Vec<(Level, &'a str)> = Level::ALL
                    .into_iter()
                    .filter_map(|level| Some((level, (*units.get(level.unit_level()? as usize)?)?)))
                    .collect();
                if let Some(seat) = org.holder(post, self.as_of(day)) {
                    places.push((Level::Person, &seat.person_id));
                }
                places
            });
            let group = row.product_group.as_str();
            let print = hash(&(&row.customer_id, group)).wrapping_mul(row.share.0.cast_unsigned());
            for (level, id) in places.iter() {
                let part = snapshot.territories.entry((*level, id, group)).or_default();
                *part = part.wrapping_add(print);
                let whole = snapshot.whole.entry((*level, id)).or_default();
                *whole = whole.wrapping_add(print);
            }
        }
        snapshot
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}
