//! Files from inbox folders into the landing area, where every artifact lies byte for byte as it
//! was received, named by its content.
//!
//! Which files were collected before is known by the warehouse, not here: a scan lists what is
//! there. What a file holds is not looked at.

mod error;
mod landing;
mod order;
mod scan;

pub use crate::error::CollectError;
pub use crate::landing::{Artifact, Landing, fingerprint};
pub use crate::scan::{FoundFile, LeftOut, LeftOutReason, Scan, scan_folder};
