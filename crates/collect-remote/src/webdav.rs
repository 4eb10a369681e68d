//! Files over WebDAV.

use std::sync::Arc;

use channelflow_collect::Collector;
use channelflow_config::Description;
use channelflow_model::Sentence;
use opendal::Operator;
use opendal::services::Webdav;
use serde::Deserialize;

use crate::filled;
use crate::objects::Objects;
use crate::peer::Peer;
use crate::selection::Selection;

/// Seconds after which a file that did not change is finished.
const SETTLE: u64 = 30;

/// The keys of a description.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    url: String,
    user: String,
    password: String,
    #[serde(default)]
    root: String,
    #[serde(default)]
    pattern: Vec<String>,
    settle_seconds: Option<u64>,
    timeout_seconds: Option<u64>,
    ca: Option<String>,
}

/// The collector a description asks for.
pub(crate) fn open(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    let keys: Keys = description.read()?;
    let url = filled::text(description, &keys.url)?;
    let user = filled::text(description, &keys.user)?;
    let password = filled::secret(description, "password", &keys.password)?;
    let root = filled::text(description, &keys.root)?;
    let root = filled::folder(&root);
    let service = Webdav::default()
        .endpoint(&url)
        .username(&user)
        .password(&password)
        .root(&root)
        .disable_create_dir(true);
    let operator = Operator::new(service).map_err(|error| description.wrong(error))?;
    let (host, port) = filled::host_and_port(description, &url)?;
    let peer = Peer {
        host,
        port,
        patience: filled::patience(keys.timeout_seconds),
        hidden: vec![user, password],
    };
    let settle = keys.settle_seconds.unwrap_or(SETTLE);
    let selection = Selection::new(description, &keys.pattern, settle)?;
    Objects::collector(
        description,
        operator,
        (peer, selection),
        root,
        keys.ca.as_deref(),
    )
}
