//! What settlement asks to find out what is due: it moves whenever an answer would be another one,
//! and only then.

use channelflow_model::master::Customer;
use channelflow_model::settlement::{Measure, Shipment, Target, TargetOwner};
use channelflow_model::{DayRange, FlowKind, Micros, Period, PeriodRule};
use channelflow_warehouse::{Extent, ImportMeta, Mode, NewRecord, RecordKind, Recorded, Touched};

use crate::on_both_engines;
use crate::settings::day;
use crate::world::{World, table};

on_both_engines! {
    every_import_that_changes_master_data_is_seen,
    shipments_are_touched_in_their_month_and_by_their_owner,
    statements_need_targets_of_their_distributors_alone,
    the_first_report_that_was_not_undone_counts,
    an_older_warehouse_learns_which_months_its_files_report,
}

const META: ImportMeta = ImportMeta {
    file_name: "file.csv",
    sha256: "abc",
    by: "ann",
    at: "2026-05-02T00:00:00Z",
};

async fn import<T: Recorded>(world: &World, words: &[T]) {
    let rows = words.iter().map(NewRecord::of).collect();
    let done = world
        .warehouse
        .import_records(T::KIND, rows, &META, Mode::Commit);
    done.await.unwrap();
}

async fn every_import_that_changes_master_data_is_seen(world: &World) {
    let warehouse = &world.warehouse;
    let customer = |role: &str| Customer {
        id: "C1".to_owned(),
        name: "甲\"医院\"\n".to_owned(),
        role: role.to_owned(),
        ..Customer::default()
    };
    let version = async || warehouse.master_version(None).await.unwrap();
    let begun = version().await;
    let store = async |role: &str, mode| {
        let customers = [customer(role)];
        warehouse.import_customers(&customers, mode).await.unwrap();
    };
    store("hospital", Mode::DryRun).await;
    assert_eq!(version().await, begun);
    store("hospital", Mode::Commit).await;
    let stored = version().await;
    assert!(stored > begun);
    store("hospital", Mode::Commit).await;
    assert_eq!(version().await, stored);
    store("clinic", Mode::Commit).await;
    assert!(version().await > stored);
    let settings = warehouse.settings(None).await.unwrap();
    assert_eq!(settings.customers, [customer("clinic")]);
    // Statements are computed from what policies ask about.
    let asked = Customer {
        name: String::new(),
        ..customer("clinic")
    };
    let settings = warehouse.settings_of(Extent::Statements, None).await;
    assert_eq!(settings.unwrap().customers, [asked]);

    // What was copied for a closed month stays, whatever is imported.
    let march = Period::from_iso("2026-03").unwrap();
    world.load("a", "", &["2026-03-01 甲 乙片 3"]).await;
    let closed = warehouse.close_period(march, "ann", META.at, Mode::Commit);
    closed.await.unwrap();
    let frozen = warehouse.periods().await.unwrap()[0].frozen_version;
    assert_eq!(warehouse.master_version(frozen).await.unwrap(), -1);
    store("hospital", Mode::Commit).await;
    assert_eq!(warehouse.master_version(frozen).await.unwrap(), -1);
}

fn shipped(line_no: &str, owner: &str, on: &str, amount: i64) -> Shipment {
    Shipment {
        doc_no: "S1".to_owned(),
        line_no: line_no.to_owned(),
        day: day(on),
        distributor_id: owner.to_owned(),
        product_id: "P1".to_owned(),
        lot: String::new(),
        quantity: Micros(1_000_000),
        amount: Micros(amount),
    }
}

async fn shipments_are_touched_in_their_month_and_by_their_owner(world: &World) {
    let warehouse = &world.warehouse;
    let days = DayRange::new(day("2026-01-01"), day("2026-12-31")).unwrap();
    let rule = PeriodRule { cutoff_day: 25 };
    let touched = async || {
        let found = warehouse.touched(RecordKind::Shipment, days, rule).await;
        let mut found = found.unwrap();
        found.sort_by_key(|it| (it.distributor_id.clone(), it.period));
        found
    };
    let expected = |owner: &str, month: &str, records: i64, versions: (i64, i64)| Touched {
        distributor_id: owner.to_owned(),
        period: Period::from_iso(month).unwrap(),
        records,
        versions,
    };
    let first = [
        shipped("1", "D1", "2026-03-25", 5),
        shipped("2", "D1", "2026-03-26", 7),
        shipped("3", "D2", "2026-11-30", i64::MAX),
        shipped("4", "D2", "2026-11-30", i64::MAX),
        shipped("5", "D2", "2026-12-26", 1),
    ];
    import(world, &first).await;
    let before = [
        expected("D1", "2026-03", 1, (1, 0)),
        expected("D1", "2026-04", 1, (1, 0)),
        expected("D2", "2026-12", 2, (1, 0)),
        expected("D2", "2027-01", 1, (1, 0)),
    ];
    assert_eq!(touched().await, before);
    // The same again touches nothing; one that goes to another touches both.
    import(world, &first).await;
    assert_eq!(touched().await, before);
    import(world, &[shipped("2", "D2", "2026-03-26", 7)]).await;
    let after = [
        expected("D1", "2026-03", 1, (1, 0)),
        expected("D1", "2026-04", 0, (1, 2)),
        expected("D2", "2026-04", 1, (2, 0)),
        expected("D2", "2026-12", 2, (1, 0)),
        expected("D2", "2027-01", 1, (1, 0)),
    ];
    assert_eq!(touched().await, after);
    let own = warehouse.owned::<Shipment>(&["D1", "D3"], days).await;
    assert_eq!(own.unwrap(), [shipped("1", "D1", "2026-03-25", 5)]);
    let sums: Vec<_> = warehouse.shipped(days).await.unwrap().into_iter().collect();
    let large = 2 * i128::from(i64::MAX) + 8;
    assert_eq!(sums, [("D1".to_owned(), 5), ("D2".to_owned(), large)]);
}

async fn statements_need_targets_of_their_distributors_alone(world: &World) {
    let target = |owner| Target {
        period: Period::from_iso("2026-03").unwrap(),
        owner,
        product_group: String::new(),
        measure: Measure::Amount,
        counting_point: "terminal".to_owned(),
        value: Micros(1),
    };
    let base = target(TargetOwner::Base("D|1".to_owned()));
    let own = target(TargetOwner::Distributor("D|1".to_owned()));
    let other = target(TargetOwner::Distributor("D2".to_owned()));
    let post = target(TargetOwner::Unit("D2".to_owned()));
    import(world, &[base.clone(), own.clone(), other.clone(), post]).await;
    let warehouse = &world.warehouse;
    for as_of in [None, Some(1)] {
        let read = async |extent| warehouse.settings_of(extent, as_of).await.unwrap().targets;
        assert_eq!(read(Extent::Whole).await.len(), 4);
        assert!(read(Extent::Statements).await.is_empty());
        assert!(read(Extent::Terms).await.is_empty());
    }
    let of = async |ids: Option<&[&str]>, version| {
        warehouse.distributor_targets(ids, version).await.unwrap()
    };
    let all = [base.clone(), other.clone(), own.clone()];
    assert_eq!(of(None, 1).await, all);
    assert_eq!(of(Some(&["D|1", "D3"]), 1).await, [base, own]);
    assert_eq!(of(Some(&["D2"]), 1).await, [other]);
    // At the version before they were imported there are none.
    assert!(of(None, 0).await.is_empty());
}

async fn the_first_report_that_was_not_undone_counts(world: &World) {
    let months = ("2025-12", "2026-03");
    let reports = async || {
        let period = |text| Period::from_iso(text).unwrap();
        let found = world
            .warehouse
            .first_reports(period(months.0), period(months.1));
        let found = found.await.unwrap();
        found
            .into_iter()
            .map(|((_, kind, month), at)| (kind, month.to_string(), at))
            .collect::<Vec<_>>()
    };
    let first = world.load("a", "", &["2026-03-01 甲 乙片 3"]).await;
    let once = reports().await;
    assert_eq!(once.len(), 1, "{once:?}");
    assert_eq!((once[0].0, once[0].1.as_str()), (FlowKind::Sale, "2026-03"));
    world.load("b", "", &["2026-03-01 甲 乙片 4"]).await;
    assert_eq!(reports().await, once);
    let (warehouse, at) = (&world.warehouse, META.at);
    let undone = warehouse.undo(first.submission_id, None, at, Mode::Commit);
    undone.await.unwrap();
    assert_eq!(reports().await.len(), 1);
}

/// What migration 15 does to the loads it finds.
const MIGRATION: &str = include_str!("../../migrations/sqlite/0015_kept.sql");

async fn an_older_warehouse_learns_which_months_its_files_report(world: &World) {
    // March and a late day of February; half of each; a single day of each; stock of any day.
    let march = [
        "2026-02-28 甲 乙片 1",
        "2026-03-01 甲 乙片 1",
        "2026-03-02 甲 乙片 1",
    ];
    world.load("late", "", &march).await;
    let halves = [
        "2026-04-01 甲 乙片 1",
        "2026-04-02 甲 乙片 1",
        "2026-05-01 甲 乙片 1",
        "2026-05-02 甲 乙片 1",
    ];
    world.load("halves", "", &halves).await;
    world
        .load(
            "days",
            "",
            &["2026-06-30 甲 乙片 1", "2026-07-01 甲 乙片 1"],
        )
        .await;
    let stock = [
        "2026-06-30 甲 乙片 1",
        "2026-07-30 甲 乙片 1",
        "2026-07-31 甲 乙片 1",
    ];
    let stock = [table(FlowKind::Inventory, "", &stock)];
    world.load_tables("stock", &stock, Mode::Commit).await;
    let reports = async || {
        let found = world
            .warehouse
            .first_reports(Period::FIRST, Period::from_iso("2026-12").unwrap());
        let found = found.await.unwrap();
        let mut found: Vec<_> = found
            .into_keys()
            .map(|(_, kind, month)| format!("{kind} {month}"))
            .collect();
        found.sort();
        found
    };
    let expected = [
        "inventory 2026-06",
        "inventory 2026-07",
        "sale 2026-03",
        "sale 2026-04",
        "sale 2026-05",
        "sale 2026-07",
    ];
    assert_eq!(reports().await, expected);

    world.execute(&["UPDATE load_month SET reports = 0"]).await;
    assert_eq!(reports().await, [""; 0]);
    let problems = world.warehouse.verify().await.unwrap();
    assert_eq!(
        problems,
        ["6 months of loads do not fit the days that are logged"]
    );
    let (_, update) = MIGRATION.split_once("DEFAULT 0;").unwrap();
    let (update, _) = update.split_once("\n--").unwrap();
    world.execute(&[update]).await;
    assert_eq!(reports().await, expected);
}
