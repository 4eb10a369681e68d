//! Encrypted connections: one configuration for every protocol.

use std::sync::Arc;

use channelflow_config::Description;
use channelflow_model::Sentence;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Trusts what the system trusts, and the certificates in the file `ca` of the company folder: for
/// servers that signed their own.
pub(crate) fn client_config(
    description: &Description<'_>,
    ca: Option<&str>,
) -> Result<Arc<ClientConfig>, Sentence> {
    // The process has one provider; whoever comes second finds it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(ca) = ca {
        let unreadable = |cause: &dyn std::fmt::Display| {
            Sentence::new("remote_file_unreadable")
                .fact("file", ca)
                .fact("cause", cause)
        };
        let path = description.dir.join(ca);
        let certificates =
            CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| unreadable(&error))?;
            roots.add(certificate).map_err(|error| unreadable(&error))?;
        }
    }
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
