//! One sentence a reviewer understands, from the candidates and the evidence for the first one.
//! The words stand in `config/messages/match.toml`: `class_…`, `part_…` and the clauses here.

use channelflow_model::Lang;
use channelflow_model::messages::{label, say, word};

use crate::verdict::{Agreement, Decision, Evidence, Ranked};

/// Why this was decided. `evidence` is that of the first candidate; `name_of` the name of a row
/// of the master.
pub fn sentence<'n>(
    lang: Lang,
    decision: Decision,
    ranked: &Ranked,
    evidence: &[Evidence],
    name_of: impl Fn(u32) -> &'n str,
) -> String {
    let Some(first) = ranked.candidates.first() else {
        return label(lang, "why_nothing");
    };
    let name = name_of(first.row);
    let rival = ranked
        .candidates
        .get(1)
        .filter(|_| ranked.class == "ambiguous");
    let head = match (first.veto, rival) {
        (Some(_), _) => say(lang, "why_excluded", &[("name", &name)]),
        (None, Some(rival)) => {
            let rival = name_of(rival.row);
            say(lang, "why_ambiguous", &[("name", &name), ("rival", &rival)])
        }
        (None, None) => {
            let code = if decision == Decision::Accept {
                "why_accepted"
            } else {
                "why_proposed"
            };
            let class = word(lang, "class", ranked.class);
            say(lang, code, &[("name", &name), ("class", &class)])
        }
    };
    let clauses = clauses(lang, first.veto, evidence);
    if clauses.is_empty() {
        return head;
    }
    let clauses = clauses.join(&label(lang, "why_and"));
    say(
        lang,
        "why_because",
        &[("head", &head), ("clauses", &clauses)],
    )
}

/// What forbids it first, then what agrees, then every difference.
pub fn clauses(lang: Lang, veto: Option<&str>, evidence: &[Evidence]) -> Vec<String> {
    let (vetoes, others): (Vec<&Evidence>, Vec<&Evidence>) = evidence.iter().partition(|one| {
        one.agreement == Agreement::Conflict
            || (Some(one.part) == veto && one.agreement != Agreement::Equal)
    });
    let mut clauses: Vec<String> = vetoes.iter().map(|one| clause(lang, one)).collect();
    let mut equal: Vec<String> = Vec::new();
    for one in &others {
        let part = word(lang, "part", one.part);
        if one.agreement == Agreement::Equal && !equal.contains(&part) {
            equal.push(part);
        }
    }
    if !equal.is_empty() {
        let parts = equal.join(&label(lang, "why_comma"));
        clauses.push(say(lang, "why_equal", &[("parts", &parts)]));
    }
    let different = others
        .iter()
        .filter(|one| one.agreement != Agreement::Equal);
    clauses.extend(different.map(|one| clause(lang, one)));
    clauses
}

fn clause(lang: Lang, evidence: &Evidence) -> String {
    // What only one side has is said so, whatever it does to the score.
    let agreement = match (evidence.reported.is_empty(), evidence.master.is_empty()) {
        (false, true) => Agreement::OnlyReported,
        (true, false) => Agreement::OnlyMaster,
        _ => evidence.agreement,
    };
    let code = match agreement {
        Agreement::Conflict => "why_conflict",
        _ if evidence.part == "reporter" => "why_reporter",
        Agreement::Equal | Agreement::Equivalent => "why_equivalent",
        Agreement::Similar => "why_similar",
        Agreement::OnlyReported => "why_only_reported",
        Agreement::OnlyMaster => "why_only_master",
    };
    say(
        lang,
        code,
        &[
            ("part", &word(lang, "part", evidence.part)),
            ("reported", &evidence.reported),
            ("master", &evidence.master),
        ],
    )
}

/// The agreement in the reader's language, for tables.
pub fn agreement(lang: Lang, agreement: Agreement) -> String {
    label(
        lang,
        match agreement {
            Agreement::Equal => "agreement_equal",
            Agreement::Equivalent => "agreement_equivalent",
            Agreement::Similar => "agreement_similar",
            Agreement::OnlyReported => "agreement_only_reported",
            Agreement::OnlyMaster => "agreement_only_master",
            Agreement::Conflict => "agreement_conflict",
        },
    )
}
