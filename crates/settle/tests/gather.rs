//! From folds to the figures of a policy: what counts, what is unknown, and that neither the order
//! of folds nor how a line is cut matters.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use channelflow_model::master::{Customer, Distributor, MasterData, Product};
use channelflow_model::settlement::{AssessedPrice, Entry, Fold, SettlementSettings};
use channelflow_model::{Day, FlowKind, Lang, LineFlags, Micros, Period, PeriodRule};
use channelflow_settle::evaluate;
use channelflow_settle::figures::Figures;
use channelflow_settle::gather::{Elsewhere, Gatherer, MonthSums, Stock, Told};
use channelflow_settle::policy::Policy;
use channelflow_settle::reference::{Prepared, Reference};
use proptest::prelude::*;

fn day(text: &str) -> Day {
    Day::from_iso(text).unwrap()
}

fn month(text: &str) -> Period {
    Period::from_iso(text).unwrap()
}

/// A hospital H, a pharmacy F and a distributor S buy products A (10 yuan, from the 16th 12) and
/// B (no price) from D, a first-tier distributor.
fn world() -> (MasterData, SettlementSettings) {
    let customer = |id: &str, role: &str| Customer {
        id: id.to_owned(),
        role: role.to_owned(),
        ..Customer::default()
    };
    let product = |id: &str| Product {
        id: id.to_owned(),
        ..Product::default()
    };
    let master = MasterData {
        customers: vec![
            customer("F", "pharmacy"),
            customer("H", "hospital"),
            customer("S", "distributor"),
        ],
        products: vec![product("A"), product("B")],
        distributors: vec![Distributor {
            id: "D".to_owned(),
            tier: "一级".to_owned(),
            ..Distributor::default()
        }],
        aliases: Vec::new(),
    };
    let price = |from: &str, yuan: i64| AssessedPrice {
        product_id: "A".to_owned(),
        from: day(from),
        price: Micros::from_units(yuan).unwrap(),
        revoked: false,
    };
    let settings = SettlementSettings {
        prices: vec![price("2026-01-01", 10), price("2026-01-16", 12)],
        ..SettlementSettings::default()
    };
    (master, settings)
}

/// `customer product day flags lines quantity amount`; flags `-`, `r` returned, `g` gift, `n`
/// without an amount, `t` amount without tax.
fn fold(business: &str, lines: &[&str]) -> Fold {
    let ids = |at: usize| -> Vec<String> {
        let mut ids: Vec<String> = lines
            .iter()
            .map(|line| line.split(' ').nth(at).unwrap().to_owned())
            .collect();
        ids.sort();
        ids.dedup();
        ids
    };
    let (customers, products) = (ids(0), ids(1));
    let place = |ids: &[String], id: &str| {
        u32::try_from(ids.iter().position(|known| known == id).unwrap()).unwrap()
    };
    let entries = lines.iter().map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        Entry {
            customer: place(&customers, words[0]),
            product: place(&products, words[1]),
            day: day(words[2]),
            flags: match words[3] {
                "r" => LineFlags::RETURN,
                "g" => LineFlags::GIFT,
                "n" => LineFlags::NO_AMOUNT,
                "t" => LineFlags::AMOUNT_EX_TAX,
                _ => LineFlags::default(),
            },
            lines: words[4].parse().unwrap(),
            quantity: words[5].parse().unwrap(),
            amount: words[6].parse().unwrap(),
        }
    });
    Fold {
        distributor_id: "D".to_owned(),
        kind: FlowKind::Sale,
        business_period: month(business),
        booking_period: month(business),
        entries: entries.collect(),
        customers: customers.clone(),
        products: products.clone(),
    }
}

fn policy(counting_point: &str) -> Policy {
    policy_with(counting_point, "")
}

fn policy_with(counting_point: &str, basis: &str) -> Policy {
    let text = format!(
        "id = \"P\"\nversion = 1\nname = \"P\"\nkind = \"一级\"\nvalid_from = 2026-01-01\n\
         period = \"month\"\n[party]\ntiers = [\"一级\"]\n\
         [basis]\nsource = \"sale\"\nmeasure = \"amount\"\ncounting_point = \"{counting_point}\"\n{basis}\n\
         [[reward]]\nid = \"r\"\nshape = \"percent\"\nrate = \"1%\"\n"
    );
    Policy::parse("p.toml", &text).unwrap()
}

/// Figures of January for D.
fn figures(counting_point: &str, folds: &[Fold]) -> Figures {
    figures_of(&policy(counting_point), folds, None)
}

/// The same of a policy, by what D reported; `None`: whatever it reported.
fn figures_of(
    policy: &Policy,
    folds: &[Fold],
    reported: Option<&BTreeSet<(Period, FlowKind)>>,
) -> Figures {
    let (master, settings) = world();
    let prepared = Prepared::new(Reference::new(&settings, &master));
    let policies = [policy.clone()];
    let gatherer = Gatherer::new(&policies, &prepared);
    let mut months: BTreeMap<Period, MonthSums> = BTreeMap::new();
    for fold in folds {
        for (_, month, sums) in gatherer.of_fold(fold, &[0]) {
            months.entry(month).or_default().merge(&sums);
        }
    }
    let elsewhere = Elsewhere {
        rule: PeriodRule::default(),
        shipments: None,
        payments: None,
        stock: &Stock::default(),
        known_since: &BTreeMap::new(),
        reports: &BTreeMap::new(),
        reported,
    };
    let span = [month("2026-01")];
    gatherer.figures(
        0,
        "D",
        (&span, false),
        &months,
        &elsewhere,
        &Told::default(),
    )
}

/// Quantity, amount, assessed amount of what was sold; `-` for unknown.
fn sold(figures: &Figures) -> [String; 3] {
    let sums = figures.basis.sold;
    [sums.quantity, sums.amount, sums.assessed]
        .map(|sum| sum.map_or_else(|| "-".to_owned(), |sum| sum.to_string()))
}

#[test]
fn each_counting_point_counts_its_own_sales_at_the_price_of_the_day() {
    let january = [fold(
        "2026-01",
        &[
            "H A 2026-01-10 - 1 5 55",
            "H A 2026-01-20 - 1 5 66",
            "F A 2026-01-20 - 1 2 25",
            "S A 2026-01-05 - 1 100 900",
        ],
    )];
    for (point, expected) in [
        ("terminal", ["12", "146", "134"]),
        ("first_tier", ["112", "1046", "1134"]),
        ("all", ["112", "1046", "1134"]),
    ] {
        assert_eq!(sold(&figures(point, &january)), expected, "{point}");
    }
}

#[test]
fn returns_stand_apart_and_gifts_count_nothing() {
    let found = figures(
        "terminal",
        &[fold(
            "2026-01",
            &[
                "H A 2026-01-10 - 1 5 55",
                "H A 2026-01-12 r 1 -2 -22",
                "H A 2026-01-12 g 1 9 0",
            ],
        )],
    );
    assert_eq!(sold(&found), ["5", "55", "50"]);
    let returned = found.basis.returned.unwrap();
    assert_eq!(returned.quantity.unwrap().to_string(), "-2");
    assert_eq!(returned.assessed.unwrap().to_string(), "-20");
}

#[test]
fn what_is_not_known_is_not_zero() {
    // B has no price; one line says nothing of its worth.
    let unpriced = fold("2026-01", &["H B 2026-01-10 - 1 5 55"]);
    assert_eq!(sold(&figures("all", &[unpriced])), ["5", "55", "-"]);
    let unknown = fold(
        "2026-01",
        &["H A 2026-01-10 - 1 5 55", "H A 2026-01-11 n 1 1 0"],
    );
    assert_eq!(sold(&figures("all", &[unknown])), ["6", "-", "60"]);
    // Its counter-entry takes it off again.
    let cancelled = [
        fold(
            "2026-01",
            &["H A 2026-01-10 - 1 5 55", "H A 2026-01-11 n 1 1 0"],
        ),
        fold("2026-01", &["H A 2026-01-11 n -1 -1 0"]),
    ];
    assert_eq!(sold(&figures("all", &cancelled)), ["5", "55", "50"]);
    // No sales at all are known to be nothing; what stands elsewhere is unknown until imported.
    let nothing = figures("all", &[]);
    assert_eq!(sold(&nothing), ["0", "0", "0"]);
    assert_eq!(
        (nothing.payments, nothing.last_year, nothing.target),
        (None, None, None)
    );
}

#[test]
fn a_month_nobody_reported_is_not_known_and_a_reported_one_without_sales_is_nothing() {
    let policy = policy("all");
    let said = |kind: Option<FlowKind>| {
        let reported = kind.map(|kind| (month("2026-01"), kind));
        let figures = figures_of(&policy, &[], Some(&reported.into_iter().collect()));
        let evaluation = evaluate(&policy, &figures);
        match &evaluation.held {
            Some(reason) => reason.text(Lang::En),
            None => evaluation.total.unwrap().to_string(),
        }
    };
    let missing = "D has not reported its sales of 2026-01, so they are not known";
    assert_eq!(said(Some(FlowKind::Sale)), "0");
    assert_eq!(said(None), missing);
    assert_eq!(said(Some(FlowKind::Inventory)), missing);
}

#[test]
fn amounts_without_tax_are_converted_once_or_not_known() {
    // 113 with tax and 100 without: 226 with 13 %, whatever the policy pays on.
    let sales = [fold(
        "2026-01",
        &["H A 2026-01-10 - 1 5 113", "H A 2026-01-11 t 1 5 100"],
    )];
    for (tax, expected) in [
        ("tax_rate = \"13%\"", "2.26"),
        ("tax = \"excluded\"\ntax_rate = \"13%\"", "2.00"),
        (
            "",
            "100 yuan of it were reported without tax, and the policy names no rate to add it with",
        ),
    ] {
        let policy = policy_with("all", tax);
        let figures = figures_of(&policy, &sales, None);
        let evaluation = evaluate(&policy, &figures);
        let found = match &evaluation.held {
            Some(reason) => reason.text(Lang::En),
            None => format!("{:.2}", evaluation.total.unwrap()),
        };
        assert_eq!(found, expected, "{tax}");
    }
}

/// A costs 10 yuan, from 20 January 8; D reports 7 boxes for the day before.
#[test]
fn a_price_cut_outside_the_policys_days_is_not_protected() {
    let (master, mut settings) = world();
    settings.prices[1].from = day("2026-01-20");
    settings.prices[1].price = Micros::from_units(8).unwrap();
    let prepared = Prepared::new(Reference::new(&settings, &master));
    let mut stock = Stock::default();
    stock.add(&Fold {
        kind: FlowKind::Inventory,
        ..fold("2026-01", &["H A 2026-01-19 - 1 7 0"])
    });
    let cuts = |days: &str| {
        let text = format!(
            "id = \"P\"\nversion = 1\nname = \"P\"\n{days}\nperiod = \"month\"\n\
             [party]\ntiers = [\"一级\"]\n[basis]\nsource = \"purchase\"\nmeasure = \"amount\"\n\
             [[reward]]\nid = \"r\"\nshape = \"price_protection\"\n"
        );
        let policies = [Policy::parse("p.toml", &text).unwrap()];
        let elsewhere = Elsewhere {
            rule: PeriodRule::default(),
            shipments: None,
            payments: None,
            stock: &stock,
            known_since: &BTreeMap::new(),
            reports: &BTreeMap::new(),
            reported: None,
        };
        let span = [month("2026-01")];
        let told = Told::default();
        let gatherer = Gatherer::new(&policies, &prepared);
        let months = BTreeMap::new();
        let figures = gatherer.figures(0, "D", (&span, false), &months, &elsewhere, &told);
        let cuts = figures.price_cuts.unwrap().into_iter();
        cuts.map(|cut| cut.stock.unwrap().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(cuts("valid_from = 2026-01-20"), ["7"]);
    assert_eq!(cuts("valid_from = 2026-01-21"), [""; 0]);
    assert_eq!(
        cuts("valid_from = 2026-01-01\nvalid_to = 2026-01-19"),
        [""; 0]
    );
}

#[test]
fn a_sale_outside_the_policys_days_does_not_count() {
    let december = fold("2025-12", &["H A 2025-12-31 - 1 5 55"]);
    assert_eq!(sold(&figures("all", &[december])), ["0", "0", "0"]);
}

proptest! {
    #[test]
    fn neither_order_nor_cutting_matters(
        lines in proptest::collection::vec((0usize..3, 1u32..28, -50i64..50, 2i64..9), 1..20),
        seed in any::<u64>(),
    ) {
        let shown = |(customer, day, quantity, _): &(usize, u32, i64, i64), part: (i64, i64)| {
            let whole = quantity * part.0 / part.1;
            format!("{} A 2026-01-{day:02} - 1 {whole} {}", ["F", "H", "S"][*customer], whole * 11)
        };
        let whole: Vec<String> = lines.iter().map(|line| shown(line, (1, 1))).collect();
        let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
        let expected = figures("terminal", &[fold("2026-01", &whole)]);

        // Every line cut in two, in two folds, in another order.
        let mut first: Vec<String> = lines.iter().map(|line| shown(line, (1, line.3))).collect();
        let mut second: Vec<String> = lines
            .iter()
            .map(|line| {
                let rest = line.2 - line.2 / line.3;
                shown(&(line.0, line.1, rest, 1), (1, 1))
            })
            .collect();
        let turn = usize::try_from(seed % 20).unwrap() % lines.len();
        first.rotate_left(turn);
        second.reverse();
        let texts = |lines: &[String]| -> Fold {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            fold("2026-01", &lines)
        };
        let found = figures("terminal", &[texts(&second), texts(&first)]);
        prop_assert_eq!(found.basis, expected.basis);
    }
}
