//! Quality gates of a settlement: what they measure, and the yuan at stake.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail as tests do"
)]

mod common;

use common::Engine;
use common::money::{BY_AMOUNT, TIERS, company, deliver};

/// 10 boxes in stock, 20 bought, 5 sold, 20 left: 5 of 30 boxes nobody can explain, at 12.50 a box.
#[test]
fn the_balance_has_yuan_at_stake_and_not_boxes() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = company(engine, BY_AMOUNT, TIERS);
        let settings = company.file("channelflow.toml");
        let text = std::fs::read_to_string(&settings).unwrap();
        let bound = "\n[settlement]\nmax_balance = 0.1\n";
        std::fs::write(&settings, format!("{text}{bound}")).unwrap();
        let stock = |day: &str, boxes: &str| {
            format!(
                "库存日期,产品名称,规格,批号,单位,库存数量\n\
                 {day},阿莫西林胶囊,0.25g*24粒/盒,2509A01,盒,{boxes}\n"
            )
        };
        let bought = "入库日期,供应商,品名,规格,批号,单位,数量,金额\n\
             2026-02-03,河北燕康医药有限公司,阿莫西林胶囊,0.25g*24粒/盒,2509A01,盒,20,230\n";
        for (name, text) in [
            ("库存_202601.csv", stock("2026-01-31", "10")),
            ("采购_202602.csv", bought.to_owned()),
            ("库存_202602.csv", stock("2026-02-28", "20")),
        ] {
            company.deliver("D03", name, text.as_bytes());
        }
        deliver(&company, "流向_202602.csv", &["2026-02-05 5 12"]);
        company.run(&["run"]);
        let ran = company.run(&["settle", "2026-02", "--dry-run", "--format", "json"]);
        let said: serde_json::Value = serde_json::from_str(&ran.stdout).expect(&ran.stderr);
        let gates = said["gates"].as_array().unwrap();
        let balance = gates.iter().find(|gate| gate["kind"] == "balance").unwrap();
        assert_eq!(balance["value"], "0.166667", "{balance:#}");
        assert_eq!(balance["state"], "missed");
        assert_eq!(balance["at_stake"], 62_500_000, "{balance:#}");
    }
}
