//! The smallest parts of a spec: quantities with their units, counts, containers and the signs
//! between them. What they add up to is `spec_text`.

use crate::product::strength::{Amount, Measure, Ratio};
use crate::product::words::{Words, words};

/// What a run of spec text consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// `0.25g`, with the scale of its unit.
    Amount(Amount, u64),
    /// `12片`.
    Count(u64, char),
    /// `12` without a unit.
    Number(Ratio),
    /// `每10丸重`: what follows is for so many.
    Each(u64),
    /// `/盒`.
    Container,
    /// `/件`: the count before it is of a shipping case.
    Case,
    /// `:` and its like: what follows belongs to what stands before.
    Link,
    /// `*` and its like.
    Next,
    Open,
    Close,
    /// `0.228.5g`, `0片`.
    Odd,
}

/// The token at a position and where the next one begins.
pub(crate) fn token(text: &[char], here: usize, last: Option<Token>) -> Option<(Token, usize)> {
    let c = at(text, here);
    if c.is_ascii_digit() || (c == '.' && at(text, here + 1).is_ascii_digit()) {
        return quantity(text, here);
    }
    let follows = |from: usize| {
        let next = at(text, from);
        next.is_ascii_digit() || next == '.' || next == '每'
    };
    let past_blanks = |mut from: usize| {
        while at(text, from) == ' ' {
            from += 1;
        }
        from
    };
    match c {
        '每' => each(text, here),
        '/' => {
            let next = past_blanks(here + 1);
            if let Some(length) = case(text, next) {
                return Some((Token::Case, next + length));
            }
            if let Some(length) = piece(text, next) {
                return Some((Token::Container, next + length));
            }
            if follows(next) {
                return Some((Token::Link, next));
            }
            // `mg/ml`: one of it.
            let (measure, scale, length) = unit(text, next)?;
            matches!(measure, Measure::Volume | Measure::Mass)
                .then(|| Ratio::whole(scale))
                .flatten()
                .map(|value| {
                    (
                        Token::Amount(Amount { measure, value }, scale),
                        next + length,
                    )
                })
        }
        ':' | '+' | ';' => {
            follows(past_blanks(here + 1)).then(|| (Token::Link, past_blanks(here + 1)))
        }
        '*' | 'x' | ',' | '、' | ' ' => {
            let next = past_blanks(here + 1);
            match at(text, next) {
                '*' | 'x' | ':' | '/' | '(' | ')' if c == ' ' => Some((Token::Next, next)),
                '(' => Some((Token::Next, next)),
                _ => follows(next).then_some((Token::Next, next)),
            }
        }
        '(' => follows(here + 1).then_some((Token::Open, here + 1)),
        ')' => Some((Token::Close, here + 1)),
        // `15g支`, `5ml装`.
        '装' => Some((Token::Container, here + 1)),
        _ if matches!(last, Some(Token::Amount(..))) => {
            let length = piece(text, here)?;
            let after = at(text, here + length);
            matches!(after, '\0' | '/' | ')' | ' ' | '*')
                .then_some((Token::Container, here + length))
        }
        _ => None,
    }
}

/// `0.25g`, `12片`, or a number that something follows.
fn quantity(text: &[char], here: usize) -> Option<(Token, usize)> {
    let mut end = here;
    loop {
        let c = at(text, end);
        let thousands = c == ','
            && (1..=3).all(|step| at(text, end + step).is_ascii_digit())
            && !matches!(at(text, end + 4), '0'..='9' | '.')
            && end - here <= 3;
        let point = c == '.' && at(text, end + 1).is_ascii_digit();
        if !c.is_ascii_digit() && !thousands && !point {
            break;
        }
        end += 1;
    }
    let number = Ratio::read(text.get(here..end)?.iter().copied());
    let mut after = end;
    while at(text, after) == ' ' {
        after += 1;
    }
    let counted = piece(text, after);
    if let Some((measure, scale, length)) = unit(text, after)
        && counted.is_none_or(|counted| counted < length)
    {
        let value = number.and_then(|number| Ratio::whole(scale)?.times(number));
        let token = value.map_or(Token::Odd, |value| {
            Token::Amount(Amount { measure, value }, scale)
        });
        return Some((token, after + length));
    }
    if let Some(length) = counted {
        let count = number.and_then(Ratio::as_whole);
        let unit = at(text, after);
        return Some((
            count.map_or(Token::Odd, |count| Token::Count(count, unit)),
            after + length,
        ));
    }
    let number = number?;
    let goes_on = match at(text, after) {
        '\0' | ')' => true,
        '*' | '/' | ':' | '+' | 'x' | ';' => {
            at(text, after + 1).is_ascii_digit() || at(text, after + 1) == ' '
        }
        _ => false,
    };
    goes_on.then_some((Token::Number(number), end))
}

/// `每粒装`, `每10丸重`.
fn each(text: &[char], here: usize) -> Option<(Token, usize)> {
    let mut next = here + 1;
    let digits = text
        .get(next..)?
        .iter()
        .take_while(|c| c.is_ascii_digit())
        .count();
    let number = Ratio::read(text.get(next..next + digits)?.iter().copied());
    next += digits;
    next += piece(text, next)?;
    while matches!(at(text, next), '装' | '含' | '重' | '约' | ':') {
        next += 1;
    }
    let number = number.and_then(Ratio::as_whole).unwrap_or(1);
    Some((Token::Each(number), next))
}

/// The longest word of a set that begins here. Latin words must end here too; `mgx12` does.
fn longest(text: &[char], here: usize, most: usize, is: impl Fn(&str) -> bool) -> Option<usize> {
    let mut word = String::with_capacity(most * 3);
    let mut found = None;
    for length in 1..=most {
        let c = at(text, here + length - 1);
        if c == '\0' {
            break;
        }
        word.push(c);
        let next = at(text, here + length);
        let ends = !c.is_ascii_alphanumeric()
            || !next.is_ascii_alphanumeric()
            || (next.is_ascii_digit() && c.is_ascii_alphabetic() && c != 'm')
            || (next == 'x' && matches!(at(text, here + length + 1), '0'..='9' | ' '));
        if ends && is(&word) {
            found = Some(length);
        }
    }
    found
}

fn unit(text: &[char], here: usize) -> Option<(Measure, u64, usize)> {
    let words = words();
    let length = longest(text, here, words.unit_length, |word| {
        words.units.contains_key(word)
    })?;
    let word: String = text.get(here..here + length)?.iter().collect();
    words
        .units
        .get(&word)
        .map(|(measure, scale)| (*measure, *scale, length))
}

/// Length of the word for a counted piece or a container.
pub(crate) fn piece(text: &[char], here: usize) -> Option<usize> {
    let words: &Words = words();
    longest(text, here, 3, |word| words.pieces.contains(word))
}

/// Length of the word for a shipping case.
pub(crate) fn case(text: &[char], here: usize) -> Option<usize> {
    let words: &Words = words();
    longest(text, here, 2, |word| words.cases.contains(word))
}

/// A character, NUL past the end.
pub(crate) fn at(text: &[char], position: usize) -> char {
    text.get(position).copied().unwrap_or('\0')
}
