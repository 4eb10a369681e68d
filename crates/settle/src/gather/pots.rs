//! Sums of one fold on their way to policies. Entries that count for the same policies are summed
//! together and handed to each of them once, so that an entry costs one addition, not one per policy.

use channelflow_model::settlement::{Entry, Fold};
use rustc_hash::FxHashMap;

use super::shelf::Goods;
use super::sums::{MonthSums, ProductSums, RawSums};
use super::{Asked, mask_of};
use crate::figures::Part;

/// Sums under keys; the key of the entry before is remembered.
struct Pot<K, V> {
    places: FxHashMap<K, usize>,
    sums: Vec<(K, V)>,
    last: Option<(K, usize)>,
}

impl<K, V> Default for Pot<K, V> {
    fn default() -> Self {
        Pot {
            places: FxHashMap::default(),
            sums: Vec::new(),
            last: None,
        }
    }
}

impl<K: Copy + Eq + std::hash::Hash, V: Default> Pot<K, V> {
    fn with(&mut self, key: K, change: impl FnOnce(&mut V)) {
        let place = match self.last {
            Some((last, place)) if last == key => place,
            _ => *self.places.entry(key).or_insert_with(|| {
                self.sums.push((key, V::default()));
                self.sums.len() - 1
            }),
        };
        self.last = Some((key, place));
        if let Some((_, sums)) = self.sums.get_mut(place) {
            change(sums);
        }
    }
}

/// Sums of one fold by the policies (bits) they count for.
pub(super) struct Pots<'f> {
    fold: &'f Fold,
    /// Policies that want sums by product group, by product, by customer.
    by_group: u64,
    by_product: u64,
    by_customer: u64,
    all: Pot<u64, ProductSums>,
    groups: Pot<(u64, u32), (Vec<&'f str>, ProductSums)>,
    products: Pot<(u64, u32), ProductSums>,
    customers: Pot<(u64, u32), i128>,
}

impl<'f> Pots<'f> {
    pub(super) fn new(fold: &'f Fold, asked: &[Asked<'_>]) -> Self {
        Pots {
            fold,
            by_group: mask_of(asked, |asked| !asked.groups.is_empty()),
            by_product: mask_of(asked, |asked| asked.by_product),
            by_customer: mask_of(asked, |asked| asked.by_customer),
            all: Pot::default(),
            groups: Pot::default(),
            products: Pot::default(),
            customers: Pot::default(),
        }
    }

    /// Adds an entry to the policies of the mask.
    pub(super) fn add(&mut self, mask: u64, part: Part, entry: &Entry, goods: &'f Goods<'f>) {
        let raw = RawSums::of(entry, goods.price);
        self.all.with(mask, |sums| sums.add(part, &raw));
        if mask & self.by_group != 0 {
            let key = (mask & self.by_group, goods.set);
            self.groups.with(key, |(groups, sums)| {
                if groups.is_empty() {
                    groups.clone_from(&goods.groups);
                }
                sums.add(part, &raw);
            });
        }
        if mask & self.by_product != 0 {
            let key = (mask & self.by_product, entry.product);
            self.products.with(key, |sums| sums.add(part, &raw));
        }
        if mask & self.by_customer != 0 && matches!(part, Part::Sold | Part::Returned) {
            let key = (mask & self.by_customer, entry.customer);
            self.customers
                .with(key, |net| *net = net.saturating_add(raw.quantity));
        }
    }

    /// The sums of every policy.
    pub(super) fn pour(self, asked: &[Asked<'_>]) -> Vec<MonthSums> {
        let mut all: Vec<MonthSums> = vec![MonthSums::default(); asked.len()];
        for (mask, sums) in &self.all.sums {
            each(&mut all, *mask, |_, of_policy| of_policy.merge_all(sums));
        }
        for ((mask, _), (groups, sums)) in &self.groups.sums {
            each(&mut all, *mask, |at, of_policy| {
                let wanted = asked
                    .get(at)
                    .map_or(&[][..], |asked| asked.groups.as_slice());
                for group in wanted.iter().filter(|group| groups.contains(group)) {
                    of_policy.group(group).merge(sums);
                }
            });
        }
        for ((mask, product), sums) in &self.products.sums {
            let id = self.fold.products.get(*product as usize);
            let id = id.map_or("", String::as_str);
            each(&mut all, *mask, |_, of_policy| {
                of_policy.product(id).merge(sums);
            });
        }
        for ((mask, customer), net) in &self.customers.sums {
            let id = self.fold.customers.get(*customer as usize);
            let id = id.map_or("", String::as_str);
            each(&mut all, *mask, |_, of_policy| of_policy.customer(id, *net));
        }
        all
    }
}

/// Every policy whose bit is set.
fn each(all: &mut [MonthSums], mask: u64, mut change: impl FnMut(usize, &mut MonthSums)) {
    let mut left = mask;
    while left != 0 {
        let at = left.trailing_zeros() as usize;
        left &= left - 1;
        if let Some(sums) = all.get_mut(at) {
            change(at, sums);
        }
    }
}
