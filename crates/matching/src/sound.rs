//! Characters that sound alike: what somebody typing by sound confuses.

use pinyin::{ToPinyin, ToPinyinMulti};

/// Characters whose second reading everybody knows; of all others only the usual one counts, since
/// rare readings would make strangers sound alike.
const TWO_READINGS: &str = "行重长乐朝单曾盖区石大厦藏柏会降强都还种调";

/// Whether two characters sound alike, tones aside.
pub fn same_sound(a: char, b: char) -> bool {
    a == b || reads_as(a, b) || reads_as(b, a)
}

/// Whether the usual reading of `a` is a reading of `b`.
fn reads_as(a: char, b: char) -> bool {
    let Some(usual) = a.to_pinyin() else {
        return false;
    };
    if TWO_READINGS.contains(b) {
        let readings = b.to_pinyin_multi();
        return readings.is_some_and(|all| all.into_iter().any(|one| one.plain() == usual.plain()));
    }
    b.to_pinyin()
        .is_some_and(|other| other.plain() == usual.plain())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_compared_without_tones_and_with_all_of_them() {
        for (a, b, same) in [
            ('任', '人', true),
            ('谛', '第', true),
            ('行', '航', true),
            ('行', '型', true),
            ('北', '南', false),
            ('潭', '沂', false),
            ('抚', '怀', false),
            ('a', '人', false),
            ('人', '人', true),
        ] {
            assert_eq!(same_sound(a, b), same, "{a} {b}");
        }
    }
}
