//! What somebody should act on before money is lost or nobody notices (政策预警, 结算预警):
//! policies that end, statements nobody confirms or pays, bounds within reach, targets and sales
//! without a person, distributors without a policy, sales outside an area, appeals that lost their
//! line.
//!
//! Everything is looked up afresh; nothing is stored. One file per subject below.

mod area;
mod credit;
mod policies;
mod statements;

use std::collections::BTreeMap;

use channelflow_model::finding::{Finding, Place, Severity};
use channelflow_model::{Day, Micros, Period};
use channelflow_settle::figures::decimal;
use channelflow_settle::round::to_micros;
use channelflow_warehouse::Warehouse;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::company::Company;
use crate::settle::reach::days_of;
use crate::settle::{Books, Inputs, back};

/// Something to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What, with its facts.
    #[serde(flatten)]
    pub finding: Finding,
    /// Yuan at stake, where they can be told.
    pub yuan: Option<Micros>,
    /// For a bound within reach: what is missing as a share of what must be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_share: Option<Decimal>,
}

impl Warning {
    fn new(code: &'static str, severity: Severity) -> Self {
        Warning {
            finding: Finding::new(code, severity, Place::default()),
            yuan: None,
            missing_share: None,
        }
    }

    fn fact(mut self, name: &'static str, value: impl ToString) -> Self {
        self.finding = self.finding.fact(name, value);
        self
    }

    fn yuan(mut self, yuan: Micros) -> Self {
        self.yuan = Some(yuan);
        self
    }
}

/// What warnings are looked for in.
struct Look<'l> {
    today: Day,
    /// The running month and the one before it.
    months: (Period, Period),
    inputs: &'l Inputs,
    books: &'l Books,
    /// Yuan shipped in these months, by distributor, in millionths.
    shipped: BTreeMap<String, i128>,
}

impl Look<'_> {
    /// `D01 北京京康医药有限公司`.
    fn distributor(&self, id: &str) -> String {
        let distributors = &self.books.master.distributors;
        let found = distributors.iter().find(|it| it.id == id);
        let name = found.map(|it| it.name.as_str()).unwrap_or_default();
        format!("{id} {name}").trim_end().to_owned()
    }
}

/// Everything to act on, the gravest first; of equals the one with most yuan, then the bound that
/// is nearest.
pub async fn warnings(
    company: &Company,
    warehouse: &Warehouse,
    today: Day,
) -> anyhow::Result<Vec<Warning>> {
    let running = company.period_rule.period_of(today);
    let inputs = Inputs::load(company, warehouse, running).await?;
    let books = Books::open(warehouse, None).await?;
    let months = (back(running, 1), running);
    let shipped = match days_of(&inputs, &[months.0, months.1]) {
        Some(days) => warehouse.shipped(days).await?,
        None => BTreeMap::new(),
    };
    let look = Look {
        today,
        months,
        inputs: &inputs,
        books: &books,
        shipped,
    };
    let settings = &company.config.settlement;
    let mut found = policies::ending(&look, settings.warn_days);
    found.extend(policies::within_reach(warehouse, &look).await?);
    found.extend(statements::waiting(warehouse, &look, settings.confirm_days).await?);
    found.extend(statements::stale_appeals(warehouse, &look).await?);
    found.extend(credit::targets(&look));
    found.extend(credit::sales(warehouse, &look).await?);
    found.extend(area::outside(warehouse, &look).await?);
    sort(&mut found);
    Ok(found)
}

fn sort(found: &mut [Warning]) {
    let key = |it: &Warning| {
        let facts: BTreeMap<String, String> = it
            .finding
            .facts
            .iter()
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect();
        (
            std::cmp::Reverse(it.finding.severity),
            std::cmp::Reverse(it.yuan),
            it.missing_share,
            it.finding.code.to_string(),
            facts,
        )
    };
    found.sort_by_cached_key(key);
}

/// Sum of amounts of any size, as far as it can be told.
fn total(amounts: impl IntoIterator<Item = Micros>) -> Micros {
    let sum: Decimal = amounts.into_iter().map(decimal).sum();
    to_micros(sum).unwrap_or(Micros(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_comes_first_then_yuan_then_what_is_nearest() {
        let near = |share: i64| Warning {
            missing_share: Some(Decimal::new(share, 2)),
            ..Warning::new("warn_tier", Severity::Info).fact("share", share)
        };
        let mut found = vec![
            near(20),
            Warning::new("b", Severity::Warning).yuan(Micros(5)),
            near(3),
            Warning::new("c", Severity::Warning).yuan(Micros(9)),
            Warning::new("d", Severity::Warning),
            Warning::new("a", Severity::Error),
        ];
        sort(&mut found);
        let order: Vec<&str> = found.iter().map(|it| it.finding.code.as_ref()).collect();
        assert_eq!(order, ["a", "c", "b", "d", "warn_tier", "warn_tier"]);
        assert_eq!(found[4].finding.facts["share"], "3");
        assert_eq!(total([Micros(3), Micros(-1)]), Micros(2));
    }
}
