//! Licence numbers, the evidence shown, masters of bare strings, and any text at all.

use proptest::prelude::*;

use crate::*;

#[test]
fn a_licence_number_decides_with_the_pack() {
    let with = |approval: &str, name: &str, spec: &str| {
        let query = ProductQuery {
            approval_no: approval.into(),
            ..query(name, spec, "石药集团中诺药业(石家庄)有限公司")
        };
        let ranked = rank(&query);
        (
            ranked.class,
            ranked.candidates.first().map(|first| first.row),
        )
    };
    assert_eq!(
        with("H13020001", "阿莫西林胶囊", "0.25g*50粒"),
        ("approval_no", Some(1))
    );
    assert_eq!(
        with("国药准字H13020001", "阿莫西林胶囊", ""),
        ("ambiguous", Some(0))
    );
    assert_eq!(
        with("H99999999", "阿莫西林胶囊", "0.25g*50粒"),
        ("approval_differs", Some(1))
    );
    assert_eq!(
        with("H13020001", "头孢克洛胶囊", "0.25g*50粒").0,
        "conflict"
    );
}

#[test]
fn the_evidence_names_both_sides() {
    let evidence = matcher().evidence(&query("氨溴索注射液", "15mg/2ml*5支", "辉瑞"), 3);
    let shown: Vec<_> = evidence
        .iter()
        .map(|e| (e.part, e.reported.as_str(), e.master.as_str(), e.agreement))
        .collect();
    assert_eq!(
        shown,
        [
            ("generic", "氨溴索", "氨溴索", Agreement::Equal),
            ("salt", "", "盐酸", Agreement::OnlyMaster),
            ("trade_name", "", "沐舒坦", Agreement::OnlyMaster),
            ("form", "注射液", "注射液", Agreement::Equal),
            ("strength", "15mg", "15mg", Agreement::Equal),
            ("volume", "2ml", "2ml", Agreement::Equal),
            ("pack", "5支", "10支", Agreement::Conflict),
            (
                "maker",
                "辉瑞",
                "上海勃林格殷格翰药业有限公司",
                Agreement::Conflict
            ),
        ]
    );
}

#[test]
fn a_master_of_bare_strings_works_too() {
    let records: Vec<ProductRecord> = MASTER
        .iter()
        .map(|(name, _, spec, maker, _)| ProductRecord {
            name: format!("{name} {spec} {maker}"),
            ..ProductRecord::default()
        })
        .collect();
    let matcher = ProductMatcher::new(&records);
    for (row, (name, _, spec, maker, _)) in MASTER.iter().enumerate() {
        let ranked = matcher.rank(&query(name, spec, maker), &mut Scratch::default());
        let first = ranked.candidates.first().unwrap();
        assert_eq!(
            (ranked.class, first.row as usize),
            ("same_parts", row),
            "{name} {spec}"
        );
    }
}

proptest! {
    #[test]
    fn any_name_is_taken_and_gets_a_known_class(name in "[阿莫西林胶囊盐酸片钠0-9gml.*/×:()公司 ]{0,24}", spec in "\\PC{0,16}") {
        thread_local!(static MATCHER: ProductMatcher = matcher());
        MATCHER.with(|matcher| {
            let ranked = matcher.rank(&query(&name, &spec, ""), &mut Scratch::default());
            prop_assert!(classes().contains(&ranked.class));
            prop_assert!(ranked.candidates.len() <= 5);
            Ok(())
        })?;
    }

    #[test]
    fn the_buffers_carry_nothing_over(first in "\\PC{0,20}", second in 0_usize..MASTER.len()) {
        thread_local!(static MATCHER: ProductMatcher = matcher());
        let (name, _, spec, maker, _) = MASTER.get(second).copied().unwrap_or_default();
        MATCHER.with(|matcher| {
            let mut scratch = Scratch::default();
            matcher.rank(&query(&first, &first, &first), &mut scratch);
            let used = matcher.rank(&query(name, spec, maker), &mut scratch);
            prop_assert_eq!(used, matcher.rank(&query(name, spec, maker), &mut Scratch::default()));
            Ok(())
        })?;
    }
}
