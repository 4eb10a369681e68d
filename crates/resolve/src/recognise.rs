//! Which distributor wrote a file: by its folder, its file name, or the texts above its headers.
//!
//! A file that names another distributor than the folder it lies in is a conflict for a person,
//! never loaded under either.

use std::collections::BTreeSet;

use channelflow_model::master::Distributor;
use channelflow_model::text::key;

/// What told the distributor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecognisedBy {
    /// The inbox folder.
    Folder,
    /// The file name.
    FileName,
    /// Texts above the headers, or a sheet name.
    Content,
}

/// Who wrote a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognition {
    /// One distributor.
    Known {
        /// Its id.
        id: String,
        /// What told it.
        by: RecognisedBy,
    },
    /// The file lies in one distributor's folder and names only another one.
    Conflict {
        /// Whose folder it lies in.
        folder_id: String,
        /// Whom it names.
        content_id: String,
        /// The text that names it.
        text: String,
    },
    /// Nobody, or several; those that are named.
    Unknown {
        /// Ids, ascending.
        candidates: Vec<String>,
    },
}

/// A shorter text than this is not enough to name a company inside another text.
const SHORTEST_NAME: usize = 4;

/// Texts that begin with one of these name the other side of the trade, not the reporter.
const OTHER_SIDE: [&str; 13] = [
    "客户",
    "购货",
    "供货",
    "供应商",
    "采购方",
    "买方",
    "往来单位",
    "收货",
    "生产",
    "厂家",
    "对方",
    "销往",
    "配送对象",
];

/// Recognises the distributor of a file. `folder` is the sub-folder of the inbox, `head_texts` are
/// the texts above the headers and the sheet names.
pub fn recognise(
    distributors: &[Distributor],
    folder: Option<&str>,
    file_name: &str,
    head_texts: &[String],
) -> Recognition {
    let names = names_of(distributors);
    let in_file_name = named_in(&names, file_name);
    let mut in_content: Vec<(&str, &str)> = Vec::new();
    for text in head_texts {
        let begins = key(text);
        if OTHER_SIDE.iter().any(|word| begins.starts_with(word)) {
            continue;
        }
        in_content.extend(named_in(&names, text).into_iter().map(|id| (id, &**text)));
    }

    if let Some(owner) = folder.and_then(|folder| owner_of(distributors, &names, folder)) {
        let mentions: Vec<(&str, &str)> = in_file_name
            .iter()
            .map(|id| (*id, file_name))
            .chain(in_content)
            .collect();
        let names_itself = mentions.iter().any(|(id, _)| *id == owner);
        return match mentions.first() {
            Some((other, text)) if !names_itself => Recognition::Conflict {
                folder_id: owner.to_owned(),
                content_id: (*other).to_owned(),
                text: (*text).to_owned(),
            },
            _ => known(owner, RecognisedBy::Folder),
        };
    }

    let by_content: BTreeSet<&str> = in_content.iter().map(|(id, _)| *id).collect();
    let common: Vec<&str> = in_file_name.intersection(&by_content).copied().collect();
    match (&one(&in_file_name), &one(&by_content), common.as_slice()) {
        (Some(id), _, _) if by_content.is_empty() => known(id, RecognisedBy::FileName),
        (_, Some(id), _) if in_file_name.is_empty() => known(id, RecognisedBy::Content),
        (_, _, [id]) => known(id, RecognisedBy::FileName),
        _ => Recognition::Unknown {
            candidates: in_file_name
                .union(&by_content)
                .map(ToString::to_string)
                .collect(),
        },
    }
}

fn known(id: &str, by: RecognisedBy) -> Recognition {
    Recognition::Known {
        id: id.to_owned(),
        by,
    }
}

fn one<'a>(ids: &BTreeSet<&'a str>) -> Option<&'a str> {
    ids.first().copied().filter(|_| ids.len() == 1)
}

/// Keys of the names a distributor goes by, with its id; longest first.
fn names_of(distributors: &[Distributor]) -> Vec<(String, &str)> {
    let mut names: Vec<(String, &str)> = distributors
        .iter()
        .flat_map(|distributor| {
            std::iter::once(distributor.name.as_str())
                .chain(distributor.aliases.split([';', '；']))
                .map(|name| (key(name), distributor.id.as_str()))
        })
        .filter(|(name, _)| !name.is_empty())
        .collect();
    names.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
    names.dedup();
    names
}

/// Whose folder this is: by id, else by a name.
fn owner_of<'a>(
    distributors: &'a [Distributor],
    names: &[(String, &'a str)],
    folder: &str,
) -> Option<&'a str> {
    if let Some(distributor) = distributors.iter().find(|known| known.id == folder) {
        return Some(&distributor.id);
    }
    let folder = key(folder);
    let owners: BTreeSet<&str> = names
        .iter()
        .filter(|(name, _)| *name == folder)
        .map(|(_, id)| *id)
        .collect();
    one(&owners)
}

/// The distributors a text names. A name inside a longer name that is there does not count:
/// 国药控股北京 in 国药控股北京华鸿.
fn named_in<'a>(names: &[(String, &'a str)], text: &str) -> BTreeSet<&'a str> {
    let mut text = key(text);
    let mut found = BTreeSet::new();
    for (name, id) in names {
        let long_enough = name.chars().count() >= SHORTEST_NAME;
        if !long_enough || !text.contains(name.as_str()) {
            continue;
        }
        found.insert(*id);
        // Two distributors may share an alias: then both are named.
        found.extend(
            names
                .iter()
                .filter(|(other, _)| other == name)
                .map(|(_, id)| *id),
        );
        text = text.replace(name.as_str(), "\u{0}");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distributors() -> Vec<Distributor> {
        [
            ("D01", "国药控股北京有限公司", "国控北京"),
            ("D02", "国药控股北京华鸿有限公司", "国药控股北京华鸿"),
            ("D03", "九州通医药集团股份有限公司", "九州通;九州通医药"),
        ]
        .map(|(id, name, aliases)| Distributor {
            id: id.into(),
            name: name.into(),
            aliases: aliases.into(),
            ..Distributor::default()
        })
        .into()
    }

    /// Answer as text: `D01 Folder`, `D01 but D03`, `? D01 D03`.
    fn ask(folder: Option<&str>, file_name: &str, heads: &[&str]) -> String {
        let heads: Vec<String> = heads.iter().map(ToString::to_string).collect();
        match recognise(&distributors(), folder, file_name, &heads) {
            Recognition::Known { id, by } => format!("{id} {by:?}"),
            Recognition::Conflict {
                folder_id,
                content_id,
                ..
            } => format!("{folder_id} but {content_id}"),
            Recognition::Unknown { candidates } => format!("? {}", candidates.join(" ")),
        }
    }

    #[test]
    fn a_folder_decides_unless_the_file_names_only_somebody_else() {
        for (folder, file, heads, expected) in [
            ("D01", "1月流向.xlsx", &[][..], "D01 Folder"),
            ("国控北京", "1月流向.xlsx", &[], "D01 Folder"),
            (
                "D01",
                "1月.xlsx",
                &["企业名：国药控股北京有限公司"],
                "D01 Folder",
            ),
            (
                "D01",
                "1月.xlsx",
                &["九州通医药集团股份有限公司 销售明细"],
                "D01 but D03",
            ),
            ("D01", "九州通医药1月.xlsx", &[], "D01 but D03"),
            (
                "D01",
                "1月.xlsx",
                &["供应商：九州通医药集团股份有限公司"],
                "D01 Folder",
            ),
            (
                "D01",
                "1月.xlsx",
                &["九州通医药", "国控北京 报表"],
                "D01 Folder",
            ),
            (
                "D01",
                "1月.xlsx",
                &["国药控股北京华鸿有限公司"],
                "D01 but D02",
            ),
        ] {
            assert_eq!(ask(Some(folder), file, heads), expected, "{file} {heads:?}");
        }
    }

    #[test]
    fn without_a_folder_name_and_content_must_not_disagree() {
        for (file, heads, expected) in [
            ("国药控股北京华鸿 1月.csv", &[][..], "D02 FileName"),
            (
                "1月.csv",
                &["编制单位: 九州通医药集团股份有限公司"],
                "D03 Content",
            ),
            ("国控北京.csv", &["九州通医药"], "? D01 D03"),
            ("国控北京.csv", &["九州通医药", "国控北京"], "D01 FileName"),
            ("九州通.csv", &[], "? "),
        ] {
            assert_eq!(ask(None, file, heads), expected, "{file} {heads:?}");
        }
        assert_eq!(ask(Some("新文件夹"), "1月.csv", &[]), "? ");
    }
}
