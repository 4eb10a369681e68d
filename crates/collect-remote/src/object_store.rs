//! Object stores: the S3 protocol, and the Chinese clouds' own.

use std::sync::Arc;

use channelflow_collect::Collector;
use channelflow_config::Description;
use channelflow_model::Sentence;
use opendal::Operator;
use opendal::services::{Cos, Obs, Oss, S3};
use serde::Deserialize;

use crate::filled;
use crate::objects::Objects;
use crate::peer::Peer;
use crate::selection::Selection;

/// The keys of a description.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    service: Service,
    endpoint: String,
    bucket: String,
    region: Option<String>,
    access_key: String,
    secret_key: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    pattern: Vec<String>,
    settle_seconds: Option<u64>,
    timeout_seconds: Option<u64>,
    ca: Option<String>,
}

/// Whose protocol it is.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Service {
    /// Amazon S3 and everything that speaks it: most clouds, and what companies run themselves.
    S3,
    /// Alibaba Cloud (阿里云).
    Oss,
    /// Huawei Cloud (华为云).
    Obs,
    /// Tencent Cloud (腾讯云).
    Cos,
}

/// The collector a description asks for.
pub(crate) fn open(description: &Description<'_>) -> Result<Arc<dyn Collector>, Sentence> {
    let keys: Keys = description.read()?;
    let endpoint = filled::text(description, &keys.endpoint)?;
    let bucket = filled::text(description, &keys.bucket)?;
    let access = filled::secret(description, "access_key", &keys.access_key)?;
    let secret = filled::secret(description, "secret_key", &keys.secret_key)?;
    let prefix = filled::text(description, &keys.prefix)?;
    let root = filled::folder(&prefix);
    // `auto` is what S3 servers without regions expect.
    let region = keys.region.as_deref().unwrap_or("auto");
    let operator = match keys.service {
        Service::S3 => Operator::new(
            S3::default()
                .endpoint(&endpoint)
                .bucket(&bucket)
                .region(region)
                .root(&root)
                .access_key_id(&access)
                .secret_access_key(&secret)
                .disable_config_load()
                .disable_ec2_metadata(),
        ),
        Service::Oss => Operator::new(
            Oss::default()
                .endpoint(&endpoint)
                .bucket(&bucket)
                .root(&root)
                .access_key_id(&access)
                .access_key_secret(&secret),
        ),
        Service::Obs => Operator::new(
            Obs::default()
                .endpoint(&endpoint)
                .bucket(&bucket)
                .root(&root)
                .access_key_id(&access)
                .secret_access_key(&secret),
        ),
        Service::Cos => Operator::new(
            Cos::default()
                .endpoint(&endpoint)
                .bucket(&bucket)
                .root(&root)
                .secret_id(&access)
                .secret_key(&secret)
                .disable_config_load(),
        ),
    };
    let operator = operator.map_err(|error| description.wrong(error))?;
    let (host, port) = filled::host_and_port(description, &endpoint)?;
    let peer = Peer {
        host,
        port,
        patience: filled::patience(keys.timeout_seconds),
        hidden: vec![access, secret],
    };
    // An object appears when it is complete, so there is nothing to wait for.
    let settle = keys.settle_seconds.unwrap_or(0);
    let selection = Selection::new(description, &keys.pattern, settle)?;
    let root = format!("{bucket}{root}");
    Objects::collector(
        description,
        operator,
        (peer, selection),
        root,
        keys.ca.as_deref(),
    )
}
