//! `channelflow serve --schedule`: the nightly run at its time, for a machine without cron.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use channelflow_model::Sentence;
use channelflow_model::messages::say;
use channelflow_pipeline::clock::Clock;
use clap::Args;
use jiff::civil::DateTime;

use crate::commands::run::{self, stop_on_interrupt};
use crate::exit::{Exit, usage};
use crate::output;
use crate::session::{Context, Session, clock, open_company};

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Start the nightly run whenever `nightly.at` says so, until stopped
    #[arg(long, required = true)]
    schedule: bool,
    /// Stop after so many runs
    #[arg(long, value_name = "RUNS")]
    runs: Option<u32>,
}

/// Runs every night. A night that a kill or a power cut left unfinished is made up for at once.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let company = open_company(context)?;
    let pattern = company.config.nightly.at.clone();
    let clock = Arc::new(clock());
    let stop = stop_on_interrupt(company.lang);
    let mut unfinished = was_killed(context).await?;
    let mut runs = 0;
    while !stop.load(Ordering::Relaxed) && arguments.runs.is_none_or(|most| runs < most) {
        if !std::mem::take(&mut unfinished) {
            let at = next(&pattern, clock.civil())?;
            output::note(&say(
                company.lang,
                "serve_next",
                &[("at", &at.strftime("%Y-%m-%d %H:%M"))],
            ));
            clock.wait_until(at, &stop).await;
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
        night(context, &clock, &stop).await;
        runs += 1;
    }
    Ok(Exit::Done)
}

/// One night; a night that fails is said, and the next one comes all the same.
async fn night(context: &Context, clock: &Arc<Clock>, stop: &Arc<AtomicBool>) {
    if let Err(error) = run::nightly(context, Arc::clone(clock), Arc::clone(stop)).await {
        crate::exit::say_error(&error, context.lang.unwrap_or_default());
    }
}

/// The next time a cron pattern names after now.
pub fn next(pattern: &str, now: DateTime) -> anyhow::Result<DateTime> {
    let wrong = |cause: String| {
        usage(
            Sentence::new("nightly_bad_pattern")
                .fact("pattern", pattern)
                .fact("cause", cause),
        )
    };
    let cron: croner::Cron = pattern
        .parse()
        .map_err(|error: croner::errors::CronError| wrong(error.to_string()))?;
    // The pattern is about the clock on the wall; a zone without changes keeps it there.
    let now = now
        .to_zoned(jiff::tz::TimeZone::UTC)
        .map_err(|error| wrong(error.to_string()))?;
    let found = cron
        .find_next_occurrence(&now, false)
        .map_err(|error| wrong(error.to_string()))?;
    Ok(found.datetime())
}

/// Whether the newest run never ended.
async fn was_killed(context: &Context) -> anyhow::Result<bool> {
    let session = Session::open(context).await?;
    let newest = session.warehouse.runs(1).await?;
    session.warehouse.close().await;
    Ok(newest.first().is_some_and(|run| run.finished_at.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_night_is_found_on_the_clock_on_the_wall() {
        let at = |text: &str| text.parse::<DateTime>().unwrap();
        for (pattern, now, found) in [
            ("0 2 * * *", "2026-03-05T01:59:59", "2026-03-05T02:00:00"),
            ("0 2 * * *", "2026-03-05T02:00:00", "2026-03-06T02:00:00"),
            ("30 1 * * 1-5", "2026-03-06T09:00:00", "2026-03-09T01:30:00"),
        ] {
            assert_eq!(next(pattern, at(now)).unwrap(), at(found), "{pattern}");
        }
        assert!(next("every night", at("2026-03-05T00:00:00")).is_err());
    }
}
