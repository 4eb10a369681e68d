//! Entities of the master data that look like the same one twice: every name is asked for among
//! all the others, and what nothing forbids is listed for a person. Nothing is merged here.

use channelflow_matching::customer::{self, CustomerQuery};
use channelflow_matching::explain::clauses;
use channelflow_matching::product::{self, ProductQuery};
use channelflow_matching::{Evidence, Ranked};
use channelflow_model::Lang;
use channelflow_model::master::{AliasKind, MasterData};
use channelflow_model::messages::label;
use serde::Serialize;

use crate::review_candidates::{customers, products};

/// Two entities that may be one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Duplicate {
    /// The first of the two.
    pub id: String,
    /// Its standard name.
    pub name: String,
    /// Where it is; for a product its spec and maker.
    pub detail: String,
    /// The other one.
    pub other_id: String,
    /// Its standard name.
    pub other_name: String,
    /// Its place; for a product its spec and maker.
    pub other_detail: String,
    /// Evidence in bits: higher is likelier the same.
    pub score: f32,
    /// What agrees and what does not, in the reader's language.
    pub because: String,
}

/// The pairs among the entities in use, most alike first.
pub fn duplicates(master: &MasterData, kind: AliasKind, lang: Lang) -> Vec<Duplicate> {
    let mut found = match kind {
        AliasKind::Customer => {
            let index = customers(master);
            let mut scratch = customer::Scratch::default();
            let known = master.customers.iter().filter(|it| it.active);
            let pairs = (0_u32..).zip(known).flat_map(|(row, it)| {
                let query = CustomerQuery {
                    name: it.name.clone(),
                    province: it.province.clone(),
                    city: it.city.clone(),
                    county: it.county.clone(),
                    ..CustomerQuery::default()
                };
                let ranked = index.matcher.rank(&query, &mut scratch);
                let evidence = |other| index.matcher.evidence_of_ranked(&query, other, &scratch);
                others(row, &ranked, &evidence)
            });
            shown(pairs.collect(), &index, lang)
        }
        AliasKind::Product => {
            let index = products(master);
            let mut scratch = product::Scratch::default();
            let known = master.products.iter().filter(|it| it.active);
            let pairs = (0_u32..).zip(known).flat_map(|(row, it)| {
                let query = ProductQuery {
                    name: it.name.clone(),
                    trade_name: it.trade_name.clone(),
                    form: it.form.clone(),
                    spec: it.spec.clone(),
                    maker: it.maker.clone(),
                    ..ProductQuery::default()
                };
                let ranked = index.matcher.rank(&query, &mut scratch);
                let evidence = |other| index.matcher.evidence(&query, other);
                others(row, &ranked, &evidence)
            });
            shown(pairs.collect(), &index, lang)
        }
    };
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    found
}

/// A row, one that nothing tells apart from it, and why.
type Pair = (u32, u32, f32, Vec<Evidence>);

/// The later rows that a row may be; a pair is found from its earlier row.
fn others(row: u32, ranked: &Ranked, evidence: &dyn Fn(u32) -> Vec<Evidence>) -> Vec<Pair> {
    let candidates = ranked.candidates.iter();
    candidates
        .filter(|candidate| candidate.row > row && candidate.veto.is_none())
        .map(|candidate| (row, candidate.row, candidate.score, evidence(candidate.row)))
        .collect()
}

fn shown<M>(
    pairs: Vec<Pair>,
    index: &crate::review_candidates::Index<M>,
    lang: Lang,
) -> Vec<Duplicate> {
    let pairs = pairs
        .into_iter()
        .filter_map(|(row, other, score, evidence)| {
            let (one, other) = (
                index.rows.get(row as usize)?,
                index.rows.get(other as usize)?,
            );
            Some(Duplicate {
                id: one.id.clone(),
                name: one.name.clone(),
                detail: one.detail.clone(),
                other_id: other.id.clone(),
                other_name: other.name.clone(),
                other_detail: other.detail.clone(),
                score,
                because: clauses(lang, None, &evidence).join(&label(lang, "why_and")),
            })
        });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use channelflow_model::master::{Customer, Product};

    #[test]
    fn the_same_house_twice_is_found_and_siblings_are_not() {
        let customer = |id: &str, name: &str| Customer {
            id: id.to_owned(),
            name: name.to_owned(),
            active: true,
            ..Customer::default()
        };
        let product = |id: &str, spec: &str| Product {
            id: id.to_owned(),
            name: "阿莫西林胶囊".to_owned(),
            spec: spec.to_owned(),
            maker: "珠海联邦制药股份有限公司".to_owned(),
            active: true,
            ..Product::default()
        };
        let master = MasterData {
            customers: vec![
                customer("C1", "石家庄市第一医院"),
                customer("C2", "石家庄市第二医院"),
                customer("C3", "河北省石家庄市第2医院（西药房）"),
                customer("C4", "石家庄市第二医院东院区"),
            ],
            products: vec![
                product("P1", "0.25g*24粒"),
                product("P2", "250mg×12粒×2板"),
                product("P3", "0.25g*36粒"),
            ],
            ..MasterData::default()
        };
        let ids = |kind| -> Vec<(String, String)> {
            let found = duplicates(&master, kind, Lang::En);
            found.into_iter().map(|it| (it.id, it.other_id)).collect()
        };
        assert_eq!(
            ids(AliasKind::Customer),
            [("C2".to_owned(), "C3".to_owned())]
        );
        assert_eq!(
            ids(AliasKind::Product),
            [("P1".to_owned(), "P2".to_owned())]
        );
    }
}
