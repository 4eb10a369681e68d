//! Everything that says whether a statement would come out differently, loaded once: hashes of the
//! folds, versions that touched shipments and payments, what was reported, told and appealed. Not
//! here: what is only looked at once it did change (`owned`, `sums`, `books`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use channelflow_model::{DayRange, FlowKind, Period, PeriodRule};
use channelflow_settle::Policy;
use channelflow_settle::gather::Moved;
use channelflow_settle::policy::{Late, Shape};
use channelflow_warehouse::{FoldHead, RecordKind, Stated, Touched, Warehouse, WarehouseError};
use futures::{FutureExt as _, try_join};
use sha2::{Digest, Sha256};

use super::returns::moves;
use super::tasks::{Shared, Task};
use super::terms::Terms;
use crate::company::Company;
use crate::folds::on_all_cores;

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
    /// Days whose shipments and payments count.
    pub days: Option<DayRange>,
    /// Whether any shipment, and any payment, was ever imported for them.
    pub has: (bool, bool),
    /// By party: what is its own.
    pub parties: BTreeMap<String, PartyInputs>,
    /// What parties were told before, in order of parties.
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
    /// What happened to shipments to it, and to payments by it.
    pub touched: (Vec<Touched>, Vec<Touched>),
    /// Entries that count elsewhere than their fold says.
    pub moved: Vec<Moved>,
    /// When it first reported a kind of a month.
    pub first_reports: BTreeMap<(Period, FlowKind), String>,
    /// Hash of all that by the month it happened in.
    happened: BTreeMap<Period, String>,
    /// The same by the month it counts in.
    counted: BTreeMap<Period, String>,
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
        let days = rule.days_of(since).zip(rule.days_of(period));
        let days = days.and_then(|(first, last)| DayRange::new(first.first, last.last));
        let as_of_load = warehouse.newest_load().await?;
        // Two at a time: each is a walk through an index, and more would only wait for each other. On the
        // heap, because together they are much for a stack.
        let owned = async {
            let shipments = touched(warehouse, RecordKind::Shipment, days, rule).await?;
            Ok((
                shipments,
                touched(warehouse, RecordKind::Payment, days, rule).await?,
            ))
        };
        let reported = async {
            let heads = warehouse.fold_heads((earliest, period), period).await?;
            let reports = warehouse.first_reports(since, period).await?;
            let stated = warehouse.stated(since, period).await?;
            Ok::<_, WarehouseError>((heads, reports, stated, warehouse.known_since().await?))
        };
        let ((shipments, payments), (heads, reports, stated, known_since)) =
            try_join!(owned.boxed(), reported.boxed())?;
        let periods = warehouse.periods().await?;
        let mut parties: BTreeMap<String, PartyInputs> = BTreeMap::new();
        for head in heads {
            let party = parties.entry(head.distributor_id.clone()).or_default();
            party.heads.push(head);
        }
        let any = |touched: &[Touched]| touched.iter().any(|it| it.records > 0);
        let has = (any(&shipments), any(&payments));
        for touched in shipments {
            let party = parties.entry(touched.distributor_id.clone()).or_default();
            party.touched.0.push(touched);
        }
        for touched in payments {
            let party = parties.entry(touched.distributor_id.clone()).or_default();
            party.touched.1.push(touched);
        }
        for moved in super::sums::moved(warehouse, (earliest, period)).await? {
            let party = parties.entry(moved.distributor_id.clone()).or_default();
            party.moved.push(moved);
        }
        for ((distributor, kind, month), at) in reports {
            let party = parties.entry(distributor).or_default();
            party.first_reports.insert((month, kind), at);
        }
        let of_parties: Vec<&PartyInputs> = parties.values().collect();
        let hashed = on_all_cores(&of_parties, |party| Ok(hashes(party)))?;
        for (party, by_month) in parties.values_mut().zip(hashed) {
            [party.happened, party.counted] = by_month;
        }
        Ok(Inputs {
            period,
            rule,
            report_days: company.config.settlement.report_days,
            as_of_load,
            days,
            has,
            parties,
            stated,
            known_since,
            frozen: periods
                .into_iter()
                .filter(|row| row.closed)
                .map(|row| (row.period, row.frozen_version))
                .collect(),
        })
    }

    /// Hash of everything the statement of a party is computed from.
    pub(crate) fn hash_of(&self, party: &str, tasks: &[Arc<Shared>], terms: &Terms) -> String {
        let mut hasher = Sha256::new();
        let mut add = |text: &str| {
            hasher.update(text.as_bytes());
            hasher.update([0]);
        };
        add(env!("CARGO_PKG_VERSION"));
        add(&format!("{} {}", terms.version, terms.master));
        add(&format!("{:?} {}", self.rule, self.report_days));
        for kind in [FlowKind::Sale, FlowKind::Purchase, FlowKind::Inventory] {
            if let Some(since) = self.known_since.get(&(party.to_owned(), kind)) {
                add(&format!("{kind} {since}"));
            }
        }
        // Months by how late sales count in them; all of them where returns look for their sale.
        let mut months: [Vec<Period>; 2] = Default::default();
        let mut all = [false; 2];
        for task in tasks {
            let Some(looked) = task.looked(terms) else {
                continue;
            };
            add(&looked.policy_hash);
            add(&looked.task);
            let [retier, current] = &mut months;
            let [all_retier, all_current] = &mut all;
            let (months, all) = match looked.late {
                Late::Retier => (retier, all_retier),
                Late::Current => (current, all_current),
            };
            months.extend(&looked.months);
            *all |= looked.all;
        }
        for months in &mut months {
            months.sort_unstable();
            months.dedup();
        }
        if let Some(of_party) = self.parties.get(party) {
            let by_month = [&of_party.happened, &of_party.counted];
            for ((months, all), by_month) in months.iter().zip(all).zip(by_month) {
                add("months");
                for (month, hash) in by_month {
                    if all || months.binary_search(month).is_ok() {
                        add(&format!("{month} {hash}"));
                    }
                }
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
        terms: &Terms,
        number: usize,
        span: &[Period],
    ) -> String {
        let (Some(policy), Some(text)) = (terms.policies.get(number), terms.hashes.get(number))
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
            Late::Retier => &it.happened,
            Late::Current => &it.counted,
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

/// What happened to shipments or payments, if there are any days to look at.
async fn touched(
    warehouse: &Warehouse,
    kind: RecordKind,
    days: Option<DayRange>,
    rule: PeriodRule,
) -> Result<Vec<Touched>, WarehouseError> {
    match days {
        Some(days) => warehouse.touched(kind, days, rule).await,
        None => Ok(Vec::new()),
    }
}

/// What a task is hashed as, and the months it looks at.
pub(crate) struct Looked {
    policy_hash: String,
    task: String,
    late: Late,
    months: Vec<Period>,
    all: bool,
}

impl Looked {
    /// `None` for a policy that the terms do not have.
    pub(super) fn of(task: &Task, terms: &Terms) -> Option<Self> {
        let number = terms.number_of(&task.policy)?;
        let (policy, hash) = (terms.policies.get(number)?, terms.hashes.get(number)?);
        let (first, last) = (task.span.first(), task.span.last());
        Some(Looked {
            policy_hash: hash.clone(),
            task: format!(
                "{first:?} {last:?} {} {:?} {:?}",
                task.interim, task.stated, task.books
            ),
            late: policy.basis.late,
            months: looked_at(policy, &task.span),
            all: moves(policy.basis.returns),
        })
    }
}

/// Hash of what a party has in each month: by the month it happened in, and by the one it counts in.
fn hashes(party: &PartyInputs) -> [BTreeMap<Period, String>; 2] {
    let happened = hashes_by(party, false);
    let heads = party.heads.iter();
    let heads = heads.map(|it| (it.business_period, it.booking_period));
    let moved = party.moved.iter();
    let moved = moved.map(|it| (it.business_period, it.booking_period));
    let same = heads
        .chain(moved)
        .all(|(business, booking)| business == booking);
    let counts = if same {
        happened.clone()
    } else {
        hashes_by(party, true)
    };
    [happened, counts]
}

fn hashes_by(party: &PartyInputs, booked: bool) -> BTreeMap<Period, String> {
    let mut texts: BTreeMap<Period, String> = BTreeMap::new();
    let mut add = |month: Period, text: std::fmt::Arguments<'_>| {
        let _ = write!(texts.entry(month).or_default(), "{text}\0");
    };
    for head in &party.heads {
        let (business, booking) = (head.business_period, head.booking_period);
        let month = if booked { booking } else { business };
        let (kind, hash) = (head.kind, head.hash);
        add(month, format_args!("{business} {kind} {booking} {hash}"));
    }
    for moved in &party.moved {
        let month = if booked {
            moved.booking_period
        } else {
            moved.business_period
        };
        add(month, format_args!("{moved:?}"));
    }
    for (kind, all) in [("shipped", &party.touched.0), ("paid", &party.touched.1)] {
        for touched in all {
            let (opened, ended) = touched.versions;
            add(touched.period, format_args!("{kind} {opened} {ended}"));
        }
    }
    for ((month, kind), at) in &party.first_reports {
        add(*month, format_args!("{kind} {at}"));
    }
    let texts = texts.into_iter();
    texts.map(|(month, text)| (month, sha256(&text))).collect()
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
        let digits = [byte >> 4, byte & 15];
        text.extend(
            digits
                .iter()
                .filter_map(|it| char::from_digit((*it).into(), 16)),
        );
    }
    text
}

/// SHA-256 of a text, in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(text.as_bytes());
    hex(hasher)
}
