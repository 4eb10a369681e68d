//! The worked examples of the domain on sales (1 to 9, 17 to 20), to the cent. The number of an
//! example stands before it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod common;

use common::{AMOUNT, BOXES, all, pays, policy, tiered};

#[test]
fn one_rate() {
    let per_unit = policy(
        BOXES,
        "[[reward]]\nid = \"r\"\nshape = \"per_unit\"\nyuan = 2",
    );
    all(&per_unit, &[("1", "quantity = 1000", "2000.00")]);

    let percent = "[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = \"3%\"";
    let with_tax = policy(AMOUNT, percent);
    all(&with_tax, &[("3", "amount = 120000", "3600.00")]);

    let basis = format!("{AMOUNT}\ntax = \"excluded\"\ntax_rate = \"13%\"");
    let without_tax = policy(&basis, percent);
    all(&without_tax, &[("3b", "amount = 120000", "3185.84")]);
}

#[test]
fn every_full() {
    let full = |most: &str| {
        let reward = "[[reward]]\nid = \"r\"\nshape = \"every_full\"\nsize = 10\nyuan = 3";
        policy(BOXES, &format!("{reward}\n{most}"))
    };
    all(
        &full(""),
        &[
            ("2", "quantity = 1003", "300.00"),
            ("2", "quantity = 9.999999", "0.00"),
        ],
    );
    all(&full("most = 80"), &[("2b", "quantity = 1003", "240.00")]);
}

#[test]
fn threshold() {
    let threshold = policy(
        AMOUNT,
        r#"
[[reward]]
id = "r"
shape = "percent"
rate = "2%"
gate = [{ on = "basis", steps = [{ at_least = 100000 }] }]
"#,
    );
    all(
        &threshold,
        &[
            ("4", "amount = 99999.99", "0.00"),
            ("4", "amount = 100000.00", "2000.00"),
        ],
    );
}

#[test]
fn tiers() {
    all(
        &tiered("retroactive", ""),
        &[
            ("5", "amount = 250000", "7500.00"),
            ("5", "amount = 99999.99", "1000.00"),
            ("5", "amount = 100000", "2000.00"),
            ("5", "amount = 199999.99", "4000.00"),
            ("5", "amount = 200000", "6000.00"),
        ],
    );
    all(
        &tiered("incremental", ""),
        &[("6", "amount = 250000", "4500.00")],
    );
}

#[test]
fn tiers_on_achievement() {
    let bands = |mode: &str| {
        policy(
            AMOUNT,
            &format!(
                r#"
[[reward]]
id = "r"
shape = "tiers"
on = "achievement"
mode = "{mode}"
tiers = [
  {{ from = "80%", to = "100%", rate = "2%" }},
  {{ from = "100%", to = "120%", rate = "3%" }},
]
"#
            ),
        )
    };
    let reached = "amount = 110000\ntarget = { amount = 100000 }";
    all(&bands("incremental"), &[("6b", reached, "700.00")]);
    all(
        &bands("retroactive"),
        &[
            ("6b", reached, "3300.00"),
            (
                "6b",
                "amount = 79999.99\ntarget = { amount = 100000 }",
                "0.00",
            ),
            // Above the last band its rate stays, on what lies below its end.
            (
                "6b",
                "amount = 130000\ntarget = { amount = 100000 }",
                "3600.00",
            ),
            ("6b", "amount = 110000", "policy_held_no_target"),
        ],
    );
}

#[test]
fn growth() {
    let whole = policy(
        AMOUNT,
        r#"
[[reward]]
id = "r"
shape = "growth"
of = "whole"
tiers = [{ from = "10%", rate = "1%" }, { from = "20%", rate = "2%" }]
"#,
    );
    all(
        &whole,
        &[
            (
                "7",
                "amount = 100000\nlast_year = { amount = 80000 }",
                "2000.00",
            ),
            (
                "7",
                "amount = 88000\nlast_year = { amount = 80000 }",
                "880.00",
            ),
            (
                "7",
                "amount = 87999.99\nlast_year = { amount = 80000 }",
                "0.00",
            ),
            (
                "7c",
                "amount = 100000\nlast_year = { amount = 0 }",
                "policy_held_no_base",
            ),
            ("7c", "amount = 100000", "policy_held_no_base"),
        ],
    );
    let increment = policy(
        AMOUNT,
        r#"
[[reward]]
id = "r"
shape = "growth"
of = "increment"
tiers = [{ from = 0, rate = "5%" }]
"#,
    );
    all(
        &increment,
        &[
            (
                "7b",
                "amount = 100000\nlast_year = { amount = 80000 }",
                "1000.00",
            ),
            (
                "7b",
                "amount = 70000\nlast_year = { amount = 80000 }",
                "0.00",
            ),
        ],
    );
}

#[test]
fn achievement_gate() {
    let gated = policy(
        AMOUNT,
        r#"
[[reward]]
id = "r"
shape = "percent"
rate = "4%"
[[reward.gate]]
on = "achievement"
steps = [{ at_least = "90%", share = "80%" }, { at_least = "100%", share = "100%" }]
"#,
    );
    all(
        &gated,
        &[
            (
                "8",
                "amount = 460000\ntarget = { amount = 500000 }",
                "14720.00",
            ),
            (
                "8b",
                "amount = 449999\ntarget = { amount = 500000 }",
                "0.00",
            ),
            (
                "8",
                "amount = 500000\ntarget = { amount = 500000 }",
                "20000.00",
            ),
        ],
    );
}

#[test]
fn product_mix() {
    let mix = |failure: &str| {
        policy(
            AMOUNT,
            &format!(
                r#"
[[reward]]
id = "r"
shape = "mix"
failure = {failure}
group = [
  {{ id = "A", role = "main", rate = "2%" }},
  {{ id = "B", role = "core", needs = 200, measure = "quantity", unit = "盒" }},
  {{ id = "C", role = "sub", needs = 40000, measure = "amount", rate = "3%" }},
]
"#
            ),
        )
    };
    let failed = r#"
amount = 350000
groups = [
  { id = "A", amount = 300000 },
  { id = "B", quantity = 180 },
  { id = "C", amount = 50000 },
]
"#;
    for (failure, expected) in [
        ("\"group\"", "7500.00"),
        ("\"main\"\nsubs_payable = true", "1500.00"),
        ("\"main\"\nsubs_payable = false", "0.00"),
        ("\"agreement\"", "0.00"),
    ] {
        all(&mix(failure), &[("9", failed, expected)]);
        all(
            &mix(failure),
            &[("9", &failed.replace("180", "200"), "7500.00")],
        );
        let unknown = failed.replace("quantity = 180", "amount = 1");
        all(&mix(failure), &[("9", &unknown, "policy_held_no_group")]);
    }
}

#[test]
fn excess_over_the_task() {
    let excess = policy(
        AMOUNT,
        "[[reward]]\nid = \"r\"\nshape = \"excess\"\nrate = \"3%\"",
    );
    all(
        &excess,
        &[
            (
                "17",
                "amount = 112000\ntarget = { amount = 100000 }",
                "360.00",
            ),
            ("17", "amount = 90000\ntarget = { amount = 100000 }", "0.00"),
        ],
    );
}

#[test]
fn sub_periods() {
    let parts = policy(
        AMOUNT,
        "[[reward]]\nid = \"r\"\nshape = \"sub_periods\"\npart_rate = \"1%\"\nwhole_rate = \"3%\"",
    );
    let quarter = r#"
amount = 100000
target = { amount = 90000 }
sub_periods = [
  { name = "2026-01", actual = 30000, target = 30000, paid = 300 },
  { name = "2026-02", actual = 10000, target = 30000, paid = 0 },
  { name = "2026-03", actual = 60000, target = 30000, paid = 600 },
]
"#;
    let january = r#"
interim = true
sub_periods = [{ name = "2026-01", actual = 30000, target = 30000, paid = 0 }]
"#;
    let march = format!(
        "interim = true\n{}",
        quarter.replace("paid = 600", "paid = 0")
    );
    all(
        &parts,
        &[
            ("18", january, "300.00"),
            ("18", &march, "600.00"),
            ("18", quarter, "2100.00"),
            // The quarter is missed: the months that were met stay paid.
            ("18", &quarter.replace("90000", "100000.01"), "0.00"),
            (
                "18",
                &quarter.replace(", paid = 600", ""),
                "policy_held_no_part_figure",
            ),
        ],
    );
}

#[test]
fn parts_are_taken_back_when_a_gate_fails() {
    let gated = policy(
        AMOUNT,
        r#"
[[reward]]
id = "r"
shape = "sub_periods"
part_rate = "1%"
whole_rate = "3%"
gate = [{ on = "upload_rate", steps = [{ at_least = "98%" }] }]
"#,
    );
    let text = r#"
amount = 100000
target = { amount = 90000 }
upload_rate = "97%"
sub_periods = [{ name = "2026-01", actual = 30000, target = 30000, paid = 300 }]
"#;
    assert_eq!(pays(&gated, text), "-300.00");
    assert_eq!(pays(&gated, &text.replace("97", "98")), "2700.00");
}

#[test]
fn service_rewards() {
    let coverage = policy(
        AMOUNT,
        r#"
[[reward]]
id = "r"
shape = "percent"
rate = "1%"
gate = [{ on = "covered_terminals", steps = [{ at_least = 50 }] }]
"#,
    );
    all(
        &coverage,
        &[
            ("19", "amount = 80000\ncovered_terminals = 52", "800.00"),
            ("19", "amount = 80000\ncovered_terminals = 49", "0.00"),
            ("19", "amount = 80000", "policy_held_no_figure"),
        ],
    );
    let data = policy(
        AMOUNT,
        r#"
[[reward]]
id = "r"
shape = "percent"
rate = "0.5%"
gate = [
  { on = "upload_rate", steps = [{ at_least = "98%" }] },
  { on = "timeliness_rate", steps = [{ at_least = "95%" }] },
]
"#,
    );
    all(
        &data,
        &[
            (
                "20",
                "amount = 200000\nupload_rate = \"97%\"\ntimeliness_rate = \"96%\"",
                "0.00",
            ),
            (
                "20",
                "amount = 200000\nupload_rate = \"98%\"\ntimeliness_rate = \"95%\"",
                "1000.00",
            ),
            // One gate is surely failed: what the other one misses does not matter.
            ("20", "amount = 200000\nupload_rate = \"97%\"", "0.00"),
            (
                "20",
                "amount = 200000\nupload_rate = \"98%\"",
                "policy_held_no_figure",
            ),
        ],
    );
}

#[test]
fn several_rewards_share_a_failed_agreement() {
    let both = policy(
        AMOUNT,
        r#"
[[reward]]
id = "base"
shape = "percent"
rate = "1%"
multiplier = [{ on = "upload_rate", steps = [{ at_least = "98%", factor = 1.5 }] }]
[[reward]]
id = "mix"
shape = "mix"
failure = "agreement"
group = [
  { id = "A", role = "main", rate = "2%" },
  { id = "B", role = "core", needs = 200, measure = "quantity", unit = "盒" },
]
"#,
    );
    let text = "amount = 100000\nupload_rate = 1\ngroups = [{ id = \"A\", amount = 1000 }, { id = \"B\", quantity = 200 }]";
    assert_eq!(pays(&both, text), "1520.00");
    assert_eq!(
        pays(&both, &text.replace("quantity = 200", "quantity = 199")),
        "0.00"
    );
}
