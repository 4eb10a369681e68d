//! From tasks to parts, from parts to a statement: figures, evaluation, lines.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use channelflow_model::statement::{JsonText, StatementLine, StatementPart};
use channelflow_model::{FlowKind, Micros, Period, PeriodRule};
use channelflow_settle::evaluate::{EvaluatedLine, Evaluation, adjust, evaluate};
use channelflow_settle::figures::{Figures, decimal};
use channelflow_settle::gather::{Elsewhere, Gatherer, Told};
use channelflow_settle::policy::{Policy, Returns};
use channelflow_warehouse::{NewStatement, PairedReturn, Warehouse};
use rust_decimal::Decimal;

use super::Books;
use super::inputs::{Inputs, looked_at, sha256};
use super::owned::Owned;
use super::sums::{Gathered, Wanted, gather};
use super::tasks::Task;
use crate::folds::{Beside, on_all_cores, side_by_side};

/// What tasks are computed from.
pub(crate) struct Settling<'s> {
    pub warehouse: &'s Warehouse,
    pub inputs: &'s Inputs,
    pub books: &'s Books,
    pub rule: PeriodRule,
    /// Whether the span still runs: what nobody has reported yet counts as nothing so far. Else it
    /// is not known.
    pub running: bool,
    /// Who looks at the sales that are read for them too.
    pub beside: Option<&'s Beside<'s>>,
}

impl Settling<'_> {
    /// The parts of all tasks, with their party, in the order of the tasks. A difference of nothing
    /// is no part.
    pub(crate) async fn parts(
        &self,
        tasks: &[(&str, &Task)],
    ) -> anyhow::Result<Vec<(String, StatementPart)>> {
        let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
        let mut numbered = Vec::new();
        for (party, task) in tasks {
            let Some(number) = self.books.terms.number_of(&task.policy) else {
                continue;
            };
            let Some(policy) = self.books.terms.policies.get(number) else {
                continue;
            };
            let asked = wanted.entry((*party).to_owned()).or_default();
            asked.add(number, looked_at(policy, &task.span));
            numbered.push((*party, *task, number, policy));
        }
        let parties = wanted.keys().map(String::as_str).collect();
        let owned = Owned::of(self.warehouse, self.inputs, &parties);
        let (owned, prepared) = side_by_side(owned, async { self.books.prepared() })?;
        let owned = owned?;
        let gatherer = Gatherer::new(&self.books.terms.policies, &prepared);
        let mut found = gather(
            self.warehouse,
            self.inputs,
            &gatherer,
            &wanted,
            (&owned, self.beside),
        )
        .await?;
        let returns = self.move_returns(&gatherer, &wanted, &mut found).await?;
        let make = |(party, task, number, policy): &(&str, &Task, usize, &Policy)| {
            let of_party = (&owned, *party);
            let figures =
                self.figures(&gatherer, &found, &returns, of_party, task, *number, policy);
            let evaluation = evaluate(policy, &figures);
            let hash = self
                .inputs
                .records_hash(party, &self.books.terms, *number, &task.span);
            let shown = Shown {
                policy,
                policy_hash: self
                    .books
                    .terms
                    .hashes
                    .get(*number)
                    .cloned()
                    .unwrap_or_default(),
                records_hash: hash,
                figures,
                evaluation,
            };
            Ok(part(task, shown)?.map(|part| ((*party).to_owned(), part)))
        };
        let parts = on_all_cores(&numbered, make)?;
        Ok(parts.into_iter().flatten().collect())
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
        (owned, party): (&Owned, &str),
        task: &Task,
        number: usize,
        policy: &Policy,
    ) -> Figures {
        let none = BTreeMap::new();
        let sums = found.sums.get(&(number, party.to_owned())).unwrap_or(&none);
        let reports = BTreeMap::from([(party.to_owned(), self.reports(party, &task.span))]);
        let reported: BTreeSet<(Period, FlowKind)> = self
            .inputs
            .parties
            .get(party)
            .map(|it| it.first_reports.keys().copied().collect())
            .unwrap_or_default();
        let has = self.inputs.has;
        let elsewhere = Elsewhere {
            rule: self.rule,
            shipments: has.0.then(|| owned.shipments(party)),
            payments: has.1.then(|| owned.payments(party)),
            stock: &found.stock,
            known_since: &self.inputs.known_since,
            reports: &reports,
            reported: (!self.running).then_some(&reported),
        };
        let told = self.told(party, policy, task);
        let span = (task.span.as_slice(), task.interim);
        let mut figures = gatherer.figures(number, party, span, sums, &elsewhere, &told);
        if let Returns::Flat { .. } = policy.basis.returns {
            let came_back = returns.get(party).map_or(&[][..], Vec::as_slice);
            figures.prior = self.flat_priors(gatherer, party, (number, policy), task, came_back);
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
            let id = stated.policy.rsplit_once('@').map(|(id, _)| id);
            if id != Some(policy.id.as_str()) {
                continue;
            }
            let total = decimal(stated.total);
            if whole.contains(&stated.last) && stated.first == *first {
                // For a correction nothing counts as told: it is taken off by the correction.
                if task.stated.is_none() && stated.policy == task.policy {
                    told.already_paid += total;
                    *told.months.entry(stated.last).or_default() += total;
                    for (reward, amount) in &stated.rewards {
                        *told.rewards.entry(reward.clone()).or_default() += decimal(*amount);
                    }
                }
            } else if stated.last < *first && !stated.prior {
                // Two versions may have ended in the same month, each with its own.
                if carried.is_none_or(|at| at < stated.last) {
                    carried = Some(stated.last);
                    told.carried_forward = Decimal::ZERO;
                }
                if carried == Some(stated.last) {
                    told.carried_forward += decimal(stated.carry);
                }
            }
        }
        // A reward that pays parts takes off its own lines; the rest is told of the whole policy.
        let paying = policy.rewards.iter().filter(|reward| reward.pays_parts());
        let own: Decimal = paying
            .filter_map(|reward| told.rewards.get(&reward.id))
            .sum();
        told.already_paid -= own;
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
    // Lines that are held are not in it; the statement cannot be confirmed while there are any.
    let known = lines.iter().filter_map(|line| line.amount.and_then(micros));
    let total = known.map(|amount| amount.0).sum();
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
        figures: JsonText::of(&shown.figures)?,
        evaluation: JsonText::of(&shown.evaluation)?,
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
    let content_hash = content_hash(&parts)?;
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
        content_hash,
        inputs_hash: inputs_hash.to_owned(),
        parts,
    })
}

/// SHA-256 of everything a statement says.
pub(crate) fn content_hash(parts: &[StatementPart]) -> anyhow::Result<String> {
    Ok(sha256(&serde_json::to_string(parts)?))
}
