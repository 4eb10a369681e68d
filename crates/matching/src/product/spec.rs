//! 规格: what one piece contains, what it is dissolved in, how many pieces are in a pack. Two
//! specs are compared by these, exactly, however they are written. Not here: reading the text
//! (`spec_text`).

use crate::product::strength::{Amount, Measure, Ratio};
use crate::verdict::Agreement;

/// A spec as it is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Spec {
    /// What one piece contains, sorted: 250mg; 80mg and 12.5mg.
    pub amounts: Vec<Amount>,
    /// Volume or mass of the piece that contains it: the 10ml of `10ml:0.1g`.
    pub total: Option<Amount>,
    /// Pieces in a pack: 24 for `12片*2板`.
    pub count: Option<u64>,
    /// First character of what is counted (片, 粒, 支); `None` when that is not said.
    pub piece: Option<char>,
    /// Something in it was not understood, or it contradicts itself.
    pub odd: bool,
}

/// How two specs agree, part by part. `None`: neither side has the part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpecAgreement {
    /// What is contained.
    pub strength: Option<Agreement>,
    /// What it is contained in.
    pub volume: Option<Agreement>,
    /// How many.
    pub pack: Option<Agreement>,
}

/// Quantities that were written as one: `10ml:0.1g`, or a single `0.25g`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Group {
    /// In the order they are written.
    pub(crate) amounts: Vec<Amount>,
}

impl Spec {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.amounts.is_empty() && self.total.is_none() && self.count.is_none() && !self.odd
    }

    /// Makes sense of groups of quantities: which is the strength, which the whole.
    pub(crate) fn resolve(&mut self, groups: &[Group]) {
        if let [group] = groups
            && let [amount] = *group.amounts.as_slice()
        {
            if amount.measure == Measure::Volume {
                self.total = Some(amount);
            } else {
                self.amounts.push(amount);
            }
            return;
        }
        let mut pairs: Vec<(Amount, &Group)> = Vec::new();
        let mut singles: Vec<Amount> = Vec::new();
        for group in groups {
            match whole_of(group) {
                Some(whole) => pairs.push((whole, group)),
                None => singles.extend(&group.amounts),
            }
        }
        self.total = standing_whole(&singles, &pairs);
        if self.total.is_none() {
            self.total = pairs.first().map(|(whole, _)| *whole);
        }
        let mut used_as_whole = false;
        for single in singles {
            if Some(single) == self.total && !used_as_whole {
                used_as_whole = true;
            } else if single.measure == Measure::Volume {
                self.odd |= Some(single) != self.total;
            } else {
                self.amounts.push(self.multiplied_out(single));
            }
        }
        for (whole, group) in pairs {
            for amount in &group.amounts {
                if *amount == whole {
                    continue;
                }
                self.push_part(*amount, whole);
            }
        }
        self.amounts.sort_unstable();
        self.amounts.dedup();
    }

    /// A part of a written whole, scaled to the whole that is in the pack (`40mg/ml*30ml`).
    fn push_part(&mut self, amount: Amount, whole: Amount) {
        if amount.measure == Measure::Percent {
            self.amounts.push(self.multiplied_out(amount));
            return;
        }
        let scaled = match self.total {
            Some(total) if total.measure == whole.measure => total
                .value
                .over(whole.value)
                .and_then(|scale| amount.value.times(scale)),
            _ => None,
        };
        match scaled {
            Some(value) => self.amounts.push(Amount { value, ..amount }),
            None => self.odd = true,
        }
    }

    /// A percentage of a known whole as a mass: 0.1% of 5ml is 5mg.
    fn multiplied_out(&self, amount: Amount) -> Amount {
        self.total
            .filter(|_| amount.measure == Measure::Percent)
            .and_then(|whole| percent_of(amount.value, whole))
            .unwrap_or(amount)
    }

    /// How this (reported) spec agrees with one of the master.
    pub fn agreement(&self, master: &Spec) -> SpecAgreement {
        if self == master {
            let said = |is: bool| is.then_some(Agreement::Equal);
            return SpecAgreement {
                strength: said(!self.amounts.is_empty()),
                volume: said(self.total.is_some()),
                pack: said(self.count.is_some()),
            };
        }
        let (strength, volume) = content(self, master);
        SpecAgreement {
            strength,
            volume,
            pack: pack(self.count, master.count),
        }
    }
}

/// The quantity of a group that holds the others: a volume, else the larger of two masses.
fn whole_of(group: &Group) -> Option<Amount> {
    if group.amounts.len() < 2 {
        return None;
    }
    let mut volumes = group
        .amounts
        .iter()
        .filter(|a| a.measure == Measure::Volume);
    if let Some(volume) = volumes.next() {
        return volumes.next().is_none().then_some(*volume);
    }
    let mut masses = group.amounts.iter().filter(|a| a.measure == Measure::Mass);
    match (masses.next(), masses.next(), group.amounts.len()) {
        (Some(mass), None, 2) => Some(*mass),
        (Some(a), Some(b), 2) if a.value.less_than(b.value) => Some(*b),
        (Some(a), Some(b), 2) if b.value.less_than(a.value) => Some(*a),
        _ => None,
    }
}

/// A whole that stands alone: the 30ml of `40mg/ml*30ml`, the 10g of `2%*10g`.
fn standing_whole(singles: &[Amount], pairs: &[(Amount, &Group)]) -> Option<Amount> {
    let alone = |measure: Measure| {
        let mut found = singles.iter().filter(|single| single.measure == measure);
        found.next().filter(|_| found.next().is_none()).copied()
    };
    if let Some(volume) = alone(Measure::Volume) {
        return Some(volume);
    }
    let percent = singles
        .iter()
        .any(|single| single.measure == Measure::Percent);
    let pair_of_mass = pairs
        .iter()
        .find(|(whole, _)| whole.measure == Measure::Mass);
    match (alone(Measure::Mass), pair_of_mass) {
        (Some(mass), Some((whole, _))) if !mass.value.less_than(whole.value) => Some(mass),
        (Some(mass), None) if percent && pairs.is_empty() => Some(mass),
        _ => None,
    }
}

/// Mass of a percentage: of a mass by weight, of a volume by 10mg in the millilitre per 1%.
fn percent_of(percent: Ratio, whole: Amount) -> Option<Amount> {
    let factor = match whole.measure {
        Measure::Mass => Ratio::new(1, 100)?,
        Measure::Volume => Ratio::whole(10_000)?,
        _ => return None,
    };
    Some(Amount {
        measure: Measure::Mass,
        value: percent.times(whole.value)?.times(factor)?,
    })
}

fn content(a: &Spec, b: &Spec) -> (Option<Agreement>, Option<Agreement>) {
    // `5g` beside `5g:0.1%`: the mass that stands alone is the whole.
    if let (Some(whole), None) = (b.total, a.total)
        && a.amounts == [whole]
        && !b.amounts.is_empty()
    {
        return (Some(Agreement::OnlyMaster), Some(Agreement::Equal));
    }
    if let (Some(whole), None) = (a.total, b.total)
        && b.amounts == [whole]
        && !a.amounts.is_empty()
    {
        return (Some(Agreement::OnlyReported), Some(Agreement::Equal));
    }
    let volume = match (a.total, b.total) {
        (None, None) => None,
        (Some(_), None) => Some(Agreement::OnlyReported),
        (None, Some(_)) => Some(Agreement::OnlyMaster),
        (Some(a), Some(b)) if a == b => Some(Agreement::Equal),
        _ => Some(Agreement::Conflict),
    };
    (strength(a, b), volume)
}

fn strength(a: &Spec, b: &Spec) -> Option<Agreement> {
    match (a.amounts.is_empty(), b.amounts.is_empty()) {
        (true, true) => return None,
        (false, true) => return Some(Agreement::OnlyReported),
        (true, false) => return Some(Agreement::OnlyMaster),
        (false, false) if a.amounts == b.amounts => return Some(Agreement::Equal),
        _ => {}
    }
    if let ([x], [y]) = (a.amounts.as_slice(), b.amounts.as_slice())
        && x.measure == y.measure
        && x.measure != Measure::Percent
    {
        return Some(Agreement::Conflict);
    }
    let measures = |spec: &Spec, other: &Spec| -> Vec<Amount> {
        let whole = spec.total.or(other.total);
        let exact = |amount: &Amount| match whole {
            Some(whole) if amount.measure == Measure::Percent => {
                percent_of(amount.value, whole).unwrap_or(*amount)
            }
            _ => *amount,
        };
        spec.amounts.iter().map(exact).collect()
    };
    let (x, y) = (measures(a, b), measures(b, a));
    if let ([x], [y]) = (x.as_slice(), y.as_slice())
        && (is_same_number(*x, *y) || is_same_number(*y, *x))
    {
        return Some(Agreement::Similar);
    }
    let of = |amounts: &[Amount], measure: Measure| -> Vec<Amount> {
        let mut found: Vec<Amount> = amounts
            .iter()
            .filter(|a| a.measure == measure)
            .copied()
            .collect();
        found.sort_unstable();
        found
    };
    let mut common = false;
    for amount in &x {
        let theirs = of(&y, amount.measure);
        if theirs.is_empty() {
            continue;
        }
        if of(&x, amount.measure) != theirs {
            return Some(Agreement::Conflict);
        }
        common = true;
    }
    Some(if common {
        Agreement::Equivalent
    } else {
        Agreement::Conflict
    })
}

/// A number without unit beside the same number of grams or milligrams.
fn is_same_number(bare: Amount, other: Amount) -> bool {
    bare.measure == Measure::Bare
        && [1_000_000_000, 1_000_000, 1_000, 1].iter().any(|scale| {
            Ratio::whole(*scale).and_then(|scale| bare.value.times(scale)) == Some(other.value)
        })
}

fn pack(a: Option<u64>, b: Option<u64>) -> Option<Agreement> {
    match (a, b) {
        (None, None) => None,
        (Some(a), Some(b)) if a == b => Some(Agreement::Equal),
        (Some(1), None) | (None, Some(1)) => Some(Agreement::Equivalent),
        (Some(_), None) => Some(Agreement::OnlyReported),
        (None, Some(_)) => Some(Agreement::OnlyMaster),
        _ => Some(Agreement::Conflict),
    }
}
