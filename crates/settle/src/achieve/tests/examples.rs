//! The worked examples of the domain rules, and every rule a row follows.

use channelflow_model::settlement::{
    DistributorTier, Fold, Measure, Target, TargetOwner, UnitLevel,
};
use channelflow_model::{LineFlags, Period};
use rust_decimal::Decimal;

use super::super::{
    AchieveError, Achievement, AchievementTable, Adjustment, Level, OrgView, PeriodBasis, SpanKind,
};
use super::company::{Company, actuals, fold, question, row, sales};
use crate::reference::Prepared;
use crate::testing::{credit, day, member, micros, seat, span, unit};

const ALWAYS: &str = "2024-01-01..";

fn percent(rate: Option<Decimal>) -> String {
    rate.map_or("null".to_owned(), |rate| {
        format!("{:.1}", (rate * Decimal::ONE_HUNDRED).round_dp(1))
    })
}

#[test]
fn a_customer_that_moves_is_shared_by_day_and_a_split_sums_to_the_whole() {
    let mut company = Company::new();
    company.attributions.retain(|row| row.customer_id != "a");
    company
        .attributions
        .push(credit("a", "", "A", "1", "2026-01-01..2026-03-15"));
    company
        .attributions
        .push(credit("a", "", "B", "1", "2026-03-16.."));
    let moved = company.table(
        &question("2026-03"),
        &sales(&[
            ("one", "a", "p", "2026-03-05", "300", "0"),
            ("one", "a", "p", "2026-03-20", "200", "0"),
        ]),
    );
    assert_eq!(
        actuals(&moved, Level::Post, Measure::Quantity),
        "A 300, B 200"
    );
    assert_eq!(
        actuals(&moved, Level::Person, Measure::Quantity),
        "ann 300, bob 200"
    );
    let split = company.table(
        &question("2026-03"),
        &sales(&[("one", "d", "q", "2026-03-05", "101", "100.01")]),
    );
    assert_eq!(
        actuals(&split, Level::Post, Measure::Quantity),
        "A 60.6, B 40.4"
    );
    assert_eq!(
        actuals(&split, Level::Post, Measure::Amount),
        "A 60.01, B 40"
    );
    assert_eq!(
        actuals(&split, Level::Post, Measure::Assessed),
        "A 151.5, B 101"
    );
}

#[test]
fn rolling_up_adds_and_then_divides() {
    let mut company = Company::new();
    company.target("2026-03", "A", "", Measure::Amount, "100000");
    company.target("2026-03", "B", "", Measure::Amount, "50000");
    let table = company.table(
        &question("2026-03"),
        &sales(&[
            ("one", "a", "p", "2026-03-05", "1", "92000"),
            ("one", "b", "p", "2026-03-05", "1", "30000"),
            ("one", "c", "p", "2026-03-05", "1", "7"),
        ]),
    );
    for (level, id, rate) in [
        (Level::Post, "A", "92.0"),
        (Level::Post, "B", "60.0"),
        (Level::Region, "N", "81.3"),
        (Level::Company, "CO", "81.3"),
        (Level::Person, "ann", "92.0"),
        (Level::Post, "C", "null"),
        (Level::Region, "S", "null"),
        (Level::Customer, "a", "null"),
    ] {
        let found = row(&table, level, id, SpanKind::Month, Measure::Amount);
        assert_eq!(percent(found.rate), rate, "{level:?} {id}");
    }
    let region = row(&table, Level::Region, "N", SpanKind::Month, Measure::Amount);
    assert_eq!(region.target, Some(micros("150000")));
    assert_eq!(region.name, "N.");
    assert_eq!(region.gap, region.rate.map(|rate| rate - Decimal::ONE));
}

#[test]
fn a_target_of_zero_has_no_rate() {
    let mut company = Company::new();
    company.target("2026-03", "A", "", Measure::Amount, "0");
    let sold = sales(&[("one", "a", "p", "2026-03-05", "1", "5")]);
    let table = company.table(&question("2026-03"), &sold);
    let found = row(&table, Level::Post, "A", SpanKind::Month, Measure::Amount);
    assert_eq!(
        (found.target, found.rate, found.gap),
        (Some(micros("0")), None, None)
    );
}

#[test]
fn spans_phase_targets_and_compare_with_what_was_before() {
    use SpanKind::{Month, QuarterToDate, YearToDate};
    let mut company = Company::new();
    for (period, value) in [
        ("2026-01", "100"),
        ("2026-04", "100"),
        ("2026-05", "200"),
        ("2026-06", "999"),
    ] {
        company.target(period, "A", "", Measure::Quantity, value);
    }
    let sold = sales(&[
        ("one", "a", "p", "2025-05-05", "50", "0"),
        ("one", "a", "p", "2026-01-05", "80", "0"),
        ("one", "a", "p", "2026-02-05", "-10", "0"),
        ("one", "a", "p", "2026-04-05", "60", "0"),
        ("one", "a", "p", "2026-05-05", "90", "0"),
        ("one", "a", "p", "2026-06-05", "1000", "0"),
    ]);
    let mut asked = question("2026-05");
    asked.progress_day = day("2026-05-15");
    let table = company.table(&asked, &sold);
    for (span, actual, target, months, rate, year, before) in [
        (Month, "90", "200", 1, "45.0", "80.0", "50.0"),
        (QuarterToDate, "150", "300", 2, "50.0", "200.0", "114.3"),
        (YearToDate, "220", "400", 3, "55.0", "340.0", "null"),
    ] {
        let found = row(&table, Level::Post, "A", span, Measure::Quantity);
        assert_eq!(found.actual, micros(actual), "{span:?}");
        assert_eq!(found.target, Some(micros(target)), "{span:?}");
        assert_eq!(found.target_months, months, "{span:?}");
        assert_eq!(percent(found.rate), rate, "{span:?}");
        assert_eq!(percent(found.last_year.change), year, "{span:?}");
        let previous = found.previous.and_then(|before| before.change);
        assert_eq!(percent(previous), before, "{span:?}");
    }
    let month = row(&table, Level::Post, "A", Month, Measure::Quantity);
    assert_eq!(percent(Some(month.elapsed)), "48.4");
    assert_eq!(percent(month.gap), "-3.4");
    // A base of zero or below has no change.
    let march = company.table(&question("2026-03"), &sold);
    let march = row(&march, Level::Post, "A", Month, Measure::Quantity)
        .previous
        .unwrap();
    assert_eq!((march.actual, march.change), (micros("-10"), None));
}

#[test]
fn a_box_counts_at_the_point_the_target_names() {
    let mut company = Company::new();
    company.tiers.push(DistributorTier {
        distributor_id: "two".to_owned(),
        tier: "一级".to_owned(),
        span: span("2026-03-20.."),
    });
    for point in ["first_tier", "tiers=二级"] {
        company.targets.push(Target {
            period: Period::from_iso("2026-03").unwrap(),
            owner: TargetOwner::Distributor("two".to_owned()),
            product_group: String::new(),
            measure: Measure::Quantity,
            counting_point: point.to_owned(),
            value: micros("10"),
        });
    }
    let mut folds = sales(&[
        ("one", "w", "p", "2026-03-01", "5", "0"),
        ("two", "a", "p", "2026-03-02", "5", "0"),
        ("two", "a", "p", "2026-03-20", "3", "0"),
    ]);
    let flagged = |flags| fold(("two", "a", "p", "2026-03-02", "100", "9"), None, flags);
    folds.push(flagged(LineFlags::TRANSFER));
    folds.push(flagged(LineFlags::STOCK_ADJUSTMENT));
    folds.push(fold(
        ("two", "a", "p", "2026-03-02", "1", "9"),
        None,
        LineFlags::GIFT,
    ));
    let table = company.table(&question("2026-03"), &folds);
    for (id, point, quantity) in [
        ("one", "terminal", None),
        ("two", "terminal", Some("9")),
        ("one", "first_tier", Some("5")),
        ("two", "first_tier", Some("3")),
        ("two", "tiers=二级", Some("106")),
    ] {
        let found = table.rows.iter().find(|row| {
            (row.level, row.id.as_str(), row.counting_point.as_str())
                == (Level::Distributor, id, point)
        });
        assert_eq!(
            found.map(|row| row.actual),
            quantity.map(micros),
            "{id} {point}"
        );
    }
    let gifts = row(
        &table,
        Level::Distributor,
        "two",
        SpanKind::Month,
        Measure::Assessed,
    );
    assert_eq!(gifts.actual, micros("80"));
}

#[test]
fn what_nobody_is_credited_for_and_what_has_no_price_is_shown() {
    let company = Company::new();
    let table = company.table(
        &question("2026-03"),
        &sales(&[
            ("one", "a", "p", "2026-03-05", "4", "40"),
            ("one", "e", "p", "2026-03-05", "6", "60"),
            ("one", "d", "free", "2026-03-05", "10", "7"),
            ("one", "c", "p", "2026-03-05", "1", "10"),
        ]),
    );
    let at = |level, id| row(&table, level, id, SpanKind::Month, Measure::Assessed);
    for (level, id, actual, unattributed, unpriced, lines) in [
        (Level::Region, "", "60", "60", "0", 0),
        (Level::Region, "N", "40", "0", "10", 1),
        (Level::Post, "A", "40", "0", "6", 1),
        (Level::Post, "B", "0", "0", "4", 0),
        // A vacant post's sales are the post's, and no person's.
        (Level::Person, "", "70", "60", "0", 0),
        (Level::Distributor, "one", "110", "60", "10", 1),
        (Level::Customer, "e", "60", "60", "0", 0),
        (Level::ProductGroup, "g", "110", "60", "0", 0),
        (Level::Product, "free", "0", "0", "10", 1),
    ] {
        let found = at(level, id);
        assert_eq!(found.actual, micros(actual), "{level:?} {id}");
        assert_eq!(found.unattributed, micros(unattributed), "{level:?} {id}");
        assert_eq!(found.unpriced.quantity, micros(unpriced), "{level:?} {id}");
        assert_eq!(found.unpriced.lines, lines, "{level:?} {id}");
    }
    // Shown even when there is nothing.
    let empty = company.table(&question("2026-03"), &[]);
    let nobody = row(
        &empty,
        Level::Company,
        "",
        SpanKind::YearToDate,
        Measure::Amount,
    );
    assert_eq!(nobody.unattributed, micros("0"));
}

#[test]
fn an_entry_counts_when_it_is_booked_or_when_it_happened() {
    let company = Company::new();
    let late = [fold(
        ("one", "a", "p", "2026-02-27", "4", "0"),
        Some("2026-03"),
        LineFlags::default(),
    )];
    for (basis, february, march) in [
        (PeriodBasis::Booking, "", "A 4"),
        (PeriodBasis::Business, "A 4", ""),
    ] {
        for (period, expected) in [("2026-02", february), ("2026-03", march)] {
            let mut asked = question(period);
            asked.basis = basis;
            let table = company.table(&asked, &late);
            assert_eq!(actuals(&table, Level::Post, Measure::Quantity), expected);
        }
    }
}

#[test]
fn the_organisation_as_it_was_or_as_it_is() {
    let mut company = Company::new();
    company.units.retain(|unit| unit.id != "B");
    company
        .units
        .push(unit("B", UnitLevel::Post, "N", "2024-01-01..2026-03-31"));
    company
        .units
        .push(unit("B", UnitLevel::Post, "S", "2026-04-01.."));
    company.seats.push(seat("C", "cat", "2026-04-01.."));
    company.target("2026-03", "A", "", Measure::Quantity, "10");
    company.target("2026-03", "B", "", Measure::Quantity, "20");
    company.target("2026-03", "N", "", Measure::Quantity, "30");
    let sold = sales(&[
        ("one", "a", "p", "2026-03-05", "1", "0"),
        ("one", "b", "p", "2026-03-05", "2", "0"),
        ("one", "c", "p", "2026-03-05", "4", "0"),
    ]);
    for (organisation, regions, persons, target, like) in [
        (OrgView::AsWas, "N 3, S 4", " 4, ann 1, bob 2", "30", true),
        (
            OrgView::AsIs(day("2026-04-30")),
            "N 1, S 6",
            "ann 1, bob 2, cat 4",
            "10",
            true,
        ),
    ] {
        let mut asked = question("2026-03");
        asked.organisation = organisation;
        let table = company.table(&asked, &sold);
        assert_eq!(actuals(&table, Level::Region, Measure::Quantity), regions);
        assert_eq!(actuals(&table, Level::Person, Measure::Quantity), persons);
        let north = row(
            &table,
            Level::Region,
            "N",
            SpanKind::Month,
            Measure::Quantity,
        );
        assert_eq!(north.target, Some(micros(target)));
        assert_eq!(north.previous.unwrap().like_for_like, like);
        assert_eq!(table.organisation, organisation);
    }
}

#[test]
fn a_changed_territory_or_product_group_is_not_like_for_like() {
    let mut company = Company::new();
    company.attributions.retain(|row| row.customer_id != "b");
    company
        .attributions
        .push(credit("b", "", "A", "1", "2024-01-01..2026-02-28"));
    company
        .attributions
        .push(credit("b", "", "B", "1", "2026-03-01.."));
    company.groups.push(member("h", "free", "2026-03-01.."));
    company.target("2026-03", "N", "h", Measure::Quantity, "1");
    company.target("2026-03", "N", "g", Measure::Quantity, "1");
    let table = company.table(&question("2026-03"), &[]);
    for (level, id, group, like) in [
        (Level::Region, "N", "g", true),
        (Level::Region, "N", "h", false),
    ] {
        let mut rows = table.rows.iter();
        let found = rows.find(|row| {
            (row.level, row.id.as_str(), row.product_group.as_str()) == (level, id, group)
        });
        assert_eq!(
            found.unwrap().previous.unwrap().like_for_like,
            like,
            "{id} {group}"
        );
    }
    let sold = sales(&[
        ("one", "a", "p", "2026-03-05", "1", "0"),
        ("one", "b", "p", "2026-03-05", "1", "0"),
        ("one", "c", "p", "2026-03-05", "1", "0"),
    ]);
    let table = company.table(&question("2026-03"), &sold);
    for (level, id, like) in [
        (Level::Post, "A", false),
        (Level::Post, "B", false),
        (Level::Post, "C", true),
        // The customer moved inside the region.
        (Level::Region, "N", true),
        (Level::Customer, "b", true),
    ] {
        let found = row(&table, level, id, SpanKind::Month, Measure::Quantity);
        assert_eq!(found.previous.unwrap().like_for_like, like, "{id}");
    }
}

#[test]
fn an_appeal_moves_a_sale_and_leaves_the_sum() {
    let company = Company::new();
    let prepared = Prepared::new(company.reference());
    let mut achievement = Achievement::new(&prepared, question("2026-03")).unwrap();
    for fold in &sales(&[
        ("one", "a", "p", "2026-02-05", "9", "0"),
        ("one", "a", "p", "2026-03-05", "4", "0"),
    ]) {
        achievement.add(fold).unwrap();
    }
    let appeal = |customer: &str, post: &str, quantity: &str| Adjustment {
        distributor_id: "one".to_owned(),
        booking_period: Period::from_iso("2026-03").unwrap(),
        customer_id: customer.to_owned(),
        product_id: "p".to_owned(),
        day: day("2026-02-05"),
        flags: LineFlags::default(),
        lines: 1,
        quantity: micros(quantity),
        amount: micros("0"),
        post_id: post.to_owned(),
    };
    achievement
        .adjust(&[
            appeal("a", "", "-3"),
            appeal("c", "", "3"),
            appeal("a", "", "-1"),
            appeal("a", "B", "1"),
        ])
        .unwrap();
    let table = achievement.finish().unwrap();
    assert_eq!(actuals(&table, Level::Post, Measure::Quantity), "B 1, C 3");
    assert_eq!(
        actuals(&table, Level::Person, Measure::Quantity),
        " 3, bob 1"
    );
    assert_eq!(
        actuals(&table, Level::Distributor, Measure::Quantity),
        "one 4"
    );
}

#[test]
fn a_person_has_the_target_of_their_posts_by_the_days_they_hold_them() {
    let mut company = Company::new();
    company.seats = vec![
        seat("A", "ann", "2024-01-01..2026-04-15"),
        seat("A", "bob", "2026-04-16.."),
        seat("B", "bob", ALWAYS),
    ];
    company.target("2026-04", "A", "", Measure::Quantity, "30");
    company.target("2026-04", "B", "", Measure::Quantity, "7");
    let table = company.table(&question("2026-04"), &[]);
    for (person, target) in [("ann", "15"), ("bob", "22")] {
        let found = row(
            &table,
            Level::Person,
            person,
            SpanKind::Month,
            Measure::Quantity,
        );
        assert_eq!(
            (found.target, found.target_months),
            (Some(micros(target)), 1),
            "{person}"
        );
    }
}

#[test]
fn two_threads_come_to_the_same_table_and_it_can_be_written() {
    let mut company = Company::new();
    company.target("2026-03", "A", "g", Measure::Amount, "3");
    let folds = sales(&[
        ("one", "a", "p", "2026-03-05", "1", "2"),
        ("two", "d", "q", "2026-02-05", "3", "4"),
        ("two", "e", "free", "2025-03-05", "5", "6"),
    ]);
    let prepared = Prepared::new(company.reference());
    let half = |folds: &[Fold]| {
        let mut half = Achievement::new(&prepared, question("2026-03")).unwrap();
        for fold in folds {
            half.add(fold).unwrap();
        }
        half
    };
    let (first, second) = folds.split_at(1);
    let mut whole = std::thread::scope(|threads| {
        let other = threads.spawn(|| half(second));
        let mut one = half(first);
        one.merge(&other.join().unwrap()).unwrap();
        one
    });
    let table = whole.finish().unwrap();
    assert_eq!(table, company.table(&question("2026-03"), &folds));
    let written = serde_json::to_string(&table).unwrap();
    assert_eq!(
        serde_json::from_str::<AchievementTable>(&written).unwrap(),
        table
    );
    let another = Achievement::new(&prepared, question("2026-04")).unwrap();
    assert_eq!(whole.merge(&another), Err(AchieveError::OtherQuestion));
}
