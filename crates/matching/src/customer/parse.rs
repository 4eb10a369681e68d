//! A customer's name taken apart: place, stem, ordinal, type, branch, legal form, department,
//! notes, other names. Everything no word claims stays in the stem, where it must agree exactly.
//!
//! Parsing never fails and never guesses between two readings: equal texts are parsed alike, and
//! what is written differently on purpose (第一, 1, 壹) ends in the same parts.

use super::brackets::{add_group, split_brackets, split_dash, strip_edges};
use super::chain::{Chain, place_chain};
use super::places::{Codes, gazetteer, town_stem};
use super::tail::{cut, cut_branch, cut_chain, cut_kind, strip_tail};
use super::words::{Kind, Legal, Sector, words};
use crate::numerals::{number, start_of_number_at_end};
use crate::text::normalise;

/// The parts of a name. Empty text: not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether the name has one part"
)]
pub struct Name {
    /// What candidates are searched with: the name without brackets, departments and notes.
    pub core: String,
    /// Where in `core` (in characters) the place ends, the stem ends, and the branch begins.
    pub spans: Spans,
    /// What the written place may be.
    pub place: Codes,
    /// The place as it is written.
    pub place_text: String,
    /// The last place is written in short form.
    pub short: bool,
    /// The last place is written in short form and nothing stands between it and a bare 医院:
    /// 北京朝阳医院 is not the hospital of 朝阳区.
    pub loose: bool,
    /// 省, 市, 县 or 区 without the place's name.
    pub level: Option<char>,
    /// Brand, school, town, saint: what makes the name its own.
    pub stem: String,
    /// First character of the town's suffix, if the stem is one.
    pub town: Option<char>,
    /// 第N; 0: none.
    pub ordinal: u16,
    /// What it is; 0: not known.
    pub kind: Kind,
    /// 附属.
    pub affiliated: bool,
    /// 连锁.
    pub chain: bool,
    /// Legal form.
    pub legal: Legal,
    /// Name of the campus or store; `#14` for the fourteenth.
    pub branch: String,
    /// 路, 街 or 大道 at the end of the branch, which is not in `branch`.
    pub street: Option<char>,
    /// Department, as written.
    pub department: String,
    /// The department is written with a slip.
    pub department_slip: bool,
    /// Notes say it is not in use.
    pub closed: bool,
    /// Other names of the same house found in brackets; `true`: a former one.
    pub others: Vec<(bool, Name)>,
}

/// Positions in the core of a name, in characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spans {
    /// Beginning of the deepest place.
    pub last_place: usize,
    /// End of the place.
    pub place: usize,
    /// End of the stem.
    pub stem: usize,
    /// Beginning of the branch.
    pub branch: usize,
}

/// Takes a name apart.
pub fn parse(name: &str) -> Name {
    let text = normalise(name);
    let chars: Vec<char> = text.chars().collect();
    parse_normalised(&chars)
}

/// [`parse`] for a text that is normalised.
pub fn parse_normalised(text: &[char]) -> Name {
    let (main, groups) = split_brackets(strip_edges(text));
    let (main, dashed) = split_dash(&main);
    let mut parts = parse_plain(&main);
    if let Some(dashed) = dashed {
        add_group(&mut parts, dashed, true);
    }
    for group in &groups {
        add_group(&mut parts, group, false);
    }
    parts
}

/// A name without brackets and dashes.
pub(super) fn parse_plain(text: &[char]) -> Name {
    let mut parts = Name::default();
    let mut text = strip_tail(text, &mut parts);
    parts.core = text.iter().collect();
    text = cut_branch(text, &mut parts);
    parts.spans.branch = text.len();
    if let Some((len, form)) = words().legal_at_end(text)
        && text.len() > len
    {
        parts.legal = form;
        text = cut(text, len);
    }
    text = cut_chain(text, &mut parts);
    text = cut_kind(text, &mut parts);
    text = cut_chain(text, &mut parts);

    let Chain {
        len,
        last,
        codes,
        short,
    } = place_chain(text);
    parts.place = codes;
    parts.place_text = text.iter().take(len).collect();
    parts.spans.last_place = last;
    parts.short = short;
    let mut rest = text.get(len..).unwrap_or_default();
    // 第二附属医院, 附属第二医院: in either order.
    for _ in 0..2 {
        rest = cut_affiliation(rest, &mut parts);
        rest = cut_ordinal(rest, &mut parts);
    }
    rest = general_kind(rest, &mut parts);
    if let [level @ ('省' | '市' | '县' | '区')] = rest
        && (len == 0 || text.get(len - 1) == Some(level))
    {
        parts.level = Some(*level);
        rest = &[];
    }
    parts.loose =
        short && rest.is_empty() && parts.ordinal == 0 && words().name(parts.kind) == "医院";
    parts.spans.place = len;
    parts.spans.stem = len + rest.len();
    parts.stem = stem_of(rest, &mut parts);
    inner_place(&mut parts);
    // 301医院: an army number says so itself.
    if parts.stem.is_empty()
        && parts.place.is_empty()
        && parts.ordinal >= ARMY
        && parts.branch.is_empty()
    {
        parts.stem.push_str("解放军");
    }
    parts
}

/// From this number on a hospital without a place is one of the army.
const ARMY: u16 = 60;

fn cut_affiliation<'t>(text: &'t [char], parts: &mut Name) -> &'t [char] {
    match words().affiliation_at_end(text) {
        Some(len) => {
            parts.affiliated = true;
            cut(text, len)
        }
        None => text,
    }
}

/// 第二, or a bare 二 where nothing else can be meant: behind a place, a school or 附属.
fn cut_ordinal<'t>(text: &'t [char], parts: &mut Name) -> &'t [char] {
    if parts.ordinal != 0 {
        return text;
    }
    let Some(start) = start_of_number_at_end(text) else {
        return text;
    };
    let (before, digits) = text.split_at(start);
    let Some(value) = number(digits) else {
        return text;
    };
    if let [rest @ .., '第'] = before {
        parts.ordinal = value;
        return rest;
    }
    let bare = before.is_empty()
        || parts.affiliated
        || words().affiliation_at_end(before).is_some()
        || matches!(before, ['省' | '市' | '县' | '区' | '州'])
        || before.ends_with(&['人', '民'])
        || before.ends_with(&['中', '医'])
        || before.ends_with(&['大', '学'])
        || before.ends_with(&['学', '院'])
        || before.ends_with(&['医', '大'])
        || (before.ends_with(&['大']) && parts.affiliated)
        || before.ends_with(&['解', '放', '军'])
        || words()
            .short_at(before)
            .is_some_and(|(len, _)| len == before.len());
    if bare {
        parts.ordinal = value;
        return before;
    }
    text
}

/// 人民第二医院, 中医二院: the type stands on both sides of the ordinal.
fn general_kind<'t>(text: &'t [char], parts: &mut Name) -> &'t [char] {
    if parts.ordinal == 0 || words().name(parts.kind) != "医院" {
        return text;
    }
    for (tail, whole) in [("人民", "人民医院"), ("中医", "中医医院")] {
        let len = tail.chars().count();
        let rest = cut(text, len);
        if text.len() >= len && text.iter().skip(rest.len()).copied().eq(tail.chars()) {
            let whole: Vec<char> = whole.chars().collect();
            if let Some((_, kind)) = words().kind_at_end(&whole) {
                parts.kind = kind;
                return rest;
            }
        }
    }
    text
}

/// The stem in its usual form: short names of schools written out, the suffix of a town apart.
fn stem_of(rest: &[char], parts: &mut Name) -> String {
    let mut stem = String::new();
    let mut rest = rest;
    if rest == ['大'] && parts.affiliated {
        return "大学".to_owned();
    }
    if let Some((len, long)) = words().short_at(rest)
        && (len == rest.len() || parts.affiliated || long.len() < len * 3)
    {
        stem.push_str(long);
        rest = rest.get(len..).unwrap_or_default();
    }
    stem.extend(rest);
    let is_local = matches!(
        words().name(parts.kind),
        "卫生院" | "中心卫生院" | "社区卫生服务中心" | "社区卫生服务站" | "卫生室"
    );
    if is_local {
        let whole = stem.strip_suffix("办事处").unwrap_or(&stem);
        let (plain, kind) = town_stem(whole);
        let (plain, kind) = match (kind, town_stem(plain)) {
            ('街', (inner, inner_kind @ ('镇' | '乡'))) if inner.chars().count() >= 2 => {
                (inner, inner_kind)
            }
            _ => (plain, kind),
        };
        if kind != ' ' && !plain.is_empty() {
            parts.town = Some(kind);
            return plain.to_owned();
        }
    }
    stem
}

/// 国药控股赣州有限公司: a trading company names its place behind its brand. The place in front
/// belongs to the brand then (南京医药湖南有限公司).
fn inner_place(parts: &mut Name) {
    if parts.legal == Legal::None || words().sector(parts.kind) != Sector::Trade {
        return;
    }
    let stem: Vec<char> = parts.stem.chars().collect();
    for start in 2..stem.len() {
        let tail = stem.get(start..).unwrap_or_default();
        let Some((len, place)) = gazetteer().at(tail) else {
            continue;
        };
        if len != tail.len() || len < 2 {
            continue;
        }
        let met = place.any.meet(&parts.place);
        let brand: String = stem.iter().take(start).collect();
        let written: String = tail.iter().collect();
        if parts.place.is_empty() || !met.is_empty() {
            parts.place = if met.is_empty() { place.any } else { met };
            parts.place_text.push_str(&written);
            parts.stem = brand;
        } else {
            parts.stem = format!("{}{brand}", parts.place_text);
            parts.place = place.any;
            parts.place_text = written;
        }
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Place, stem, ordinal, type, branch: the parts most names have.
    fn parts(name: &str) -> String {
        let name = parse(name);
        format!(
            "{}|{}|{}|{}|{}",
            name.place_text,
            name.stem,
            name.ordinal,
            words().name(name.kind),
            name.branch
        )
    }

    #[test]
    fn names_are_taken_apart() {
        for (name, expected) in [
            ("石家庄市第二医院", "石家庄市||2|医院|"),
            ("河北省石家庄市第贰医院", "河北省石家庄市||2|医院|"),
            ("河北医大二院", "河北|医科大学|2|医院|"),
            ("河北医科大学第二医院东院区", "河北|医科大学|2|医院|东"),
            ("北大三院", "|北京大学|3|医院|"),
            ("苏州大学附属第三医院", "苏州|大学|3|医院|"),
            ("苏州大学第三附属医院", "苏州|大学|3|医院|"),
            ("兰州大三附院", "兰州|大学|3|医院|"),
            ("解放军第三〇一医院", "|解放军|301|医院|"),
            ("301医院", "|解放军|301|医院|"),
            ("恩施州中心医院", "恩施州||0|中心医院|"),
            ("襄樊市中医院", "襄樊市||0|中医医院|"),
            ("沈阳市人民二院", "沈阳市||2|人民医院|"),
            ("固始县丰港乡卫生院", "固始县|丰港|0|卫生院|"),
            ("永寿镇中心卫生院", "|永寿|0|中心卫生院|"),
            (
                "苏州市九华健康药房连锁有限公司第十四分店",
                "苏州市|九华|0|健康药房|#14",
            ),
            ("老百姓大药房连锁有限公司中山路店", "|老百姓|0|大药房|中山"),
            ("海晏堂大药房有限公司", "|海晏堂|0|大药房|"),
            ("国药控股赣州有限公司", "赣州|国药控股|0||"),
            ("南京医药湖南有限公司", "湖南|南京医药|0||"),
            (
                "白云堂【衡水市】大药房连锁有限公司",
                "衡水市|白云堂|0|大药房|",
            ),
            ("市第八医院", "||8|医院|"),
        ] {
            assert_eq!(parts(name), expected, "{name}");
        }
    }

    #[test]
    fn departments_and_notes_are_not_part_of_who_it_is() {
        for name in [
            "宣恩县人民医院",
            "宣恩县人民医院-中药房（医保）",
            "宣恩县人民医院（西药房）【停用】",
            "01-宣恩县人民医院门诊药房",
            "宣恩县人民医院[公立]1",
            "A-宣恩县人民医院药剂科*",
            "宣恩县人民医院〔原工人医院〕",
        ] {
            assert_eq!(parts(name), "宣恩县||0|人民医院|", "{name}");
        }
        assert!(parse("宣恩县人民医院【停用】").closed);
        assert_eq!(parse("宣恩县人民医院（西药房）").department, "西药房");
    }

    #[test]
    fn what_nobody_explains_stays_in_the_stem() {
        for (name, stem) in [
            ("绍兴市稽山人民医院", "稽山"),
            ("信阳县第二人民医院", "信阳县"),
            ("重庆市第三军医大学西南医院", "第三军医大学西南"),
        ] {
            assert_eq!(parse(name).stem, stem, "{name}");
        }
    }

    #[test]
    fn other_names_in_brackets_are_names() {
        let name = parse("重庆市红十字会医院（江北区人民医院）");
        assert_eq!(name.others.len(), 1);
        assert_eq!(name.others[0].1.place_text, "江北区");
        let name = parse("普洱市传染病医院(原铁路医院)");
        assert!(name.others[0].0, "a former name");
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_parts(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn any_mix_of_words_has_parts(
            words in proptest::collection::vec(
                proptest::sample::select(vec![
                    "市", "县", "第", "一", "十", "医院", "院", "附属", "分店", "店", "有限公司", "(", ")", "-",
                    "南京", "朝阳", "镇", "街道", "连锁", "药房", "原", "东", "1", "#", "医大",
                ]),
                0..12,
            )
        ) {
            let _ = parse(&words.concat());
        }
    }
}
