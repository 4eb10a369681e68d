//! Names that wait, and decisions about them, on both engines.

use channelflow_model::master::{Alias, AliasKind};
use channelflow_warehouse::{Mode, NameAction, NameDecision, ValuedBy, WarehouseError};

use crate::on_both_engines;
use crate::world::World;

on_both_engines! {
    waiting_lines_are_summed_by_name,
    a_decision_that_is_not_finished_did_not_happen,
    a_decision_is_taken_back_once,
}

const AT: &str = "2026-05-02T00:00:00Z";

async fn waiting_lines_are_summed_by_name(world: &World) {
    let rows = [
        "2026-03-01 ?甲院 乙片 3",
        "2026-03-02 ?甲院 乙片 -1",
        "2026-03-02 ?丙院 乙片 2",
        "2026-03-02 丁院 乙片 9",
    ];
    world.load("a", "", &rows).await;
    let warehouse = &world.warehouse;
    let mut found = Vec::new();
    for lines in warehouse.waiting_lines(Some("D1")).await.unwrap() {
        let reference = [lines.reference];
        let parties = warehouse.parties("D1", &reference).await.unwrap();
        let first = warehouse.lines_of_names(AliasKind::Customer, "D1", &reference, 1);
        assert_eq!(
            first.await.unwrap().len(),
            1,
            "at most as many as asked for"
        );
        assert_eq!(lines.valued_by, ValuedBy::Amount);
        let name = parties[&lines.reference].name.clone();
        let days = (lines.days.first.day(), lines.days.last.day());
        found.push((name, lines.rows, lines.value, days));
    }
    found.sort();
    assert_eq!(
        found,
        [
            ("?丙院".to_owned(), 1, 20_000_000, (2, 2)),
            ("?甲院".to_owned(), 2, 40_000_000, (1, 2)),
        ]
    );
    assert_eq!(warehouse.waiting_lines(Some("D2")).await.unwrap(), []);
}

async fn a_decision_that_is_not_finished_did_not_happen(world: &World) {
    for mode in [None, Some(Mode::DryRun)] {
        let mut deciding = world.warehouse.deciding().await.unwrap();
        let set = deciding.set_aliases(&[alias()], "ann", AT).await.unwrap();
        assert_eq!(set.added.len(), 1);
        assert_eq!(deciding.master().await.unwrap().aliases.len(), 1);
        deciding.record(&mut [decision()]).await.unwrap();
        match mode {
            None => drop(deciding),
            Some(mode) => drop(deciding.finish(mode).await.unwrap()),
        }
        assert_eq!(world.warehouse.name_decisions().await.unwrap(), []);
        assert_eq!(world.warehouse.master().await.unwrap().aliases, []);
    }
}

async fn a_decision_is_taken_back_once(world: &World) {
    let mut deciding = world.warehouse.deciding().await.unwrap();
    let mut decisions = [decision(), decision()];
    deciding.record(&mut decisions).await.unwrap();
    deciding.finish(Mode::Commit).await.unwrap();
    assert_eq!(world.warehouse.name_decisions().await.unwrap(), decisions);

    let mut deciding = world.warehouse.deciding().await.unwrap();
    deciding.take_back(1, "bob", AT).await.unwrap();
    let again = deciding.take_back(1, "bob", AT).await;
    assert!(matches!(again, Err(WarehouseError::NotFound { .. })));
    deciding.finish(Mode::Commit).await.unwrap();
    let stored = world.warehouse.name_decisions().await.unwrap();
    assert_eq!(stored[0].taken_back_by.as_deref(), Some("bob"));
    assert_eq!(stored[0].rejected, [""; 0], "its rejections hold no more");
    assert_eq!(stored[1], decisions[1]);
}

fn decision() -> NameDecision {
    NameDecision {
        decision_id: 0,
        action: NameAction::None,
        kind: AliasKind::Customer,
        distributor_id: "D1".to_owned(),
        name: "甲院".to_owned(),
        code: String::new(),
        spec: String::new(),
        maker: String::new(),
        target_id: String::new(),
        alias_id: None,
        note: "看过".to_owned(),
        origin: "person".to_owned(),
        decided_by: "ann".to_owned(),
        decided_at: AT.to_owned(),
        taken_back_by: None,
        taken_back_at: None,
        rejected: vec!["C1".to_owned(), "C2".to_owned()],
        proposal: Some(serde_json::json!({"parts": ["地区"]})),
    }
}

fn alias() -> Alias {
    Alias {
        alias_id: 0,
        kind: AliasKind::Customer,
        distributor_id: "D1".to_owned(),
        name: "甲院".to_owned(),
        code: String::new(),
        spec: String::new(),
        maker: String::new(),
        unit: String::new(),
        target_id: "C1".to_owned(),
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
