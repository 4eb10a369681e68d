//! 生产企业: which makers of the master a text can mean. Short names leave out the legal form,
//! the trade, the place or the daughter's name; the more is left out, the weaker the tie.

use rustc_hash::FxHashMap;

use crate::product::near::Near;
use crate::product::parse::flat;
use crate::product::words::words;
use crate::text::normalise;

/// How a text is tied to a maker; the first is the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tie {
    /// The full name.
    Same,
    /// Without the legal form or the trade: 恒瑞医药.
    Short,
    /// Without the place, or the daughter alone: 联邦制药, 欧意药业.
    Placeless,
    /// A former name, given in brackets.
    Former,
    /// A typing error in one character.
    Typo,
    /// Several makers are called so, or only the group is named: 国药, 人福药业.
    Shared,
    /// The group under another name: 辉瑞 and Pfizer.
    Group,
    /// Named in brackets beside the maker: packs for it, makes for it.
    Partner,
}

/// The makers of a master by everything they may be called.
#[derive(Debug, Clone, Default)]
pub struct Makers {
    /// The names as they were first written, by id.
    names: Vec<String>,
    /// Every way they were written.
    written: Vec<String>,
    by_name: FxHashMap<String, u32>,
    keys: FxHashMap<String, Vec<(u32, Tie)>>,
    groups: Vec<Option<usize>>,
    near: Near,
}

/// A company name with what its brackets say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Company {
    whole: String,
    without_brackets: String,
    former: Vec<String>,
    partners: Vec<String>,
}

impl Makers {
    /// The id of a maker's name, new or known.
    pub fn add(&mut self, name: &str) -> u32 {
        let company = read_company(name);
        self.written.push(name.to_owned());
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let id = *self.by_name.entry(company.whole.clone()).or_insert(next);
        if id == next {
            self.names.push(name.to_owned());
            self.groups.push(group_of(&company.whole));
        }
        self.tie(&company.whole, id, Tie::Same);
        for text in [&company.whole, &company.without_brackets] {
            for (key, tie) in short_names(text) {
                self.tie(&key, id, tie);
            }
        }
        for former in &company.former {
            self.tie(former, id, Tie::Former);
            for (key, _) in short_names(former) {
                self.tie(&key, id, Tie::Former);
            }
        }
        for partner in &company.partners {
            self.tie(partner, id, Tie::Partner);
            self.tie(&without_legal(partner), id, Tie::Partner);
        }
        id
    }

    fn tie(&mut self, key: &str, id: u32, tie: Tie) {
        let length = key.chars().count();
        if length < 2 {
            return;
        }
        let ties = self.keys.entry(key.to_owned()).or_default();
        match ties.iter_mut().find(|(known, _)| *known == id) {
            Some((_, known)) => *known = tie.min(*known),
            None => ties.push((id, tie)),
        }
        if length >= 4 && tie <= Tie::Placeless {
            self.near.add(key, id);
        }
    }

    /// The name of a maker as the master has it.
    pub fn name(&self, id: u32) -> &str {
        self.names.get(id as usize).map_or("", String::as_str)
    }

    /// Everything a maker is called, to find makers inside longer texts: keys, and names as they
    /// are written where they have brackets, blanks or points.
    pub fn keys(&self) -> impl Iterator<Item = String> {
        let odd = |name: &String| name.chars().any(|c| !c.is_alphanumeric());
        let written = self
            .written
            .iter()
            .map(|name| flat(name).collect::<String>())
            .filter(odd);
        let shortened = written.flat_map(|name| {
            let short = without_legal(&name);
            let trade = words()
                .maker
                .trades
                .iter()
                .find_map(|trade| short.strip_suffix(trade.as_str()));
            let trade = trade.map(str::to_owned);
            [Some(name), trade, Some(short)].into_iter().flatten()
        });
        self.keys.keys().cloned().chain(shortened)
    }

    /// The maker a master row is of: the one whose full name it is.
    pub fn own(&self, name: &str) -> Option<u32> {
        self.by_name.get(&read_company(name).whole).copied()
    }

    /// Makers with exactly this short or full name.
    fn called(&self, key: &str, at_least: Tie, found: &mut Vec<(u32, Tie)>) -> bool {
        let Some(ties) = self.keys.get(key) else {
            return false;
        };
        let strongest = ties
            .iter()
            .map(|(_, tie)| *tie)
            .min()
            .unwrap_or(Tie::Shared);
        let rivals = ties.iter().filter(|(_, tie)| *tie <= Tie::Shared).count();
        for (id, tie) in ties {
            let own = *tie == Tie::Same || rivals <= 1;
            let alone = *tie <= Tie::Short
                && *tie == strongest
                && ties.iter().filter(|(_, other)| *other == strongest).count() == 1;
            let tie = if own || alone {
                *tie
            } else {
                (*tie).max(Tie::Shared)
            };
            found.push((*id, tie.max(at_least)));
        }
        true
    }

    /// The makers a text can mean, each with its tie; none: nobody the master knows.
    pub fn resolve(&self, text: &str, found: &mut Vec<(u32, Tie)>) {
        let company = read_company(text);
        let first = found.len();
        let short = without_legal(&company.whole);
        let bare = without_legal(&company.without_brackets);
        let _ = self.called(&company.whole, Tie::Same, found)
            || self.called(&short, Tie::Short, found)
            || self.called(&bare, Tie::Short, found);
        for former in &company.former {
            let _ = self.called(former, Tie::Former, found)
                || self.called(&without_legal(former), Tie::Former, found);
        }
        if found.len() == first {
            let looser = short_names(&company.without_brackets);
            let _ = looser.iter().any(|(key, tie)| {
                *tie <= Tie::Placeless
                    && key.chars().count() >= 2
                    && self.called(key, Tie::Shared, found)
            });
        }
        if found.len() == first {
            let characters: Vec<char> = short.chars().collect();
            self.near
                .find(&characters, |id, _| found.push((id, Tie::Typo)));
        }
        for partner in &company.partners {
            let _ = self.called(partner, Tie::Partner, found)
                || self.called(&without_legal(partner), Tie::Partner, found);
        }
        if found.len() == first
            && let Some(group) = group_of(&company.whole)
        {
            let same = self
                .groups
                .iter()
                .enumerate()
                .filter(|(_, other)| **other == Some(group));
            found.extend(same.filter_map(|(id, _)| Some((u32::try_from(id).ok()?, Tie::Group))));
        }
        found.sort_unstable();
        found.dedup_by_key(|(id, _)| *id);
    }
}

/// Short names of a company, each with the tie it makes.
fn short_names(key: &str) -> Vec<(String, Tie)> {
    let mut names: Vec<(String, Tie)> = Vec::new();
    let whole = without_legal(key);
    push_shortened(&whole, Tie::Short, &mut names);
    if let Some((head, tail)) = whole.split_once("集团")
        && !tail.is_empty()
    {
        push_shortened(head, Tie::Shared, &mut names);
        names.push((format!("{head}集团"), Tie::Shared));
        if !words().maker.trades.iter().any(|trade| trade == tail) {
            push_shortened(tail, Tie::Placeless, &mut names);
            push_shortened(&format!("{head}{tail}"), Tie::Short, &mut names);
        }
    }
    // 广州白云山制药股份有限公司广州白云山制药总厂: two companies in one name.
    let legal = words().maker.legal.iter().find(|legal| {
        key.find(legal.as_str())
            .is_some_and(|at| at > 0 && at + legal.len() < key.len() && legal.ends_with("公司"))
    });
    for part in legal
        .map(|legal| key.split(legal.as_str()))
        .into_iter()
        .flatten()
    {
        if !words().maker.legal.iter().any(|legal| legal == part) {
            push_shortened(part, Tie::Placeless, &mut names);
        }
    }
    names
}

/// The name, then without each trade at its end, each also without the place in front.
fn push_shortened(name: &str, tie: Tie, names: &mut Vec<(String, Tie)>) {
    let maker = &words().maker;
    let mut rest = name;
    loop {
        let is_place = maker.places.iter().any(|place| place == rest);
        let is_trade = maker.trades.iter().any(|trade| trade == rest);
        if rest.chars().count() < 2 || is_trade {
            return;
        }
        names.push((rest.to_owned(), if is_place { Tie::Shared } else { tie }));
        if let Some(placeless) = without_place(rest)
            && placeless.chars().count() >= 2
            && !maker.trades.iter().any(|trade| trade == placeless)
        {
            names.push((placeless.to_owned(), tie.max(Tie::Placeless)));
        }
        let Some(shorter) = maker
            .trades
            .iter()
            .find_map(|trade| rest.strip_suffix(trade.as_str()))
        else {
            return;
        };
        rest = shorter;
    }
}

fn without_place(name: &str) -> Option<&str> {
    let rest = words()
        .maker
        .places
        .iter()
        .find_map(|place| name.strip_prefix(place.as_str()))?;
    Some(rest.strip_prefix(['省', '市']).unwrap_or(rest))
}

/// The name without legal forms, inside too for Chinese ones.
fn without_legal(key: &str) -> String {
    let mut name = key.to_owned();
    for legal in &words().maker.legal {
        if legal.is_ascii() {
            let legal: String = legal.chars().filter(|c| c.is_alphanumeric()).collect();
            if let Some(rest) = name.strip_suffix(legal.as_str())
                && rest.len() >= 4
                && rest.is_ascii()
            {
                name = rest.to_owned();
            }
        } else if name.contains(legal.as_str()) && name.len() > legal.len() {
            name = name.replace(legal.as_str(), "");
        }
    }
    name
}

/// Letters, digits and hanzi of a normalised text.
fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Takes a name apart at its brackets.
fn read_company(name: &str) -> Company {
    let text = normalise(name);
    let mut company = Company::default();
    let mut depth = 0_u32;
    let mut inside = String::new();
    for c in text.chars().chain(std::iter::once(')')) {
        match c {
            '(' => {
                depth += 1;
                if depth > 1 {
                    inside.push(c);
                }
            }
            ')' if depth > 1 => {
                depth -= 1;
                inside.push(c);
            }
            ')' => {
                depth = 0;
                company.bracket(&std::mem::take(&mut inside));
            }
            c if depth > 0 => inside.push(c),
            c if c.is_alphanumeric() => {
                company.whole.push(c);
                company.without_brackets.push(c);
            }
            _ => {}
        }
    }
    company
}

impl Company {
    fn bracket(&mut self, content: &str) {
        let maker = &words().maker;
        let after = |words: &[String]| {
            let rest = words
                .iter()
                .find_map(|word| content.strip_prefix(word.as_str()))?;
            let name = key(rest.trim_start_matches([':', '名']));
            (name.chars().count() >= 2).then_some(name)
        };
        if let Some(name) = after(&maker.former) {
            self.former.push(name);
        } else if let Some(name) = after(&maker.partners) {
            self.partners.push(name);
        } else {
            self.whole.push_str(&key(content));
        }
    }
}

fn group_of(key: &str) -> Option<usize> {
    let contains = |word: &String| key.contains(word.replace(' ', "").as_str());
    words()
        .maker
        .groups
        .iter()
        .position(|group| group.iter().any(contains))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_can_mean() {
        let mut makers = Makers::default();
        for name in [
            "石药集团欧意药业有限公司",
            "正大天晴药业集团股份有限公司",
            "南京正大天晴制药有限公司",
            "武汉人福药业有限责任公司",
            "宜昌人福药业有限责任公司",
            "国药集团致君(深圳)制药有限公司",
            "辰欣药业股份有限公司（原名：山东鲁抗辰欣药业有限公司）",
            "Pfizer Italia S.r.l.",
        ] {
            makers.add(name);
        }
        let (ouyi, zhengda, nanjing, wuhan, yichang, zhijun, chenxin, pfizer) =
            (0, 1, 2, 3, 4, 5, 6, 7);
        for (text, expected) in [
            ("石药集团欧意药业有限公司", vec![(ouyi, Tie::Same)]),
            ("石药集团欧意药业", vec![(ouyi, Tie::Short)]),
            ("石药欧意", vec![(ouyi, Tie::Short)]),
            ("欧意药业", vec![(ouyi, Tie::Placeless)]),
            ("石药集团", vec![(ouyi, Tie::Shared)]),
            (
                "正大天晴",
                vec![(zhengda, Tie::Short), (nanjing, Tie::Shared)],
            ),
            ("南京正大天晴", vec![(nanjing, Tie::Short)]),
            (
                "人福药业",
                vec![(wuhan, Tie::Shared), (yichang, Tie::Shared)],
            ),
            ("国药集团致君（深圳）制药", vec![(zhijun, Tie::Short)]),
            ("国药", vec![(zhijun, Tie::Shared)]),
            ("山东鲁抗辰欣药业有限公司", vec![(chenxin, Tie::Former)]),
            ("宜昌人富药业有限责任公司", vec![(yichang, Tie::Typo)]),
            ("辉瑞制药有限公司", vec![(pfizer, Tie::Group)]),
            ("齐鲁制药有限公司", vec![]),
        ] {
            let mut found = Vec::new();
            makers.resolve(text, &mut found);
            assert_eq!(found, expected, "{text}");
        }
    }
}
