//! Judgements of decisions: kept, and the last one counts.

use channelflow_model::master::AliasKind;
use channelflow_warehouse::{Judgement, Mode, NameAction, NameDecision};

use crate::on_both_engines;
use crate::world::World;

on_both_engines! {
    the_last_judgement_of_a_decision_counts,
}

const AT: &str = "2026-05-02T00:00:00Z";

fn decision(name: &str) -> NameDecision {
    NameDecision {
        decision_id: 0,
        action: NameAction::Choose,
        kind: AliasKind::Customer,
        distributor_id: "D1".into(),
        name: name.into(),
        code: String::new(),
        spec: String::new(),
        maker: String::new(),
        target_id: "C1".into(),
        alias_id: None,
        note: "same parts".into(),
        origin: "rule:same_parts".into(),
        decided_by: "channelflow".into(),
        decided_at: AT.into(),
        taken_back_by: None,
        taken_back_at: None,
        rejected: Vec::new(),
        proposal: None,
    }
}

fn judgement(decision_id: i64, right: bool, note: &str) -> Judgement {
    Judgement {
        decision_id,
        right,
        note: note.into(),
        judged_by: "王".into(),
        judged_at: AT.into(),
    }
}

async fn the_last_judgement_of_a_decision_counts(world: &World) {
    let mut deciding = world.warehouse.deciding().await.unwrap();
    let mut decisions = [decision("甲医院"), decision("乙医院"), decision("丙医院")];
    deciding.record(&mut decisions).await.unwrap();
    let [first, second, _] = decisions.each_ref().map(|it| it.decision_id);
    for judged in [
        judgement(second, true, ""),
        judgement(first, true, "看错"),
        judgement(first, false, "分院"),
    ] {
        deciding.judge(&judged).await.unwrap();
    }
    deciding.finish(Mode::Commit).await.unwrap();
    let stored = world.warehouse.judgements().await.unwrap();
    assert_eq!(
        stored,
        [judgement(first, false, "分院"), judgement(second, true, "")]
    );

    let mut deciding = world.warehouse.deciding().await.unwrap();
    deciding.judge(&judgement(second, false, "")).await.unwrap();
    deciding.finish(Mode::DryRun).await.unwrap();
    assert_eq!(world.warehouse.judgements().await.unwrap(), stored);

    // Of a decision that does not exist nothing is stored.
    let mut deciding = world.warehouse.deciding().await.unwrap();
    assert!(deciding.judge(&judgement(99, true, "")).await.is_err());
}
