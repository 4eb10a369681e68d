//! Data that cannot be settled with, and questions that cannot be answered.

use channelflow_model::settlement::{DistributorTier, Measure, Target};
use channelflow_model::{Lang, LineFlags, PeriodRule};

use super::super::{AchieveError, Achievement, Level, SpanKind};
use super::company::{Company, fold, question, row};
use crate::reference::Prepared;
use crate::testing::{codes, credit, member, micros, span};
use crate::validate::validate;

const ALWAYS: &str = "2024-01-01..";

#[test]
fn reference_data_is_checked_as_a_whole() {
    let rule = PeriodRule::default();
    let mut company = Company::new();
    assert_eq!(codes(&validate(&company.reference(), rule)), "");
    company.target("2026-03", "A", "", Measure::Amount, "60");
    company.target("2026-03", "B", "", Measure::Amount, "30");
    company.target("2026-03", "N", "", Measure::Amount, "100");
    company.target("2026-03", "gone", "nothing", Measure::Amount, "1");
    company
        .attributions
        .push(credit("a", "", "B", "0.5", "2026-03-01..2026-03-31"));
    company
        .attributions
        .push(credit("a", "g", "B", "1", ALWAYS));
    company
        .attributions
        .push(credit("a", "x", "X", "1.5", "2026-05-01.."));
    company
        .attributions
        .push(credit("b", "g", "B", "1", "2026-01-01..2026-02-01"));
    company
        .attributions
        .push(credit("b", "h", "B", "1", "2026-01-15.."));
    company.groups.push(member("h", "p", "2026-01-10.."));
    for days in ["2026-01-01..2026-02-01", "2026-02-01.."] {
        company.tiers.push(DistributorTier {
            distributor_id: "one".to_owned(),
            tier: "准一级".to_owned(),
            span: span(days),
        });
    }
    company.targets.push(Target {
        counting_point: "nowhere".to_owned(),
        ..company.targets.last().unwrap().clone()
    });
    company
        .targets
        .push(company.targets.last().unwrap().clone());
    let found = validate(&company.reference(), rule);
    assert_eq!(
        codes(&found),
        "settle_share_out_of_range settle_attribution_without_post settle_attribution_group_unknown \
         settle_shares settle_shares settle_two_groups settle_tiers_overlap settle_target_sum \
         settle_target_owner_unknown settle_target_group_unknown \
         settle_target_owner_unknown settle_target_group_unknown settle_target_point_unknown \
         settle_target_owner_unknown settle_target_group_unknown settle_target_point_unknown \
         settle_target_twice"
    );
    for finding in &found {
        for lang in [Lang::Zh, Lang::En] {
            let text = finding.text(lang);
            assert!(!text.contains("settle_") && !text.contains('{'), "{text}");
            assert!(finding.hint(lang).is_some(), "{text}");
        }
    }
    let said: Vec<String> = found
        .iter()
        .map(|it| it.text(Lang::En))
        .filter(|text| text.contains("sum to") || text.contains("is in"))
        .collect();
    assert_eq!(
        said,
        [
            "the shares of customer `a` (group ``) sum to 1.5 during 2026-03-01..2026-03-31; they must sum to 1",
            "the shares of customer `a` (group `x`) sum to 1.5 during 2026-05-01..; they must sum to 1",
            "product `p` is in `g` and in `h` during 2026-01-15..2026-02-01, and customer `b` is attributed by both",
            "the target of `N` for 2026-03 (group ``, amount, terminal) is 100.00, those below it sum to 90.00",
        ]
    );
}

#[test]
fn an_amount_without_tax_is_missing_and_said_to_be() {
    let company = Company::new();
    let sale = ("two", "a", "p", "2026-03-02", "5", "113");
    let folds = [
        fold(sale, None, LineFlags::default()),
        fold(sale, None, LineFlags::AMOUNT_EX_TAX),
    ];
    let table = company.table(&question("2026-03"), &folds);
    let of = |measure| row(&table, Level::Distributor, "two", SpanKind::Month, measure).actual;
    assert_eq!(of(Measure::Amount), micros("113"));
    assert_eq!(of(Measure::Quantity), micros("10"));
    assert_eq!(table.without_amount, 1);
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let mut company = Company::new();
    let prepared = Prepared::new(company.reference());
    let mut asked = question("2026-03");
    asked.counting_points = vec!["nowhere".to_owned()];
    let refused = Achievement::new(&prepared, asked).unwrap_err();
    assert_eq!(refused, AchieveError::UnknownPoint("nowhere".to_owned()));
    let mut broken = fold(
        ("one", "a", "p", "2026-03-05", "1", "1"),
        None,
        LineFlags::default(),
    );
    broken.products.clear();
    let mut achievement = Achievement::new(&prepared, question("2026-03")).unwrap();
    let refused = achievement.add(&broken).unwrap_err();
    assert_eq!(
        refused,
        AchieveError::BrokenFold {
            distributor: "one".to_owned()
        }
    );
    let large = fold(
        ("one", "a", "p", "2026-03-05", "9000000000000", "1"),
        None,
        LineFlags::default(),
    );
    let refused = achievement.add(&large).unwrap_err();
    assert_eq!(
        refused,
        AchieveError::TooLarge {
            of: "one".to_owned()
        }
    );
    company.target("1900-01", "A", "", Measure::Amount, "1");
    assert!(matches!(
        Achievement::new(&Prepared::new(company.reference()), question("1900-01")),
        Err(AchieveError::NoSuchPeriod(_))
    ));
}
