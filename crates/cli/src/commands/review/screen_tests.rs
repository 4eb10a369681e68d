//! The screen without a terminal: keys in, text and effects out.

use channelflow_model::master::AliasKind;
use channelflow_model::{Day, DayRange, HoldReason, Micros};
use channelflow_pipeline::review::{NameState, Seen};
use channelflow_pipeline::review_candidates::Candidate;

use super::*;

fn candidate(id: &str, name: &str, veto: Option<&str>) -> Candidate {
    Candidate {
        id: id.to_owned(),
        name: name.to_owned(),
        detail: "四川省 成都市".to_owned(),
        score: 1.0,
        veto: veto.map(str::to_owned),
        because: "same place, type; ordinal in conflict, reported `第二`, master `第三`".to_owned(),
        evidence: Vec::new(),
    }
}

fn name(text: &str, candidates: Vec<Candidate>) -> WaitingName {
    let day = Day::from_iso("2026-01-12").unwrap();
    WaitingName {
        key: format!("key of {text}"),
        kind: AliasKind::Customer,
        distributor_id: "D11".to_owned(),
        distributor_name: "成都蓉康医药有限公司".to_owned(),
        name: text.to_owned(),
        code: String::new(),
        spec: String::new(),
        maker: String::new(),
        seen: Seen::default(),
        reasons: vec![HoldReason::UnknownCustomer],
        flows: Vec::new(),
        rows: 3,
        amount: Micros(1_092_000_000),
        priced_rows: 1,
        assessed_rows: 0,
        unvalued_rows: 0,
        days: DayRange {
            first: day,
            last: day,
        },
        state: NameState::Open,
        decision_id: None,
        rejected: Vec::new(),
        elsewhere: Vec::new(),
        decided_elsewhere: Vec::new(),
        candidates,
        why: "may be".to_owned(),
        references: Vec::new(),
    }
}

fn two() -> Vec<WaitingName> {
    let first = vec![
        candidate("C1", "成都市第二医院", None),
        candidate("C2", "成都市第三人民医院", Some("ordinal")),
    ];
    vec![name("成都二院", first), name("蓉康玉林店", Vec::new())]
}

fn shown(screen: &Screen) -> String {
    screen.text(&MasterData::default(), 80, 24)
}

#[test]
fn one_name_at_a_time_with_its_stake_candidates_and_keys() {
    let screen = Screen::new(Lang::En, two());
    assert_eq!(
        shown(&screen),
        "1 of 2 · customer · D11 成都蓉康医药有限公司\n\
         ────────────────────────────────────────────────────────────────────────────────\n\
         成都二院\n\
         1,092.00 yuan · 3 rows · 2026-01-12\n\
         1 row without an amount, counted as price × quantity\n\
         \n\
         1. C1 成都市第二医院 · 四川省 成都市\n   \
            same place, type; ordinal in conflict, reported `第二`, master `第三`\n\
         2. C2 成都市第三人民医院 · 四川省 成都市 [conflict: ordinal]\n   \
            same place, type; ordinal in conflict, reported `第二`, master `第三`\n\
         \n\
         holds for: D11 only\n\
         \n\
         1–5 choose  n none  i ignore  m new  s skip  e evidence  r rows  g scope  u undo\n\
         ? help  q quit\n"
    );
}

#[test]
fn keys_become_answers() {
    let mut screen = Screen::new(Lang::Zh, two());
    let choose = |id: &str| Effect::Decide(Verdict::Choose(id.to_owned()));
    assert_eq!(screen.press('1'), choose("C1"));
    assert_eq!(screen.press('１'), choose("C1"), "a full-width digit");
    let both = vec!["C1".to_owned(), "C2".to_owned()];
    assert_eq!(screen.press('N'), Effect::Decide(Verdict::NoneOf(both)));
    assert_eq!(screen.press('i'), Effect::Decide(Verdict::Ignore));
    assert_eq!(screen.press('m'), Effect::Decide(Verdict::New));
    assert_eq!(screen.press('u'), Effect::Undo);
    assert_eq!(screen.press('r'), Effect::Rows);
    assert_eq!(screen.press('q'), Effect::Quit);
    assert_eq!(screen.press('4'), Effect::Nothing);
    assert!(shown(&screen).contains("> `4` 不是按键"));
}

#[test]
fn a_candidate_in_conflict_is_chosen_by_pressing_twice() {
    let mut screen = Screen::new(Lang::En, two());
    assert_eq!(screen.press('2'), Effect::Nothing);
    assert!(shown(&screen).contains("> candidate 2 has a conflict (ordinal)"));
    screen.press('g');
    assert_eq!(screen.press('2'), Effect::Nothing, "another key in between");
    let chosen = Effect::Decide(Verdict::Choose("C2".to_owned()));
    assert_eq!(screen.press('2'), chosen);
}

#[test]
fn deciding_skipping_and_undoing_walk_through_the_names() {
    let mut screen = Screen::new(Lang::En, two());
    screen.press('g');
    assert!(screen.global());
    let left: Vec<WaitingName> = two().into_iter().skip(1).collect();
    screen.decided("decision 1".to_owned(), left);
    assert!(!screen.global(), "the scope is chosen name by name");
    assert!(shown(&screen).starts_with("2 of 2"));
    assert!(shown(&screen).contains("> decision 1"));
    screen.press('s');
    assert!(shown(&screen).starts_with("no more names"));
    assert_eq!(screen.counts(), (1, 1, 0));
    screen.undone("taken back".to_owned(), two(), "成都二院");
    assert_eq!(screen.name().unwrap().name, "成都二院");
    assert_eq!(screen.counts(), (0, 1, 1));
}

#[test]
fn other_views_go_back_on_any_key() {
    let mut screen = Screen::new(Lang::En, two());
    screen.press('?');
    assert!(shown(&screen).contains("undo your last decision"));
    assert_eq!(screen.press('n'), Effect::Nothing);
    screen.press('e');
    assert!(shown(&screen).contains("1. C1 成都市第二医院"));
    screen.press('2');
    assert!(shown(&screen).contains("2. C2 成都市第三人民医院"));
    screen.press(' ');
    screen.rows("row\n".repeat(40));
    let text = shown(&screen);
    assert!(text.lines().count() <= 24, "{text}");
    assert!(text.contains("23 more rows"), "{text}");
    screen.press('x');
    assert!(shown(&screen).starts_with("1 of 2"));
}

#[test]
fn long_lines_break_between_hanzi_and_never_exceed_the_width() {
    let pieces = wrapped(&format!("   {}", "成都市第三人民医院".repeat(9)), 40);
    assert!(pieces.len() > 3);
    assert!(
        pieces
            .iter()
            .all(|piece| piece.width() <= 40 && piece.starts_with("   "))
    );
    let joined: String = pieces.iter().map(|piece| piece.trim()).collect();
    assert_eq!(joined, "成都市第三人民医院".repeat(9));
}
