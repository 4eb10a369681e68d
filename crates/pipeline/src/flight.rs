//! Visits under way. What some sources brought is loaded while a slow one is still being read: its
//! bad night is not theirs.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use channelflow_collect::Collection;
use channelflow_config::Source;
use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::FuturesUnordered;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};

/// In a night, what comes within this time of what came first is loaded with it.
pub const TOGETHER: Duration = Duration::from_secs(15);

/// A visit that ended.
pub struct Visited {
    /// Place among all visits, in the order in which they were begun.
    number: usize,
    /// Who was visited.
    pub source: Source,
    /// What it brought.
    pub collection: Collection,
    /// When it ended, ISO, by the company's clock.
    pub at: String,
}

/// A visit on its way: what it brought, and when it ended.
type Visit<'f> = BoxFuture<'f, anyhow::Result<(Collection, String)>>;

/// Visits under way, and those that ended and are not loaded.
pub struct Flight<'f> {
    visiting: FuturesUnordered<BoxFuture<'f, anyhow::Result<Visited>>>,
    brought: Vec<Visited>,
    begun: usize,
    room: Arc<Semaphore>,
    together: Duration,
}

impl<'f> Flight<'f> {
    /// None yet; later at most so many at once, and what comes `together` is one landing.
    pub fn new(at_once: usize, together: Duration) -> Self {
        Flight {
            visiting: FuturesUnordered::new(),
            brought: Vec::new(),
            begun: 0,
            room: Arc::new(Semaphore::new(at_once.max(1))),
            together,
        }
    }

    /// Whether nothing is under way and nothing waits.
    pub fn is_over(&self) -> bool {
        self.visiting.is_empty() && self.brought.is_empty()
    }

    /// Begins a visit as soon as there is room.
    pub fn begin(&mut self, source: Source, visit: Visit<'f>) {
        let (number, room) = (self.begun, Arc::clone(&self.room));
        self.begun += 1;
        let visiting = async move {
            let _room = room.acquire().await;
            let (collection, at) = visit.await?;
            Ok(Visited {
                number,
                source,
                collection,
                at,
            })
        };
        self.visiting.push(visiting.boxed());
    }

    /// Does something else while the visits go on.
    ///
    /// # Errors
    /// When the warehouse fails; a source that fails is no error.
    pub async fn meanwhile<T>(
        &mut self,
        other: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<T> {
        let mut other = pin!(other);
        loop {
            tokio::select! {
                Some(visited) = self.visiting.next() => self.brought.push(visited?),
                done = &mut other => return done,
            }
        }
    }

    /// What was brought, in the order in which the visits were begun: by all that are under way, or,
    /// not `patient`, by those that end soon after the first. Nothing when `wake` comes before.
    ///
    /// # Errors
    /// As above.
    pub async fn land(
        &mut self,
        patient: bool,
        wake: impl Future<Output = ()>,
    ) -> anyhow::Result<Vec<Visited>> {
        let mut wake = pin!(wake);
        let enough = Instant::now() + self.together;
        let mut enough = (!patient && !self.brought.is_empty()).then_some(enough);
        loop {
            tokio::select! {
                visited = self.visiting.next() => match visited {
                    None => break,
                    Some(visited) => {
                        self.brought.push(visited?);
                        if !patient && enough.is_none() {
                            enough = Some(Instant::now() + self.together);
                        }
                    }
                },
                () = sleep_until(enough.unwrap_or_else(Instant::now)), if enough.is_some() => break,
                () = &mut wake, if enough.is_none() => break,
            }
        }
        self.brought.sort_by_key(|visited| visited.number);
        Ok(std::mem::take(&mut self.brought))
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    fn visit<'f>(ends: impl Future<Output = ()> + Send + 'f) -> Visit<'f> {
        let at = "2026-03-05T02:00:00+08:00".to_owned();
        ends.map(move |()| Ok((Collection::default(), at))).boxed()
    }

    fn begin<'f>(flight: &mut Flight<'f>, name: &str, ends: impl Future<Output = ()> + Send + 'f) {
        flight.begin(Source::folder(name, name), visit(ends));
    }

    fn names(visited: &[Visited]) -> Vec<&str> {
        let names = visited.iter();
        names.map(|visited| visited.source.name.as_str()).collect()
    }

    const SOON: Duration = Duration::from_millis(50);

    #[tokio::test]
    async fn what_came_is_loaded_while_a_slow_source_is_read() {
        let (answer, answered) = tokio::sync::oneshot::channel::<()>();
        let mut flight = Flight::new(8, SOON);
        begin(&mut flight, "slow", answered.map(|_| ()));
        begin(&mut flight, "quick", ready(()));

        let first = flight.land(false, pending()).await.unwrap();
        assert_eq!(names(&first), ["quick"]);

        // It ends while the other is loaded.
        let loading = async {
            answer.send(()).unwrap();
            tokio::time::sleep(SOON).await;
            Ok("loaded")
        };
        assert_eq!(flight.meanwhile(loading).await.unwrap(), "loaded");
        assert!(!flight.is_over());
        let second = flight.land(false, pending()).await.unwrap();
        assert_eq!(names(&second), ["slow"]);
        assert!(flight.is_over());
    }

    #[tokio::test]
    async fn an_ordinary_run_waits_for_all_and_takes_them_in_order() {
        let mut flight = Flight::new(8, SOON);
        begin(&mut flight, "slow", tokio::time::sleep(SOON * 4));
        begin(&mut flight, "quick", ready(()));
        let all = flight.land(true, pending()).await.unwrap();
        assert_eq!(names(&all), ["slow", "quick"]);
    }

    #[tokio::test]
    async fn another_source_that_is_due_is_not_waited_with() {
        let mut flight = Flight::new(1, SOON);
        begin(&mut flight, "endless", pending());
        assert!(flight.land(false, ready(())).await.unwrap().is_empty());
        // There is room for one visit at a time.
        begin(&mut flight, "quick", ready(()));
        let wake = tokio::time::sleep(SOON);
        assert!(flight.land(false, wake).await.unwrap().is_empty());
        assert!(!flight.is_over());
    }
}
