//! Policies that can be read and cannot be meant, and what the check says of them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod common;

use channelflow_model::{Lang, PeriodRule};
use channelflow_settle::Policy;
use channelflow_settle::policy::check;
use common::{AMOUNT, policy_text, said};

/// What is found, apart from missing examples, as codes.
fn codes(policies: &[Policy]) -> String {
    let mut codes = Vec::new();
    for finding in check(policies, PeriodRule::default()) {
        for lang in [Lang::En, Lang::Zh] {
            let text = finding.text(lang);
            let said = !text.contains('{') && !text.starts_with("policy_");
            assert!(said, "{text}");
        }
        if finding.code != "policy_no_example" {
            codes.push(finding.code.to_string());
        }
    }
    codes.join(" ")
}

#[test]
fn tiers_that_cannot_be_meant_are_found() {
    let with = |mode: &str, tiers: &str| {
        let reward = "[[reward]]\nid = \"r\"\nshape = \"tiers\"\non = \"basis\"";
        common::policy(
            AMOUNT,
            &format!("{reward}\nmode = \"{mode}\"\ntiers = [{tiers}]"),
        )
    };
    for (mode, tiers, expected) in [
        (
            "retroactive",
            "{ from = 0, to = 10, rate = 0.01 }, { from = 10, rate = 0.02 }",
            "",
        ),
        (
            "retroactive",
            "{ from = 0, to = 9, rate = 0.01 }, { from = 10, rate = 0.02 }",
            "policy_tiers_gap",
        ),
        (
            "retroactive",
            "{ from = 0, to = 11, rate = 0.01 }, { from = 10, rate = 0.02 }",
            "policy_tiers_overlap",
        ),
        (
            "retroactive",
            "{ from = 10, rate = 0.01 }, { from = 10, rate = 0.02 }",
            "policy_tiers_not_ascending",
        ),
        (
            "retroactive",
            "{ from = 0, rate = 0.02 }, { from = 10, rate = 0.01 }",
            "policy_rates_fall",
        ),
        (
            "retroactive",
            "{ from = 5, to = 5, rate = 0.02 }",
            "policy_tier_empty",
        ),
        (
            "incremental",
            "{ from = 5, yuan = 2 }",
            "policy_incremental_measure policy_unit_missing",
        ),
        (
            "retroactive",
            "{ from = 5, to = 7, yuan = 2 }",
            "policy_top_without_measure policy_unit_missing",
        ),
    ] {
        let found = codes(&[with(mode, tiers)]);
        assert_eq!(found, expected, "{tiers}");
    }
}

#[test]
fn targets_units_and_examples_are_found() {
    let gate = "[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = 0.04\ngate = [{ on = \"achievement\", steps = [{ at_least = 1 }] }]";
    let plain = "[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = 0.04";
    let boxes = "measure = \"quantity\"";
    let own = "measure = \"amount\"\ncounting_classes = [\"retail\"]";
    for (basis, rest, expected) in [
        (AMOUNT, gate.to_owned(), "policy_target_not_named"),
        (AMOUNT, format!("{gate}\n[target]"), ""),
        (
            AMOUNT,
            format!("{plain}\n[target]"),
            "policy_target_not_used",
        ),
        (
            "measure = \"quantity\"\nunit = \"盒\"",
            "[[reward]]\nid = \"r\"\nshape = \"excess\"\nrate = 0.03\n[target]".to_owned(),
            "policy_target_measure",
        ),
        (boxes, plain.to_owned(), "policy_unit_missing"),
        (
            own,
            format!("{gate}\n[target]"),
            "policy_target_counting_missing",
        ),
        (
            AMOUNT,
            format!("{plain}\n[example]\namount = 100\n[example.expect]\ntotal = 4.01"),
            "policy_example_wrong",
        ),
        (
            AMOUNT,
            format!(
                "{plain}\n[example]\nquantity = 1\n[example.expect]\nheld = \"policy_held_no_basis\""
            ),
            "",
        ),
        (
            AMOUNT,
            format!("{plain}\n[example]\nquantity = 1\n[example.expect]\ntotal = 4"),
            "policy_example_wrong",
        ),
    ] {
        let mut text = policy_text(basis, &rest);
        if basis == own {
            text = text.replace("counting_point = \"all\"\n", "");
        }
        let policy = Policy::parse("a.toml", &text).unwrap_or_else(|p| panic!("{}", said(&p)));
        let found = codes(&[policy]);
        assert_eq!(found, expected, "{rest}");
    }
    let without = common::policy(AMOUNT, plain);
    assert_eq!(
        check(&[without], PeriodRule::default())[0].code,
        "policy_no_example"
    );
}

/// A version with its days, something of its text changed.
fn version(id: &str, version: u32, days: &str, change: (&str, &str)) -> Policy {
    let text = policy_text(
        AMOUNT,
        "[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = 0.04",
    );
    let text = text
        .replace("id = \"T\"", &format!("id = \"{id}\""))
        .replace("version = 1", &format!("version = {version}"))
        .replace("valid_from = 2026-01-01", days)
        .replace(change.0, change.1);
    Policy::parse("a.toml", &text).unwrap_or_else(|p| panic!("{}", said(&p)))
}

const OPEN: &str = "valid_from = 2026-01-01";
const HALF: &str = "valid_from = 2026-01-01\nvalid_to = 2026-06-30";
const SAME: (&str, &str) = ("", "");

#[test]
fn versions_follow_one_another() {
    let first = version("A", 1, HALF, SAME);
    let next = |from: &str| version("A", 2, &format!("valid_from = {from}"), SAME);
    let named = version("A", 1, &format!("{HALF}\nsuccessor = \"B@1\""), SAME);
    for (policies, expected) in [
        (vec![first.clone()], "policy_no_successor"),
        (vec![first.clone(), next("2026-07-01")], ""),
        (
            vec![next("2026-07-02"), first.clone()],
            "policy_versions_gap",
        ),
        (
            vec![first.clone(), next("2026-06-30")],
            "policy_versions_overlap policy_no_successor",
        ),
        (
            vec![first.clone(), first.clone()],
            "policy_key_twice policy_no_successor policy_no_successor",
        ),
        (vec![named.clone()], "policy_successor_unknown"),
        (
            vec![named, version("B", 1, "valid_from = 2026-08-01", SAME)],
            "policy_versions_gap",
        ),
    ] {
        assert_eq!(codes(&policies), expected);
    }
}

#[test]
fn paying_twice_for_the_same_sale_is_found() {
    let scope = |list: &'static str| ("[basis]", list);
    let products = scope("scope = { products = [\"P1\"] }\n[basis]");
    let others = scope("scope = { products = [\"P2\"] }\n[basis]");
    let barred = scope("scope = { exclude_products = [\"P1\"] }\n[basis]");
    let groups = scope("scope = { product_groups = [\"G\"] }\n[basis]");
    let province = scope("scope = { areas = [\"江苏\"] }\n[basis]");
    let city = scope("scope = { areas = [\"江苏/南京\"] }\n[basis]");
    let twice = "policy_double_pay";
    for (one, other, expected) in [
        (SAME, SAME, twice),
        (SAME, ("一级", "二级"), ""),
        (
            SAME,
            ("tiers = [\"一级\"]", "distributors = [\"D1\"]"),
            twice,
        ),
        (SAME, ("\"sale\"", "\"purchase\""), ""),
        (SAME, ("\"percent\"", "\"timeliness\""), ""),
        (products, others, ""),
        (products, barred, ""),
        (products, groups, twice),
        (products, SAME, twice),
        (province, city, twice),
    ] {
        let policies = [version("A", 1, OPEN, one), version("B", 1, OPEN, other)];
        assert_eq!(codes(&policies), expected, "{one:?} {other:?}");
    }
}

#[test]
fn a_version_that_begins_inside_a_span_says_what_its_target_is() {
    // Of the quarter from January on, from 16 February only.
    let found = |partial: &str| {
        let reward = "[[reward]]\nid = \"r\"\nshape = \"excess\"\nrate = 0.03";
        let text = policy_text(AMOUNT, &format!("[target]\n{partial}\n{reward}"));
        let text = text.replace("valid_from = 2026-01-01", "valid_from = 2026-02-16");
        let policy = Policy::parse("t.toml", &text).unwrap();
        let findings = check(&[policy], PeriodRule::default());
        let about = findings.iter().find(|it| it.code == "policy_partial_span");
        about.map(|it| it.text(Lang::En))
    };
    assert_eq!(
        found("").unwrap(),
        "policy `T@1` (2026-02-16..) begins or ends inside the span 2026-01-01..2026-03-31 and does \
         not say what its target of it is"
    );
    assert_eq!(found("partial_span = \"by_days\""), None);
    assert_eq!(found("partial_span = \"whole_target\""), None);
}
