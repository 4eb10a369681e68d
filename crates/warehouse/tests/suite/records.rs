//! Master data, aliases, layouts, checkpoints, runs, and the warehouse itself: what goes in comes
//! out.

use channelflow_model::master::{Alias, AliasKind, Customer, Distributor, Product};
use channelflow_model::{Finding, FlowKind, Layout, Micros, Place, Severity};
use channelflow_warehouse::{
    AliasFilter, Checkpoint, FieldChange, LayoutState, Mode, NewLayout, SubmissionFilter,
    SubmissionRecord, SubmissionState, Warehouse, WarehouseError,
};
use sqlx::sqlite::SqlitePool;

use crate::on_both_engines;
use crate::world::{World, delivery, table};

on_both_engines! {
    a_master_import_shows_what_changes,
    an_alias_is_replaced_and_taken_back,
    a_layout_waits_until_it_is_accepted,
    files_without_lines_are_recorded_with_their_checkpoint,
    runs_are_recorded,
}

const AT: &str = "2026-05-02T00:00:00Z";

async fn a_master_import_shows_what_changes(world: &World) {
    let customer = |id: &str, name: &str| Customer {
        id: id.to_owned(),
        name: name.to_owned(),
        active: true,
        ..Customer::default()
    };
    let first = [customer("C1", "甲医院"), customer("C2", "乙医院")];
    let added = world
        .warehouse
        .import_customers(&first, Mode::Commit)
        .await
        .unwrap();
    assert_eq!(added.added, ["C1", "C2"]);
    let second = [customer("C2", "乙人民医院"), customer("C3", "丙药房")];
    let preview = world
        .warehouse
        .import_customers(&second, Mode::DryRun)
        .await
        .unwrap();
    let diff = world
        .warehouse
        .import_customers(&second, Mode::Commit)
        .await
        .unwrap();
    assert_eq!(preview, diff);
    assert_eq!(
        (diff.added, diff.absent, diff.unchanged),
        (vec!["C3".to_owned()], vec!["C1".to_owned()], 0)
    );
    assert_eq!(
        diff.changed,
        [FieldChange {
            id: "C2".to_owned(),
            field: "name".to_owned(),
            old: "乙医院".to_owned(),
            new: "乙人民医院".to_owned(),
        }]
    );
    let product = Product {
        id: "P1".to_owned(),
        name: "阿莫西林胶囊".to_owned(),
        base_unit: "盒".to_owned(),
        case_size: 200,
        price: Some(Micros(12_340_000)),
        active: true,
        ..Product::default()
    };
    let distributor = Distributor {
        id: "D1".to_owned(),
        name: "某某医药".to_owned(),
        expects: vec![FlowKind::Sale, FlowKind::Inventory],
        active: true,
        ..Distributor::default()
    };
    let products = std::slice::from_ref(&product);
    let distributors = std::slice::from_ref(&distributor);
    world
        .warehouse
        .import_products(products, Mode::Commit)
        .await
        .unwrap();
    world
        .warehouse
        .import_distributors(distributors, Mode::Commit)
        .await
        .unwrap();
    let master = world.warehouse.master().await.unwrap();
    assert_eq!(master.customers.len(), 3);
    assert_eq!(master.products, products);
    assert_eq!(master.distributors, distributors);
}

/// An alias of D1 for a customer's name.
pub fn alias(name: &str, target: &str) -> Alias {
    Alias {
        alias_id: 0,
        kind: AliasKind::Customer,
        distributor_id: "D1".to_owned(),
        name: name.to_owned(),
        code: String::new(),
        spec: String::new(),
        maker: String::new(),
        unit: String::new(),
        target_id: target.to_owned(),
        ignore: false,
        factor_numerator: 0,
        factor_denominator: 0,
        valid_from: None,
        valid_to: None,
        origin: "person".to_owned(),
        decided_by: String::new(),
        decided_at: String::new(),
    }
}

async fn an_alias_is_replaced_and_taken_back(world: &World) {
    let set = async |aliases: &[Alias]| {
        world
            .warehouse
            .set_aliases(aliases, "ann", AT, Mode::Commit)
            .await
            .unwrap()
    };
    let first = set(&[alias("甲", "C1"), alias("乙", "C2")]).await;
    assert_eq!(first.added.len(), 2);
    let second = set(&[alias("甲", "C1"), alias("乙", "C3")]).await;
    assert_eq!((second.unchanged, second.replaced.len()), (1, 1));
    assert_eq!(second.replaced[0].0.target_id, "C2");
    assert_ne!(second.replaced[0].0.alias_id, second.replaced[0].1.alias_id);
    let of_c3 = AliasFilter {
        target_id: Some("C3".to_owned()),
        ..AliasFilter::default()
    };
    let found = world.warehouse.aliases(&of_c3).await.unwrap();
    assert_eq!((found.len(), found[0].decided_by.as_str()), (1, "ann"));
    let back = world
        .warehouse
        .take_back_alias(found[0].alias_id, "bob", AT, Mode::Commit)
        .await
        .unwrap();
    assert_eq!(back.name, "乙");
    assert_eq!(world.warehouse.master().await.unwrap().aliases.len(), 1);
    let again = world
        .warehouse
        .take_back_alias(back.alias_id, "bob", AT, Mode::Commit)
        .await;
    assert!(matches!(again, Err(WarehouseError::NotFound { .. })));
}

async fn a_layout_waits_until_it_is_accepted(world: &World) {
    let layout = Layout {
        kind: FlowKind::Sale,
        fingerprint: "0123456789abcdef".to_owned(),
        header_rows: 1,
        sign: channelflow_model::layout::SignRule::Hold,
        unit: None,
        grouped: Vec::new(),
        section: None,
        headers: vec!["客户".to_owned()],
        columns: Vec::new(),
        refused: Vec::new(),
    };
    let new = NewLayout {
        distributor_id: "D1",
        layout: &layout,
        state: LayoutState::Pending,
        submission_id: None,
    };
    let layout_id = world
        .warehouse
        .save_layout(new, "", "", Mode::Commit)
        .await
        .unwrap();
    assert_eq!(
        world.warehouse.layouts("D1").await.unwrap()[0].state,
        LayoutState::Pending
    );
    assert!(world.warehouse.layouts("D2").await.unwrap().is_empty());
    let accepted = world
        .warehouse
        .set_layout_state(layout_id, LayoutState::Accepted, "ann", AT, Mode::Commit)
        .await
        .unwrap();
    assert_eq!(
        (accepted.layout, accepted.decided_by.as_str()),
        (layout, "ann")
    );
    assert_eq!(world.warehouse.all_layouts().await.unwrap().len(), 1);
}

async fn files_without_lines_are_recorded_with_their_checkpoint(world: &World) {
    let counts = serde_json::json!({});
    let findings = [Finding::new("encrypted", Severity::Error, Place::default())];
    let record = SubmissionRecord {
        run_id: None,
        distributor_id: "D1",
        source: "inbox",
        file_name: "a.xlsx",
        artifact: "hash",
        bytes: 7,
        received_at: AT,
        state: SubmissionState::Refused,
        duplicate_of: None,
        sheets: &[],
        counts: &counts,
        findings: &findings,
        checkpoint: Some(Checkpoint {
            path: "D1/a.xlsx",
            size: 7,
            mtime_ns: 99,
            cursor: Some(("D1", "2026-02-28")),
        }),
    };
    world
        .warehouse
        .record_submission(&record, Mode::DryRun)
        .await
        .unwrap();
    assert!(world.warehouse.collected("inbox").await.unwrap().is_empty());
    assert!(world.warehouse.cursors("inbox").await.unwrap().is_empty());
    let id = world
        .warehouse
        .record_submission(&record, Mode::Commit)
        .await
        .unwrap();
    let seen = world.warehouse.collected("inbox").await.unwrap();
    assert_eq!(
        (seen["D1/a.xlsx"].size, seen["D1/a.xlsx"].mtime_ns),
        (7, 99)
    );
    assert_eq!(
        world.warehouse.cursors("inbox").await.unwrap()["D1"],
        "2026-02-28"
    );
    let stored = world.warehouse.submission(id).await.unwrap().submission;
    assert_eq!(
        (stored.state, stored.findings),
        (SubmissionState::Refused, findings.to_vec())
    );
    // A refused file may come again and be processed.
    assert!(
        world
            .warehouse
            .find_artifact("D1", "hash")
            .await
            .unwrap()
            .is_none()
    );
    let undo = world.warehouse.undo(id, None, AT, Mode::Commit).await;
    assert!(matches!(undo, Err(WarehouseError::NothingToUndo { .. })));
}

async fn runs_are_recorded(world: &World) {
    let first = world.warehouse.start_run("run", AT).await.unwrap();
    world.warehouse.start_run("load", AT).await.unwrap();
    let outcome = serde_json::json!({"files": 3});
    world
        .warehouse
        .finish_run(first, AT, &outcome)
        .await
        .unwrap();
    let runs = world.warehouse.runs(10).await.unwrap();
    let shown: Vec<(&str, &str)> = runs
        .iter()
        .map(|run| (run.command.as_str(), run.finished_at.as_str()))
        .collect();
    assert_eq!(shown, [("load", ""), ("run", AT)]);
    assert_eq!(runs[1].outcome, outcome);
    let tables = [table(FlowKind::Sale, "", &["2026-03-01 甲 乙片 3"])];
    let mut with_run = delivery("a", &tables);
    with_run.run_id = Some(first);
    world.warehouse.load(&with_run, Mode::Commit).await.unwrap();
    let of_run = SubmissionFilter {
        run_id: Some(first),
        ..SubmissionFilter::default()
    };
    assert_eq!(world.warehouse.submissions(&of_run).await.unwrap().len(), 1);
}

#[tokio::test]
async fn wrong_addresses_say_what_to_write() {
    for url in ["warehouse.db", "mysql://db", "sqlite::memory:"] {
        let error = Warehouse::open(url).await.unwrap_err();
        assert!(
            matches!(error, WarehouseError::BadUrl { .. }),
            "{url}: {error}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let missing = format!(
        "sqlite:{}",
        folder.path().join("no/such/folder/w.db").display()
    );
    assert!(matches!(
        Warehouse::open(&missing).await,
        Err(WarehouseError::Unreachable { .. })
    ));
    let nobody = Warehouse::open("postgres://ann:secret@127.0.0.1:1/flow")
        .await
        .unwrap_err();
    assert!(matches!(nobody, WarehouseError::Unreachable { .. }));
    assert!(!nobody.to_string().contains("secret"));
}

#[tokio::test]
async fn tables_of_another_version_are_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("warehouse.db").display());
    let warehouse = Warehouse::open(&url).await.unwrap();
    assert_eq!(warehouse.schema_version().await.unwrap(), 0);
    let missing = warehouse.check_schema().await;
    assert!(matches!(
        missing,
        Err(WarehouseError::WrongSchemaVersion { found: 0, .. })
    ));
    warehouse.migrate().await.unwrap();
    warehouse.migrate().await.unwrap();
    warehouse.check_schema().await.unwrap();
    let pool = SqlitePool::connect(&url).await.unwrap();
    sqlx::query("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 2")
        .execute(&pool)
        .await
        .unwrap();
    let newer = warehouse.migrate().await;
    assert!(matches!(
        newer,
        Err(WarehouseError::WrongSchemaVersion { found: 9999, .. })
    ));
}
