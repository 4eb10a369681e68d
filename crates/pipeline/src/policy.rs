//! Rebate policies for people: the imported ones together with files that are not, what checking
//! them together finds, and importing them.
//!
//! An import adds; it never ends a policy. Not here: reading a file (`settlement_policies`), what
//! a policy would have paid (`simulate`), and what is wrong with one (`settle`).

use channelflow_model::finding::{Finding, Severity};
use channelflow_model::settlement::PolicyText;
use channelflow_model::{Period, PeriodRule};
use channelflow_settle::Policy;
use channelflow_settle::policy::check;
use channelflow_warehouse::{
    ImportMeta, NewRecord, RecordImport, RecordKind, Recorded, StatementFilter, Warehouse,
};
use serde::Serialize;

use crate::settle::{Books, sha256};
use crate::settlement_policies::{ReadPolicy, changed, twice};
use crate::settlement_run::Importing;

/// What a file would do to the imported policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Novelty {
    /// A version nobody imported.
    New,
    /// The version that is imported says the same.
    Unchanged,
    /// The version that is imported says something else: refused.
    Changed,
}

impl Novelty {
    /// The word in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Novelty::New => "new",
            Novelty::Unchanged => "unchanged",
            Novelty::Changed => "changed",
        }
    }
}

/// One of the given files.
#[derive(Debug, Clone, Serialize)]
pub struct Given {
    /// The policy, `id@version`.
    pub policy: String,
    /// Its name.
    pub name: String,
    /// File as it was given.
    pub file: String,
    /// What it would do.
    pub novelty: Novelty,
}

/// Policies that are imported, and files beside them.
#[derive(Debug, Clone, Default)]
pub struct Together {
    /// All as they would be after an import, by id and version; a changed text stands for the
    /// imported one.
    pub policies: Vec<ReadPolicy>,
    /// The files, as given.
    pub given: Vec<Given>,
    /// What is wrong: with all of them, or only what comes with the files.
    pub findings: Vec<Finding>,
}

impl Together {
    /// Lays files over the imported policies. Without files everything that is wrong with the
    /// imported ones is found; with files only what they bring.
    pub fn new(imported: Vec<ReadPolicy>, files: Vec<ReadPolicy>, rule: PeriodRule) -> Self {
        let before = if files.is_empty() {
            Vec::new()
        } else {
            checked(&imported, rule)
        };
        let mut together = Together {
            policies: imported,
            ..Together::default()
        };
        let mut findings = Vec::new();
        for file in files {
            let key = file.text.key();
            let novelty = match together.policies.iter_mut().find(|it| it.text.key() == key) {
                None => {
                    together.policies.push(file.clone());
                    Novelty::New
                }
                Some(_) if together.given.iter().any(|given| given.policy == key) => {
                    let other = together.given.iter().find(|given| given.policy == key);
                    let other = PolicyText {
                        file: other.map(|other| other.file.clone()).unwrap_or_default(),
                        ..file.text.clone()
                    };
                    findings.push(twice(&file.text, &other));
                    Novelty::Changed
                }
                // Comments and order of keys are no part of the agreement.
                Some(known) if known.policy.canonical() == file.policy.canonical() => {
                    Novelty::Unchanged
                }
                Some(known) => {
                    findings.push(changed(std::slice::from_ref(&file.text), &key));
                    *known = file.clone();
                    Novelty::Changed
                }
            };
            together.given.push(Given {
                policy: key,
                name: file.policy.name.clone(),
                file: file.text.file.clone(),
                novelty,
            });
        }
        let order = |it: &ReadPolicy| (it.policy.id.clone(), it.policy.version);
        together.policies.sort_by_key(order);
        let after = checked(&together.policies, rule);
        let mine = |found: &Finding| {
            let about = found.facts.get("policy");
            about.is_some_and(|key| together.given.iter().any(|given| given.policy == *key))
        };
        findings.extend(
            after
                .into_iter()
                .filter(|found| !before.contains(found) || mine(found)),
        );
        together.findings = findings;
        together
    }

    /// Whether importing is refused.
    pub fn is_refused(&self) -> bool {
        let error = |finding: &Finding| finding.severity == Severity::Error;
        self.findings.iter().any(error)
    }

    /// Imports what is new beside what is there.
    pub async fn import(
        &self,
        warehouse: &Warehouse,
        importing: Importing<'_>,
    ) -> anyhow::Result<RecordImport> {
        let texts = self.policies.iter().map(|it| it.text.clone()).collect();
        let texts = channelflow_warehouse::in_key_order::<PolicyText>(texts);
        let files: Vec<&str> = self.given.iter().map(|it| it.file.as_str()).collect();
        let all: Vec<&str> = texts.iter().map(|text| text.toml.as_str()).collect();
        let meta = ImportMeta {
            file_name: &files.join(", "),
            sha256: &sha256(&all.concat()),
            by: importing.who,
            at: importing.at,
        };
        let records = texts.iter().map(NewRecord::of).collect();
        let stored = warehouse
            .import_records(RecordKind::Policy, records, &meta, importing.mode)
            .await?;
        Ok(stored)
    }
}

fn checked(policies: &[ReadPolicy], rule: PeriodRule) -> Vec<Finding> {
    let policies: Vec<Policy> = policies.iter().map(|it| it.policy.clone()).collect();
    check(&policies, rule)
}

/// The imported policies, by id and version.
pub async fn imported(warehouse: &Warehouse) -> anyhow::Result<Vec<ReadPolicy>> {
    Ok(of_books(&Books::open(warehouse, None).await?))
}

/// The policies of books with their texts.
pub fn of_books(books: &Books) -> Vec<ReadPolicy> {
    let text_of = |policy: &Policy| {
        let mut texts = books.settings.policies.iter();
        texts.find(|text| text.key() == policy.key())
    };
    let read = |policy: &Policy| {
        Some(ReadPolicy {
            text: text_of(policy)?.clone(),
            policy: policy.clone(),
        })
    };
    books.terms.current().iter().filter_map(read).collect()
}

/// The policy that `id@version` or `id` names; of several versions the newest.
pub fn find<'p>(policies: &'p [ReadPolicy], named: &str) -> Option<&'p ReadPolicy> {
    let exact = policies.iter().find(|it| it.text.key() == named);
    exact.or_else(|| policies.iter().rev().find(|it| it.policy.id == named))
}

/// The last statement that rests on a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Use {
    /// The policy, `id@version`.
    pub policy: String,
    /// Statements that were confirmed or paid.
    pub statements: u64,
    /// Number of the last one.
    pub last: String,
}

/// Which policies confirmed or paid statements rest on.
pub async fn uses(warehouse: &Warehouse) -> anyhow::Result<Vec<Use>> {
    let heads = warehouse.statements(StatementFilter::default()).await?;
    let Some(newest) = heads.iter().map(|head| head.period).max() else {
        return Ok(Vec::new());
    };
    let mut uses: Vec<(Use, Vec<(Period, i64)>)> = Vec::new();
    for stated in warehouse.stated(Period::FIRST, newest.next()).await? {
        let place = (stated.period, stated.statement_id);
        match uses.iter_mut().find(|(it, _)| it.policy == stated.policy) {
            Some((_, places)) => places.push(place),
            None => uses.push((
                Use {
                    policy: stated.policy,
                    statements: 0,
                    last: String::new(),
                },
                vec![place],
            )),
        }
    }
    for (it, places) in &mut uses {
        places.sort_unstable();
        places.dedup();
        it.statements = places.len() as u64;
        let last = places.last().map(|(_, id)| *id);
        let head = heads.iter().find(|head| Some(head.statement_id) == last);
        it.last = head.map(|head| head.number.clone()).unwrap_or_default();
    }
    Ok(uses.into_iter().map(|(it, _)| it).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settlement_policies::parse_policy;

    fn policy(file: &str, version: u32, from: &str, rate: &str) -> ReadPolicy {
        let text = format!(
            "id = \"A\"\nversion = {version}\nname = \"n\"\nvalid_from = {from}\nperiod = \"month\"\n\
             [party]\ntiers = [\"一级\"]\n\
             [basis]\nsource = \"sale\"\ncounting_point = \"terminal\"\nmeasure = \"amount\"\n\
             [[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = {rate}\n\
             [example]\namount = 100\n[example.expect]\ntotal = 3\n"
        );
        parse_policy(file, &text).unwrap()
    }

    fn codes(together: &Together) -> Vec<&str> {
        let codes = together.findings.iter().map(|it| it.code.as_ref());
        codes.collect()
    }

    #[test]
    fn files_are_told_from_what_is_imported() {
        let first = policy("a.toml", 1, "2026-01-01", "0.03");
        let mut same = first.clone();
        same.text.toml = format!("# a comment\n{}", same.text.toml);
        let together = Together::new(vec![first.clone()], vec![same], PeriodRule::default());
        assert_eq!(together.given[0].novelty, Novelty::Unchanged);
        assert_eq!(together.policies[0].text, first.text);
        assert!(codes(&together).is_empty());

        let other = policy("b.toml", 1, "2026-01-01", "0.04");
        let together = Together::new(vec![first.clone()], vec![other], PeriodRule::default());
        assert_eq!(together.given[0].novelty, Novelty::Changed);
        assert_eq!(
            codes(&together),
            ["settings_policy_changed", "policy_example_wrong"]
        );
        assert!(together.is_refused());

        let next = policy("b.toml", 2, "2027-01-01", "0.03");
        let together = Together::new(
            vec![first.clone()],
            vec![next.clone(), next],
            PeriodRule::default(),
        );
        assert_eq!(
            codes(&together),
            ["settings_policy_twice", "policy_version_followed"]
        );
        assert_eq!(together.given[0].novelty, Novelty::New);
        assert_eq!(find(&together.policies, "A").unwrap().policy.version, 2);
        assert_eq!(find(&together.policies, "A@1").unwrap().policy.version, 1);
        assert!(find(&together.policies, "A@3").is_none());
    }

    #[test]
    fn files_answer_only_for_what_they_bring() {
        let wrong = policy("a.toml", 1, "2026-01-01", "0.04");
        let alone = Together::new(vec![wrong.clone()], Vec::new(), PeriodRule::default());
        assert_eq!(codes(&alone), ["policy_example_wrong"]);
        let mut other = policy("b.toml", 1, "2026-01-01", "0.03");
        other.policy.id = "B".to_owned();
        other.text.id = "B".to_owned();
        let together = Together::new(vec![wrong], vec![other], PeriodRule::default());
        assert_eq!(codes(&together), ["policy_double_pay"]);
        assert!(!together.is_refused());
    }
}
