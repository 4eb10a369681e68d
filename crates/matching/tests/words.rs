//! Everything a matcher can answer has a word in both languages, and every sentence reads well.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may")]

use std::collections::BTreeSet;
use std::path::Path;

use channelflow_matching::explain::sentence;
use channelflow_matching::{
    Agreement, Candidate, Decision, Evidence, Ranked, customer, product, record,
};
use channelflow_model::Lang;
use channelflow_model::messages::word;

fn check(group: &str, codes: impl Iterator<Item = String>) {
    let unknown: BTreeSet<String> = codes
        .filter(|code| word(Lang::Zh, group, code) == *code)
        .collect();
    assert!(
        unknown.is_empty(),
        "without `{group}_…` in config/messages/match.toml: {unknown:?}"
    );
}

#[test]
fn every_rule_class_has_a_word() {
    let classes = [customer::classes(), product::classes(), record::classes()].concat();
    check("class", classes.into_iter().map(str::to_owned));
    assert_eq!(word(Lang::En, "class", "same_parts"), "all parts the same");
}

/// Parts are written where they are compared: `part("form", …)`, `part: "department"` and
/// `("place", self.place)`.
#[test]
fn every_part_has_a_word() {
    let mut parts = BTreeSet::new();
    for folder in ["src/customer", "src/product"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for file in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for (before, after) in [
                ("part(\"", ""),
                ("part: \"", ""),
                ("part = \"", ""),
                ("(\"", ", self."),
                ("(\"", ", spec."),
            ] {
                for piece in text.split(before).skip(1) {
                    let (code, rest) = piece.split_once('"').unwrap_or_default();
                    let is_code = code.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                    if is_code && rest.starts_with(after) {
                        parts.insert(code.to_owned());
                    }
                }
            }
        }
    }
    assert!(
        parts.contains("ordinal") && parts.contains("strength"),
        "{parts:?}"
    );
    check("part", parts.into_iter());
}

fn evidence(part: &'static str, reported: &str, master: &str, agreement: Agreement) -> Evidence {
    Evidence {
        part,
        reported: reported.to_owned(),
        master: master.to_owned(),
        agreement,
        weight: 1.0,
    }
}

fn said(
    lang: Lang,
    class: &'static str,
    veto: Option<&'static str>,
    rows: u32,
    evidence: &[Evidence],
) -> String {
    let ranked = Ranked {
        candidates: (0..rows)
            .map(|row| Candidate {
                row,
                score: 9.0,
                veto,
            })
            .collect(),
        class,
        score: 9.0,
    };
    let decision = match (rows, veto, class) {
        (0, ..) | (_, Some(_), _) => Decision::None,
        (_, _, "same_parts") => Decision::Accept,
        _ => Decision::Review,
    };
    let names = ["开封市中心医院高新院区", "开封市中心医院"];
    sentence(lang, decision, &ranked, evidence, |row| names[row as usize])
}

#[test]
fn a_reviewer_reads_why() {
    let same = [
        evidence("place", "开封", "开封市", Agreement::Equal),
        evidence("kind", "中心医院", "中心医院", Agreement::Equal),
        evidence("branch", "高新区院区", "高新院区", Agreement::Equivalent),
        evidence("place", "河南省", "", Agreement::OnlyReported),
    ];
    assert_eq!(
        said(Lang::Zh, "same_parts", None, 1, &same),
        "按『各部分相同』认定为 开封市中心医院高新院区：地区、类型一致；\
         院区或门店写法不同，『高新区院区』即『高新院区』；报告多写了地区『河南省』"
    );
    assert_eq!(
        said(Lang::En, "same_parts", None, 1, &same),
        "taken as `开封市中心医院高新院区`, all parts the same: same place, type; \
         branch written in two ways, `高新区院区` and `高新院区`; place `河南省` only in the report"
    );
    let conflict = [
        evidence("place", "开封", "开封市", Agreement::Equal),
        evidence("ordinal", "第二", "第一", Agreement::Conflict),
    ];
    assert_eq!(
        said(Lang::Zh, "conflict", Some("ordinal"), 1, &conflict),
        "不是 开封市中心医院高新院区：序号冲突，报告写『第二』，主数据是『第一』；地区一致"
    );
    assert_eq!(
        said(Lang::Zh, "ambiguous", None, 2, &conflict[..1]),
        "开封市中心医院高新院区 和 开封市中心医院 同样相符，无法区分：地区一致"
    );
    assert_eq!(
        said(
            Lang::En,
            "place_missing",
            None,
            1,
            &[evidence("place", "", "开封市", Agreement::OnlyMaster)]
        ),
        "may be `开封市中心医院高新院区` (place missing, name unique): place `开封市` only in the master"
    );
    assert_eq!(
        said(Lang::Zh, "unknown", None, 0, &[]),
        "主数据中没有相近的名称"
    );
}
