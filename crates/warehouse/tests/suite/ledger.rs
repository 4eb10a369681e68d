//! Loading, correcting, undoing: what stands afterwards.

use channelflow_model::FlowKind;
use channelflow_warehouse::{Mode, SubmissionFilter, SubmissionState, Warehouse, WarehouseError};

use crate::on_both_engines;
use crate::world::{World, delivery, table};

on_both_engines! {
    loading_twice_equals_loading_once,
    order_and_file_name_do_not_matter,
    a_correction_closes_one_line_and_adds_one,
    equal_lines_in_one_file_are_two_sales,
    a_declared_range_empties_days_and_an_undeclared_one_does_not,
    a_line_outside_the_declared_range_replaces_nobody_elses,
    undo_restores_the_day_before,
    undo_leaves_later_days_alone_and_steps_over_undone_ones,
    an_undone_file_can_be_loaded_again,
    a_dry_run_changes_nothing,
    a_failed_load_leaves_nothing,
    kinds_and_distributors_are_kept_apart,
    two_loads_at_once_both_arrive,
}

const MARCH: &str = "2026-03-01..2026-03-31";

async fn loading_twice_equals_loading_once(world: &World) {
    let rows = [
        "2026-03-01 甲 乙片 3",
        "2026-03-02 ?丙 乙片 1",
        "2026-03-02 !丁 乙片 2",
    ];
    let first = world.load("a.xlsx", MARCH, &rows).await;
    assert_eq!(first.state, SubmissionState::Loaded);
    let classes = first.classes();
    assert_eq!(
        (
            classes.loaded,
            classes.unchanged,
            classes.held,
            classes.ignored
        ),
        (1, 0, 1, 1)
    );
    let stored = world.rows().await;
    assert_eq!(
        stored,
        [
            "2026-03-01 甲 乙片 3",
            "2026-03-02 !丁 乙片 2 =ignored",
            "2026-03-02 ?丙 乙片 1 =unknown_customer",
        ]
    );

    let same_bytes = world.load("a.xlsx", MARCH, &rows).await;
    assert_eq!(same_bytes.state, SubmissionState::Duplicate);
    assert_eq!(same_bytes.duplicate_of, Some(first.submission_id));
    assert_eq!(same_bytes.findings[0].code, "already_delivered");

    let other_bytes = world.load("b.xlsx", MARCH, &rows).await;
    assert_eq!(other_bytes.state, SubmissionState::Unchanged);
    let classes = other_bytes.classes();
    assert_eq!(
        (
            classes.loaded,
            classes.unchanged,
            classes.held,
            classes.ignored
        ),
        (0, 1, 1, 1)
    );
    assert_eq!(other_bytes.kinds[0].opened + other_bytes.kinds[0].closed, 0);
    assert_eq!(world.rows().await, stored);
    let states: Vec<SubmissionState> = world
        .warehouse
        .submissions(&SubmissionFilter::default())
        .await
        .unwrap()
        .into_iter()
        .map(|submission| submission.state)
        .collect();
    assert_eq!(
        states,
        [
            SubmissionState::Unchanged,
            SubmissionState::Duplicate,
            SubmissionState::Loaded
        ]
    );
}

async fn order_and_file_name_do_not_matter(world: &World) {
    world
        .load(
            "a",
            MARCH,
            &[
                "2026-03-01 甲 乙片 3",
                "2026-03-01 甲 乙片 4",
                "2026-03-02 甲 乙片 5",
            ],
        )
        .await;
    let again = world
        .load(
            "b",
            MARCH,
            &[
                "2026-03-02 甲 乙片 5",
                "2026-03-01 甲 乙片 4",
                "2026-03-01 甲 乙片 3",
            ],
        )
        .await;
    assert_eq!(again.state, SubmissionState::Unchanged);
    // 3 days of lines and 29 declared empty ones, all as before.
    assert_eq!(again.kinds[0].days_unchanged, 31);
}

async fn a_correction_closes_one_line_and_adds_one(world: &World) {
    world
        .load(
            "a",
            MARCH,
            &[
                "2026-03-01 甲 乙片 3",
                "2026-03-01 甲 丙片 1",
                "2026-03-02 甲 乙片 5",
            ],
        )
        .await;
    let kept = world.lines().await[1].line_id;
    let corrected = world
        .load(
            "b",
            MARCH,
            &[
                "2026-03-01 甲 乙片 4",
                "2026-03-01 甲 丙片 1",
                "2026-03-02 甲 乙片 5",
            ],
        )
        .await;
    let kind = &corrected.kinds[0];
    assert_eq!((kind.opened, kind.closed, kind.days_changed), (1, 1, 1));
    let restated = &corrected.restatements[0];
    assert_eq!(
        (restated.added, restated.removed, restated.modified),
        (0, 0, 1)
    );
    assert_eq!(restated.amount_before.to_string(), "40");
    assert_eq!(restated.amount_after.to_string(), "50");
    assert_eq!(restated.days_late, 61);
    assert_eq!(
        world.rows().await,
        [
            "2026-03-01 甲 丙片 1",
            "2026-03-01 甲 乙片 4",
            "2026-03-02 甲 乙片 5"
        ]
    );
    assert!(world.lines().await.iter().any(|line| line.line_id == kept));
}

async fn equal_lines_in_one_file_are_two_sales(world: &World) {
    let twice = ["2026-03-01 甲 乙片 3", "2026-03-01 甲 乙片 3"];
    world.load("a", MARCH, &twice).await;
    assert_eq!(world.rows().await, twice);
    let once = world.load("b", MARCH, &twice[..1]).await;
    assert_eq!((once.kinds[0].opened, once.kinds[0].closed), (0, 1));
    let thrice = world.load("c", MARCH, &[twice[0]; 3]).await;
    assert_eq!((thrice.kinds[0].opened, thrice.kinds[0].closed), (2, 0));
    assert_eq!(world.rows().await.len(), 3);
}

async fn a_declared_range_empties_days_and_an_undeclared_one_does_not(world: &World) {
    let rows = ["2026-03-01 甲 乙片 3", "2026-03-02 甲 乙片 5"];
    world.load("a", MARCH, &rows).await;
    let one_day = world.load("b", "", &["2026-03-02 甲 乙片 5"]).await;
    assert_eq!(one_day.kinds[0].days_unchanged, 1);
    assert_eq!(world.rows().await, rows);
    let emptied = world.load("c", MARCH, &["2026-03-02 甲 乙片 5"]).await;
    assert_eq!(emptied.kinds[0].days_emptied, 1);
    assert!(
        emptied
            .findings
            .iter()
            .any(|finding| finding.code == "days_emptied")
    );
    assert_eq!(world.rows().await, ["2026-03-02 甲 乙片 5"]);
    let nothing = world.load("d", MARCH, &[]).await;
    assert_eq!(nothing.state, SubmissionState::Loaded);
    assert!(world.rows().await.is_empty());
}

const FEBRUARY: &str = "2026-02-01..2026-02-28";

async fn a_line_outside_the_declared_range_replaces_nobody_elses(world: &World) {
    let march = ["2026-03-01 甲 乙片 3", "2026-03-01 丙 乙片 4"];
    world.load("march.xlsx", MARCH, &march).await;
    let stray = "2026-03-01 丁 乙片 5";
    let february = world
        .load("february.xlsx", FEBRUARY, &["2026-02-27 甲 乙片 1", stray])
        .await;
    assert_eq!(february.kinds[0].closed, 0);
    assert_eq!(world.rows().await.len(), 4);

    // The corrected February takes its own stray line back, and a line that both files report is
    // one line.
    let corrected = [
        "2026-02-27 甲 乙片 1",
        "2026-03-01 丁 乙片 6",
        "2026-03-01 丙 乙片 4",
    ];
    world.load("february2.xlsx", FEBRUARY, &corrected).await;
    assert_eq!(
        world.rows().await,
        [
            "2026-02-27 甲 乙片 1",
            "2026-03-01 丁 乙片 6",
            "2026-03-01 丙 乙片 4",
            "2026-03-01 甲 乙片 3",
        ]
    );
    world
        .load("february3.xlsx", FEBRUARY, &["2026-02-27 甲 乙片 1"])
        .await;
    assert_eq!(
        world.rows().await,
        [
            "2026-02-27 甲 乙片 1",
            "2026-03-01 丙 乙片 4",
            "2026-03-01 甲 乙片 3"
        ]
    );
    assert!(world.warehouse.verify().await.unwrap().is_empty());
}

async fn undo_restores_the_day_before(world: &World) {
    let before = ["2026-03-01 甲 乙片 3", "2026-03-02 甲 乙片 5"];
    world.load("a", MARCH, &before).await;
    let wrong = world
        .load(
            "b",
            MARCH,
            &["2026-03-01 甲 乙片 9", "2026-03-02 甲 乙片 5"],
        )
        .await;
    let undone = world
        .warehouse
        .undo(
            wrong.submission_id,
            None,
            "2026-05-02T00:00:00Z",
            Mode::Commit,
        )
        .await
        .unwrap();
    assert_eq!(
        (undone.closed, undone.reopened, undone.days_restored),
        (1, 1, 31)
    );
    assert_eq!(world.rows().await, before);
    let again = world
        .warehouse
        .undo(
            wrong.submission_id,
            None,
            "2026-05-02T00:00:00Z",
            Mode::Commit,
        )
        .await;
    assert!(matches!(again, Err(WarehouseError::NothingToUndo { .. })));
}

async fn undo_leaves_later_days_alone_and_steps_over_undone_ones(world: &World) {
    let undo = async |submission_id| {
        world
            .warehouse
            .undo(submission_id, None, "2026-05-02T00:00:00Z", Mode::Commit)
            .await
            .unwrap()
    };
    let a = world
        .load("a", "", &["2026-03-01 甲 乙片 1", "2026-03-02 甲 乙片 1"])
        .await;
    let b = world.load("b", "", &["2026-03-01 甲 乙片 2"]).await;
    let undone = undo(a.submission_id).await;
    assert_eq!(undone.left_alone.len(), 1);
    assert_eq!(undone.left_alone[0].submission_id, b.submission_id);
    assert_eq!(world.rows().await, ["2026-03-01 甲 乙片 2"]);
    // What `b` replaced has been taken back meanwhile, so nothing remains below it.
    undo(b.submission_id).await;
    assert!(world.rows().await.is_empty());
}

async fn an_undone_file_can_be_loaded_again(world: &World) {
    let rows = ["2026-03-01 甲 乙片 3"];
    let first = world.load("a", MARCH, &rows).await;
    world
        .warehouse
        .undo(
            first.submission_id,
            None,
            "2026-05-02T00:00:00Z",
            Mode::Commit,
        )
        .await
        .unwrap();
    assert!(
        world
            .warehouse
            .find_artifact("D1", "a")
            .await
            .unwrap()
            .is_none()
    );
    let second = world.load("a", MARCH, &rows).await;
    assert_eq!(second.state, SubmissionState::Loaded);
    assert_eq!(world.rows().await, rows);
}

async fn a_dry_run_changes_nothing(world: &World) {
    let rows = ["2026-03-01 甲 乙片 3", "2026-03-02 ?丙 乙片 1"];
    world.load("a", MARCH, &rows).await;
    let before = (
        world.lines().await,
        world
            .warehouse
            .submissions(&SubmissionFilter::default())
            .await
            .unwrap(),
    );
    let tables = [table(FlowKind::Sale, MARCH, &["2026-03-01 甲 乙片 4"])];
    let preview = world.load_tables("b", &tables, Mode::DryRun).await;
    let undo = world
        .warehouse
        .undo(
            before.1[0].submission_id,
            None,
            "2026-05-02T00:00:00Z",
            Mode::DryRun,
        )
        .await
        .unwrap();
    assert_eq!(undo.closed, 2);
    let after = (
        world.lines().await,
        world
            .warehouse
            .submissions(&SubmissionFilter::default())
            .await
            .unwrap(),
    );
    assert_eq!(before, after);
    let real = world.load_tables("b", &tables, Mode::Commit).await;
    assert_eq!(preview.kinds, real.kinds);
    assert_eq!(preview.restatements, real.restatements);
}

async fn a_failed_load_leaves_nothing(world: &World) {
    world.load("a", MARCH, &["2026-03-01 甲 乙片 3"]).await;
    let before = world.lines().await;
    let sale = table(FlowKind::Sale, MARCH, &["2026-03-01 甲 乙片 4"]);
    // The second table is refused after the first has been written.
    let failed = world
        .warehouse
        .load(&delivery("b", &[sale.clone(), sale]), Mode::Commit)
        .await;
    assert!(matches!(failed, Err(WarehouseError::Misuse { .. })));
    assert_eq!(world.lines().await, before);
    let submissions = world
        .warehouse
        .submissions(&SubmissionFilter::default())
        .await
        .unwrap();
    assert_eq!(submissions.len(), 1);
}

async fn kinds_and_distributors_are_kept_apart(world: &World) {
    let rows = ["2026-03-01 甲 乙片 3"];
    let tables = [
        table(FlowKind::Sale, MARCH, &rows),
        table(FlowKind::Purchase, MARCH, &rows),
    ];
    let both = world.load_tables("a", &tables, Mode::Commit).await;
    assert_eq!(both.kinds.len(), 2);
    let mut other = delivery("b", &tables[..1]);
    other.distributor_id = "D2";
    world.warehouse.load(&other, Mode::Commit).await.unwrap();
    world.load("c", MARCH, &[]).await;
    let left: Vec<(String, FlowKind)> = world
        .lines()
        .await
        .into_iter()
        .map(|line| (line.distributor_id, line.kind))
        .collect();
    assert_eq!(
        left,
        [
            ("D1".to_owned(), FlowKind::Purchase),
            ("D2".to_owned(), FlowKind::Sale)
        ]
    );
}

async fn two_loads_at_once_both_arrive(world: &World) {
    let mut tasks = Vec::new();
    for task in 0..6 {
        // Three deliveries for each of two distributors, through connections of their own.
        let url = world.url.clone();
        tasks.push(tokio::spawn(async move {
            let warehouse = Warehouse::open(&url).await.unwrap();
            let row = format!("2026-03-{:02} 甲 乙片 {}", task / 2 + 1, task + 1);
            let tables = [table(FlowKind::Sale, "", &[&row])];
            let file = format!("file {task}");
            let mut delivery = delivery(&file, &tables);
            delivery.distributor_id = if task % 2 == 0 { "D1" } else { "D2" };
            warehouse.load(&delivery, Mode::Commit).await.unwrap();
            warehouse.close().await;
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(world.rows().await.len(), 6);
    let page = world
        .warehouse
        .feed(channelflow_warehouse::Cursor::default(), 100)
        .await
        .unwrap();
    assert_eq!(page.changes.len(), 6);
    assert_eq!(page.next.seq, 6);
}
