//! 规格: strength and pack, by the grammar `含量*n片/板*m板/盒*k盒/件`.
//!
//! [`spec_key`] is what two specs are compared by: it forgets spelling (`×`, `x`, blanks, width,
//! `/盒` at the end, `0.50g`) and nothing else. Strengths are not converted (`250mg` is not
//! `0.25g` here) and packs are not multiplied out: whoever writes them differently gets an alias.

use channelflow_model::Micros;
use channelflow_model::text::clean;

/// Units a pack is counted in.
const COUNTED: [&str; 26] = [
    "片", "粒", "支", "袋", "丸", "板", "瓶", "盒", "贴", "枚", "包", "管", "条", "小盒", "罐",
    "听", "吸", "揿", "喷", "颗", "张", "筒", "套", "卷", "s", "t",
];

/// Containers that may stand behind a slash at the end without telling more.
const CONTAINERS: [&str; 10] = ["盒", "小盒", "瓶", "支", "袋", "管", "罐", "桶", "听", "包"];

/// Words for a shipping case.
pub(crate) const CASES: [&str; 8] = ["件", "箱", "大件", "整件", "大箱", "整箱", "纸箱", "原箱"];

/// A number of something inside the next larger thing: `12粒`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub number: i64,
    /// Of what; empty when the spec does not say.
    pub unit: String,
}

/// A spec taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pack {
    /// Strength or content as normalised: `0.25g`, `2ml:15mg`.
    pub strength: String,
    /// Counts from the smallest unit to the largest inside one pack: 12粒, 2板.
    pub counts: Vec<Count>,
    /// What the counts are packed in, when the spec says: `盒`.
    pub container: String,
    /// Packs in a shipping case, when the spec says: `*400盒/件`.
    pub case_size: Option<i64>,
    /// Parts that are neither: a maker stuck to the spec, a remark.
    pub leftover: Vec<String>,
}

impl Pack {
    /// How many of a unit (as normalised: `粒`) are in one pack: 24 粒, 2 板.
    pub fn pieces(&self, unit: &str) -> Option<i64> {
        if !self.leftover.is_empty() || unit.is_empty() {
            return None;
        }
        let from = self.counts.iter().position(|count| count.unit == unit)?;
        self.counts
            .iter()
            .skip(from)
            .try_fold(1_i64, |product, count| product.checked_mul(count.number))
    }

    /// The spec without container and case: what is compared.
    pub fn key(&self) -> String {
        let mut parts = Vec::with_capacity(1 + self.counts.len() + self.leftover.len());
        if !self.strength.is_empty() {
            parts.push(self.strength.clone());
        }
        for count in &self.counts {
            parts.push(format!("{}{}", count.number, count.unit));
        }
        parts.extend(self.leftover.iter().cloned());
        parts.join("*")
    }
}

impl Pack {
    /// Whether two specs certainly mean different packs: another strength in the same measure, or
    /// another number of pieces. What cannot be compared does not contradict.
    pub(crate) fn contradicts(&self, other: &Pack) -> bool {
        if !self.leftover.is_empty() || !other.leftover.is_empty() {
            return false;
        }
        let differ = |a: Option<i64>, b: Option<i64>| a.zip(b).is_some_and(|(a, b)| a != b);
        differ(self.micrograms(), other.micrograms())
            || differ(self.all_pieces(), other.all_pieces())
    }

    /// A strength that is one mass: 0.25g is 250000.
    fn micrograms(&self) -> Option<i64> {
        let at = self.strength.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, unit) = self.strength.split_at_checked(at)?;
        let scale = match unit {
            "g" => 1_000_000,
            "mg" => 1_000,
            "ug" => 1,
            _ => return None,
        };
        let number: Micros = number.parse().ok()?;
        number.0.checked_mul(scale).map(|mass| mass / Micros::SCALE)
    }

    /// How many of the smallest unit are in a pack. One piece says nothing (a single vial of ten),
    /// and packs inside packs may be the shipping case.
    fn all_pieces(&self) -> Option<i64> {
        let packs = |count: &Count| matches!(count.unit.as_str(), "盒" | "小盒" | "");
        if self.counts.iter().any(packs) {
            return None;
        }
        let mut numbers = self.counts.iter().map(|count| count.number);
        let pieces = numbers.try_fold(1_i64, i64::checked_mul);
        pieces.filter(|pieces| *pieces > 1)
    }
}

/// Key for exact comparison of specs.
pub fn spec_key(spec: &str) -> String {
    parse_spec(spec).key()
}

/// Takes a spec apart. Never fails: what is not understood is strength or leftover.
pub fn parse_spec(spec: &str) -> Pack {
    let text = normalise(spec);
    let mut pack = Pack::default();
    let mut rest = without_each(&text);
    if let Some((before, case)) = rest.rsplit_once('/')
        && CASES.contains(&case)
    {
        rest = before;
        if let Some((before, last)) = rest.rsplit_once('*')
            && let Some((number, unit, "")) = counted(last)
            && CONTAINERS.contains(&unit)
        {
            pack.case_size = Some(number);
            rest = before;
        }
    }
    while let Some((before, container)) = rest.rsplit_once('/') {
        if before.is_empty() || !CONTAINERS.contains(&container) {
            break;
        }
        if pack.container.is_empty() {
            container.clone_into(&mut pack.container);
        }
        rest = before;
    }
    for (position, segment) in rest.split('*').enumerate() {
        if segment.is_empty() {
            continue;
        }
        match counted(segment) {
            Some((number, unit, "")) => push_count(&mut pack, number, unit),
            // `12粒/板*3板` and `0.25g/粒*6粒`: the next count says the same again.
            Some((number, unit, container)) if next_unit(rest, position) == Some(container) => {
                push_count(&mut pack, number, unit);
            }
            _ if position == 0 => {
                let strength = match segment.rsplit_once('/') {
                    Some((before, unit)) if next_unit(rest, position) == Some(unit) => before,
                    _ => segment,
                };
                strength.clone_into(&mut pack.strength);
            }
            _ => pack.leftover.push(segment.to_owned()),
        }
    }
    pack
}

/// `*1瓶` around something that is already counted adds nothing.
fn push_count(pack: &mut Pack, number: i64, unit: &str) {
    if number == 1 && !pack.counts.is_empty() {
        return;
    }
    pack.counts.push(Count {
        number,
        unit: unit.to_owned(),
    });
}

/// Unit of the count after the segment at this position.
fn next_unit(text: &str, position: usize) -> Option<&str> {
    let segment = text.split('*').nth(position + 1)?;
    counted(segment)
        .map(|(_, unit, _)| unit)
        .filter(|unit| !unit.is_empty())
}

/// `12粒/板` → 12, 粒, 板. A unit must be known; only a bare number may lack it.
fn counted(segment: &str) -> Option<(i64, &str, &str)> {
    let digits = segment.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = segment.split_at_checked(digits)?;
    let number: i64 = number.parse().ok().filter(|number| *number > 0)?;
    let (unit, container) = rest.split_once('/').unwrap_or((rest, ""));
    let unit = unit.strip_suffix('装').unwrap_or(unit);
    (unit.is_empty() || COUNTED.contains(&unit)).then_some((number, unit, container))
}

/// Drops what says "each": `每粒装0.45g`.
fn without_each(text: &str) -> &str {
    let mut rest = text;
    while let Some(tail) = rest.strip_prefix('每') {
        let Some(unit) = COUNTED.iter().find(|unit| tail.starts_with(**unit)) else {
            break;
        };
        let tail = tail.strip_prefix(unit).unwrap_or(tail);
        rest = ["装", "含", "重"]
            .iter()
            .find_map(|word| tail.strip_prefix(word))
            .unwrap_or(tail);
    }
    rest
}

/// One spelling: width, case, blanks, multiplication signs, brackets, units in words, zeros.
pub(crate) fn normalise(text: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    for c in clean(text).chars().flat_map(char::to_lowercase) {
        match c {
            ' ' | '\'' | '’' | '‘' | '`' => {}
            '×' | '✕' | '✖' | '∗' | '╳' => flat.push('*'),
            'μ' | 'µ' => flat.push('u'),
            '㎎' => flat.push_str("mg"),
            '㎍' => flat.push_str("ug"),
            '㎖' => flat.push_str("ml"),
            '\\' | '∕' => flat.push('/'),
            '[' | '【' | '〔' | '{' => flat.push('('),
            ']' | '】' | '〕' | '}' => flat.push(')'),
            '∶' => flat.push(':'),
            c => flat.push(c),
        }
    }
    for (word, sign) in [("毫克", "mg"), ("微克", "ug"), ("毫升", "ml"), ("克", "g")] {
        flat = flat.replace(word, sign);
    }
    let characters: Vec<char> = flat.chars().collect();
    let signs: String = characters
        .iter()
        .enumerate()
        .map(|(at, c)| {
            let before_digit = characters.get(at + 1).is_some_and(char::is_ascii_digit);
            if *c == 'x' && at > 0 && before_digit {
                '*'
            } else {
                *c
            }
        })
        .collect();
    plain_numbers(&signs)
}

/// `0.50` → `0.5`, `.5` → `0.5`, `10.0` → `10`.
fn plain_numbers(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit() || c == '.') {
        let (before, tail) = rest.split_at(start);
        let end = tail
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(tail.len());
        let (number, after) = tail.split_at(end);
        plain.push_str(before);
        match number.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() && !fraction.contains('.') => {
                let fraction = fraction.trim_end_matches('0');
                plain.push_str(if whole.is_empty() { "0" } else { whole });
                if !fraction.is_empty() {
                    plain.push('.');
                    plain.push_str(fraction);
                }
            }
            _ => plain.push_str(number),
        }
        rest = after;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spelling_does_not_matter() {
        for (a, b) in [
            ("0.25g*12粒*2板/盒", "0.25g×12粒×2板"),
            ("0.25g*12粒*2板/盒", "０．２５Ｇ＊１２粒 x 2板／盒"),
            ("0.25g*12粒*2板/盒", "0.25g/粒*12粒/板*2板/盒"),
            ("0.25g*24粒/盒", "0.250克X24粒/盒*400盒/件"),
            ("每粒装0.45g*30粒", "0.45g*30粒/瓶"),
            ("2ml:15mg*10支", "2ml∶15㎎×10支/盒"),
            ("100片/瓶", "100片*1瓶/盒"),
            ("50μg*10片", "50ug*10片"),
        ] {
            assert_eq!(spec_key(a), spec_key(b), "{a} | {b}");
        }
    }

    #[test]
    fn content_does() {
        for (a, b) in [
            ("0.25g*12粒", "0.25g*24粒"),
            ("0.25g*12粒", "0.5g*12粒"),
            ("10mg*7片", "1mg*07片"),
            ("250mg*12粒", "0.25g*12粒"),
            ("0.25g*12粒*2板", "0.25g*24粒"),
            ("50mg*60粒(软胶囊)", "50mg*60粒"),
            ("2ml:15mg*10支辰欣药业股", "2ml:15mg*10支"),
        ] {
            assert_ne!(spec_key(a), spec_key(b), "{a} | {b}");
        }
    }

    #[test]
    fn a_pack_counts_from_small_to_large() {
        let pack = parse_spec("0.25g*12粒/板*2板/盒*400盒/件");
        assert_eq!(pack.strength, "0.25g");
        assert_eq!(pack.container, "盒");
        assert_eq!(pack.case_size, Some(400));
        assert_eq!(pack.pieces("粒"), Some(24));
        assert_eq!(pack.pieces("板"), Some(2));
        assert_eq!(pack.pieces("支"), None);

        let odd = parse_spec("2ml:15mg*10支辰欣药业股");
        assert_eq!(odd.leftover, ["10支辰欣药业股"]);
        assert_eq!(odd.pieces("支"), None);
        assert_eq!(parse_spec("10g/支").container, "支");
        assert_eq!(parse_spec(""), Pack::default());
    }

    #[test]
    fn only_what_can_be_compared_contradicts() {
        for (a, b, expected) in [
            ("0.25g*24粒", "0.25g*50粒", true),
            ("0.25g*24粒", "0.5g*24粒", true),
            ("250mg*12粒*2板", "0.25g*24粒/盒", false),
            ("0.25g*24s", "0.25g*24粒", false),
            ("0.25g", "0.25g*24粒", false),
            ("1g*1瓶", "1.0g*10瓶/盒", false),
            ("0.25g*24粒*400盒", "0.25g*24粒", false),
            ("10支辰欣", "2ml:15mg*5支", false),
            ("2ml:15mg*10支", "15mg:2ml*5支", true),
            ("", "0.25g*24粒", false),
        ] {
            let (a_pack, b_pack) = (parse_spec(a), parse_spec(b));
            assert_eq!(a_pack.contradicts(&b_pack), expected, "{a} | {b}");
            assert_eq!(b_pack.contradicts(&a_pack), expected, "{b} | {a}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(spec in "[0-9.]{1,4}(g|mg|ml)?([*xX×][1-9][0-9]{0,2}(片|粒|板|s)?){0,3}(/盒|/瓶)?") {
            let key = spec_key(&spec);
            prop_assert_eq!(spec_key(&key), key);
        }

        #[test]
        fn any_text_is_taken(spec in "\\PC{0,40}") {
            let pack = parse_spec(&spec);
            for unit in COUNTED {
                prop_assert!(pack.pieces(unit).is_none_or(|pieces| pieces > 0));
            }
        }
    }
}
