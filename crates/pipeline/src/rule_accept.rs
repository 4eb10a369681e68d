//! Held names decided without a person: only by rule classes that the company chose, a
//! certificate covers and no audit suspended.
//!
//! A rule decides a name only if nobody ever decided anything about it; so what a person took back
//! stays with people. It decides like a person (`review_decide`), for the one distributor, and
//! `review undo` takes it back. Not here: ranking (`matching`) and judging decisions (`audit`).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use channelflow_matching::certify::mark_exact;
use channelflow_matching::explain::sentence;
use channelflow_matching::{Decision, Thresholds, decide};
use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_model::master::{AliasKind, MasterData};
use channelflow_model::{HoldReason, Lang, Micros};
use channelflow_resolve::name_keys;
use channelflow_warehouse::{Mode, NameDecision, Warehouse};

use crate::audit::{ClassStanding, class_standings};
use crate::report::RuleReport;
use crate::review::{NameFilter, NameState, WaitingName, waiting_names};
use crate::review_candidates::Finder;
use crate::review_decide::{self, Answer, Checker, Verdict, Who};
use crate::rules::{KINDS, Rules};
use crate::standing::held;

/// Who decided, where a rule did.
pub const DECIDER: &str = "channelflow";

/// What rules decided.
#[derive(Debug, Default)]
pub struct ByRule {
    /// By kind and class.
    pub accepted: Vec<RuleReport>,
    /// Why some rule may decide nothing.
    pub findings: Vec<Finding>,
}

/// Decides every held name that a rule may decide. Each class is one transaction.
pub async fn accept_by_rule(
    rules: &Rules,
    warehouse: &Warehouse,
    at: &str,
    lang: Lang,
) -> anyhow::Result<ByRule> {
    let mut done = ByRule::default();
    if rules.accept.is_empty() {
        return Ok(done);
    }
    let mut master = warehouse.master().await?;
    let standings = class_standings(
        rules,
        &warehouse.name_decisions().await?,
        &warehouse.judgements().await?,
    );
    done.findings = uncertified(rules);
    let mut may: BTreeMap<AliasKind, Thresholds> = BTreeMap::new();
    for kind in KINDS {
        let thresholds = in_force(rules, kind, &master, &standings, &mut done.findings);
        if !thresholds.0.is_empty() {
            may.insert(kind, thresholds);
        }
    }
    let kinds: Vec<AliasKind> = may.keys().copied().collect();
    let mut finder: Option<Finder> = None;
    // A row waits for its product first and then for its customer: until nothing more is decided.
    while !kinds.is_empty() {
        let decisions = warehouse.name_decisions().await?;
        let names = waiting_names(warehouse, &master, &NameFilter::default()).await?;
        let names = undecided(names, &decisions, &kinds);
        if names.is_empty() {
            break;
        }
        let finder = finder.get_or_insert_with(|| Finder::new(&master, &kinds, lang));
        let mut by_class: BTreeMap<_, Vec<Answer<'_>>> = BTreeMap::new();
        for name in &names {
            let Some(thresholds) = may.get(&name.kind) else {
                continue;
            };
            if let Some((class, answer)) = recognised(finder, thresholds, lang, name) {
                let of_class = by_class.entry((name.kind, class)).or_default();
                of_class.push(answer);
            }
        }
        let before = done.accepted.len();
        for (of, answers) in by_class {
            let checker = Checker::new(&master, &decisions);
            done.accepted
                .extend(carry_out(warehouse, checker, of, &answers, at).await?);
        }
        if done.accepted.len() == before {
            break;
        }
        master = warehouse.master().await?;
    }
    done.accepted = summed(done.accepted);
    Ok(done)
}

/// Classes the settings accept and no certificate has.
fn uncertified(rules: &Rules) -> Vec<Finding> {
    let certified: Vec<Thresholds> = KINDS.map(|kind| rules.thresholds(kind)).into();
    let missing = rules.accept.iter().filter(|class| {
        let has = |thresholds: &Thresholds| thresholds.0.contains_key(*class);
        !certified.iter().any(has)
    });
    missing
        .map(|class| warning("rule_uncertified").fact("class", class))
        .collect()
}

/// What may be accepted now of a kind; says what may not.
fn in_force(
    rules: &Rules,
    kind: AliasKind,
    master: &MasterData,
    standings: &[ClassStanding],
    findings: &mut Vec<Finding>,
) -> Thresholds {
    let mut thresholds = rules.thresholds(kind);
    let Some(certificate) = rules.certificate(kind) else {
        return thresholds;
    };
    let entities = match kind {
        AliasKind::Customer => master.customers.iter().filter(|it| it.active).count(),
        AliasKind::Product => master.products.iter().filter(|it| it.active).count(),
    };
    if !thresholds.0.is_empty() && entities as u64 * 10 > certificate.master_size * 11 {
        let grown = warning("rule_master_grown").fact("kind", kind.as_str());
        let grown = grown.fact("then", certificate.master_size);
        findings.push(grown.fact("now", entities));
        return Thresholds::default();
    }
    let suspended = standings
        .iter()
        .filter(|known| known.suspended && known.kind == kind);
    for known in suspended {
        if thresholds.0.remove(&known.class).is_some() {
            let said = warning("rule_suspended").fact("kind", kind.as_str());
            let said = said.fact("class", &known.class).fact("wrong", known.wrong);
            findings.push(said.fact("judged", known.judged));
        }
    }
    thresholds
}

fn warning(code: &'static str) -> Finding {
    Finding::new(code, Severity::Warning, Place::default())
}

/// A reported name without its code: what a rule may decide once.
type Asked = (AliasKind, [String; 3]);

fn asked(kind: AliasKind, name: &str, spec: &str, maker: &str) -> Asked {
    let [name, _, spec, maker] = name_keys(name, "", spec, maker);
    (kind, [name, spec, maker])
}

/// Names of these kinds about which nobody ever decided anything, and that are one customer or
/// product for all one can tell: unknown, not ambiguous, and not told apart by codes.
fn undecided(
    names: Vec<WaitingName>,
    decisions: &[NameDecision],
    kinds: &[AliasKind],
) -> Vec<WaitingName> {
    let mut decided: HashMap<Asked, Vec<&str>> = HashMap::new();
    for known in decisions {
        let key = asked(known.kind, &known.name, &known.spec, &known.maker);
        decided.entry(key).or_default().push(&known.distributor_id);
    }
    let of = |name: &WaitingName| {
        let key = asked(name.kind, &name.name, &name.spec, &name.maker);
        (key, name.distributor_id.clone())
    };
    let mut alike: HashMap<(Asked, String), u32> = HashMap::new();
    for name in &names {
        *alike.entry(of(name)).or_default() += 1;
    }
    let unknown = |reason: &HoldReason| {
        matches!(
            reason,
            HoldReason::UnknownCustomer | HoldReason::UnknownProduct
        )
    };
    let open = |name: &WaitingName| {
        let this = of(name);
        let before = decided.get(&this.0).into_iter().flatten();
        kinds.contains(&name.kind)
            && name.state == NameState::Open
            && !name.name.is_empty()
            && name.code.is_empty()
            && name.rejected.is_empty()
            && name.reasons.iter().all(unknown)
            && alike.get(&this) == Some(&1)
            && !before.into_iter().any(|of| of.is_empty() || *of == this.1)
    };
    names.into_iter().filter(open).collect()
}

/// The class by which a name is recognised for certain, and the answer.
fn recognised<'n>(
    finder: &Finder,
    thresholds: &Thresholds,
    lang: Lang,
    name: &'n WaitingName,
) -> Option<(&'static str, Answer<'n>)> {
    // Only what the matcher says counts, not what other distributors mean by the name.
    let alone = WaitingName {
        decided_elsewhere: Vec::new(),
        ..name.clone()
    };
    let (mut ranked, found) = finder.find(&alone)?;
    let first = found.first()?;
    mark_exact(&mut ranked, &name.name, &first.name);
    let answer = decide(ranked, thresholds);
    let differs = name
        .decided_elsewhere
        .iter()
        .any(|it| it.target_id != first.id);
    if answer.decision != Decision::Accept || differs {
        return None;
    }
    let ranked = &answer.ranked;
    let name_of = |row| {
        let at = ranked.candidates.iter().position(|one| one.row == row);
        let shown = at.and_then(|at| found.get(at));
        shown.map_or("", |shown| shown.name.as_str())
    };
    let note = sentence(lang, Decision::Accept, ranked, &first.evidence, name_of);
    let answer = Answer {
        name,
        verdict: Verdict::Choose(first.id.clone()),
        global: false,
        note,
    };
    Some((ranked.class, answer))
}

/// Carries out what a class answers, in one transaction; an answer that something stands against
/// is left to a person.
async fn carry_out(
    warehouse: &Warehouse,
    mut checker: Checker<'_>,
    (kind, class): (AliasKind, &str),
    answers: &[Answer<'_>],
    at: &str,
) -> anyhow::Result<Option<RuleReport>> {
    let who = Who { name: DECIDER, at };
    for answer in answers {
        // What stands against it stands in the queue as well.
        let _left_to_a_person = checker.add(answer, who);
    }
    let plan = checker.plan().by_rule(class);
    let (_, _, before) = held(warehouse, None).await?;
    let decided = review_decide::decide(warehouse, plan, who, Mode::Commit).await?;
    if decided.decisions.is_empty() {
        return Ok(None);
    }
    let (_, _, after) = held(warehouse, None).await?;
    Ok(Some(RuleReport {
        kind,
        class: class.to_owned(),
        names: decided.decisions.len() as u64,
        rows: decided.lines.accepted,
        amount: before.checked_sub(after).unwrap_or(Micros::ZERO),
    }))
}

/// One entry per kind and class.
fn summed(reports: Vec<RuleReport>) -> Vec<RuleReport> {
    let mut sums: BTreeMap<(AliasKind, String), RuleReport> = BTreeMap::new();
    for report in reports {
        match sums.entry((report.kind, report.class.clone())) {
            Entry::Vacant(entry) => {
                entry.insert(report);
            }
            Entry::Occupied(mut entry) => {
                let sum = entry.get_mut();
                sum.names += report.names;
                sum.rows += report.rows;
                sum.amount = sum.amount.checked_add(report.amount).unwrap_or(sum.amount);
            }
        }
    }
    sums.into_values().collect()
}
