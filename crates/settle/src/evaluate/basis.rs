//! What a policy counts: its figures after exclusions and returns, and the levels that bounds of
//! tiers and gates are compared with.
//!
//! Tax is never taken off first: `100,000 ÷ 1.13` has no end, and a bound must be hit to the
//! cent. Bounds are multiplied instead, and a payment is divided once, last.

use channelflow_model::settlement::Measure;
use rust_decimal::Decimal;

use super::trace::{Trace, number, share};
use super::{Reason, Stage};
use crate::figures::{Basis, Figures, Sums};
use crate::policy::{GateOn, Pay, Policy, Returns, Scope};
use crate::round::{div, mul, sub};

/// A policy with figures, and what both come to.
pub(super) struct Counted<'a> {
    pub(super) policy: &'a Policy,
    pub(super) figures: &'a Figures,
    /// What counts, tax included.
    pub(super) basis: Sums,
    /// What money with tax is divided by.
    pub(super) divisor: Decimal,
}

/// A value to compare with bounds: `value ÷ scale` is what people call the level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) value: Decimal,
    pub(super) scale: Decimal,
}

impl Level {
    /// Whether the bound is reached, without dividing.
    pub(super) fn reaches(self, bound: Decimal) -> Result<bool, Reason> {
        Ok(self.value >= mul(bound, self.scale)?)
    }

    /// The level itself, for printing.
    pub(super) fn shown(self) -> Result<Decimal, Reason> {
        div(self.value, self.scale)
    }
}

impl<'a> Counted<'a> {
    /// Nets and excludes as the policy says.
    pub(super) fn new(policy: &'a Policy, figures: &'a Figures) -> Result<Self, Reason> {
        let divisor = policy
            .tax_divisor()
            .filter(|divisor| !divisor.is_zero())
            .ok_or_else(|| Reason::new("policy_held_too_large"))?;
        Ok(Counted {
            policy,
            figures,
            basis: counted(policy, &figures.basis),
            divisor,
        })
    }

    /// The basis in a measure, tax included.
    pub(super) fn basis(&self, measure: Measure) -> Result<Decimal, Reason> {
        self.basis.of(measure).ok_or_else(|| {
            let reason = Reason::new("policy_held_no_basis").fact("measure", &measure.as_str());
            self.unknown(measure, reason)
        })
    }

    /// Why a figure of what the party reports is not known: it has not reported all months, or
    /// reported amounts without tax nobody can convert, or else the reason given.
    pub(super) fn unknown(&self, measure: Measure, otherwise: Reason) -> Reason {
        let otherwise = match self.figures.without_tax {
            Some(yuan) if measure == Measure::Amount && self.policy.tax_rate().is_none() => {
                Reason::new("policy_held_without_tax").fact("amount", &number(yuan))
            }
            _ => otherwise,
        };
        self.missing_reports(&self.figures.not_reported, otherwise)
    }

    fn missing_reports(&self, months: &[String], otherwise: Reason) -> Reason {
        if months.is_empty() {
            return otherwise;
        }
        Reason::new("policy_held_not_reported")
            .fact("party", &self.figures.party)
            .fact("source", &self.policy.basis.source.as_str())
            .fact("months", &months.join(", "))
    }

    /// The target in a measure; it must be above 0 to be measured against.
    pub(super) fn target(&self, measure: Measure) -> Result<Decimal, Reason> {
        self.whole_span()?;
        let target = self.figures.target.and_then(|target| target.of(measure));
        target
            .filter(|target| *target > Decimal::ZERO)
            .ok_or_else(|| Reason::new("policy_held_no_target").fact("measure", &measure.as_str()))
    }

    /// A target is one of the whole span; of a part of it the policy says what it is.
    pub(super) fn whole_span(&self) -> Result<(), Reason> {
        match (self.figures.partial, self.policy.partial_span()) {
            (Some(days), None) => Err(Reason::new("policy_held_partial_span")
                .fact("policy", &self.policy.key())
                .fact("days", &days)),
            _ => Ok(()),
        }
    }

    /// The base growth is measured from, in a measure: the one a person approved, or else last
    /// year's; growth over nothing is not computable (example 7c).
    pub(super) fn last_year(&self, measure: Measure) -> Result<Decimal, Reason> {
        let approved = self.figures.approved_base.and_then(|base| base.of(measure));
        if let Some(base) = approved.filter(|base| *base > Decimal::ZERO) {
            self.whole_span()?;
            return Ok(base);
        }
        let base = self.figures.last_year.and_then(|base| base.of(measure));
        base.filter(|base| *base > Decimal::ZERO).ok_or_else(|| {
            let reason = Reason::new("policy_held_no_base").fact("measure", &measure.as_str());
            let unknown = self.figures.last_year.is_some() && base.is_none();
            let reason = if unknown {
                self.unknown(measure, reason)
            } else {
                reason
            };
            self.missing_reports(&self.figures.base_not_reported, reason)
        })
    }

    /// Measure a rate is paid on.
    pub(super) fn paid_on(&self, pay: Pay) -> Measure {
        match pay {
            Pay::Percent => self.policy.money(),
            Pay::PerUnit => Measure::Quantity,
        }
    }

    /// A rate on a base that has tax included.
    pub(super) fn pay(&self, pay: Pay, base: Decimal, rate: Decimal) -> Result<Decimal, Reason> {
        let product = mul(base, rate)?;
        match pay {
            Pay::Percent => div(product, self.divisor),
            Pay::PerUnit => Ok(product),
        }
    }

    /// A base as the policy counts it, for printing: money without tax where it says so.
    pub(super) fn shown(&self, measure: Measure, value: Decimal) -> Result<Decimal, Reason> {
        div(value, self.scale(measure))
    }

    /// What bounds in a measure are multiplied by.
    pub(super) fn scale(&self, measure: Measure) -> Decimal {
        match measure {
            Measure::Quantity => Decimal::ONE,
            Measure::Amount | Measure::Assessed => self.divisor,
        }
    }

    /// What a gate, multiplier or tier looks at.
    pub(super) fn level(&self, on: GateOn) -> Result<Level, Reason> {
        let measure = self.policy.basis.measure;
        let plain = |figure: Option<Decimal>| {
            let value = figure
                .ok_or_else(|| Reason::new("policy_held_no_figure").fact("on", &on.as_str()))?;
            Ok(Level {
                value,
                scale: Decimal::ONE,
            })
        };
        match on {
            GateOn::Basis => Ok(Level {
                value: self.basis(measure)?,
                scale: self.scale(measure),
            }),
            GateOn::Achievement => Ok(Level {
                value: self.basis(measure)?,
                scale: self.target(measure)?,
            }),
            GateOn::Growth => {
                let base = self.last_year(measure)?;
                Ok(Level {
                    value: sub(self.basis(measure)?, base)?,
                    scale: base,
                })
            }
            GateOn::CoveredTerminals => plain(self.figures.covered_terminals)
                .map_err(|reason| self.unknown(Measure::Quantity, reason)),
            GateOn::UploadRate => plain(self.figures.upload_rate),
            GateOn::TimelinessRate => plain(self.figures.timeliness_rate),
        }
    }

    /// Prints scope, basis and returns.
    pub(super) fn explain(&self, trace: &mut Trace) {
        let policy = self.policy;
        let party = match self.figures.party.as_str() {
            "" => "-",
            party => party,
        };
        trace.note(
            Stage::Scope,
            None,
            "policy_step_scope",
            &[
                ("party", &party),
                ("counting", &policy.basis.counting_point.as_str()),
                ("source", &policy.basis.source.as_str()),
            ],
        );
        explain_lists(&policy.scope, trace);
        if let Some(base) = self.figures.approved_base {
            for measure in Measure::ALL {
                let Some(value) = base.of(measure) else {
                    continue;
                };
                let said: [(_, &dyn std::fmt::Display); 2] =
                    [("measure", &measure.as_str()), ("value", &number(value))];
                trace.note(Stage::Basis, None, "policy_step_approved_base", &said);
            }
        }
        if let Some((yuan, rate)) = self.figures.without_tax.zip(policy.tax_rate()) {
            let said: [(_, &dyn std::fmt::Display); 2] =
                [("amount", &number(yuan)), ("rate", &share(rate))];
            trace.note(Stage::Basis, None, "policy_step_tax_added", &said);
        }
        for measure in Measure::ALL {
            self.explain_scope(trace, measure);
            self.explain_basis(trace, measure);
        }
    }

    fn explain_scope(&self, trace: &mut Trace, measure: Measure) {
        let parts = self.figures.basis;
        for (part, counts, code) in [
            (parts.excluded, false, "policy_step_excluded"),
            (
                parts.alerted,
                !self.policy.basis.exclude_alerted,
                "policy_step_alerted",
            ),
        ] {
            let Some(value) = part.and_then(|part| part.of(measure)) else {
                continue;
            };
            if !counts && !value.is_zero() {
                let said: [(_, &dyn std::fmt::Display); 2] =
                    [("measure", &measure.as_str()), ("value", &number(value))];
                trace.note(Stage::Scope, None, code, &said);
            }
        }
    }

    fn explain_basis(&self, trace: &mut Trace, measure: Measure) {
        let parts = &self.figures.basis;
        let Some(sold) = parts.sold.of(measure) else {
            return;
        };
        let (Ok(after), Some(counted)) = (self.shown(measure, sold), self.basis.of(measure)) else {
            return;
        };
        let said: [(_, &dyn std::fmt::Display); 2] =
            [("measure", &measure.as_str()), ("value", &number(after))];
        if self.scale(measure) == Decimal::ONE {
            trace.make(Stage::Basis, None, "policy_step_basis", &said, after);
        } else {
            let said: [(_, &dyn std::fmt::Display); 4] = [
                said[0],
                said[1],
                ("gross", &number(sold)),
                ("divisor", &number(self.divisor)),
            ];
            let code = "policy_step_basis_without_tax";
            trace.change(Stage::Basis, None, code, &said, (sold, after));
        }
        let returned = parts.returned.and_then(|part| part.of(measure));
        let alerted = parts.alerted.and_then(|part| part.of(measure));
        let word = self.policy.basis.returns.as_str();
        if returned.is_some_and(|value| !value.is_zero())
            || (counted != sold && alerted.is_some_and(|value| !value.is_zero()))
        {
            let Ok(net) = self.shown(measure, counted) else {
                return;
            };
            let said: [(_, &dyn std::fmt::Display); 3] = [
                ("measure", &measure.as_str()),
                ("returns", &word),
                ("value", &number(net)),
            ];
            trace.change(
                Stage::Returns,
                None,
                "policy_step_returns",
                &said,
                (after, net),
            );
        }
    }
}

/// Prints the white and black lists.
fn explain_lists(scope: &Scope, trace: &mut Trace) {
    for (list, listed) in [
        ("products", &scope.products),
        ("product_groups", &scope.product_groups),
        ("customers", &scope.customers),
        ("customer_roles", &scope.customer_roles),
        ("areas", &scope.areas),
    ] {
        for (code, names) in [
            ("policy_step_only", &listed.only),
            ("policy_step_except", &listed.except),
        ] {
            if !names.is_empty() {
                let said: [(_, &dyn std::fmt::Display); 2] =
                    [("list", &list), ("names", &names.join(", "))];
                trace.note(Stage::Scope, None, code, &said);
            }
        }
    }
}

/// What counts of a basis: exclusions and returns as the policy says (domain rule 10).
pub(super) fn counted(policy: &Policy, basis: &Basis) -> Sums {
    let mut sums = basis.sold;
    if policy.basis.returns != Returns::Ignore
        && let Some(returned) = &basis.returned
    {
        sums = sums.plus(returned);
    }
    if !policy.basis.exclude_alerted
        && let Some(alerted) = &basis.alerted
    {
        sums = sums.plus(alerted);
    }
    sums
}
