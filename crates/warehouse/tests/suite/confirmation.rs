//! Sales confirmation and windows: who answered, who did not in time, and on which days one may.

use channelflow_model::appeal::ConfirmationState;
use channelflow_model::window::{Schedule, Window, WindowState};
use channelflow_model::{Day, Lang, Period};
use channelflow_warehouse::{Answer, Confirmation, Mode, NewAnswer, OnDay, WarehouseError};

use crate::on_both_engines;
use crate::world::World;

on_both_engines! {
    posts_answer_and_silence_counts_once_recorded,
    answers_outside_their_days_are_refused,
    windows_follow_the_calendar_and_the_hand,
}

const AT: &str = "2026-04-14T09:00:00Z";

fn march() -> Period {
    Period::from_iso("2026-03").unwrap()
}

fn day(text: &str) -> Day {
    Day::from_iso(text).unwrap()
}

fn on<'s>(schedule: &'s Schedule, today: &str) -> OnDay<'s> {
    OnDay {
        today: day(today),
        schedule,
    }
}

async fn start(world: &World, posts: &[&str], today: &str) -> Result<usize, WarehouseError> {
    let posts: Vec<String> = posts.iter().map(|&post| post.to_owned()).collect();
    let schedule = Schedule::default();
    let asked = world.warehouse.start_confirmations(
        march(),
        &posts,
        day("2026-04-16"),
        on(&schedule, today),
        "王",
        AT,
        Mode::Commit,
    );
    Ok(asked.await?.len())
}

async fn answer(
    world: &World,
    post: &str,
    answer: Answer<'_>,
    today: &str,
) -> Result<Confirmation, WarehouseError> {
    let new = NewAnswer {
        period: march(),
        post_id: post,
        answer,
        who: post,
        at: AT,
    };
    let schedule = Schedule::default();
    let warehouse = &world.warehouse;
    warehouse
        .answer_confirmation(&new, on(&schedule, today), Mode::Commit)
        .await
}

fn said<T: std::fmt::Debug>(refused: Result<T, WarehouseError>) -> String {
    match refused.unwrap_err() {
        WarehouseError::NotAllowed(rule) => rule.text(Lang::En),
        other => panic!("{other}"),
    }
}

/// `post state`, with `*` for by default.
async fn states(world: &World) -> Vec<String> {
    let known = world.warehouse.confirmations(march()).await.unwrap();
    let one = |it: &Confirmation| {
        let by_default = if it.last.by_default { "*" } else { "" };
        format!("{} {}{by_default}", it.post_id, it.last.state.as_str())
    };
    known.iter().map(one).collect()
}

async fn posts_answer_and_silence_counts_once_recorded(world: &World) {
    assert_eq!(
        start(world, &["T2", "T1", "T1"], "2026-04-13")
            .await
            .unwrap(),
        2
    );
    assert_eq!(start(world, &["T1", "T3"], "2026-04-13").await.unwrap(), 1);
    answer(world, "T1", Answer::Confirm, "2026-04-14")
        .await
        .unwrap();
    answer(world, "T2", Answer::Object("少 20 盒"), "2026-04-16")
        .await
        .unwrap();
    let by_default = |today: &str, mode| {
        world
            .warehouse
            .default_confirmations(march(), day(today), "夜间", AT, mode)
    };
    assert!(
        by_default("2026-04-16", Mode::Commit)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        by_default("2026-04-17", Mode::DryRun).await.unwrap().len(),
        1
    );
    assert_eq!(
        states(world).await,
        ["T1 confirmed", "T2 objected", "T3 waiting"]
    );
    assert_eq!(
        by_default("2026-04-17", Mode::Commit).await.unwrap().len(),
        1
    );
    assert_eq!(
        states(world).await,
        ["T1 confirmed", "T2 objected", "T3 confirmed*"]
    );

    let settle = || {
        world
            .warehouse
            .settle_confirmations(march(), "财务", AT, Mode::Commit)
    };
    assert_eq!(
        settle().await.unwrap().len(),
        2,
        "an objection is not settled over"
    );
    answer(world, "T2", Answer::Handle("已补"), "2026-05-20")
        .await
        .unwrap();
    assert_eq!(settle().await.unwrap().len(), 1);
    assert_eq!(
        states(world).await,
        ["T1 settled", "T2 settled", "T3 settled"]
    );
    let known = world.warehouse.confirmations(march()).await.unwrap();
    let steps: Vec<(ConfirmationState, &str)> = known[1]
        .steps
        .iter()
        .map(|step| (step.state, step.note.as_str()))
        .collect();
    assert_eq!(
        steps,
        [
            (ConfirmationState::Waiting, ""),
            (ConfirmationState::Objected, "少 20 盒"),
            (ConfirmationState::Handled, "已补"),
            (ConfirmationState::Settled, ""),
        ]
    );
    assert!(known[2].steps[1].by_default && !known[2].last.by_default);
}

async fn answers_outside_their_days_are_refused(world: &World) {
    assert_eq!(
        said(start(world, &["T1"], "2026-04-12").await),
        "the window sales confirmation (销量确认) of 2026-03 is not open yet: its days are 2026-04-13 to 2026-04-17, today is 2026-04-12"
    );
    start(world, &["T1"], "2026-04-13").await.unwrap();
    assert_eq!(
        said(answer(world, "T1", Answer::Confirm, "2026-04-17").await),
        "post T1 could answer for 2026-03 until 2026-04-16"
    );
    assert_eq!(
        said(answer(world, "T9", Answer::Confirm, "2026-04-14").await),
        "post T9 was not asked to confirm 2026-03"
    );
    assert_eq!(
        said(answer(world, "T1", Answer::Object(" "), "2026-04-14").await),
        "whoever objects or handles an objection says what"
    );
    assert_eq!(
        said(answer(world, "T1", Answer::Handle("x"), "2026-04-14").await),
        "the confirmation of post T1 for 2026-03 is waiting"
    );
    assert_eq!(states(world).await, ["T1 waiting"]);
}

async fn windows_follow_the_calendar_and_the_hand(world: &World) {
    let schedule = Schedule::default();
    let state = async |today: &str| {
        let rows = world.warehouse.windows(march(), on(&schedule, today)).await;
        let rows = rows.unwrap();
        assert_eq!(rows.len(), Window::ALL.len());
        let row = rows.into_iter().find(|row| row.window == Window::Appeal);
        row.unwrap().state
    };
    assert_eq!(state("2026-04-02").await, WindowState::NotOpen);
    assert_eq!(state("2026-04-03").await, WindowState::Open);
    assert_eq!(state("2026-04-13").await, WindowState::Expired);
    let set = async |opened: bool, mode: Mode| {
        let on = on(&schedule, "2026-04-13");
        let warehouse = &world.warehouse;
        warehouse
            .set_window(march(), Window::Appeal, opened, on, "王", AT, mode)
            .await
            .unwrap()
    };
    assert_eq!(
        set(true, Mode::DryRun).await.state,
        WindowState::OpenedByHand
    );
    assert_eq!(state("2026-04-13").await, WindowState::Expired);
    let row = set(true, Mode::Commit).await;
    assert_eq!(
        (row.decided_by.as_str(), row.decided_at.as_str()),
        ("王", AT)
    );
    assert_eq!(state("2026-04-13").await, WindowState::OpenedByHand);
    set(false, Mode::Commit).await;
    assert_eq!(state("2026-04-03").await, WindowState::ClosedByHand);
}
