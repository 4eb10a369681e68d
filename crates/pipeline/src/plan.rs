//! The plan of a night: which sources are due now, what is waited for, when it is over. Pure: times
//! come in, the next step goes out.

use std::collections::BTreeMap;

use channelflow_config::{Nightly, Source, TimeOfDay};
use jiff::civil::DateTime;

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<S = String> {
    /// Visit these sources now, in the order of the settings.
    Visit(Vec<S>),
    /// Nothing is due before this time.
    WaitUntil(DateTime),
    /// Every source was read, or has no more time.
    Over,
}

/// How a source stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Visits so far.
    pub tries: u32,
    /// When it was read to its end.
    pub done: Option<DateTime>,
    /// When its last visit failed.
    pub failed: Option<DateTime>,
    /// Whether another visit may help.
    pub passing: bool,
    /// Whether it is being visited.
    pub under_way: bool,
}

/// A night under way.
#[derive(Debug, Clone)]
pub struct Night {
    begun: DateTime,
    until: DateTime,
    tries: u32,
    retry_minutes: i64,
    standings: BTreeMap<String, Standing>,
}

impl Night {
    /// A night that begins now.
    pub fn begin(nightly: &Nightly, sources: &[Source], now: DateTime) -> Self {
        Night {
            begun: now,
            until: next_at(now, nightly.until),
            tries: nightly.tries,
            retry_minutes: i64::from(nightly.retry_minutes),
            standings: sources
                .iter()
                .map(|source| (source.name.clone(), Standing::default()))
                .collect(),
        }
    }

    /// When nothing is waited for any longer.
    pub fn until(&self) -> DateTime {
        self.until
    }

    /// How a source stands.
    pub fn standing(&self, source: &str) -> Standing {
        self.standings.get(source).copied().unwrap_or_default()
    }

    /// Notes that a visit begins.
    pub fn set_out(&mut self, source: &str) {
        let standing = self.standings.entry(source.to_owned()).or_default();
        standing.under_way = true;
    }

    /// Notes how a visit ended. `passing`: it failed, and another visit may help.
    pub fn visited(&mut self, source: &str, now: DateTime, failed: Option<bool>) {
        let standing = self.standings.entry(source.to_owned()).or_default();
        standing.tries += 1;
        standing.under_way = false;
        match failed {
            None => standing.done = Some(now),
            Some(passing) => {
                standing.failed = Some(now);
                standing.passing = passing;
            }
        }
    }

    /// Whether a source is through: read, or given up.
    fn is_through(&self, source: &Source, now: DateTime) -> bool {
        let standing = self.standing(&source.name);
        let failed_for_good =
            standing.failed.is_some() && (!standing.passing || standing.tries >= self.tries);
        standing.done.is_some() || failed_for_good || now >= self.closes(source)
    }

    /// When the last visit to a source may begin, unless it was never visited: its deadline, or
    /// the end of the night.
    fn closes(&self, source: &Source) -> DateTime {
        let deadline = source.times.deadline;
        deadline.map_or(self.until, |deadline| {
            next_at(self.begun, deadline).min(self.until)
        })
    }

    /// The earliest time a source may be visited; `None`: not before what it waits for is through.
    fn due(&self, source: &Source, sources: &[Source], now: DateTime) -> Option<DateTime> {
        let waits = source.times.after.iter().any(|before| {
            let before = sources.iter().find(|other| other.name == *before);
            before.is_some_and(|before| !self.is_through(before, now))
        });
        if waits {
            return None;
        }
        let again = self
            .standing(&source.name)
            .failed
            .map(|failed| plus_minutes(failed, self.retry_minutes));
        let from = again.unwrap_or(now).max(now);
        let Some(window) = source.times.window else {
            return Some(from);
        };
        let minute = time_of(from);
        Some(if window.is_open(minute) {
            from
        } else {
            next_at(from, window.opens)
        })
    }

    /// What is to be done now, beside the visits under way.
    pub fn next(&self, sources: &[Source], now: DateTime) -> Step {
        let mut due = Vec::new();
        let mut earliest: Option<DateTime> = None;
        for source in sources {
            if self.standing(&source.name).under_way {
                continue;
            }
            // A source without a first visit gets it even when the night began too late.
            let first = self.standing(&source.name).tries == 0;
            let through = self.is_through(source, now);
            let open = source
                .times
                .window
                .is_none_or(|window| window.is_open(time_of(now)));
            if through && !(first && open) {
                continue;
            }
            match self.due(source, sources, now) {
                Some(at) if at <= now => due.push(source.name.clone()),
                Some(at) if at < self.closes(source) => {
                    earliest = Some(earliest.map_or(at, |known| known.min(at)));
                }
                _ => {}
            }
        }
        match (due.is_empty(), earliest) {
            (false, _) => Step::Visit(due),
            (true, Some(at)) => Step::WaitUntil(at),
            (true, None) => Step::Over,
        }
    }

    /// Whether a source missed its deadline: it was not read by then.
    pub fn is_late(&self, source: &Source, now: DateTime) -> bool {
        let Some(deadline) = source.times.deadline else {
            return false;
        };
        let deadline = next_at(self.begun, deadline);
        match self.standing(&source.name).done {
            Some(done) => done > deadline,
            None => now >= deadline,
        }
    }
}

fn time_of(at: DateTime) -> TimeOfDay {
    TimeOfDay::of(
        u16::try_from(at.hour()).unwrap_or(0),
        u16::try_from(at.minute()).unwrap_or(0),
    )
}

/// The next time the clock shows this time of day, now included.
pub fn next_at(now: DateTime, time: TimeOfDay) -> DateTime {
    let midnight = now.date().to_datetime(jiff::civil::Time::midnight());
    let at = plus_minutes(midnight, i64::from(time.minutes()));
    if at >= now {
        at
    } else {
        plus_minutes(at, 24 * 60)
    }
}

fn plus_minutes(at: DateTime, minutes: i64) -> DateTime {
    at.checked_add(jiff::Span::new().minutes(minutes))
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use channelflow_config::Times;

    use super::*;

    fn at(text: &str) -> DateTime {
        format!("2026-03-05T{text}:00").parse().unwrap()
    }

    fn source(name: &str, times: Times) -> Source {
        Source {
            times,
            ..Source::folder(name, name)
        }
    }

    fn hours(text: &str) -> channelflow_config::DailyWindow {
        let (opens, closes) = text.split_once('-').unwrap();
        channelflow_config::DailyWindow {
            opens: opens.parse().unwrap(),
            closes: closes.parse().unwrap(),
        }
    }

    #[test]
    fn sources_wait_for_their_window_for_each_other_and_for_another_try() {
        let sources = [
            source("erp", Times::default()),
            source(
                "jiuzhou",
                Times {
                    after: vec!["erp".into()],
                    ..Times::default()
                },
            ),
            source(
                "sanchuan",
                Times {
                    window: Some(hours("03:00-05:00")),
                    ..Times::default()
                },
            ),
        ];
        let mut night = Night::begin(&Nightly::default(), &sources, at("02:00"));
        assert_eq!(
            night.next(&sources, at("02:00")),
            Step::Visit(vec!["erp".into()])
        );
        // The connection was cut: again after fifteen minutes, and the other keeps waiting.
        night.visited("erp", at("02:05"), Some(true));
        assert_eq!(
            night.next(&sources, at("02:05")),
            Step::WaitUntil(at("02:20"))
        );
        night.visited("erp", at("02:20"), None);
        assert_eq!(
            night.next(&sources, at("02:20")),
            Step::Visit(vec!["jiuzhou".into()])
        );
        // A wrong password is not tried again.
        night.visited("jiuzhou", at("02:21"), Some(false));
        assert_eq!(
            night.next(&sources, at("02:21")),
            Step::WaitUntil(at("03:00"))
        );
        night.visited("sanchuan", at("03:01"), None);
        assert_eq!(night.next(&sources, at("03:01")), Step::Over);
    }

    #[test]
    fn a_source_that_gives_up_lets_the_others_go_on() {
        let sources = [
            source("erp", Times::default()),
            source(
                "jiuzhou",
                Times {
                    after: vec!["erp".into()],
                    deadline: Some("06:30".parse().unwrap()),
                    ..Times::default()
                },
            ),
        ];
        let mut night = Night::begin(&Nightly::default(), &sources, at("02:00"));
        for failed in ["02:00", "02:15", "02:30"] {
            assert_eq!(
                night.next(&sources, at(failed)),
                Step::Visit(vec!["erp".into()])
            );
            night.visited("erp", at(failed), Some(true));
        }
        assert_eq!(
            night.next(&sources, at("02:30")),
            Step::Visit(vec!["jiuzhou".into()])
        );
        night.visited("jiuzhou", at("06:31"), None);
        assert!(night.is_late(&sources[1], at("06:31")));
        assert!(!night.is_late(&sources[0], at("06:31")));
        assert_eq!(night.next(&sources, at("06:31")), Step::Over);
    }

    #[test]
    fn nothing_is_waited_for_past_the_end_of_the_night() {
        let day = source(
            "by day",
            Times {
                window: Some(hours("09:00-17:00")),
                ..Times::default()
            },
        );
        let plain = source("plain", Times::default());
        let sources = [day, plain];
        let mut night = Night::begin(&Nightly::default(), &sources, at("02:00"));
        night.visited("plain", at("02:01"), None);
        assert_eq!(night.next(&sources, at("02:01")), Step::Over);

        // Started by hand in the afternoon everything that is open is visited once.
        let late = Night::begin(&Nightly::default(), &sources, at("10:00"));
        assert_eq!(
            late.next(&sources, at("10:00")),
            Step::Visit(vec!["by day".into(), "plain".into()])
        );
    }
}
