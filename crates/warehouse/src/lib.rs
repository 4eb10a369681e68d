//! Loading, ledgers and queries on SQLite and PostgreSQL.
//!
//! For one distributor and flow kind, what is stored for a business day is a multiset of lines. A
//! delivery is compared with it: lines are opened and closed, never overwritten and never deleted.
//! Everything a delivery changes commits in one transaction.
//!
//! Not here: what a line means (`normalize`), what its names stand for (`resolve`), and the order
//! of the stages (`pipeline`).

mod alias;
mod audit;
mod closing;
mod connect;
mod content;
mod copy;
mod crash;
mod database;
mod days;
mod deciding;
mod decision;
mod delivery;
mod error;
mod explain;
mod feed;
mod flow;
mod held;
mod incoming;
mod layout;
mod ledger;
mod line;
mod load;
mod master;
mod multiset;
mod period;
mod review;
mod run;
mod sql;
mod stored;
mod submission;
mod turn;
mod undo;
mod value;
mod verify;

pub use alias::{AliasFilter, AliasOutcome};
pub use audit::Judgement;
pub use content::KnownContent;
pub use crash::{CRASH_POINTS, DECISION_CRASH_POINTS, crash_point};
pub use deciding::{Deciding, Named};
pub use decision::{Cause, DecisionOutcome, Reresolved, StoredTable};
pub use delivery::{
    Checkpoint, ContentKey, DeliveredSheet, Delivery, KindOutcome, LineClasses, LoadOutcome, Mode,
    Restatement,
};
pub use error::WarehouseError;
pub use explain::{Delivered, LineDetail, LoadRow};
pub use feed::{Cursor, FeedChange, FeedOp, FeedPage};
pub use flow::{Delta, FlowFilter, FlowRow, LineStatus};
pub use held::{HeldFilter, HeldGroup};
pub use layout::{LayoutState, NewLayout, StoredLayout};
pub use master::{FieldChange, ImportDiff};
pub use period::PeriodRow;
pub use review::{NameAction, NameDecision, ValuedBy, WaitingLines};
pub use run::RunRow;
pub use submission::{
    Collected, SubmissionDetail, SubmissionFilter, SubmissionRecord, SubmissionRow, SubmissionState,
};
pub use turn::Turn;
pub use undo::{LaterDay, UndoOutcome};

/// Which database the warehouse is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// A warehouse. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Warehouse {
    pub(crate) pools: connect::Pools,
}
