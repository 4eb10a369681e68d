//! Warnings: what ends, what waits, what is near, and what nobody is credited for.

use serde_json::Value;

use crate::common::{self, Company, Engine};
use crate::{MONTHLY, of_code, with_names, write};

/// The warnings on a day.
fn warnings_on(company: &Company, day: &str) -> Value {
    let output = company
        .command(&["--format", "json", "warnings"])
        .env("CHANNELFLOW_NOW", format!("{day}T02:00:00+08:00"))
        .output()
        .unwrap();
    let ran = common::ran(output);
    assert!(ran.code < 2, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn warnings_say_what_ends_what_waits_and_what_is_near() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let company = Company::sample(engine);
        write(
            &company,
            "master/org.csv",
            "组织编码,组织名称,层级,上级\nU1,燕山康泽,公司,\nR1,华北大区,大区,U1\nR2,华南大区,大区,U1\n\
             S1,北京一岗,岗位,R1\nS2,北京二岗,岗位,R1\n",
        );
        write(
            &company,
            "master/attribution.csv",
            "客户编码,岗位编码,比例,生效日期\nC001,S1,1,2026-01-01\n",
        );
        write(
            &company,
            "master/targets.csv",
            "年度,对象类型,对象编码,品种,口径,统计口径,2月\n2026,组织,S2,,金额,terminal,2000\n\
             2026,组织,R2,,金额,terminal,3000\n",
        );
        let ends = MONTHLY.replace("period =", "valid_to = 2026-03-10\nperiod =");
        let pays = ends.replace("[limit]", "[payout]\nmonths = 1\nafter = \"end\"\n[limit]");
        write(&company, "policies/m.toml", &pays);
        company.run(&["run"]);

        let found = warnings_on(&company, "2026-02-20");
        let ending = of_code(&found, "warn_policy_ends_alone");
        assert_eq!(ending[0]["facts"]["days"], "18");
        // 7,899.50 of 10,000: 2,100.50 is less than a quarter.
        let near = of_code(&found, "warn_tier_money");
        let d07 = near.iter().find(|it| {
            it["facts"]["distributor"]
                .as_str()
                .unwrap()
                .starts_with("D07")
        });
        let facts = &d07.unwrap()["facts"];
        assert_eq!(
            (&facts["missing"], &facts["gives"], &facts["days"]),
            (&"2,100.50".into(), &"2%".into(), &"8".into())
        );
        assert_eq!(
            of_code(&found, "warn_target_without_customer")[0]["yuan"],
            2_000_000_000_i64
        );
        assert_eq!(of_code(&found, "warn_target_without_post").len(), 1);
        assert_eq!(of_code(&found, "warn_customer_uncredited").len(), 10);
        assert_eq!(of_code(&found, "warn_customers_uncredited").len(), 1);
        let selling = of_code(&found, "warn_distributor_sells");
        assert!(selling.iter().any(|it| it["facts"]["tier"] == "二级"));
        let order: Vec<i64> = found
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["severity"] == "warning")
            .map(|it| it["yuan"].as_i64().unwrap_or(-1))
            .collect();
        assert!(order.is_sorted_by(|a, b| a >= b), "{order:?}");

        // January settled: a draft for too long, then confirmed and not paid.
        company.run(&["settle", "2026-01"]);
        let drafts = warnings_on(&company, "2026-02-21");
        assert!(!of_code(&drafts, "warn_statement_draft").is_empty());
        let number = "2026-01-D01-1";
        company.expect(0, &["statement", "confirm", number, "--provisional"]);
        let early = warnings_on(&company, "2026-02-28");
        assert!(of_code(&early, "warn_statement_unpaid").is_empty());
        let late = warnings_on(&company, "2026-03-05");
        let unpaid = of_code(&late, "warn_statement_unpaid");
        assert_eq!(unpaid[0]["facts"]["statement"], number);
        assert_eq!(unpaid[0]["facts"]["due"], "2026-02-28");
        assert_eq!(unpaid[0]["yuan"], 326_280_000);
        assert_eq!(late[0]["severity"], "error");
        let used = company.json(0, &["policy", "list"]);
        assert_eq!(used[0]["last_statement"], number);

        let text = company.expect(1, &["warnings"]).stdout;
        assert!(
            text.contains("ends on 2026-03-10, in 5 days, and nothing follows"),
            "{text}"
        );
        let zh = company.expect(1, &["--lang", "zh", "warnings"]).stdout;
        for said in [
            "已确认，兑付日 2026-02-28 已过 5 天",
            "于 2026-03-10 到期（还有 5 天），没有后续政策",
        ] {
            assert!(zh.contains(said), "`{said}` is not in\n{zh}");
        }
        company.expect(0, &["statement", "pay", number]);
        let paid = warnings_on(&company, "2026-03-05");
        assert!(of_code(&paid, "warn_statement_unpaid").is_empty());
    }
}

#[test]
fn nothing_to_warn_of_is_said_too() {
    let company = with_names(Engine::Sqlite);
    let none = company.expect(0, &["warnings"]);
    assert!(
        none.stderr.contains("nothing to warn of"),
        "{}",
        none.stderr
    );
    assert_eq!(company.json(0, &["warnings"]), Value::Array(Vec::new()));
}

/// D03 may sell in 石家庄市; C001 is in 北京市, and from February on allowed for 抗感染 only.
#[test]
fn a_sale_outside_the_area_of_its_day_is_shown() {
    let company = Company::without_files(Engine::Sqlite);
    write(
        &company,
        "master/areas.csv",
        "distributor_id,province,city,product_group,valid_from,valid_to\n\
         D03,河北省,石家庄市,,,\nD03,北京市,,ANTI,2026-02-01,\n",
    );
    write(
        &company,
        "master/groups.csv",
        "group_id,group_name,product_id\nANTI,抗感染,P01\n",
    );
    let line = |day: &str, customer: &str, quantity: u32| {
        format!(
            "{day},{customer},阿莫西林胶囊,0.25g*24粒/盒,2509A01,盒,{quantity},10,{quantity}0\n"
        )
    };
    let january = [
        "销售日期,客户名称,产品名称,规格,批号,单位,数量,单价,金额\n".to_owned(),
        line("2026-01-05", "石家庄市第一医院", 5),
        line("2026-01-06", "北京协和医院", 7),
        line("2026-02-06", "北京协和医院", 9),
    ];
    company.deliver("D03", "流向.csv", january.concat().as_bytes());
    company.run(&["run"]);
    let found = warnings_on(&company, "2026-02-20");
    let outside = of_code(&found, "warn_outside_area");
    assert_eq!(outside.len(), 1, "{found}");
    assert_eq!(outside[0]["facts"]["quantity"], "7");
    assert!(
        outside[0]["facts"]["customer"]
            .as_str()
            .unwrap()
            .starts_with("C001 北京协和医院")
    );
}
