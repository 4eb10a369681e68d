//! Which days a visit asks for, and which day a row is of.

use channelflow_model::{Day, DayRange, Sentence};

use crate::description::Resource;

/// The days to ask for: those after the last that is registered and the last few once more, because
/// people correct them; up to yesterday, because today is not over. `None` when there is none.
pub(crate) fn window(
    resource: &Resource,
    cursor: Option<&str>,
    today: Day,
) -> Result<Option<DayRange>, Sentence> {
    if resource.watermark.is_none() {
        return Ok(DayRange::new(today, today));
    }
    let Some(last) = today.plus_days(-1) else {
        return Ok(None);
    };
    let first = match read_to(resource, cursor)? {
        Some(read) => read
            .plus_days(1 - i64::from(resource.look_back))
            .unwrap_or(Day::FIRST)
            .max(resource.first_day),
        None => resource.first_day,
    };
    Ok(DayRange::new(first, last))
}

/// The day up to which a resource was read before.
pub(crate) fn read_to(resource: &Resource, cursor: Option<&str>) -> Result<Option<Day>, Sentence> {
    let read = |text| {
        Day::from_iso(text).ok_or_else(|| {
            Sentence::new("database_cursor")
                .fact("resource", &resource.name)
                .fact("text", text)
        })
    };
    cursor.map(read).transpose()
}

/// The day at the start of a text: `2026-03-01`, `2026/03/01`, `20260301`, whatever time follows.
pub(crate) fn day_of(text: &[u8]) -> Option<Day> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        let mut number = 0;
        for digit in digits {
            number = number * 10 + i32::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        }
        Some(number)
    };
    let behind = |place: usize| text.get(place).is_none_or(|c| !c.is_ascii_digit());
    let separator = text.get(4)?;
    if matches!(separator, b'-' | b'/') && text.get(7) == Some(separator) && behind(10) {
        return Day::from_number(number(0, 4)? * 10_000 + number(5, 7)? * 100 + number(8, 10)?);
    }
    behind(8).then(|| Day::from_number(number(0, 8)?)).flatten()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::description::{Engine, WhenEmpty};
    use crate::query::Query;

    fn day(text: &str) -> Day {
        Day::from_iso(text).unwrap()
    }

    pub(crate) fn sales(look_back: u32) -> Resource {
        Resource {
            name: "销售".to_owned(),
            query: Query::parse("SELECT 1", Engine::Sqlite).unwrap(),
            watermark: Some("d".to_owned()),
            first_day: day("2026-01-01"),
            look_back,
            columns: Vec::new(),
            statement_seconds: 1,
            compact_days: false,
            when_empty: WhenEmpty::Declare,
            rows: 1,
            distributor: None,
        }
    }

    #[test]
    fn days_already_read_are_read_again_as_far_as_the_look_back_says() {
        for (look_back, cursor, today, expected) in [
            (7, None, "2026-03-10", "2026-01-01..2026-03-09"),
            (
                7,
                Some("2026-03-08"),
                "2026-03-10",
                "2026-03-02..2026-03-09",
            ),
            (
                1,
                Some("2026-03-09"),
                "2026-03-10",
                "2026-03-09..2026-03-09",
            ),
            // A week without a visit: nothing between is left out.
            (
                2,
                Some("2026-03-02"),
                "2026-03-10",
                "2026-03-01..2026-03-09",
            ),
            (0, Some("2026-03-09"), "2026-03-10", ""),
            (
                90,
                Some("2026-01-05"),
                "2026-01-07",
                "2026-01-01..2026-01-06",
            ),
            (7, None, "2026-01-01", ""),
        ] {
            let found = window(&sales(look_back), cursor, day(today)).unwrap();
            let found = found.map_or(String::new(), |range| range.to_string());
            assert_eq!(found, expected, "{look_back} {cursor:?} {today}");
        }
        let wrong = window(&sales(7), Some("soon"), day("2026-03-10"));
        assert_eq!(wrong.unwrap_err().code(), "database_cursor");
    }

    #[test]
    fn a_snapshot_is_of_today() {
        let stock = Resource {
            watermark: None,
            ..sales(7)
        };
        let found = window(&stock, Some("2026-03-01"), day("2026-03-10")).unwrap();
        assert_eq!(found.unwrap().to_string(), "2026-03-10..2026-03-10");
    }

    #[test]
    fn days_of_rows() {
        for (text, expected) in [
            ("2026-03-01", "2026-03-01"),
            ("2026-03-01 23:59:59.999", "2026-03-01"),
            ("2026-03-01T08:00:00+08:00", "2026-03-01"),
            ("2026/03/01 08:00", "2026-03-01"),
            ("20260301", "2026-03-01"),
            ("20260301 080000", "2026-03-01"),
            ("2026-02-30", ""),
            ("2026-3-1", ""),
            ("2026031", ""),
            ("202603011", ""),
            ("01.03.2026", ""),
            ("", ""),
        ] {
            let found = day_of(text.as_bytes()).map_or(String::new(), |day| day.to_string());
            assert_eq!(found, expected, "{text}");
        }
    }
}
