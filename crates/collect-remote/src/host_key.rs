//! Which SSH server is the right one. Nothing is trusted at first sight: the refusal shows the
//! fingerprint, a person compares it with the distributor's and puts it into the description.

use std::path::PathBuf;

use channelflow_collect::{Failure, SourceError};
use channelflow_config::Description;
use russh::keys::{HashAlg, PublicKey, check_known_hosts_path, known_hosts};

use crate::peer::Peer;

/// How a server's key is known.
#[derive(Debug, Clone)]
pub(crate) enum HostKey {
    /// It is not: every server is refused.
    Unknown,
    /// By its fingerprint, `SHA256:…`.
    Fingerprint(String),
    /// By a file as OpenSSH keeps it.
    KnownHosts(PathBuf),
}

impl HostKey {
    /// From the key `host_key`.
    pub fn new(description: &Description<'_>, written: Option<&str>) -> Self {
        match written {
            None => HostKey::Unknown,
            Some(written) if written.starts_with("SHA256:") => {
                HostKey::Fingerprint(written.trim_end_matches('=').to_owned())
            }
            Some(file) => HostKey::KnownHosts(description.dir.join(file)),
        }
    }

    /// Whether this key is the right one; why not, with both fingerprints.
    pub fn check(&self, peer: &Peer, key: &PublicKey) -> Result<(), SourceError> {
        let found = fingerprint(key);
        let unknown = || {
            let sentence = peer.about("remote_host_key_unknown").fact("found", &found);
            SourceError::new(Failure::Permanent, sentence)
        };
        let changed = |expected: &str| {
            let sentence = peer.about("remote_host_key_changed").fact("found", &found);
            SourceError::new(Failure::Permanent, sentence.fact("expected", expected))
        };
        match self {
            HostKey::Unknown => Err(unknown()),
            HostKey::Fingerprint(expected) if *expected == found => Ok(()),
            HostKey::Fingerprint(expected) => Err(changed(expected)),
            HostKey::KnownHosts(path) => {
                if check_known_hosts_path(&peer.host, peer.port, key, path).unwrap_or(false) {
                    return Ok(());
                }
                let recorded = known_hosts::known_host_keys_path(&peer.host, peer.port, path)
                    .unwrap_or_default();
                if recorded.is_empty() {
                    return Err(unknown());
                }
                let recorded: Vec<String> =
                    recorded.iter().map(|(_, key)| fingerprint(key)).collect();
                Err(changed(&recorded.join(", ")))
            }
        }
    }
}

fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}
