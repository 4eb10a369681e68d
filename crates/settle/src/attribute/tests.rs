//! Attribution as tables: who is credited on which day, and why.

use channelflow_model::master::{Customer, MasterData};
use channelflow_model::settlement::UnattributedRule;

use crate::reference::{Prepared, Reference};
use crate::testing::{credit, day, member, seat, span};

fn rule(id: &str, priority: i64, at: [&str; 3], post: &str, days: &str) -> UnattributedRule {
    let [province, role, product_group] = at.map(str::to_owned);
    UnattributedRule {
        id: id.to_owned(),
        priority,
        province,
        role,
        product_group,
        post_id: post.to_owned(),
        span: span(days),
    }
}

#[test]
fn the_first_answer_in_order_counts() {
    let all = "2026-01-01..";
    let customer = |id: &str, province: &str, role: &str| Customer {
        id: id.to_owned(),
        province: province.to_owned(),
        role: role.to_owned(),
        ..Customer::default()
    };
    let master = MasterData {
        customers: vec![
            customer("h", "河北", "hospital"),
            customer("n", "河北", "pharmacy"),
            customer("x", "山西", "hospital"),
        ],
        ..MasterData::default()
    };
    let attributions = [
        credit("h", "", "A", "1", "2026-01-01..2026-03-15"),
        credit("h", "", "B", "1", "2026-03-16.."),
        credit("h", "g", "D", "0.4", all),
        credit("h", "g", "C", "0.6", all),
        credit("h", "bad", "E", "0.9", all),
    ];
    let groups = [
        member("g", "p", "2026-02-01.."),
        member("bad", "b", all),
        member("s", "q", all),
    ];
    let seats = [
        seat("A", "u", "2026-01-01..2026-01-31"),
        seat("A", "v", "2026-02-01.."),
        seat("Z", "z", all),
    ];
    let rules = [
        rule("3", 3, ["", "", ""], "Z", "2026-06-01.."),
        rule("2", 2, ["河北", "pharmacy", "s"], "Y", all),
        rule("1", 1, ["山西", "", ""], "", all),
    ];
    let prepared = Prepared::new(Reference {
        master: &master,
        units: &[],
        seats: &seats,
        groups: &groups,
        attributions: &attributions,
        unattributed: &rules,
        prices: &[],
        targets: &[],
        tiers: &[],
    });
    for (customer, product, on, expected) in [
        ("h", "q", "2025-12-31", ""),
        ("h", "q", "2026-01-31", "A/u 1"),
        ("h", "q", "2026-02-01", "A/v 1"),
        ("h", "q", "2026-03-15", "A/v 1"),
        ("h", "q", "2026-03-16", "B/ 1"),
        // Before it joins the group the product is everybody else's.
        ("h", "p", "2026-01-31", "A/u 1"),
        ("h", "p", "2026-02-01", "C/ 0.6, D/ 0.4"),
        // Shares that do not sum to one credit nobody, rule or not.
        ("h", "b", "2026-07-01", ""),
        ("n", "q", "2026-03-01", "Y/ 1"),
        ("n", "p", "2026-03-01", ""),
        ("n", "p", "2026-06-01", "Z/z 1"),
        // The first rule that matches says: for nobody.
        ("x", "p", "2026-06-01", ""),
        ("unknown", "unknown", "2026-06-01", "Z/z 1"),
    ] {
        let credited = prepared.attributor.credited(customer, product, day(on));
        let shown: Vec<String> = credited
            .iter()
            .map(|it| format!("{}/{} {}", it.post_id, it.person_id, it.share))
            .collect();
        assert_eq!(shown.join(", "), expected, "{customer} {product} {on}");
    }
}

#[test]
fn an_answer_holds_for_the_days_it_says() {
    let attributions = [
        credit("h", "", "A", "1", "2026-01-01..2026-03-15"),
        credit("h", "", "B", "1", "2026-03-16.."),
        credit("h", "g", "C", "1", "2026-05-01..2026-05-31"),
    ];
    let groups = [member("g", "p", "2026-02-01..2026-12-31")];
    let master = MasterData::default();
    let prepared = Prepared::new(Reference {
        master: &master,
        units: &[],
        seats: &[],
        groups: &groups,
        attributions: &attributions,
        unattributed: &[],
        prices: &[],
        targets: &[],
        tiers: &[],
    });
    let who = &prepared.attributor;
    let mut on = day("2025-12-01");
    while on < day("2027-02-01") {
        let answer = who.answer(who.customer("h"), who.product("p"), on);
        assert!(answer.covers(on));
        for other in [answer.from, answer.until] {
            let Some(edge) = channelflow_model::Day::from_number(other) else {
                continue;
            };
            let inside = if other == answer.from {
                edge
            } else {
                edge.plus_days(-1).unwrap_or(edge)
            };
            let again = who.answer(who.customer("h"), who.product("p"), inside);
            assert_eq!(again.value, answer.value, "{on} and {inside}");
        }
        on = on.plus_days(1).unwrap_or(on);
    }
}
