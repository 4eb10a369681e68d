//! What becomes of a whole table, by example: its lines, and each line's answer.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod support;

use channelflow_model::flow::{ReportedParty, ReportedProduct, Resolution, ResolvedTable, Rule};
use channelflow_model::master::AliasKind;
use channelflow_model::{FlowKind, FlowTable, HoldReason, LineFlags, Micros};
use channelflow_resolve::{Resolver, unknown_names};
use support::{alias, day, master};

/// Adds a line; parties and products are found by name, quantity in whole units, amount in yuan.
struct Sheet(FlowTable);

impl Sheet {
    fn line(&mut self, date: &str, party: &str, product: (&str, &str, &str), quantity: i64) {
        let table = &mut self.0;
        let party = ReportedParty {
            name: party.into(),
            ..ReportedParty::default()
        };
        let product = ReportedProduct {
            name: product.0.into(),
            spec: product.1.into(),
            unit: product.2.into(),
            ..ReportedProduct::default()
        };
        table.party.push(index_of(&mut table.parties, party));
        table.product.push(index_of(&mut table.products, product));
        table.day.push(day(date));
        table.lot.push(0);
        table.quantity.push(Micros::from_units(quantity).unwrap());
        table.price.push(Micros::from_units(10));
        table.amount.push(None);
        for texts in [
            &mut table.doc_no,
            &mut table.line_id,
            &mut table.doc_type,
            &mut table.branch,
            &mut table.salesperson,
            &mut table.remark,
            &mut table.stock_status,
        ] {
            texts.push(0);
        }
        table.flags.push(LineFlags::default());
        table.hold.push(None);
        table.sheet.push(0);
        table.row.push(0);
    }
}

fn index_of<T: PartialEq>(list: &mut Vec<T>, value: T) -> u32 {
    let at = list.iter().position(|known| *known == value);
    let at = at.unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    });
    u32::try_from(at).unwrap()
}

/// Each line as text: customer, product, base quantity, disposition, flags.
fn lines(table: &ResolvedTable) -> Vec<String> {
    let id = |at: u32| {
        table.matches[at as usize]
            .as_ref()
            .map_or("-", |found| &found.id)
    };
    (0..table.flow.len())
        .map(|line| {
            let base = table.base_quantity[line].map_or("-".into(), |base| base.to_string());
            let flags: Vec<&str> = table.flow.flags[line].words().collect();
            let words = [
                id(table.customer[line]),
                id(table.matched_product[line]),
                &base,
                &format!("{:?}", table.disposition[line]),
                &flags.join(" "),
            ];
            words.join(" ").trim_end().to_owned()
        })
        .collect()
}

const PACK: &str = "0.25g*12粒*2板/盒";

#[test]
fn a_table_keeps_every_line_and_says_why() {
    let mut warehouse = alias(AliasKind::Customer, "本公司仓库", "");
    warehouse.ignore = true;
    let (resolver, _) = Resolver::new(&master(vec![warehouse]));
    let mut sheet = Sheet(FlowTable::new(FlowKind::Sale));
    let ours = |unit| ("阿莫西林胶囊", PACK, unit);
    sheet.line("2026-01-02", "北京市第一医院", ours("盒"), 5);
    sheet.line("2026-01-02", "北京市第一医院", ours("件"), -2);
    sheet.line("2026-01-02", "北京市第一医院", ours("粒"), 30);
    sheet.line("2026-01-02", "北京市第一医院", ours(""), 1);
    sheet.line("2026-01-02", "北京市第一医院", ours("桶"), 1);
    sheet.line("2026-01-02", "北京市第二医院", ours("盒"), 7);
    sheet.line(
        "2026-01-02",
        "北京市第二医院",
        ("板蓝根颗粒", "10g*20袋", "盒"),
        3,
    );
    sheet.line("2026-01-02", "人民医院", ours("盒"), 1);
    sheet.line("2026-01-02", "人民医院", ("阿莫灵", "", "盒"), 1);
    sheet.line(
        "2026-01-02",
        "本公司仓库",
        ("板蓝根颗粒", "10g*20袋", "盒"),
        1,
    );
    sheet.line("2026-01-02", "北京市第一医院", ours("桶"), 0);
    sheet.line("2026-01-02", "本公司仓库", ours("盒"), 0);
    *sheet.0.hold.last_mut().unwrap() = Some(HoldReason::BadQuantity);
    let table = resolver.resolve("D01", sheet.0);
    assert_eq!(
        lines(&table),
        [
            "C1 P1 5 Accepted",
            "C1 P1 -800 Accepted",
            "C1 P1 1.25 Accepted fractional",
            "C1 P1 1 Accepted unit_assumed",
            "C1 P1 - Held(UnitUnknown)",
            "- P1 7 Held(UnknownCustomer)",
            "- - - Held(UnknownProduct)",
            "- P1 1 Held(AmbiguousCustomer)",
            "- - - Held(AmbiguousProduct)",
            "- - - Dropped(Ignored)",
            "C1 P1 0 Accepted",
            "- P1 - Held(BadQuantity)",
        ]
    );

    let names: Vec<String> = unknown_names(&table)
        .iter()
        .map(|name| {
            format!(
                "{} {} {} {}",
                name.name, name.reason, name.rows, name.amount
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            "北京市第二医院 unknown_customer 1 70",
            "板蓝根颗粒 unknown_product 1 30",
            "人民医院 ambiguous_customer 1 10",
            "阿莫灵 ambiguous_product 1 10",
            "阿莫西林胶囊 unit_unknown 1 10",
        ]
    );
}

#[test]
fn purchases_do_not_wait_for_their_supplier_and_stock_has_none() {
    let (resolver, _) = Resolver::new(&master(vec![]));
    for kind in [FlowKind::Purchase, FlowKind::Inventory] {
        let mut sheet = Sheet(FlowTable::new(kind));
        sheet.line("2026-01-02", "某供应商", ("阿莫西林胶囊", PACK, "盒"), 5);
        let table = resolver.resolve("D01", sheet.0);
        assert_eq!(lines(&table), ["- P1 5 Accepted"], "{kind}");
    }
}

#[test]
fn an_alias_answers_only_within_its_dates() {
    let mut old = alias(AliasKind::Customer, "市一院", "C1");
    old.valid_from = Some(day("2026-01-10"));
    old.valid_to = Some(day("2026-01-15"));
    let mut new = alias(AliasKind::Customer, "市一院", "C2");
    new.valid_from = Some(day("2026-01-16"));
    let (resolver, findings) = Resolver::new(&master(vec![old, new]));
    assert_eq!(findings.len(), 1, "{findings:?}");
    let mut sheet = Sheet(FlowTable::new(FlowKind::Sale));
    for date in ["2026-01-16", "2026-01-09", "2026-01-10", "2026-01-15"] {
        sheet.line(date, "市一院", ("阿莫西林胶囊", PACK, "盒"), 1);
    }
    let table = resolver.resolve("D01", sheet.0);
    assert_eq!(
        lines(&table),
        [
            "C2 P1 1 Accepted",
            "- P1 1 Held(UnknownCustomer)",
            "C1 P1 1 Accepted",
            "C1 P1 1 Accepted",
        ]
    );
    let rules: Vec<_> = table
        .matches
        .iter()
        .flatten()
        .map(|found| (found.rule, found.alias_id))
        .collect();
    assert_eq!(
        rules
            .iter()
            .filter(|(rule, _)| *rule == Rule::Alias)
            .count(),
        2
    );
    // Line by line gives the same answer as the whole table.
    for (line, date) in table.flow.day.iter().enumerate() {
        let party = &table.flow.parties[table.flow.party[line] as usize];
        let single = resolver.party("D01", FlowKind::Sale, party, *date);
        let whole = table.matches[table.customer[line] as usize].clone();
        match single {
            Resolution::Matched(found) => assert_eq!(Some(found), whole),
            _ => assert_eq!(whole, None),
        }
    }
}
