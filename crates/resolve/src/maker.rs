//! Whether two texts can name the same maker. Only ever used to *refuse*: another maker's pack of
//! the same medicine is not ours.

use channelflow_model::text::key;

/// Legal forms at the end of a company name; they are dropped or shortened freely.
const LEGAL_FORMS: [&str; 6] = [
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "股份公司",
    "公司",
    "集团",
];

/// Whether nothing speaks against the two being one company. Abbreviations keep the order of the
/// characters (石药欧意 for 石药集团欧意药业有限公司), so the shorter text must run through the
/// longer one. An empty text says nothing.
pub(crate) fn may_be_same_maker(a: &str, b: &str) -> bool {
    let (a, b) = (core(a), core(b));
    let (short, long) = if a.chars().count() <= b.chars().count() {
        (a, b)
    } else {
        (b, a)
    };
    let mut rest = long.chars();
    short.chars().all(|c| rest.any(|other| other == c))
}

/// The name without brackets' content (受托方 …, places) and without the legal form.
fn core(text: &str) -> String {
    let mut depth = 0_u32;
    let outside: String = text
        .chars()
        .filter(|c| match c {
            '(' | '（' | '[' | '【' => {
                depth += 1;
                false
            }
            ')' | '）' | ']' | '】' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    let mut core = key(&outside);
    while let Some(shorter) = LEGAL_FORMS
        .iter()
        .find_map(|form| core.strip_suffix(form))
        .filter(|shorter| !shorter.is_empty())
    {
        core = shorter.to_owned();
    }
    core
}

#[cfg(test)]
mod tests {
    use super::may_be_same_maker;

    #[test]
    fn abbreviations_pass_and_other_makers_do_not() {
        for (a, b) in [
            ("石药欧意", "石药集团欧意药业有限公司"),
            ("辰欣药业股", "辰欣药业股份有限公司"),
            ("山东辰欣药业股份有限公司", "辰欣药业股份有限公司"),
            ("康哲(湖南)制药有限公司", "康哲制药"),
            ("", "辰欣药业股份有限公司"),
        ] {
            assert!(may_be_same_maker(a, b), "{a} | {b}");
            assert!(may_be_same_maker(b, a), "{b} | {a}");
        }
        for (a, b) in [
            ("石药集团欧意药业有限公司", "辰欣药业股份有限公司"),
            ("杭州默沙东制药有限公司", "山东新时代药业有限公司"),
        ] {
            assert!(!may_be_same_maker(a, b), "{a} | {b}");
        }
    }
}
