//! Sales confirmation (销量确认): whether a post agrees with what it is credited for in a month.
//!
//! Steps are added, never edited: asked, answered, handled, settled. Nobody answering in time counts
//! as agreement, but only once that was recorded. Not here: what a post is credited for (`settle`),
//! and which posts there are.

use channelflow_model::appeal::ConfirmationState;
use channelflow_model::window::Window;
use channelflow_model::{Day, Period, Sentence};
use serde::{Deserialize, Serialize};

use crate::database::Tx;
use crate::delivery::Mode;
use crate::value::{Row, values};
use crate::window::{OnDay, require};
use crate::{Warehouse, WarehouseError, sql};

/// What happened to a confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationStep {
    /// The state it reached.
    pub state: ConfirmationState,
    /// Whether nobody answered in time.
    pub by_default: bool,
    /// The objection, or how it was handled.
    pub note: String,
    /// Who.
    pub decided_by: String,
    /// When, ISO date and time.
    pub decided_at: String,
}

/// The confirmation of one post and month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The month.
    pub period: Period,
    /// The post.
    pub post_id: String,
    /// Last day to answer.
    pub deadline: Day,
    /// The step that holds.
    #[serde(flatten)]
    pub last: ConfirmationStep,
    /// Every step in order, the one that holds included.
    pub steps: Vec<ConfirmationStep>,
}

/// What is said about a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// The post agrees.
    Confirm,
    /// The post does not, and says why.
    Object(&'a str),
    /// Somebody dealt with the objection, and says how.
    Handle(&'a str),
}

/// An answer to a confirmation.
#[derive(Debug, Clone, Copy)]
pub struct NewAnswer<'a> {
    /// The month.
    pub period: Period,
    /// The post.
    pub post_id: &'a str,
    /// What is said.
    pub answer: Answer<'a>,
    /// Who says it.
    pub who: &'a str,
    /// When, ISO date and time.
    pub at: &'a str,
}

impl Warehouse {
    /// Every confirmation of a month, by post.
    pub async fn confirmations(&self, period: Period) -> Result<Vec<Confirmation>, WarehouseError> {
        select(&mut self.read().await?, period).await
    }

    /// Asks posts to confirm a month until a day, and returns those that were not asked before.
    /// Refused outside the confirmation window.
    #[expect(
        clippy::too_many_arguments,
        reason = "who, when and on which day belong to every decision"
    )]
    pub async fn start_confirmations(
        &self,
        period: Period,
        posts: &[String],
        deadline: Day,
        on: OnDay<'_>,
        who: &str,
        at: &str,
        mode: Mode,
    ) -> Result<Vec<Confirmation>, WarehouseError> {
        let mut tx = self.begin().await?;
        require(&mut tx, period, Window::Confirmation, on).await?;
        let known = select(&mut tx, period).await?;
        let mut posts = posts.to_vec();
        posts.sort();
        posts.dedup();
        posts.retain(|post| known.iter().all(|it| it.post_id != *post));
        for post in &posts {
            let asked = step(ConfirmationState::Waiting, "", who, at);
            insert(&mut tx, (period, post, 1), deadline, &asked).await?;
        }
        let mut asked = select(&mut tx, period).await?;
        asked.retain(|it| posts.contains(&it.post_id));
        tx.finish(mode).await?;
        Ok(asked)
    }

    /// Records what is said. A post answers once, in the confirmation window and by its deadline;
    /// only an objection can be handled, at any time.
    pub async fn answer_confirmation(
        &self,
        new: &NewAnswer<'_>,
        on: OnDay<'_>,
        mode: Mode,
    ) -> Result<Confirmation, WarehouseError> {
        let mut tx = self.begin().await?;
        let known = find(&mut tx, new.period, new.post_id).await?;
        let known = known.ok_or_else(|| refused("confirmation_not_asked", new))?;
        let (needed, state, note) = match new.answer {
            Answer::Confirm => (ConfirmationState::Waiting, ConfirmationState::Confirmed, ""),
            Answer::Object(text) => (
                ConfirmationState::Waiting,
                ConfirmationState::Objected,
                text,
            ),
            Answer::Handle(text) => (
                ConfirmationState::Objected,
                ConfirmationState::Handled,
                text,
            ),
        };
        if new.answer != Answer::Confirm && note.trim().is_empty() {
            return Err(refused("confirmation_without_text", new).into());
        }
        if known.last.state != needed {
            return Err(refused("confirmation_is_past_that", new)
                .fact("confirmation", known.last.state.as_str())
                .into());
        }
        if needed == ConfirmationState::Waiting {
            require(&mut tx, new.period, Window::Confirmation, on).await?;
            if on.today > known.deadline {
                return Err(refused("confirmation_too_late", new)
                    .fact("deadline", known.deadline)
                    .into());
            }
        }
        let said = step(state, note, new.who, new.at);
        add(&mut tx, &known, &said).await?;
        let after = find(&mut tx, new.period, new.post_id).await?;
        tx.finish(mode).await?;
        Ok(after.unwrap_or(known))
    }

    /// Records everything unanswered whose deadline lies before `today` as confirmed by default,
    /// and returns it.
    pub async fn default_confirmations(
        &self,
        period: Period,
        today: Day,
        who: &str,
        at: &str,
        mode: Mode,
    ) -> Result<Vec<Confirmation>, WarehouseError> {
        let by_default = ConfirmationStep {
            by_default: true,
            ..step(ConfirmationState::Confirmed, "", who, at)
        };
        self.advance(period, &by_default, mode, |it| {
            it.last.state == ConfirmationState::Waiting && it.deadline < today
        })
        .await
    }

    /// Records everything confirmed or handled as settled (已结), and returns it. What still waits
    /// or is objected to is left as it is.
    pub async fn settle_confirmations(
        &self,
        period: Period,
        who: &str,
        at: &str,
        mode: Mode,
    ) -> Result<Vec<Confirmation>, WarehouseError> {
        let settled = step(ConfirmationState::Settled, "", who, at);
        self.advance(period, &settled, mode, |it| {
            matches!(
                it.last.state,
                ConfirmationState::Confirmed | ConfirmationState::Handled
            )
        })
        .await
    }

    /// Adds a step to every confirmation it is for.
    async fn advance(
        &self,
        period: Period,
        step: &ConfirmationStep,
        mode: Mode,
        is_for: impl Fn(&Confirmation) -> bool,
    ) -> Result<Vec<Confirmation>, WarehouseError> {
        let mut tx = self.begin().await?;
        let mut known = select(&mut tx, period).await?;
        known.retain(is_for);
        for it in &mut known {
            add(&mut tx, it, step).await?;
            it.last = step.clone();
            it.steps.push(step.clone());
        }
        tx.finish(mode).await?;
        Ok(known)
    }

    /// A transaction that changes appeals, confirmations or windows: one at a time, and no period
    /// is closed meanwhile.
    pub(crate) async fn begin(&self) -> Result<Tx, WarehouseError> {
        let mut tx = self.write().await?;
        tx.execute(&sql::LOCK_PERIODS, Vec::new()).await?;
        Ok(tx)
    }
}

fn step(state: ConfirmationState, note: &str, who: &str, at: &str) -> ConfirmationStep {
    ConfirmationStep {
        state,
        by_default: false,
        note: note.trim().to_owned(),
        decided_by: who.to_owned(),
        decided_at: at.to_owned(),
    }
}

fn refused(code: &'static str, new: &NewAnswer<'_>) -> Sentence {
    Sentence::new(code)
        .fact("post", new.post_id)
        .fact("period", new.period)
}

async fn add(
    tx: &mut Tx,
    known: &Confirmation,
    step: &ConfirmationStep,
) -> Result<(), WarehouseError> {
    let key = (known.period, known.post_id.as_str(), known.steps.len() + 1);
    insert(tx, key, known.deadline, step).await
}

async fn insert(
    tx: &mut Tx,
    (period, post_id, number): (Period, &str, usize),
    deadline: Day,
    step: &ConfirmationStep,
) -> Result<(), WarehouseError> {
    let values = values![
        period,
        post_id,
        number as u64,
        step.state.as_str(),
        deadline,
        step.by_default,
        &step.note,
        &step.decided_by,
        &step.decided_at,
    ];
    tx.execute(&sql::INSERT_CONFIRMATION, values).await?;
    Ok(())
}

async fn find(
    tx: &mut Tx,
    period: Period,
    post_id: &str,
) -> Result<Option<Confirmation>, WarehouseError> {
    let known = select(tx, period).await?;
    Ok(known.into_iter().find(|it| it.post_id == post_id))
}

async fn select(tx: &mut Tx, period: Period) -> Result<Vec<Confirmation>, WarehouseError> {
    let rows = tx
        .all(&sql::SELECT_CONFIRMATIONS, values![period], read)
        .await?;
    let mut found: Vec<Confirmation> = Vec::new();
    for row in rows {
        match found.last_mut() {
            Some(known) if known.post_id == row.post_id => {
                known.last = row.last.clone();
                known.steps.push(row.last);
            }
            _ => found.push(row),
        }
    }
    // One order on both engines, whatever their collation.
    found.sort_by(|a, b| a.post_id.cmp(&b.post_id));
    Ok(found)
}

fn read(row: &mut Row) -> Result<Confirmation, WarehouseError> {
    let (period, post_id) = (row.period()?, row.text()?);
    let _step = row.int()?;
    let state = row.word("state of a confirmation", ConfirmationState::from_word)?;
    let deadline = row.day()?;
    let step = ConfirmationStep {
        state,
        by_default: row.flag()?,
        note: row.text()?,
        decided_by: row.text()?,
        decided_at: row.text()?,
    };
    Ok(Confirmation {
        period,
        post_id,
        deadline,
        last: step.clone(),
        steps: vec![step],
    })
}
