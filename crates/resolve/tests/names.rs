//! What becomes of a reported name, by example: master data, what was reported, and the answer.

mod support;

use channelflow_model::flow::{Factor, ReportedParty, ReportedProduct, Resolution};
use channelflow_model::master::AliasKind;
use channelflow_model::{FlowKind, Lang};
use channelflow_resolve::Resolver;
use support::{alias, day, master, product};

/// `C1 tax_id`, `unknown`, `C3|C4`, `ignored`.
fn shown(resolution: &Resolution) -> String {
    match resolution {
        Resolution::Matched(found) => format!("{} {}", found.id, found.rule.as_str()),
        Resolution::Unknown => "unknown".into(),
        Resolution::Ambiguous(ids) => ids.join("|"),
        Resolution::Ignored { .. } => "ignored".into(),
        Resolution::NotNeeded => "not needed".into(),
    }
}

#[test]
fn customers_by_tax_id_code_and_exact_name() {
    let (resolver, _) = Resolver::new(&master(vec![]));
    for (name, code, tax_id, expected) in [
        ("北京市第一医院", "", "", "C1 name"),
        (" 北京市第一医院（东院） ", "", "", "C2 name"),
        ("北京市第二医院", "", "", "unknown"),
        ("北京第一医院", "", "", "unknown"),
        ("人民医院", "", "", "C3|C4"),
        ("人民医院", "h-100", "", "C3 code"),
        ("县人民医院", "H-100", "", "C3 code"),
        ("县人民医院", "H100", "", "unknown"),
        // Two houses share a number: the name says which one, and without it nobody does.
        ("北京市第一医院", "", "12110000400000001a", "C1 tax_id"),
        ("市一院", "", "12110000400000001A", "C1|C2"),
        // The code says C3, the name says C1.
        ("北京市第一医院", "H-100", "", "C1|C3"),
        ("", "", "", "unknown"),
        // The number says C5, the code says C3; a code of nobody is the distributor's own.
        ("某医院", "H-100", "121300000000000055", "C3|C5"),
        ("某医院", "X-1", "121300000000000055", "C5 tax_id"),
    ] {
        let party = ReportedParty {
            name: name.into(),
            code: code.into(),
            tax_id: tax_id.into(),
            ..ReportedParty::default()
        };
        let found = resolver.party("D01", FlowKind::Sale, &party, day("2026-01-05"));
        assert_eq!(shown(&found), expected, "{name} {code} {tax_id}");
    }
    let nobody = ReportedParty::default();
    for kind in [FlowKind::Purchase, FlowKind::Inventory] {
        let found = resolver.party("D01", kind, &nobody, day("2026-01-05"));
        assert_eq!(found, Resolution::NotNeeded);
    }
}

#[test]
fn products_by_licence_barcode_code_and_exact_name_with_spec() {
    let (resolver, _) = Resolver::new(&master(vec![]));
    let blank = ReportedProduct::default();
    let named = |name: &str, spec: &str| ReportedProduct {
        name: name.into(),
        spec: spec.into(),
        ..blank.clone()
    };
    let with = |change: &dyn Fn(&mut ReportedProduct), name: &str, spec: &str| {
        let mut product = named(name, spec);
        change(&mut product);
        product
    };
    for (reported, expected) in [
        (named("阿莫西林胶囊", "0.25g×12粒×2板"), "P1 name"),
        (named("阿莫灵", "０.25g*12粒*2板/盒"), "P1 name"),
        (named("阿莫西林胶囊(阿莫灵)", "0.25g*50粒"), "P2 name"),
        (named("阿莫西林胶囊 0.25g*50粒/瓶", ""), "P2 name"),
        (named("阿莫西林胶囊", "0.25g*12粒"), "unknown"),
        (named("阿莫西林胶囊", ""), "P1|P2"),
        (named("希刻劳", ""), "P3 name"),
        (named("阿莫西林颗粒", "0.25g*50粒"), "unknown"),
        (named("布洛芬片", "0.1g*24片"), "unknown"),
        (
            with(
                &|p| p.approval_no = "H13023964".into(),
                "阿莫西林",
                "0.25g*50粒/瓶",
            ),
            "P2 approval_pack",
        ),
        (
            with(
                &|p| p.approval_no = "H13023964".into(),
                "阿莫西林",
                "0.25g*36粒",
            ),
            "unknown",
        ),
        (
            with(&|p| p.barcode = "6901234567892".into(), "阿莫西林", ""),
            "P2 barcode",
        ),
        (
            with(&|p| p.code = "cf-003".into(), "头孢克洛", ""),
            "P3 code",
        ),
        // Another maker's, or another licence's, pack of the same medicine is not ours.
        (
            with(
                &|p| p.maker = "石药欧意".into(),
                "阿莫西林胶囊",
                "0.25g*50粒",
            ),
            "P2 name",
        ),
        (
            with(
                &|p| p.maker = "哈药集团制药总厂".into(),
                "阿莫西林胶囊",
                "0.25g*50粒",
            ),
            "unknown",
        ),
        (
            with(
                &|p| p.approval_no = "国药准字H23020932".into(),
                "阿莫西林胶囊",
                "0.25g*50粒",
            ),
            "unknown",
        ),
        // The barcode says P2, name and spec say P1.
        (
            with(
                &|p| p.barcode = "6901234567892".into(),
                "阿莫西林胶囊",
                "0.25g*12粒*2板",
            ),
            "P1|P2",
        ),
    ] {
        let (found, _) = resolver.product("D01", &reported, day("2026-01-05"));
        assert_eq!(shown(&found), expected, "{reported:?}");
    }
}

#[test]
fn hard_keys_that_something_contradicts_are_not_trusted() {
    let (resolver, _) = Resolver::new(&master(vec![]));
    for (name, spec, barcode, code, expected) in [
        ("阿莫西林", "0.25g*50粒", "6901234567892", "", "P2 barcode"),
        // The spec says that it is another pack than the one the barcode or the code names.
        ("阿莫西林", "0.25g*24粒", "6901234567892", "", "unknown"),
        ("头孢克洛", "0.25g*6袋", "", "CF-003", "unknown"),
        // The barcode says P2, the code says P3.
        ("某药", "", "6901234567892", "CF-003", "P2|P3"),
    ] {
        let reported = ReportedProduct {
            name: name.into(),
            spec: spec.into(),
            barcode: barcode.into(),
            code: code.into(),
            ..ReportedProduct::default()
        };
        let (found, _) = resolver.product("D01", &reported, day("2026-01-05"));
        assert_eq!(shown(&found), expected, "{reported:?}");
    }
}

#[test]
fn the_most_specific_alias_decides_and_may_say_not_ours() {
    let mut other_pack = alias(AliasKind::Product, "阿莫西林", "P2");
    other_pack.spec = "0.25*50".into();
    let mut competitor = alias(AliasKind::Product, "阿莫西林胶囊", "");
    competitor.maker = "哈药集团制药总厂".into();
    competitor.ignore = true;
    let (resolver, findings) = Resolver::new(&master(vec![
        alias(AliasKind::Product, "阿莫西林", "P1"),
        other_pack,
        competitor,
    ]));
    let codes: Vec<&str> = findings.iter().map(|finding| &*finding.code).collect();
    assert_eq!(codes, ["customer_name_twice"]);
    for (name, spec, maker, expected) in [
        ("阿莫西林", "0.25*24", "", "P1 alias"),
        ("阿莫西林", "0.25×50", "", "P2 alias"),
        ("阿莫西林胶囊", "0.25g*50粒", "哈药集团制药总厂", "ignored"),
        ("阿莫西林胶囊", "0.25g*50粒", "", "P2 name"),
    ] {
        let reported = ReportedProduct {
            name: name.into(),
            spec: spec.into(),
            maker: maker.into(),
            ..ReportedProduct::default()
        };
        let (found, _) = resolver.product("D01", &reported, day("2026-01-05"));
        assert_eq!(shown(&found), expected, "{name} {spec} {maker}");
        let (elsewhere, _) = resolver.product("D02", &reported, day("2026-01-05"));
        assert_ne!(shown(&elsewhere).split(' ').nth(1), Some("alias"));
    }
}

#[test]
fn factors_live_on_the_alias_of_a_unit() {
    let mut by_case = alias(AliasKind::Product, "阿莫西林", "P1");
    by_case.unit = "件".into();
    by_case.factor_numerator = 200;
    by_case.factor_denominator = 1;
    let plain = alias(AliasKind::Product, "阿莫西林", "P1");
    let (resolver, _) = Resolver::new(&master(vec![plain, by_case]));
    for (unit, expected) in [
        ("件", Some((200, 1))),
        ("箱", Some((200, 1))),
        ("盒", Some((1, 1))),
        ("粒", Some((1, 24))),
        ("桶", None),
    ] {
        let reported = ReportedProduct {
            name: "阿莫西林".into(),
            unit: unit.into(),
            ..ReportedProduct::default()
        };
        let (_, factor) = resolver.product("D01", &reported, day("2026-01-05"));
        let expected = expected.map(|(numerator, denominator)| Factor {
            numerator,
            denominator,
        });
        assert_eq!(factor, expected, "{unit}");
    }
}

#[test]
fn what_is_wrong_with_master_data_is_said() {
    let mut master = master(vec![alias(AliasKind::Customer, "市一院", "C77")]);
    let mut twin = product("P4", "阿莫西林胶囊", "", "0.25g×50粒", "");
    twin.units_per_base = 25;
    master.products.push(twin);
    let (_, findings) = Resolver::new(&master);
    let said: Vec<String> = findings.iter().map(|f| f.text(Lang::En)).collect();
    assert_eq!(
        said,
        [
            "the standard customer name `人民医院` stands more than once in the master data: C3, C4; \
             rows that give only the name are held",
            "the spec `0.25g×50粒` of product `P4` (阿莫西林胶囊) contradicts its pieces per pack (25) \
             or case size (400); those units are not converted and the rows are held",
            "the product `阿莫西林胶囊` `0.25g*50粒/瓶` stands more than once in the master data: P2, P4; \
             its rows are held",
            "alias `市一院` (distributor D01) points at `C77`, which is not in the master data; \
             its rows are held",
        ]
    );
    assert!(findings.iter().all(|f| f.hint(Lang::Zh).is_some()));
}
