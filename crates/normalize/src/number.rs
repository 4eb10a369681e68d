//! Quantities, prices and amounts as people type them: `1,200`, `12盒`, `￥3.5`, `(120)`, `120-`.
//!
//! What cannot be read exactly is bad, never zero and never a guess: `1,20`, `12O`, `1.2E+05`,
//! `3万`, `5%`. Not here: what a sign means; that is `sign`.

use std::borrow::Cow;

use channelflow_model::text::clean;
use channelflow_model::{CellKind, Micros, RawColumn};

use crate::vocabulary::Vocabulary;

/// What a cell of a number column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    Empty,
    Value(Micros),
    Bad,
    Error,
    FormulaWithoutValue,
}

impl Number {
    /// The number, if there is one.
    pub(crate) fn value(self) -> Option<Micros> {
        match self {
            Number::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// A number column, read once per distinct value.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) cells: Vec<Number>,
    /// Unit behind the number, by code; 0 is none, `n` is `unit_names[n - 1]`. Empty when no cell
    /// of the column carries a unit.
    units: Vec<u32>,
    pub(crate) unit_names: Vec<String>,
}

impl Numbers {
    pub(crate) fn cell(&self, code: u32) -> Number {
        self.cells
            .get(code as usize)
            .copied()
            .unwrap_or(Number::Empty)
    }

    /// Number of the unit behind a cell, 0 for none.
    pub(crate) fn unit(&self, code: u32) -> u32 {
        self.units.get(code as usize).copied().unwrap_or(0)
    }

    /// Name of a unit by its number.
    pub(crate) fn unit_name(&self, unit: u32) -> &str {
        let index = (unit as usize).wrapping_sub(1);
        self.unit_names.get(index).map_or("", String::as_str)
    }
}

/// Reads a column. With `placeholders`, a cell that says "nothing" (`-`, `无`) is empty, as it is
/// for prices and amounts; in a quantity it is bad.
pub(crate) fn read_column(
    values: &RawColumn,
    placeholders: bool,
    vocabulary: &Vocabulary,
) -> Numbers {
    let mut numbers = Numbers {
        cells: Vec::with_capacity(values.code_count()),
        ..Numbers::default()
    };
    for (code, (kind, text)) in values.values().enumerate() {
        let (cell, unit) = read(kind, text, placeholders, vocabulary);
        numbers.cells.push(cell);
        if let Some(unit) = unit {
            let known = numbers.unit_names.iter().position(|name| name == unit);
            let index = known.unwrap_or(numbers.unit_names.len());
            if known.is_none() {
                numbers.unit_names.push(unit.to_owned());
            }
            numbers.units.resize(values.code_count(), 0);
            if let (Some(slot), Ok(index)) = (numbers.units.get_mut(code), u32::try_from(index)) {
                *slot = index + 1;
            }
        }
    }
    numbers
}

/// Reads one cell: the number and the unit behind it.
pub(crate) fn read<'v>(
    kind: CellKind,
    text: &str,
    placeholders: bool,
    vocabulary: &'v Vocabulary,
) -> (Number, Option<&'v str>) {
    match kind {
        CellKind::Empty => (Number::Empty, None),
        CellKind::Number => (plain(text), None),
        CellKind::Text => match from_text(text, vocabulary) {
            _ if text.trim().is_empty() => (Number::Empty, None),
            Some((value, unit)) => (Number::Value(value), unit),
            // `0` is a number and was read; only words and dashes arrive here.
            None if placeholders && vocabulary.is_placeholder(&clean(text)) => {
                (Number::Empty, None)
            }
            None => (Number::Bad, None),
        },
        CellKind::Error => (Number::Error, None),
        CellKind::FormulaWithoutValue => (Number::FormulaWithoutValue, None),
        CellKind::InexactNumber
        | CellKind::Date
        | CellKind::DateTime
        | CellKind::Time
        | CellKind::Bool => (Number::Bad, None),
    }
}

fn plain(text: &str) -> Number {
    text.parse().map_or(Number::Bad, Number::Value)
}

fn from_text<'v>(text: &str, vocabulary: &'v Vocabulary) -> Option<(Micros, Option<&'v str>)> {
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.' || byte == b'-';
    if text.bytes().all(is_plain) && !text.ends_with('-') {
        return Some((text.parse().ok()?, None));
    }
    let cleaned: String = clean(text)
        .chars()
        .map(|c| match c {
            '−' | '–' | '—' | '﹣' => '-',
            '﹢' => '+',
            '，' => ',',
            c => c,
        })
        .collect();
    let mut rest = cleaned.as_str();
    let mut signs = 0;
    let mut negative = false;
    if let Some(inner) = rest
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        (rest, negative, signs) = (inner.trim(), true, 1);
    }
    // A sign may stand before or behind the currency, but only once.
    for _ in 0..2 {
        if let Some(after) = rest.strip_prefix(['-', '+']) {
            negative |= rest.starts_with('-');
            signs += 1;
            rest = after.trim_start();
        }
        rest = strip_currency(rest);
    }
    let end = rest
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .unwrap_or(rest.len());
    let (digits, tail) = rest.split_at_checked(end)?;
    let mut tail = tail.trim();
    if let Some(after) = tail.strip_prefix('-') {
        (negative, signs, tail) = (true, signs + 1, after.trim());
    }
    if signs > 1 {
        return None;
    }
    let unit = match tail {
        "" | "元" => None,
        tail => Some(vocabulary.unit(tail)?),
    };
    let value: Micros = without_separators(digits)?.parse().ok()?;
    Some((
        if negative {
            value.checked_neg()?
        } else {
            value
        },
        unit,
    ))
}

fn strip_currency(text: &str) -> &str {
    for mark in ["￥", "¥", "RMB", "CNY"] {
        if let Some(rest) = text.strip_prefix(mark) {
            return rest.trim_start();
        }
    }
    text
}

/// Digits without well-placed thousands separators; `None` for `1,20` or `1,2.5`, which may mean
/// anything.
fn without_separators(digits: &str) -> Option<Cow<'_, str>> {
    if !digits.contains(',') {
        return (!digits.is_empty()).then_some(Cow::Borrowed(digits));
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or("");
    let sound = (1..=3).contains(&first.len())
        && groups.all(|group| group.len() == 3)
        && !fraction.contains(',');
    sound.then(|| Cow::Owned(digits.replace(',', "")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        let vocabulary = Vocabulary::builtin();
        match read(CellKind::Text, text, true, &vocabulary) {
            (Number::Value(value), None) => value.to_string(),
            (Number::Value(value), Some(unit)) => format!("{value} {unit}"),
            (other, _) => format!("{other:?}"),
        }
    }

    #[test]
    fn numbers_as_people_type_them() {
        for (text, expected) in [
            ("120", "120"),
            ("-0.5", "-0.5"),
            ("1,200", "1200"),
            ("1,234,567.89", "1234567.89"),
            ("１２０", "120"),
            ("12盒", "12 盒"),
            ("-12 盒", "-12 盒"),
            ("￥3.5", "3.5"),
            ("¥-1,200.00", "-1200"),
            ("-¥1,200.00", "-1200"),
            ("3.5元", "3.5"),
            ("(120)", "-120"),
            ("（120）", "-120"),
            ("120-", "-120"),
            ("－120", "-120"),
            ("−120", "-120"),
            ("+7", "7"),
            (" 8 ", "8"),
            ("0", "0"),
            ("", "Empty"),
            ("  ", "Empty"),
            ("-", "Empty"),
            ("无", "Empty"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_exact_is_bad() {
        for text in [
            "12O",
            "1,20",
            "12,00",
            "1,2.5",
            "1.2E+05",
            "3万",
            "5%",
            "--5",
            "-(5)",
            "1 200",
            "1.2.3",
            "约12",
            "12盒3支",
            "9223372036855",
            ".",
        ] {
            let expected = if text == "." { "Empty" } else { "Bad" };
            assert_eq!(shown(text), expected, "{text}");
        }
        let vocabulary = Vocabulary::builtin();
        for kind in [CellKind::Date, CellKind::Bool, CellKind::InexactNumber] {
            assert_eq!(read(kind, "12", false, &vocabulary).0, Number::Bad);
        }
        assert_eq!(read(CellKind::Text, "-", false, &vocabulary).0, Number::Bad);
    }

    proptest! {
        #[test]
        fn every_spelling_of_a_number_is_the_same_number(micros in -9_000_000_000_000_i64..9_000_000_000_000) {
            let vocabulary = Vocabulary::builtin();
            let value = Micros(micros / 10_000 * 10_000);
            let plain = value.abs().to_string();
            let money = value.abs().to_money();
            let spellings = if value.0 < 0 {
                vec![format!("-{plain}"), format!("({plain})"), format!("{plain}-"), format!("－{money}"), format!("￥-{money}")]
            } else {
                vec![plain.clone(), format!(" {plain} "), money.clone(), format!("￥{money}"), format!("{plain}元")]
            };
            for text in spellings {
                prop_assert_eq!(read(CellKind::Text, &text, true, &vocabulary), (Number::Value(value), None), "{}", text);
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,16}", numeric in "[-+()0-9.,￥¥盒 ]{0,16}") {
            let vocabulary = Vocabulary::default();
            read(CellKind::Text, &text, true, &vocabulary);
            read(CellKind::Text, &numeric, true, &vocabulary);
        }
    }
}
