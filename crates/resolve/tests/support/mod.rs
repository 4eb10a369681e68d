//! The master data of the examples: two hospitals that share a number, two packs of one medicine.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use channelflow_model::Day;
use channelflow_model::master::{Alias, AliasKind, Customer, MasterData, Product};

fn customer(id: &str, name: &str, tax_id: &str, code: &str) -> Customer {
    Customer {
        id: id.into(),
        name: name.into(),
        tax_id: tax_id.into(),
        code: code.into(),
        active: true,
        ..Customer::default()
    }
}

pub fn product(id: &str, name: &str, trade_name: &str, spec: &str, approval_no: &str) -> Product {
    Product {
        id: id.into(),
        name: name.into(),
        trade_name: trade_name.into(),
        spec: spec.into(),
        approval_no: approval_no.into(),
        maker: "石药集团欧意药业有限公司".into(),
        base_unit: "盒".into(),
        case_size: 400,
        units_per_base: 24,
        small_unit: "粒".into(),
        active: true,
        ..Product::default()
    }
}

/// An alias of distributor D01 for a customer or product of this name.
pub fn alias(kind: AliasKind, name: &str, target: &str) -> Alias {
    Alias {
        alias_id: 0,
        kind,
        distributor_id: "D01".into(),
        name: name.into(),
        code: String::new(),
        spec: String::new(),
        maker: String::new(),
        unit: String::new(),
        target_id: target.into(),
        ignore: false,
        factor_numerator: 0,
        factor_denominator: 0,
        valid_from: None,
        valid_to: None,
        origin: "person".into(),
        decided_by: String::new(),
        decided_at: String::new(),
    }
}

pub fn master(aliases: Vec<Alias>) -> MasterData {
    let mut barcoded = product(
        "P2",
        "阿莫西林胶囊",
        "阿莫灵",
        "0.25g*50粒/瓶",
        "国药准字H13023964",
    );
    barcoded.barcode = "6901234567892".into();
    barcoded.units_per_base = 50;
    let mut coded = product(
        "P3",
        "头孢克洛干混悬剂",
        "希刻劳",
        "0.125g*6袋/盒",
        "国药准字H20052638",
    );
    coded.code = "CF-003".into();
    coded.small_unit = "袋".into();
    coded.units_per_base = 6;
    let mut gone = product("P9", "布洛芬片", "", "0.1g*24片/盒", "");
    gone.small_unit = "片".into();
    gone.active = false;
    MasterData {
        customers: vec![
            customer("C1", "北京市第一医院", "12110000400000001A", ""),
            customer("C2", "北京市第一医院东院", "12110000400000001A", ""),
            customer("C3", "人民医院", "", "H-100"),
            customer("C4", "人民医院", "", ""),
            customer("C5", "中医院", "121300000000000055", ""),
        ],
        products: vec![
            product(
                "P1",
                "阿莫西林胶囊",
                "阿莫灵",
                "0.25g*12粒*2板/盒",
                "国药准字H13023964",
            ),
            barcoded,
            coded,
            gone,
        ],
        aliases: (1..)
            .zip(aliases)
            .map(|(alias_id, alias)| Alias { alias_id, ..alias })
            .collect(),
        ..MasterData::default()
    }
}

pub fn day(text: &str) -> Day {
    Day::from_iso(text).unwrap()
}
