//! Distributor portals, each described in one TOML file: sign in, ask for a range of days, follow
//! pages, download.

use std::sync::Arc;

use channelflow_collect::Collector;
use channelflow_config::Description;
use channelflow_model::Sentence;

/// The collector a description asks for.
pub fn open(_description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    Err(Sentence::new("source_no_collector").fact("kind", "portal"))
}

/// A proposed description of the portal whose page this is.
pub async fn learn(_page: &str) -> Result<String, Sentence> {
    Err(Sentence::new("source_no_collector").fact("kind", "portal"))
}
