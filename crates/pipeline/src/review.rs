//! Names that wait for a person: held rows by what an alias can answer, most yuan first.
//!
//! Two spellings that an alias cannot tell apart are one name. A name that comes with several
//! codes of the distributor is several names, because it may be several customers. Not here:
//! candidates (`review_candidates`) and decisions (`review_decide`).

use std::collections::{BTreeSet, HashMap};

use channelflow_model::master::{AliasKind, MasterData};
use channelflow_model::{DayRange, FlowKind, HoldReason, Micros};
use channelflow_resolve::name_keys;
use channelflow_warehouse::{FlowRow, NameAction, NameDecision, Warehouse};
use serde::Serialize;

use crate::review_candidates::Candidate;
use crate::review_names::gather;

pub use crate::review_names::name_key;

/// Which names; empty: all.
#[derive(Debug, Clone, Default)]
pub struct NameFilter {
    /// Customers or products.
    pub kind: Option<AliasKind>,
    /// Of this distributor.
    pub distributor_id: Option<String>,
}

/// How a waiting name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NameState {
    /// Nobody has said anything.
    Open,
    /// A person said that none of the candidates is it: the master data lacks it.
    NeedsMaster,
    /// A new master entity is proposed.
    Proposed,
}

impl NameState {
    /// The word in JSON and, after `review_state_`, in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            NameState::Open => "open",
            NameState::NeedsMaster => "needs_master",
            NameState::Proposed => "proposed",
        }
    }
}

/// A reported name that keeps rows held.
#[derive(Debug, Clone, Serialize)]
pub struct WaitingName {
    /// Short key, the same as long as the name is the same.
    pub key: String,
    /// Customer or product.
    pub kind: AliasKind,
    /// Whose rows.
    pub distributor_id: String,
    /// Its standard name.
    pub distributor_name: String,
    /// As reported; of several spellings the one with most at stake.
    pub name: String,
    /// Reported code, if it takes one to tell names apart or there is no name.
    pub code: String,
    /// Reported spec, for products.
    pub spec: String,
    /// Reported maker, for products.
    pub maker: String,
    /// What else was reported with it.
    pub seen: Seen,
    /// Why its rows are held.
    pub reasons: Vec<HoldReason>,
    /// Sale, purchase, inventory.
    pub flows: Vec<FlowKind>,
    /// Rows held.
    pub rows: u64,
    /// Yuan at stake: amounts without sign, see `estimated_rows`.
    pub amount: Micros,
    /// Rows without an amount, counted with price × quantity.
    pub priced_rows: u64,
    /// Rows without amount and price, counted with assessed price × quantity.
    pub assessed_rows: u64,
    /// Rows that nothing values; they count as zero.
    pub unvalued_rows: u64,
    /// First and last day.
    pub days: DayRange,
    /// What people said about it so far.
    pub state: NameState,
    /// The decision behind `state`.
    pub decision_id: Option<i64>,
    /// Master entities it is not, by decisions of people.
    pub rejected: Vec<String>,
    /// The same name waiting at other distributors.
    pub elsewhere: Vec<Elsewhere>,
    /// What the same name stands for at other distributors.
    pub decided_elsewhere: Vec<DecidedElsewhere>,
    /// At most five, best first; filled by `review_candidates`.
    pub candidates: Vec<Candidate>,
    /// One sentence about them; empty until they are filled.
    pub why: String,
    /// References of the reported parties or products.
    #[serde(skip)]
    pub references: Vec<i64>,
}

/// Other texts reported together with a name, distinct and in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Spellings other than the name itself.
    pub spellings: BTreeSet<String>,
    /// The distributor's codes.
    pub codes: BTreeSet<String>,
    /// Cities.
    pub cities: BTreeSet<String>,
    /// Addresses.
    pub addresses: BTreeSet<String>,
    /// 统一社会信用代码.
    pub tax_ids: BTreeSet<String>,
    /// Units.
    pub units: BTreeSet<String>,
    /// 批准文号.
    pub approval_nos: BTreeSet<String>,
    /// Barcodes.
    pub barcodes: BTreeSet<String>,
}

/// The same name waiting at another distributor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Elsewhere {
    /// The distributor.
    pub distributor_id: String,
    /// Key of the name there.
    pub key: String,
    /// Rows held.
    pub rows: u64,
    /// Yuan at stake.
    pub amount: Micros,
}

/// What an alias says about the same name for another distributor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DecidedElsewhere {
    /// The distributor.
    pub distributor_id: String,
    /// The alias.
    pub alias_id: i64,
    /// The master entity; empty: not ours.
    pub target_id: String,
}

/// Every name that waits, most yuan first, without candidates.
pub async fn waiting_names(
    warehouse: &Warehouse,
    master: &MasterData,
    filter: &NameFilter,
) -> anyhow::Result<Vec<WaitingName>> {
    let lines = warehouse.waiting_lines(None).await?;
    let mut names = gather(warehouse, master, lines).await?;
    names.sort_by(|a, b| {
        (b.amount, b.rows)
            .cmp(&(a.amount, a.rows))
            .then_with(|| (&a.distributor_id, a.kind).cmp(&(&b.distributor_id, b.kind)))
            .then_with(|| (&a.name, &a.code, &a.spec).cmp(&(&b.name, &b.code, &b.spec)))
            .then_with(|| a.maker.cmp(&b.maker))
    });
    note_others(&mut names, master);
    remember(&mut names, &warehouse.name_decisions().await?);
    let wanted = |name: &WaitingName| {
        filter.kind.is_none_or(|kind| name.kind == kind)
            && (filter.distributor_id.as_ref()).is_none_or(|id| name.distributor_id == *id)
    };
    names.retain(wanted);
    Ok(names)
}

/// The rows of a name, at most so many.
pub async fn rows_of(
    warehouse: &Warehouse,
    name: &WaitingName,
    limit: u32,
) -> anyhow::Result<Vec<FlowRow>> {
    let (kind, of) = (name.kind, name.distributor_id.as_str());
    let rows = warehouse.lines_of_names(kind, of, &name.references, limit);
    Ok(rows.await?)
}

/// The same name at other distributors, waiting or decided.
fn note_others(names: &mut [WaitingName], master: &MasterData) {
    type Same = (AliasKind, [String; 3]);
    let same = |kind, name: &str, spec: &str, maker: &str| -> Same {
        let [name, _, spec, maker] = name_keys(name, "", spec, maker);
        (kind, [name, spec, maker])
    };
    let mut waiting: HashMap<Same, Vec<Elsewhere>> = HashMap::new();
    for name in names.iter().filter(|name| !name.name.is_empty()) {
        let group = waiting
            .entry(same(name.kind, &name.name, &name.spec, &name.maker))
            .or_default();
        group.push(Elsewhere {
            distributor_id: name.distributor_id.clone(),
            key: name.key.clone(),
            rows: name.rows,
            amount: name.amount,
        });
    }
    let mut decided: HashMap<(AliasKind, String), Vec<&channelflow_model::master::Alias>> =
        HashMap::new();
    for alias in master.aliases.iter().filter(|alias| !alias.name.is_empty()) {
        let [name, ..] = name_keys(&alias.name, "", "", "");
        decided.entry((alias.kind, name)).or_default().push(alias);
    }
    for name in names.iter_mut().filter(|name| !name.name.is_empty()) {
        let question = same(name.kind, &name.name, &name.spec, &name.maker);
        let others = waiting.get(&question).into_iter().flatten();
        name.elsewhere = others
            .filter(|other| other.distributor_id != name.distributor_id)
            .cloned()
            .collect();
        let (kind, [text, spec, maker]) = question;
        let answers = decided.get(&(kind, text)).into_iter().flatten();
        name.decided_elsewhere = answers
            .filter(|alias| alias.distributor_id != name.distributor_id)
            .filter(|alias| {
                let [_, _, asked_spec, asked_maker] = name_keys("", "", &alias.spec, &alias.maker);
                (asked_spec.is_empty() || asked_spec == spec)
                    && (asked_maker.is_empty() || asked_maker == maker)
            })
            .map(|alias| DecidedElsewhere {
                distributor_id: alias.distributor_id.clone(),
                alias_id: alias.alias_id,
                target_id: alias.target_id.clone(),
            })
            .collect();
    }
}

/// What people said about the names so far; the last word counts.
fn remember(names: &mut [WaitingName], decisions: &[NameDecision]) {
    let mut said: HashMap<(AliasKind, [String; 4]), Vec<&NameDecision>> = HashMap::new();
    for decision in decisions
        .iter()
        .filter(|known| known.taken_back_at.is_none())
    {
        let keys = name_keys(
            &decision.name,
            &decision.code,
            &decision.spec,
            &decision.maker,
        );
        said.entry((decision.kind, keys))
            .or_default()
            .push(decision);
    }
    for name in names {
        let keys = name_keys(&name.name, &name.code, &name.spec, &name.maker);
        let about = said.get(&(name.kind, keys)).into_iter().flatten();
        for decision in about {
            if !decision.distributor_id.is_empty() && decision.distributor_id != name.distributor_id
            {
                continue;
            }
            name.rejected.extend(decision.rejected.iter().cloned());
            let state = match decision.action {
                NameAction::None => NameState::NeedsMaster,
                NameAction::New => NameState::Proposed,
                NameAction::Choose | NameAction::Ignore => continue,
            };
            name.state = state;
            name.decision_id = Some(decision.decision_id);
        }
        name.rejected.sort_unstable();
        name.rejected.dedup();
    }
}
