//! The worked example of a policy: every step of it, and what the same figures would give if the
//! tiers were read the other way. Printed before anyone signs.

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
