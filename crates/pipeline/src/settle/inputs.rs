//! Everything settlement looks at besides the books, loaded once: what was shipped, paid, reported,
//! told, appealed, and the hashes of the folds; and the hashes that say whether anything changed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use channelflow_model::settlement::{Payment, Shipment};
use channelflow_model::{DayRange, FlowKind, Period, PeriodRule};
use channelflow_settle::Policy;
use channelflow_settle::gather::Moved;
use channelflow_settle::policy::{Late, Shape};
use channelflow_warehouse::{FoldHead, Stated, Warehouse};
use sha2::{Digest, Sha256};

use super::Books;
use super::returns::moves;
use super::tasks::Task;
use crate::company::Company;

/// How many months back a span may change what is stated now.
pub(crate) const LOOK_BACK: usize = 12;

/// What settlement looks at.
pub struct Inputs {
    /// The month that is settled.
    pub period: Period,
    /// Which days belong to an accounting month.
    pub rule: PeriodRule,
    /// Days after the end of a month in which its reports are in time.
    pub report_days: u32,
    /// Loads up to this one are in it.
    pub as_of_load: i64,
    /// Whether any shipment, and any payment, was ever imported for these months.
    pub has: (bool, bool),
    /// By party: what is its own.
    pub parties: BTreeMap<String, PartyInputs>,
    /// What parties were told before, by party.
    pub stated: Vec<Stated>,
    /// First month each distributor has lines of a kind in.
    pub known_since: BTreeMap<(String, FlowKind), Period>,
    /// Closed months with the version their books were frozen at.
    pub frozen: BTreeMap<Period, Option<i64>>,
}

/// What settlement looks at of one party.
#[derive(Debug, Default)]
pub struct PartyInputs {
    /// Hashes of its folds.
    pub heads: Vec<FoldHead>,
    /// Shipments to it.
    pub shipments: Vec<Shipment>,
    /// Payments by it.
    pub payments: Vec<Payment>,
    /// Entries that count elsewhere than their fold says.
    pub moved: Vec<Moved>,
    /// When it first reported a kind of a month.
    pub first_reports: BTreeMap<(Period, FlowKind), String>,
    /// Hash of all that by the month it happened in.
    hashes: BTreeMap<Period, [u8; 32]>,
    /// The same by the month it counts in.
    booked: BTreeMap<Period, [u8; 32]>,
}

impl Inputs {
    /// Loads them for a month.
    pub async fn load(
        company: &Company,
        warehouse: &Warehouse,
        period: Period,
    ) -> anyhow::Result<Self> {
        Inputs::since(company, warehouse, back(period, LOOK_BACK), period).await
    }

    /// Loads them for a month and the spans since another one.
    pub(crate) async fn since(
        company: &Company,
        warehouse: &Warehouse,
        since: Period,
        period: Period,
    ) -> anyhow::Result<Self> {
        let rule = company.period_rule;
        // A year before the earliest span: growth looks there.
        let earliest = back(since, 12);
        let as_of_load = warehouse.newest_load().await?;
        let mut parties: BTreeMap<String, PartyInputs> = BTreeMap::new();
        for head in warehouse.fold_heads((earliest, period), period).await? {
            let party = parties.entry(head.distributor_id.clone()).or_default();
            party.heads.push(head);
        }
        let mut has = (false, false);
        let days = rule.days_of(since).zip(rule.days_of(period));
        let days = days.and_then(|(first, last)| DayRange::new(first.first, last.last));
        if let Some(days) = days {
            for shipment in warehouse.shipments(days, None).await? {
                has.0 = true;
                let party = parties.entry(shipment.distributor_id.clone()).or_default();
                party.shipments.push(shipment);
            }
            for payment in warehouse.payments(days, None).await? {
                has.1 = true;
                let party = parties.entry(payment.distributor_id.clone()).or_default();
                party.payments.push(payment);
            }
        }
        for moved in super::sums::moved(warehouse, (earliest, period)).await? {
            let party = parties.entry(moved.distributor_id.clone()).or_default();
            party.moved.push(moved);
        }
        for ((distributor, kind, month), at) in warehouse.first_reports(earliest, period).await? {
            let party = parties.entry(distributor).or_default();
            party.first_reports.insert((month, kind), at);
        }
        for party in parties.values_mut() {
            party.hashes = hashes(party, rule, false);
            party.booked = hashes(party, rule, true);
        }
        let periods = warehouse.periods().await?;
        let mut stated = warehouse.stated(since, period).await?;
        stated.sort_by(|a, b| a.party_id.cmp(&b.party_id));
        Ok(Inputs {
            period,
            rule,
            report_days: company.config.settlement.report_days,
            as_of_load,
            has,
            parties,
            stated,
            known_since: warehouse.known_since().await?,
            frozen: periods
                .into_iter()
                .filter(|row| row.closed)
                .map(|row| (row.period, row.frozen_version))
                .collect(),
        })
    }

    /// Hash of everything the statement of a party is computed from.
    pub(crate) fn hash_of(&self, party: &str, tasks: &[Task], books: &Books) -> String {
        let mut hasher = Sha256::new();
        let mut add = |text: &str| {
            hasher.update(text.as_bytes());
            hasher.update([0]);
        };
        add(env!("CARGO_PKG_VERSION"));
        add(&books.settings.version.to_string());
        add(&books.master_hash);
        add(&format!("{:?} {}", self.rule, self.report_days));
        let known = self.known_since.iter();
        for (key, since) in known.filter(|((distributor, _), _)| distributor == party) {
            add(&format!("{key:?} {since}"));
        }
        for task in tasks {
            if let Some(number) = books.number_of(&task.policy) {
                add(&format!("{task:?}"));
                add(&self.records_hash(party, books, number, &task.span));
            }
        }
        for stated in self.stated_of(party) {
            add(&format!("{stated:?}"));
        }
        hex(hasher)
    }

    /// What a party was told before.
    pub(crate) fn stated_of(&self, party: &str) -> &[Stated] {
        let first = self.stated.partition_point(|it| *it.party_id < *party);
        let rest = self.stated.get(first..).unwrap_or_default();
        let own = rest.partition_point(|it| it.party_id == party);
        rest.get(..own).unwrap_or_default()
    }

    /// Hash of the policy (by number) and the records that it, the party and the span rest on.
    pub(crate) fn records_hash(
        &self,
        party: &str,
        books: &Books,
        number: usize,
        span: &[Period],
    ) -> String {
        let (Some(policy), Some(text)) = (books.policies.get(number), books.hashes.get(number))
        else {
            return String::new();
        };
        let mut hasher = Sha256::new();
        hasher.update(text.as_bytes());
        let ends = span.last().and_then(|last| self.rule.days_of(*last));
        if let Some(last) = policy.followed
            && ends.is_some_and(|ends| last < ends.last)
        {
            hasher.update(last.number().to_le_bytes());
        }
        let looked_at = looked_at(policy, span);
        // Goods come back to the span they were sold in, and which sale that is all months say.
        let all = moves(policy.basis.returns);
        let of_party = self.parties.get(party);
        let months = of_party.map(|it| match policy.basis.late {
            Late::Retier => &it.hashes,
            Late::Current => &it.booked,
        });
        for (month, hash) in months.into_iter().flatten() {
            if all || looked_at.contains(month) {
                hasher.update(month.number().to_le_bytes());
                hasher.update(hash);
            }
        }
        hex(hasher)
    }
}

/// Hash of what a party has in each month, by the month it happened in or the one it counts in.
fn hashes(party: &PartyInputs, rule: PeriodRule, booked: bool) -> BTreeMap<Period, [u8; 32]> {
    let mut hashers: BTreeMap<Period, Sha256> = BTreeMap::new();
    let mut add = |month: Period, text: String| {
        let hasher = hashers.entry(month).or_default();
        hasher.update(text.as_bytes());
        hasher.update([0]);
    };
    for head in &party.heads {
        let text = format!("{} {} {}", head.kind, head.booking_period, head.hash);
        let month = if booked {
            head.booking_period
        } else {
            head.business_period
        };
        add(month, format!("{} {text}", head.business_period));
    }
    for moved in &party.moved {
        let month = if booked {
            moved.booking_period
        } else {
            moved.business_period
        };
        add(month, format!("{moved:?}"));
    }
    for shipment in &party.shipments {
        add(rule.period_of(shipment.day), format!("{shipment:?}"));
    }
    for payment in &party.payments {
        add(rule.period_of(payment.day), format!("{payment:?}"));
    }
    for ((month, kind), at) in &party.first_reports {
        add(*month, format!("{kind} {at}"));
    }
    let done = hashers.into_iter();
    done.map(|(month, hasher)| (month, hasher.finalize().into()))
        .collect()
}

/// Months a policy looks at for a span: the span, the month before it (stock and transit), and the
/// same months of the year before for growth.
pub(crate) fn looked_at(policy: &Policy, span: &[Period]) -> Vec<Period> {
    let mut months = span.to_vec();
    let lately = policy
        .rewards
        .iter()
        .filter_map(|reward| match reward.shape {
            // Stock and goods on the way, and what was bought in so many days.
            Shape::PriceProtection { within_days } => Some(within_days.unwrap_or(0) / 28 + 2),
            _ => None,
        });
    if let (Some(lately), Some(first)) = (lately.max(), span.first()) {
        let before = (1..=lately).filter_map(|by| usize::try_from(by).ok());
        months.extend(before.map(|by| back(*first, by)));
    }
    if policy.looks_back() {
        let before = span.iter().map(|month| back(*month, 12));
        months.extend(before.collect::<Vec<_>>());
    }
    months.sort_unstable();
    months.dedup();
    months
}

/// A month so many months before another.
pub(crate) fn back(month: Period, by: usize) -> Period {
    let number = month.number();
    let index = number / 100 * 12 + number % 100 - 1 - i32::try_from(by).unwrap_or(0);
    Period::from_number(index / 12 * 100 + index % 12 + 1).unwrap_or(month)
}

fn hex(hasher: Sha256) -> String {
    let mut text = String::with_capacity(64);
    for byte in hasher.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// SHA-256 of a text, in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(text.as_bytes());
    hex(hasher)
}
