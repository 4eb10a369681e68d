//! Judging what rules decided: a sample drawn by chance, a person's judgement of each decision, and
//! from these the error rate of every rule class, beside the one it was certified with.
//!
//! A wrong decision is taken back at once. A class is suspended when the lower end of the 95 %
//! interval of its error rate is above [`MOST_WRONG`]; judgements older than its certificate do not
//! count, so a new certificate lifts it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use channelflow_matching::certify::ClassCertificate;
use channelflow_matching::rate::Rate;
use channelflow_model::Sentence;
use channelflow_model::master::AliasKind;
use channelflow_warehouse::{
    DecisionOutcome, Judgement, Mode, NameAction, NameDecision, Warehouse,
};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::reresolve::reresolve_in;
use crate::review_decide::{BY_RULE, Who};
use crate::rules::{KINDS, Rules};

/// Error rate that a class may have: beyond it the precision that was promised is not there.
pub const MOST_WRONG: f64 = 0.005;

/// The rule class that decided; `None` where a person did.
pub fn class_of(decision: &NameDecision) -> Option<&str> {
    decision.origin.strip_prefix(BY_RULE)
}

/// How a rule class of a kind stands.
#[derive(Debug, Clone, Serialize)]
pub struct ClassStanding {
    /// Customer or product.
    pub kind: AliasKind,
    /// Rule class.
    pub class: String,
    /// Names it decided, those taken back included.
    pub automatic: u64,
    /// Of these, decisions that a person took back.
    pub taken_back: u64,
    /// Decisions that were judged since the certificate.
    pub judged: u64,
    /// Wrong ones among them.
    pub wrong: u64,
    /// Share of wrong ones; `None` when none was judged.
    pub error_rate: Option<f64>,
    /// Its two-sided 95 % interval.
    pub error_interval: [f64; 2],
    /// Decisions that were judged before the certificate; they no longer count.
    pub judged_before: u64,
    /// Day of the certificate.
    pub certificate_date: Option<String>,
    /// What the certificate says about the class.
    pub certified: Option<ClassCertificate>,
    /// Whether the settings accept it.
    pub accepted: bool,
    /// Whether it decides nothing until it is calibrated again.
    pub suspended: bool,
}

/// Every class that the settings accept or that decided something, by kind and class.
pub fn class_standings(
    rules: &Rules,
    decisions: &[NameDecision],
    judgements: &[Judgement],
) -> Vec<ClassStanding> {
    let judged: HashMap<i64, &Judgement> = judgements
        .iter()
        .map(|judgement| (judgement.decision_id, judgement))
        .collect();
    let mut classes: BTreeSet<(AliasKind, &str)> = BTreeSet::new();
    for kind in KINDS {
        let of_kind = rules.certificate(kind).into_iter();
        let certified = of_kind.flat_map(|certificate| certificate.class.keys());
        let accepted = certified.filter(|class| rules.accept.contains(*class));
        classes.extend(accepted.map(|class| (kind, class.as_str())));
    }
    let mut made: BTreeMap<(AliasKind, &str), Vec<&NameDecision>> = BTreeMap::new();
    for decision in decisions {
        if let Some(class) = class_of(decision) {
            classes.insert((decision.kind, class));
            made.entry((decision.kind, class))
                .or_default()
                .push(decision);
        }
    }
    let standing = |(kind, class): (AliasKind, &str)| {
        let made = made.get(&(kind, class)).map_or(&[][..], Vec::as_slice);
        standing_of(rules, (kind, class), made, &judged)
    };
    classes.into_iter().map(standing).collect()
}

fn standing_of(
    rules: &Rules,
    (kind, class): (AliasKind, &str),
    made: &[&NameDecision],
    judged: &HashMap<i64, &Judgement>,
) -> ClassStanding {
    let certificate = rules.certificate(kind);
    let since = certificate.map_or("", |certificate| certificate.date.as_str());
    let mut errors = Rate::default();
    let mut judged_before = 0;
    for decision in made {
        if let Some(judgement) = judged.get(&decision.decision_id) {
            // Both begin with an ISO day; what was judged on that day counts.
            if judgement.judged_at.as_str() >= since {
                errors.count(!judgement.right);
            } else {
                judged_before += 1;
            }
        }
    }
    let (low, high) = errors.interval();
    let taken_back = made.iter().filter(|known| known.taken_back_at.is_some());
    ClassStanding {
        kind,
        class: class.to_owned(),
        automatic: made.len() as u64,
        taken_back: taken_back.count() as u64,
        judged: errors.of,
        wrong: errors.hits,
        error_rate: (errors.of > 0).then(|| errors.rate()),
        error_interval: [low, high],
        judged_before,
        certificate_date: certificate.map(|certificate| certificate.date.clone()),
        certified: certificate.and_then(|certificate| certificate.class.get(class).cloned()),
        accepted: rules.accept.contains(class),
        suspended: low > MOST_WRONG,
    }
}

/// So many automatic decisions that nobody judged yet, drawn by chance: the same seed draws the
/// same ones. Decisions that were taken back are among them, or the rate would look too good.
pub fn sample<'d>(
    decisions: &'d [NameDecision],
    judgements: &[Judgement],
    kind: Option<AliasKind>,
    number: usize,
    seed: u64,
) -> Vec<&'d NameDecision> {
    let judged: BTreeSet<i64> = judgements.iter().map(|it| it.decision_id).collect();
    let mut open: Vec<&NameDecision> = decisions
        .iter()
        .filter(|decision| class_of(decision).is_some())
        .filter(|decision| kind.is_none_or(|kind| decision.kind == kind))
        .filter(|decision| !judged.contains(&decision.decision_id))
        .collect();
    open.sort_by_key(|decision| {
        let drawn = xxh3_64_with_seed(&decision.decision_id.to_le_bytes(), seed);
        (drawn, decision.decision_id)
    });
    open.truncate(number);
    open.sort_by_key(|decision| decision.decision_id);
    open
}

/// A judgement to store.
#[derive(Debug, Clone, Copy)]
pub struct Verdict<'a> {
    /// The decision.
    pub decision_id: i64,
    /// Whether it was right.
    pub right: bool,
    /// What the person added.
    pub note: &'a str,
}

/// Stores a judgement, in one transaction with what follows from it: a wrong decision is taken
/// back, its rows are resolved anew, and its entity is not proposed for the name again.
pub async fn judge(
    warehouse: &Warehouse,
    verdict: Verdict<'_>,
    who: Who<'_>,
    mode: Mode,
) -> anyhow::Result<Result<(NameDecision, DecisionOutcome), Sentence>> {
    let mut deciding = warehouse.deciding().await?;
    let decisions = deciding.name_decisions().await?;
    let known = decisions
        .into_iter()
        .find(|it| it.decision_id == verdict.decision_id);
    let Some(mut decision) = known else {
        return Ok(Err(
            Sentence::new("review_no_decision").fact("decision", verdict.decision_id)
        ));
    };
    if class_of(&decision).is_none() {
        return Ok(Err(Sentence::new("audit_not_automatic")
            .fact("decision", verdict.decision_id)
            .fact("who", &decision.decided_by)));
    }
    let judgement = Judgement {
        decision_id: verdict.decision_id,
        right: verdict.right,
        note: verdict.note.to_owned(),
        judged_by: who.name.to_owned(),
        judged_at: who.at.to_owned(),
    };
    deciding.judge(&judgement).await?;
    if !verdict.right && decision.taken_back_at.is_none() {
        let master = deciding.master().await?;
        let in_force = |id: &i64| master.aliases.iter().any(|alias| alias.alias_id == *id);
        let mut touched = Vec::new();
        if let Some(alias_id) = decision.alias_id.filter(in_force) {
            touched.push(deciding.take_back_alias(alias_id, who.name, who.at).await?);
        }
        deciding
            .take_back(decision.decision_id, who.name, who.at)
            .await?;
        deciding
            .record(&mut [rejection(&decision, verdict.note, who)])
            .await?;
        reresolve_in(&mut deciding, &touched, who.at).await?;
        decision.taken_back_by = Some(who.name.to_owned());
        decision.taken_back_at = Some(who.at.to_owned());
    }
    let lines = deciding.finish(mode).await?;
    Ok(Ok((decision, lines)))
}

/// That the name is not what was decided.
fn rejection(wrong: &NameDecision, note: &str, who: Who<'_>) -> NameDecision {
    NameDecision {
        decision_id: 0,
        action: NameAction::None,
        target_id: String::new(),
        alias_id: None,
        note: note.to_owned(),
        origin: "audit".to_owned(),
        decided_by: who.name.to_owned(),
        decided_at: who.at.to_owned(),
        taken_back_by: None,
        taken_back_at: None,
        rejected: vec![wrong.target_id.clone()],
        proposal: None,
        ..wrong.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `day right wrong`: so many judgements on a day, for a certificate of 2026-03-05.
    #[track_caller]
    fn suspended(judged: &[(&str, u32, u32)]) -> bool {
        let certificate = "kind = 'customer'\ndate = '2026-03-05'\nmaster_size = 1\n\
             master_digest = ''\nlabels = 0\naccepted = 0\nerrors = 0\nprecision_at_least = 1.0\n\
             [class]";
        let rules = Rules::of(toml::from_str(certificate).unwrap(), &["same_parts"]);
        let mut decisions = Vec::new();
        let mut judgements = Vec::new();
        for (day, right, wrong) in judged {
            for number in 0..right + wrong {
                decisions.push(decision(i64::try_from(decisions.len()).unwrap()));
                judgements.push(Judgement {
                    decision_id: i64::try_from(judgements.len()).unwrap(),
                    right: number < *right,
                    note: String::new(),
                    judged_by: "tester".into(),
                    judged_at: format!("{day}T02:00:00+08:00"),
                });
            }
        }
        let standings = class_standings(&rules, &decisions, &judgements);
        standings[0].suspended
    }

    fn decision(decision_id: i64) -> NameDecision {
        NameDecision {
            decision_id,
            action: NameAction::Choose,
            kind: AliasKind::Customer,
            distributor_id: "D01".into(),
            name: "协和医院".into(),
            code: String::new(),
            spec: String::new(),
            maker: String::new(),
            target_id: "C001".into(),
            alias_id: Some(1),
            note: String::new(),
            origin: "rule:same_parts".into(),
            decided_by: "channelflow".into(),
            decided_at: "2026-03-05T02:00:00+08:00".into(),
            taken_back_by: None,
            taken_back_at: None,
            rejected: Vec::new(),
            proposal: None,
        }
    }

    #[test]
    fn a_class_is_suspended_when_it_is_surely_worse_than_promised() {
        for (right, wrong, expected) in [
            (400, 0, false),
            (33, 1, true),
            (40, 1, false),
            (106, 2, true),
            (115, 2, false),
        ] {
            let judged = [("2026-03-06", right, wrong)];
            assert_eq!(suspended(&judged), expected, "{right} right, {wrong} wrong");
        }
    }

    #[test]
    fn only_a_newer_certificate_lifts_it() {
        assert!(suspended(&[("2026-03-06", 0, 1)]));
        assert!(suspended(&[("2026-03-05", 0, 1)]), "on its day");
        assert!(!suspended(&[("2026-03-04", 0, 1), ("2026-03-06", 1, 0)]));
    }

    #[test]
    fn a_seed_draws_the_same_decisions_and_another_seed_others() {
        let decisions: Vec<NameDecision> = (0..1000).map(decision).collect();
        let ids = |seed| -> Vec<i64> {
            let drawn = sample(&decisions, &[], None, 20, seed);
            drawn.iter().map(|it| it.decision_id).collect()
        };
        assert_eq!(ids(1).len(), 20);
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
        let products = sample(&decisions, &[], Some(AliasKind::Product), 20, 1);
        assert!(products.is_empty());
    }
}
