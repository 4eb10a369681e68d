//! Tables with something wrong in them, and what the checks say and do.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

use channelflow_check::check;
use channelflow_model::finding::SheetPlace;
use channelflow_model::flow::{
    ExpiryPrecision, Match, ReportedLot, ReportedProduct, ResolvedTable, Rule,
};
use channelflow_model::master::{Alias, AliasKind, MasterData, Product};
use channelflow_model::{Day, Disposition, FlowKind, FlowTable, HoldReason, LineFlags, Micros};
use channelflow_model::{Finding, Lang};

fn day(text: &str) -> Option<Day> {
    Day::from_iso(text)
}

/// A lot with its expiry: a day `2027-05-10`, a month `2027-05`, or nothing.
fn lot(lot: &str, expiry: &str) -> ReportedLot {
    let month = expiry.len() == 7;
    ReportedLot {
        raw: lot.into(),
        lot: lot.into(),
        expiry_raw: expiry.into(),
        expiry: if month {
            day(&format!("{expiry}-01")).map(Day::end_of_month)
        } else {
            day(expiry)
        },
        precision: (!expiry.is_empty()).then_some(if month {
            ExpiryPrecision::Month
        } else {
            ExpiryPrecision::Day
        }),
        expiry_rule: if month { "month_end" } else { "day" }.into(),
        mfg: None,
    }
}

/// A sheet of accepted lines: day, product 1 or 2, lot, quantity, price in yuan.
fn table(kind: FlowKind, lines: &[(&str, u32, ReportedLot, i64, Option<i64>)]) -> ResolvedTable {
    let matched = |id: &str| {
        Some(Match {
            id: id.into(),
            rule: Rule::Name,
            alias_id: None,
        })
    };
    let mut flow = FlowTable::new(kind);
    flow.sheets.push(SheetPlace {
        sheet: "一月".into(),
        ..SheetPlace::default()
    });
    flow.products = vec![ReportedProduct::default(); 3];
    flow.products[1].name = "阿莫西林胶囊".into();
    flow.products[2].name = "头孢克洛干混悬剂".into();
    let mut table = ResolvedTable {
        flow,
        matches: vec![None, matched("P1"), matched("P2")],
        customer: Vec::new(),
        matched_product: Vec::new(),
        base_quantity: Vec::new(),
        disposition: Vec::new(),
    };
    for (row, (date, product, lot, quantity, price)) in (2..).zip(lines) {
        let flow = &mut table.flow;
        let at = flow.lots.iter().position(|known| known == lot);
        let at = at.unwrap_or_else(|| {
            flow.lots.push(lot.clone());
            flow.lots.len() - 1
        });
        flow.day.push(day(date).unwrap());
        flow.party.push(0);
        flow.product.push(*product);
        flow.lot.push(u32::try_from(at).unwrap());
        flow.quantity.push(Micros::from_units(*quantity).unwrap());
        flow.price
            .push(price.map(|price| Micros::from_units(price).unwrap()));
        flow.amount.push(None);
        flow.flags.push(LineFlags::default());
        flow.sheet.push(0);
        flow.row.push(row);
        table.customer.push(0);
        table.matched_product.push(*product);
        table.base_quantity.push(Micros::from_units(*quantity));
        table.disposition.push(Disposition::Accepted);
    }
    table
}

fn master() -> MasterData {
    let product = |id: &str, price: i64, case_size: i64| Product {
        id: id.into(),
        price: Micros::from_units(price),
        case_size,
        active: true,
        ..Product::default()
    };
    MasterData {
        products: vec![product("P1", 10, 400), product("P2", 10, 0)],
        ..MasterData::default()
    }
}

/// Findings as texts with their place.
fn said(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| format!("{}: {}", finding.place, finding.text(Lang::En)))
        .collect()
}

#[test]
fn one_lot_has_one_expiry() {
    let date = "2026-01-05";
    let mut table = table(
        FlowKind::Sale,
        &[
            (date, 1, lot("A1", "2027-05-10"), 1, None),
            (date, 1, lot("A1", "2027-06-10"), 1, None),
            (date, 1, lot("A1", "2027-05-10"), 1, None),
            // Another product, or no expiry: no conflict.
            (date, 2, lot("A1", "2027-06-10"), 1, None),
            (date, 1, lot("B1", ""), 1, None),
            (date, 1, lot("B1", "2027-05-10"), 1, None),
            // A month agrees with a day in it.
            (date, 1, lot("C1", "2027-05"), 1, None),
            (date, 1, lot("C1", "2027-05-10"), 1, None),
        ],
    );
    let findings = check(&mut table, &master());
    assert_eq!(
        said(&findings),
        [
            "[一月] row 3: product `P1`, lot `A1` stands with two expiries: 2027-05-10 and 2027-06-10"
        ]
    );
    let flagged: Vec<bool> = table
        .flow
        .flags
        .iter()
        .map(|flags| flags.has(LineFlags::EXPIRY_CONFLICT))
        .collect();
    assert_eq!(
        flagged,
        [true, true, true, false, false, false, false, false]
    );
    assert!(
        table
            .disposition
            .iter()
            .all(|state| *state == Disposition::Accepted)
    );
}

#[test]
fn dates_of_a_lot_must_make_sense() {
    let mut swapped = lot("B2", "2024-05-01");
    swapped.mfg = day("2026-05-01");
    let lines = [
        ("2026-01-05", 1, lot("A1", "2026-01-05"), 1, None),
        ("2026-01-06", 1, lot("A1", "2026-01-05"), 2, None),
        ("2026-01-07", 1, lot("A1", "2026-01-05"), 3, None),
        ("2026-01-08", 1, lot("A1", "2026-01-05"), -3, None),
        ("2024-01-05", 2, swapped, 1, None),
    ];
    let mut sales = table(FlowKind::Sale, &lines);
    assert_eq!(
        said(&check(&mut sales, &master())),
        [
            "[一月] row 6: product `P2`, lot `B2` expires on 2024-05-01, not after its production on 2026-05-01",
            "[一月] row 3: product `P1`, lot `A1` expired on 2026-01-05 and was sold on 2026-01-06 (2 rows in all)",
        ]
    );
    // Expired goods may lie in stock.
    let mut stock = table(FlowKind::Inventory, &lines[..4]);
    assert_eq!(said(&check(&mut stock, &master())), [""; 0]);
}

#[test]
fn lots_that_lost_their_zeros_are_proposed() {
    let date = "2026-01-05";
    let mut table = table(
        FlowKind::Sale,
        &[
            (date, 1, lot("012301", ""), 1, None),
            (date, 1, lot("12301", ""), 1, None),
            (date, 2, lot("2301", ""), 1, None),
            (date, 2, lot("02302", ""), 1, None),
        ],
    );
    assert_eq!(
        said(&check(&mut table, &master())),
        ["[一月] row 3: lot `12301` of product `P1` may be `012301` with its leading zeros lost"]
    );
}

#[test]
fn the_price_of_a_case_beside_boxes_is_held() {
    let date = "2026-01-05";
    let none = || lot("", "");
    let mut table = table(
        FlowKind::Sale,
        &[
            (date, 1, none(), 2, Some(4_000)),
            (date, 1, none(), 2, Some(3_400)),
            (date, 1, none(), 2, Some(3_399)),
            (date, 1, none(), 2, Some(10)),
            (date, 1, none(), 2, None),
            (date, 2, none(), 2, Some(4_000)),
            (date, 1, none(), 2, Some(4_000)),
            (date, 1, none(), 2, None),
        ],
    );
    // Converted from cases already; and a price only the amount tells.
    table.base_quantity[6] = Micros::from_units(800);
    table.flow.amount[7] = Micros::from_units(8_000);
    let mut settled = table.clone();
    let findings = check(&mut table, &master());
    assert_eq!(
        said(&findings),
        [
            "[一月] row 2: the price 4000 of `阿莫西林胶囊` is about 400 times the assessed price 10, \
          which is a case: cases were probably counted; 3 rows are held"
        ]
    );
    let held: Vec<bool> = table
        .disposition
        .iter()
        .map(|state| *state == Disposition::Held(HoldReason::UnitSuspected))
        .collect();
    assert_eq!(held, [true, true, false, false, false, false, false, true]);
    let unknown: Vec<bool> = table.base_quantity.iter().map(Option::is_none).collect();
    assert_eq!(unknown, held);

    // A person's factor settles it.
    let mut master = master();
    master.aliases.push(Alias {
        alias_id: 7,
        kind: AliasKind::Product,
        distributor_id: String::new(),
        name: "阿莫西林胶囊".into(),
        code: String::new(),
        spec: String::new(),
        maker: String::new(),
        unit: "盒".into(),
        target_id: "P1".into(),
        ignore: false,
        factor_numerator: 1,
        factor_denominator: 1,
        valid_from: None,
        valid_to: None,
        origin: String::new(),
        decided_by: String::new(),
        decided_at: String::new(),
    });
    settled.matches[1].as_mut().unwrap().alias_id = Some(7);
    assert_eq!(check(&mut settled, &master), []);
    assert!(
        settled
            .disposition
            .iter()
            .all(|state| *state == Disposition::Accepted)
    );
}

#[test]
fn the_price_of_a_box_beside_cases_is_held() {
    let lots = || lot("", "");
    let mut table = table(
        FlowKind::Sale,
        &[
            ("2026-01-05", 1, lots(), 2, Some(10)),
            ("2026-01-05", 1, lots(), 2, Some(4000)),
            ("2026-01-05", 1, lots(), 2, None),
            ("2026-01-05", 1, lots(), 2, Some(10)),
            ("2026-01-05", 1, lots(), 2, Some(60)),
        ],
    );
    table.flow.products[1].unit = "件".into();
    for base in &mut table.base_quantity {
        *base = Micros::from_units(800);
    }
    // 2 × 10 = 20 without a price; 800 × 10 = 8,000: the price is of a box, as the amount says.
    table.flow.amount[2] = Micros::from_units(20);
    table.flow.amount[3] = Micros::from_units(8000);
    let findings = check(&mut table, &master());
    let held: Vec<bool> = table
        .disposition
        .iter()
        .map(|state| *state == Disposition::Held(HoldReason::UnitSuspected))
        .collect();
    assert_eq!(held, [true, false, true, false, false]);
    assert_eq!(table.base_quantity[0], None);
    assert_eq!(
        said(&findings),
        [
            "[一月] row 2: the price 10 of `阿莫西林胶囊` is about the assessed price 10 of one base unit, \
             but the quantity is given in `件`: base units were probably counted; 2 rows are held"
        ]
    );
}

#[test]
fn a_flood_of_findings_is_cut_and_counted() {
    let lines: Vec<_> = (0..150)
        .map(|n| {
            (
                "2026-01-06",
                1,
                lot(&format!("L{n}"), "2026-01-05"),
                1,
                None,
            )
        })
        .collect();
    let mut table = table(FlowKind::Sale, &lines);
    let findings = check(&mut table, &master());
    assert_eq!(findings.len(), 101);
    assert_eq!(
        findings[100].text(Lang::En),
        "50 more findings of this kind (sold_after_expiry) are not listed one by one"
    );
}

#[test]
fn nothing_is_found_in_an_empty_table() {
    let mut empty = table(FlowKind::Sale, &[]);
    assert_eq!(check(&mut empty, &master()), []);
}
