//! 批准文号: licence numbers in a text, whatever is written around them. 国药准字H20044021 and
//! H20044021 are one number; 国药准字HJ20140344 is the import licence H20140344 renewed.

/// A licence number as it is compared: its letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Approval(u64);

/// Words that stand before a number.
const BEFORE: [&str; 7] = [
    "国药准字",
    "进口药品注册证号",
    "进口药品注册证",
    "医药产品注册证号",
    "批准文号",
    "注册证号",
    "注册证",
];

impl Approval {
    /// As a person writes it.
    pub fn show(self) -> String {
        let digits = self.0 & 0xff_ffff_ffff_ffff;
        match char::from_u32(u32::try_from(self.0 >> 56).unwrap_or(0)) {
            Some(letter @ 'a'..='z') => format!("{}{digits:08}", letter.to_ascii_uppercase()),
            _ => digits.to_string(),
        }
    }
}

/// Reads the licence numbers of a normalised text; `spans` gets the positions that belong to them.
pub fn read_approvals(text: &[char], spans: &mut Vec<(usize, usize)>) -> Vec<Approval> {
    let mut found = Vec::new();
    let mut last_letter = None;
    let mut at = 0;
    while at < text.len() {
        let before = if at == 0 { None } else { text.get(at - 1) };
        let free = before.is_none_or(|c| !c.is_ascii_alphanumeric());
        let Some((letter, length, approval)) = text
            .get(at..)
            .filter(|_| free)
            .and_then(|rest| number(rest, last_letter))
        else {
            at += 1;
            continue;
        };
        last_letter = letter.or(last_letter);
        if !found.contains(&approval) {
            found.push(approval);
        }
        spans.push((start_of_words(text, at), at + length));
        at += length;
    }
    found
}

/// `h20044021`, `hj20140344`, `86900001000012`, and `20140368` right after another number.
fn number(rest: &[char], last_letter: Option<char>) -> Option<(Option<char>, usize, Approval)> {
    let letters = rest.iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let digits = rest
        .iter()
        .skip(letters)
        .take_while(|c| c.is_ascii_digit())
        .count();
    let next = rest.get(letters + digits);
    if next.is_some_and(char::is_ascii_alphabetic) {
        return None;
    }
    let value = rest
        .iter()
        .skip(letters)
        .take(digits)
        .try_fold(0_u64, |value, c| {
            Some(value * 10 + u64::from(c.to_digit(10)?))
        });
    let first = rest.first().copied();
    let letter = match (letters, digits, first) {
        (1 | 2, 8, Some('h' | 'z' | 's' | 'j' | 'b' | 'f' | 't')) => first,
        (0, 8, _) => Some(last_letter?),
        (0, 14, _) if rest.starts_with(&['8', '6']) => None,
        _ => return None,
    };
    let hong_kong = letters == 2 && rest.get(1) == Some(&'c');
    let code = letter.map_or(0, |c| u64::from(u32::from(c))) << 56;
    let mark = if hong_kong { 1_u64 << 48 } else { 0 };
    Some((letter, letters + digits, Approval(code | mark | value?)))
}

fn start_of_words(text: &[char], at: usize) -> usize {
    for word in BEFORE {
        let length = word.chars().count();
        if at >= length
            && text
                .get(at - length..at)
                .is_some_and(|before| before.iter().copied().eq(word.chars()))
        {
            return at - length;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_and_everything_else_is_not() {
        for (text, numbers) in [
            ("国药准字h20044021", "H20044021"),
            ("阿莫西林胶囊 h20044021 0.25g", "H20044021"),
            ("国药准字hj20140344", "H20140344"),
            (
                "j20140130(h20140367/20140368)",
                "J20140130 H20140367 H20140368",
            ),
            ("86900001000012", "86900001000012"),
            ("20140368", ""),
            ("h2004402", ""),
            ("xh20044021", ""),
            ("h20044021a", ""),
            ("0.25g*12片", ""),
        ] {
            let text: Vec<char> = text.chars().collect();
            let found = read_approvals(&text, &mut Vec::new());
            let shown: Vec<String> = found.into_iter().map(Approval::show).collect();
            assert_eq!(shown.join(" "), numbers);
        }
    }
}
