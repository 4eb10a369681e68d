//! Loads that overlap keep the order of their files.
//!
//! Loads of different distributors share nothing but the numbers they are given and their places in
//! the feed. So a load takes its numbers after the one before it has, and ends after that one has
//! ended: a run that loads several files at a time numbers everything as one that does not, and
//! what was stored when it is killed is a beginning of its files. What lies between, comparing and
//! writing lines, overlaps.

use futures::channel::oneshot::{Receiver, Sender, channel};

use crate::WarehouseError;

/// A load's place among loads that overlap.
#[derive(Debug, Default)]
pub struct Turn {
    before_began: Option<Receiver<()>>,
    before_ended: Option<Receiver<()>>,
    began: Option<Sender<()>>,
    ended: Option<Sender<()>>,
}

impl Turn {
    /// A load before which there is none.
    pub fn first() -> Self {
        Turn::default()
    }

    /// The turn after this one.
    #[must_use]
    pub fn follower(&mut self) -> Self {
        let (began, before_began) = channel();
        let (ended, before_ended) = channel();
        self.began = Some(began);
        self.ended = Some(ended);
        Turn {
            before_began: Some(before_began),
            before_ended: Some(before_ended),
            ..Turn::default()
        }
    }

    /// What this turn is for was done. Dropped without this, the turn stops all after it.
    pub fn done(mut self) {
        self.has_begun();
        if let Some(ended) = self.ended.take() {
            // Nobody listens after the last turn.
            let _ = ended.send(());
        }
    }

    pub(crate) async fn may_begin(&mut self) -> Result<(), WarehouseError> {
        passed(self.before_began.take()).await
    }

    pub(crate) fn has_begun(&mut self) {
        if let Some(began) = self.began.take() {
            let _ = began.send(());
        }
    }

    pub(crate) async fn may_end(&mut self) -> Result<(), WarehouseError> {
        passed(self.before_ended.take()).await
    }
}

async fn passed(before: Option<Receiver<()>>) -> Result<(), WarehouseError> {
    match before {
        None => Ok(()),
        Some(before) => before.await.map_err(|_| WarehouseError::Misuse {
            what: "the load before this one failed".to_owned(),
        }),
    }
}
