//! From sums to rows: put beside them what was asked for and what was sold before, then divide.
//!
//! Actuals and targets are added up before this; nothing here averages. Rates are not rounded.
//! Not here: how sums come about (`lines`) and how targets do (`phased`).

use channelflow_model::settlement::Measure;
use channelflow_model::{Day, Micros};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::AchieveError;
use super::like::Snapshot;
use super::lines::{Line, Lines};
use super::phased::{Phase, Phased, Rolled};
use super::row::{AchievementTable, Comparison, Level, Row, SpanKind, Unpriced, Waiting};
use super::tally::Achievement;
use super::windows::{Role, place};

impl<'a> Achievement<'a> {
    /// The table.
    pub fn finish(&self) -> Result<AchievementTable, AchieveError> {
        let mut levels = self.question.levels.clone();
        levels.sort_unstable();
        levels.dedup();
        let context = Context::new(self);
        let mut rows = Vec::new();
        for level in levels {
            self.level_rows(level, &context, &mut rows)?;
        }
        Ok(AchievementTable {
            period: self.question.period,
            basis: self.question.basis,
            organisation: self.question.organisation,
            progress_day: self.question.progress_day,
            without_amount: self.without_amount,
            unreported: Vec::new(),
            waiting: Waiting::default(),
            rows,
        })
    }

    fn level_rows(
        &self,
        level: Level,
        context: &Context<'a>,
        rows: &mut Vec<Row>,
    ) -> Result<(), AchieveError> {
        let mut lines = self.lines(level)?;
        let phased = self.phased(level, &context.rolled);
        for (id, _, _) in phased.keys() {
            lines.ids.number(id);
        }
        if level.is_credited() {
            lines.ids.number(&"");
        }
        let mut ids: Vec<(&str, usize)> = lines.ids.items().iter().copied().zip(0..).collect();
        ids.sort_unstable();
        let names = self.names(level);
        for (id, number) in ids {
            let name = names.get(id).copied().unwrap_or_default();
            let subject = Subject { level, id, name };
            for (group_number, group) in self.groups.iter().enumerate() {
                for (point_number, (point, _)) in self.points.iter().enumerate() {
                    let block = point_number * self.groups.len() + group_number;
                    let at = At {
                        subject,
                        group,
                        point,
                        block,
                    };
                    Self::row_group(&at, number, &lines, &phased, context, rows)?;
                }
            }
        }
        Ok(())
    }

    /// The rows of one id, product group and counting point.
    fn row_group(
        at: &At<'_>,
        number: usize,
        lines: &Lines<'_>,
        phased: &Phased<'_>,
        context: &Context<'_>,
        rows: &mut Vec<Row>,
    ) -> Result<(), AchieveError> {
        let line = lines.line(at.block, number);
        let targets = Measure::ALL.map(|measure| {
            let row = phased.get(&(at.subject.id, at.block, measure));
            row.copied().unwrap_or_default()
        });
        // What is nobody's is shown even when there is nothing.
        let always =
            at.subject.id.is_empty() && at.subject.level.is_credited() && at.group.is_empty();
        let nothing = Line::default();
        let known = line.unwrap_or(&nothing);
        for span in SpanKind::ALL {
            let sold = Role::ALL.iter().any(|role| {
                let sums = known.all.get(place(span, *role));
                sums.is_some_and(|sums| !sums.is_zero())
            });
            let asked = targets.iter().any(|phases| {
                let phase = phases.get(span as usize);
                phase.is_some_and(|phase| phase.months > 0)
            });
            if !(sold || asked || always) {
                continue;
            }
            for (measure, phases) in Measure::ALL.into_iter().zip(&targets) {
                let phase = phases.get(span as usize).copied().unwrap_or_default();
                rows.push(context.row(at, span, measure, known, phase)?);
            }
        }
        Ok(())
    }

    /// Names of everything of a level, by id.
    fn names(&self, level: Level) -> FxHashMap<&str, &str> {
        let reference = &self.prepared.reference;
        let master = reference.master;
        match level {
            Level::Person => self.prepared.org.person_names(),
            Level::Product => (master
                .products
                .iter()
                .map(|it| (it.id.as_str(), it.name.as_str())))
            .collect(),
            Level::ProductGroup => reference
                .groups
                .iter()
                .map(|it| (it.group_id.as_str(), it.group_name.as_str()))
                .collect(),
            Level::Distributor => (master
                .distributors
                .iter()
                .map(|it| (it.id.as_str(), it.name.as_str())))
            .collect(),
            Level::Customer => (master
                .customers
                .iter()
                .map(|it| (it.id.as_str(), it.name.as_str())))
            .collect(),
            _ => {
                let mut units: Vec<_> = reference.units.iter().collect();
                units.sort_by_key(|unit| unit.span);
                units
                    .into_iter()
                    .map(|it| (it.id.as_str(), it.name.as_str()))
                    .collect()
            }
        }
    }
}

/// What a row is about.
#[derive(Clone, Copy)]
struct Subject<'r> {
    level: Level,
    id: &'r str,
    name: &'r str,
}

struct At<'r> {
    subject: Subject<'r>,
    group: &'r str,
    point: &'r str,
    block: usize,
}

/// What all rows share.
struct Context<'a> {
    rolled: Vec<Rolled<'a>>,
    elapsed: [Decimal; SpanKind::ALL.len()],
    snapshots: FxHashMap<Day, Snapshot<'a>>,
    /// Last day of every span by role.
    ends: FxHashMap<usize, Day>,
}

impl<'a> Context<'a> {
    fn new(achievement: &Achievement<'a>) -> Self {
        let windows = &achievement.windows;
        let mut context = Context {
            rolled: achievement.rolled(),
            elapsed: SpanKind::ALL
                .map(|span| windows.elapsed(span, achievement.question.progress_day)),
            snapshots: FxHashMap::default(),
            ends: FxHashMap::default(),
        };
        for span in SpanKind::ALL {
            for role in Role::ALL {
                if let Some(days) = windows.days(span, role) {
                    context.ends.insert(place(span, role), days.last);
                    context
                        .snapshots
                        .entry(days.last)
                        .or_insert_with(|| achievement.snapshot(days.last));
                }
            }
        }
        context
    }

    fn row(
        &self,
        at: &At<'_>,
        span: SpanKind,
        measure: Measure,
        line: &Line,
        phase: Phase,
    ) -> Result<Row, AchieveError> {
        let here = place(span, Role::This);
        let sums = line.all.get(here).copied().unwrap_or_default();
        let nobody = line.nobody.get(here).copied().unwrap_or_default();
        let actual = sums.measure(measure);
        let target = if phase.months > 0 {
            let value = Micros::from_i128(phase.value);
            Some(value.ok_or_else(|| AchieveError::TooLarge {
                of: at.subject.id.to_owned(),
            })?)
        } else {
            None
        };
        let rate = target.and_then(|target| ratio(actual, target));
        let elapsed = self.elapsed.get(span as usize).copied().unwrap_or_default();
        let unpriced = if measure == Measure::Assessed {
            Unpriced {
                quantity: Micros(sums.unpriced),
                lines: sums.unpriced_lines,
            }
        } else {
            Unpriced::default()
        };
        Ok(Row {
            level: at.subject.level,
            id: at.subject.id.to_owned(),
            name: at.subject.name.to_owned(),
            product_group: at.group.to_owned(),
            counting_point: at.point.to_owned(),
            span,
            measure,
            actual,
            unattributed: nobody.measure(measure),
            unpriced,
            target,
            target_months: phase.months,
            rate,
            elapsed,
            gap: rate.and_then(|rate| rate.checked_sub(elapsed)),
            last_year: self
                .comparison(at, span, Role::LastYear, measure, line)
                .unwrap_or(Comparison {
                    actual: Micros::ZERO,
                    change: None,
                    like_for_like: false,
                }),
            previous: self.comparison(at, span, Role::Previous, measure, line),
        })
    }

    fn comparison(
        &self,
        at: &At<'_>,
        span: SpanKind,
        role: Role,
        measure: Measure,
        line: &Line,
    ) -> Option<Comparison> {
        let (here, there) = (place(span, Role::This), place(span, role));
        let print = |place| {
            let day = self.ends.get(&place)?;
            let snapshot = self.snapshots.get(day)?;
            Some(snapshot.of(at.subject.level, at.subject.id, at.group))
        };
        let this = line.all.get(here)?.measure(measure);
        let then = line.all.get(there)?.measure(measure);
        let like_for_like = print(here)? == print(there)?;
        Some(Comparison {
            actual: then,
            change: change(this, then),
            like_for_like,
        })
    }
}

/// actual ÷ target; `None` for a target of zero.
pub(super) fn ratio(actual: Micros, target: Micros) -> Option<Decimal> {
    Decimal::from(actual.0).checked_div(Decimal::from(target.0))
}

/// (this − then) ÷ |then|; `None` when then is zero or below.
pub(super) fn change(this: Micros, then: Micros) -> Option<Decimal> {
    if then <= Micros::ZERO {
        return None;
    }
    let difference = Decimal::from(this.0).checked_sub(Decimal::from(then.0))?;
    difference.checked_div(Decimal::from(then.0))
}
