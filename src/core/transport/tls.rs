//! Whom to trust. Verification cannot be switched off.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig as TlsConfig, RootCertStore};

use crate::core::config::ClientConfig;
use crate::core::error::{Error, Result};

/// The settings of TLS. Where no TLS will be spoken nothing is loaded: the system's roots cost
/// milliseconds.
pub fn config(config: &ClientConfig, spoken: bool) -> Result<TlsConfig> {
    let roots = if spoken { roots(config)? } else { RootCertStore::empty() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = TlsConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::Configuration("this build speaks no version of TLS".into()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

/// The system's roots, or `SSL_CERT_FILE` in their place; and the caller's own added to them.
fn roots(config: &ClientConfig) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match &config.ssl_cert_file {
        Some(file) => add(&mut roots, "SSL_CERT_FILE", file)?,
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if let Some(file) = &config.ca_bundle {
        add(&mut roots, "ca_bundle", file)?;
    }
    if roots.is_empty() {
        return Err(Error::Configuration(
            "no trusted root certificates were found on this system: install them, or pass ca_bundle".into(),
        ));
    }
    Ok(roots)
}

fn add(roots: &mut RootCertStore, name: &str, file: &Path) -> Result<()> {
    let unreadable = |why: String| Error::Configuration(format!("{name} ({}): {why}", file.display()));
    let pem = std::fs::read(file).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
    let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|_| unreadable("is no PEM file of certificates".into()))?;
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 { Err(unreadable("holds no certificate in PEM form".into())) } else { Ok(()) }
}
