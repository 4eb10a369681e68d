//! Laying out attributions once, so that a sale is answered without searching.
//!
//! Every customer gets, per product group, the days with one answer to who shares its sales.
//! Days are also cut where a post changes hands, because the person is part of the answer. Equal
//! answers are stored once and compared by number.

use channelflow_model::settlement::{Attribution, GroupMember, UnitLevel};
use channelflow_model::{Day, Micros};
use rustc_hash::FxHashMap;

use super::{ANY, Attributor, Customer, GroupSet, Rule, Split, UNKNOWN};
use crate::classify::buyer_class;
use crate::org::Org;
use crate::reference::Reference;
use crate::timeline::{Timeline, until};

impl<'a> Attributor<'a> {
    /// Lays out attributions, product groups and rules.
    pub fn new(reference: &Reference<'a>) -> Self {
        let mut layout = Layout {
            org: Org::new(reference.units, reference.seats),
            credits: Numbered::default(),
            splits: Numbered::default(),
            groups: Numbered::default(),
        };
        layout.groups.number("");
        layout.nobody();
        let customers = layout.customers(reference);
        let rules = layout.rules(reference);
        let posts = layout.posts(reference);
        let (products, group_sets) = layout.products(reference.groups);
        Attributor {
            credits: layout.credits.items,
            splits: layout.splits.items,
            customers,
            products,
            group_sets,
            rules,
            posts,
        }
    }
}

struct Layout<'a> {
    org: Org<'a>,
    credits: Numbered<(&'a str, &'a str)>,
    splits: Numbered<Split>,
    /// Product groups; the first is the empty one.
    groups: Numbered<&'a str>,
}

impl<'a> Layout<'a> {
    fn nobody(&mut self) -> u32 {
        let credit = self.credits.number(("", ""));
        self.splits.number(Split {
            credits: vec![credit],
            shares: vec![Micros::SCALE],
        })
    }

    fn customers(&mut self, reference: &Reference<'a>) -> FxHashMap<&'a str, Customer<'a>> {
        let mut classes = FxHashMap::default();
        let mut customers: FxHashMap<&'a str, Customer<'a>> = FxHashMap::default();
        for customer in &reference.master.customers {
            let class = *classes
                .entry(customer.role.as_str())
                .or_insert_with(|| buyer_class(&customer.role));
            customers.insert(
                &customer.id,
                Customer {
                    class,
                    province: &customer.province,
                    role: &customer.role,
                    territories: Vec::new(),
                },
            );
        }
        let mut rows: Vec<&'a Attribution> = reference.attributions.iter().collect();
        rows.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        let same = |a: &&Attribution, b: &&Attribution| {
            a.customer_id == b.customer_id && a.product_group == b.product_group
        };
        for rows in rows.chunk_by(same) {
            let Some(first) = rows.first() else { continue };
            let line = self.territory(rows);
            let customer = customers
                .entry(&first.customer_id)
                .or_insert_with(|| UNKNOWN.clone());
            // Sorted by group with the empty one first; it is asked last.
            let group = self.groups.number(&first.product_group);
            customer.territories.push((group, line));
        }
        for customer in customers.values_mut() {
            if let Some((ANY, _)) = customer.territories.first() {
                customer.territories.rotate_left(1);
            }
        }
        customers
    }

    /// The days with one answer of one customer and product group.
    fn territory(&mut self, rows: &[&'a Attribution]) -> Timeline<u32> {
        let mut cuts = Vec::new();
        for row in rows {
            cuts.extend([row.span.from.number(), until(row.span)]);
            self.cut_by_seats(&row.post_id, &mut cuts);
        }
        Timeline::build(cuts, |day| {
            let holds = rows
                .iter()
                .filter(|row| row.span.from.number() <= day && day < until(row.span));
            let mut split = Split::default();
            let mut sum = 0i128;
            for row in holds {
                sum += i128::from(row.share.0);
                split.credits.push(self.credit(&row.post_id, day));
                split.shares.push(row.share.0);
            }
            if split.shares.is_empty() {
                None
            } else if sum != i128::from(Micros::SCALE)
                || split.shares.iter().any(|share| *share <= 0)
            {
                // Reported by `validate`. Crediting a part of it, or more than it, would be worse.
                Some(self.nobody())
            } else {
                Some(self.splits.number(split))
            }
        })
    }

    fn rules(&mut self, reference: &Reference<'a>) -> Vec<Rule<'a>> {
        let mut sorted: Vec<_> = reference.unattributed.iter().collect();
        sorted.sort_by_key(|rule| (rule.priority, rule.id.as_str()));
        let mut rules = Vec::new();
        for rule in sorted {
            let end = until(rule.span);
            let mut cuts = vec![rule.span.from.number(), end];
            self.cut_by_seats(&rule.post_id, &mut cuts);
            let line = Timeline::build(cuts, |day| {
                if day < rule.span.from.number() || day >= end {
                    None
                } else if rule.post_id.is_empty() {
                    Some(self.nobody())
                } else {
                    Some(self.whole(&rule.post_id, day))
                }
            });
            rules.push(Rule {
                province: &rule.province,
                role: &rule.role,
                product_group: self.groups.number(&rule.product_group),
                line,
            });
        }
        rules
    }

    fn posts(&mut self, reference: &Reference<'a>) -> FxHashMap<&'a str, Timeline<u32>> {
        let units = reference.units.iter();
        let posts = units.filter(|unit| unit.level == UnitLevel::Post);
        let mut lines = FxHashMap::default();
        for post in posts {
            let mut cuts = vec![Day::FIRST.number()];
            self.cut_by_seats(&post.id, &mut cuts);
            let line = Timeline::build(cuts, |day| Some(self.whole(&post.id, day)));
            lines.insert(post.id.as_str(), line);
        }
        lines
    }

    fn whole(&mut self, post_id: &'a str, day: i32) -> u32 {
        let credit = self.credit(post_id, day);
        self.splits.number(Split {
            credits: vec![credit],
            shares: vec![Micros::SCALE],
        })
    }

    /// The post with its holder on a day number.
    fn credit(&mut self, post_id: &'a str, day: i32) -> u32 {
        let line = self.org.seat_line(post_id);
        let seat = line.and_then(|line| line.at_number(day).value);
        let person = seat
            .and_then(|seat| self.org.seat(seat))
            .map_or("", |seat| seat.person_id.as_str());
        self.credits.number((post_id, person))
    }

    fn cut_by_seats(&self, post_id: &str, cuts: &mut Vec<i32>) {
        if let Some(line) = self.org.seat_line(post_id) {
            for step in line.steps() {
                cuts.extend([step.from, step.until]);
            }
        }
    }

    /// Per product the days it is in one set of groups, and the sets.
    fn products(
        &mut self,
        members: &'a [GroupMember],
    ) -> (FxHashMap<&'a str, Timeline<u32>>, Vec<GroupSet<'a>>) {
        let mut by_product: FxHashMap<&'a str, Vec<&'a GroupMember>> = FxHashMap::default();
        for member in members {
            let of_product = by_product.entry(&member.product_id).or_default();
            of_product.push(member);
        }
        let mut sets: Numbered<Vec<&'a str>> = Numbered::default();
        let mut products = FxHashMap::default();
        for (product, mut members) in by_product {
            members.sort_unstable_by_key(|member| member.group_id.as_str());
            let mut cuts = Vec::new();
            for member in &members {
                cuts.extend([member.span.from.number(), until(member.span)]);
            }
            let line = Timeline::build(cuts, |day| {
                let holds = members
                    .iter()
                    .filter(|row| row.span.from.number() <= day && day < until(row.span));
                let mut set: Vec<&'a str> = holds.map(|row| row.group_id.as_str()).collect();
                set.dedup();
                (!set.is_empty()).then(|| sets.number(set))
            });
            products.insert(product, line);
        }
        let sets = sets.items.into_iter().map(|ids| GroupSet {
            numbers: ids.iter().map(|id| self.groups.number(id)).collect(),
            ids,
        });
        (products, sets.collect())
    }
}

fn key(row: &Attribution) -> (&str, &str, &str, channelflow_model::settlement::Span) {
    (&row.customer_id, &row.product_group, &row.post_id, row.span)
}

/// Equal things under one number, in order of first use.
struct Numbered<T> {
    items: Vec<T>,
    numbers: FxHashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered {
            items: Vec::new(),
            numbers: FxHashMap::default(),
        }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbered<T> {
    fn number(&mut self, item: T) -> u32 {
        if let Some(number) = self.numbers.get(&item) {
            return *number;
        }
        let number = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.items.push(item.clone());
        self.numbers.insert(item, number);
        number
    }
}
