//! TLS by rustls: the certificate and the name in it are always verified.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use super::{StoreError, StoreErrorKind};

/// Trusts the certificates in this file, or the system's.
pub(super) fn client(roots: Option<&Path>) -> Result<ClientConfig, StoreError> {
    with_roots(roots.map_or_else(|| Ok(of_system()), of_file)?)
}

/// Trusts nobody: for a connection on which TLS is not spoken.
#[cfg(feature = "postgres")]
pub(super) fn nobodys() -> Result<ClientConfig, StoreError> {
    with_roots(RootCertStore::empty())
}

fn with_roots(roots: RootCertStore) -> Result<ClientConfig, StoreError> {
    // Named here: a program may have another one as its own.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| StoreError::new(StoreErrorKind::Io).because(error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// These alone.
fn of_file(file: &Path) -> Result<RootCertStore, StoreError> {
    let refused = |why: String| StoreError::new(StoreErrorKind::Address).because(format!("sslrootcert: {why}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| refused(error.to_string()))? {
        let certificate = certificate.map_err(|error| refused(error.to_string()))?;
        roots.add(certificate).map_err(|error| refused(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(refused("no certificate in it".to_owned()));
    }
    Ok(roots)
}

/// Whatever can be read: with nobody to trust, nobody is trusted.
fn of_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}
