//! The worked example of a policy: every step of it, and what the same figures would give if the
//! tiers were read the other way. Printed before anyone signs.

use channelflow_model::messages::{Lang, label, say};
use serde::{Deserialize, Serialize};

use super::reward::Shape;
use super::{Expect, Policy, TierMode};
use crate::evaluate::{Evaluation, evaluate};

/// A worked example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worked {
    /// What must come out.
    pub expect: Expect,
    /// What comes out, with every step.
    pub evaluation: Evaluation,
    /// Whether the two agree.
    pub agrees: bool,
    /// The same figures under the other reading of the tiers (覆盖 ↔ 叠加), with the name of that
    /// reading; `None`: the policy has no tiers to read either way.
    pub other: Option<(TierMode, Evaluation)>,
}

/// Works the example of a policy; `None` if it has none.
pub fn worked(policy: &Policy) -> Option<Worked> {
    let example = policy.example.as_ref()?;
    let evaluation = evaluate(policy, &example.figures);
    let agrees = match &example.expect {
        Expect::Total { total, carry } => {
            evaluation.total == Some(*total)
                && carry.is_none_or(|carry| evaluation.carry == Some(carry))
        }
        Expect::Held(code) => evaluation
            .held
            .as_ref()
            .is_some_and(|reason| reason.code == *code),
    };
    let other =
        other_reading(policy).map(|(mode, other)| (mode, evaluate(&other, &example.figures)));
    Some(Worked {
        expect: example.expect.clone(),
        evaluation,
        agrees,
        other,
    })
}

/// The policy with its tiers read the other way, and the name of that reading (of the first
/// reward with tiers); `None` if it has no tiers.
pub fn other_reading(policy: &Policy) -> Option<(TierMode, Policy)> {
    let mut other = policy.clone();
    let mut read = None;
    for reward in &mut other.rewards {
        if let Shape::Tiers { mode, .. } = &mut reward.shape {
            *mode = mode.other();
            read = read.or(Some(*mode));
        }
    }
    read.map(|mode| (mode, other))
}

impl Evaluation {
    /// The steps as text, stage by stage, then the lines and the total.
    pub fn text(&self, lang: Lang) -> String {
        let mut text = String::new();
        let mut stage = None;
        for step in &self.steps {
            if stage != Some(step.stage) {
                text.push_str(&format!("{}\n", step.stage.label(lang)));
                stage = Some(step.stage);
            }
            let reward = step.reward.as_ref();
            let reward = reward.map(|id| format!("[{id}] ")).unwrap_or_default();
            text.push_str(&format!("  {reward}{}\n", step.text(lang)));
        }
        text.push_str(&format!("{}\n", label(lang, "policy_lines")));
        for line in &self.lines {
            let kind = line.kind.label(lang);
            let name = if line.name.is_empty() {
                "-"
            } else {
                &line.name
            };
            let said = match (&line.held, line.amount) {
                (Some(reason), _) => reason.text(lang),
                (None, amount) => amount.unwrap_or_default().to_string(),
            };
            text.push_str(&format!("  {kind} {name}: {said}\n"));
        }
        match self.total {
            Some(total) => {
                let carry = self.carry.unwrap_or_default();
                let said = say(
                    lang,
                    "policy_total",
                    &[("total", &total), ("carry", &carry)],
                );
                text.push_str(&said);
            }
            None => text.push_str(&label(lang, "policy_total_held")),
        }
        text.push('\n');
        text
    }
}
