//! Which days are asked for: from where the last registered answer ended, some days of that again,
//! to yesterday.

use channelflow_model::{Day, DayRange};
use jiff::civil::Date;

use crate::description::List;

/// What one question asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// From a day to a day.
    Days(DayRange),
    /// What is so on this day.
    Today(Day),
}

impl Span {
    /// The name of what answers it, in the words in which people name such files: days in it are
    /// read as those the file speaks for.
    pub(crate) fn file_name(self, list: &List, extension: &str) -> String {
        let name = list.name.trim();
        match self {
            Span::Days(range) => {
                format!("{name} {}至{}.{extension}", range.first, range.last)
            }
            Span::Today(day) => format!("{name} {day}.{extension}"),
        }
    }

    /// How far its list is read once it is registered.
    pub(crate) fn last(self) -> Day {
        match self {
            Span::Days(range) => range.last,
            Span::Today(day) => day,
        }
    }

    /// A template with its days filled in.
    pub(crate) fn fill(self, template: &str, list: &List) -> String {
        let (from, until) = match self {
            Span::Days(range) => (range.first, range.last),
            Span::Today(day) => (day, day),
        };
        let mut filled = template.to_owned();
        for (name, day) in [("{from}", from), ("{to}", until), ("{day}", until)] {
            if filled.contains(name) {
                filled = filled.replace(name, &written(day, &list.date).unwrap_or_default());
            }
        }
        filled
    }
}

/// A day in a format of `strftime`; `None` when the format is not understood.
pub(crate) fn written(day: Day, format: &str) -> Option<String> {
    let year = i16::try_from(day.year()).ok()?;
    let month = i8::try_from(day.month()).ok()?;
    let date = Date::new(year, month, i8::try_from(day.day()).ok()?).ok()?;
    let written = jiff::fmt::strtime::format(format, date).ok()?;
    written
        .contains(|c: char| c.is_ascii_digit())
        .then_some(written)
}

/// The questions of a visit, in order; none when everything until yesterday is registered and
/// nothing is asked for again.
pub(crate) fn questions(list: &List, cursor: Option<&str>, today: Day) -> Vec<Span> {
    if !list.asks_for_days() {
        return vec![Span::Today(today)];
    }
    let again = i64::from(list.days);
    let known = cursor.and_then(Day::from_iso);
    let first = match (known, list.first_day) {
        (Some(known), begin) => {
            let next = known.plus_days(1 - again);
            // What lies before the beginning was never asked for.
            next.map(|next| begin.map_or(next, |begin| begin.max(next)))
        }
        (None, Some(begin)) => Some(begin),
        (None, None) => today.plus_days(-again.max(1)),
    };
    let (Some(mut first), Some(yesterday)) = (first, today.plus_days(-1)) else {
        return Vec::new();
    };
    let most = i64::from(list.most_days.unwrap_or(u16::MAX));
    let mut questions = Vec::new();
    while first <= yesterday {
        let until = first
            .plus_days(most - 1)
            .map_or(yesterday, |until| until.min(yesterday));
        questions.extend(DayRange::new(first, until).map(Span::Days));
        let Some(next) = until.plus_days(1) else {
            break;
        };
        first = next;
    }
    questions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_are_asked_for() {
        let today = Day::from_iso("2026-03-01").unwrap();
        let asked = |more: &str, cursor: Option<&str>| {
            let text = format!("name = '销售'\npage = 'q?a={{from}}&b={{to}}'\n{more}");
            let list: List = toml::from_str(&text).unwrap();
            let spans = questions(&list, cursor, today);
            let names = spans.iter().map(|span| span.file_name(&list, "csv"));
            names.collect::<Vec<_>>().join(" | ")
        };
        for (more, cursor, names) in [
            ("", None, "销售 2026-02-22至2026-02-28.csv"),
            ("days = 0", None, "销售 2026-02-28至2026-02-28.csv"),
            ("", Some("2026-02-27"), "销售 2026-02-21至2026-02-28.csv"),
            (
                "days = 0",
                Some("2026-02-27"),
                "销售 2026-02-28至2026-02-28.csv",
            ),
            ("days = 0", Some("2026-02-28"), ""),
            (
                "first_day = '2026-01-01'\nmost_days = 31",
                None,
                "销售 2026-01-01至2026-01-31.csv | 销售 2026-02-01至2026-02-28.csv",
            ),
            (
                "first_day = '2026-02-26'",
                Some("2026-02-27"),
                "销售 2026-02-26至2026-02-28.csv",
            ),
        ] {
            assert_eq!(asked(more, cursor), names, "{more} {cursor:?}");
        }
        let stock: List = toml::from_str("name = '库存'\npage = 'x'").unwrap();
        let spans = questions(&stock, Some("2026-03-01"), today);
        assert_eq!(spans, [Span::Today(today)]);
        assert_eq!(spans[0].file_name(&stock, "csv"), "库存 2026-03-01.csv");
    }

    #[test]
    fn days_are_written_as_the_portal_wants_them() {
        let list: List = toml::from_str("name = 'x'\npage = '{from}'\ndate = '%Y%m%d'").unwrap();
        let range = DayRange::new(
            Day::from_iso("2026-02-01").unwrap(),
            Day::from_iso("2026-02-28").unwrap(),
        );
        let span = Span::Days(range.unwrap());
        assert_eq!(
            span.fill("{from}-{to}-{day}", &list),
            "20260201-20260228-20260228"
        );
        assert_eq!(written(span.last(), "%Q!"), None);
    }
}
