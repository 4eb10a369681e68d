//! Settings of settlement as versions: compared, closed, frozen with a month, readable.

use channelflow_model::master::{Customer, Distributor, Product};
use channelflow_model::settlement::{
    AssessedPrice, Attribution, Instrument, Measure, OrgUnit, Payment, PolicyText, Seat, Shipment,
    Span, Target, TargetOwner, UnitLevel,
};
use channelflow_model::{Day, DayRange, Micros, Period};
use channelflow_warehouse::{
    FieldChange, ImportMeta, Mode, NewRecord, RecordImport, RecordKind, Recorded, WarehouseError,
};

use crate::on_both_engines;
use crate::queries::ask;
use crate::world::World;

on_both_engines! {
    the_same_file_twice_makes_one_version,
    changes_and_removals_close_what_was,
    a_preview_of_records_leaves_nothing,
    a_closed_month_keeps_the_settings_it_was_closed_with,
    shipments_pile_up_and_are_corrected,
    a_policy_version_says_the_same_for_ever,
    views_of_settings_are_readable,
    many_rows_are_added_changed_and_ended,
}

const AT: &str = "2026-05-02T00:00:00Z";
const META: ImportMeta = ImportMeta {
    file_name: "file.csv",
    sha256: "abc",
    by: "ann",
    at: AT,
};

pub fn day(text: &str) -> Day {
    Day::from_iso(text).unwrap()
}

fn credited(customer: &str, post: &str, share: i64) -> Attribution {
    Attribution {
        customer_id: customer.to_owned(),
        product_group: "G1".to_owned(),
        post_id: post.to_owned(),
        share: Micros(share),
        span: Span {
            from: day("2026-01-01"),
            to: None,
        },
    }
}

async fn import<T: Recorded>(world: &World, words: &[T], mode: Mode) -> RecordImport {
    let rows = words.iter().map(NewRecord::of).collect();
    world
        .warehouse
        .import_records(T::KIND, rows, &META, mode)
        .await
        .unwrap()
}

async fn the_same_file_twice_makes_one_version(world: &World) {
    let words = [
        credited("C10", "P1", 1_000_000),
        credited("C9", "P1", 1_000_000),
    ];
    let first = import(world, &words, Mode::Commit).await;
    assert_eq!(first.version, Some(1));
    assert_eq!(
        first.diff.added,
        ["C10|G1|P1|2026-01-01", "C9|G1|P1|2026-01-01"]
    );
    let again = import(world, &words, Mode::Commit).await;
    assert_eq!((again.version, again.diff.unchanged), (None, 2));
    let versions = world.warehouse.versions().await.unwrap();
    assert_eq!(versions.len(), 1);
    assert_eq!(
        (
            versions[0].kind.as_str(),
            versions[0].file_name.as_str(),
            versions[0].imported_by.as_str(),
            versions[0].rows,
            versions[0].added
        ),
        ("attribution", "file.csv", "ann", 2, 2)
    );
    let settings = world.warehouse.settings(None).await.unwrap();
    assert_eq!(settings.version, 1);
    assert_eq!(settings.attribution, words);
}

async fn changes_and_removals_close_what_was(world: &World) {
    let first = [
        credited("C1", "P1", 1_000_000),
        credited("C2", "P1", 1_000_000),
    ];
    let second = [credited("C1", "P1", 600_000), credited("C1", "P2", 400_000)];
    import(world, &first, Mode::Commit).await;
    let changed = import(world, &second, Mode::Commit).await;
    assert_eq!(changed.diff.added, ["C1|G1|P2|2026-01-01"]);
    assert_eq!(changed.diff.absent, ["C2|G1|P1|2026-01-01"]);
    assert_eq!(
        changed.diff.changed,
        [FieldChange {
            id: "C1|G1|P1|2026-01-01".to_owned(),
            field: "share".to_owned(),
            old: "1".to_owned(),
            new: "0.6".to_owned(),
        }]
    );
    // A record that ended may come back, as a new version of its own.
    import(world, &first, Mode::Commit).await;
    for (version, expected) in [(1, &first), (2, &second), (3, &first)] {
        let settings = world.warehouse.settings(Some(version)).await.unwrap();
        assert_eq!(settings.attribution, *expected, "version {version}");
        assert_eq!(settings.version, version);
    }
    let versions = world.warehouse.versions().await.unwrap();
    let counts = (versions[1].added, versions[1].changed, versions[1].removed);
    assert_eq!(counts, (1, 1, 1));
    let nothing = world.warehouse.settings(Some(0)).await.unwrap();
    assert!(nothing.attribution.is_empty());
    assert!(matches!(
        world.warehouse.settings(Some(4)).await,
        Err(WarehouseError::NotFound { .. })
    ));
}

async fn a_preview_of_records_leaves_nothing(world: &World) {
    let words = [credited("C1", "P1", 1_000_000)];
    let preview = import(world, &words, Mode::DryRun).await;
    assert!(world.warehouse.versions().await.unwrap().is_empty());
    assert!(
        world
            .warehouse
            .settings(None)
            .await
            .unwrap()
            .attribution
            .is_empty()
    );
    assert_eq!(import(world, &words, Mode::Commit).await, preview);
}

async fn a_closed_month_keeps_the_settings_it_was_closed_with(world: &World) {
    let warehouse = &world.warehouse;
    let customer = |name: &str| Customer {
        id: "C1".to_owned(),
        name: name.to_owned(),
        active: true,
        ..Customer::default()
    };
    let product = Product {
        id: "P1".to_owned(),
        price: Some(Micros(12_340_000)),
        ..Product::default()
    };
    warehouse
        .import_customers(&[customer("甲医院")], Mode::Commit)
        .await
        .unwrap();
    warehouse
        .import_products(&[product], Mode::Commit)
        .await
        .unwrap();
    import(world, &[credited("C1", "P1", 1_000_000)], Mode::Commit).await;
    world.load("a", "", &["2026-03-01 甲 乙片 3"]).await;
    let before = warehouse.settings(None).await.unwrap();

    let march = Period::from_iso("2026-03").unwrap();
    warehouse
        .close_period(march, "ann", AT, Mode::DryRun)
        .await
        .unwrap();
    assert_eq!(warehouse.versions().await.unwrap().len(), 1);
    warehouse
        .close_period(march, "ann", AT, Mode::Commit)
        .await
        .unwrap();
    let frozen = warehouse.periods().await.unwrap()[0]
        .frozen_version
        .unwrap();
    // One version for the customers and one for the products; there are no distributors.
    assert_eq!(frozen, 3);

    warehouse
        .import_customers(&[customer("甲人民医院")], Mode::Commit)
        .await
        .unwrap();
    let distributor = Distributor {
        id: "D1".to_owned(),
        ..Distributor::default()
    };
    warehouse
        .import_distributors(&[distributor], Mode::Commit)
        .await
        .unwrap();
    import(world, &[credited("C1", "P2", 1_000_000)], Mode::Commit).await;
    let after = warehouse.settings(None).await.unwrap();
    assert_eq!(after.customers[0].name, "甲人民医院");
    assert_eq!(after.attribution[0].post_id, "P2");
    let then = warehouse.settings(Some(frozen)).await.unwrap();
    assert_eq!(
        then,
        channelflow_model::settlement::SettlementSettings {
            version: frozen,
            ..before
        }
    );

    warehouse
        .reopen_period(march, "ann", AT, Mode::Commit)
        .await
        .unwrap();
    assert_eq!(warehouse.periods().await.unwrap()[0].frozen_version, None);
    warehouse
        .close_period(march, "ann", AT, Mode::Commit)
        .await
        .unwrap();
    let again = warehouse.periods().await.unwrap()[0]
        .frozen_version
        .unwrap();
    let frozen = warehouse.settings(Some(again)).await.unwrap();
    assert_eq!(
        (frozen.customers, frozen.distributors),
        (after.customers, after.distributors)
    );
}

fn shipped(line_no: &str, on: &str, quantity: i64) -> Shipment {
    Shipment {
        doc_no: "S1".to_owned(),
        line_no: line_no.to_owned(),
        day: day(on),
        distributor_id: "D1".to_owned(),
        product_id: "P1".to_owned(),
        lot: String::new(),
        quantity: Micros(quantity * 1_000_000),
        amount: Micros(quantity * 10_500_000),
    }
}

fn paid() -> Payment {
    Payment {
        doc_no: "R1".to_owned(),
        distributor_id: "D1".to_owned(),
        day: day("2026-03-20"),
        due: Some(day("2026-03-31")),
        amount: Micros(1_000_500_000),
        instrument: Instrument::Bill,
        tenor_days: 180,
    }
}

async fn shipments_pile_up_and_are_corrected(world: &World) {
    let warehouse = &world.warehouse;
    let first = [shipped("1", "2026-03-01", 3), shipped("2", "2026-03-02", 4)];
    import(world, &first, Mode::Commit).await;
    let second = [shipped("2", "2026-03-02", 5), shipped("3", "2026-04-01", 6)];
    let added = import(world, &second, Mode::Commit).await;
    assert_eq!(added.diff.added, ["S1|3"]);
    assert!(added.diff.absent.is_empty(), "what piles up never ends");
    assert_eq!(added.diff.changed.len(), 2, "quantity and amount");
    let march = DayRange::new(day("2026-03-01"), day("2026-03-31")).unwrap();
    let now = warehouse.shipments(march, None).await.unwrap();
    assert_eq!(now, [first[0].clone(), second[0].clone()]);
    assert_eq!(warehouse.shipments(march, Some(1)).await.unwrap(), first);

    import(world, &[paid()], Mode::Commit).await;
    assert_eq!(warehouse.payments(march, None).await.unwrap(), [paid()]);
    assert!(warehouse.payments(march, Some(2)).await.unwrap().is_empty());
}

async fn a_policy_version_says_the_same_for_ever(world: &World) {
    let policy = |version: &str, file: &str, toml: &str| PolicyText {
        id: "q1".to_owned(),
        version: version.to_owned(),
        file: file.to_owned(),
        toml: toml.to_owned(),
    };
    let stored = async |policies: &[PolicyText]| {
        let rows = policies.iter().map(NewRecord::of).collect();
        world
            .warehouse
            .import_records(RecordKind::Policy, rows, &META, Mode::Commit)
            .await
    };
    stored(&[policy("1", "a.toml", "rate = 1")]).await.unwrap();
    let refused = stored(&[policy("1", "a.toml", "rate = 2")]).await;
    assert!(
        matches!(&refused, Err(WarehouseError::PolicyChanged { policy }) if policy == "q1@1"),
        "{refused:?}"
    );
    // A raised version, a renamed file: both are fine. One that was away is still what it was.
    stored(&[policy("2", "a.toml", "rate = 2")]).await.unwrap();
    assert!(stored(&[policy("1", "a.toml", "rate = 2")]).await.is_err());
    let both = [
        policy("1", "b.toml", "rate = 1"),
        policy("2", "a.toml", "rate = 2"),
    ];
    stored(&both).await.unwrap();
    let settings = world.warehouse.settings(None).await.unwrap();
    assert_eq!(settings.policies, both);
}

async fn views_of_settings_are_readable(world: &World) {
    let span = Span {
        from: day("2026-01-01"),
        to: Some(day("2026-12-31")),
    };
    let unit = OrgUnit {
        id: "P1".to_owned(),
        name: "石家庄一岗".to_owned(),
        level: UnitLevel::Post,
        parent: "R1".to_owned(),
        span,
    };
    let seat = Seat {
        post_id: "P1".to_owned(),
        person_id: "E1".to_owned(),
        person_name: "王芳".to_owned(),
        span: Span::ALWAYS,
    };
    let price = AssessedPrice {
        product_id: "P1".to_owned(),
        from: day("2026-01-01"),
        price: Micros(12_500_000),
        revoked: false,
    };
    let target = Target {
        period: Period::from_iso("2026-03").unwrap(),
        owner: TargetOwner::Unit("P1".to_owned()),
        product_group: "G1".to_owned(),
        measure: Measure::Assessed,
        counting_point: "terminal".to_owned(),
        value: Micros(120_500_000),
    };
    import(world, &[unit], Mode::Commit).await;
    import(world, &[seat], Mode::Commit).await;
    import(world, &[price], Mode::Commit).await;
    import(world, &[target], Mode::Commit).await;
    import(world, &[credited("C1", "P1", 600_000)], Mode::Commit).await;
    import(world, &[shipped("1", "2026-03-01", 3)], Mode::Commit).await;
    import(world, &[paid()], Mode::Commit).await;
    for (query, expected) in [
        (
            "SELECT unit_id || ' ' || level || ' ' || CAST(valid_from AS TEXT) || ' '
            || CAST(valid_to AS TEXT) || ' ' || person_name || ' ' || CAST(person_from AS TEXT)
            || COALESCE(CAST(person_to AS TEXT), '') FROM mart_org",
            "P1 post 2026-01-01 2026-12-31 王芳 1900-01-01",
        ),
        (
            "SELECT customer_id || ' ' || post_id || ' ' || CAST(CAST(share * 10 AS INT) AS TEXT)
            || ' ' || CAST(share_micros AS TEXT) FROM mart_attribution",
            "C1 P1 6 600000",
        ),
        (
            "SELECT product_id || ' ' || CAST(valid_from AS TEXT) || ' '
            || CAST(CAST(price * 10 AS INT) AS TEXT) FROM mart_price WHERE NOT is_revoked",
            "P1 2026-01-01 125",
        ),
        (
            "SELECT period || ' ' || owner_kind || ' ' || owner_id || ' ' || measure || ' '
            || CAST(CAST(value * 10 AS INT) AS TEXT) FROM mart_target",
            "2026-03 unit P1 assessed 1205",
        ),
        (
            "SELECT doc_no || ' ' || line_no || ' ' || CAST(ship_date AS TEXT) || ' '
            || distributor_id || ' ' || CAST(quantity_micros AS TEXT) || ' '
            || CAST(CAST(amount * 10 AS INT) AS TEXT) FROM mart_shipment",
            "S1 1 2026-03-01 D1 3000000 315",
        ),
        (
            "SELECT doc_no || ' ' || CAST(paid_date AS TEXT) || ' ' || CAST(due_date AS TEXT) || ' '
            || instrument || ' ' || CAST(tenor_days AS TEXT) || ' '
            || CAST(CAST(amount * 10 AS INT) AS TEXT) FROM mart_payment",
            "R1 2026-03-20 2026-03-31 bill 180 10005",
        ),
    ] {
        assert_eq!(ask(world, query).await, expected);
    }
}

/// More rows than one statement takes. How long 200,000 take says `examples/import_records.rs`.
async fn many_rows_are_added_changed_and_ended(world: &World) {
    let mut words: Vec<Attribution> = (0..20_000)
        .map(|number| credited(&format!("C{number:06}"), "P1", 1_000_000))
        .collect();
    assert_eq!(import(world, &words, Mode::Commit).await.rows, 20_000);
    for word in words.iter_mut().step_by(10) {
        "P2".clone_into(&mut word.post_id);
    }
    for word in words.iter_mut().skip(1).step_by(10) {
        word.share = Micros(500_000);
    }
    words.truncate(19_000);
    let changed = import(world, &words, Mode::Commit).await;
    let counts = (
        changed.diff.added.len(),
        changed.changed(),
        changed.diff.absent.len(),
    );
    assert_eq!(counts, (1_900, 1_900, 2_900));
    let settings = world.warehouse.settings(None).await.unwrap();
    assert_eq!(settings.attribution, words);
}
