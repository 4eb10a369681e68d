//! A reported product beside a master row, part by part: what agrees, what is missing, what
//! excludes them, and how much each part says (in bits).

use crate::product::class::{Deviation, Deviations};
use crate::product::lexicon::Lexicon;
use crate::product::maker::Tie;
use crate::product::near::{Typo, typo};
use crate::product::parse::Parsed;
use crate::product::spec::SpecAgreement;
use crate::product::words::words;
use crate::verdict::Agreement;

/// One part of the comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Its code.
    pub code: &'static str,
    /// How it agrees.
    pub agreement: Agreement,
    /// What it adds.
    pub weight: f32,
}

/// Bits a rare substance or maker adds at most.
const MOST: f32 = 10.0;

/// How much the agreement of a substance or of a maker says, by how many rows have it.
#[derive(Debug, Clone, Default)]
pub struct Rarity {
    /// By base.
    pub bases: Vec<f32>,
    /// By maker.
    pub makers: Vec<f32>,
}

/// Result of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Comparison {
    /// Bits for the row.
    pub score: f32,
    /// The first part that excludes it.
    pub veto: Option<&'static str>,
    /// What is missing or wrong.
    pub deviations: Deviations,
    /// A licence number is the same on both sides.
    pub same_approval: bool,
    /// Nothing but another (or no) trade name speaks against it.
    pub only_trade_excludes: bool,
}

/// Compares, calling `each` with every part that either side has.
pub fn compare(
    reported: &Parsed,
    row: &Parsed,
    spec: SpecAgreement,
    rarity: &Rarity,
    lexicon: &Lexicon,
    mut each: impl FnMut(Part),
) -> Comparison {
    let mut result = Comparison::default();
    let mut add = |result: &mut Comparison, part: Part, excludes: bool| {
        result.score += part.weight;
        if excludes {
            // Another trade name is the weakest of them: it shows only when it is alone.
            result.veto = result
                .veto
                .filter(|veto| *veto != "trade_name")
                .or(Some(part.code));
        }
        each(part);
    };
    let approval = approvals(reported, row);
    result.same_approval = approval.is_some_and(|part| part.agreement == Agreement::Equal);
    for (part, deviation) in [
        generic(reported, row, rarity, lexicon),
        salts(reported, row),
        trade(reported, row),
        form(reported, row),
        quantity("strength", spec.strength, 6.0, Deviation::StrengthMissing),
        quantity("volume", spec.volume, 3.0, Deviation::VolumeMissing),
        quantity("pack", spec.pack, 4.0, Deviation::PackMissing),
        variant(reported, row),
        maker(reported, row, rarity, result.same_approval),
    ]
    .into_iter()
    .flatten()
    {
        if let Some(deviation) = deviation {
            result.deviations.set(deviation);
        }
        add(&mut result, part, part.agreement == Agreement::Conflict);
    }
    if let Some(part) = approval {
        if part.agreement == Agreement::Conflict {
            result.deviations.set(Deviation::ApprovalDiffers);
        }
        add(&mut result, part, false);
    }
    let trade_differs = !reported.trades.is_empty()
        && !reported
            .trades
            .iter()
            .any(|trade| row.trades.contains(trade));
    result.only_trade_excludes =
        trade_differs && result.veto.is_none_or(|veto| veto == "trade_name");
    if let Some(part) = mistyped_trade(reported, row, lexicon) {
        result.deviations.set(Deviation::TypoInTrade);
        add(&mut result, part, false);
    } else if let Some(part) = residue(reported, row) {
        result.deviations.set(Deviation::Unexplained);
        add(&mut result, part, false);
    }
    result
}

type Found = Option<(Part, Option<Deviation>)>;

fn part(code: &'static str, agreement: Agreement, weight: f32) -> Part {
    Part {
        code,
        agreement,
        weight,
    }
}

/// A part of the spec: equal, missing or in conflict.
fn quantity(
    code: &'static str,
    agreement: Option<Agreement>,
    equal: f32,
    missing: Deviation,
) -> Found {
    let agreement = agreement?;
    Some(match agreement {
        Agreement::Equal => (part(code, agreement, equal), None),
        Agreement::Equivalent => (part(code, agreement, equal - 0.5), None),
        Agreement::Similar => (part(code, agreement, 1.0), Some(Deviation::UnitMissing)),
        Agreement::OnlyReported | Agreement::OnlyMaster => {
            (part(code, agreement, -3.0), Some(missing))
        }
        Agreement::Conflict => (part(code, agreement, -12.0), None),
    })
}

fn approvals(reported: &Parsed, row: &Parsed) -> Option<Part> {
    if reported.approvals.is_empty() || row.approvals.is_empty() {
        return None;
    }
    let same = reported
        .approvals
        .iter()
        .any(|approval| row.approvals.contains(approval));
    Some(if same {
        part("approval_no", Agreement::Equal, 12.0)
    } else {
        part("approval_no", Agreement::Conflict, -6.0)
    })
}

fn generic(reported: &Parsed, row: &Parsed, rarity: &Rarity, lexicon: &Lexicon) -> Found {
    let base = row.bases.first().copied();
    let known = base.is_some_and(|base| reported.bases.contains(&base));
    let rare = base
        .and_then(|base| rarity.bases.get(base as usize))
        .copied()
        .unwrap_or(4.0);
    if known {
        return Some(match reported.base_typo {
            None => (part("generic", Agreement::Equal, rare), None),
            Some(Typo::Sound) => (
                part("generic", Agreement::Similar, rare - 2.0),
                Some(Deviation::SoundInGeneric),
            ),
            Some(_) => (
                part("generic", Agreement::Similar, rare - 3.0),
                Some(Deviation::TypoInGeneric),
            ),
        });
    }
    if !reported.bases.is_empty() && base.is_some() {
        return Some((part("generic", Agreement::Conflict, -15.0), None));
    }
    if base.is_none() && reported.bases.is_empty() {
        return None;
    }
    let agreement = if base.is_some() {
        Agreement::OnlyMaster
    } else {
        Agreement::OnlyReported
    };
    let by_trade = reported
        .trades
        .iter()
        .any(|trade| row.trades.contains(trade));
    // What is left of the name has nothing of the row's substance: it is another one.
    let has_something = |base: &u32| {
        let shared = lexicon
            .base_name(*base)
            .chars()
            .filter(|c| reported.residue.contains(*c))
            .count();
        shared * 2 >= lexicon.base_name(*base).chars().count()
    };
    if !by_trade && !reported.residue.is_empty() && !row.bases.iter().any(has_something) {
        return Some((part("generic", Agreement::Conflict, -8.0), None));
    }
    let deviation = if by_trade {
        Deviation::TradeNameOnly
    } else {
        Deviation::Unexplained
    };
    Some((
        part("generic", agreement, if by_trade { 0.0 } else { -6.0 }),
        Some(deviation),
    ))
}

fn salts(reported: &Parsed, row: &Parsed) -> Found {
    if reported.bases.is_empty() {
        return None;
    }
    let agreement = reported.salts.agreement(row.salts)?;
    Some(match agreement {
        Agreement::Equal => (part("salt", agreement, 1.5), None),
        Agreement::Conflict => (part("salt", agreement, -10.0), None),
        _ => (part("salt", agreement, -1.0), Some(Deviation::SaltMissing)),
    })
}

fn trade(reported: &Parsed, row: &Parsed) -> Found {
    if reported.trades.is_empty() && !reported.strange_trade {
        return (!row.trades.is_empty())
            .then_some((part("trade_name", Agreement::OnlyMaster, 0.0), None));
    }
    if reported
        .trades
        .iter()
        .any(|trade| row.trades.contains(trade))
    {
        return Some((part("trade_name", Agreement::Equal, 5.0), None));
    }
    // In a column of its own a trade name the master does not know explains itself.
    let deviation = if reported.trades.is_empty() {
        Deviation::TradeUnknown
    } else {
        Deviation::Unexplained
    };
    Some(if row.trades.is_empty() {
        (
            part("trade_name", Agreement::OnlyReported, -2.0),
            Some(deviation),
        )
    } else {
        (part("trade_name", Agreement::Conflict, -10.0), None)
    })
}

fn form(reported: &Parsed, row: &Parsed) -> Found {
    let words = words();
    let Some(ours) = row.forms.first().copied() else {
        return (!reported.forms.is_empty()).then_some((
            part("form", Agreement::OnlyReported, 0.0),
            Some(Deviation::FormMissing),
        ));
    };
    if reported.forms.is_empty() {
        let families = reported
            .spec
            .piece
            .and_then(|piece| words.counted.get(piece.encode_utf8(&mut [0; 4]) as &str));
        let family = words.form(ours).map_or("", |form| form.family.as_str());
        if families
            .is_some_and(|families| !family.is_empty() && !families.iter().any(|f| f == family))
        {
            return Some((part("form", Agreement::Conflict, -8.0), None));
        }
        return Some((
            part("form", Agreement::OnlyMaster, -1.0),
            Some(Deviation::FormMissing),
        ));
    }
    if reported.forms.contains(&ours) {
        return Some(if reported.form_typo {
            (
                part("form", Agreement::Similar, 2.0),
                Some(Deviation::TypoInForm),
            )
        } else {
            (part("form", Agreement::Equal, 3.0), None)
        });
    }
    let related = reported.forms.iter().any(|form| {
        words.may_be_same_form(*form, ours)
            || ((reported.form_coarse || row.form_coarse) && words.same_family(*form, ours))
    });
    Some(match (related, reported.form_typo) {
        (true, false) => (
            part("form", Agreement::Equivalent, 2.0),
            Some(Deviation::FormBroad),
        ),
        (true, true) => (
            part("form", Agreement::Similar, 1.0),
            Some(Deviation::TypoInForm),
        ),
        (false, _) => (part("form", Agreement::Conflict, -10.0), None),
    })
}

fn variant(reported: &Parsed, row: &Parsed) -> Found {
    Some(match (reported.variants, row.variants) {
        (0, 0) => return None,
        (a, b) if a == b => (part("variant", Agreement::Equal, 2.0), None),
        (_, 0) => (
            part("variant", Agreement::OnlyReported, -3.0),
            Some(Deviation::Variant),
        ),
        (0, _) => (
            part("variant", Agreement::OnlyMaster, -3.0),
            Some(Deviation::Variant),
        ),
        _ => (part("variant", Agreement::Conflict, -10.0), None),
    })
}

fn maker(reported: &Parsed, row: &Parsed, rarity: &Rarity, same_approval: bool) -> Found {
    match (reported.maker_text.is_empty(), row.maker_text.is_empty()) {
        (true, true) => return None,
        (true, false) => {
            return Some((
                part("maker", Agreement::OnlyMaster, 0.0),
                Some(Deviation::MakerMissing),
            ));
        }
        (false, true) => {
            return Some((
                part("maker", Agreement::OnlyReported, -1.0),
                Some(Deviation::MakerMissing),
            ));
        }
        (false, false) => {}
    }
    let own = row.makers.first().map(|(id, _)| *id);
    let tie = reported
        .makers
        .iter()
        .find(|(id, _)| Some(*id) == own)
        .map(|(_, tie)| *tie);
    let rare = own
        .and_then(|id| rarity.makers.get(id as usize))
        .copied()
        .unwrap_or(5.0);
    let Some(tie) = tie else {
        // One licence, two makers: one makes it for the other.
        return Some(if same_approval {
            (
                part("maker", Agreement::Similar, 0.0),
                Some(Deviation::MakerRelated),
            )
        } else {
            (part("maker", Agreement::Conflict, -12.0), None)
        });
    };
    Some(match tie {
        Tie::Same => (part("maker", Agreement::Equal, rare), None),
        Tie::Short => (part("maker", Agreement::Equivalent, rare - 0.3), None),
        Tie::Placeless => (
            part("maker", Agreement::Equivalent, rare - 0.6),
            Some(Deviation::MakerPlaceless),
        ),
        Tie::Former => (
            part("maker", Agreement::Equivalent, rare - 1.0),
            Some(Deviation::MakerFormer),
        ),
        Tie::Typo => (
            part("maker", Agreement::Similar, rare - 1.5),
            Some(Deviation::TypoInMaker),
        ),
        Tie::Shared => (
            part("maker", Agreement::Similar, rare - 1.8),
            Some(Deviation::MakerShared),
        ),
        Tie::Group | Tie::Partner => (
            part("maker", Agreement::Similar, rare - 3.0),
            Some(Deviation::MakerRelated),
        ),
    })
}

/// Content that is the row's trade name with a typing error: (络立) for 络力.
fn mistyped_trade(reported: &Parsed, row: &Parsed, lexicon: &Lexicon) -> Option<Part> {
    if reported.residue.is_empty()
        || !row.residue.is_empty()
        || !reported.trades.is_empty()
        || reported.spec.odd
    {
        return None;
    }
    let typed: Vec<char> = reported.residue.chars().collect();
    let close = row.trades.iter().any(|trade| {
        let meant: Vec<char> = lexicon.trade_name(*trade).chars().collect();
        match typo(&typed, &meant) {
            Some(Typo::Dropped) => meant.len() >= 3,
            found => found.is_some(),
        }
    });
    close.then(|| part("trade_name", Agreement::Similar, 2.0))
}

/// Content that only one side has, or a spec that was not understood.
fn residue(reported: &Parsed, row: &Parsed) -> Option<Part> {
    let odd = (reported.spec.odd || row.spec.odd) && reported.spec != row.spec;
    if reported.residue == row.residue && !odd {
        return None;
    }
    let agreement = match (reported.residue.is_empty(), row.residue.is_empty()) {
        (false, true) => Agreement::OnlyReported,
        (true, false) => Agreement::OnlyMaster,
        _ => Agreement::Similar,
    };
    let length = reported
        .residue
        .chars()
        .count()
        .max(row.residue.chars().count())
        .min(4);
    let weight = -1.5 * f32::from(u8::try_from(length).unwrap_or(4)) - 1.0;
    Some(part("unexplained", agreement, weight.max(-MOST)))
}
