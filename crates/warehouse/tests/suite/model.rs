//! Random histories against a naive model: after any sequence of deliveries, undos, closed periods
//! and decisions, the warehouse holds what a list of days would, the feed replays to it, closed
//! periods have not moved, and every derived table can be rebuilt.

use std::collections::{BTreeMap, BTreeSet};

use channelflow_model::Period;
use channelflow_warehouse::{Cause, Cursor, Engine, FeedOp, LineStatus, Mode, SubmissionState};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::world::{World, resolved_anew};

#[derive(Debug, Clone)]
enum Step {
    /// Rows as (day 1..=4, customer, quantity) and whether March 1 to 4 is declared.
    Deliver(Vec<(u8, u8, u8)>, bool),
    /// One of the submissions so far.
    Undo(usize),
    /// Closes March.
    Close,
    /// Everybody becomes known.
    Decide,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let row = (1u8..=4, 0u8..3, 1u8..3);
    let step = prop_oneof![
        6 => (proptest::collection::vec(row, 0..6), any::<bool>())
            .prop_map(|(rows, declared)| Step::Deliver(rows, declared)),
        3 => (0usize..8).prop_map(Step::Undo),
        1 => Just(Step::Close),
        1 => Just(Step::Decide),
    ];
    proptest::collection::vec(step, 1..12)
}

/// Per day, the deliveries that spoke for it: (submission, rows).
#[derive(Default)]
struct Model {
    days: BTreeMap<u8, Vec<(i64, Vec<String>)>>,
    submissions: Vec<(i64, bool)>,
}

impl Model {
    fn deliver(&mut self, submission: i64, rows: &[(u8, u8, u8)], declared: bool) {
        for day in 1..=4 {
            let mut lines: Vec<String> = rows
                .iter()
                .filter(|row| row.0 == day)
                .copied()
                .map(text_of)
                .collect();
            lines.sort();
            if declared || !lines.is_empty() {
                self.days.entry(day).or_default().push((submission, lines));
            }
        }
        self.submissions.push((submission, false));
    }

    fn undo(&mut self, index: usize) {
        self.submissions[index].1 = true;
        let undone: BTreeSet<i64> = self
            .submissions
            .iter()
            .filter(|(_, undone)| *undone)
            .map(|(submission, _)| *submission)
            .collect();
        let target = self.submissions[index].0;
        for stack in self.days.values_mut() {
            if stack
                .last()
                .is_some_and(|(submission, _)| *submission == target)
            {
                while stack
                    .last()
                    .is_some_and(|(submission, _)| undone.contains(submission))
                {
                    stack.pop();
                }
            }
        }
    }

    fn rows(&self) -> Vec<String> {
        let mut rows: Vec<String> = self
            .days
            .values()
            .filter_map(|stack| stack.last())
            .flat_map(|(_, rows)| rows.clone())
            .collect();
        rows.sort();
        rows
    }
}

fn text_of((day, customer, quantity): (u8, u8, u8)) -> String {
    let customer = ["甲", "?乙", "丙"][usize::from(customer)];
    format!("2026-03-{day:02} {customer} 丁片 {quantity}")
}

async fn play(world: &World, steps: &[Step]) {
    let march = Period::from_iso("2026-03").unwrap();
    let at = "2026-05-02T00:00:00Z";
    let mut model = Model::default();
    let mut frozen = None;
    for (step, number) in steps.iter().zip(0..) {
        match step {
            Step::Deliver(rows, declared) => {
                let texts: Vec<String> = rows.iter().copied().map(text_of).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let range = if *declared {
                    "2026-03-01..2026-03-04"
                } else {
                    ""
                };
                let file = format!("file {number}");
                let outcome = world.load(&file, range, &texts).await;
                assert_ne!(outcome.state, SubmissionState::Duplicate);
                assert_eq!(outcome.classes().total(), texts.len() as u64);
                model.deliver(outcome.submission_id, rows, *declared);
            }
            Step::Undo(pick) => {
                let Some(index) = pick.checked_rem(model.submissions.len()) else {
                    continue;
                };
                let (submission, undone) = model.submissions[index];
                let result = world
                    .warehouse
                    .undo(submission, None, at, Mode::Commit)
                    .await;
                assert_eq!(result.is_err(), undone);
                if !undone {
                    model.undo(index);
                }
            }
            Step::Close => {
                world
                    .warehouse
                    .close_period(march, "ann", at, Mode::Commit)
                    .await
                    .unwrap();
                frozen.get_or_insert(counting(world, march).await);
            }
            Step::Decide => {
                let stored = world.warehouse.held_tables(None).await.unwrap();
                let anew: Vec<_> = stored
                    .into_iter()
                    .map(|table| resolved_anew(table, &[]))
                    .collect();
                let outcome = world
                    .warehouse
                    .apply_resolutions(Cause::Decision, &anew, None, at, Mode::Commit)
                    .await
                    .unwrap();
                assert_eq!(outcome.gone + outcome.held, 0);
            }
        }
        check(world, &model, frozen.as_ref().map(|frozen| (march, frozen))).await;
    }
    assert_eq!(world.warehouse.verify().await.unwrap(), [""; 0]);
}

/// Accepted lines that count in a period: number and amount.
async fn counting(world: &World, period: Period) -> BTreeMap<i64, i64> {
    world
        .lines()
        .await
        .iter()
        .filter(|line| line.status == LineStatus::Accepted && line.booking_period == period)
        .map(|line| (line.line_id, line.quantity.0))
        .collect()
}

async fn check(world: &World, model: &Model, frozen: Option<(Period, &BTreeMap<i64, i64>)>) {
    let lines = world.lines().await;
    let mut current: Vec<String> = lines
        .iter()
        .filter(|line| line.reversed_load.is_none())
        .filter(|line| line.delta != channelflow_warehouse::Delta::Reversal)
        .map(|line| {
            format!(
                "{} {} {} {}",
                line.day, line.raw_customer, line.raw_product, line.quantity
            )
        })
        .collect();
    current.sort();
    assert_eq!(current, model.rows());

    let mut replayed = BTreeSet::new();
    let mut cursor = Cursor::default();
    loop {
        let page = world.warehouse.feed(cursor, 3).await.unwrap();
        for change in page.changes {
            let fresh = match change.op {
                FeedOp::Insert => replayed.insert(change.line.line_id),
                FeedOp::Delete => replayed.remove(&change.line.line_id),
            };
            assert!(
                fresh,
                "{:?} of line {} twice",
                change.op, change.line.line_id
            );
        }
        if page.next == cursor && !page.more {
            break;
        }
        cursor = page.next;
    }
    let accepted: BTreeSet<i64> = lines
        .iter()
        .filter(|line| line.status == LineStatus::Accepted)
        .map(|line| line.line_id)
        .collect();
    assert_eq!(replayed, accepted);

    if let Some((period, frozen)) = frozen {
        assert_eq!(counting(world, period).await, *frozen);
    }
}

fn run(engine: Engine, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    )
    .run(&steps(), |steps| {
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async {
                let world = World::new(engine, "model").await;
                play(&world, &steps).await;
                world.finish().await;
            });
        }));
        played.map_err(|_| TestCaseError::fail("see the panic above"))
    })
    .unwrap();
}

#[test]
fn random_histories_on_sqlite() {
    run(Engine::Sqlite, 60);
}

#[test]
fn random_histories_on_postgres() {
    run(Engine::Postgres, 15);
}
