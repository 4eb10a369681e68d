//! Returned goods of policies that settle them with the span they were sold in (计退), or at a flat
//! cost: which of them belong to an earlier span, and what that does to the sums.
//!
//! Pairing looks at the whole past of a party, whatever is asked for, so that a return always finds
//! the same sale. A return moves only if the party was told about the span of its sale; any other
//! stays in the month it happened in (domain rule 5).

use std::collections::BTreeMap;

use channelflow_model::settlement::Entry;
use channelflow_model::{DayRange, LineFlags, Micros, Period};
use channelflow_settle::figures::{Part, Prior, decimal};
use channelflow_settle::gather::{Gatherer, MonthSums, Moved};
use channelflow_settle::policy::{Policy, Returns};
use channelflow_warehouse::PairedReturn;

use super::build::{Settling, span_name};
use super::inputs::back;
use super::sums::{Gathered, Wanted};
use super::tasks::Task;

/// Months back that returns are paired from.
pub(super) const PAIRED_SINCE: usize = 24;

impl Settling<'_> {
    /// Moves returns of goods sold in earlier spans: off their own month, and for `retier` on the
    /// month of the sale. Returns every paired return by party.
    pub(super) async fn move_returns(
        &self,
        gatherer: &Gatherer<'_>,
        wanted: &BTreeMap<String, Wanted>,
        found: &mut Gathered,
    ) -> anyhow::Result<BTreeMap<String, Vec<PairedReturn>>> {
        let mut all = BTreeMap::new();
        let first = self.rule.days_of(back(self.inputs.period, PAIRED_SINCE));
        let days = first.zip(self.rule.days_of(self.inputs.period));
        let days = days.and_then(|(first, last)| DayRange::new(first.first, last.last));
        for (party, asked) in wanted {
            let moving = |number: &usize| {
                let policy = gatherer.policy(*number);
                policy.is_some_and(|policy| moves(policy.basis.returns))
            };
            let numbers: Vec<usize> = asked.numbers().filter(moving).collect();
            let Some(days) = days.filter(|_| !numbers.is_empty()) else {
                continue;
            };
            let mut paired = self
                .warehouse
                .returns_of_earlier_months(party, days)
                .await?;
            paired.retain(|line| line.booking_period <= self.inputs.period);
            for line in &paired {
                for number in &numbers {
                    let Some(policy) = gatherer.policy(*number) else {
                        continue;
                    };
                    if !self.belongs_before(party, policy, line) {
                        continue;
                    }
                    let mut add = |it: &Moved| {
                        for (number, month, sums) in gatherer.of_moved(it, &[*number]) {
                            let key = (number, party.clone());
                            let months = found.sums.entry(key).or_default();
                            months.entry(month).or_default().merge(&sums);
                        }
                    };
                    add(&moved(party, line, line.business_period, true));
                    // A flat cost is taken for it instead.
                    if policy.basis.returns == Returns::Retier {
                        add(&moved(party, line, line.sale_period, false));
                    }
                }
            }
            all.insert(party.clone(), paired);
        }
        Ok(all)
    }

    /// Whether the goods were sold in an earlier span that the party was told about.
    pub(super) fn belongs_before(&self, party: &str, policy: &Policy, line: &PairedReturn) -> bool {
        let sold_in = policy.period.around(line.sale_period);
        if sold_in.contains(&line.business_period) {
            return false;
        }
        let mut stated = self.inputs.stated_of(party).iter();
        stated.any(|it| {
            it.policy.rsplit_once('@').map(|(id, _)| id) == Some(policy.id.as_str())
                && sold_in.contains(&it.last)
        })
    }

    /// What came back in the span from spans before it, by span, for a flat cost.
    pub(super) fn flat_priors(
        &self,
        gatherer: &Gatherer<'_>,
        party: &str,
        (number, policy): (usize, &Policy),
        task: &Task,
        came_back: &[PairedReturn],
    ) -> Vec<Prior> {
        let mut spans: BTreeMap<Period, MonthSums> = BTreeMap::new();
        for line in came_back {
            let now = task.span.contains(&line.business_period);
            if !now || !self.belongs_before(party, policy, line) {
                continue;
            }
            let around = policy.period.around(line.sale_period);
            let Some(first) = around.first() else {
                continue;
            };
            let back = moved(party, line, line.sale_period, false);
            for (_, _, sums) in gatherer.of_moved(&back, &[number]) {
                spans.entry(*first).or_default().merge(&sums);
            }
        }
        let prior = |(first, sums): (Period, MonthSums)| {
            let around = policy.period.around(first);
            let stated = self
                .inputs
                .stated_of(party)
                .iter()
                .filter(|it| it.policy == task.policy && around.contains(&it.last));
            Prior {
                period: span_name(&around),
                figures: Box::default(),
                stated: stated.map(|it| decimal(it.total)).sum(),
                returned: sums
                    .all()
                    .basis(policy.tax_rate())
                    .returned
                    .unwrap_or_default(),
            }
        };
        spans.into_iter().map(prior).collect()
    }
}

/// Whether a policy settles returned goods with the span they were sold in.
pub(super) fn moves(returns: Returns) -> bool {
    matches!(returns, Returns::Retier | Returns::Flat { .. })
}

/// A return as an entry of a month; negated to take it off.
pub(super) fn moved(party: &str, line: &PairedReturn, month: Period, negated: bool) -> Moved {
    let signed = |number: i64| {
        if negated {
            number.saturating_neg()
        } else {
            number
        }
    };
    let mut flags = line.flags;
    if line.amount.is_none() {
        flags = LineFlags(flags.0 | LineFlags::NO_AMOUNT.0);
    }
    Moved {
        distributor_id: party.to_owned(),
        business_period: month,
        booking_period: line.booking_period,
        customer_id: line.customer_id.clone(),
        product_id: line.product_id.clone(),
        entry: Entry {
            customer: 0,
            product: 0,
            day: if negated { line.day } else { line.sale_day },
            flags,
            lines: if negated { -1 } else { 1 },
            quantity: Micros(signed(line.quantity.0)),
            amount: Micros(signed(line.amount.map_or(0, |amount| amount.0))),
        },
        part: Some(Part::Returned),
    }
}
