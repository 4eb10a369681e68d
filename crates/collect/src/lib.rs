//! Files into the landing area, where every artifact lies byte for byte as it was received, named by
//! its content; and what every collector of another kind of source has in common.
//!
//! Which files were collected before is known by the warehouse, not here: a scan lists what is
//! there. What a file holds is not looked at.

mod collector;
mod error;
mod landing;
mod order;
mod scan;

pub use crate::collector::{
    Arrival, Collection, Collector, Cursor, Failure, Known, Probe, SourceError, Version, Visit,
};
pub use crate::error::CollectError;
pub use crate::landing::{Artifact, Incoming, Landing, fingerprint};
pub use crate::scan::{
    DEEPEST, FoundFile, LeftOut, LeftOutReason, Scan, delivery_order, first_folder, is_leftover,
    scan_folder,
};
