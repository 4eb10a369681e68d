//! What the SQL of several engines has in common.

use channelflow_model::{Day, DayRange};

use crate::description::Resource;
use crate::query::Mark;

/// The days of a range as a query gets them.
pub(crate) struct Days {
    from: String,
    to: String,
    until: String,
}

impl Days {
    /// The text for a mark.
    pub(crate) fn of(&self, mark: Mark) -> &str {
        match mark {
            Mark::From => &self.from,
            Mark::To => &self.to,
            Mark::Until => &self.until,
        }
    }

    /// In the order of [`Mark::number`].
    pub(crate) fn in_order(&self) -> [&str; 3] {
        [&self.from, &self.to, &self.until]
    }
}

/// The days of a range as the queries of a resource get them.
pub(crate) fn days(resource: &Resource, range: DayRange) -> Days {
    Days {
        from: resource.day_text(range.first),
        to: resource.day_text(range.last),
        until: resource.day_text(until(range)),
    }
}

/// The query of a resource in the order of its days, for a protocol that takes no parameters. What is
/// written instead are days: digits and hyphens, checked by their type. `quote` is what names of
/// columns stand between.
pub(crate) fn with_days_written(resource: &Resource, range: DayRange, quote: char) -> String {
    let days = days(resource, range);
    let query = resource
        .query
        .text(|mark: Mark| format!("'{}'", days.of(mark)));
    let order = resource.watermark.as_ref().map_or(String::new(), |column| {
        let doubled = column.replace(quote, &format!("{quote}{quote}"));
        format!(" ORDER BY q.{quote}{doubled}{quote}")
    });
    format!("SELECT * FROM (\n{query}) AS q{order}")
}

/// The day after the last. The last day this program knows has none, and no row either.
pub(crate) fn until(range: DayRange) -> Day {
    range.last.plus_days(1).unwrap_or(range.last)
}
