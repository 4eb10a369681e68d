//! The class a reported product gets and the row, or what excludes it.

use crate::*;

/// Name, spec, maker as reported; the class; the row of the master.
const FITTING: [(&str, &str, &str, &str, u32); 20] = [
    (
        "阿莫西林胶囊",
        "250mg*12粒*2板/盒",
        "石药集团中诺药业（石家庄）有限公司",
        "same_parts",
        0,
    ),
    (
        "阿莫西林硬胶囊剂(国采)",
        "0.25g×24s",
        "珠海联邦制药",
        "same_parts",
        2,
    ),
    (
        "阿莫西林胶囊",
        "0.25g*24粒",
        "联邦制药",
        "maker_placeless",
        2,
    ),
    ("阿莫西林胶囊", "0.25g*50粒", "", "maker_missing", 1),
    (
        "阿莫西林胶囊 0.25g*50粒 石药集团中诺药业(石家庄)有限公司",
        "",
        "",
        "same_parts",
        1,
    ),
    (
        "珠海联邦制药股份有限公司阿莫西林胶囊0.25g*24粒/盒",
        "",
        "",
        "same_parts",
        2,
    ),
    (
        "氨溴索注射液",
        "15mg/2ml*10支",
        "上海勃林格殷格翰药业有限公司",
        "salt_missing",
        3,
    ),
    (
        "氨溴索针(沐舒坦)",
        "15mg:2ml×10支",
        "上海勃林格殷格翰药业",
        "salt_missing",
        3,
    ),
    (
        "倍他乐克",
        "25mg*20片",
        "阿斯利康制药有限公司",
        "several_deviations",
        4,
    ),
    (
        "倍他乐克片",
        "25mg*20片",
        "阿斯利康制药有限公司",
        "trade_name_only",
        4,
    ),
    ("泮托拉唑钠粉针", "40mg/瓶", "扬子江药业", "same_parts", 6),
    (
        "泮托拉唑钠针",
        "40mg*1瓶",
        "扬子江药业集团",
        "form_broad",
        6,
    ),
    (
        "头孢可肟颗粒",
        "50mg*12袋",
        "国药集团致君(深圳)制药有限公司",
        "sound_in_generic",
        7,
    ),
    (
        "头孢克肟克粒",
        "50mg*12袋",
        "国药集团致君(深圳)制药有限公司",
        "typo_in_form",
        7,
    ),
    (
        "头孢克肟颗粒",
        "50mg*12袋",
        "国药集团致军(深圳)制药有限公司",
        "typo_in_maker",
        7,
    ),
    ("头孢克肟颗粒", "50mg*12袋", "国药", "maker_shared", 7),
    (
        "硝酸甘油片",
        "0.5mg*100片",
        "北京益民制药厂",
        "maker_former",
        9,
    ),
    (
        "玻璃酸钠滴眼液",
        "0.1%*5ml",
        "参天制药(中国)有限公司",
        "same_parts",
        10,
    ),
    (
        "玻璃酸钠滴眼液",
        "5ml/支",
        "参天制药(中国)有限公司",
        "strength_missing",
        10,
    ),
    (
        "小柴胡颗粒",
        "4g*10袋",
        "广州白云山光华制药股份有限公司",
        "variant_missing",
        11,
    ),
];

#[test]
fn a_name_that_fits_gets_its_row_and_the_class_of_what_is_missing_or_wrong() {
    for (name, spec, maker, class, row) in FITTING {
        let ranked = rank(&query(name, spec, maker));
        let first = ranked.candidates.first().unwrap();
        assert_eq!(
            (ranked.class, first.row, first.veto),
            (class, row, None),
            "{name} {spec} {maker}"
        );
    }
}

#[test]
fn what_differs_excludes_the_row_and_says_so() {
    for (name, spec, maker, veto) in [
        (
            "阿莫西林胶囊",
            "0.5g*24粒",
            "珠海联邦制药股份有限公司",
            "strength",
        ),
        (
            "阿莫西林胶囊",
            "0.25g*36粒",
            "珠海联邦制药股份有限公司",
            "pack",
        ),
        (
            "阿莫西林颗粒",
            "0.25g*24袋",
            "珠海联邦制药股份有限公司",
            "form",
        ),
        (
            "阿莫西林胶囊",
            "0.25g*24粒",
            "四川科伦药业股份有限公司",
            "maker",
        ),
        (
            "富马酸氨溴索注射液",
            "2ml:15mg*10支",
            "上海勃林格殷格翰药业有限公司",
            "salt",
        ),
        (
            "盐酸氨溴索注射液",
            "1ml:15mg*10支",
            "上海勃林格殷格翰药业有限公司",
            "volume",
        ),
        (
            "注射用盐酸氨溴索",
            "15mg*10支",
            "上海勃林格殷格翰药业有限公司",
            "form",
        ),
        (
            "琥珀酸美托洛尔片",
            "25mg*20片",
            "阿斯利康制药有限公司",
            "salt",
        ),
        (
            "氯雷他定片",
            "5mg*6片",
            "深圳信立泰药业股份有限公司",
            "generic",
        ),
        (
            "头孢克洛颗粒",
            "50mg*12袋",
            "国药集团致君(深圳)制药有限公司",
            "generic",
        ),
        ("甘油片", "0.5mg*100片", "北京益民药业有限公司", "generic"),
        (
            "小柴胡颗粒(含糖型)",
            "4g*10袋",
            "广州白云山光华制药股份有限公司",
            "variant",
        ),
    ] {
        let ranked = rank(&query(name, spec, maker));
        let vetoes: Vec<_> = ranked.candidates.iter().filter_map(|c| c.veto).collect();
        assert_eq!(ranked.class, "conflict", "{name} {spec}");
        assert_eq!(vetoes.first(), Some(&veto), "{name} {spec}");
        let answer = decide(ranked, &Thresholds::default());
        assert_eq!(answer.decision, Decision::None);
    }
}

#[test]
fn several_rows_that_fit_are_ambiguous_and_unknown_words_stay_unexplained() {
    for (name, spec, maker, class) in [
        ("阿莫西林胶囊", "0.25g*24粒", "", "ambiguous"),
        (
            "氨氯地平片",
            "5mg*14片",
            "南京圣和药业股份有限公司",
            "ambiguous",
        ),
        (
            "苯磺酸氨氯地平片",
            "5mg*14片",
            "南京圣和药业股份有限公司",
            "same_parts",
        ),
        (
            "阿莫西林胶囊(赠品)",
            "0.25g*24粒",
            "珠海联邦制药股份有限公司",
            "unexplained",
        ),
        (
            "阿莫西林胶囊(阿莫灵)",
            "0.25g*24粒",
            "珠海联邦制药股份有限公司",
            "unexplained",
        ),
        (
            "硝唑胶囊",
            "0.25g*24粒",
            "湖南九典制药股份有限公司",
            "unexplained",
        ),
        (
            "阿莫西林胶囊",
            "",
            "石药集团中诺药业(石家庄)有限公司",
            "ambiguous",
        ),
        (
            "头孢克肟颗粒",
            "",
            "国药集团致君(深圳)制药有限公司",
            "strength_missing",
        ),
    ] {
        assert_eq!(
            rank(&query(name, spec, maker)).class,
            class,
            "{name} {spec}"
        );
    }
}
