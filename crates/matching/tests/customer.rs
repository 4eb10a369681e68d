//! Reported customers against a small master: what is recognised, by which class, and what never
//! is. The master stands in full at the top; every case is one line.

use channelflow_matching::customer::{CustomerMatcher, CustomerQuery, CustomerRecord, Scratch};

/// Name, province, city.
const MASTER: [(&str, &str, &str); 21] = [
    ("石家庄市第一医院", "河北省", "石家庄市"),
    ("石家庄市第二医院", "河北省", "石家庄市"),
    ("河北医科大学第二医院", "河北省", "石家庄市"),
    ("河北医科大学第三医院", "河北省", "石家庄市"),
    ("邵阳县人民医院", "湖南省", "邵阳市"),
    ("上海市第六人民医院", "上海市", ""),
    ("上海市第六人民医院东院", "上海市", ""),
    ("上海市第一人民医院", "上海市", ""),
    ("解放军第301医院", "北京市", ""),
    (
        "恩施土家族苗族自治州中心医院",
        "湖北省",
        "恩施土家族苗族自治州",
    ),
    ("襄阳市中医医院", "湖北省", "襄阳市"),
    ("固始县丰港乡卫生院", "河南省", "信阳市"),
    ("东明县陆圈镇卫生院", "山东省", "菏泽市"),
    (
        "苏州市九华健康药房连锁有限公司第十四分店",
        "江苏省",
        "苏州市",
    ),
    ("苏州市九华健康药房连锁有限公司", "江苏省", "苏州市"),
    ("国药控股河南股份有限公司", "河南省", ""),
    ("国药控股湖南有限公司", "湖南省", ""),
    ("重庆市红十字会医院（江北区人民医院）", "重庆市", ""),
    ("绍兴市人民医院", "浙江省", "绍兴市"),
    ("昆明市珍宝堂骨科医院", "云南省", "昆明市"),
    ("邓州市刘集镇卫生院", "河南省", "南阳市"),
];

fn matcher() -> CustomerMatcher {
    let records: Vec<CustomerRecord> = MASTER
        .iter()
        .map(|(name, province, city)| CustomerRecord {
            id: (*name).to_owned(),
            name: (*name).to_owned(),
            province: (*province).to_owned(),
            city: (*city).to_owned(),
            ..CustomerRecord::default()
        })
        .collect();
    CustomerMatcher::new(&records)
}

/// What a name is taken for, and by which class; for `conflict` the part that forbids it.
fn answer(matcher: &CustomerMatcher, name: &str, reporter: &str) -> (String, String) {
    let query = CustomerQuery {
        name: name.to_owned(),
        reporter_province: reporter.to_owned(),
        ..CustomerQuery::default()
    };
    let ranked = matcher.rank(&query, &mut Scratch::default());
    let first = ranked.candidates.first();
    let found = first.map_or("", |first| matcher.name(first.row));
    match first.and_then(|first| first.veto) {
        Some(part) => (String::new(), format!("{}:{part}", ranked.class)),
        None => (found.to_owned(), ranked.class.to_owned()),
    }
}

#[test]
fn ways_to_write_a_customer_are_recognised() {
    let matcher = matcher();
    for (reported, customer, class) in [
        ("河北省石家庄市第二医院", "石家庄市第二医院", "same_parts"),
        ("石家庄市第2医院（医保）", "石家庄市第二医院", "same_parts"),
        ("石家庄市第贰醫院-西药房", "石家庄市第二医院", "same_parts"),
        ("河北医大二院", "河北医科大学第二医院", "same_parts"),
        (
            "恩施州中心医院",
            "恩施土家族苗族自治州中心医院",
            "same_parts",
        ),
        ("襄樊市中医院", "襄阳市中医医院", "same_parts"),
        ("解放军第三〇一医院", "解放军第301医院", "same_parts"),
        ("301医院", "解放军第301医院", "same_parts"),
        ("固始丰港卫生院", "固始县丰港乡卫生院", "town_suffix"),
        ("陆圈镇卫生院", "东明县陆圈镇卫生院", "place_by_town"),
        (
            "苏州九华健康药房连锁有限公司14店",
            "苏州市九华健康药房连锁有限公司第十四分店",
            "same_parts",
        ),
        ("国药控股河南公司", "国药控股河南股份有限公司", "same_parts"),
        (
            "重庆市江北区人民医院",
            "重庆市红十字会医院（江北区人民医院）",
            "other_name",
        ),
        (
            "恩施州中心医辕",
            "恩施土家族苗族自治州中心医院",
            "slip_in_word",
        ),
        (
            "云南省昆明明市珍宝堂骨科医院",
            "昆明市珍宝堂骨科医院",
            "slip_in_place",
        ),
        ("昆明市珍堡堂骨科医院", "昆明市珍宝堂骨科医院", "slip_sound"),
        ("昆明市珍堂骨科医院", "昆明市珍宝堂骨科医院", "slip_dropped"),
    ] {
        let found = answer(&matcher, reported, "");
        assert_eq!(found, (customer.to_owned(), class.to_owned()), "{reported}");
    }
}

#[test]
fn what_must_never_be_confused_is_not() {
    let matcher = matcher();
    for (reported, veto) in [
        ("石家庄市第三医院", "conflict:ordinal"),
        ("石家庄市医院", "conflict:ordinal"),
        ("河北医科大学第四医院", "conflict:ordinal"),
        ("上海市第十人民医院", "conflict:ordinal"),
        ("石家庄市第一中医院", "conflict:kind"),
        ("上海市第六人民医院西院", "conflict:branch"),
        ("上海市第一人民医院东院", "conflict:branch"),
        (
            "苏州市九华健康药房连锁有限公司第十五分店",
            "conflict:branch",
        ),
        ("邵阳县中心医院", "conflict:kind"),
        ("邵阳市人民医院", "conflict:place"),
        ("国药控股湖北有限公司", "conflict:place"),
        ("固始县丰港镇卫生院", "conflict:town"),
    ] {
        assert_eq!(
            answer(&matcher, reported, ""),
            (String::new(), veto.to_owned()),
            "{reported}"
        );
    }
}

#[test]
fn a_likely_but_unproven_match_is_for_a_person() {
    let matcher = matcher();
    // Only classes that are never certified by being plain: a person looks at them.
    for (reported, class) in [
        ("绍兴市稽山人民医院", "similar_name"),
        ("邓州市高集镇卫生院", "slip_other"),
        ("上海市第六医院", "kind_near"),
    ] {
        assert_eq!(answer(&matcher, reported, "").1, class, "{reported}");
    }
}

#[test]
fn a_name_without_its_place_fits_several_or_is_told_by_the_reporter() {
    let matcher = matcher();
    assert_eq!(
        answer(&matcher, "市第一医院", "").1,
        "place_missing_generic"
    );
    let city = CustomerQuery {
        name: "市第一医院".to_owned(),
        reporter_province: "河北省".to_owned(),
        reporter_city: "石家庄市".to_owned(),
        ..CustomerQuery::default()
    };
    let ranked = matcher.rank(&city, &mut Scratch::default());
    assert_eq!(ranked.class, "place_of_reporter");
    assert_eq!(matcher.name(ranked.candidates[0].row), "石家庄市第一医院");
    // A municipality is a city and a province.
    assert_eq!(
        answer(&matcher, "市第六人民医院", "上海市"),
        (
            "上海市第六人民医院".to_owned(),
            "place_of_reporter".to_owned()
        )
    );
}

#[test]
fn two_rows_of_one_name_are_ambiguous() {
    let twice = |id: &str| CustomerRecord {
        id: id.to_owned(),
        name: "绍兴市人民医院".to_owned(),
        ..CustomerRecord::default()
    };
    let matcher = CustomerMatcher::new(&[twice("A"), twice("B")]);
    assert_eq!(answer(&matcher, "绍兴市人民医院", "").1, "ambiguous");
}

#[test]
fn the_evidence_names_every_part() {
    let matcher = matcher();
    let query = CustomerQuery {
        name: "石家庄市第三医院药剂科".to_owned(),
        ..CustomerQuery::default()
    };
    let row = 0;
    let evidence = matcher.evidence(&query, row);
    let shown: Vec<String> = evidence
        .iter()
        .map(|e| format!("{} {}/{} {:?}", e.part, e.reported, e.master, e.agreement))
        .collect();
    assert_eq!(
        shown,
        [
            "place 石家庄市/石家庄市 Equal",
            "ordinal 第3/第1 Conflict",
            "kind 医院/医院 Equal",
            "department 药剂科/ OnlyReported",
        ]
    );
}

#[test]
fn a_code_finds_its_row_and_another_name_column_counts() {
    let record = |id: &str, name: &str, code: &str| CustomerRecord {
        id: id.to_owned(),
        name: name.to_owned(),
        code: code.to_owned(),
        ..CustomerRecord::default()
    };
    let matcher = CustomerMatcher::new(&[
        record("A", "仁和堂大药房", "K-17"),
        record("B", "绍兴市人民医院", "K-18"),
    ]);
    for (name, alias, code, found, class) in [
        ("绍兴市人民医院", "", "k-18", "绍兴市人民医院", "same_code"),
        // The name says nothing of the master: only the code finds it, and a person is asked.
        (
            "城南便民店大药房",
            "",
            "K-17",
            "仁和堂大药房",
            "similar_name",
        ),
        // The code never outvotes a conflict.
        (
            "绍兴市第二人民医院",
            "",
            "K-18",
            "绍兴市人民医院",
            "conflict",
        ),
        (
            "越城总院",
            "绍兴市人民医院",
            "",
            "绍兴市人民医院",
            "other_name",
        ),
    ] {
        let query = CustomerQuery {
            name: name.to_owned(),
            alias: alias.to_owned(),
            code: code.to_owned(),
            ..CustomerQuery::default()
        };
        let ranked = matcher.rank(&query, &mut Scratch::default());
        let first = matcher.name(ranked.candidates[0].row);
        assert_eq!((first, ranked.class), (found, class), "{name}");
    }
}
