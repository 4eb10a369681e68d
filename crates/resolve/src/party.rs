//! A reported counterparty to a customer of the master data.

use channelflow_model::flow::{Match, ReportedParty, Resolution, Rule};
use channelflow_model::master::{AliasKind, Customer};
use channelflow_model::text::key;
use channelflow_model::{Day, Finding, FlowKind};

use crate::Resolver;
use crate::alias::{Answer, Entry, Fits, decide};
use crate::keys::{Index, code_key, tax_key};
use crate::master_finding;

/// Customers in use, by exact keys.
#[derive(Debug, Default)]
pub(crate) struct Customers {
    ids: Vec<Box<str>>,
    by_tax_id: Index,
    by_code: Index,
    by_name: Index,
}

impl Resolver {
    /// What a reported counterparty is on a day. An inventory has none, a purchase may lack one.
    pub fn party(
        &self,
        distributor_id: &str,
        kind: FlowKind,
        party: &ReportedParty,
        day: Day,
    ) -> Resolution {
        let fitting = self.party_aliases(distributor_id, kind, party);
        self.party_on(kind, party, &fitting, Some(day))
    }

    /// The aliases that may answer for a counterparty.
    pub(crate) fn party_aliases(
        &self,
        distributor_id: &str,
        kind: FlowKind,
        party: &ReportedParty,
    ) -> Vec<&Entry> {
        if not_needed(kind, party) {
            return Vec::new();
        }
        let reported = Fits {
            code: code_key(&party.code),
            name: key(&party.name),
            ..Fits::default()
        };
        self.aliases
            .fitting(AliasKind::Customer, distributor_id, &reported)
    }

    pub(crate) fn party_on(
        &self,
        kind: FlowKind,
        party: &ReportedParty,
        fitting: &[&Entry],
        day: Option<Day>,
    ) -> Resolution {
        if not_needed(kind, party) {
            return Resolution::NotNeeded;
        }
        match decide(fitting, day, "") {
            Answer::Entity { id, alias_id, .. } => Resolution::Matched(Match {
                id,
                rule: Rule::Alias,
                alias_id: Some(alias_id),
            }),
            Answer::Ignored { alias_id } => Resolution::Ignored { alias_id },
            Answer::Missing => Resolution::Unknown,
            Answer::Ambiguous(ids) => Resolution::Ambiguous(ids),
            Answer::Silent => self.customers.find(party),
        }
    }
}

fn not_needed(kind: FlowKind, party: &ReportedParty) -> bool {
    match kind {
        FlowKind::Sale => false,
        FlowKind::Purchase => *party == ReportedParty::default(),
        FlowKind::Inventory => true,
    }
}

impl Customers {
    pub(crate) fn new(customers: &[Customer], findings: &mut Vec<Finding>) -> Self {
        let mut made = Customers::default();
        for customer in customers.iter().filter(|customer| customer.active) {
            let Ok(at) = u32::try_from(made.ids.len()) else {
                break;
            };
            made.ids.push(customer.id.as_str().into());
            made.by_tax_id.add(tax_key(&customer.tax_id), at);
            made.by_code.add(code_key(&customer.code), at);
            made.by_name.add(key(&customer.name), at);
        }
        let mut twice: Vec<Vec<String>> = made
            .by_name
            .shared()
            .map(|(_, at)| made.ids_of(at))
            .collect();
        twice.sort_unstable();
        for ids in twice {
            let name = customers
                .iter()
                .find(|customer| ids.first() == Some(&customer.id))
                .map_or("", |customer| &customer.name);
            findings.push(
                master_finding("customer_name_twice")
                    .fact("name", name)
                    .fact("ids", ids.join(", ")),
            );
        }
        made
    }

    fn find(&self, party: &ReportedParty) -> Resolution {
        let named = self.by_name.get(&key(&party.name));
        let coded = self.by_code.get(&code_key(&party.code));
        let hard = [
            (Rule::TaxId, self.by_tax_id.get(&tax_key(&party.tax_id))),
            (Rule::Code, coded),
        ];
        for (rule, found) in hard {
            // Branches share the number of their parent: then the name says which one.
            let both: Vec<u32> = found
                .iter()
                .copied()
                .filter(|at| named.contains(at))
                .collect();
            match (found, both.as_slice()) {
                ([], _) => {}
                (_, [one]) => return self.matched(*one, rule),
                ([one], _) if named.is_empty() && (coded.is_empty() || coded.contains(one)) => {
                    return self.matched(*one, rule);
                }
                // Name or code belong to somebody else: two proofs that exclude each other.
                _ => {
                    let mut fits = found.to_vec();
                    fits.extend(named);
                    fits.extend(coded);
                    fits.sort_unstable();
                    fits.dedup();
                    return Resolution::Ambiguous(self.ids_of(&fits));
                }
            }
        }
        match named {
            [] => Resolution::Unknown,
            [one] => self.matched(*one, Rule::Name),
            several => Resolution::Ambiguous(self.ids_of(several)),
        }
    }

    fn matched(&self, at: u32, rule: Rule) -> Resolution {
        match self.ids.get(at as usize) {
            Some(id) => Resolution::Matched(Match {
                id: id.to_string(),
                rule,
                alias_id: None,
            }),
            None => Resolution::Unknown,
        }
    }

    fn ids_of(&self, at: &[u32]) -> Vec<String> {
        at.iter()
            .filter_map(|at| self.ids.get(*at as usize))
            .map(ToString::to_string)
            .collect()
    }
}
