//! The words every crate shares: exact numbers, days and periods, raw tables, flow tables,
//! layouts, findings, master data. One word per thing (see `ARCHITECTURE.md`).
//!
//! Not here: anything that touches a file, a database, a clock or the environment, and any rule
//! about how a thing is computed that only one stage needs.

pub mod appeal;
pub mod day;
pub mod field;
pub mod finding;
mod flags;
pub mod flow;
pub mod hold;
mod json_text;
pub mod layout;
pub mod master;
pub mod messages;
pub mod micros;
pub mod raw;
mod reported;
mod resolution;
pub mod settlement;
pub mod statement;
pub mod text;
pub mod window;

pub use day::{Day, DayRange, Period, PeriodRule};
pub use field::{Field, FlowKind};
pub use finding::{Finding, Place, Severity};
pub use flow::{FlowTable, LineFlags};
pub use hold::{Disposition, DropReason, HoldReason};
pub use layout::Layout;
pub use messages::{Lang, Sentence};
pub use micros::Micros;
pub use raw::{CellKind, RawColumn, RawTable};
