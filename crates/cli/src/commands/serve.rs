//! `channelflow serve --schedule`: the nightly run at its time, for a machine without cron; and by
//! day what arrives in watched folders.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use channelflow_model::messages::say;
use channelflow_model::{Lang, Sentence};
use channelflow_pipeline::clock::Clock;
use channelflow_pipeline::collect::Watched;
use channelflow_pipeline::company::Company;
use channelflow_pipeline::run::WATCH;
use clap::Args;
use jiff::civil::DateTime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

use crate::commands::run::{self, stop_on_interrupt};
use crate::exit::{Exit, Locked, say_error, usage};
use crate::inboxes::{self, LOOK_EVERY};
use crate::output;
use crate::session::{Context, Session, clock, open_company};

/// What arrived is tried again after so long when another process is at work.
const TRY_AGAIN: Duration = Duration::from_secs(5);

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

/// Runs every night, and by day what arrives in watched folders. A night that a kill or a power cut
/// left unfinished is made up for at once.
pub async fn execute(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let company = open_company(context)?;
    let pattern = company.config.nightly.at.clone();
    let clock = Arc::new(clock());
    let stop = stop_on_interrupt(company.lang);
    let mut day = Day::begin(&company);
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
            day.until(at, context, &clock, &stop).await;
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
        say_error(&error, context.lang.unwrap_or_default());
    }
}

/// What arrives in watched folders between two nights. It is loaded here, in turn with the nights,
/// so that neither disturbs the other.
struct Day {
    lang: Lang,
    arrivals: Option<UnboundedReceiver<Watched>>,
    /// What arrived and is not loaded.
    waiting: Watched,
    /// Not tried before.
    again: Instant,
    /// Why it is waiting, as it was said.
    said: Option<String>,
}

impl Day {
    fn begin(company: &Company) -> Self {
        Day {
            lang: company.lang,
            arrivals: inboxes::watch(company),
            waiting: Watched::new(),
            again: Instant::now(),
            said: None,
        }
    }

    /// Waits for a time, or for `stop`, and loads what arrives until then.
    async fn until(
        &mut self,
        at: DateTime,
        context: &Context,
        clock: &Arc<Clock>,
        stop: &Arc<AtomicBool>,
    ) {
        loop {
            tokio::select! {
                biased;
                () = clock.wait_until(at, stop) => return,
                arrived = next_arrival(&mut self.arrivals) => self.arrived(arrived),
                () = sleep_until(self.again), if !self.waiting.is_empty() => {
                    self.load(context, clock, stop).await;
                }
            }
        }
    }

    fn arrived(&mut self, arrived: Option<Watched>) {
        let Some(arrived) = arrived else {
            self.arrivals = None;
            say_error(&Sentence::new("watch_ended").into(), self.lang);
            return;
        };
        for (source, files) in arrived {
            self.waiting.entry(source).or_default().extend(files);
        }
        self.again = Instant::now();
    }

    /// Loads what is waiting. What cannot be loaded now waits on; why is said once.
    async fn load(&mut self, context: &Context, clock: &Arc<Clock>, stop: &Arc<AtomicBool>) {
        let (clock, stop) = (Arc::clone(clock), Arc::clone(stop));
        let Err(error) = run::watched(context, clock, stop, &self.waiting).await else {
            self.waiting.clear();
            self.said = None;
            return;
        };
        let locked = error.is::<Locked>();
        self.again = Instant::now() + if locked { TRY_AGAIN } else { LOOK_EVERY };
        // There are two locks; which one is held is nobody's concern.
        let why = if locked {
            String::new()
        } else {
            format!("{error:#}")
        };
        if self.said.as_ref() == Some(&why) {
            return;
        }
        self.said = Some(why);
        if locked {
            let files = self.waiting.values().flatten().count();
            output::note(&say(self.lang, "watch_locked", &[("files", &files)]));
        } else {
            say_error(&error, self.lang);
        }
    }
}

/// What arrived; forever waited for when nothing is watched.
async fn next_arrival(arrivals: &mut Option<UnboundedReceiver<Watched>>) -> Option<Watched> {
    match arrivals {
        Some(arrivals) => arrivals.recv().await,
        None => std::future::pending().await,
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

/// Whether the newest run never ended. What a watched folder brought is simply there still.
async fn was_killed(context: &Context) -> anyhow::Result<bool> {
    let session = Session::open(context).await?;
    let newest = session.warehouse.runs(1).await?;
    session.warehouse.close().await;
    Ok(newest
        .first()
        .is_some_and(|run| run.finished_at.is_empty() && run.command != WATCH))
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
