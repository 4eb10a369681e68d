//! The rule class of a match: by what the first candidate was recognised. A class is what gets
//! certified on labelled names, so it must be the same kind of evidence every time.

use super::compare::{Parts, counties_of_town};
use super::home::hint_bits;
use super::matcher::Found;
use super::parse::Name;
use super::places::{Codes, is_within};
use crate::slip::SlipKind;
use crate::verdict::Agreement;

/// In which part of a name a slip lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Place,
    Stem,
    Word,
    Branch,
}

/// Every rule class a ranking of customers can give.
pub(super) const CLASSES: [&str; 43] = [
    "same_parts",
    "same_code",
    "legal_form",
    "legal_group",
    "town_suffix",
    "chain_word",
    "branch_street",
    "kind_missing",
    "kind_near",
    "other_name",
    "two_names",
    "place_ambiguous",
    "place_ambiguous_reporter",
    "place_ambiguous_elsewhere",
    "place_by_address",
    "place_by_town",
    "place_by_town_and_reporter",
    "place_of_reporter",
    "place_added",
    "place_wider",
    "place_missing",
    "place_missing_and_more",
    "place_missing_common",
    "place_missing_elsewhere",
    "place_missing_generic",
    "place_missing_reporter",
    "place_missing_rivals",
    "slip_in_word",
    "slip_in_place",
    "slip_in_place_elsewhere",
    "slip_in_branch",
    "slip_doubled",
    "slip_swapped",
    "slip_sound",
    "slip_dropped",
    "slip_other",
    "slip_and_more",
    "several",
    "similar_name",
    "closed",
    "ambiguous",
    "conflict",
    "unknown",
];

/// By what the first candidate is recognised: the one thing that is not plainly equal. `rival`:
/// another row fits as well, though worse.
pub(super) fn class(
    name: &Name,
    parts: &Parts,
    hint: &Codes,
    best: &Found,
    master: &Parts,
    rival: bool,
) -> &'static str {
    use Agreement::{Equal, Equivalent, OnlyMaster, OnlyReported, Similar};
    let compared = &best.comparison;
    if master.closed {
        return "closed";
    }
    if compared.stem == Similar {
        return "similar_name";
    }
    if parts.code != 0 && parts.code == master.code {
        return "same_code";
    }
    let mut features: Vec<&'static str> = Vec::new();
    let mut note = |when: bool, feature: &'static str| {
        if when {
            features.push(feature);
        }
    };
    if let Some(slip) = best.slip {
        note(true, slip_class(slip, hint_bits(hint, master)));
    }
    note(name.department_slip && best.slip.is_none(), "slip_in_word");
    note(best.other, "other_name");
    match compared.place {
        Equal if parts.place.as_slice().len() > 1 => {
            // A place of several readings: the reporter is in this one, in another, or in none.
            let here = !hint.meet(&master.place).is_empty();
            let elsewhere = !here && !hint.meet(&parts.place).is_empty();
            note(here, "place_ambiguous_reporter");
            note(elsewhere, "place_ambiguous_elsewhere");
            note(!here && !elsewhere, "place_ambiguous");
        }
        Equal => {}
        Equivalent => note(true, "place_by_address"),
        OnlyReported => note(true, "place_added"),
        OnlyMaster => note(true, missing_place(name, master, hint, rival)),
        _ => note(true, "place_wider"),
    }
    note(
        parts.level.is_some() && name.place.is_empty() && !parts.place.is_empty(),
        "place_of_reporter",
    );
    note(compared.kind == Similar, "kind_near");
    note(!matches!(compared.kind, Equal | Similar), "kind_missing");
    note(compared.branch == Similar, "branch_street");
    note(compared.chain == Similar, "chain_word");
    note(compared.legal == Similar, "legal_group");
    let second_name = name.others.iter().any(|(former, _)| !former);
    note(second_name && !best.other, "two_names");
    note(compared.town != Equal, "town_suffix");
    note(!matches!(compared.legal, Equal | Similar), "legal_form");
    match features.as_slice() {
        [] => "same_parts",
        // The suffix of a town and the legal form are left out so often that they come last and
        // do not make a class of their own beside another feature.
        [one] | [one, "legal_form" | "town_suffix"] => one,
        many if many.contains(&"slip_other") => "slip_other",
        many if many.iter().any(|f| f.starts_with("slip")) => "slip_and_more",
        many if many.iter().any(|f| f.starts_with("place_missing")) => "place_missing_and_more",
        _ => "several",
    }
}

fn slip_class((kind, place): (SlipKind, Where), hint: f32) -> &'static str {
    match (place, kind) {
        (_, SlipKind::Other) => "slip_other",
        (Where::Word, _) => "slip_in_word",
        (Where::Place, _) if hint < 0.0 => "slip_in_place_elsewhere",
        (Where::Place, _) => "slip_in_place",
        (Where::Branch, _) => "slip_in_branch",
        (Where::Stem, SlipKind::Doubled) => "slip_doubled",
        (Where::Stem, SlipKind::Swapped) => "slip_swapped",
        (Where::Stem, SlipKind::Sound) => "slip_sound",
        (Where::Stem, SlipKind::Dropped) => "slip_dropped",
    }
}

/// A name without its place: known by its town, by the reporter's place, or by nothing.
fn missing_place(name: &Name, master: &Parts, hint: &Codes, rival: bool) -> &'static str {
    let counties = counties_of_town(name);
    if !counties.is_empty() {
        let holds = |code: &u32| {
            master.place.as_slice().contains(code) || master.home.as_slice().contains(code)
        };
        let near = |code: &u32| {
            hint.as_slice()
                .iter()
                .any(|around| is_within(*code, *around))
        };
        let here: Vec<&u32> = counties.iter().filter(|code| holds(code)).collect();
        if here.is_empty() {
            return "place_missing_elsewhere";
        }
        if counties.len() == 1 {
            return "place_by_town";
        }
        let near: Vec<&u32> = counties.iter().filter(|code| near(code)).collect();
        if near.len() == 1 && near == here {
            return "place_by_town_and_reporter";
        }
        return "place_missing_common";
    }
    if master.stem == 0 {
        return "place_missing_generic";
    }
    match (rival, hint_bits(hint, master) > 0.0) {
        (true, _) => "place_missing_rivals",
        (false, true) => "place_missing_reporter",
        (false, false) => "place_missing",
    }
}

#[cfg(test)]
mod tests {
    use super::CLASSES;

    #[test]
    fn every_class_is_listed_once() {
        let mut sorted = CLASSES.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), CLASSES.len());
    }
}
