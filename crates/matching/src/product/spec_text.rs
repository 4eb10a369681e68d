//! Finding and reading specs in a text, alone in their column or stuck to a name. The grammar is
//! `含量[:溶剂] * n片/板 * m板/盒 * k盒/件` in any order and spelling. What is not a spec is left.

use crate::product::spec::{Group, Spec};
use crate::product::spec_token::{Token, at, case, piece, token};
use crate::product::strength::{Amount, Measure, Ratio};

/// Reads every spec of a text; `spans` gets the positions that belong to them.
pub fn read_spec(text: &[char], spans: &mut Vec<(usize, usize)>) -> Spec {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if !begins(text, at) {
            at += 1;
            continue;
        }
        let before = tokens.len();
        tokens.push(Token::Next);
        let end = run(text, at, &mut tokens);
        if end > at {
            spans.push((at, end));
            at = end;
        } else {
            tokens.truncate(before);
            at += 1;
            while at < text.len() && text.get(at).is_some_and(char::is_ascii_digit) {
                at += 1;
            }
        }
    }
    if tokens.is_empty() {
        Spec::default()
    } else {
        interpret(&tokens)
    }
}

/// Whether a spec may begin here: `B12`, `α2` and `III` are parts of names.
fn begins(text: &[char], position: usize) -> bool {
    let c = at(text, position);
    if c == '/' {
        return piece(text, position + 1).is_some() || case(text, position + 1).is_some();
    }
    if c != '每' && !c.is_ascii_digit() && !(c == '.' && at(text, position + 1).is_ascii_digit()) {
        return false;
    }
    let before = position
        .checked_sub(1)
        .map_or(' ', |before| at(text, before));
    let times = before == 'x' && position >= 2 && !at(text, position - 2).is_ascii_alphabetic();
    times
        || !(before.is_ascii_alphanumeric()
            || ('α'..='ω').contains(&before)
            || before == '.'
            || (before == '-' && position >= 2 && is_word(at(text, position - 2))))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric()
}

/// Reads tokens from `start`; the end of the last one that makes sense, `start` if none does.
fn run(text: &[char], start: usize, tokens: &mut Vec<Token>) -> usize {
    let first = tokens.len();
    let mut here = start;
    let (mut end, mut kept, mut units) = (start, first, 0);
    let mut depth = 0_u32;
    while here < text.len() {
        let Some((token, next)) = token(text, here, tokens.last().copied()) else {
            break;
        };
        match token {
            Token::Open => depth += 1,
            Token::Close if depth == 0 => break,
            Token::Close => depth -= 1,
            _ => {}
        }
        tokens.push(token);
        here = next;
        let complete = !matches!(
            token,
            Token::Link | Token::Next | Token::Open | Token::Each(_)
        );
        units += usize::from(matches!(
            token,
            Token::Amount(..) | Token::Count(..) | Token::Container | Token::Case
        ));
        if complete && units > 0 {
            (end, kept) = (here, tokens.len());
        }
    }
    tokens.truncate(kept);
    end
}

/// Counts and groups of quantities from tokens.
#[derive(Debug, Default)]
struct Reading {
    groups: Vec<Group>,
    group: Group,
    number: Option<Ratio>,
    each: Option<u64>,
    /// The last group outside brackets, to which `)/10g` belongs.
    last_outer: Option<usize>,
    outer: Vec<u64>,
    inner: Vec<u64>,
    depth: u32,
}

fn interpret(tokens: &[Token]) -> Spec {
    let mut spec = Spec::default();
    let mut reading = Reading::default();
    for token in tokens {
        match *token {
            Token::Amount(amount, scale) => reading.push(amount, scale, &mut spec),
            Token::Number(number) => reading.number = Some(number),
            Token::Count(count, unit) => {
                reading.close();
                spec.piece = spec.piece.or(Some(unit));
                reading.count(count);
            }
            Token::Each(number) => {
                reading.close();
                reading.each = Some(number);
            }
            Token::Case => {
                reading.outer.pop();
            }
            Token::Odd => spec.odd = true,
            Token::Link => reading.reopen(),
            Token::Container => {}
            Token::Next => reading.close(),
            Token::Open => {
                reading.close();
                reading.depth += 1;
            }
            Token::Close => {
                reading.close();
                reading.depth = reading.depth.saturating_sub(1);
            }
        }
    }
    reading.close();
    reading.groups.retain(|group| !group.amounts.is_empty());
    let product = |counts: &[u64]| -> Option<u64> {
        let product = counts
            .iter()
            .try_fold(1_u64, |product, count| product.checked_mul(*count));
        product.filter(|_| !counts.is_empty())
    };
    spec.count = match (product(&reading.outer), product(&reading.inner)) {
        (outer, None) => outer,
        (None | Some(1), inner) => inner,
        (Some(outer), Some(inner)) => {
            spec.odd |= outer != inner;
            Some(outer)
        }
    };
    spec.resolve(&reading.groups);
    spec
}

impl Reading {
    fn push(&mut self, amount: Amount, scale: u64, spec: &mut Spec) {
        // `150/300mg`: the first number has the unit of the second.
        if let Some(number) = self.number.take() {
            let scaled = Ratio::whole(scale).and_then(|scale| scale.times(number));
            self.group.amounts.push(match scaled {
                Some(value) if amount.measure != Measure::Volume => Amount { value, ..amount },
                _ => Amount {
                    measure: Measure::Bare,
                    value: number,
                },
            });
        }
        let value = match self.each.take().and_then(Ratio::whole) {
            Some(each) => amount.value.over(each),
            None => Some(amount.value),
        };
        match value {
            Some(value) => self.group.amounts.push(Amount { value, ..amount }),
            None => spec.odd = true,
        }
    }

    fn count(&mut self, count: u64) {
        if self.depth > 0 {
            self.inner.push(count);
        } else {
            self.outer.push(count);
        }
    }

    /// A link after a bracket goes on with what stands before the bracket.
    fn reopen(&mut self) {
        if self.group.amounts.is_empty()
            && self.number.is_none()
            && self.depth == 0
            && let Some(group) = self.last_outer.and_then(|last| self.groups.get_mut(last))
        {
            self.group = std::mem::take(group);
        }
    }

    fn close(&mut self) {
        if let Some(number) = self.number.take() {
            let first =
                self.groups.is_empty() && self.group.amounts.is_empty() && self.outer.is_empty();
            match number.as_whole() {
                Some(count) if !first => self.count(count),
                _ => self.group.amounts.push(Amount {
                    measure: Measure::Bare,
                    value: number,
                }),
            }
        }
        if !self.group.amounts.is_empty() {
            if self.depth == 0 {
                self.last_outer = Some(self.groups.len());
            }
            self.groups.push(std::mem::take(&mut self.group));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::product::parse::flat;
    use crate::verdict::Agreement;
    use proptest::prelude::*;

    fn spec(text: &str) -> Spec {
        let text: Vec<char> = flat(text).collect();
        read_spec(&text, &mut Vec::new())
    }

    /// `10ml:100mg*5支`: volume, strength, count.
    fn show(spec: &Spec) -> String {
        let mut content: Vec<String> = Vec::new();
        content.extend(spec.total.map(Amount::show));
        content.extend(spec.amounts.iter().map(|amount| amount.show()));
        let mut shown = content.join(":");
        if let Some(count) = spec.count {
            shown.push_str(&format!("*{count}"));
            shown.extend(spec.piece);
        }
        shown
    }

    #[test]
    fn specs_are_read_into_strength_volume_and_count() {
        for (text, shown) in [
            ("0.25g*12片*2板/盒", "250mg*24片"),
            ("每粒装0.45g*30粒", "450mg*30粒"),
            ("0.3g/片*28片", "300mg*28片"),
            ("9袋*2.5mg", "2.5mg*9袋"),
            ("10ml:0.1g*5支", "10ml:100mg*5支"),
            ("0.1g/10ml×5支/盒", "10ml:100mg*5支"),
            ("10ml100mg x 5支", "10ml:100mg*5支"),
            ("40mg/ml*30ml", "30ml:1.2g"),
            ("150ml(100ml:66.7g)", "150ml:100.05g"),
            ("2%(5g:0.1g),5g/支", "5g:100mg"),
            ("10g:0.1%", "10g:10mg"),
            ("0.3%*5ml", "5ml:15mg"),
            ("5万IU(100μg)/10g/支", "10g:100ug:5万IU"),
            ("120喷*64ug", "64ug*120喷"),
            ("每10丸重1.7g，200丸/瓶", "170mg*200丸"),
            ("24片(12片*2板)", "*24片"),
            ("250mg*12s", "250mg*12s"),
            ("0.25gx12粒x400盒/件", "250mg*12粒"),
            ("200mg/28.5mg*12片", "200mg:28.5mg*12片"),
            ("100万单位*10支", "100万IU*10支"),
        ] {
            assert_eq!(show(&spec(text)), shown, "{text}");
            assert!(!spec(text).odd, "{text}");
        }
        for text in ["0.228.5g*12s", "24片(12片*3板)"] {
            assert!(spec(text).odd, "{text}");
        }
    }

    #[test]
    fn parts_of_names_are_no_specs() {
        for name in [
            "维生素B6片",
            "碳酸钙D3片",
            "重组人干扰素α-2b栓",
            "阿莫西林克拉维酸钾(7:1)",
            "辅酶q10",
            "18aa",
        ] {
            assert!(spec(name).is_empty(), "{name}");
        }
        let text: Vec<char> = "维生素b6片 10mg*100片/瓶 天津".chars().collect();
        let mut spans = Vec::new();
        assert_eq!(show(&read_spec(&text, &mut spans)), "10mg*100片");
        assert_eq!(spans, [(7, 18)]);
    }

    #[test]
    fn two_specs_agree_part_by_part() {
        use Agreement::{Conflict, Equal, Equivalent, OnlyMaster, OnlyReported, Similar};
        for (a, b, strength, volume, pack) in [
            (
                "0.25g*24片",
                "250mg*12片*2板",
                Some(Equal),
                None,
                Some(Equal),
            ),
            (
                "0.25g*12片",
                "0.25g*24片",
                Some(Equal),
                None,
                Some(Conflict),
            ),
            ("0.25g*12片", "0.5g*12片", Some(Conflict), None, Some(Equal)),
            ("10ml:0.1g", "0.1g:5ml", Some(Equal), Some(Conflict), None),
            ("5g/支", "5g:0.1%", Some(OnlyMaster), Some(Equal), None),
            ("0.1%", "5ml:0.1%", Some(Equivalent), Some(OnlyMaster), None),
            ("20mg*1瓶", "20mg", Some(Equal), None, Some(Equivalent)),
            ("20mg*5瓶", "20mg", Some(Equal), None, Some(OnlyReported)),
            ("0.2*20片", "0.2g*20片", Some(Similar), None, Some(Equal)),
            (
                "5万IU/10g",
                "5万IU(100μg)/10g",
                Some(Equivalent),
                Some(Equal),
                None,
            ),
            ("100IU*6支", "100mg*6支", Some(Conflict), None, Some(Equal)),
        ] {
            let found = spec(a).agreement(&spec(b));
            assert_eq!(
                (found.strength, found.volume, found.pack),
                (strength, volume, pack),
                "{a} {b}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,30}") {
            let read = spec(&text);
            prop_assert!(read.count != Some(0));
        }

        #[test]
        fn units_keep_the_value(mg in 1_u32..2_000_000) {
            let grams = format!("{}.{:03}g", mg / 1000, mg % 1000);
            let micrograms = format!("{}ug", u64::from(mg) * 1000);
            prop_assert_eq!(spec(&grams), spec(&format!("{mg}mg")));
            prop_assert_eq!(spec(&micrograms), spec(&format!("{mg}毫克")));
        }

        #[test]
        fn the_order_of_volume_and_mass_does_not_matter(ml in 1_u32..5_000, mg in 1_u32..100_000, n in 1_u32..100) {
            let one = spec(&format!("{ml}ml:{mg}mg*{n}支"));
            prop_assert_eq!(&one, &spec(&format!("{mg}mg:{ml}ml*{n}支/盒")));
            prop_assert_eq!(&one, &spec(&format!("{mg}mg/{ml}ml×{n}支")));
        }
    }
}
