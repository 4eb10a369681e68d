//! An answer that changes on known days: a tier, a price, a holder, a split.
//!
//! Effective-dated rows are laid out once; a question for a day then also says from when until
//! when its answer holds, so that a run of entries asks once. Days are compared as their numbers,
//! ends are excluded. Not here: what the answers mean.

use channelflow_model::Day;
use channelflow_model::settlement::Span;

/// An end that never comes.
pub(crate) const NEVER: i32 = i32::MAX;

/// First day number after the span.
pub(crate) fn until(span: Span) -> i32 {
    span.to
        .and_then(|to| to.plus_days(1))
        .map_or(NEVER, Day::number)
}

/// The first stretch of days of `span` that none of `covers` covers.
pub(crate) fn first_gap(span: Span, covers: impl IntoIterator<Item = Span>) -> Option<Span> {
    let mut covers: Vec<Span> = covers.into_iter().collect();
    covers.sort_unstable();
    let end = until(span);
    let mut open = span.from.number();
    let mut gap_end = end;
    for cover in covers {
        if open >= end {
            break;
        }
        if cover.from.number() > open {
            gap_end = end.min(cover.from.number());
            break;
        }
        open = open.max(until(cover));
    }
    (open < end).then(|| stretch(open, gap_end))?
}

/// The days from a day number until before another, as people write them.
pub(crate) fn stretch(from: i32, until: i32) -> Option<Span> {
    Some(Span {
        from: Day::from_number(from)?,
        to: match until {
            NEVER => None,
            end => Some(Day::from_number(end)?.plus_days(-1)?),
        },
    })
}

/// What holds from one day number until before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step<T> {
    pub(crate) from: i32,
    pub(crate) until: i32,
    pub(crate) value: T,
}

impl<T> Step<T> {
    /// Whether the step holds on the day.
    pub(crate) fn covers(&self, day: Day) -> bool {
        self.from <= day.number() && day.number() < self.until
    }

    /// The days both hold.
    pub(crate) fn clip<U>(&mut self, other: &Step<U>) {
        self.from = self.from.max(other.from);
        self.until = self.until.min(other.until);
    }
}

impl<T> Step<Option<T>> {
    /// No answer, ever.
    pub(crate) const NOTHING: Step<Option<T>> = Step {
        from: i32::MIN,
        until: NEVER,
        value: None,
    };

    /// No answer yet: the first question has to be asked.
    pub(crate) const UNASKED: Step<Option<T>> = Step {
        from: NEVER,
        until: i32::MIN,
        value: None,
    };
}

/// Steps in order that do not overlap; days between them have no answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Timeline<T> {
    steps: Vec<Step<T>>,
}

impl<T: Copy + PartialEq> Timeline<T> {
    /// Asks `answer` for every stretch of days between neighbouring `cuts` (day numbers in any
    /// order) and joins neighbours that answer alike. Before the first cut there is no answer.
    pub(crate) fn build(mut cuts: Vec<i32>, mut answer: impl FnMut(i32) -> Option<T>) -> Self {
        cuts.sort_unstable();
        cuts.dedup();
        cuts.retain(|cut| *cut != NEVER);
        let mut steps: Vec<Step<T>> = Vec::new();
        let ends = cuts.iter().skip(1).copied().chain([NEVER]);
        for (from, until) in cuts.iter().copied().zip(ends) {
            let Some(value) = answer(from) else { continue };
            match steps.last_mut() {
                Some(last) if last.until == from && last.value == value => last.until = until,
                _ => steps.push(Step { from, until, value }),
            }
        }
        Timeline { steps }
    }

    /// The answer for a day, and the days it holds for without interruption.
    pub(crate) fn at(&self, day: Day) -> Step<Option<T>> {
        self.at_number(day.number())
    }

    /// The same for a day number.
    pub(crate) fn at_number(&self, number: i32) -> Step<Option<T>> {
        let mut gap = Step {
            from: i32::MIN,
            until: NEVER,
            value: None,
        };
        for step in &self.steps {
            if number < step.from {
                gap.until = step.from;
                break;
            }
            if number < step.until {
                return Step {
                    from: step.from,
                    until: step.until,
                    value: Some(step.value),
                };
            }
            gap.from = step.until;
        }
        gap
    }

    /// Every step, in order.
    pub(crate) fn steps(&self) -> &[Step<T>] {
        &self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_days_nothing_covers() {
        for (whole, covers, gap) in [
            ("2026-01-01..", vec!["2025-01-01.."], None),
            ("2026-01-01..", vec![], Some("2026-01-01..")),
            (
                "2026-01-01..2026-06-30",
                vec!["2026-03-01..", "2025-01-01..2026-01-31"],
                Some("2026-02-01..2026-02-28"),
            ),
            (
                "2026-01-01..2026-06-30",
                vec!["2026-01-01..2026-02-28", "2026-03-01..2026-06-30"],
                None,
            ),
            (
                "2026-01-01..2026-06-30",
                vec!["2026-01-01..2026-05-31", "2026-08-01.."],
                Some("2026-06-01..2026-06-30"),
            ),
        ] {
            let covers = covers.into_iter().map(crate::testing::span);
            let found = first_gap(crate::testing::span(whole), covers);
            assert_eq!(found, gap.map(crate::testing::span), "{whole}");
        }
    }

    #[test]
    fn answers_with_the_days_they_hold_for() {
        let cuts = vec![20_260_301, 20_260_101, 20_260_201, 20_260_401, NEVER];
        let line = Timeline::build(cuts, |from| match from {
            20_260_301 => None,
            20_260_401 => Some('b'),
            _ => Some('a'),
        });
        assert_eq!(line.steps().len(), 2);
        for (day, value, from, until) in [
            (20_251_231, None, i32::MIN, 20_260_101),
            (20_260_228, Some('a'), 20_260_101, 20_260_301),
            (20_260_301, None, 20_260_301, 20_260_401),
            (20_270_101, Some('b'), 20_260_401, NEVER),
        ] {
            let asked = line.at(Day::from_number(day).unwrap());
            assert_eq!(
                (asked.value, asked.from, asked.until),
                (value, from, until),
                "{day}"
            );
        }
    }
}
