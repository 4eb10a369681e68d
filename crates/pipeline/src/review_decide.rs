//! What a person decided about waiting names, checked as a whole and carried out as a whole: alias
//! memory, rejections, proposals and every stored row of the names change in one transaction.
//!
//! A decision never replaces what is in force; it is refused and says what stands against it. So
//! taking a decision back restores what was there before it.

use std::collections::HashMap;

use channelflow_model::Sentence;
use channelflow_model::master::{Alias, AliasKind, MasterData};
use channelflow_resolve::{AliasBook, name_keys};
use channelflow_warehouse::{
    AliasOutcome, Deciding, DecisionOutcome, Mode, NameAction, NameDecision, Warehouse,
};
use serde::Serialize;

use crate::reresolve::reresolve_in;
use crate::review::WaitingName;
use crate::review_proposal::proposal;

/// Before the rule class in the origin of an automatic decision and its alias.
pub const BY_RULE: &str = "rule:";

/// What a person answered about a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is this master entity.
    Choose(String),
    /// It is none of these.
    NoneOf(Vec<String>),
    /// Not ours.
    Ignore,
    /// A new master entity is needed.
    New,
}

impl Verdict {
    fn action(&self) -> NameAction {
        match self {
            Verdict::Choose(_) => NameAction::Choose,
            Verdict::NoneOf(_) => NameAction::None,
            Verdict::Ignore => NameAction::Ignore,
            Verdict::New => NameAction::New,
        }
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// The name; with its candidates, if a proposal is to have their parts.
    pub name: &'a WaitingName,
    /// What it is.
    pub verdict: Verdict,
    /// For all distributors instead of the one that reported it.
    pub global: bool,
    /// What the person added.
    pub note: String,
}

/// Who decides, and when.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// The person.
    pub name: &'a str,
    /// Now, ISO date and time.
    pub at: &'a str,
}

/// What came of decisions.
#[derive(Debug, Clone, Serialize)]
pub struct Decided {
    /// The decisions, with their numbers.
    pub decisions: Vec<NameDecision>,
    /// Answers that were in force already.
    pub unchanged: u64,
    /// What became of stored rows.
    pub lines: DecisionOutcome,
}

/// Answers that may be carried out.
#[derive(Debug, Default)]
pub struct Plan {
    wanted: Vec<(NameDecision, Option<Alias>)>,
    unchanged: u64,
}

impl Plan {
    /// Notes that a rule decided, not a person.
    #[must_use]
    pub(crate) fn by_rule(mut self, class: &str) -> Self {
        for (decision, alias) in &mut self.wanted {
            decision.origin = format!("{BY_RULE}{class}");
            if let Some(alias) = alias {
                alias.origin.clone_from(&decision.origin);
            }
        }
        self
    }

    /// Counts more answers that were in force already.
    #[must_use]
    pub fn with_unchanged(mut self, more: u64) -> Self {
        self.unchanged += more;
        self
    }
}

/// Answers checked one after the other against the master data, the alias memory, earlier
/// decisions and each other.
pub struct Checker<'a> {
    master: &'a MasterData,
    book: AliasBook<'a>,
    decisions: &'a [NameDecision],
    /// What earlier answers of this plan said, by scope and name.
    said: HashMap<(AliasKind, String, [String; 4]), (NameAction, String)>,
    plan: Plan,
}

impl<'a> Checker<'a> {
    /// Begins with nothing.
    pub fn new(master: &'a MasterData, decisions: &'a [NameDecision]) -> Self {
        Checker {
            master,
            book: AliasBook::new(master),
            decisions,
            said: HashMap::new(),
            plan: Plan::default(),
        }
    }

    /// Adds an answer, or says what stands against it.
    pub fn add(&mut self, answer: &Answer<'_>, who: Who<'_>) -> Result<(), Sentence> {
        let mut decision = decision_of(answer, self.master, who);
        if answer.global && !answer.name.code.is_empty() {
            return Err(Sentence::new("review_code_is_local")
                .fact("name", &decision.name)
                .fact("code", &answer.name.code)
                .fact("distributor", &answer.name.distributor_id));
        }
        self.check_target(&decision)?;
        if self.said_before(&decision)? {
            self.plan.unchanged += 1;
            return Ok(());
        }
        let alias = alias_of(&decision);
        if let Some(alias) = &alias {
            if let Some(known) = self.book.contradicting(alias) {
                return Err(against_alias(&decision, known));
            }
            if self.book.agreeing(alias).is_some() {
                self.plan.unchanged += 1;
                return Ok(());
            }
        } else {
            let known = self.in_force(&decision).find(|known| {
                let more = |id: &String| !known.rejected.contains(id);
                known.action == decision.action && !decision.rejected.iter().any(more)
            });
            if known.is_some() {
                self.plan.unchanged += 1;
                return Ok(());
            }
        }
        decision.rejected.sort_unstable();
        self.plan.wanted.push((decision, alias));
        Ok(())
    }

    /// What may be carried out.
    pub fn plan(self) -> Plan {
        self.plan
    }

    fn check_target(&self, decision: &NameDecision) -> Result<(), Sentence> {
        if decision.action != NameAction::Choose {
            return Ok(());
        }
        let target = &decision.target_id;
        let exists = match decision.kind {
            AliasKind::Customer => self.master.customers.iter().any(|it| it.id == *target),
            AliasKind::Product => self.master.products.iter().any(|it| it.id == *target),
        };
        if !exists {
            return Err(Sentence::new("review_no_target")
                .fact("kind", decision.kind.as_str())
                .fact("target", target));
        }
        let rejection = self
            .in_force(decision)
            .find(|known| known.rejected.contains(target));
        match rejection {
            None => Ok(()),
            Some(known) => Err(Sentence::new("review_rejected_before")
                .fact("name", &decision.name)
                .fact("target", target)
                .fact("who", &known.decided_by)
                .fact("decision", known.decision_id)),
        }
    }

    /// Whether an earlier answer of this plan said the same about the same name in this scope.
    fn said_before(&mut self, decision: &NameDecision) -> Result<bool, Sentence> {
        let of = decision.distributor_id.clone();
        let scope = (decision.kind, of, keys(decision));
        let says = (decision.action, decision.target_id.clone());
        match self.said.insert(scope, says.clone()) {
            Some(before) if before != says => {
                Err(Sentence::new("review_said_twice").fact("name", &decision.name))
            }
            before => Ok(before.is_some()),
        }
    }

    /// Decisions that hold about the same name in this scope or a wider one.
    fn in_force(&self, decision: &NameDecision) -> impl Iterator<Item = &'a NameDecision> {
        let (kind, of, asked) = (
            decision.kind,
            decision.distributor_id.clone(),
            keys(decision),
        );
        self.decisions.iter().filter(move |known| {
            known.taken_back_at.is_none()
                && known.kind == kind
                && (known.distributor_id.is_empty() || known.distributor_id == of)
                && keys(known) == asked
        })
    }
}

/// Carries the answers out, or previews it.
pub async fn decide(
    warehouse: &Warehouse,
    plan: Plan,
    who: Who<'_>,
    mode: Mode,
) -> anyhow::Result<Decided> {
    let unchanged = plan.unchanged;
    if plan.wanted.is_empty() {
        return Ok(Decided {
            decisions: Vec::new(),
            unchanged,
            lines: DecisionOutcome::default(),
        });
    }
    let mut deciding = warehouse.deciding().await?;
    let (mut decisions, aliases): (Vec<_>, Vec<_>) = plan.wanted.into_iter().unzip();
    let wanted: Vec<Alias> = aliases.iter().flatten().cloned().collect();
    let outcome = deciding.set_aliases(&wanted, who.name, who.at).await?;
    let mut added = outcome.added.iter();
    for (decision, alias) in decisions.iter_mut().zip(&aliases) {
        decision.alias_id = alias.as_ref().and(added.next()).map(|alias| alias.alias_id);
    }
    deciding.record(&mut decisions).await?;
    reresolve_in(&mut deciding, &outcome.added, who.at).await?;
    let lines = deciding.finish(mode).await?;
    Ok(Decided {
        decisions,
        unchanged,
        lines,
    })
}

/// Takes a decision back with everything that came of it. Without a number: the last one that
/// holds, of this person if somebody is named.
pub async fn undo(
    warehouse: &Warehouse,
    decision_id: Option<i64>,
    who: Who<'_>,
    mode: Mode,
) -> anyhow::Result<Result<(NameDecision, DecisionOutcome), Sentence>> {
    let mut deciding = warehouse.deciding().await?;
    let decisions = deciding.name_decisions().await?;
    let wanted = match decision_id {
        Some(wanted) => decisions.iter().find(|known| known.decision_id == wanted),
        None => decisions
            .iter()
            .rev()
            .find(|known| known.taken_back_at.is_none() && known.decided_by == who.name),
    };
    let Some(decision) = wanted else {
        return Ok(Err(match decision_id {
            Some(wanted) => Sentence::new("review_no_decision").fact("decision", wanted),
            None => Sentence::new("review_nothing_to_undo").fact("who", who.name),
        }));
    };
    if let (Some(by), Some(at)) = (&decision.taken_back_by, &decision.taken_back_at) {
        return Ok(Err(Sentence::new("review_undone_before")
            .fact("decision", decision.decision_id)
            .fact("who", by)
            .fact("at", at)));
    }
    let mut touched = Vec::new();
    if let Some(alias_id) = decision.alias_id {
        let master = deciding.master().await?;
        if !master.aliases.iter().any(|it| it.alias_id == alias_id) {
            return Ok(Err(Sentence::new("review_alias_gone")
                .fact("decision", decision.decision_id)
                .fact("alias", alias_id)));
        }
        touched.push(deciding.take_back_alias(alias_id, who.name, who.at).await?);
    }
    deciding
        .take_back(decision.decision_id, who.name, who.at)
        .await?;
    reresolve_in(&mut deciding, &touched, who.at).await?;
    let lines = deciding.finish(mode).await?;
    let mut decision = decision.clone();
    decision.taken_back_by = Some(who.name.to_owned());
    decision.taken_back_at = Some(who.at.to_owned());
    Ok(Ok((decision, lines)))
}

/// Sets aliases and resolves stored rows with them, in one transaction.
pub async fn set_aliases(
    warehouse: &Warehouse,
    aliases: &[Alias],
    who: Who<'_>,
    mode: Mode,
) -> anyhow::Result<(AliasOutcome, DecisionOutcome)> {
    let mut deciding = warehouse.deciding().await?;
    let outcome = deciding.set_aliases(aliases, who.name, who.at).await?;
    let replaced = outcome.replaced.iter().flat_map(|(old, new)| [old, new]);
    let touched: Vec<Alias> = outcome.added.iter().chain(replaced).cloned().collect();
    let lines = settle(deciding, &touched, who, mode).await?;
    Ok((outcome, lines))
}

/// Takes an alias back and resolves stored rows without it, in one transaction.
pub async fn take_back_alias(
    warehouse: &Warehouse,
    alias_id: i64,
    who: Who<'_>,
    mode: Mode,
) -> anyhow::Result<(Alias, DecisionOutcome)> {
    let mut deciding = warehouse.deciding().await?;
    let alias = deciding.take_back_alias(alias_id, who.name, who.at).await?;
    let lines = settle(deciding, std::slice::from_ref(&alias), who, mode).await?;
    Ok((alias, lines))
}

async fn settle(
    mut deciding: Deciding,
    touched: &[Alias],
    who: Who<'_>,
    mode: Mode,
) -> anyhow::Result<DecisionOutcome> {
    reresolve_in(&mut deciding, touched, who.at).await?;
    Ok(deciding.finish(mode).await?)
}

fn keys(decision: &NameDecision) -> [String; 4] {
    name_keys(
        &decision.name,
        &decision.code,
        &decision.spec,
        &decision.maker,
    )
}

fn decision_of(answer: &Answer<'_>, master: &MasterData, who: Who<'_>) -> NameDecision {
    let name = answer.name;
    let proposed = (answer.verdict == Verdict::New)
        .then(|| serde_json::to_value(proposal(name, master)).ok())
        .flatten();
    NameDecision {
        decision_id: 0,
        action: answer.verdict.action(),
        kind: name.kind,
        distributor_id: if answer.global {
            String::new()
        } else {
            name.distributor_id.clone()
        },
        name: name.name.clone(),
        code: name.code.clone(),
        spec: name.spec.clone(),
        maker: name.maker.clone(),
        target_id: match &answer.verdict {
            Verdict::Choose(target) => target.clone(),
            _ => String::new(),
        },
        alias_id: None,
        note: answer.note.clone(),
        origin: "person".to_owned(),
        decided_by: who.name.to_owned(),
        decided_at: who.at.to_owned(),
        taken_back_by: None,
        taken_back_at: None,
        rejected: match &answer.verdict {
            Verdict::NoneOf(rejected) => rejected.clone(),
            _ => Vec::new(),
        },
        proposal: proposed,
    }
}

/// The alias a decision makes; `None` when it makes none.
fn alias_of(decision: &NameDecision) -> Option<Alias> {
    let ignore = decision.action == NameAction::Ignore;
    if !ignore && decision.action != NameAction::Choose {
        return None;
    }
    Some(Alias {
        alias_id: 0,
        kind: decision.kind,
        distributor_id: decision.distributor_id.clone(),
        name: decision.name.clone(),
        code: decision.code.clone(),
        spec: decision.spec.clone(),
        maker: decision.maker.clone(),
        unit: String::new(),
        target_id: decision.target_id.clone(),
        ignore,
        factor_numerator: 0,
        factor_denominator: 0,
        valid_from: None,
        valid_to: None,
        origin: decision.origin.clone(),
        decided_by: decision.decided_by.clone(),
        decided_at: decision.decided_at.clone(),
    })
}

fn against_alias(decision: &NameDecision, known: &Alias) -> Sentence {
    let code = if known.ignore {
        "review_alias_ignores"
    } else {
        "review_alias_says"
    };
    Sentence::new(code)
        .fact("name", &decision.name)
        .fact("alias", known.alias_id)
        .fact("target", &known.target_id)
        .fact("who", &known.decided_by)
}
