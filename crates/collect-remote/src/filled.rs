//! Texts of a description with their values filled in.

use std::time::Duration;

use channelflow_config::Description;
use channelflow_model::Sentence;

/// Seconds a connection, an answer or the next bytes may take, unless the description says more.
const PATIENCE: u64 = 30;

/// A text with `{name}` filled in.
pub(crate) fn text(description: &Description<'_>, written: &str) -> Result<String, Sentence> {
    let filled = description.values.fill(written)?;
    Ok(filled.expose().to_owned())
}

/// A password or key. It must come from the settings, where it is a reference: a description is
/// copied and mailed around.
pub(crate) fn secret(
    description: &Description<'_>,
    key: &'static str,
    written: &str,
) -> Result<String, Sentence> {
    let filled = text(description, written)?;
    if filled == written {
        return Err(Sentence::new("remote_plain_secret")
            .fact("file", description.file.display())
            .fact("key", key));
    }
    Ok(filled)
}

/// How long a step may take.
pub(crate) fn patience(timeout_seconds: Option<u64>) -> Duration {
    Duration::from_secs(timeout_seconds.unwrap_or(PATIENCE).max(1))
}

/// A folder with `/` at both ends, as the library wants it.
pub(crate) fn folder(written: &str) -> String {
    match written.trim_matches('/') {
        "" => "/".to_owned(),
        inner => format!("/{inner}/"),
    }
}

/// Where a URL points. One with an account in it is refused: accounts have keys of their own.
pub(crate) fn host_and_port(
    description: &Description<'_>,
    url: &str,
) -> Result<(String, u16), Sentence> {
    let parsed = reqwest::Url::parse(url).map_err(|error| description.wrong(error))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(description.wrong("the URL holds an account"));
    }
    let host = parsed.host_str().unwrap_or_default().to_owned();
    Ok((host, parsed.port_or_known_default().unwrap_or_default()))
}
