//! Names with one character typed wrongly: what they say once it is put right. A slip is only
//! believed when afterwards every part agrees, and when the name as written means nothing else.

use super::chain::place_chain;
use super::class::Where;
use super::compare::Parts;
use super::matcher::{Correction, CustomerMatcher, Scratch};
use super::parse::{Name, parse_normalised};
use super::places::{Codes, gazetteer};
use super::words::words;
use crate::slip::{SlipKind, slips};

impl CustomerMatcher {
    /// Whether one slip put right makes a master name agree in every part.
    pub(super) fn by_slip(
        &self,
        entry: u32,
        core: &[char],
        name: &Name,
        parts: &Parts,
        hint: &Codes,
        scratch: &mut Scratch,
    ) {
        let mut found = std::mem::take(&mut scratch.slips);
        found.clear();
        slips(core, self.core(entry), &mut scratch.alignment, &mut found);
        for slip in &found {
            if slip.at < name.spans.place
                && slip.at + slip.len <= name.spans.place
                && !matches!(slip.kind, SlipKind::Doubled)
            {
                // The place is one as it stands.
                continue;
            }
            let corrected = slip.correct(core);
            let right = parse_normalised(&corrected);
            let mut right_parts = Parts::new(&right, parts.home);
            right_parts.closed = parts.closed;
            if right_parts.branch == 0 {
                right_parts.branch = parts.branch;
                right_parts.street = parts.street;
            }
            if right_parts.place.is_empty() {
                right_parts.place = parts.place;
            }
            let place = if slip.at < right.spans.place {
                Where::Place
            } else if slip.at < right.spans.stem {
                Where::Stem
            } else if slip.at >= right.spans.branch && right.branch != name.branch {
                Where::Branch
            } else {
                Where::Word
            };
            // A type that is one as it stands is no slip of another: 中医医院, 中心医院.
            let complete = match words().name(name.kind) {
                "" => false,
                "医院" => name.stem.is_empty(),
                _ => true,
            };
            if right.kind != name.kind && complete {
                continue;
            }
            let before = scratch.found.len();
            scratch.corrections.push(Correction {
                name: right,
                wrong: around(core, slip.at, slip.len),
                right: around(&corrected, slip.at, slip.instead.iter().flatten().count()),
            });
            self.consider(entry, &right_parts, hint, Some((slip.kind, place)), scratch);
            match scratch.found.last() {
                Some(last) if last.veto.is_none() => {
                    break;
                }
                _ => {
                    scratch.found.truncate(before);
                    scratch.corrections.pop();
                }
            }
        }
        scratch.slips = found;
    }
}

/// The name with its place put right, if what follows the places it names (or the last of them and
/// what follows) is one slip away from exactly one place there.
pub(super) fn with_place_corrected(name: &Name) -> Option<Correction> {
    let core: Vec<char> = name.core.chars().collect();
    for start in [name.spans.place, name.spans.last_place] {
        let within = if start == name.spans.place {
            name.place
        } else {
            place_chain(core.get(..start)?).codes
        };
        let rest = core.get(start..)?;
        let ends = rest
            .iter()
            .enumerate()
            .take(12)
            .skip(1)
            .filter(|(_, c)| matches!(c, '省' | '市' | '县' | '区' | '旗' | '州' | '盟'));
        for (end, _) in ends.take(3) {
            let written = rest.get(..=end)?;
            if gazetteer()
                .at(written)
                .is_some_and(|(len, _)| len == written.len())
            {
                continue;
            }
            if let Some(meant) = gazetteer().meant(written, &within) {
                let mut corrected: Vec<char> = core.iter().take(start).copied().collect();
                corrected.extend(meant);
                corrected.extend(rest.iter().skip(end + 1));
                return Some(Correction {
                    name: parse_normalised(&corrected),
                    wrong: written.iter().collect(),
                    right: meant.iter().collect(),
                });
            }
        }
        if name.spans.last_place == name.spans.place {
            break;
        }
    }
    None
}

/// So many characters of a text, with one more on each side.
fn around(text: &[char], at: usize, len: usize) -> String {
    let from = at.saturating_sub(1);
    text.iter().skip(from).take(at - from + len + 1).collect()
}
