//! What must hold for any sales and any attribution.

use channelflow_model::settlement::{Attribution, Entry, Fold, Measure};
use channelflow_model::{FlowKind, LineFlags, Micros, Period, PeriodRule};
use proptest::prelude::*;

use super::super::{Achievement, AchievementTable, Level, Partial, Question, SpanKind};
use super::company::{Company, question};
use crate::reference::Prepared;
use crate::testing::{credit, day, member};

const CUSTOMERS: [&str; 7] = ["a", "b", "c", "d", "e", "w", "unknown"];
const PRODUCTS: [&str; 4] = ["free", "p", "q", "unknown"];
const FLAGS: [LineFlags; 5] = [
    LineFlags(0),
    LineFlags::RETURN,
    LineFlags::GIFT,
    LineFlags::TRANSFER,
    LineFlags::STOCK_ADJUSTMENT,
];

/// A company whose customers d and e are shared in turn, by cuts of a whole.
fn company(cuts: &[i64]) -> Company {
    let mut company = Company::new();
    let posts = ["A", "B", "C"];
    let shares = |customer: &str, group: &str, days: &str, cuts: &[i64]| -> Vec<Attribution> {
        let ends = cuts.iter().copied().chain([1_000_000]);
        let begins = [0].into_iter().chain(cuts.iter().copied());
        ends.zip(begins)
            .zip(posts)
            .map(|((end, begin), post)| Attribution {
                share: Micros(end - begin),
                ..credit(customer, group, post, "1", days)
            })
            .collect()
    };
    company.attributions.retain(|row| row.customer_id != "d");
    let more = [
        shares("d", "", "2026-01-01..2026-02-15", cuts),
        shares("d", "g", "2026-02-10..", cuts),
        shares("e", "h", "2026-01-10..2026-03-10", cuts),
    ];
    company.attributions.extend(more.into_iter().flatten());
    company.groups.push(member("k", "free", "2026-02-10.."));
    company.target("2026-03", "A", "g", Measure::Quantity, "5");
    company
}

/// (distributor, booking delay, entry).
type Line = (usize, u32, Entry);

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line = (
        0..2usize,
        0..2u32,
        0..7u32,
        0..4u32,
        0..90i64,
        0..5usize,
        -5000i64..5000,
        -9999i64..9999,
    );
    prop::collection::vec(line, 0..60).prop_map(|lines| {
        lines
            .into_iter()
            .map(
                |(distributor, late, customer, product, after, flag, quantity, amount)| {
                    let entry = Entry {
                        customer,
                        product,
                        day: day("2026-01-01").plus_days(after).unwrap(),
                        flags: *FLAGS.get(flag).unwrap(),
                        lines: 1,
                        quantity: Micros(quantity * 250_000),
                        amount: Micros(amount * 10_000),
                    };
                    (distributor, late, entry)
                },
            )
            .collect()
    })
}

/// Folds of lines in the order given, one per distributor, business and booking period.
fn folds(lines: &[Line]) -> Vec<Fold> {
    let mut folds: Vec<Fold> = Vec::new();
    for (distributor, late, entry) in lines {
        let business = PeriodRule::default().period_of(entry.day);
        let booking: Period = if *late == 1 {
            business.next()
        } else {
            business
        };
        let id = if *distributor == 0 { "one" } else { "two" };
        let known = folds.iter().position(|fold| {
            (
                fold.distributor_id.as_str(),
                fold.business_period,
                fold.booking_period,
            ) == (id, business, booking)
        });
        let at = known.unwrap_or_else(|| {
            folds.push(Fold {
                distributor_id: id.to_owned(),
                kind: FlowKind::Sale,
                business_period: business,
                booking_period: booking,
                customers: CUSTOMERS.map(str::to_owned).to_vec(),
                products: PRODUCTS.map(str::to_owned).to_vec(),
                entries: Vec::new(),
            });
            folds.len() - 1
        });
        folds.get_mut(at).unwrap().entries.push(*entry);
    }
    folds
}

fn asked() -> Question {
    let mut asked = question("2026-03");
    asked.counting_points = vec!["all".to_owned(), "first_tier".to_owned()];
    asked
}

fn table(company: &Company, folds: &[Fold]) -> AchievementTable {
    company.table(&asked(), folds)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn neither_order_nor_splitting_matters(
        (lines, shuffled) in lines().prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        cuts in prop::collection::btree_set(1i64..1_000_000, 0..3),
        part in -20i64..20,
    ) {
        let cuts: Vec<i64> = cuts.into_iter().collect();
        let company = company(&cuts);
        let whole = table(&company, &folds(&lines));
        prop_assert_eq!(&whole, &table(&company, &folds(&shuffled)));
        let mut split = lines.clone();
        for (distributor, late, entry) in &lines {
            let take = Micros(part * 250_000);
            let (some, rest) = (
                Entry { quantity: take, amount: take, ..*entry },
                Entry {
                    quantity: Micros(entry.quantity.0 - take.0),
                    amount: Micros(entry.amount.0 - take.0),
                    lines: 0,
                    ..*entry
                },
            );
            split.retain({
                let mut gone = false;
                move |line| gone || line.2 != *entry || { gone = true; false }
            });
            split.push((*distributor, *late, some));
            split.push((*distributor, *late, rest));
        }
        prop_assert_eq!(&whole, &table(&company, &folds(&split)));
    }

    #[test]
    fn every_level_sums_to_what_was_counted(
        lines in lines(),
        cuts in prop::collection::btree_set(1i64..1_000_000, 0..3),
    ) {
        let cuts: Vec<i64> = cuts.into_iter().collect();
        let table = table(&company(&cuts), &folds(&lines));
        let counted = |measure: fn(&Entry) -> i64| -> i64 {
            let sold = lines.iter().filter(|(_, _, entry)| entry.flags != LineFlags::STOCK_ADJUSTMENT);
            let booked = sold.filter(|(_, late, entry)| {
                let business = PeriodRule::default().period_of(entry.day);
                let booking = if *late == 1 { business.next() } else { business };
                booking <= Period::from_iso("2026-03").unwrap()
            });
            booked.map(|(_, _, entry)| measure(entry)).sum()
        };
        let quantity = counted(|entry| entry.quantity.0);
        let amount = counted(|entry| i64::from(entry.flags != LineFlags::GIFT) * entry.amount.0);
        for level in Level::ALL {
            let sum = |measure| -> i64 {
                let rows = table.rows.iter().filter(|row| {
                    row.level == level
                        && row.measure == measure
                        && row.span == SpanKind::YearToDate
                        && row.counting_point == "all"
                        && row.product_group.is_empty()
                });
                rows.map(|row| row.actual.0).sum()
            };
            if level == Level::ProductGroup {
                continue;
            }
            prop_assert_eq!(sum(Measure::Quantity), quantity, "{:?}", level);
            prop_assert_eq!(sum(Measure::Amount), amount, "{:?}", level);
        }
    }

    #[test]
    fn partials_can_be_kept_and_merged_in_any_grouping(lines in lines(), at in 0..8usize) {
        let company = company(&[333_333, 500_001]);
        let prepared = Prepared::new(company.reference());
        let folds = folds(&lines);
        let kept: Vec<Partial> = folds
            .iter()
            .map(|fold| {
                let partial = Partial::of(&prepared, fold).unwrap();
                let read = Partial::from_bytes(&partial.to_bytes()).unwrap();
                assert_eq!(read, partial);
                read
            })
            .collect();
        let sum = |partials: &[Partial]| {
            let mut sum = Achievement::new(&prepared, asked()).unwrap();
            for partial in partials {
                sum.add_partial(partial).unwrap();
            }
            sum
        };
        let (first, rest) = kept.split_at(at.min(kept.len()));
        let (second, third) = rest.split_at(rest.len() / 2);
        let mut left = sum(first);
        left.merge(&sum(second)).unwrap();
        left.merge(&sum(third)).unwrap();
        let mut right = sum(second);
        right.merge(&sum(third)).unwrap();
        let mut outer = sum(first);
        outer.merge(&right).unwrap();
        let mut turned = sum(third);
        turned.merge(&sum(first)).unwrap();
        turned.merge(&sum(second)).unwrap();
        let whole = table(&company, &folds);
        for merged in [left, outer, turned] {
            prop_assert_eq!(&whole, &merged.finish().unwrap());
        }
    }
}
