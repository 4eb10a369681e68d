//! Values of SQL Server as texts, exactly.

use tiberius::time::chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use tiberius::{ColumnData, FromSql, numeric::Numeric};

use crate::record::Record;

/// Parts of a second of the old `datetime`.
const FRAGMENTS: u32 = 300;

/// Appends a value and counts characters that could not be read; says whether it is a text at all.
pub(crate) fn value(cell: &ColumnData<'static>, record: &mut Record, replaced: &mut u64) -> bool {
    match cell {
        ColumnData::U8(value) => plain(*value, record),
        ColumnData::I16(value) => plain(*value, record),
        ColumnData::I32(value) => plain(*value, record),
        ColumnData::I64(value) => plain(*value, record),
        ColumnData::F32(value) => plain(*value, record),
        ColumnData::F64(value) => plain(*value, record),
        ColumnData::Bit(value) => plain(value.map(u8::from), record),
        ColumnData::Guid(value) => plain(*value, record),
        ColumnData::Numeric(value) => plain(value.map(decimal), record),
        ColumnData::String(Some(text)) => {
            *replaced += text.matches(char::REPLACEMENT_CHARACTER).count() as u64;
            record.text(text.as_bytes());
        }
        ColumnData::Xml(Some(xml)) => record.text(xml.as_ref().as_ref().as_bytes()),
        ColumnData::String(None) | ColumnData::Xml(None) | ColumnData::Binary(None) => {
            record.null();
        }
        ColumnData::Binary(Some(_)) => return false,
        ColumnData::DateTime(None) => record.null(),
        ColumnData::DateTime(Some(time)) => {
            let Ok(Some(day)) = NaiveDateTime::from_sql(cell) else {
                return false;
            };
            let text = format!("{} {}", day.date(), clock(time.seconds_fragments()));
            record.plain(text);
        }
        ColumnData::SmallDateTime(_) | ColumnData::DateTime2(_) => {
            return time(NaiveDateTime::from_sql(cell), record);
        }
        ColumnData::Date(_) => return time(NaiveDate::from_sql(cell), record),
        ColumnData::Time(_) => return time(NaiveTime::from_sql(cell), record),
        ColumnData::DateTimeOffset(_) => {
            return time(DateTime::<FixedOffset>::from_sql(cell), record);
        }
    }
    true
}

/// Time of day of the old `datetime`, with its milliseconds as SQL Server shows them.
fn clock(fragments: u32) -> String {
    let (seconds, part) = (fragments / FRAGMENTS, fragments % FRAGMENTS);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let seconds = seconds % 60;
    if part == 0 {
        return format!("{hours:02}:{minutes:02}:{seconds:02}");
    }
    let milliseconds = (part * 10 + 1) / 3;
    format!("{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}")
}

fn plain(value: Option<impl std::fmt::Display>, record: &mut Record) {
    match value {
        Some(value) => record.plain(value),
        None => record.null(),
    }
}

/// A day or time; one that no calendar has is no text.
fn time<T: std::fmt::Display, E>(value: Result<Option<T>, E>, record: &mut Record) -> bool {
    let is_time = value.is_ok();
    plain(value.unwrap_or(None), record);
    is_time
}

/// `-0.05` of -5 and two places.
fn decimal(number: Numeric) -> String {
    let places = usize::from(number.scale());
    let digits = number.value().unsigned_abs().to_string();
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if number.value() < 0 { "-" } else { "" };
    if places == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_time_of_day_has_the_milliseconds_the_server_shows() {
        for (fragments, text) in [
            (0, "00:00:00"),
            (1, "00:00:00.003"),
            (2, "00:00:00.007"),
            (FRAGMENTS * 86_399 + 299, "23:59:59.997"),
        ] {
            assert_eq!(clock(fragments), text);
        }
    }

    #[test]
    fn decimals_keep_every_digit() {
        for (value, scale, text) in [
            (-5, 2, "-0.05"),
            (0, 4, "0.0000"),
            (12_345, 0, "12345"),
            (12_345, 4, "1.2345"),
            (i128::from(i64::MAX) * 1000, 3, "9223372036854775807.000"),
        ] {
            assert_eq!(decimal(Numeric::new_with_scale(value, scale)), text);
        }
    }
}
