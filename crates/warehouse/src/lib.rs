//! Loading, ledgers and queries on SQLite and PostgreSQL.
//!
//! For one distributor and flow kind, what is stored for a business day is a multiset of lines. A
//! delivery is compared with it: lines are opened and closed, never overwritten and never deleted.
//! Everything a delivery changes commits in one transaction.
//!
//! Not here: what a line means (`normalize`), what its names stand for (`resolve`), and the order
//! of the stages (`pipeline`).

mod achievement;
mod alias;
mod appeal;
mod audit;
mod bulk;
mod closing;
mod confirmation;
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
mod fold;
mod held;
mod incoming;
mod layout;
mod ledger;
mod line;
mod load;
mod master;
mod multiset;
mod opening;
mod packed;
mod period;
mod quality;
mod record;
mod record_body;
mod record_diff;
mod returns;
mod review;
mod run;
mod run_lock;
mod settings;
mod source;
mod sql;
mod statement;
mod stored;
mod submission;
mod turn;
mod undo;
mod value;
mod verify;
mod window;

pub use achievement::{AchievementHead, AchievementRow};
pub use alias::{AliasFilter, AliasOutcome};
pub use appeal::{Appeal, AppealAction, AppealDecision, AppealDetail, AppealFilter, NewAppeal};
pub use audit::Judgement;
pub use confirmation::{Answer, Confirmation, ConfirmationStep, NewAnswer};
pub use content::KnownContent;
pub use crash::{CRASH_POINTS, DECISION_CRASH_POINTS, RECORD_CRASH_POINTS, crash_point};
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
pub use fold::{FoldFilter, FoldHead, StoredFold};
pub use held::{HeldFilter, HeldGroup};
pub use incoming::LineOrder;
pub use layout::{LayoutState, NewLayout, StoredLayout};
pub use master::{FieldChange, ImportDiff};
pub use period::PeriodRow;
pub use quality::SalesQuality;
pub use record::{ImportMeta, NewRecord, RecordImport, RecordKind, SettingsVersion};
pub use record_body::Recorded;
pub use returns::PairedReturn;
pub use review::{NameAction, NameDecision, ValuedBy, WaitingLines};
pub use run::RunRow;
pub use run_lock::RunLock;
pub use settings::{Extent, ImportedTarget, Touched, in_key_order};
pub use source::{Receipt, VisitEnd, VisitRow};
pub use statement::{NewSettlement, NewStatement, Stated, StatementEvent, StatementFilter};
pub use submission::{
    Collected, SubmissionDetail, SubmissionFilter, SubmissionRecord, SubmissionRow, SubmissionState,
};
pub use turn::Turn;
pub use undo::{LaterDay, UndoOutcome};
pub use window::{OnDay, WindowRow};

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
