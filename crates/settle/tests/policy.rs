//! Policies as people write them: what is refused, what is found wrong, what the reference
//! policies give.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod common;

use std::path::Path;

use channelflow_model::{Lang, PeriodRule};
use channelflow_settle::policy::{self, TierMode, check, worked};
use channelflow_settle::{Policy, evaluate};
use common::{AMOUNT, figures, outcome, policy_text, said};

fn reference() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/policies");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_reference_policies_parse_check_and_give_their_examples() {
    let files = reference();
    assert!(files.len() >= 17);
    for (name, text) in files {
        let policy = Policy::parse(&name, &text).unwrap_or_else(|p| panic!("{}", said(&p)));
        let findings = check(std::slice::from_ref(&policy), PeriodRule::default());
        let codes: Vec<&str> = findings.iter().map(|f| &*f.code).collect();
        assert_eq!(codes, ["policy_no_successor"], "{name}");
        let worked = worked(&policy).unwrap();
        assert!(worked.agrees, "{name}");
        for lang in [Lang::En, Lang::Zh] {
            let printed = worked.evaluation.text(lang);
            assert!(!printed.contains("policy_"), "{name}: {printed}");
            assert!(!printed.contains('{'), "{name}: {printed}");
        }
        let json = policy.canonical();
        let again: Policy = serde_json::from_str(&json).unwrap();
        assert_eq!(again.canonical(), json, "{name}");
        let again: channelflow_settle::Evaluation =
            serde_json::from_str(&serde_json::to_string(&worked.evaluation).unwrap()).unwrap();
        assert_eq!(again, worked.evaluation, "{name}");
    }
}

#[test]
fn the_worked_example_shows_the_other_reading() {
    let (name, text) = reference()
        .into_iter()
        .find(|(name, _)| name == "tiered.toml")
        .unwrap();
    let policy = Policy::parse(
        &name,
        &text.replace("cap = 5000\n", "").replace("5000.00", "7500"),
    );
    let worked = worked(&policy.unwrap()).unwrap();
    assert!(worked.agrees);
    let (mode, other) = worked.other.unwrap();
    assert_eq!(mode, TierMode::Incremental);
    assert_eq!(outcome(&other), "4500.00");
    let printed = worked.evaluation.text(Lang::En);
    let expected = "\
version
  policy `TIERED@1` 季度阶梯返利, valid 2026-01-01..2026-12-31
scope
  party `-`, from sales, counted at terminals
  only product groups: 心血管
  not areas: 西藏
basis
  basis (amount) 250,000
rate or tier
  [tier] 250,000 reaches tier 3 (from 200,000), for everything: 250,000 × 3% = 7,500
rounding
  every line rounded once (half away from zero, 2 digits): 7,500 → 7,500.00
lines
  reward tier: 7,500.00
total 7,500.00, carried on 0.00
";
    assert_eq!(printed, expected);
}

#[test]
fn all_problems_are_reported_together_with_their_lines() {
    let text = "\
id = \"A\"
version = 0
name = \"\"
valid_from = \"2026-13-01\"
period = \"quater\"
owner = \"me\"
[party]
[basis]
source = \"sale\"
measure = \"amount\"
tax_rate = \"13%\"
[[reward]]
id = \"r\"
shape = \"tiers\"
on = \"basis\"
mode = \"retroactive\"
tiers = [
  { from = 0, rate = 3 },
  { from = -5, yuan = 2 },
]
[[reward]]
id = \"s\"
shape = \"percents\"
rate = \"3%\"
[limit]
carry = true
";
    let problems = Policy::parse("a.toml", text).unwrap_err();
    assert_eq!(
        said(&problems),
        "\
a.toml:2: `version` must be a whole number from 1 to 9999, found 0
a.toml:3: `name` must not be empty
a.toml:4: `valid_from` is not a day: `2026-13-01`
  hint: write it as 2026-01-31
a.toml:5: `period` must be one of `month`, `quarter`, `half`, `year`, found `quater`
  hint: did you mean `quarter`?
a.toml:6: unknown key `owner`
  hint: known: id, version, name, kind, valid_from, valid_to, successor, period, party, scope, basis, target, reward, limit, rounding, payout, example
a.toml:7: nobody earns the policy
  hint: name `distributors` or `tiers` under [party]
a.toml:8: `basis.counting_point` is missing
a.toml:18: `reward.tiers.rate` must be between 0 and 100%, found `3`
  hint: write three per cent as \"3%\" or 0.03
a.toml:19: `reward.tiers.from` must not be below 0, found -5
a.toml:23: `reward.shape` must be one of `per_unit`, `every_full`, `percent`, `tiers`, `growth`, `mix`, `timeliness`, `bill_discount`, `price_protection`, `price_difference`, `excess`, `sub_periods`, found `percents`
  hint: did you mean `percent`?
a.toml:25: `limit.carry` means something only with `floor`"
    );
    let problems = Policy::parse("a.toml", "id = \n[").unwrap_err();
    assert_eq!(problems[0].line, Some(1));
    let zh = problems[0].text(Lang::Zh);
    assert!(zh.starts_with("a.toml:1: 不是有效的 TOML"), "{zh}");
}

#[test]
fn what_a_mix_does_on_failure_must_be_said() {
    let text = policy_text(
        AMOUNT,
        "[[reward]]\nid = \"r\"\nshape = \"mix\"\nfailure = \"main\"\ngroup = [{ id = \"A\", role = \"main\", rate = 0.01 }]",
    );
    let problems = Policy::parse("a.toml", &text).unwrap_err();
    assert_eq!(
        said(&problems),
        "a.toml:12: `reward.subs_payable` is missing"
    );
}

#[test]
fn the_same_agreement_has_the_same_canonical_text() {
    let plain = "[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = ";
    let scope = |products: &str| format!("{plain}0.030\nscope = {{ products = [{products}] }}");
    let text = |rest: &str| policy_text(AMOUNT, rest);
    let one = text(&format!("{plain}0.030"));
    let two = text(&format!("# said otherwise\n{plain}\"3%\""));
    let canonical = |text: &str| Policy::parse("a.toml", text).unwrap().canonical();
    assert_eq!(canonical(&one), canonical(&two));
    assert_ne!(canonical(&one), canonical(&text(&format!("{plain}0.031"))));
    assert!(Policy::parse("a.toml", &text(&scope("\"P1\""))).is_err());
}

#[test]
fn scopes_and_periods() {
    let text = policy_text(AMOUNT, "[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = 0.1")
        .replace("[basis]", "[scope]\nproducts = [\"P1\"]\nproduct_groups = [\"G\"]\nexclude_products = [\"P9\"]\nareas = [\"江苏\", \"浙江/杭州\"]\nexclude_areas = [\"江苏/南京\"]\n[basis]");
    let scope = Policy::parse("a.toml", &text).unwrap().scope;
    let line = |product, groups, province, city| {
        scope.admits(&policy::Subject {
            product,
            product_groups: groups,
            province,
            city,
            ..policy::Subject::default()
        })
    };
    assert!(line("P1", &[], "江苏", "苏州"));
    assert!(line("P2", &["G"], "浙江", "杭州"));
    assert!(!line("P2", &["H"], "江苏", "苏州"));
    assert!(!line("P9", &["G"], "江苏", "苏州"));
    assert!(!line("P1", &[], "江苏", "南京"));
    assert!(!line("P1", &[], "浙江", "宁波"));

    let month = channelflow_model::Period::from_iso("2026-05").unwrap();
    let around = |every: policy::PolicyPeriod| {
        let months = every.around(month);
        let last = months.last().unwrap();
        format!("{}..{last}", months[0])
    };
    assert_eq!(around(policy::PolicyPeriod::Month), "2026-05..2026-05");
    assert_eq!(around(policy::PolicyPeriod::Quarter), "2026-04..2026-06");
    assert_eq!(around(policy::PolicyPeriod::Half), "2026-01..2026-06");
    assert_eq!(around(policy::PolicyPeriod::Year), "2026-01..2026-12");
}

#[test]
fn a_policy_pays_only_while_it_holds() {
    let plain = "[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = 0.1";
    let policy = common::policy(AMOUNT, plain);
    let before = "amount = 100\nfirst_day = 2025-10-01\nlast_day = 2025-12-31";
    assert_eq!(
        outcome(&evaluate(&policy, &figures(before))),
        "policy_held_not_in_force"
    );
    let inside = "amount = 100\nfirst_day = 2026-01-01\nlast_day = 2026-03-31";
    assert_eq!(outcome(&evaluate(&policy, &figures(inside))), "10.00");
}

/// Groups of words, said as `{group}_{word}`.
const GROUPS: [&str; 11] = [
    "policy_list",
    "policy_stage",
    "policy_line",
    "policy_figure",
    "policy_on",
    "policy_measure",
    "policy_source",
    "policy_counting",
    "policy_returns",
    "policy_mode",
    "policy_role",
];

fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_code_has_a_sentence_and_every_sentence_a_use() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    sources(&root.join("src"), &mut text);
    let used: Vec<&str> = text
        .split('"')
        .filter(|part| part.starts_with("policy_"))
        .filter(|part| part.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .filter(|part| !GROUPS.contains(part))
        .collect();
    let messages = std::fs::read_to_string(root.join("../../config/messages/policy.toml")).unwrap();
    let known: toml::Table = toml::from_str(&messages).unwrap();
    for code in &used {
        assert!(known.contains_key(*code), "`{code}` has no sentence");
    }
    for code in known.keys() {
        let word = GROUPS
            .iter()
            .any(|group| code.starts_with(&format!("{group}_")));
        assert!(
            word || used.contains(&code.as_str()),
            "`{code}` is not used"
        );
    }
}
