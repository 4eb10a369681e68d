//! Natural order of names: `2月.xlsx` before `10月.xlsx`.

use std::cmp::Ordering;

/// Compares runs of digits by their number and everything else by its characters; names that only
/// differ in leading zeros are ordered by their text, so that the order is total.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (digits_left, rest_left) = leading_digits(left);
        let (digits_right, rest_right) = leading_digits(right);
        if !digits_left.is_empty() && !digits_right.is_empty() {
            let by_number = by_number(digits_left, digits_right);
            if by_number != Ordering::Equal {
                return by_number;
            }
            (left, right) = (rest_left, rest_right);
            continue;
        }
        let (mut characters_left, mut characters_right) = (left.chars(), right.chars());
        match (characters_left.next(), characters_right.next()) {
            (Some(x), Some(y)) if x == y => {
                (left, right) = (characters_left.as_str(), characters_right.as_str());
            }
            (None, None) => return a.cmp(b),
            (x, y) => return x.cmp(&y),
        }
    }
}

fn leading_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Without leading zeros the longer one is larger, and equally long ones compare as texts.
fn by_number(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn numbers_count_as_numbers() {
        let mut names = [
            "流向10月.xlsx",
            "流向2月.xlsx",
            "流向02月.xlsx",
            "流向2月(更正).xlsx",
            "a.csv",
            "流向",
            "202601.csv",
            "202512.csv",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "202512.csv",
                "202601.csv",
                "a.csv",
                "流向",
                "流向2月(更正).xlsx",
                "流向02月.xlsx",
                "流向2月.xlsx",
                "流向10月.xlsx",
            ]
        );
    }
}
