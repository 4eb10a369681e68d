//! The company's clock. A test stops it; then waiting moves it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::civil::DateTime;

/// Slept at a time, so that a stop is heard and a clock that is set is noticed.
const SLICE: Duration = Duration::from_millis(500);

/// What time it is.
#[derive(Debug, Default)]
pub struct Clock {
    stopped: Option<Mutex<String>>,
}

impl Clock {
    /// The clock on the wall; or one that stands at `stopped`, an ISO date and time with offset.
    pub fn new(stopped: Option<String>) -> Self {
        Clock {
            stopped: stopped.map(Mutex::new),
        }
    }

    /// Now, as an ISO date and time with offset.
    pub fn now(&self) -> String {
        match &self.stopped {
            Some(stopped) => stopped
                .lock()
                .map_or_else(|poisoned| poisoned.into_inner().clone(), |at| at.clone()),
            None => jiff::Zoned::now()
                .strftime("%Y-%m-%dT%H:%M:%S%:z")
                .to_string(),
        }
    }

    /// Now, as the clock on the wall shows it.
    pub fn civil(&self) -> DateTime {
        civil(&self.now()).unwrap_or_else(|| jiff::Zoned::now().datetime())
    }

    /// Waits until the clock shows this time, or until `stop` is set.
    pub async fn wait_until(&self, at: DateTime, stop: &AtomicBool) {
        if let Some(stopped) = &self.stopped {
            if let Ok(mut shown) = stopped.lock()
                && civil(&shown).is_some_and(|now| now < at)
            {
                let offset = shown.get(19..).unwrap_or_default().to_owned();
                *shown = format!("{}{offset}", at.strftime("%Y-%m-%dT%H:%M:%S"));
            }
            return;
        }
        while self.civil() < at && !stop.load(Ordering::Relaxed) {
            tokio::time::sleep(SLICE).await;
        }
    }

    /// The same beside something else that goes on: a clock that stands does not move for it.
    pub async fn wait_beside(&self, at: DateTime, stop: &AtomicBool) {
        if self.stopped.is_some() {
            return std::future::pending().await;
        }
        self.wait_until(at, stop).await;
    }
}

/// Date and time of an ISO text, whatever its offset.
pub fn civil(iso: &str) -> Option<DateTime> {
    iso.get(..19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stopped_clock_jumps_to_what_is_waited_for_and_never_back() {
        let clock = Clock::new(Some("2026-03-05T02:00:00+08:00".to_owned()));
        let stop = AtomicBool::new(false);
        clock
            .wait_until("2026-03-05T03:30:00".parse().unwrap(), &stop)
            .await;
        assert_eq!(clock.now(), "2026-03-05T03:30:00+08:00");
        clock
            .wait_until("2026-03-05T03:00:00".parse().unwrap(), &stop)
            .await;
        assert_eq!(clock.now(), "2026-03-05T03:30:00+08:00");
    }
}
