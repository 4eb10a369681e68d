//! A policy from the rows of a sheet is the policy of a file, and its problems name their rows.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod common;

use channelflow_settle::Policy;
use channelflow_settle::policy::from_rows;
use common::{d, said};

fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

const SHEET: &str = "\
字段 | 值
编号 | TIERED
版本 | 1
名称： | 季度阶梯返利
类型 | 一级
生效日期 | 2026/1/1
失效日期 | 2026-12-31 00:00:00
结算周期 | 季度
经销商级别 | 一级
品种组 | 心血管
排除区域 | 西藏

数据来源 | 流向
计算口径 | 终端
计量 | 金额
奖励 | tier | 阶梯
阶梯依据 | 基数
阶梯方式 | 覆盖
档位 | 0 | | 1%
档位 | 100,000 | | 2%
档位 | 200,000 | | 0.03
返利上限 | 5000
起付金额 | 100
未付结转 | 是
示例 | 金额 | 250000
示例 | 应得 | 5000
示例 | 结转 | 0";

#[test]
fn a_sheet_says_the_same_as_a_file() {
    let text = include_str!("../../../config/policies/tiered.toml");
    let from_file = Policy::parse("tiered.toml", text).unwrap();
    let imported = from_rows("政策.xlsx", &rows(SHEET)).unwrap_or_else(|p| panic!("{}", said(&p)));
    assert_eq!(imported.policy.canonical(), from_file.canonical());
    let again = Policy::parse("again.toml", &imported.toml)
        .unwrap_or_else(|p| panic!("{}\n{}", said(&p), imported.toml));
    assert_eq!(again.canonical(), from_file.canonical());
}

#[test]
fn a_sheet_reports_its_problems_with_their_rows() {
    let broken = SHEET
        .replace("结算周期 | 季度", "结算周期 | 旬")
        .replace("返利上限", "返利上线")
        .replace("200,000", "二十万");
    let problems = from_rows("政策.xlsx", &rows(&broken)).unwrap_err();
    assert_eq!(
        said(&problems),
        "\
政策.xlsx:8: `period` must be one of `month`, `quarter`, `half`, `year`, found `旬`
政策.xlsx:21: `reward.tiers.from` is not a plain decimal number: `二十万`
政策.xlsx:22: unknown field `返利上线`
  hint: did you mean `返利上限`?"
    );
    let english = "\
field | value
id | A
version | 1
name | steps
valid_from | 2026-01-01
period | month
distributors | D1、D2, D3
source | sale
counting_classes | 纯销, retail
measure | quantity
unit | 盒
reward | r | per_unit
yuan | 2
gate | 达成率 | 90% | 80%
gate | achievement | 100% |
multiplier | upload_rate | 98% | 1.1
reward | bills | bill_discount
tenor | 92 | 0.8%
tenor | 184 | 1.6%
target_counting_point | terminal";
    let imported = from_rows("a.xlsx", &rows(english)).unwrap_or_else(|p| panic!("{}", said(&p)));
    let again = Policy::parse("again.toml", &imported.toml).unwrap();
    assert_eq!(again.canonical(), imported.policy.canonical());
    assert_eq!(imported.policy.party.distributors, ["D1", "D2", "D3"]);
    assert_eq!(imported.policy.rewards[0].gates[0].steps.len(), 2);
    assert_eq!(
        imported.policy.rewards[0].multipliers[0].steps[0].factor,
        d("1.1")
    );
    let problems = from_rows("a.xlsx", &rows("档位 | 1 | 2 | 3")).unwrap_err();
    assert!(said(&problems).contains("a.xlsx:1: `tiers` stands before the first reward"));
}
