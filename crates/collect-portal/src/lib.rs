//! Distributor portals, each described in one TOML file: sign in, ask for a range of days, follow
//! pages, download. A new portal is a new description, never new code.
//!
//! What lands is whole or does not land: a list is one file made of all its pages, checked against
//! the rows and pages the portal states. What is signed in with is never logged, landed or said.

mod address;
mod browser;
mod client;
mod collector;
mod days;
mod description;
mod driver;
mod export;
mod form;
mod host;
mod http;
mod json;
mod land;
mod learn;
mod learn_page;
mod list;
mod ready;
mod sign_in;
mod table;
mod text;
mod trouble;

use std::sync::Arc;

use channelflow_collect::Collector;
use channelflow_config::Description;
use channelflow_model::Sentence;

use crate::collector::PortalCollector;
use crate::ready::Ready;

pub use crate::learn::learn;

/// The collector a description asks for.
pub fn open(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    Ok(Arc::new(PortalCollector {
        ready: Ready::new(description)?,
        source: description.source.to_owned(),
    }))
}
