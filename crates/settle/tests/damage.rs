//! Damaged policies: whatever a file or a sheet holds, it is read or refused, never a panic.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod common;

use std::path::Path;
use std::sync::LazyLock;

use channelflow_model::{Lang, PeriodRule};
use channelflow_settle::policy::{check, from_rows};
use channelflow_settle::{Figures, Policy};
use proptest::prelude::*;

static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/policies");
    let mut texts: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    texts.sort();
    texts
});

/// What may come in the place of a value.
const VALUES: [&str; 16] = [
    "0",
    "-1",
    "1",
    "9000000000000",
    "99999999999999999999999999999999",
    "0.000000000001",
    "1e9",
    "nan",
    "0x10",
    "true",
    "2026-01-01",
    "\"\"",
    "\"3%\"",
    "[]",
    "{}",
    "[{}]",
];

/// Reads, checks, works and prints; what is refused is said.
fn survive(text: &str) {
    match Policy::parse("a.toml", text) {
        Ok(policy) => {
            for finding in check(&[policy.clone(), policy.clone()], PeriodRule::default()) {
                assert!(!finding.text(Lang::Zh).is_empty());
            }
            assert_eq!(
                Policy::parse("b.toml", text).unwrap().canonical(),
                policy.canonical()
            );
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(!problem.text(Lang::En).contains("policy_"), "{problem}");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_damaged_file_is_read_or_refused(
        at in any::<prop::sample::Index>(),
        line in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        value in prop::sample::select(VALUES.to_vec()),
        damage in 0..4,
    ) {
        let text = &TEXTS[at.index(TEXTS.len())];
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let line = line.index(lines.len());
        let other = other.index(lines.len());
        match damage {
            0 => lines[line] = lines[line].split_once('=').map_or_else(String::new, |(key, _)| {
                format!("{key}= {value}")
            }),
            1 => { lines.remove(line); }
            2 => lines.swap(line, other),
            _ => { let twice = lines[other].clone(); lines.insert(line, twice); }
        }
        survive(&lines.join("\n"));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(\\PC|\n){0,200}") {
        survive(&text);
        let _ = Figures::parse("a.toml", &text);
    }

    #[test]
    fn any_sheet_is_read_or_refused(
        rows in prop::collection::vec(
            prop::collection::vec(
                prop_oneof![
                    prop::sample::select(vec![
                        "编号", "版本", "奖励", "档位", "关口", "系数", "分组", "票期", "示例", "金额",
                        "阶梯", "达成率", "1%", "100,000", "2026/1/1", "是", "终端", "计算口径", "",
                    ]).prop_map(str::to_owned),
                    "\\PC{0,8}",
                ],
                0..5,
            ),
            0..20,
        ),
    ) {
        if let Err(problems) = from_rows("a.xlsx", &rows) {
            prop_assert!(!problems.is_empty());
        }
    }
}
