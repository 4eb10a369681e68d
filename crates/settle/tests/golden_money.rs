//! The worked examples of the domain on payments, prices, limits and returns (10 to 16), to the
//! cent. The number of an example stands before it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod common;

use channelflow_settle::evaluate;
use channelflow_settle::evaluate::{adjust, clawback};
use common::{AMOUNT, BOXES, all, d, figures, outcome, pays, policy, tiered};

const PAYMENTS: &str = r#"
amount = 1000000
payments = [
  { day = 2026-03-20, due = 2026-03-31, amount = 600000, instrument = "wire" },
  { day = 2026-03-31, due = 2026-03-31, amount = 300000, instrument = "bill", tenor_days = 180 },
  { day = 2026-04-01, due = 2026-03-31, amount = 100000, instrument = "wire" },
]
"#;

#[test]
fn payments() {
    let timely = "[[reward]]\nid = \"timely\"\nshape = \"timeliness\"\nrate = \"1%\"\n";
    let bill = "[[reward]]\nid = \"bill\"\nshape = \"bill_discount\"\n";
    let by_days = format!("{bill}yearly_rate = \"3%\"");
    let flat = format!(
        "{bill}tenors = [{{ up_to_days = 92, rate = \"0.8%\" }}, {{ up_to_days = 184, rate = \"1.6%\" }}]"
    );
    for (number, rewards, expected) in [
        ("10", timely.to_owned(), "9000.00"),
        ("11", by_days.clone(), "-4500.00"),
        ("11b", flat, "-4800.00"),
        ("10+11", format!("{timely}{by_days}"), "4500.00"),
    ] {
        let policy = policy(AMOUNT, &rewards);
        all(&policy, &[(number, PAYMENTS, expected)]);
        all(
            &policy,
            &[(number, "amount = 1", "policy_held_no_payments")],
        );
    }
    let policy = policy(AMOUNT, &by_days);
    let without = PAYMENTS.replace(", tenor_days = 180", "");
    all(&policy, &[("11", &without, "policy_held_no_tenor")]);
}

#[test]
fn prices() {
    let protection = "[[reward]]\nid = \"r\"\nshape = \"price_protection\"\n";
    let cut = |bought: &str| {
        format!(
            "price_cuts = [{{ product = \"P\", old_price = 50, new_price = 46, stock = 1200, transit = 100{bought} }}]"
        )
    };
    let all_stock = policy(AMOUNT, protection);
    all(&all_stock, &[("12", &cut(""), "5200.00")]);
    let unknown = cut("").replace(", transit = 100", "");
    all(
        &all_stock,
        &[("12", &unknown, "policy_held_no_price_figure")],
    );

    let recent = policy(AMOUNT, &format!("{protection}within_days = 60"));
    all(
        &recent,
        &[
            ("12b", &cut(", bought_recently = 900"), "3600.00"),
            ("12b", &cut(""), "policy_held_no_price_figure"),
        ],
    );

    let difference = policy(
        AMOUNT,
        "[[reward]]\nid = \"r\"\nshape = \"price_difference\"",
    );
    all(
        &difference,
        &[(
            "13",
            "price_gaps = [{ product = \"P\", bought_price = 50, quantity = 280, amount = 12320, excluded_quantity = 20 }]",
            "1680.00",
        )],
    );
}

#[test]
fn cap_and_floor() {
    let capped = tiered("retroactive", "[limit]\ncap = 5000");
    all(&capped, &[("14", "amount = 250000", "5000.00")]);
    let floor = policy(
        AMOUNT,
        r#"
[[reward]]
id = "r"
shape = "percent"
rate = "1%"
[limit]
floor = 100
carry = true
"#,
    );
    all(
        &floor,
        &[
            ("15", "amount = 6000", "0.00 carry 60"),
            ("15", "amount = 4000\ncarried_forward = 60", "100.00"),
            ("15", "amount = 3999.99\ncarried_forward = 60", "100.00"),
            ("15", "amount = 3000\ncarried_forward = 60", "0.00 carry 90"),
        ],
    );
}

const BOX_TIERS: &str = r#"
[[reward]]
id = "r"
shape = "tiers"
on = "basis"
mode = "retroactive"
tiers = [{ from = 500, yuan = 1 }, { from = 1000, yuan = 2 }]
"#;

#[test]
fn clawback_in_its_forms() {
    let prior = r#"
quantity = 0
[[prior]]
period = "2026-Q1"
stated = 2100
returned = { quantity = -80 }
figures = { quantity = 1050 }
"#;
    for (number, returns, expected) in [
        ("16", "returns = \"retier\"", "-1130.00"),
        ("16b", "returns = \"ignore\"", "0.00"),
        ("16c", "returns = \"flat\"\nreturns_yuan = 2", "-160.00"),
    ] {
        let policy = policy(&format!("{BOXES}\n{returns}"), BOX_TIERS);
        assert_eq!(pays(&policy, "quantity = 1050"), "2100.00");
        all(&policy, &[(number, prior, expected)]);
        let (line, _) = clawback(&policy, &figures(prior).prior[0]);
        assert_eq!(line.amount, Some(d(expected).normalize()), "{number}");
    }
    // Plain netting in the current period: 600 sold, 80 of an earlier one back.
    let netted = policy(BOXES, BOX_TIERS);
    let now = "quantity = 600\nreturned = { quantity = -80 }";
    assert_eq!(pays(&netted, now), "520.00");
    assert_eq!(pays(&netted, &now.replace("600", "570")), "0.00");
}

#[test]
fn an_earlier_period_is_adjusted_by_the_difference() {
    let policy = policy(BOXES, BOX_TIERS);
    let now = evaluate(&policy, &figures("quantity = 970"));
    let line = adjust(&policy, "2026-Q1", &now, d("2100"));
    assert_eq!(line.amount, Some(d("-1130")));
    assert_eq!(
        adjust(&policy, "2026-Q1", &now, d("970")).amount,
        Some(d("0"))
    );
    // What the floor handed on was not lost: it is no difference.
    let floor = common::policy(
        AMOUNT,
        "[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = 0.01\n[limit]\nfloor = 100\ncarry = true",
    );
    let unchanged = evaluate(&floor, &figures("amount = 6000"));
    assert_eq!(
        adjust(&floor, "2026-Q1", &unchanged, d("60")).amount,
        Some(d("0"))
    );
    let more = evaluate(&floor, &figures("amount = 12000"));
    assert_eq!(
        adjust(&floor, "2026-Q1", &more, d("60")).amount,
        Some(d("60"))
    );
    let held = evaluate(&policy, &figures("amount = 1"));
    let line = adjust(&policy, "2026-Q1", &held, d("2100"));
    assert_eq!(line.amount, None);
    assert_eq!(line.held.unwrap().code, "policy_held_no_basis");
}

#[test]
fn exclusions_and_already_paid() {
    let excluded = "[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = \"1%\"";
    let text = r"
amount = 1000
returned = { amount = -100 }
alerted = { amount = 50 }
excluded = { amount = 70 }
already_paid = 2.5
";
    assert_eq!(pays(&policy(AMOUNT, excluded), text), "6.50");
    let counted = format!("{AMOUNT}\nexclude_alerted = false");
    assert_eq!(pays(&policy(&counted, excluded), text), "7.00");
    let ignored = format!("{AMOUNT}\nreturns = \"ignore\"");
    assert_eq!(pays(&policy(&ignored, excluded), text), "7.50");
}

#[test]
fn every_line_is_rounded_once_by_the_named_rule() {
    let rounded = |mode: &str, digits: u32| {
        let reward = "[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = 0.1";
        policy(
            AMOUNT,
            &format!("{reward}\n[rounding]\nmode = \"{mode}\"\ndigits = {digits}"),
        )
    };
    for (mode, digits, amount, expected) in [
        ("half_up", 2, "100.25", "10.03"),
        ("half_even", 2, "100.25", "10.02"),
        ("down", 2, "100.29", "10.02"),
        ("half_up", 2, "-100.25", "-10.03"),
        ("half_up", 0, "125", "13.00"),
    ] {
        let evaluation = evaluate(
            &rounded(mode, digits),
            &figures(&format!("amount = {amount}")),
        );
        assert_eq!(outcome(&evaluation), expected, "{mode} {digits} {amount}");
    }
}
