//! Policies and figures from short texts.

#![allow(dead_code, reason = "every test file uses a part")]

use channelflow_model::Lang;
use channelflow_settle::policy::Problem;
use channelflow_settle::{Evaluation, Figures, Policy, evaluate};
use rust_decimal::Decimal;

/// A decimal from its text.
pub fn d(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

/// What every policy needs, then the lines of `[basis]` after its source, then the rest.
pub fn policy_text(basis: &str, rest: &str) -> String {
    format!(
        r#"
id = "T"
version = 1
name = "test"
valid_from = 2026-01-01
period = "quarter"
party = {{ tiers = ["一级"] }}
[basis]
source = "sale"
counting_point = "all"
{basis}
{rest}
"#
    )
}

/// A policy of [`policy_text`].
pub fn policy(basis: &str, rest: &str) -> Policy {
    let text = policy_text(basis, rest);
    Policy::parse("test.toml", &text).unwrap_or_else(|problems| panic!("{}", said(&problems)))
}

/// Problems as text.
pub fn said(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|p| p.text(Lang::En)).collect();
    lines.join("\n")
}

/// Figures from TOML.
pub fn figures(text: &str) -> Figures {
    Figures::parse("figures.toml", text).unwrap_or_else(|problems| panic!("{}", said(&problems)))
}

/// `total`, `total carry X` if something is carried, or the code of the reason.
pub fn outcome(evaluation: &Evaluation) -> String {
    if let Some(reason) = &evaluation.held {
        assert_eq!(evaluation.total, None, "held and stated");
        return reason.code.to_string();
    }
    let sum: Decimal = evaluation.lines.iter().map(|l| l.amount.unwrap()).sum();
    assert_eq!(evaluation.total, Some(sum), "lines do not add up");
    let total = format!("{:.2}", evaluation.total.unwrap());
    match evaluation.carry.unwrap() {
        carry if carry.is_zero() => total,
        carry => format!("{total} carry {carry}"),
    }
}

/// Evaluates and says the outcome.
pub fn pays(policy: &Policy, text: &str) -> String {
    outcome(&evaluate(policy, &figures(text)))
}

/// Every case: number, figures, what comes out.
pub fn all(policy: &Policy, cases: &[(&str, &str, &str)]) {
    for (number, text, expected) in cases {
        assert_eq!(&pays(policy, text), expected, "example {number}: {text}");
    }
}

/// A basis in yuan.
pub const AMOUNT: &str = r#"measure = "amount""#;
/// A basis in boxes.
pub const BOXES: &str = "measure = \"quantity\"\nunit = \"盒\"";

/// Three tiers of a percentage.
pub fn tiered(mode: &str, rest: &str) -> Policy {
    let reward = "[[reward]]\nid = \"r\"\nshape = \"tiers\"";
    policy(
        AMOUNT,
        &format!("{reward}\nmode = \"{mode}\"\n{TIERS}\n{rest}"),
    )
}

const TIERS: &str = r#"
on = "basis"
tiers = [
  { from = 0, rate = "1%" },
  { from = 100000, rate = "2%" },
  { from = 200000, rate = "3%" },
]
"#;
