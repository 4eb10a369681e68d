//! Where a customer or a reporter is, from columns of province, city and county.

use super::compare::Parts;
use super::places::{Codes, gazetteer, is_within};

/// The deepest division named by columns of place.
pub(super) fn home(province: &str, city: &str, county: &str) -> Codes {
    let mut known = Codes::default();
    for text in [province, city, county] {
        if text.is_empty() {
            continue;
        }
        let named = gazetteer().named(text.trim());
        if named.is_empty() {
            continue;
        }
        if known.is_empty() {
            known = named;
        } else {
            let met = named.meet(&known);
            if !met.is_empty() {
                known = met;
            }
        }
    }
    known
}

/// The divisions of `place` that go with where the house stands.
pub(super) fn sharpen(place: &Codes, home: &Codes) -> Codes {
    let mut sharp = Codes::default();
    for code in place.as_slice() {
        let fits = home
            .as_slice()
            .iter()
            .any(|h| is_within(*code, *h) || is_within(*h, *code));
        if fits {
            sharp.push(*code);
        }
    }
    if sharp.is_empty() { *place } else { sharp }
}

/// 北京, 天津, 上海, 重庆: cities that are provinces.
const MUNICIPALITIES: [u32; 4] = [11, 12, 31, 50];

/// The reporter's province, city or county, for a name that only says 省, 市, 县.
pub(super) fn at_level(hint: &Codes, level: char) -> Codes {
    let mut codes = Codes::default();
    for code in hint.as_slice() {
        match level {
            '省' => codes.push(code / 10_000 * 10_000),
            '市' if MUNICIPALITIES.contains(&(code / 10_000)) => {
                codes.push(code / 10_000 * 10_000);
            }
            '市' if !code.is_multiple_of(10_000) => codes.push(code / 100 * 100),
            _ => {}
        }
    }
    codes
}

/// A reporter mostly sells near where it sits.
pub(super) fn hint_bits(hint: &Codes, master: &Parts) -> f32 {
    let known = if master.place.is_empty() {
        &master.home
    } else {
        &master.place
    };
    if hint.is_empty() || known.is_empty() {
        return 0.0;
    }
    if !hint.meet(known).is_empty() {
        return if hint.as_slice().iter().any(|c| !c.is_multiple_of(10_000)) {
            3.0
        } else {
            2.0
        };
    }
    let province = |codes: &Codes| codes.as_slice().first().map(|c| c / 10_000);
    if province(hint) == province(known) {
        1.0
    } else {
        -0.5
    }
}
