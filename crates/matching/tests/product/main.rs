//! Reported products beside a small master.
#![allow(clippy::indexing_slicing, reason = "tests")]

use channelflow_matching::product::{
    ProductMatcher, ProductQuery, ProductRecord, Scratch, classes,
};
use channelflow_matching::{Agreement, Decision, Ranked, Thresholds, decide};

mod evidence;
mod fitting;

const MASTER: [(&str, &str, &str, &str, &str); 15] = [
    (
        "阿莫西林胶囊",
        "",
        "0.25g*24粒",
        "石药集团中诺药业(石家庄)有限公司",
        "国药准字H13020001",
    ),
    (
        "阿莫西林胶囊",
        "",
        "0.25g*50粒",
        "石药集团中诺药业(石家庄)有限公司",
        "国药准字H13020001",
    ),
    (
        "阿莫西林胶囊",
        "",
        "0.25g*24粒",
        "珠海联邦制药股份有限公司",
        "国药准字H44020002",
    ),
    (
        "盐酸氨溴索注射液",
        "沐舒坦",
        "2ml:15mg*10支",
        "上海勃林格殷格翰药业有限公司",
        "",
    ),
    (
        "酒石酸美托洛尔片",
        "倍他乐克",
        "25mg*20片",
        "阿斯利康制药有限公司",
        "",
    ),
    (
        "琥珀酸美托洛尔缓释片",
        "倍他乐克",
        "47.5mg*7片",
        "阿斯利康制药有限公司",
        "",
    ),
    ("注射用泮托拉唑钠", "", "40mg", "扬子江药业集团有限公司", ""),
    (
        "头孢克肟颗粒",
        "",
        "50mg*12袋",
        "国药集团致君(深圳)制药有限公司",
        "",
    ),
    (
        "地氯雷他定片",
        "",
        "5mg*6片",
        "深圳信立泰药业股份有限公司",
        "",
    ),
    (
        "硝酸甘油片",
        "",
        "0.5mg*100片",
        "北京益民药业有限公司（原名：北京益民制药厂）",
        "",
    ),
    (
        "玻璃酸钠滴眼液",
        "",
        "5ml:0.1%",
        "参天制药(中国)有限公司",
        "",
    ),
    (
        "小柴胡颗粒(无糖型)",
        "",
        "4g*10袋",
        "广州白云山光华制药股份有限公司",
        "",
    ),
    (
        "马来酸氨氯地平片",
        "",
        "5mg*14片",
        "南京圣和药业股份有限公司",
        "",
    ),
    (
        "苯磺酸氨氯地平片",
        "",
        "5mg*14片",
        "南京圣和药业股份有限公司",
        "",
    ),
    (
        "奥硝唑胶囊",
        "",
        "0.25g*24粒",
        "湖南九典制药股份有限公司",
        "",
    ),
];

fn matcher() -> ProductMatcher {
    let record =
        |(name, trade, spec, maker, approval): &(&str, &str, &str, &str, &str)| ProductRecord {
            name: (*name).into(),
            trade_name: (*trade).into(),
            spec: (*spec).into(),
            maker: (*maker).into(),
            approval_no: (*approval).into(),
            ..ProductRecord::default()
        };
    ProductMatcher::new(&MASTER.iter().map(record).collect::<Vec<_>>())
}

fn query(name: &str, spec: &str, maker: &str) -> ProductQuery {
    ProductQuery {
        name: name.into(),
        spec: spec.into(),
        maker: maker.into(),
        ..ProductQuery::default()
    }
}

fn rank(query: &ProductQuery) -> Ranked {
    matcher().rank(query, &mut Scratch::default())
}
