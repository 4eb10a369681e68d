//! Alias memory: what a person decided about a reported name or code.
//!
//! An alias fits when every text it gives equals the reported one; a text it leaves empty may be
//! anything. Aliases of the distributor come before those for all; within a scope the most
//! specific ones decide (code before name, then spec, then maker). When those disagree the name is
//! ambiguous: nothing is picked.

use channelflow_model::flow::Factor;
use channelflow_model::master::{Alias, AliasKind, MasterData};
use channelflow_model::text::key;
use channelflow_model::{Day, Finding};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::keys::{Index, code_key};
use crate::master_finding;
use crate::spec::spec_key;
use crate::units::{AliasFactor, unit_key};

/// All aliases, found by scope and code or name.
#[derive(Debug, Default)]
pub(crate) struct AliasIndex {
    entries: Vec<Entry>,
    index: Index,
}

/// An alias with its texts as compared.
#[derive(Debug)]
pub(crate) struct Entry {
    alias_id: i64,
    pub(crate) fits: Fits,
    unit: String,
    target: Target,
    factor: Option<Factor>,
    from: Option<Day>,
    to: Option<Day>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Entity(String),
    Ignore,
    /// The entity is not in the master data: held, and never matched by a weaker rule.
    Missing,
}

/// Texts an alias asks for, as keys; empty for any. Ordered by what is more specific.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Fits {
    pub(crate) own: bool,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) spec: String,
    pub(crate) maker: String,
}

impl Fits {
    fn rank(&self) -> [bool; 5] {
        [
            self.own,
            !self.code.is_empty(),
            !self.name.is_empty(),
            !self.spec.is_empty(),
            !self.maker.is_empty(),
        ]
    }

    fn accepts(&self, reported: &Fits) -> bool {
        let agrees = |asked: &str, given: &str| asked.is_empty() || asked == given;
        agrees(&self.code, &reported.code)
            && agrees(&self.name, &reported.name)
            && agrees(&self.spec, &reported.spec)
            && agrees(&self.maker, &reported.maker)
    }
}

/// What alias memory says about a reported name on one day.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing.
    Silent,
    /// One entity, and how its quantities convert.
    Entity {
        id: String,
        alias_id: i64,
        factor: AliasFactor,
    },
    /// Not ours.
    Ignored { alias_id: i64 },
    /// An entity that is not in the master data.
    Missing,
    /// Several answers of equal weight; the entities among them.
    Ambiguous(Vec<String>),
}

impl AliasIndex {
    /// Indexes the aliases and reports those that cannot work.
    pub(crate) fn new(master: &MasterData, findings: &mut Vec<Finding>) -> Self {
        let customers: FxHashSet<&str> = master.customers.iter().map(|c| &*c.id).collect();
        let products: FxHashSet<&str> = master.products.iter().map(|p| &*p.id).collect();
        let mut made = AliasIndex::default();
        for alias in &master.aliases {
            let known = match alias.kind {
                AliasKind::Customer => customers.contains(&*alias.target_id),
                AliasKind::Product => products.contains(&*alias.target_id),
            };
            if let Some(code) = complaint(alias, known) {
                findings.push(about(code, alias));
            }
            let entry = Entry::new(alias, known);
            let anchor = if entry.fits.code.is_empty() {
                bucket(alias.kind, &alias.distributor_id, "n", &entry.fits.name)
            } else {
                bucket(alias.kind, &alias.distributor_id, "c", &entry.fits.code)
            };
            if let Ok(id) = u32::try_from(made.entries.len()) {
                made.index.add(anchor, id);
                made.entries.push(entry);
            }
        }
        overlaps(&master.aliases, &made.entries, findings);
        made
    }

    /// The aliases that fit a reported name on any day.
    pub(crate) fn fitting(
        &self,
        kind: AliasKind,
        distributor_id: &str,
        reported: &Fits,
    ) -> Vec<&Entry> {
        let mut fitting = Vec::new();
        let scopes = if distributor_id.is_empty() {
            &[""][..]
        } else {
            &[distributor_id, ""][..]
        };
        for scope in scopes {
            for (marker, text) in [("c", &reported.code), ("n", &reported.name)] {
                fitting.extend(
                    self.index
                        .get(&bucket(kind, scope, marker, text))
                        .iter()
                        .filter_map(|id| self.entries.get(*id as usize))
                        .filter(|entry| entry.fits.accepts(reported)),
                );
            }
        }
        fitting
    }
}

/// What the fitting aliases say on one day about a quantity in one unit; without a day: before any
/// of them begins or ends.
pub(crate) fn decide(fitting: &[&Entry], day: Option<Day>, unit: &str) -> Answer {
    let valid = || fitting.iter().filter(|entry| entry.holds_on(day));
    let Some(best) = valid().map(|entry| entry.fits.rank()).max() else {
        return Answer::Silent;
    };
    let deciding: Vec<&Entry> = valid()
        .filter(|entry| entry.fits.rank() == best)
        .copied()
        .collect();
    let mut targets: Vec<&Target> = deciding.iter().map(|entry| &entry.target).collect();
    targets.sort_unstable();
    targets.dedup();
    let alias_id = deciding
        .iter()
        .map(|entry| entry.alias_id)
        .min()
        .unwrap_or(0);
    match targets.as_slice() {
        [Target::Entity(id)] => Answer::Entity {
            id: id.clone(),
            // The alias for this unit is the one that decided, if there is one.
            alias_id: deciding
                .iter()
                .filter(|entry| !unit.is_empty() && entry.unit == unit)
                .map(|entry| entry.alias_id)
                .min()
                .unwrap_or(alias_id),
            factor: factor_of(&deciding, unit),
        },
        [Target::Ignore] => Answer::Ignored { alias_id },
        [Target::Missing] => Answer::Missing,
        several => Answer::Ambiguous(
            several
                .iter()
                .filter_map(|target| match target {
                    Target::Entity(id) => Some(id.clone()),
                    Target::Ignore | Target::Missing => None,
                })
                .collect(),
        ),
    }
}

/// The days on which the answer for a name may change, ascending: each begins a new stretch.
pub(crate) fn cuts(fitting: &[&Entry]) -> Vec<Day> {
    let mut cuts: Vec<Day> = fitting
        .iter()
        .flat_map(|entry| [entry.from, entry.to.and_then(|day| day.plus_days(1))])
        .flatten()
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

fn factor_of(deciding: &[&Entry], unit: &str) -> AliasFactor {
    let given = |wanted: &str| {
        let mut factors: Vec<Factor> = deciding
            .iter()
            .filter(|entry| entry.unit == wanted)
            .filter_map(|entry| entry.factor)
            .collect();
        factors.dedup_by(|a, b| same_factor(*a, *b));
        factors
    };
    let (for_unit, any_unit) = (
        if unit.is_empty() {
            Vec::new()
        } else {
            given(unit)
        },
        given(""),
    );
    AliasFactor {
        for_unit: for_unit.first().copied(),
        any_unit: any_unit.first().copied(),
        conflict: for_unit.len() > 1 || any_unit.len() > 1,
    }
}

fn same_factor(a: Factor, b: Factor) -> bool {
    i128::from(a.numerator) * i128::from(b.denominator)
        == i128::from(b.numerator) * i128::from(a.denominator)
}

impl Entry {
    pub(crate) fn new(alias: &Alias, known: bool) -> Self {
        let target = if alias.ignore {
            Target::Ignore
        } else if known {
            Target::Entity(alias.target_id.clone())
        } else {
            Target::Missing
        };
        let factor = Factor {
            numerator: alias.factor_numerator,
            denominator: alias.factor_denominator,
        };
        Entry {
            alias_id: alias.alias_id,
            fits: Fits {
                own: !alias.distributor_id.is_empty(),
                code: code_key(&alias.code),
                name: key(&alias.name),
                spec: spec_key(&alias.spec),
                maker: key(&alias.maker),
            },
            unit: unit_key(&alias.unit),
            target,
            factor: (factor.numerator > 0 && factor.denominator > 0).then_some(factor),
            from: alias.valid_from,
            to: alias.valid_to,
        }
    }

    fn holds_on(&self, day: Option<Day>) -> bool {
        let Some(day) = day else {
            return self.from.is_none();
        };
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    pub(crate) fn meets(&self, other: &Entry) -> bool {
        let starts_in_time = |from: Option<Day>, to: Option<Day>| match (from, to) {
            (Some(from), Some(to)) => from <= to,
            _ => true,
        };
        starts_in_time(self.from, other.to) && starts_in_time(other.from, self.to)
    }
}

fn bucket(kind: AliasKind, distributor_id: &str, marker: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("{}\u{0}{distributor_id}\u{0}{marker}{text}", kind.as_str())
}

/// Why an alias cannot work, if so.
fn complaint(alias: &Alias, known: bool) -> Option<&'static str> {
    if code_key(&alias.code).is_empty() && key(&alias.name).is_empty() {
        return Some("alias_without_name");
    }
    if !alias.ignore && !known {
        return Some("alias_without_target");
    }
    let numbers = (alias.factor_numerator, alias.factor_denominator);
    let no_factor = numbers == (0, 0);
    let good_factor = numbers.0 > 0 && numbers.1 > 0;
    if !no_factor && !good_factor {
        return Some("alias_factor_unusable");
    }
    if let (Some(from), Some(to)) = (alias.valid_from, alias.valid_to)
        && from > to
    {
        return Some("alias_never_valid");
    }
    None
}

fn about(code: &'static str, alias: &Alias) -> Finding {
    let distributor = if alias.distributor_id.is_empty() {
        "*"
    } else {
        &alias.distributor_id
    };
    let name = if alias.name.is_empty() {
        &alias.code
    } else {
        &alias.name
    };
    master_finding(code)
        .fact("distributor", distributor)
        .fact("name", name)
        .fact("target", &alias.target_id)
}

/// Aliases that ask for the same texts on a common day and answer differently.
fn overlaps(aliases: &[Alias], entries: &[Entry], findings: &mut Vec<Finding>) {
    type Asked<'a> = (AliasKind, &'a str, &'a Fits);
    let mut groups: FxHashMap<Asked<'_>, Vec<(&Alias, &Entry)>> = FxHashMap::default();
    for (alias, entry) in aliases.iter().zip(entries) {
        groups
            .entry((alias.kind, &alias.distributor_id, &entry.fits))
            .or_default()
            .push((alias, entry));
    }
    let mut clashes: Vec<(&Alias, &Alias)> = Vec::new();
    for group in groups.values().filter(|group| group.len() > 1) {
        let clash = group.iter().enumerate().find_map(|(at, (alias, entry))| {
            group
                .iter()
                .skip(at + 1)
                .find(|(_, other)| entry.target != other.target && entry.meets(other))
                .map(|(other, _)| (*alias, *other))
        });
        clashes.extend(clash);
    }
    clashes.sort_by_key(|(alias, _)| (alias.kind, &alias.distributor_id, &alias.name, &alias.code));
    for (alias, other) in clashes {
        findings.push(about("alias_overlap", alias).fact("other", &other.target_id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use channelflow_model::master::Customer;

    fn alias(distributor: &str, code: &str, name: &str, target: &str) -> Alias {
        Alias {
            alias_id: 0,
            kind: AliasKind::Customer,
            distributor_id: distributor.into(),
            name: name.into(),
            code: code.into(),
            spec: String::new(),
            maker: String::new(),
            unit: String::new(),
            target_id: target.into(),
            ignore: false,
            factor_numerator: 0,
            factor_denominator: 0,
            valid_from: None,
            valid_to: None,
            origin: String::new(),
            decided_by: String::new(),
            decided_at: String::new(),
        }
    }

    fn index(mut aliases: Vec<Alias>) -> (AliasIndex, Vec<Finding>) {
        for (id, alias) in (1..).zip(&mut aliases) {
            alias.alias_id = id;
        }
        let customers = ["A", "B"]
            .map(|id| Customer {
                id: id.into(),
                ..Customer::default()
            })
            .into();
        let master = MasterData {
            customers,
            aliases,
            ..MasterData::default()
        };
        let mut findings = Vec::new();
        (AliasIndex::new(&master, &mut findings), findings)
    }

    /// Answer for a customer of distributor D1 as one word: entity, `-`, `ignored`, `A|B`.
    fn ask(index: &AliasIndex, code: &str, name: &str, day: &str) -> String {
        let reported = Fits {
            code: code_key(code),
            name: key(name),
            ..Fits::default()
        };
        let fitting = index.fitting(AliasKind::Customer, "D1", &reported);
        match decide(&fitting, Day::from_iso(day), "") {
            Answer::Silent => "-".into(),
            Answer::Entity { id, .. } => id,
            Answer::Ignored { .. } => "ignored".into(),
            Answer::Missing => "missing".into(),
            Answer::Ambiguous(ids) => ids.join("|"),
        }
    }

    #[test]
    fn own_before_all_and_code_before_name() {
        let (index, findings) = index(vec![
            alias("", "", "市一院", "B"),
            alias("D1", "", "市一院", "A"),
            alias("D1", "007", "", "B"),
            alias("D2", "", "县医院", "A"),
        ]);
        assert_eq!(findings, []);
        let day = "2026-01-05";
        assert_eq!(ask(&index, "", "市一院", day), "A");
        assert_eq!(ask(&index, "007", "市一院", day), "B");
        assert_eq!(ask(&index, "7", "市一院", day), "A");
        assert_eq!(ask(&index, "", "县医院", day), "-");
    }

    #[test]
    fn dates_choose_and_cut() {
        let mut old = alias("D1", "", "市一院", "A");
        old.valid_to = Day::from_iso("2026-01-15");
        let mut new = alias("D1", "", "市一院", "B");
        new.valid_from = Day::from_iso("2026-01-16");
        let (index, findings) = index(vec![old, new]);
        assert_eq!(findings, []);
        assert_eq!(ask(&index, "", "市一院", "2026-01-15"), "A");
        assert_eq!(ask(&index, "", "市一院", "2026-01-16"), "B");
        let reported = Fits {
            name: key("市一院"),
            ..Fits::default()
        };
        let fitting = index.fitting(AliasKind::Customer, "D1", &reported);
        assert_eq!(cuts(&fitting), [Day::from_iso("2026-01-16").unwrap()]);
    }

    #[test]
    fn disagreement_is_never_picked_and_is_reported() {
        let mut ignore = alias("D1", "", "仓库", "");
        ignore.ignore = true;
        let (index, findings) = index(vec![
            alias("D1", "", "市一院", "A"),
            alias("D1", "", "市 一 院", "B"),
            alias("D1", "", "县医院", "Z"),
            alias("D1", "", "", "A"),
            ignore,
        ]);
        assert_eq!(ask(&index, "", "市一院", "2026-01-05"), "A|B");
        assert_eq!(ask(&index, "", "县医院", "2026-01-05"), "missing");
        assert_eq!(ask(&index, "", "仓库", "2026-01-05"), "ignored");
        let codes: Vec<_> = findings.iter().map(|finding| &*finding.code).collect();
        assert_eq!(
            codes,
            [
                "alias_without_target",
                "alias_without_name",
                "alias_overlap"
            ]
        );
    }
}
