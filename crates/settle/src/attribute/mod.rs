//! Who is credited for what a customer bought of a product on a day.
//!
//! Attribution by customer and product group comes first; a named group beats the empty one. Then
//! the rules for what nobody is attributed to, by priority. What is left is nobody's, which is an
//! answer like any other. The date that counts is the business day. Not here: summing
//! (`achieve`), and whether the shares are right (`validate`): shares that do not sum to one
//! credit nobody.

mod layout;
mod split;

use channelflow_model::settlement::FlowClass;
use channelflow_model::{Day, Micros};
use rustc_hash::FxHashMap;

use crate::timeline::{NEVER, Step, Timeline};

pub(crate) use split::{MONEY, QUANTITY, split};

/// A post's part of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credited<'a> {
    /// The post.
    pub post_id: &'a str,
    /// Its holder on the day; empty: vacant.
    pub person_id: &'a str,
    /// Its share of the sale; those of one sale sum to one.
    pub share: Micros,
}

/// All attributions, laid out by customer, product group and day.
#[derive(Debug, Clone, Default)]
pub struct Attributor<'a> {
    /// (post, person); the first is nobody.
    credits: Vec<(&'a str, &'a str)>,
    /// The first is nobody's: one part, the whole, for the first credit.
    splits: Vec<Split>,
    customers: FxHashMap<&'a str, Customer<'a>>,
    products: FxHashMap<&'a str, Timeline<u32>>,
    /// Sets of product groups a product is in at a time.
    group_sets: Vec<GroupSet<'a>>,
    rules: Vec<Rule<'a>>,
    /// Whole credit for one post, by day, as its holders change.
    posts: FxHashMap<&'a str, Timeline<u32>>,
}

/// Who shares a sale: parallel lists in order of post ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Split {
    /// Indices into the credits.
    pub(crate) credits: Vec<u32>,
    /// Millionths.
    pub(crate) shares: Vec<i64>,
}

/// Product groups, ascending by id: their ids, and their numbers for comparing.
#[derive(Debug, Clone, Default)]
struct GroupSet<'a> {
    ids: Vec<&'a str>,
    numbers: Vec<u32>,
}

/// A customer as attribution sees it.
#[derive(Debug, Clone)]
pub(crate) struct Customer<'a> {
    /// What a sale to it is.
    pub(crate) class: FlowClass,
    province: &'a str,
    role: &'a str,
    /// By number of the product group: named groups by id, the empty group last.
    territories: Vec<(u32, Timeline<u32>)>,
}

/// A customer the master data does not have.
static UNKNOWN: Customer<'static> = Customer {
    class: FlowClass::Other,
    province: "",
    role: "",
    territories: Vec::new(),
};

#[derive(Debug, Clone)]
struct Rule<'a> {
    province: &'a str,
    role: &'a str,
    product_group: u32,
    line: Timeline<u32>,
}

/// Number of the split that credits nobody.
const NOBODY: u32 = 0;
/// Number of the empty product group: any product.
const ANY: u32 = 0;

impl<'a> Attributor<'a> {
    /// Who is credited for a sale, in order of posts. Empty: nobody.
    pub fn credited(&self, customer_id: &str, product_id: &str, day: Day) -> Vec<Credited<'a>> {
        let answer = self.answer(self.customer(customer_id), self.product(product_id), day);
        let Some(split) = self.split(answer.value) else {
            return Vec::new();
        };
        let parts = split.credits.iter().zip(&split.shares);
        parts
            .filter_map(|(credit, share)| {
                let (post_id, person_id) = self.credit(*credit)?;
                Some(Credited {
                    post_id,
                    person_id,
                    share: Micros(*share),
                })
            })
            .filter(|credited| !credited.post_id.is_empty())
            .collect()
    }

    /// Product groups a product is in on a day, by id.
    pub fn groups_of(&self, product_id: &str, day: Day) -> &[&'a str] {
        let set = self.product(product_id).and_then(|line| line.at(day).value);
        self.group_set(set).map_or(&[], |set| set.ids.as_slice())
    }

    pub(crate) fn customer(&self, id: &str) -> &Customer<'a> {
        self.customers.get(id).unwrap_or(&UNKNOWN)
    }

    pub(crate) fn product(&self, id: &str) -> Option<&Timeline<u32>> {
        self.products.get(id)
    }

    pub(crate) fn credit(&self, number: u32) -> Option<(&'a str, &'a str)> {
        self.credits.get(number as usize).copied()
    }

    pub(crate) fn credit_count(&self) -> usize {
        self.credits.len()
    }

    pub(crate) fn split(&self, number: u32) -> Option<&Split> {
        self.splits.get(number as usize)
    }

    /// Whole credit for one post: the number of the split, and the days its holder holds it.
    pub(crate) fn post_answer(&self, post_id: &str, day: Day) -> Step<u32> {
        let step = self.posts.get(post_id).map(|line| line.at(day));
        Step {
            from: step.map_or(i32::MIN, |step| step.from),
            until: step.map_or(NEVER, |step| step.until),
            value: step.and_then(|step| step.value).unwrap_or(NOBODY),
        }
    }

    fn group_set(&self, number: Option<u32>) -> Option<&GroupSet<'a>> {
        self.group_sets.get(number? as usize)
    }

    /// The number of the split of a sale, and days it holds for.
    pub(crate) fn answer(
        &self,
        customer: &Customer<'_>,
        product: Option<&Timeline<u32>>,
        day: Day,
    ) -> Step<u32> {
        let mut answer = Step {
            from: i32::MIN,
            until: NEVER,
            value: NOBODY,
        };
        let mut groups: &[u32] = &[];
        if let Some(line) = product {
            let set = line.at(day);
            answer.clip(&set);
            if let Some(set) = self.group_set(set.value) {
                groups = &set.numbers;
            }
        }
        let concerns = |group: u32| group == ANY || groups.contains(&group);
        for (group, line) in &customer.territories {
            if !concerns(*group) {
                continue;
            }
            let step = line.at(day);
            answer.clip(&step);
            if let Some(split) = step.value {
                answer.value = split;
                return answer;
            }
        }
        for rule in &self.rules {
            if (!rule.province.is_empty() && rule.province != customer.province)
                || (!rule.role.is_empty() && rule.role != customer.role)
                || !concerns(rule.product_group)
            {
                continue;
            }
            let step = rule.line.at(day);
            answer.clip(&step);
            if let Some(split) = step.value {
                answer.value = split;
                return answer;
            }
        }
        answer
    }
}

#[cfg(test)]
mod tests;
