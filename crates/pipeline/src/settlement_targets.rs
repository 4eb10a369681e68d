//! Targets as people keep them: a month and a value in each row, or a year and a column for each
//! month.

use std::collections::HashSet;

use channelflow_model::settlement::{Measure, Target, TargetOwner};
use channelflow_model::{Micros, Period};

use crate::settlement_rows::Known;
use crate::titled_rows::{TitledRows, numbers};

/// The columns of the months, from January.
const MONTHS: [&str; 12] = [
    "month_01", "month_02", "month_03", "month_04", "month_05", "month_06", "month_07", "month_08",
    "month_09", "month_10", "month_11", "month_12",
];

/// One month of a row.
struct Month {
    /// Its cell.
    field: &'static str,
    period: Period,
    value: Micros,
}

/// What all months of a row have in common.
struct Goal {
    owner: TargetOwner,
    product_group: String,
    measure: Measure,
    counting_point: String,
}

impl TitledRows<'_> {
    pub(crate) fn targets(&mut self, known: &Known) -> Vec<Target> {
        let month_columns = MONTHS.iter().any(|month| self.has(month));
        let (in_rows, in_columns) = (
            self.has("period") && self.has("value"),
            self.has("year") && month_columns,
        );
        let mixed =
            (self.has("period") || self.has("value")) && (self.has("year") || month_columns);
        if mixed || in_rows == in_columns {
            self.problem("settings_target_form", 0, "period", "");
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let mut targets = Vec::new();
        for row in self.body() {
            let goal = self.goal(row, known);
            let months = if in_rows {
                self.one_month(row)
            } else {
                self.months_of_year(row)
            };
            for month in months {
                let target = Target {
                    period: month.period,
                    owner: goal.owner.clone(),
                    product_group: goal.product_group.clone(),
                    measure: goal.measure,
                    counting_point: goal.counting_point.clone(),
                    value: month.value,
                };
                self.once(row, month.field, &target, &mut seen);
                targets.push(target);
            }
        }
        targets
    }

    /// Without a column that says whose targets they are, they are of units.
    fn goal(&mut self, row: usize, known: &Known) -> Goal {
        let kind = if self.has("owner_kind") {
            self.word(row, "owner_kind", "word_owner_kind")
        } else {
            None
        };
        let (known_ids, unknown) = match kind {
            Some("distributor" | "base") => (&known.distributors, "settings_unknown_distributor"),
            _ => (&known.units, "settings_unknown_unit"),
        };
        let id = self.reference(row, "owner", known_ids, unknown);
        let owner = match kind {
            Some("distributor") => TargetOwner::Distributor(id),
            Some("base") => TargetOwner::Base(id),
            _ => TargetOwner::Unit(id),
        };
        let measure = self.word(row, "measure", "word_measure");
        Goal {
            owner,
            product_group: self.group(row, known),
            measure: Measure::ALL
                .into_iter()
                .find(|known| Some(known.as_str()) == measure)
                .unwrap_or(Measure::Quantity),
            counting_point: self.required(row, "counting_point"),
        }
    }

    fn one_month(&mut self, row: usize) -> Vec<Month> {
        let text = self.required(row, "period");
        let value = self.required_number(row, "value");
        let Some(period) = written_month(&text) else {
            if !text.is_empty() {
                self.problem("settings_bad_month", row, "period", &text);
            }
            return Vec::new();
        };
        vec![Month {
            field: "period",
            period,
            value,
        }]
    }

    /// An empty month has no target, which is not a target of 0. A total must be what the months
    /// add up to.
    fn months_of_year(&mut self, row: usize) -> Vec<Month> {
        let text = self.required(row, "year");
        let year = match numbers(&text, &['年', '度']).as_deref() {
            Some([year]) if Period::new(*year, 1).is_some() => Some(*year),
            _ => {
                if !text.is_empty() {
                    self.problem("settings_bad_year", row, "year", &text);
                }
                None
            }
        };
        let mut months = Vec::new();
        let mut sum = 0;
        for (field, month) in MONTHS.into_iter().zip(1..) {
            let Some(value) = self.number(row, field) else {
                continue;
            };
            sum += i128::from(value.0);
            if let Some(period) = year.and_then(|year| Period::new(year, month)) {
                months.push(Month {
                    field,
                    period,
                    value,
                });
            }
        }
        if let Some(total) = self.number(row, "total")
            && i128::from(total.0) != sum
        {
            self.problem("settings_total_differs", row, "total", &total.to_string());
            let sum = Micros::from_i128(sum).map_or_else(|| "…".to_owned(), |sum| sum.to_string());
            self.tell("sum", &sum);
        }
        months
    }
}

/// `2026-01`, `2026/1`, `2026年1月`, `202601`; of a day its month.
fn written_month(text: &str) -> Option<Period> {
    let text = text.split(['T', ' ']).next()?;
    match numbers(text, &['-', '/', '.', '年', '月', '日'])?[..] {
        [number] => Period::from_number(number),
        [year, month] | [year, month, _] => Period::new(year, month.try_into().ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::written_month;

    #[test]
    fn months_are_read_as_people_write_them() {
        for text in [
            "2026-01",
            "2026/1",
            "2026年1月",
            "202601",
            "2026-01-01T00:00:00",
        ] {
            let read = written_month(text).map(|month| month.to_string());
            assert_eq!(read.as_deref(), Some("2026-01"), "{text}");
        }
        for text in ["2026", "2026-13", "1月", "01/2026"] {
            assert_eq!(written_month(text), None, "{text}");
        }
    }
}
