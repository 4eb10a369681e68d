//! Two customer names part by part: what agrees, what is only on one side, what excludes.

use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

use super::parse::Name;
use super::places::{Codes, gazetteer, is_within};
use super::words::{Kind, Legal, Sector, words};
use crate::verdict::Agreement;

/// The parts of a name as numbers, for comparing hundreds of thousands of them.
#[derive(Debug, Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether the name has one part"
)]
pub(super) struct Parts {
    pub(super) stem: u64,
    pub(super) branch: u64,
    /// A code from its own column; 0: none.
    pub(super) code: u64,
    /// The place the name itself gives.
    pub(super) place: Codes,
    /// Where the house stands, from other columns.
    pub(super) home: Codes,
    pub(super) ordinal: u16,
    pub(super) kind: Kind,
    pub(super) town: Option<char>,
    pub(super) street: Option<char>,
    pub(super) level: Option<char>,
    pub(super) legal: Legal,
    pub(super) chain: bool,
    pub(super) affiliated: bool,
    pub(super) loose: bool,
    pub(super) closed: bool,
    /// The stem begins like a school: 医科大学, 学院.
    pub(super) school: bool,
}

/// The hash of a text; 0: empty.
pub(super) fn text_key(text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    hasher.finish() | 1
}

impl Parts {
    pub(super) fn new(name: &Name, home: Codes) -> Self {
        Parts {
            stem: text_key(&name.stem),
            branch: text_key(&name.branch),
            code: 0,
            place: name.place,
            home,
            ordinal: name.ordinal,
            kind: name.kind,
            town: name.town,
            street: name.street,
            level: name.level,
            legal: name.legal,
            chain: name.chain,
            affiliated: name.affiliated,
            loose: name.loose,
            closed: name.closed,
            school: [
                "医科大学",
                "医学院",
                "大学",
                "学院",
                "中医药大学",
                "医学高等",
            ]
            .iter()
            .any(|school| name.stem.starts_with(school)),
        }
    }
}

/// How the parts of a reported name and of a master name agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Comparison {
    pub(super) place: Agreement,
    pub(super) stem: Agreement,
    pub(super) town: Agreement,
    pub(super) ordinal: Agreement,
    pub(super) kind: Agreement,
    pub(super) branch: Agreement,
    pub(super) legal: Agreement,
    pub(super) chain: Agreement,
    pub(super) affiliation: Agreement,
}

impl Comparison {
    /// The parts by name, in the order people read a name.
    pub(super) fn parts(&self) -> [(&'static str, Agreement); 9] {
        [
            ("place", self.place),
            ("stem", self.stem),
            ("town", self.town),
            ("ordinal", self.ordinal),
            ("affiliation", self.affiliation),
            ("kind", self.kind),
            ("branch", self.branch),
            ("chain", self.chain),
            ("legal", self.legal),
        ]
    }

    /// The part whose conflict says most, if any excludes the other.
    pub(super) fn veto(&self) -> Option<&'static str> {
        let order = [
            ("ordinal", self.ordinal),
            ("kind", self.kind),
            ("branch", self.branch),
            ("place", self.place),
            ("town", self.town),
            ("legal", self.legal),
            ("stem", self.stem),
        ];
        order
            .iter()
            .find(|(_, agreement)| *agreement == Agreement::Conflict)
            .map(|(part, _)| *part)
    }

    /// How many parts exclude each other.
    pub(super) fn conflicts(&self) -> usize {
        self.parts()
            .iter()
            .filter(|(_, agreement)| *agreement == Agreement::Conflict)
            .count()
    }

    /// The parts with what each adds, in bits; `rarity` is what an equal stem is worth.
    pub(super) fn weights(&self, rarity: f32) -> [(&'static str, Agreement, f32); 9] {
        use Agreement::{Conflict, Equal, Equivalent, OnlyMaster, OnlyReported, Similar};
        self.parts().map(|(part, agreement)| {
            let bits = match (part, agreement) {
                ("place" | "kind" | "branch", Similar) => 1.0,
                ("place", Equal) => 8.0,
                ("place", Equivalent) => 7.0,
                ("place" | "ordinal", Conflict) => -8.0,
                ("stem", Equal) => rarity,
                ("stem", Equivalent | Similar) => 0.6 * rarity,
                ("stem" | "kind", Conflict) => -6.0,
                ("kind", Equal) => 4.0,
                ("kind", _) => -1.0,
                ("branch", Conflict) => -7.0,
                ("ordinal" | "branch", _) => 2.0,
                (_, Equal) => 0.5,
                ("place", OnlyReported | OnlyMaster) | (_, Equivalent) => 0.0,
                (_, Conflict) => -4.0,
                _ => -0.5,
            };
            (part, agreement, bits)
        })
    }

    /// Bits of evidence for the two being one.
    pub(super) fn score(&self, rarity: f32) -> f32 {
        self.weights(rarity).iter().map(|(_, _, bits)| bits).sum()
    }
}

/// Compares a reported name with a master name.
pub(super) fn compare(reported: &Parts, master: &Parts) -> Comparison {
    let care = words().sector(reported.kind) == Sector::Care;
    Comparison {
        place: place(reported, master),
        stem: if reported.stem == master.stem {
            Agreement::Equal
        } else {
            Agreement::Conflict
        },
        town: town(reported.town, master.town),
        ordinal: if reported.ordinal == master.ordinal {
            Agreement::Equal
        } else {
            Agreement::Conflict
        },
        kind: kind(reported, master),
        branch: branch(reported, master),
        legal: legal(reported.legal, master.legal, care),
        chain: if reported.chain == master.chain {
            Agreement::Equal
        } else {
            Agreement::Similar
        },
        affiliation: if reported.affiliated == master.affiliated {
            Agreement::Equal
        } else {
            Agreement::Equivalent
        },
    }
}

/// The deepest place a public house names is its identity: 邵阳市 and 邵阳县 are two. A house with
/// a stem of its own may name a wider place.
fn place(reported: &Parts, master: &Parts) -> Agreement {
    let generic = master.stem == 0;
    if reported.place.is_empty() {
        if master.place.is_empty() {
            return if !reported.home.is_empty()
                && !master.home.is_empty()
                && reported.home.meet(&master.home).is_empty()
            {
                Agreement::Conflict
            } else {
                Agreement::Equal
            };
        }
        if !reported.home.is_empty() {
            return if reported.home.overlap(&master.place) {
                Agreement::Equivalent
            } else if reported.home.meet(&master.place).is_empty() {
                Agreement::Conflict
            } else {
                Agreement::OnlyMaster
            };
        }
        return Agreement::OnlyMaster;
    }
    if master.place.is_empty() {
        if master.home.is_empty() {
            return Agreement::OnlyReported;
        }
        return if reported.place.meet(&master.home).is_empty() {
            Agreement::Conflict
        } else {
            Agreement::Equivalent
        };
    }
    if reported.place.overlap(&master.place) {
        return Agreement::Equal;
    }
    if reported.place.meet(&master.place).is_empty() {
        return Agreement::Conflict;
    }
    let deeper = reported
        .place
        .as_slice()
        .iter()
        .any(|r| master.place.as_slice().iter().any(|m| is_within(*r, *m)));
    if deeper && !master.school && reported.place.overlap(&master.home) {
        return if generic {
            Agreement::Similar
        } else {
            Agreement::Equivalent
        };
    }
    // Of a school and of a trading company the place is part of the name, too.
    if generic || master.school || words().sector(master.kind) == Sector::Trade {
        Agreement::Conflict
    } else {
        Agreement::Similar
    }
}

fn town(reported: Option<char>, master: Option<char>) -> Agreement {
    match (reported, master) {
        (a, b) if a == b => Agreement::Equal,
        (Some('镇' | '乡'), Some('街')) | (Some('街'), Some('镇' | '乡')) => {
            Agreement::Similar
        }
        (Some(_), Some(_)) => Agreement::Conflict,
        (Some(_), None) => Agreement::OnlyReported,
        (None, _) => Agreement::OnlyMaster,
    }
}

fn kind(reported: &Parts, master: &Parts) -> Agreement {
    if reported.kind == master.kind {
        return if reported.loose == master.loose {
            Agreement::Equal
        } else {
            Agreement::Similar
        };
    }
    if words().are_near(reported.kind, master.kind) {
        return Agreement::Similar;
    }
    if reported.kind == 0 && reported.chain && master.chain {
        return Agreement::OnlyMaster;
    }
    Agreement::Conflict
}

fn branch(reported: &Parts, master: &Parts) -> Agreement {
    if reported.branch != master.branch {
        return Agreement::Conflict;
    }
    match (reported.street, master.street) {
        (a, b) if a == b => Agreement::Equal,
        (Some(_), Some(_)) => Agreement::Conflict,
        _ => Agreement::Similar,
    }
}

fn legal(reported: Legal, master: Legal, care: bool) -> Agreement {
    if reported == master {
        return Agreement::Equal;
    }
    match (reported, master) {
        (Legal::Division, _) | (_, Legal::Division) => Agreement::Conflict,
        (Legal::Group, _) | (_, Legal::Group) if !care => Agreement::Similar,
        _ => Agreement::Equivalent,
    }
}

/// The counties a town without a place may lie in, if the gazetteer knows it.
pub(super) fn counties_of_town(name: &Name) -> Vec<u32> {
    let Some(kind) = name.town else {
        return Vec::new();
    };
    let towns = gazetteer().towns(&name.stem);
    let same: Vec<u32> = towns
        .iter()
        .filter(|(_, k)| *k == kind)
        .map(|(code, _)| *code)
        .collect();
    if same.is_empty() {
        return towns.iter().map(|(code, _)| *code).collect();
    }
    same
}
