//! What holds for every figure: order and splitting mean nothing, lines add up, bounds are bounds,
//! nothing panics, and a naive program in whole cents comes to the same.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod common;

use std::sync::LazyLock;

use channelflow_model::settlement::{Instrument, Payment};
use channelflow_model::{Day, Micros};
use channelflow_settle::figures::{
    Basis, GroupFigures, Part, PriceCut, PriceGap, Prior, SubPeriod, Sums, decimal,
};
use channelflow_settle::round::to_micros;
use channelflow_settle::{Evaluation, Figures, Policy, evaluate};
use common::{AMOUNT, BOXES, d, policy};
use proptest::prelude::*;
use rust_decimal::Decimal;

/// Every reference policy, and some that combine what they do not.
static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(policies);

fn policies() -> Vec<Policy> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/policies");
    let mut texts: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    texts.sort();
    let mut policies: Vec<Policy> = texts
        .iter()
        .map(|text| Policy::parse("reference", text).unwrap())
        .collect();
    let combined = r#"
[[reward]]
id = "a"
shape = "percent"
rate = 0.0333
multiplier = [{ on = "growth", steps = [{ at_least = "10%", factor = 1.2 }] }]
[[reward]]
id = "b"
shape = "per_unit"
yuan = 0.333
[[reward]]
id = "c"
shape = "bill_discount"
tenors = [{ up_to_days = 92, rate = "0.8%" }, { up_to_days = 184, rate = "1.6%" }]
[limit]
cap = 5000
floor = 100
carry = true
"#;
    let taxed = "tax = \"excluded\"\ntax_rate = 0.13\nexclude_alerted = false";
    for returns in ["net", "retier", "ignore", "flat\"\nreturns_rate = \"2%"] {
        let basis = format!("{AMOUNT}\nunit = \"盒\"\n{taxed}\nreturns = \"{returns}\"");
        policies.push(policy(&basis, combined));
    }
    policies
}

/// Tiers in basis points on bounds in yuan.
fn tiered(mode: &str, tiers: &[(i64, i64)], rest: &str) -> Policy {
    let tiers: Vec<String> = tiers
        .iter()
        .map(|(from, points)| {
            let rate = Decimal::new(*points, 4);
            format!("{{ from = {from}, rate = {rate} }}")
        })
        .collect();
    let tiers = tiers.join(", ");
    let reward = "[[reward]]\nid = \"r\"\nshape = \"tiers\"\non = \"basis\"";
    policy(
        AMOUNT,
        &format!("{reward}\nmode = \"{mode}\"\ntiers = [{tiers}]\n{rest}"),
    )
}

fn amount(cents: i64) -> Figures {
    Figures {
        basis: Basis {
            sold: Sums {
                amount: Some(Decimal::new(cents, 2)),
                ..Sums::default()
            },
            ..Basis::default()
        },
        ..Figures::default()
    }
}

/// Total in cents.
fn cents(evaluation: &Evaluation) -> i128 {
    let total = evaluation
        .total
        .unwrap_or_else(|| panic!("{:?}", evaluation.held));
    i128::from(to_micros(total).unwrap().0) / 10_000
}

/// `numerator ÷ denominator` to whole, half away from zero.
fn round_ratio(numerator: i128, denominator: i128) -> i128 {
    let sign = if numerator < 0 { -1 } else { 1 };
    sign * ((2 * numerator.abs() + denominator) / (2 * denominator))
}

/// Any decimal there is, and small ones more often.
fn any_decimal() -> BoxedStrategy<Decimal> {
    let widest = (1_i128 << 96) - 1;
    prop_oneof![
        3 => (-10_000_000_i64..10_000_000).prop_map(|cents| Decimal::new(cents, 2)),
        1 => any::<i64>().prop_map(|micros| decimal(Micros(micros))),
        1 => (-widest..=widest, 0_u32..=28).prop_map(|(mantissa, scale)| {
            Decimal::from_i128_with_scale(mantissa, scale)
        }),
        1 => prop_oneof![
            Just(Decimal::MAX),
            Just(Decimal::MIN),
            Just(Decimal::ZERO),
            Just(Decimal::new(1, 28)),
        ],
    ]
    .boxed()
}

fn maybe() -> BoxedStrategy<Option<Decimal>> {
    proptest::option::weighted(0.9, any_decimal()).boxed()
}

fn any_sums() -> BoxedStrategy<Sums> {
    let sums = |(quantity, amount, assessed)| Sums {
        quantity,
        amount,
        assessed,
    };
    (maybe(), maybe(), maybe()).prop_map(sums).boxed()
}

fn any_basis() -> BoxedStrategy<Basis> {
    // Strategies are values on the stack, and large ones; boxed they are small.
    let part = || proptest::option::of(any_sums()).boxed();
    let basis = |(sold, returned, alerted, excluded)| Basis {
        sold,
        returned,
        alerted,
        excluded,
    };
    (any_sums(), part(), part(), part()).prop_map(basis).boxed()
}

fn any_payment() -> impl Strategy<Value = Payment> {
    let day = || (1_u32..=28).prop_map(|day| Day::new(2026, 3, day).unwrap());
    let due = proptest::option::of(day());
    let how = proptest::sample::select(Instrument::ALL.to_vec());
    let amount = prop_oneof![any::<i64>(), 0..1_000_000_000_000_i64];
    (day(), due, how, amount, -10_i64..400).prop_map(|(day, due, instrument, amount, tenor)| {
        Payment {
            doc_no: String::new(),
            distributor_id: String::new(),
            day,
            due,
            amount: Micros(amount),
            instrument,
            tenor_days: tenor,
        }
    })
}

prop_compose! {
    fn any_parts()(
        parts in proptest::collection::vec((maybe(), maybe(), maybe(), maybe(), maybe()), 0..4),
    ) -> (Vec<SubPeriod>, Vec<PriceCut>, Vec<PriceGap>) {
        let mut all = (Vec::new(), Vec::new(), Vec::new());
        for (a, b, c, d, e) in parts {
            all.0.push(SubPeriod { name: String::new(), actual: a, target: b, paid: c });
            all.1.push(PriceCut {
                product: "P".into(), old_price: a, new_price: b, stock: c, transit: d,
                bought_recently: e,
            });
            all.2.push(PriceGap {
                product: "P".into(), bought_price: a, quantity: b, amount: c, excluded_quantity: d,
            });
        }
        all
    }
}

prop_compose! {
    fn any_figures()(
        basis in any_basis(),
        groups in proptest::collection::vec((proptest::sample::select(vec!["A", "B", "C"]), any_basis()), 0..5).boxed(),
        last_year in proptest::option::of(any_sums()).boxed(),
        target in proptest::option::of(any_sums()).boxed(),
        payments in proptest::option::of(proptest::collection::vec(any_payment(), 0..5)).boxed(),
        parts in any_parts().boxed(),
        rates in (maybe(), maybe(), maybe()),
        ledger in (any_decimal(), any_decimal(), any::<bool>()),
        prior in proptest::option::of((any_basis(), any_sums(), any_decimal())).boxed(),
    ) -> Figures {
        let prior = prior.map(|(basis, returned, stated)| Prior {
            period: "2026-Q1".into(),
            figures: Box::new(Figures { basis, target, last_year, ..Figures::default() }),
            stated,
            returned,
        });
        Figures {
            basis,
            groups: groups.into_iter().map(|(id, basis)| GroupFigures { id: id.into(), basis }).collect(),
            last_year,
            target,
            payments,
            sub_periods: Some(parts.0),
            price_cuts: Some(parts.1),
            price_gaps: Some(parts.2),
            covered_terminals: rates.0,
            upload_rate: rates.1,
            timeliness_rate: rates.2,
            carried_forward: ledger.0,
            already_paid: ledger.1,
            interim: ledger.2,
            prior: prior.into_iter().collect(),
            ..Figures::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_panics_and_lines_add_up(figures in any_figures()) {
        for policy in POLICIES.iter() {
            let evaluation = evaluate(policy, &figures);
            prop_assert_eq!(&evaluate(policy, &figures), &evaluation, "not the same again");
            let held = evaluation.lines.iter().any(|line| line.held.is_some());
            prop_assert_eq!(evaluation.total.is_none(), evaluation.held.is_some());
            prop_assert_eq!(evaluation.carry.is_none(), evaluation.held.is_some());
            prop_assert!(!held || evaluation.held.is_some());
            let stages: Vec<_> = evaluation.steps.iter().map(|step| step.stage).collect();
            prop_assert!(stages.is_sorted());
            if let Some(total) = evaluation.total {
                let sum: Decimal = evaluation.lines.iter().map(|line| line.amount.unwrap()).sum();
                prop_assert_eq!(sum, total);
                for line in &evaluation.lines {
                    prop_assert!(to_micros(line.amount.unwrap()).is_some());
                }
            }
        }
    }

    #[test]
    fn the_order_of_what_is_given_means_nothing(figures in any_figures()) {
        let mut turned = figures.clone();
        turned.groups.reverse();
        turned.payments.iter_mut().for_each(|list| list.reverse());
        turned.price_cuts.iter_mut().for_each(|list| list.reverse());
        turned.price_gaps.iter_mut().for_each(|list| list.reverse());
        turned.sub_periods.iter_mut().for_each(|list| list.reverse());
        for policy in POLICIES.iter() {
            let one = evaluate(policy, &figures);
            let other = evaluate(policy, &turned);
            prop_assert_eq!(one.total.is_some(), other.total.is_some());
            prop_assert_eq!(one.total, other.total);
            prop_assert_eq!(one.carry, other.carry);
        }
    }

    #[test]
    fn a_line_split_in_two_is_the_same_line(
        whole in -1_000_000_000_i64..1_000_000_000,
        part in -1_000_000_000_i64..1_000_000_000,
        others in proptest::collection::vec(-1_000_000_000_i64..1_000_000_000, 0..6),
    ) {
        let sums = |micros: i64| {
            let value = Some(decimal(Micros(micros)));
            Sums { quantity: value, amount: value, assessed: value }
        };
        let mut one = Basis::NOTHING;
        let mut two = Basis::NOTHING;
        for other in &others {
            one.add(Part::Sold, &sums(*other));
        }
        one.add(Part::Sold, &sums(whole));
        two.add(Part::Sold, &sums(whole - part));
        for other in others.iter().rev() {
            two.add(Part::Sold, &sums(*other));
        }
        two.add(Part::Sold, &sums(part));
        let figures = |basis| Figures {
            basis,
            target: Some(sums(1_000_000)),
            last_year: Some(sums(1_000_000)),
            ..Figures::default()
        };
        for policy in POLICIES.iter() {
            let (one, two) = (evaluate(policy, &figures(one)), evaluate(policy, &figures(two)));
            prop_assert_eq!(one.total, two.total);
            prop_assert_eq!(one.lines, two.lines);
        }
    }

    #[test]
    fn retroactive_is_at_least_incremental_when_rates_rise(
        cents_sold in 0_i64..100_000_000_000,
        steps in proptest::collection::vec((1_i64..1_000_000, 0_i64..500), 1..6),
    ) {
        let (mut from, mut points) = (0, 0);
        let tiers: Vec<(i64, i64)> = steps.iter().map(|(up, more)| {
            let tier = (from, points + more);
            from += up;
            points += more;
            tier
        }).collect();
        let whole = evaluate(&tiered("retroactive", &tiers, ""), &amount(cents_sold));
        let sliced = evaluate(&tiered("incremental", &tiers, ""), &amount(cents_sold));
        prop_assert!(whole.total >= sliced.total, "{whole:?} {sliced:?}");
    }

    #[test]
    fn tiers_agree_with_a_naive_program(
        sold in -1_000_000_000_i64..100_000_000_000,
        steps in proptest::collection::vec((1_i64..1_000_000, 0_i64..10_000), 1..6),
        begin in 0_i64..3,
        near in proptest::option::of((0_usize..6, -1_i64..=1)),
    ) {
        let mut from = begin * 1000;
        let tiers: Vec<(i64, i64)> = steps.iter().map(|(up, points)| {
            let tier = (from, *points);
            from += up;
            tier
        }).collect();
        // One cent below a bound, at it, and above it.
        let sold = near.map_or(sold, |(at, off)| tiers[at % tiers.len()].0 * 100 + off);

        let reaches = |at: usize| sold >= tiers[at].0 * 100 || at == 0 && tiers[0].0 == 0;
        let rate = (0..tiers.len()).filter(|at| reaches(*at)).map(|at| tiers[at].1).next_back();
        let whole = round_ratio(i128::from(sold) * i128::from(rate.unwrap_or(0)), 10_000);
        let found = evaluate(&tiered("retroactive", &tiers, ""), &amount(sold));
        prop_assert_eq!(cents(&found), whole);

        let mut sliced = 0_i128;
        for (at, (from, points)) in tiers.iter().enumerate() {
            let bottom = from * 100;
            let top = tiers.get(at + 1).map_or(i64::MAX, |next| next.0 * 100).min(sold);
            let slice = if sold < 0 && at == 0 && *from == 0 { sold } else { (top - bottom).max(0) };
            sliced += i128::from(slice) * i128::from(*points);
        }
        let found = evaluate(&tiered("incremental", &tiers, ""), &amount(sold));
        prop_assert_eq!(cents(&found), round_ratio(sliced, 10_000));
    }

    #[test]
    fn percent_and_growth_agree_with_a_naive_program(
        sold in -100_000_000_000_i64..100_000_000_000,
        base in 1_i64..10_000_000_000,
        points in 0_i64..=10_000,
        bounds in (0_i64..5_000, 1_i64..5_000),
        exact in any::<bool>(),
    ) {
        let rate = Decimal::new(points, 4);
        let percent = format!("[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = {rate}");
        let basis = format!("{AMOUNT}\ntax = \"excluded\"\ntax_rate = 0.13");
        let found = evaluate(&policy(&basis, &percent), &amount(sold));
        let product = i128::from(sold) * i128::from(points);
        prop_assert_eq!(cents(&found), round_ratio(product * 100, 10_000 * 113));

        let (low, high) = (bounds.0, bounds.0 + bounds.1);
        let shares = (Decimal::new(low, 4), Decimal::new(high, 4));
        let growth = |of: &str| {
            let text = format!(
                "[[reward]]\nid = \"r\"\nshape = \"growth\"\nof = \"{of}\"\ntiers = [{{ from = {}, rate = 0.01 }}, {{ from = {}, rate = 0.02 }}]",
                shares.0, shares.1
            );
            policy(AMOUNT, &text)
        };
        // Growth that hits a bound to the cent: base in whole ten thousands of cents.
        let (sold, base) = if exact {
            (base / 10_000 * (10_000 + high), base / 10_000 * 10_000)
        } else {
            (sold, base)
        };
        prop_assume!(base > 0);
        let grown = (i128::from(sold) - i128::from(base)) * 10_000;
        let points = if grown >= i128::from(base) * i128::from(high) {
            200
        } else if grown >= i128::from(base) * i128::from(low) {
            100
        } else {
            0
        };
        let figures = Figures {
            last_year: Some(Sums { amount: Some(Decimal::new(base, 2)), ..Sums::default() }),
            ..amount(sold)
        };
        let whole = round_ratio(i128::from(sold) * points, 10_000);
        prop_assert_eq!(cents(&evaluate(&growth("whole"), &figures)), whole);
        let more = i128::from(sold - base).max(0);
        let increment = round_ratio(more * points, 10_000);
        prop_assert_eq!(cents(&evaluate(&growth("increment"), &figures)), increment);
    }

    #[test]
    fn cap_and_floor_are_bounds(
        sold in -1_000_000_000_i64..100_000_000_000,
        cap in 0_i64..10_000_000,
        floor in 0_i64..100_000,
        carried in 0_i64..100_000,
    ) {
        let limit = format!(
            "[limit]\ncap = {}\nfloor = {}\ncarry = true",
            Decimal::new(cap, 2), Decimal::new(floor, 2)
        );
        let policy = tiered("retroactive", &[(0, 100), (100_000, 200), (200_000, 300)], &limit);
        let figures = Figures { carried_forward: Decimal::new(carried, 2), ..amount(sold) };
        let evaluation = evaluate(&policy, &figures);
        let (total, carry) = (evaluation.total.unwrap(), evaluation.carry.unwrap());
        let (cap, floor, carried) = (Decimal::new(cap, 2), Decimal::new(floor, 2), Decimal::new(carried, 2));
        prop_assert!(total <= cap + carried);
        prop_assert!(total <= Decimal::ZERO || total >= floor);
        prop_assert!(carry >= Decimal::ZERO && carry < floor.max(Decimal::ONE));
        prop_assert!(carry.is_zero() || total.is_zero());
        // Nothing is lost between them.
        let open = evaluate(&tiered("retroactive", &[(0, 100), (100_000, 200), (200_000, 300)], ""), &amount(sold));
        prop_assert_eq!(total + carry, open.total.unwrap().min(cap) + carried);
    }

    #[test]
    fn every_full_agrees_with_a_naive_program(
        micros in -1_000_000_000_i64..1_000_000_000_000,
        size in 1_i64..10_000_000,
        most in proptest::option::of(1_i64..1000),
        exact in any::<bool>(),
    ) {
        let micros = if exact { micros / size * size } else { micros };
        let most_text = most.map(|most| format!("most = {most}")).unwrap_or_default();
        let text = format!(
            "[[reward]]\nid = \"r\"\nshape = \"every_full\"\nyuan = 3\nsize = {}\n{most_text}",
            decimal(Micros(size))
        );
        let figures = Figures {
            basis: Basis {
                sold: Sums { quantity: Some(decimal(Micros(micros))), ..Sums::default() },
                ..Basis::default()
            },
            ..Figures::default()
        };
        let multiples = (micros / size).max(0).min(most.unwrap_or(i64::MAX));
        let evaluation = evaluate(&policy(BOXES, &text), &figures);
        prop_assert_eq!(evaluation.total, Some(Decimal::from(multiples * 3)));
    }
}

#[test]
fn a_cent_below_a_bound_without_tax_is_below_it() {
    let basis = format!("{AMOUNT}\ntax = \"excluded\"\ntax_rate = \"13%\"");
    let gated = policy(
        &basis,
        "[[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = 0.02\ngate = [{ on = \"basis\", steps = [{ at_least = 100000 }] }]",
    );
    for (cents, expected) in [
        (11_299_999, "0"),
        (11_300_000, "2000"),
        (11_300_001, "2000"),
    ] {
        assert_eq!(evaluate(&gated, &amount(cents)).total, Some(d(expected)));
    }
}
