//! 通用名: the substance and its salts. 盐酸氟西汀 is 氟西汀 as 盐酸; 哌拉西林钠他唑巴坦钠 is
//! 哌拉西林他唑巴坦 as 钠. Names that only look salted (硝酸甘油) stay whole.

use crate::product::words::{SaltId, Words, words};
use crate::verdict::Agreement;

/// A set of salts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Salts(u128);

impl Salts {
    /// With one more.
    #[must_use]
    pub fn with(self, salt: SaltId) -> Self {
        Salts(self.0 | 1_u128.checked_shl(u32::from(salt.0)).unwrap_or(0))
    }

    /// Of both.
    #[must_use]
    pub fn and(self, other: Salts) -> Self {
        Salts(self.0 | other.0)
    }

    /// None at all.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How reported salts agree with those of the master: all of one side may be unsaid, but what
    /// is said on both sides must be the same.
    pub fn agreement(self, master: Salts) -> Option<Agreement> {
        if self == master {
            return (!self.is_empty()).then_some(Agreement::Equal);
        }
        Some(match (self.0 & !master.0, master.0 & !self.0) {
            (0, _) => Agreement::OnlyMaster,
            (_, 0) => Agreement::OnlyReported,
            _ => Agreement::Conflict,
        })
    }

    /// As a person reads it.
    pub fn show(self) -> String {
        let said = |at: usize| {
            u32::try_from(at).is_ok_and(|at| self.0 & 1_u128.checked_shl(at).unwrap_or(0) != 0)
        };
        let names = words().salt_names.iter().enumerate();
        let words: Vec<&str> = names
            .filter(|(at, _)| said(*at))
            .map(|(_, name)| name.as_str())
            .collect();
        words.join("+")
    }
}

/// A part of a name that is a salt: from, to (in characters), which.
type Span = (usize, usize, SaltId);

/// The name of a substance without its salts, and the salts.
pub fn base_and_salts(name: &str) -> (String, Salts) {
    let characters: Vec<char> = in_use(name, words()).chars().collect();
    let spans = salt_spans(&characters, words());
    let salts = spans
        .iter()
        .fold(Salts::default(), |salts, span| salts.with(span.2));
    let base = without(&characters, &spans, |_| true);
    (in_use(&base, words()), salts)
}

/// Every way to leave salts out of a name, the full name first.
pub fn with_salts_left_out(name: &str) -> Vec<(String, Salts)> {
    let characters: Vec<char> = name.chars().collect();
    let mut spans = salt_spans(&characters, words());
    spans.truncate(4);
    let all = 1_usize << spans.len();
    (0..all)
        .map(|left_out| {
            let text = without(&characters, &spans, |span| left_out & (1 << span) != 0);
            let kept = spans
                .iter()
                .enumerate()
                .filter(|(at, _)| left_out & (1 << at) == 0);
            let salts = kept.fold(Salts::default(), |salts, (_, span)| salts.with(span.2));
            (text, salts)
        })
        .collect()
}

fn without(text: &[char], spans: &[Span], leave_out: impl Fn(usize) -> bool) -> String {
    let dropped = |at: usize| {
        let mut spans = spans.iter().enumerate();
        spans.any(|(index, (from, to, _))| (*from..*to).contains(&at) && leave_out(index))
    };
    let kept = text.iter().enumerate().filter(|(at, _)| !dropped(*at));
    kept.map(|(_, c)| *c).collect()
}

fn salt_spans(text: &[char], words: &Words) -> Vec<Span> {
    let name: String = text.iter().collect();
    let long = |whole: &&String| whole.chars().count() >= 4 && name.starts_with(whole.as_str());
    if words.whole.contains(&name) || words.whole.iter().any(|whole| long(&whole)) {
        return Vec::new();
    }
    let mut spans = Vec::new();
    let mut start = 0;
    if let Some((length, salt)) = words.acids.iter().find_map(|(word, salt)| {
        let length = word.chars().count();
        (name.starts_with(word.as_str()) && text.len() >= length + 2).then_some((length, *salt))
    }) {
        spans.push((0, length, salt));
        start = length;
    }
    let mut at = start + 2;
    while at < text.len() {
        let found = words.metals.iter().find_map(|(word, salt)| {
            let length = word.chars().count();
            let here = text.get(at..at + length)?.iter().copied().eq(word.chars());
            let inner = matches!(word.as_str(), "钠" | "钾" | "钙" | "镁");
            let oxide = matches!(text.get(at - 1), Some('化' | '氢' | '酸')) && at < start + 3;
            (here && !oxide && (inner || at + length == text.len())).then_some((length, *salt))
        });
        match found {
            Some((length, salt)) if text.get(at - 1) != Some(&'化') => {
                spans.push((at, at + length, salt));
                at += length;
            }
            _ => at += 1,
        }
    }
    spans
}

/// The name in use for a substance, without water of crystallisation.
fn in_use(name: &str, words: &Words) -> String {
    let mut name = name;
    for water in &words.waters {
        name = name.strip_suffix(water.as_str()).unwrap_or(name);
        name = name.strip_prefix(water.as_str()).unwrap_or(name);
    }
    for (word, first) in &words.synonyms {
        if name == word {
            return first.clone();
        }
        if word.chars().count() >= 4 && name.contains(word.as_str()) {
            return name.replace(word.as_str(), first);
        }
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salts_are_taken_off_where_they_are_salts() {
        for (name, base, salts) in [
            ("盐酸氟西汀", "氟西汀", "盐酸"),
            ("硫酸氢氯吡格雷", "氯吡格雷", "硫酸氢"),
            ("氯沙坦钾", "氯沙坦", "钾"),
            ("培美曲塞二钠", "培美曲塞", "二钠"),
            ("哌拉西林钠他唑巴坦钠", "哌拉西林他唑巴坦", "钠"),
            ("琥珀酸美托洛尔", "美托洛尔", "琥珀酸"),
            ("硝酸甘油", "硝酸甘油", ""),
            ("氯化钠", "氯化钠", ""),
            ("碳酸钙", "碳酸钙", ""),
            ("埃索美拉唑镁", "艾司奥美拉唑", "镁"),
            ("阿莫西林", "阿莫西林", ""),
        ] {
            let (found, found_salts) = base_and_salts(name);
            assert_eq!(
                (found.as_str(), found_salts.show().as_str()),
                (base, salts),
                "{name}"
            );
        }
    }

    #[test]
    fn differing_salts_exclude_each_other_and_a_missing_one_does_not() {
        let salts = |name: &str| base_and_salts(name).1;
        for (a, b, expected) in [
            (
                "酒石酸美托洛尔",
                "琥珀酸美托洛尔",
                Some(Agreement::Conflict),
            ),
            ("美托洛尔", "琥珀酸美托洛尔", Some(Agreement::OnlyMaster)),
            ("丙戊酸钠", "丙戊酸镁", Some(Agreement::Conflict)),
            ("醋酸泼尼松", "乙酸泼尼松", Some(Agreement::Equal)),
            ("阿莫西林", "阿莫西林", None),
        ] {
            assert_eq!(salts(a).agreement(salts(b)), expected, "{a} {b}");
        }
    }

    #[test]
    fn every_salt_can_be_left_out() {
        let mut found: Vec<String> = with_salts_left_out("哌拉西林钠他唑巴坦钠")
            .into_iter()
            .map(|v| v.0)
            .collect();
        found.sort();
        assert_eq!(
            found,
            [
                "哌拉西林他唑巴坦",
                "哌拉西林他唑巴坦钠",
                "哌拉西林钠他唑巴坦",
                "哌拉西林钠他唑巴坦钠"
            ]
        );
    }
}
