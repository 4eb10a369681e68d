//! Dates as people write them, one order of day, month and year per column.
//!
//! Most shapes say their order (`2026-03-01`, `20260301`, `2026年3月1日`, `1-Mar-26`, a
//! spreadsheet's own dates). The others (`03/01/2026`, `26-03-01`) are read in the one order that
//! reads the whole column; where two orders do and disagree, nothing is guessed. Not here: the
//! shapes themselves (`date_text`), months without a day and durations (`expiry`).

use channelflow_model::{CellKind, Day, DayRange, RawColumn};

use crate::date_text::{Reading, Years, read};

/// Order of the parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ymd,
    Mdy,
    Dmy,
}

impl Order {
    const ALL: [Order; 3] = [Order::Ymd, Order::Mdy, Order::Dmy];

    /// The word in layouts.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Order::Ymd => "ymd",
            Order::Mdy => "mdy",
            Order::Dmy => "dmy",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Order::ALL.into_iter().find(|order| order.as_str() == word)
    }
}

/// What a cell of a date column says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateCell {
    Empty,
    /// The day, and whether the shape of the text alone told it.
    Day(Day),
    /// Readable, but two orders read the column and disagree; the latest possible day.
    Ambiguous(Day),
    Bad,
    Error,
    FormulaWithoutValue,
}

/// A date column, read once per distinct value.
pub(crate) struct Dates {
    pub(crate) cells: Vec<DateCell>,
    /// The order the column was read in, when the shapes left a choice.
    pub(crate) order: Option<Order>,
}

impl Dates {
    /// Takes days that lie a year and more off what the file declares for typing errors (`2062`
    /// for `2026`), if others do not: booked there, no correction would ever find them again.
    pub(crate) fn distrust_years(&mut self, declared: DayRange) {
        let years = declared.first.year() - 1..=declared.last.year() + 1;
        let fits = |cell: &DateCell| match cell {
            DateCell::Day(day) | DateCell::Ambiguous(day) => years.contains(&day.year()),
            _ => false,
        };
        if self.cells.iter().any(fits) {
            for cell in &mut self.cells {
                if matches!(cell, DateCell::Day(_)) && !fits(cell) {
                    *cell = DateCell::Bad;
                }
            }
        }
    }
}

/// Reads a column. `used` says which codes stand in lines: only these decide the order.
pub(crate) fn read_column(
    values: &RawColumn,
    used: &[bool],
    epoch_1904: bool,
    pinned: Option<Order>,
    years: Years,
) -> Dates {
    let is_used = |code: usize| used.get(code).copied().unwrap_or(false);
    let readings: Vec<(CellKind, Reading)> = values
        .values()
        .enumerate()
        .map(|(code, (kind, text))| {
            if is_used(code) {
                (kind, read(kind, text, epoch_1904, years))
            } else {
                (CellKind::Empty, Reading::None)
            }
        })
        .collect();

    // Orders that read every open text of the column; unreadable texts decide nothing.
    let mut whole = [true; 3];
    let mut open = false;
    for (_, reading) in &readings {
        if let Reading::Open(days) = reading {
            open = true;
            for (whole, day) in whole.iter_mut().zip(days) {
                *whole &= day.is_some();
            }
        }
    }
    if let Some(pinned) = pinned {
        whole = Order::ALL.map(|order| order == pinned);
    }
    let mut ambiguous = false;
    let mut cells = Vec::with_capacity(readings.len());
    for (kind, reading) in readings {
        let cell = match (kind, reading) {
            (CellKind::Empty, _) => DateCell::Empty,
            (CellKind::Error, _) => DateCell::Error,
            (CellKind::FormulaWithoutValue, _) => DateCell::FormulaWithoutValue,
            (_, Reading::Certain(day)) => DateCell::Day(day),
            (_, Reading::None) => DateCell::Bad,
            (_, Reading::Open(days)) => choose(days, whole),
        };
        ambiguous |= matches!(cell, DateCell::Ambiguous(_));
        cells.push(cell);
    }
    let chosen = Order::ALL.into_iter().zip(whole).find(|(_, whole)| *whole);
    Dates {
        cells,
        order: chosen
            .map(|(order, _)| order)
            .filter(|_| open && !ambiguous),
    }
}

/// The day on which all orders that read the whole column agree.
fn choose(days: [Option<Day>; 3], whole: [bool; 3]) -> DateCell {
    let latest = days.into_iter().flatten().max();
    let mut agreed = None;
    for (day, whole) in days.into_iter().zip(whole) {
        match (day, agreed) {
            _ if !whole => {}
            (None, _) => {}
            (Some(day), None) => agreed = Some(day),
            (Some(day), Some(before)) if day == before => {}
            (Some(_), Some(_)) => return latest.map_or(DateCell::Bad, DateCell::Ambiguous),
        }
    }
    match (agreed, latest) {
        (Some(day), _) => DateCell::Day(day),
        // No order reads the whole column, so none of them can be trusted for this text.
        (None, Some(latest)) if whole == [false; 3] => DateCell::Ambiguous(latest),
        _ => DateCell::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(texts: &[&str]) -> Vec<String> {
        let mut column = RawColumn::default();
        for text in texts {
            column.push_value(CellKind::Text, text);
        }
        let used = vec![true; texts.len() + 1];
        let dates = read_column(&column, &used, false, None, Years::around(None));
        dates
            .cells
            .iter()
            .skip(1)
            .map(|cell| match cell {
                DateCell::Day(day) => day.to_string(),
                other => format!("{other:?}").split('(').next().unwrap().to_owned(),
            })
            .collect()
    }

    #[test]
    fn shapes_that_say_their_order() {
        for text in [
            "2026-03-01",
            "2026/3/1",
            "2026.3.1",
            "20260301",
            "2026年3月1日",
            "２０２６－０３－０１",
            "2026-03-01 08:30:00",
            "2026-03-01T08:30",
            "2026/3/1 8:30",
            "20260301083000",
            "1-Mar-26",
            "01-MAR-2026",
            "Mar 1, 2026",
            "46082",
            "46082.354",
            "2026年3月1日 8:30",
            "1-三月-26",
        ] {
            assert_eq!(days(&[text]), ["2026-03-01"], "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_bad() {
        for text in [
            "2026031",
            "2026-02-30",
            "2026-13-01",
            "1/2",
            "昨天",
            "0226-01-01",
            "46082盒",
            "8:30",
        ] {
            assert_eq!(days(&[text]), ["Bad"], "{text}");
        }
    }

    #[test]
    fn one_order_reads_the_whole_column() {
        assert_eq!(
            days(&["03/01/2026", "03/25/2026"]),
            ["2026-03-01", "2026-03-25"]
        );
        assert_eq!(
            days(&["03/01/2026", "25/01/2026"]),
            ["2026-01-03", "2026-01-25"]
        );
        assert_eq!(
            days(&["26-01-02", "26-01-31"]),
            ["2026-01-02", "2026-01-31"]
        );
        // An unreadable cell does not take the order away from the others.
        assert_eq!(days(&["25/01/2026", "?"]), ["2026-01-25", "Bad"]);
    }

    #[test]
    fn two_orders_that_disagree_are_not_guessed() {
        assert_eq!(
            days(&["03/01/2026", "04/02/2026"]),
            ["Ambiguous", "Ambiguous"]
        );
        // Both orders read `02/02/2026` alike.
        assert_eq!(
            days(&["03/01/2026", "02/02/2026"]),
            ["Ambiguous", "2026-02-02"]
        );
        // No order reads both: neither is trusted.
        assert_eq!(
            days(&["13/01/2026", "01/14/2026"]),
            ["Ambiguous", "Ambiguous"]
        );
        // Shapes that say their order stay readable beside them.
        assert_eq!(
            days(&["03/01/2026", "2026-03-01"]),
            ["Ambiguous", "2026-03-01"]
        );
    }

    #[test]
    fn a_pinned_order_decides() {
        let mut column = RawColumn::default();
        column.push_value(CellKind::Text, "03/01/2026");
        for (order, expected) in [(Order::Mdy, "2026-03-01"), (Order::Dmy, "2026-01-03")] {
            let dates = read_column(&column, &[true; 2], false, Some(order), Years::around(None));
            assert_eq!(
                dates.cells[1],
                DateCell::Day(Day::from_iso(expected).unwrap())
            );
        }
    }
}
