//! Lot numbers: text, always. Canonical form, placeholders, several lots in one cell, and codes a
//! spreadsheet has damaged.
//!
//! Look-alikes and lost leading zeros are left as they are: repairing a lot is a proposal, and
//! proposals need the list of lots that were shipped.

use std::borrow::Cow;

use channelflow_model::CellKind;
use unicode_normalization::UnicodeNormalization;

use crate::vocabulary::Vocabulary;

/// Canonical form of a lot: NFKC, upper case, without label, `#`, quotes and white space; empty
/// for a placeholder.
pub(crate) fn canonical(raw: &str, vocabulary: &Vocabulary) -> String {
    let folded: String = raw.nfkc().flat_map(char::to_uppercase).collect();
    let mut lot = trim(&folded);
    for prefix in &vocabulary.words().lot_prefixes {
        if let Some(rest) = lot.strip_prefix(prefix.as_str()) {
            lot = trim(rest);
            break;
        }
    }
    if let Some(rest) = lot.strip_prefix("LOT") {
        let after = rest.trim_start_matches([' ', '.', ':']);
        let after = after
            .strip_prefix("NO")
            .map_or(after, |rest| rest.trim_start_matches(['.', ':', ' ']));
        // `LOTUS1` is a lot, `LOT2601` and `LOT NO.A1` name one.
        if after.len() < rest.len() || after.starts_with(|c: char| c.is_ascii_digit() || c == '#') {
            lot = trim(after);
        }
    }
    if vocabulary.is_placeholder(lot) {
        return String::new();
    }
    lot.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '#' | ':' | '"' | '\'' | '“' | '”' | '‘' | '’' | '`' | '「' | '」'
            )
    })
}

/// Whether a canonical lot names several lots: `2601A,2601B`. A blank or a slash separates lots
/// only when both sides are long enough to be lots of their own.
pub(crate) fn is_multiple(lot: &str) -> bool {
    let looks_like_lot = |part: &str, length: usize| {
        let part = part.trim();
        part.len() >= length && part.bytes().any(|byte| byte.is_ascii_digit())
    };
    for (separators, length) in [
        (&[',', ';', '、', '，'][..], 4),
        (&['/', ' ', '|', '+'][..], 6),
    ] {
        let (mut count, mut all) = (0, true);
        for part in lot.split(separators).filter(|part| !part.trim().is_empty()) {
            count += 1;
            all &= looks_like_lot(part, length);
        }
        if count > 1 && all {
            return true;
        }
    }
    false
}

/// Whether a code cell no longer holds what was typed: a rounded number, a date made of a lot, or
/// a scientific text.
pub(crate) fn is_damaged(kind: CellKind, text: &str) -> bool {
    match kind {
        CellKind::InexactNumber | CellKind::Date | CellKind::DateTime | CellKind::Time => true,
        CellKind::Text => is_scientific(text),
        _ => false,
    }
}

/// `6.92E+12`: the digits behind are lost.
fn is_scientific(text: &str) -> bool {
    let text = text.trim();
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((whole, fraction)) = mantissa.split_once('.') else {
        return exponent.starts_with('+')
            && digits(mantissa)
            && digits(exponent.trim_start_matches('+'));
    };
    digits(whole) && digits(fraction) && digits(exponent.trim_start_matches(['+', '-']))
}

/// A spec with look-alikes repaired: `1Omg` → `10mg`, `×`, `✕`, `х` → `*` between parts.
pub(crate) fn repair_spec(spec: &str) -> Cow<'_, str> {
    let is_odd = |c: char| matches!(c, 'O' | 'o' | 'l' | 'I' | '×' | '✕' | '╳' | '✖' | 'х' | 'Х');
    if !spec.contains(is_odd) {
        return Cow::Borrowed(spec);
    }
    let chars: Vec<char> = spec.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or(' ');
    let repaired: String = chars
        .iter()
        .enumerate()
        .map(|(index, c)| {
            let before = index.checked_sub(1).map_or(' ', at);
            let digit_before = before.is_ascii_digit() || before == '.';
            let next = at(index + 1);
            let inside = digit_before && (next.is_ascii_digit() || next == '.');
            // `5Omg`: a zero, then a unit. `1l` alone stays a litre.
            let ends_number = digit_before && matches!(next, 'm' | 'g' | 'μ' | 'u' | 'k' | '%');
            let leads = next == '.' && !before.is_alphanumeric();
            match c {
                'O' | 'o' if inside || ends_number || leads => '0',
                'l' | 'I' if inside => '1',
                '×' | '✕' | '╳' | '✖' | 'х' | 'Х' => '*',
                c => *c,
            }
        })
        .collect();
    if repaired == spec {
        Cow::Borrowed(spec)
    } else {
        Cow::Owned(repaired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_lots() {
        let vocabulary = Vocabulary::builtin();
        for (raw, lot) in [
            ("20260101", "20260101"),
            (" ａ2601-01 ", "A2601-01"),
            ("批号：A2601", "A2601"),
            ("LOT2601", "2601"),
            ("Lot No. 2601", "2601"),
            ("LOT:A26", "A26"),
            ("LOTUS1", "LOTUS1"),
            ("#2601#", "2601"),
            ("\"2601\"", "2601"),
            ("2601/02", "2601/02"),
            ("012301", "012301"),
            ("无", ""),
            ("-", ""),
            ("/", ""),
            ("0", ""),
            ("N/A", ""),
            ("n/a", ""),
            ("详见备注", ""),
        ] {
            assert_eq!(canonical(raw, &vocabulary), lot, "{raw}");
        }
    }

    #[test]
    fn several_lots_in_one_cell() {
        for lot in [
            "2601A,2601B",
            "20260101/20260102",
            "20260101 20260102",
            "A2601、A2602",
        ] {
            assert!(is_multiple(lot), "{lot}");
        }
        for lot in ["2601/02", "2601-01", "A 2601", "20260101", "2601,", "A,B"] {
            assert!(!is_multiple(lot), "{lot}");
        }
    }

    #[test]
    fn damaged_codes() {
        for (kind, text, damaged) in [
            (CellKind::Text, "6.92E+12", true),
            (CellKind::Text, "2.10301E+05", true),
            (CellKind::Text, "692E+10", true),
            (CellKind::Text, "2E601", false),
            (CellKind::Text, "A1.5E7", false),
            (CellKind::Number, "6901234567890", false),
            (CellKind::InexactNumber, "69012345678901200", true),
            (CellKind::Date, "2026-01-02", true),
        ] {
            assert_eq!(is_damaged(kind, text), damaged, "{text}");
        }
    }

    #[test]
    fn specs_with_look_alikes() {
        for (spec, repaired) in [
            ("1Omg*24片", "10mg*24片"),
            ("O.5g×10粒", "0.5g*10粒"),
            ("5Oml", "50ml"),
            ("1l/瓶", "1l/瓶"),
            ("2l0mg", "210mg"),
            ("10mg*12片/盒", "10mg*12片/盒"),
            ("Omega-3 1g", "Omega-3 1g"),
        ] {
            assert_eq!(repair_spec(spec), repaired);
        }
    }
}
