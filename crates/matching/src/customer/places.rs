//! The gazetteer: administrative divisions by every way to write them, and the towns they hold.
//! What a place means for a name is decided elsewhere.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::slip::is_one_slip;
use crate::trie::Trie;

/// Most divisions one written place may stand for; names of more are as good as none.
const MOST: usize = 8;

/// A division: two digits of the province, two of the city, two of the county. `420000` is a
/// province, `420100` a city.
pub type Code = u32;

/// The divisions a written place may stand for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Codes {
    len: u8,
    codes: [Code; MOST],
}

impl Codes {
    /// The divisions.
    pub fn as_slice(&self) -> &[Code] {
        self.codes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// One division.
    pub fn one(code: Code) -> Self {
        let mut codes = Codes::default();
        codes.push(code);
        codes
    }

    /// Adds a division; beyond [`MOST`] it is forgotten.
    pub fn push(&mut self, code: Code) {
        if self.as_slice().contains(&code) {
            return;
        }
        if let Some(free) = self.codes.get_mut(usize::from(self.len)) {
            *free = code;
            self.len += 1;
        }
    }

    /// The divisions of `self` inside one of `wider` (or equal to it), and those of `wider` inside
    /// one of `self`: what both together can mean. Empty: they contradict each other.
    pub fn meet(&self, wider: &Codes) -> Codes {
        let mut met = Codes::default();
        for deep in self.as_slice() {
            for wide in wider.as_slice() {
                if is_within(*deep, *wide) {
                    met.push(*deep);
                } else if is_within(*wide, *deep) {
                    met.push(*wide);
                }
            }
        }
        met
    }

    /// Whether the two share a division.
    pub fn overlap(&self, other: &Codes) -> bool {
        self.as_slice().iter().any(|c| other.as_slice().contains(c))
    }
}

/// Whether `deep` lies in `wide` or is it.
pub fn is_within(deep: Code, wide: Code) -> bool {
    if wide.is_multiple_of(10_000) {
        deep / 10_000 == wide / 10_000
    } else if wide.is_multiple_of(100) {
        deep / 100 == wide / 100
    } else {
        deep == wide
    }
}

/// How a place is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Written {
    /// 恩施土家族苗族自治州.
    Full,
    /// 恩施州, 恩施, a former name.
    Short,
}

/// What stands under one written place.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// What it may mean in full form.
    pub full: Codes,
    /// What it may mean in full or short form.
    pub any: Codes,
}

/// A division and its name.
type Named = (Code, Vec<char>);

/// The divisions of China.
#[derive(Debug)]
pub struct Gazetteer {
    places: Trie<Place>,
    towns: FxHashMap<&'static str, Vec<(Code, char)>>,
    /// Every division, by the last character and the length of its name.
    names: FxHashMap<(char, usize), Vec<Named>>,
}

static GAZETTEER: LazyLock<Gazetteer> =
    LazyLock::new(|| Gazetteer::read(include_str!("../../../../config/vocabulary/places.tsv")));

/// The built-in gazetteer.
pub fn gazetteer() -> &'static Gazetteer {
    &GAZETTEER
}

impl Gazetteer {
    fn read(text: &'static str) -> Self {
        let mut gazetteer = Gazetteer {
            places: Trie::default(),
            towns: FxHashMap::default(),
            names: FxHashMap::default(),
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let code = fields.next().and_then(|code| code.parse::<Code>().ok());
            let (Some(code), Some(name)) = (code, fields.next()) else {
                continue;
            };
            gazetteer.add(name, code, Written::Full);
            let chars: Vec<char> = name.chars().collect();
            if let Some(last) = chars.last() {
                let key = (*last, chars.len());
                gazetteer.names.entry(key).or_default().push((code, chars));
            }
            for short in short_forms(name) {
                gazetteer.add(&short, code, Written::Short);
            }
            for former in fields
                .next()
                .unwrap_or("")
                .split(';')
                .filter(|f| !f.is_empty())
            {
                gazetteer.add(former, code, Written::Full);
                for short in short_forms(former) {
                    gazetteer.add(&short, code, Written::Short);
                }
            }
            for town in fields
                .next()
                .unwrap_or("")
                .split(' ')
                .filter(|t| !t.is_empty())
            {
                let (stem, kind) = town_stem(town);
                gazetteer.towns.entry(stem).or_default().push((code, kind));
            }
        }
        // 河北 is the province, not the district of Tianjin: beside a province a county of the same
        // short name is written in full.
        gazetteer.places.each_mut(|place| {
            if place
                .any
                .as_slice()
                .iter()
                .any(|code| code.is_multiple_of(10_000))
            {
                let any = place.any;
                place.any = place.full;
                for code in any
                    .as_slice()
                    .iter()
                    .filter(|code| code.is_multiple_of(100))
                {
                    place.any.push(*code);
                }
            }
        });
        gazetteer
    }

    fn add(&mut self, name: &str, code: Code, written: Written) {
        let place = self.places.entry(name.chars()).get_or_insert(Place {
            full: Codes::default(),
            any: Codes::default(),
        });
        if written == Written::Full {
            place.full.push(code);
        }
        place.any.push(code);
    }

    /// The longest place at the start of a text.
    pub fn at(&self, text: &[char]) -> Option<(usize, &Place)> {
        self.places.longest(text.iter().copied())
    }

    /// Every place at the start of a text, shortest first.
    pub fn all_at<'g>(&'g self, text: &[char], each: impl FnMut(usize, &'g Place)) {
        self.places.all(text.iter().copied(), each);
    }

    /// What a whole text stands for, as a place.
    pub fn named(&self, text: &str) -> Codes {
        let chars: Vec<char> = text.chars().collect();
        match self.at(&chars) {
            Some((len, place)) if len == chars.len() => place.any,
            _ => Codes::default(),
        }
    }

    /// The one division inside `within` (anywhere, if empty) that a text names with one slip.
    pub fn meant(&self, text: &[char], within: &Codes) -> Option<&[char]> {
        let last = text.last()?;
        let mut meant: Option<&[char]> = None;
        let lengths = text.len().saturating_sub(1)..=text.len() + 1;
        let names = lengths
            .filter_map(|len| self.names.get(&(*last, len)))
            .flatten();
        for (code, name) in names {
            if (!within.is_empty() && !within.as_slice().iter().any(|w| is_within(*code, *w)))
                || !is_one_slip(text, name)
            {
                continue;
            }
            if meant.is_some_and(|meant| meant != name) {
                return None;
            }
            meant = Some(name);
        }
        meant
    }

    /// The counties with a town of this stem (安亭 of 安亭镇), and what kind of town each is
    /// (`镇`, `乡`, `街`, `苏`).
    pub fn towns(&self, stem: &str) -> &[(Code, char)] {
        self.towns.get(stem).map_or(&[], Vec::as_slice)
    }
}

/// A town without its suffix, and the first character of the suffix.
pub fn town_stem(town: &str) -> (&str, char) {
    for (suffix, kind) in [
        ("街道", '街'),
        ("地区", '街'),
        ("镇", '镇'),
        ("乡", '乡'),
        ("苏木", '苏'),
    ] {
        if let Some(stem) = town.strip_suffix(suffix) {
            let plain = without_peoples(stem);
            return (if plain.is_empty() { stem } else { plain }, kind);
        }
    }
    (town, ' ')
}

/// 恩施土家族苗族自治州: 恩施土家族苗族, 恩施州, 恩施. Forms of one character are too little.
fn short_forms(name: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for (suffix, short) in [
        ("高新技术产业开发区", "高新区"),
        ("经济技术开发区", "经开区"),
    ] {
        if let Some(stem) = name.strip_suffix(suffix) {
            forms.push(format!("{stem}{short}"));
            forms.push(format!(
                "{stem}{}",
                suffix.replace("技术产业", "").replace("技术", "")
            ));
            return forms;
        }
    }
    let suffixes = [
        ("特别行政区", ""),
        ("自治区", ""),
        ("自治州", "州"),
        ("自治县", "县"),
        ("自治旗", "旗"),
        ("省", ""),
        ("地区", ""),
        ("盟", ""),
        ("林区", ""),
        ("市", ""),
        ("县", ""),
        ("区", ""),
        ("旗", ""),
    ];
    for (suffix, short) in suffixes {
        let Some(stem) = name.strip_suffix(suffix) else {
            continue;
        };
        let plain = without_peoples(stem);
        if stem.chars().count() >= 2 {
            forms.push(stem.to_owned());
        }
        if plain != stem {
            if plain.chars().count() >= 2 {
                forms.push(plain.to_owned());
            }
            if !short.is_empty() && !plain.is_empty() {
                forms.push(format!("{plain}{short}"));
            }
        }
        break;
    }
    forms
}

/// 恩施土家族苗族: 恩施. Names of peoples at the end are cut off.
fn without_peoples(stem: &str) -> &str {
    let mut plain = stem;
    while let Some(cut) = PEOPLES.iter().find_map(|people| plain.strip_suffix(people)) {
        plain = cut;
    }
    plain
}

/// Peoples in names of divisions, longer ones before those they end in.
const PEOPLES: [&str; 54] = [
    "各族",
    "维吾尔族",
    "维吾尔",
    "哈萨克族",
    "哈萨克",
    "柯尔克孜族",
    "柯尔克孜",
    "塔吉克族",
    "塔吉克",
    "土家族",
    "东乡族",
    "保安族",
    "撒拉族",
    "裕固族",
    "锡伯族",
    "锡伯",
    "布依族",
    "仡佬族",
    "仫佬族",
    "毛南族",
    "拉祜族",
    "布朗族",
    "哈尼族",
    "纳西族",
    "傈僳族",
    "景颇族",
    "普米族",
    "独龙族",
    "达斡尔族",
    "达斡尔",
    "鄂温克族",
    "鄂伦春族",
    "朝鲜族",
    "高山族",
    "蒙古族",
    "蒙古",
    "壮族",
    "回族",
    "满族",
    "藏族",
    "羌族",
    "彝族",
    "苗族",
    "侗族",
    "瑶族",
    "水族",
    "黎族",
    "白族",
    "傣族",
    "佤族",
    "畲族",
    "土族",
    "怒族",
    "京族",
];
