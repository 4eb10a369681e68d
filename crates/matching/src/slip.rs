//! Slips of the pen: where a reported text differs from a master text by one character typed
//! wrongly. Finds what could be a slip; whether everything agrees once it is put right is asked
//! by whoever knows the parts of the text.

use crate::numerals::is_numeral;
use crate::sound::same_sound;

/// Longest text that is aligned; longer ones have no slips.
const LONGEST: usize = 72;

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SlipKind {
    /// A character typed twice.
    Doubled,
    /// Two neighbours in the wrong order.
    Swapped,
    /// Another character of the same sound.
    Sound,
    /// A character left out.
    Dropped,
    /// Another character altogether.
    Other,
}

/// One possible slip in a reported text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slip {
    /// What went wrong.
    pub kind: SlipKind,
    /// Position in the reported text, in characters.
    pub at: usize,
    /// Characters of the reported text it covers: 0, 1 or 2.
    pub len: usize,
    /// What the master text has there instead.
    pub instead: [Option<char>; 2],
}

impl Slip {
    /// The reported text with the slip put right.
    pub fn correct(&self, text: &[char]) -> Vec<char> {
        let mut out = Vec::with_capacity(text.len() + 1);
        out.extend(text.iter().take(self.at));
        out.extend(self.instead.iter().flatten());
        out.extend(text.iter().skip(self.at + self.len));
        out
    }
}

/// Words whose characters are never a slip of one another: they tell houses apart.
const TELLING: &str = "东西南北中上下左右前后内外新老大小";

/// Buffers an alignment reuses.
#[derive(Debug, Clone, Default)]
pub struct Alignment {
    cost: Vec<u8>,
}

/// The places where `reported` could be `master` with one slip, from left to right.
pub fn slips(reported: &[char], master: &[char], alignment: &mut Alignment, out: &mut Vec<Slip>) {
    let (rows, columns) = (reported.len() + 1, master.len() + 1);
    if rows > LONGEST || columns > LONGEST {
        return;
    }
    let cost = &mut alignment.cost;
    cost.clear();
    cost.resize(rows * columns, 0);
    let at = |i: usize, j: usize| i * columns + j;
    let get = |cost: &[u8], i: usize, j: usize| cost.get(at(i, j)).copied().unwrap_or(u8::MAX);
    for i in 0..rows {
        for j in 0..columns {
            let value = if i == 0 {
                j
            } else if j == 0 {
                i
            } else {
                let (a, b) = (reported.get(i - 1), master.get(j - 1));
                let mut best = usize::from(get(cost, i - 1, j - 1)) + usize::from(a != b);
                best = best.min(usize::from(get(cost, i - 1, j)) + 1);
                best = best.min(usize::from(get(cost, i, j - 1)) + 1);
                if i > 1 && j > 1 && a == master.get(j - 2) && reported.get(i - 2) == b {
                    best = best.min(usize::from(get(cost, i - 2, j - 2)) + 1);
                }
                best
            };
            if let Some(cell) = cost.get_mut(at(i, j)) {
                *cell = u8::try_from(value).unwrap_or(u8::MAX);
            }
        }
    }
    trace(reported, master, |i, j| get(cost, i, j), out);
}

/// Whether a text is another one with one slip in it: a character doubled, left out, swapped with
/// its neighbour or of the same sound.
pub fn is_one_slip(text: &[char], meant: &[char]) -> bool {
    let front = text.iter().zip(meant).take_while(|(a, b)| a == b).count();
    let back = text
        .iter()
        .rev()
        .zip(meant.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let back = back.min(text.len().min(meant.len()) - front);
    let wrong = text.get(front..text.len() - back).unwrap_or_default();
    let right = meant.get(front..meant.len() - back).unwrap_or_default();
    match (wrong, right) {
        ([], [left_out]) => !is_numeral(*left_out),
        ([double], []) => {
            let before = front.checked_sub(1).and_then(|at| text.get(at));
            before == Some(double) || text.get(front + 1) == Some(double)
        }
        ([a], [b]) => same_sound(*a, *b) && !(TELLING.contains(*a) && TELLING.contains(*b)),
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

/// Walks back through the costs; runs of one edit between equal characters are possible slips.
fn trace(
    reported: &[char],
    master: &[char],
    cost: impl Fn(usize, usize) -> u8,
    out: &mut Vec<Slip>,
) {
    let start = out.len();
    let (mut i, mut j) = (reported.len(), master.len());
    let mut run: Vec<Slip> = Vec::new();
    loop {
        let here = cost(i, j);
        let (a, b) = (
            i.checked_sub(1).and_then(|i| reported.get(i)).copied(),
            j.checked_sub(1).and_then(|j| master.get(j)).copied(),
        );
        if i > 0 && j > 0 && a == b && cost(i - 1, j - 1) == here {
            finish(&mut run, reported, out);
            i -= 1;
            j -= 1;
            continue;
        }
        let swapped = i > 1
            && j > 1
            && a == master.get(j - 2).copied()
            && reported.get(i - 2).copied() == b
            && a != b
            && cost(i - 2, j - 2).checked_add(1) == Some(here);
        if swapped {
            let instead = [master.get(j - 2).copied(), b];
            run.push(Slip {
                kind: SlipKind::Swapped,
                at: i - 2,
                len: 2,
                instead,
            });
            i -= 2;
            j -= 2;
        } else if i > 0 && j > 0 && cost(i - 1, j - 1).checked_add(1) == Some(here) {
            run.push(Slip {
                kind: SlipKind::Other,
                at: i - 1,
                len: 1,
                instead: [b, None],
            });
            i -= 1;
            j -= 1;
        } else if j > 0 && cost(i, j - 1).checked_add(1) == Some(here) {
            run.push(Slip {
                kind: SlipKind::Dropped,
                at: i,
                len: 0,
                instead: [b, None],
            });
            j -= 1;
        } else if i > 0 {
            run.push(Slip {
                kind: SlipKind::Doubled,
                at: i - 1,
                len: 1,
                instead: [None, None],
            });
            i -= 1;
        } else {
            break;
        }
    }
    finish(&mut run, reported, out);
    if let Some(found) = out.get_mut(start..) {
        found.reverse();
    }
}

/// A run of one edit becomes a slip if it is one a person makes.
fn finish(run: &mut Vec<Slip>, reported: &[char], out: &mut Vec<Slip>) {
    if let [slip] = run.as_slice() {
        let mut slip = *slip;
        let was = reported.get(slip.at).copied();
        let becomes = slip.instead.first().copied().flatten();
        let tells = |c: Option<char>| c.is_some_and(|c| is_numeral(c) || TELLING.contains(c));
        let possible = match slip.kind {
            SlipKind::Swapped => !tells(was) || !tells(becomes),
            SlipKind::Doubled => {
                let before = slip
                    .at
                    .checked_sub(1)
                    .and_then(|at| reported.get(at))
                    .copied();
                let after = reported.get(slip.at + 1).copied();
                was.is_some() && (was == before || was == after) && !was.is_some_and(is_numeral)
            }
            SlipKind::Dropped => !becomes.is_some_and(is_numeral),
            SlipKind::Sound | SlipKind::Other => {
                if let (Some(was), Some(becomes)) = (was, becomes)
                    && same_sound(was, becomes)
                {
                    slip.kind = SlipKind::Sound;
                }
                let both = tells(was) && tells(becomes);
                !both && !was.is_some_and(is_numeral) && !becomes.is_some_and(is_numeral)
            }
        };
        if possible {
            out.push(slip);
        }
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_character_is_found_and_put_right() {
        for (reported, master, kind) in [
            ("昆明明市医院", "昆明市医院", SlipKind::Doubled),
            ("妇幼保院健", "妇幼保健院", SlipKind::Swapped),
            ("第一任民医院", "第一人民医院", SlipKind::Sound),
            ("岗市红十字会医院", "鹤岗市红十字会医院", SlipKind::Dropped),
            ("乐悠垯药房", "乐悠大药房", SlipKind::Sound),
            ("昆明医辕", "昆明医院", SlipKind::Sound),
            ("昆明医完", "昆明医科", SlipKind::Other),
        ] {
            let (a, b): (Vec<char>, Vec<char>) =
                (reported.chars().collect(), master.chars().collect());
            let mut found = Vec::new();
            slips(&a, &b, &mut Alignment::default(), &mut found);
            assert_eq!(found.len(), 1, "{reported} {found:?}");
            assert_eq!(found[0].kind, kind, "{reported}");
            assert_eq!(found[0].correct(&a), b, "{reported}");
        }
    }

    #[test]
    fn what_tells_houses_apart_is_never_a_slip() {
        for (reported, master) in [
            ("第二人民医院", "第一人民医院"),
            ("人民医院东院区", "人民医院西院区"),
            ("人民医院", "新人民医院一"),
        ] {
            let (a, b): (Vec<char>, Vec<char>) =
                (reported.chars().collect(), master.chars().collect());
            let mut found = Vec::new();
            slips(&a, &b, &mut Alignment::default(), &mut found);
            assert!(
                found.iter().all(|slip| slip.correct(&a) != b),
                "{reported} {found:?}"
            );
        }
    }
}
