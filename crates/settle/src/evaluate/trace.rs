//! The printed steps of an evaluation, and numbers as people read them.

use std::borrow::Cow;
use std::fmt::Display;

use channelflow_model::messages::{self, Facts, Lang};
use rust_decimal::Decimal;

use super::{Stage, Step};

/// Facts that hold one of our own words, and the group its translations stand in.
const WORDS: [(&str, &str); 9] = [
    ("figure", "policy_figure"),
    ("list", "policy_list"),
    ("on", "policy_on"),
    ("measure", "policy_measure"),
    ("source", "policy_source"),
    ("counting", "policy_counting"),
    ("returns", "policy_returns"),
    ("mode", "policy_mode"),
    ("role", "policy_role"),
];

/// Steps as they are taken; a step may be noted before its stage has come.
#[derive(Default)]
pub(super) struct Trace {
    steps: Vec<Step>,
}

/// Facts in place.
pub(super) type Said<'a> = &'a [(&'static str, &'a dyn Display)];

impl Trace {
    /// A step that only decides.
    pub(super) fn note(
        &mut self,
        stage: Stage,
        reward: Option<&str>,
        code: &'static str,
        said: Said<'_>,
    ) {
        self.push(stage, reward, code, said, None, None);
    }

    /// A step that makes a value.
    pub(super) fn make(
        &mut self,
        stage: Stage,
        reward: Option<&str>,
        code: &'static str,
        said: Said<'_>,
        after: Decimal,
    ) {
        self.push(stage, reward, code, said, None, Some(after));
    }

    /// A step that changes a value.
    pub(super) fn change(
        &mut self,
        stage: Stage,
        reward: Option<&str>,
        code: &'static str,
        said: Said<'_>,
        (before, after): (Decimal, Decimal),
    ) {
        self.push(stage, reward, code, said, Some(before), Some(after));
    }

    fn push(
        &mut self,
        stage: Stage,
        reward: Option<&str>,
        code: &'static str,
        said: Said<'_>,
        before: Option<Decimal>,
        after: Option<Decimal>,
    ) {
        self.steps.push(Step {
            stage,
            reward: reward.map(str::to_owned),
            code: Cow::Borrowed(code),
            facts: said
                .iter()
                .map(|(name, value)| (Cow::Borrowed(*name), value.to_string()))
                .collect(),
            before,
            after,
        });
    }

    /// All steps in the fixed order; steps of one stage as they were taken.
    pub(super) fn finish(self) -> Vec<Step> {
        let mut steps = self.steps;
        steps.sort_by_key(|step| step.stage);
        steps
    }
}

/// The facts with our own words in the reader's language.
pub(super) fn in_words(lang: Lang, facts: &Facts) -> Facts {
    let mut facts = facts.clone();
    for (name, group) in WORDS {
        if let Some(fact) = facts.get_mut(name) {
            *fact = messages::word(lang, group, fact);
        }
    }
    facts
}

/// `1,234.5`: at most six decimals, thousands apart.
pub fn number(value: Decimal) -> String {
    let text = value.round_dp(6).normalize().to_string();
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => ("-", body),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    let mut grouped = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// `1,234.50`: as [`number`], with two decimals at least.
pub fn money(value: Decimal) -> String {
    let text = number(value);
    let decimals = text
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    match decimals {
        0 => format!("{text}.00"),
        1 => format!("{text}0"),
        _ => text,
    }
}

/// `3%`: at most four decimals.
pub(super) fn share(value: Decimal) -> String {
    match value.checked_mul(Decimal::ONE_HUNDRED) {
        Some(percent) => format!("{}%", number(percent.round_dp(4))),
        None => number(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        let d = |text: &str| Decimal::from_str_exact(text).unwrap();
        for (value, shown) in [
            ("0", "0"),
            ("-1234.50", "-1,234.5"),
            ("106194.6902654867", "106,194.690265"),
            ("999", "999"),
        ] {
            assert_eq!(number(d(value)), shown);
        }
        assert_eq!(money(d("-1234.5")), "-1,234.50");
        assert_eq!(money(d("0.123")), "0.123");
        assert_eq!(share(d("0.016")), "1.6%");
        assert_eq!(share(d("0.9199998")), "92%");
    }
}
