//! From tasks to parts, from parts to a statement: figures, evaluation, lines.

use std::collections::BTreeMap;

use anyhow::Context;
use channelflow_model::settlement::Entry;
use channelflow_model::statement::{StatementLine, StatementPart};
use channelflow_model::{LineFlags, Micros, Period, PeriodRule};
use channelflow_settle::evaluate::{EvaluatedLine, Evaluation, adjust, evaluate};
use channelflow_settle::figures::{Figures, Part, Prior, decimal};
use channelflow_settle::gather::{Elsewhere, Gatherer, MonthSums, Moved, Told};
use channelflow_settle::policy::{Policy, Returns};
use channelflow_warehouse::{NewStatement, PairedReturn, Warehouse};
use rust_decimal::Decimal;

use super::Books;
use super::inputs::{Inputs, looked_at, sha256};
use super::sums::{Gathered, Wanted, gather};
use super::tasks::Task;
use crate::folds::on_all_cores;

/// What tasks are computed from.
pub(crate) struct Settling<'s> {
    pub warehouse: &'s Warehouse,
    pub inputs: &'s Inputs,
    pub books: &'s Books,
    pub rule: PeriodRule,
}

impl Settling<'_> {
    /// The parts of all tasks, with their party, in the order of the tasks. A difference of nothing
    /// is no part.
    pub(crate) async fn parts(
        &self,
        tasks: &[(&str, &Task)],
    ) -> anyhow::Result<Vec<(String, StatementPart)>> {
        let prepared = self.books.prepared();
        let gatherer = Gatherer::new(&self.books.policies, &prepared);
        let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
        let mut numbered = Vec::new();
        for (party, task) in tasks {
            let Some(number) = self.books.number_of(&task.policy) else {
                continue;
            };
            let Some(policy) = self.books.policies.get(number) else {
                continue;
            };
            let asked = wanted.entry((*party).to_owned()).or_default();
            asked.add(number, looked_at(policy, &task.span));
            numbered.push((*party, *task, number, policy));
        }
        let mut found = gather(self.warehouse, self.inputs, &gatherer, &wanted).await?;
        let returns = self.move_returns(&gatherer, &wanted, &mut found).await?;
        let make = |(party, task, number, policy): &(&str, &Task, usize, &Policy)| {
            let figures = self.figures(&gatherer, &found, &returns, party, task, *number, policy);
            let evaluation = evaluate(policy, &figures);
            let hash = self
                .inputs
                .records_hash(party, self.books, *number, &task.span);
            let shown = Shown {
                policy,
                policy_hash: self.books.hashes.get(*number).cloned().unwrap_or_default(),
                records_hash: hash,
                figures,
                evaluation,
            };
            Ok(part(task, shown)?.map(|part| ((*party).to_owned(), part)))
        };
        let made = on_all_cores(&numbered, make)?;
        Ok(made.into_iter().flatten().collect())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one task with everything around it"
    )]
    fn figures(
        &self,
        gatherer: &Gatherer<'_>,
        found: &Gathered,
        returns: &BTreeMap<String, Vec<PairedReturn>>,
        party: &str,
        task: &Task,
        number: usize,
        policy: &Policy,
    ) -> Figures {
        let none = BTreeMap::new();
        let sums = found.sums.get(&(number, party.to_owned())).unwrap_or(&none);
        let of_party = self.inputs.parties.get(party);
        let reports = BTreeMap::from([(party.to_owned(), self.reports(party, &task.span))]);
        let elsewhere = Elsewhere {
            rule: self.rule,
            shipments: self
                .inputs
                .has
                .0
                .then(|| of_party.map_or(&[][..], |it| &it.shipments)),
            payments: self
                .inputs
                .has
                .1
                .then(|| of_party.map_or(&[][..], |it| &it.payments)),
            stock: &found.stock,
            known_since: &self.inputs.known_since,
            reports: &reports,
        };
        let told = self.told(party, policy, task);
        let span = (task.span.as_slice(), task.interim);
        let mut figures = gatherer.figures(number, party, span, sums, &elsewhere, &told);
        if let Returns::Flat { .. } = policy.basis.returns
            && task.stated.is_none()
        {
            let came_back = returns.get(party).map_or(&[][..], Vec::as_slice);
            figures.prior = self.flat_priors(gatherer, party, policy, number, task, came_back);
        }
        figures
    }

    /// What a party was told about a policy for the span, its months, and the span before.
    fn told(&self, party: &str, policy: &Policy, task: &Task) -> Told {
        let mut told = Told::default();
        let (Some(first), Some(last)) = (task.span.first(), task.span.last()) else {
            return told;
        };
        let whole = policy.period.around(*last);
        let mut carried: Option<Period> = None;
        for stated in self.inputs.stated_of(party) {
            let same = stated.policy.rsplit_once('@').map(|(id, _)| id) == Some(policy.id.as_str());
            if !same {
                continue;
            }
            let total = decimal(stated.total);
            if whole.contains(&stated.last) && stated.first == *first {
                // For a correction nothing counts as told: it is taken off by the correction.
                if task.stated.is_none() {
                    told.already_paid += total;
                    *told.months.entry(stated.last).or_default() += total;
                }
            } else if stated.last < *first
                && !stated.prior
                && carried.is_none_or(|at| at < stated.last)
            {
                carried = Some(stated.last);
                told.carried_forward = decimal(stated.carry);
            }
        }
        if !told.months.is_empty() {
            // What parts were told is taken off part by part.
            told.already_paid = Decimal::ZERO;
        }
        told
    }

    /// Reports expected, received, and received in time, by (kind, month).
    fn reports(&self, party: &str, span: &[Period]) -> (u64, u64, u64) {
        let distributors = &self.books.master.distributors;
        let Some(distributor) = distributors.iter().find(|it| it.id == party) else {
            return (0, 0, 0);
        };
        let of_party = self.inputs.parties.get(party);
        let mut counts = (0, 0, 0);
        for month in span {
            let due = self
                .rule
                .days_of(*month)
                .and_then(|days| days.last.plus_days(i64::from(self.inputs.report_days)));
            for kind in &distributor.expects {
                counts.0 += 1;
                let first = of_party.and_then(|it| it.first_reports.get(&(*month, *kind)));
                let Some(at) = first else { continue };
                counts.1 += 1;
                let day = at.get(..10).and_then(channelflow_model::Day::from_iso);
                counts.2 += u64::from(day.zip(due).is_some_and(|(day, due)| day <= due));
            }
        }
        counts
    }

    /// Moves returns of goods sold in earlier months to those months, for policies that ask for it.
    async fn move_returns(
        &self,
        gatherer: &Gatherer<'_>,
        wanted: &BTreeMap<String, Wanted>,
        found: &mut Gathered,
    ) -> anyhow::Result<BTreeMap<String, Vec<PairedReturn>>> {
        let mut all = BTreeMap::new();
        for (party, asked) in wanted {
            let retier = |number: &usize| {
                let policy = gatherer.policy(*number);
                policy.is_some_and(|policy| {
                    matches!(policy.basis.returns, Returns::Retier | Returns::Flat { .. })
                })
            };
            let numbers: Vec<usize> = asked.numbers().filter(retier).collect();
            let Some(first) = asked.months.first().filter(|_| !numbers.is_empty()) else {
                continue;
            };
            let days = self
                .rule
                .days_of(*first)
                .zip(self.rule.days_of(self.inputs.period));
            let days = days
                .and_then(|(first, last)| channelflow_model::DayRange::new(first.first, last.last));
            let Some(days) = days else { continue };
            let paired = self
                .warehouse
                .returns_of_earlier_months(party, days)
                .await?;
            for line in &paired {
                if line.booking_period > self.inputs.period {
                    continue;
                }
                let take_off = moved(party, line, line.business_period, true);
                let put_back = moved(party, line, line.sale_period, false);
                for number in &numbers {
                    let flat = gatherer
                        .policy(*number)
                        .is_some_and(|policy| matches!(policy.basis.returns, Returns::Flat { .. }));
                    let mut add = |it: &Moved| {
                        for (number, month, sums) in gatherer.of_moved(it, &[*number]) {
                            let key = (number, party.clone());
                            let months = found.sums.entry(key).or_default();
                            months.entry(month).or_default().merge(&sums);
                        }
                    };
                    add(&take_off);
                    // A flat cost is taken for it instead.
                    if !flat {
                        add(&put_back);
                    }
                }
            }
            all.insert(party.clone(), paired);
        }
        Ok(all)
    }

    /// What came back in the span from spans before it, by span, for a flat cost.
    fn flat_priors(
        &self,
        gatherer: &Gatherer<'_>,
        party: &str,
        policy: &Policy,
        number: usize,
        task: &Task,
        came_back: &[PairedReturn],
    ) -> Vec<Prior> {
        let mut spans: BTreeMap<Period, MonthSums> = BTreeMap::new();
        for line in came_back {
            let own = task.span.contains(&line.sale_period);
            if own || !task.span.contains(&line.business_period) {
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
                returned: sums.all().basis().returned.unwrap_or_default(),
            }
        };
        spans.into_iter().map(prior).collect()
    }
}

/// A return as an entry of a month; negated to take it off.
fn moved(party: &str, line: &PairedReturn, month: Period, negated: bool) -> Moved {
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

/// Everything a part says.
struct Shown<'p> {
    policy: &'p Policy,
    policy_hash: String,
    records_hash: String,
    figures: Figures,
    evaluation: Evaluation,
}

/// The part of a task; `None` for a difference of nothing.
fn part(task: &Task, shown: Shown<'_>) -> anyhow::Result<Option<StatementPart>> {
    let (Some(first), Some(last)) = (task.span.first(), task.span.last()) else {
        return Ok(None);
    };
    let lines: Vec<EvaluatedLine> = match task.stated {
        None => shown.evaluation.lines.clone(),
        Some(stated) => {
            let name = span_name(&task.span);
            let line = adjust(shown.policy, &name, &shown.evaluation, stated);
            if line.amount == Some(Decimal::ZERO) {
                return Ok(None);
            }
            vec![line]
        }
    };
    let amounts: Option<Vec<Micros>> = lines
        .iter()
        .map(|line| line.amount.and_then(micros))
        .collect();
    let total = amounts.map_or(0, |amounts| amounts.iter().map(|amount| amount.0).sum());
    Ok(Some(StatementPart {
        part_no: 0,
        policy: task.policy.clone(),
        policy_name: shown.policy.name.clone(),
        policy_hash: shown.policy_hash,
        first: *first,
        last: *last,
        prior: task.stated.is_some(),
        total: Micros(total),
        carry: match task.stated {
            None => shown.evaluation.carry.and_then(micros).unwrap_or_default(),
            Some(_) => Micros::ZERO,
        },
        records_hash: shown.records_hash,
        figures: serde_json::to_value(&shown.figures)?,
        evaluation: serde_json::to_value(&shown.evaluation)?,
        lines: lines.iter().map(line).collect(),
    }))
}

fn line(line: &EvaluatedLine) -> StatementLine {
    StatementLine {
        line_no: 0,
        kind: line.kind.as_str().to_owned(),
        name: line.name.clone(),
        exact: line
            .exact
            .map(|exact| exact.to_string())
            .unwrap_or_default(),
        amount: line.amount.and_then(micros),
        held: line
            .held
            .as_ref()
            .map(|held| held.code.to_string())
            .unwrap_or_default(),
    }
}

/// An amount as stored; rounding has made it fit.
fn micros(amount: Decimal) -> Option<Micros> {
    amount.to_string().parse().ok()
}

/// `2026-02`, or `2026-01..2026-03`.
pub(crate) fn span_name(span: &[Period]) -> String {
    match (span.first(), span.last()) {
        (Some(first), Some(last)) if first == last => first.to_string(),
        (Some(first), Some(last)) => format!("{first}..{last}"),
        _ => String::new(),
    }
}

/// A party's statement of its parts.
pub(crate) fn statement(
    owner: &str,
    inputs_hash: &str,
    mut parts: Vec<StatementPart>,
) -> anyhow::Result<NewStatement> {
    parts.sort_by(|a, b| (a.prior, &a.policy, a.first).cmp(&(b.prior, &b.policy, b.first)));
    let mut line_no = 0;
    for (part, part_no) in parts.iter_mut().zip(1..) {
        part.part_no = part_no;
        for line in &mut part.lines {
            line_no += 1;
            line.line_no = line_no;
        }
    }
    let total: i128 = parts.iter().map(|part| i128::from(part.total.0)).sum();
    let held = parts
        .iter()
        .flat_map(|part| &part.lines)
        .filter(|line| line.amount.is_none());
    Ok(NewStatement {
        party_id: owner.to_owned(),
        total: Micros::from_i128(total)
            .context("a statement exceeds the range of exact numbers")?,
        held_lines: i64::try_from(held.count())?,
        content_hash: content_hash(&parts)?,
        inputs_hash: inputs_hash.to_owned(),
        parts,
    })
}

/// SHA-256 of everything a statement says.
pub(crate) fn content_hash(parts: &[StatementPart]) -> anyhow::Result<String> {
    Ok(sha256(&serde_json::to_string(parts)?))
}
