//! Reported names as alias memory tells them apart, and what it would say against a new answer.
//!
//! For whoever lets people decide about names: two spellings that an alias cannot tell apart are
//! one name, and an answer that contradicts a stored one must be refused before it is stored.

use channelflow_model::master::{Alias, AliasKind, MasterData};
use channelflow_model::text::key;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::alias::{Entry, Fits};
use crate::keys::code_key;
use crate::spec::spec_key;

/// The texts of a reported name as they are compared: name, code, spec, maker.
pub fn name_keys(name: &str, code: &str, spec: &str, maker: &str) -> [String; 4] {
    [key(name), code_key(code), spec_key(spec), key(maker)]
}

/// What some aliases ask for, for choosing what to resolve anew: a name is enough, its code, spec
/// and maker are not looked at. Too many do no harm.
#[derive(Debug, Default)]
pub struct Asked {
    names: FxHashSet<(AliasKind, String)>,
    codes: FxHashSet<(AliasKind, String)>,
}

impl Asked {
    /// What the aliases ask for.
    pub fn by<'a>(aliases: impl IntoIterator<Item = &'a Alias>) -> Self {
        let mut asked = Asked::default();
        for alias in aliases {
            let (name, code) = (key(&alias.name), code_key(&alias.code));
            if !name.is_empty() {
                asked.names.insert((alias.kind, name));
            } else if !code.is_empty() {
                asked.codes.insert((alias.kind, code));
            }
        }
        asked
    }

    /// Whether they ask for nothing.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.codes.is_empty()
    }

    /// Whether one of them may answer for this name and code.
    pub fn fits(&self, kind: AliasKind, name: &str, code: &str) -> bool {
        self.names.contains(&(kind, key(name))) || self.codes.contains(&(kind, code_key(code)))
    }
}

/// Kind, distributor, texts.
type Scope<'a> = (AliasKind, &'a str, Fits);

/// Aliases in force by what they ask for.
#[derive(Debug)]
pub struct AliasBook<'a> {
    by_scope: FxHashMap<Scope<'a>, Vec<(&'a Alias, Entry)>>,
}

impl<'a> AliasBook<'a> {
    /// Opens the alias memory.
    pub fn new(master: &'a MasterData) -> Self {
        let mut by_scope: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for alias in &master.aliases {
            let entry = Entry::new(alias, true);
            let scope = (
                alias.kind,
                alias.distributor_id.as_str(),
                entry.fits.clone(),
            );
            by_scope.entry(scope).or_default().push((alias, entry));
        }
        AliasBook { by_scope }
    }

    /// The alias that asks for the same, in the same scope and on a common day, and answers
    /// differently.
    pub fn contradicting(&self, wanted: &Alias) -> Option<&'a Alias> {
        self.meeting(wanted)
            .find(|known| !same_target(known, wanted))
    }

    /// The alias that gives this very answer already.
    pub fn agreeing(&self, wanted: &Alias) -> Option<&'a Alias> {
        self.meeting(wanted)
            .find(|known| same_target(known, wanted))
    }

    fn meeting(&self, wanted: &Alias) -> impl Iterator<Item = &'a Alias> {
        let entry = Entry::new(wanted, true);
        let scope = (
            wanted.kind,
            wanted.distributor_id.as_str(),
            entry.fits.clone(),
        );
        let found = self.by_scope.get(&scope).map_or(&[][..], Vec::as_slice);
        let meeting: Vec<&'a Alias> = found
            .iter()
            .filter(|(_, known)| known.meets(&entry))
            .map(|(alias, _)| *alias)
            .collect();
        meeting.into_iter()
    }
}

fn same_target(a: &Alias, b: &Alias) -> bool {
    a.ignore == b.ignore && (a.ignore || a.target_id == b.target_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use channelflow_model::Day;

    fn alias(distributor: &str, name: &str, target: &str) -> Alias {
        Alias {
            alias_id: 0,
            kind: AliasKind::Customer,
            distributor_id: distributor.into(),
            name: name.into(),
            code: String::new(),
            spec: String::new(),
            maker: String::new(),
            unit: String::new(),
            target_id: target.into(),
            ignore: target.is_empty(),
            factor_numerator: 0,
            factor_denominator: 0,
            valid_from: None,
            valid_to: None,
            origin: String::new(),
            decided_by: String::new(),
            decided_at: String::new(),
        }
    }

    #[test]
    fn only_the_same_question_on_a_common_day_can_contradict() {
        let mut past = alias("D1", "县医院", "B");
        past.valid_to = Day::from_iso("2025-12-31");
        let master = MasterData {
            aliases: vec![alias("D1", "市一院（东区）", "A"), past],
            ..MasterData::default()
        };
        let book = AliasBook::new(&master);
        let says = |wanted: Alias| {
            let against = book.contradicting(&wanted).map(|alias| &*alias.target_id);
            (against, book.agreeing(&wanted).is_some())
        };
        assert_eq!(says(alias("D1", "市一院(东区)", "A")), (None, true));
        assert_eq!(says(alias("D1", "市一院(东区)", "B")), (Some("A"), false));
        assert_eq!(says(alias("D1", "市一院(东区)", "")), (Some("A"), false));
        assert_eq!(says(alias("", "市一院(东区)", "B")), (None, false));
        assert_eq!(says(alias("D1", "县医院", "A")), (Some("B"), false));
        let mut later = alias("D1", "县医院", "A");
        later.valid_from = Day::from_iso("2026-01-01");
        assert_eq!(says(later), (None, false));
    }

    #[test]
    fn an_alias_without_name_and_code_fits_nothing() {
        let asked = |name: &str, code: &str| {
            let mut alias = alias("", name, "A");
            alias.code = code.into();
            Asked::by([&alias])
        };
        assert!(asked("市 一院", "").fits(AliasKind::Customer, "市一院", "K1"));
        assert!(asked("", "k1").fits(AliasKind::Customer, "别的", "K1"));
        assert!(!asked("", "k1").fits(AliasKind::Customer, "别的", ""));
        assert!(!asked("", "").fits(AliasKind::Customer, "别的", "K1"));
        assert!(!asked("市一院", "").fits(AliasKind::Product, "市一院", ""));
    }
}
