//! From exact rewards to lines of a statement: cap and floor, rounding once per line, minus what
//! was already paid, corrections of earlier periods. The amounts of the lines add up to the total.
//! Examples 14, 15.

use rust_decimal::Decimal;

use super::adjust::clawback;
use super::trace::{Trace, money, number};
use super::{EvaluatedLine, Evaluation, LineKind, Reason, Stage};
use crate::figures::Figures;
use crate::policy::Policy;
use crate::round::{add, exact_sum, sub};

/// A reward before rounding.
pub(super) struct Earned {
    pub(super) kind: LineKind,
    pub(super) name: String,
    pub(super) exact: Result<Decimal, Reason>,
    /// What was stated for parts of the period.
    pub(super) paid: Decimal,
}

/// Lines, total and what is carried on.
struct Paper<'a> {
    policy: &'a Policy,
    lines: Vec<EvaluatedLine>,
    total: Decimal,
    carry: Decimal,
}

/// Ends an evaluation.
pub(super) fn settle(
    policy: &Policy,
    figures: &Figures,
    earned: &[Earned],
    mut trace: Trace,
) -> Evaluation {
    let mut paper = Paper {
        policy,
        lines: Vec::new(),
        total: Decimal::ZERO,
        carry: Decimal::ZERO,
    };
    let mut done = limited(&mut paper, figures, earned, &mut trace);
    done = done.and_then(|()| already_paid(&mut paper, figures, earned, &mut trace));
    for prior in &figures.prior {
        let (line, code) = clawback(policy, prior);
        let shown = line.amount.map(number).unwrap_or_default();
        let now = line.exact.and_then(|exact| exact_sum(exact, prior.stated));
        let said: [(_, &dyn std::fmt::Display); 4] = [
            ("period", &prior.period),
            ("now", &now.map(number).unwrap_or_default()),
            ("stated", &number(prior.stated)),
            ("amount", &shown),
        ];
        match line.amount {
            Some(amount) => trace.make(Stage::Paid, None, code, &said, amount),
            None => trace.note(Stage::Paid, None, code, &said),
        }
        let added = match (&line.held, line.amount) {
            (Some(reason), _) => Err(reason.clone()),
            (None, Some(amount)) => add(paper.total, amount).map(|total| paper.total = total),
            (None, None) => Ok(()),
        };
        paper.lines.push(line);
        done = done.and(added);
    }
    let held = paper
        .lines
        .iter()
        .find_map(|line| line.held.clone())
        .or(done.err());
    Evaluation {
        policy: policy.key(),
        steps: trace.finish(),
        total: held.is_none().then_some(paper.total),
        carry: held.is_none().then_some(paper.carry),
        lines: paper.lines,
        held,
    }
}

impl Paper<'_> {
    /// Rounds a line and adds it.
    fn line(&mut self, kind: LineKind, name: &str, exact: Decimal) -> Result<Decimal, Reason> {
        let rounded = self.policy.rounding.line(exact);
        let amount = match rounded.and_then(|amount| {
            self.total = add(self.total, amount)?;
            Ok(amount)
        }) {
            Ok(amount) => amount,
            Err(reason) => {
                self.hold(kind, name, reason.clone());
                return Err(reason);
            }
        };
        self.lines.push(EvaluatedLine {
            kind,
            name: name.to_owned(),
            exact: Some(exact),
            amount: Some(amount),
            held: None,
        });
        Ok(amount)
    }

    fn hold(&mut self, kind: LineKind, name: &str, reason: Reason) {
        self.lines.push(EvaluatedLine {
            kind,
            name: name.to_owned(),
            exact: None,
            amount: None,
            held: Some(reason),
        });
    }
}

/// Lines of the rewards, cap, what was carried here, floor. The step of the cap shows the exact
/// value, its line takes off what is too much on paper.
fn limited(
    paper: &mut Paper<'_>,
    figures: &Figures,
    earned: &[Earned],
    trace: &mut Trace,
) -> Result<(), Reason> {
    let mut exact = Ok(Decimal::ZERO);
    for earned in earned {
        match &earned.exact {
            Ok(value) => {
                let added = paper.line(earned.kind, &earned.name, *value);
                exact = exact.and_then(|sum| added.and(add(sum, *value)));
            }
            Err(reason) => {
                paper.hold(earned.kind, &earned.name, reason.clone());
                exact = exact.and(Err(reason.clone()));
            }
        }
    }
    let exact = exact?;
    let limit = paper.policy.limit;
    let mut before = exact;
    if let Some(cap) = limit.cap {
        let after = exact.min(cap);
        let said: [(_, &dyn std::fmt::Display); 3] = [
            ("cap", &number(cap)),
            ("before", &number(exact)),
            ("amount", &number(after)),
        ];
        trace.change(Stage::Limit, None, "policy_step_cap", &said, (exact, after));
        before = after;
        let most = paper.policy.rounding.line(cap)?;
        if paper.total > most {
            let over = sub(most, paper.total)?;
            paper.line(LineKind::Cap, "", over)?;
        }
    }
    if !figures.carried_forward.is_zero() {
        let after = add(before, figures.carried_forward)?;
        let said: [(_, &dyn std::fmt::Display); 1] =
            [("carried", &number(figures.carried_forward))];
        let code = "policy_step_carried_forward";
        trace.change(Stage::Limit, None, code, &said, (before, after));
        before = after;
        paper.line(LineKind::CarriedForward, "", figures.carried_forward)?;
    }
    if let Some(floor) = limit.floor
        && paper.total > Decimal::ZERO
        && paper.total < floor
    {
        let code = if limit.carry {
            "policy_step_floor_carried"
        } else {
            "policy_step_floor"
        };
        let kept = paper.total;
        let said: [(_, &dyn std::fmt::Display); 2] =
            [("floor", &number(floor)), ("amount", &number(kept))];
        trace.change(Stage::Limit, None, code, &said, (before, Decimal::ZERO));
        before = Decimal::ZERO;
        paper.line(LineKind::Floor, "", -kept)?;
        if limit.carry {
            paper.carry = kept;
        }
    }
    let said: [(_, &dyn std::fmt::Display); 4] = [
        ("mode", &paper.policy.rounding.mode.as_str()),
        ("digits", &paper.policy.rounding.digits),
        ("before", &number(before)),
        ("amount", &money(paper.total)),
    ];
    trace.change(
        Stage::Rounding,
        None,
        "policy_step_rounding",
        &said,
        (before, paper.total),
    );
    Ok(())
}

fn already_paid(
    paper: &mut Paper<'_>,
    figures: &Figures,
    earned: &[Earned],
    trace: &mut Trace,
) -> Result<(), Reason> {
    let parts = earned.iter().map(|earned| (&*earned.name, earned.paid));
    for (name, paid) in parts.chain([("", figures.already_paid)]) {
        if paid.is_zero() {
            continue;
        }
        let before = paper.total;
        paper.line(LineKind::AlreadyPaid, name, -paid)?;
        let said: [(_, &dyn std::fmt::Display); 1] = [("paid", &number(paid))];
        trace.change(
            Stage::Paid,
            (!name.is_empty()).then_some(name),
            "policy_step_already_paid",
            &said,
            (before, paper.total),
        );
    }
    Ok(())
}
