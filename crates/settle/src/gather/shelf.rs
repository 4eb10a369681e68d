//! Products as policies see them: their groups, prices and the policies that count them, laid out by
//! day once. Not here: any entry.

use channelflow_model::settlement::{GroupMember, Span};
use channelflow_model::{Day, Micros};
use rustc_hash::FxHashMap;

use super::{Asked, masks_of};
use crate::policy::Subject;
use crate::reference::Prepared;
use crate::timeline::{NEVER, Step, until};

/// A product, with the days for which nothing is different.
pub(super) struct Goods<'a> {
    known: Step<()>,
    /// Number of the set of its groups.
    pub(super) set: u32,
    pub(super) groups: Vec<&'a str>,
    pub(super) price: Option<Micros>,
    masks: Box<[u64]>,
}

impl Goods<'_> {
    pub(super) fn mask(&self, word: usize) -> u64 {
        self.masks.get(word).copied().unwrap_or_default()
    }
}

/// All products somebody says something about.
pub(super) struct Shelf<'a> {
    products: FxHashMap<&'a str, Vec<Goods<'a>>>,
    /// Any other.
    other: Vec<Goods<'a>>,
}

/// A product of a fold.
pub(super) struct Place<'s, 'a> {
    line: &'s [Goods<'a>],
    last: Option<&'s Goods<'a>>,
}

impl<'s, 'a> Place<'s, 'a> {
    /// What the product is on a day.
    pub(super) fn on(&mut self, day: Day) -> Option<&'s Goods<'a>> {
        if self.last.is_none_or(|goods| !goods.known.covers(day)) {
            self.last = self.line.iter().find(|goods| goods.known.covers(day));
        }
        self.last
    }
}

impl<'a> Shelf<'a> {
    pub(super) fn new(policies: &[Asked<'a>], prepared: &'a Prepared<'a>) -> Self {
        let reference = &prepared.reference;
        let mut memberships: FxHashMap<&str, Vec<&'a GroupMember>> = FxHashMap::default();
        for product in &reference.master.products {
            memberships.entry(product.id.as_str()).or_default();
        }
        for price in reference.prices {
            memberships.entry(price.product_id.as_str()).or_default();
        }
        for asked in policies {
            let listed = &asked.policy.scope.products;
            for id in listed.only.iter().chain(&listed.except) {
                memberships.entry(id.as_str()).or_default();
            }
        }
        for member in reference.groups {
            memberships
                .entry(member.product_id.as_str())
                .or_default()
                .push(member);
        }
        let mut sets: FxHashMap<Vec<&'a str>, u32> = FxHashMap::default();
        let mut laid_out = |id: &str, memberships: &[&'a GroupMember]| {
            let mut line = Vec::new();
            let mut next = Some(i32::MIN);
            while let Some(number) = next {
                let goods = goods(policies, prepared, id, memberships, number, &mut sets);
                next = Some(goods.known.until).filter(|until| *until != NEVER);
                line.push(goods);
            }
            line
        };
        let other = laid_out("", &[]);
        let products = memberships.into_iter();
        Shelf {
            products: products
                .map(|(id, memberships)| (id, laid_out(id, &memberships)))
                .collect(),
            other,
        }
    }

    pub(super) fn place(&self, id: &str) -> Place<'_, 'a> {
        Place {
            line: self.products.get(id).unwrap_or(&self.other),
            last: None,
        }
    }
}

/// A product on a day (its number), and the days around it for which nothing is different.
fn goods<'a>(
    policies: &[Asked<'a>],
    prepared: &Prepared<'_>,
    id: &str,
    memberships: &[&'a GroupMember],
    day: i32,
    sets: &mut FxHashMap<Vec<&'a str>, u32>,
) -> Goods<'a> {
    let price = prepared.prices.line(id);
    let price = price.map_or(Step::NOTHING, |line| line.at_number(day));
    let mut known = Step {
        from: price.from,
        until: price.until,
        value: (),
    };
    let mut groups = Vec::new();
    for member in memberships {
        let around = around(member.span, day);
        known.clip(&around);
        if around.value {
            groups.push(member.group_id.as_str());
        }
    }
    let masks = masks_of(policies, |asked| {
        asked.policy.scope.admits_product(&Subject {
            product: id,
            product_groups: &groups,
            ..Subject::default()
        })
    });
    let next = u32::try_from(sets.len()).unwrap_or(u32::MAX);
    Goods {
        known,
        set: *sets.entry(groups.clone()).or_insert(next),
        groups,
        price: price.value,
        masks,
    }
}

/// The days around a day on which it lies inside the span, or outside, without interruption.
fn around(span: Span, day: i32) -> Step<bool> {
    let (from, until) = (span.from.number(), until(span));
    let (from, until, value) = if day < from {
        (i32::MIN, from, false)
    } else if day < until {
        (from, until, true)
    } else {
        (until, NEVER, false)
    };
    Step { from, until, value }
}
