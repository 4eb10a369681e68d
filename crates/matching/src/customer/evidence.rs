//! The parts of a reported customer beside those of one master customer, for a person to read.

use super::CustomerQuery;
use super::compare::compare;
use super::home::hint_bits;
use super::matcher::{Asked, CODE_BITS, CustomerMatcher, SLIP_BITS, Scratch};
use super::parse::{Name, parse};
use super::words::{Legal, words};
use crate::verdict::{Agreement, Evidence};

impl CustomerMatcher {
    /// What agrees and what does not between a reported customer and a row of the master. Parts
    /// neither side has are left out. A slip is a part of its own: the reported text of the part
    /// it lies in, and the text it stands for.
    pub fn evidence(&self, query: &CustomerQuery, row: u32) -> Vec<Evidence> {
        let mut scratch = Scratch::default();
        let _ = self.rank(query, &mut scratch);
        self.evidence_of_ranked(query, row, &scratch)
    }

    /// [`Self::evidence`] for the name that was ranked last with this scratch, without searching
    /// again.
    pub fn evidence_of_ranked(
        &self,
        query: &CustomerQuery,
        row: u32,
        scratch: &Scratch,
    ) -> Vec<Evidence> {
        let Some(Asked { name, parts, hint }) = &scratch.asked else {
            return Vec::new();
        };
        // The search says by which of its names the row was found, and with which slip.
        let found = scratch.found.iter().find(|found| found.row == row);
        let entry = found.map(|found| found.entry).or_else(|| {
            let at = self.entries.iter().position(|entry| entry.row == row)?;
            u32::try_from(at).ok()
        });
        let correction = found
            .filter(|found| found.slip.is_some())
            .and_then(|found| scratch.corrections.get(found.correction));
        let written = correction.map_or(name, |correction| &correction.name);
        let Some(master) = entry.and_then(|at| self.entries.get(at as usize)) else {
            return Vec::new();
        };
        let core: String = entry
            .map(|at| self.core(at).iter().collect())
            .unwrap_or_default();
        let known = parse(&core);
        let comparison =
            found.map_or_else(|| compare(parts, &master.parts), |found| found.comparison);
        let mut evidence: Vec<Evidence> = comparison
            .weights(self.rarity(master.parts.stem))
            .into_iter()
            .map(|(part, agreement, weight)| Evidence {
                part,
                reported: text_of(written, part),
                master: text_of(&known, part),
                agreement,
                weight,
            })
            .filter(|one| !one.reported.is_empty() || !one.master.is_empty())
            .collect();
        if parts.code != 0 && parts.code == master.parts.code {
            evidence.push(Evidence {
                part: "code",
                reported: query.code.clone(),
                master: query.code.clone(),
                agreement: Agreement::Equal,
                weight: CODE_BITS,
            });
        }
        if let Some(correction) = correction {
            evidence.push(Evidence {
                part: "slip",
                reported: correction.wrong.clone(),
                master: correction.right.clone(),
                agreement: Agreement::Similar,
                weight: SLIP_BITS,
            });
        }
        let bits = hint_bits(hint, &master.parts);
        if bits != 0.0 {
            let agreement = if bits > 0.0 {
                Agreement::Equivalent
            } else {
                Agreement::OnlyReported
            };
            let reported = format!("{}{}", query.reporter_province, query.reporter_city);
            let master = known.place_text.clone();
            evidence.push(Evidence {
                part: "reporter",
                reported,
                master,
                agreement,
                weight: bits,
            });
        }
        if !name.department.is_empty() {
            evidence.push(Evidence {
                part: "department",
                reported: name.department.clone(),
                master: String::new(),
                agreement: Agreement::OnlyReported,
                weight: 0.0,
            });
        }
        evidence
    }
}

/// A part as people write it; empty when the name has none.
fn text_of(name: &Name, part: &str) -> String {
    match part {
        "place" => name.place_text.clone(),
        "stem" => name.stem.clone(),
        "town" => match name.town {
            Some('街') => "街道".to_owned(),
            Some('苏') => "苏木".to_owned(),
            Some(kind) => kind.to_string(),
            None => String::new(),
        },
        "ordinal" if name.ordinal > 0 => format!("第{}", name.ordinal),
        "affiliation" if name.affiliated => "附属".to_owned(),
        "kind" => words().name(name.kind).to_owned(),
        "branch" => match name.street {
            Some('道') => format!("{}大道", name.branch),
            Some(street) => format!("{}{street}", name.branch),
            None => name.branch.clone(),
        },
        "chain" if name.chain => "连锁".to_owned(),
        "legal" => match name.legal {
            Legal::None => "",
            Legal::Company => "公司",
            Legal::Group => "集团",
            Legal::Division => "分公司",
        }
        .to_owned(),
        _ => String::new(),
    }
}
