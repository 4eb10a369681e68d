//! Candidates for waiting names: what the matcher proposes, less what people rejected, with what
//! speaks for and against each. Nothing is decided here.

use std::collections::HashMap;

use channelflow_matching::customer::{self, CustomerMatcher, CustomerQuery, CustomerRecord};
use channelflow_matching::explain::{clauses, sentence};
use channelflow_matching::product::{self, ProductMatcher, ProductQuery, ProductRecord};
use channelflow_matching::{Agreement, Candidate as Proposed, Decision, Evidence, Ranked};
use channelflow_model::Lang;
use channelflow_model::master::{AliasKind, MasterData};
use channelflow_model::messages::label;
use serde::Serialize;

use crate::review::WaitingName;

/// Most candidates of a name.
pub const MOST: usize = 5;

/// Parts in conflict from which on a candidate only takes a reader's time; the best one is shown
/// all the same.
const HOPELESS: usize = 2;

/// A master entity that a waiting name may be.
#[derive(Debug, Clone, Serialize)]
pub struct Candidate {
    /// The entity.
    pub id: String,
    /// Its standard name.
    pub name: String,
    /// Where it is; for a product its spec and maker.
    pub detail: String,
    /// Evidence in bits, for comparing candidates of one name.
    pub score: f32,
    /// The part in hard conflict, if there is one: a person may still choose it.
    pub veto: Option<String>,
    /// What agrees and what does not, in the reader's language.
    pub because: String,
    /// The same part by part.
    pub evidence: Vec<Evidence>,
}

/// The master data made ready to be searched; made once, asked for many names.
pub struct Finder {
    lang: Lang,
    places: HashMap<String, [String; 2]>,
    customers: Option<Index<CustomerMatcher>>,
    products: Option<Index<ProductMatcher>>,
}

/// A matcher, and what to show of its rows.
pub(crate) struct Index<M> {
    pub(crate) matcher: M,
    pub(crate) rows: Vec<Shown>,
    by_id: HashMap<String, u32>,
}

pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) detail: String,
}

impl Finder {
    /// Takes the entities in use apart, of the kinds that occur in `kinds`.
    pub fn new(master: &MasterData, kinds: &[AliasKind], lang: Lang) -> Self {
        let places = master.distributors.iter().map(|known| {
            let place = [known.province.clone(), known.city.clone()];
            (known.id.clone(), place)
        });
        Finder {
            lang,
            places: places.collect(),
            customers: (kinds.contains(&AliasKind::Customer)).then(|| customers(master)),
            products: (kinds.contains(&AliasKind::Product)).then(|| products(master)),
        }
    }

    /// Fills in the candidates of a name and the sentence about them.
    pub fn fill(&self, name: &mut WaitingName) {
        let Some((ranked, found)) = self.find(name) else {
            return;
        };
        let first = found.first();
        name.why = if first.is_none() && !name.rejected.is_empty() {
            label(self.lang, "review_all_rejected")
        } else {
            let evidence = first.map_or(&[][..], |first| first.evidence.as_slice());
            let at = |row: u32| ranked.candidates.iter().position(|known| known.row == row);
            sentence(self.lang, Decision::Review, &ranked, evidence, |row| {
                at(row)
                    .and_then(|at| found.get(at))
                    .map_or("", |candidate| candidate.name.as_str())
            })
        };
        name.candidates = found;
    }

    /// The candidates of a name, ranked and as people see them, in the same order; `None` if its
    /// kind was not asked for.
    pub(crate) fn find(&self, name: &WaitingName) -> Option<(Ranked, Vec<Candidate>)> {
        Some(match name.kind {
            AliasKind::Customer => {
                let index = self.customers.as_ref()?;
                let query = self.customer_query(name);
                let ranked = index
                    .matcher
                    .rank(&query, &mut customer::Scratch::default());
                let evidence = |row| index.matcher.evidence(&query, row);
                self.shown(name, ranked, index, &evidence)
            }
            AliasKind::Product => {
                let index = self.products.as_ref()?;
                let query = product_query(name);
                let ranked = index.matcher.rank(&query, &mut product::Scratch::default());
                let evidence = |row| index.matcher.evidence(&query, row);
                self.shown(name, ranked, index, &evidence)
            }
        })
    }

    /// The candidates left, ranked, and as people see them, in the same order.
    fn shown<M>(
        &self,
        name: &WaitingName,
        ranked: Ranked,
        index: &Index<M>,
        evidence: &dyn Fn(u32) -> Vec<Evidence>,
    ) -> (Ranked, Vec<Candidate>) {
        let first = ranked.candidates.first().map(|first| first.row);
        let rejected = |row: u32| {
            let id = index.rows.get(row as usize).map(|shown| &shown.id);
            id.is_none_or(|id| name.rejected.binary_search(id).is_ok())
        };
        let mut left: Vec<Proposed> = ranked
            .candidates
            .into_iter()
            .filter(|candidate| !rejected(candidate.row))
            .collect();
        // What the same name stands for elsewhere is worth a look, however unlike it is written.
        for other in &name.decided_elsewhere {
            let Some(row) = index.by_id.get(&other.target_id).copied() else {
                continue;
            };
            let known = left.iter().any(|candidate| candidate.row == row);
            if !known && !rejected(row) && left.len() < MOST {
                left.push(Proposed {
                    row,
                    score: 0.0,
                    veto: None,
                });
            }
        }
        let class = match left.first() {
            Some(head) if Some(head.row) == first => ranked.class,
            Some(head) if head.veto.is_some() => "conflict",
            _ => "several",
        };
        let judged = left
            .into_iter()
            .map(|candidate| (candidate, evidence(candidate.row)));
        let judged: Vec<(Proposed, Vec<Evidence>)> = judged
            .filter(|(candidate, evidence)| {
                conflicts(evidence) < HOPELESS || Some(candidate.row) == first
            })
            .collect();
        let left: Vec<Proposed> = judged.iter().map(|(candidate, _)| *candidate).collect();
        let shown = judged.into_iter().filter_map(|(candidate, evidence)| {
            let shown = index.rows.get(candidate.row as usize)?;
            let because = clauses(self.lang, candidate.veto, &evidence);
            Some(Candidate {
                id: shown.id.clone(),
                name: shown.name.clone(),
                detail: shown.detail.clone(),
                score: candidate.score,
                veto: candidate.veto.map(str::to_owned),
                because: because.join(&label(self.lang, "why_and")),
                evidence,
            })
        });
        let shown: Vec<Candidate> = shown.collect();
        let left = Ranked {
            candidates: left,
            class,
            score: ranked.score,
        };
        (left, shown)
    }

    fn customer_query(&self, name: &WaitingName) -> CustomerQuery {
        let place = self.places.get(&name.distributor_id);
        let [reporter_province, reporter_city] = place.cloned().unwrap_or_default();
        CustomerQuery {
            name: name.name.clone(),
            city: only(&name.seen.cities),
            address: only(&name.seen.addresses),
            code: name.code.clone(),
            reporter_province,
            reporter_city,
            ..CustomerQuery::default()
        }
    }
}

fn conflicts(evidence: &[Evidence]) -> usize {
    let against = evidence
        .iter()
        .filter(|one| one.agreement == Agreement::Conflict);
    against.count()
}

fn product_query(name: &WaitingName) -> ProductQuery {
    ProductQuery {
        name: name.name.clone(),
        approval_no: only(&name.seen.approval_nos),
        spec: name.spec.clone(),
        maker: name.maker.clone(),
        ..ProductQuery::default()
    }
}

/// The one text that was reported; two of them say nothing.
fn only(texts: &std::collections::BTreeSet<String>) -> String {
    match texts.len() {
        1 => texts.first().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

pub(crate) fn customers(master: &MasterData) -> Index<CustomerMatcher> {
    let known: Vec<_> = master.customers.iter().filter(|it| it.active).collect();
    let records: Vec<CustomerRecord> = known
        .iter()
        .map(|it| CustomerRecord {
            id: it.id.clone(),
            name: it.name.clone(),
            province: it.province.clone(),
            city: it.city.clone(),
            county: it.county.clone(),
            address: it.address.clone(),
            level: it.level.clone(),
            alias: String::new(),
            code: it.code.clone(),
        })
        .collect();
    let rows = known.iter().map(|it| Shown {
        id: it.id.clone(),
        name: it.name.clone(),
        detail: joined(&[&it.province, &it.city, &it.county, &it.level]),
    });
    index(CustomerMatcher::new(&records), rows.collect())
}

pub(crate) fn products(master: &MasterData) -> Index<ProductMatcher> {
    let known: Vec<_> = master.products.iter().filter(|it| it.active).collect();
    let records: Vec<ProductRecord> = known
        .iter()
        .map(|it| ProductRecord {
            id: it.id.clone(),
            name: it.name.clone(),
            approval_no: it.approval_no.clone(),
            trade_name: it.trade_name.clone(),
            form: it.form.clone(),
            spec: it.spec.clone(),
            maker: it.maker.clone(),
            ..ProductRecord::default()
        })
        .collect();
    let rows = known.iter().map(|it| Shown {
        id: it.id.clone(),
        name: it.name.clone(),
        detail: joined(&[&it.spec, &it.maker]),
    });
    index(ProductMatcher::new(&records), rows.collect())
}

fn index<M>(matcher: M, rows: Vec<Shown>) -> Index<M> {
    let ids = (0_u32..)
        .zip(&rows)
        .map(|(row, shown)| (shown.id.clone(), row));
    let by_id = ids.collect();
    Index {
        matcher,
        rows,
        by_id,
    }
}

/// The given texts side by side, each once.
fn joined(texts: &[&String]) -> String {
    let mut shown: Vec<&str> = Vec::new();
    for text in texts {
        if !text.is_empty() && !shown.contains(&text.as_str()) {
            shown.push(text);
        }
    }
    shown.join(" ")
}
