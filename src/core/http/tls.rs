//! Whom to trust. Verification cannot be switched off.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig as TlsConfig, RootCertStore};

use crate::core::config::ClientConfig;
use crate::core::error::{Error, Result};

/// The roots that a server's certificate must come from.
pub enum Trust {
    /// No TLS will be spoken, so nothing is loaded.
    Nobody,
    /// The system's roots, loaded when they are needed since that costs milliseconds, and the
    /// caller's own.
    SystemAnd(RootCertStore),
    /// `SSL_CERT_FILE` in place of the system's, and the caller's own.
    Only(RootCertStore),
}

impl Trust {
    /// Reads the files that the settings name.
    ///
    /// # Errors
    /// One of them cannot be read, or holds no certificate.
    pub fn of(config: &ClientConfig) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = &config.ca_bundle {
            add(&mut roots, "ca_bundle", file)?;
        }
        match &config.ssl_cert_file {
            Some(file) => add(&mut roots, "SSL_CERT_FILE", file).map(|()| Self::Only(roots)),
            None => Ok(Self::SystemAnd(roots)),
        }
    }

    /// The settings of TLS.
    pub fn tls(&self) -> Result<TlsConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = TlsConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| Error::Configuration("this build speaks no version of TLS".into()))?
            .with_root_certificates(self.roots()?)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(tls)
    }

    fn roots(&self) -> Result<RootCertStore> {
        let own = match self {
            Self::Nobody => return Ok(RootCertStore::empty()),
            Self::Only(roots) => return Ok(roots.clone()),
            Self::SystemAnd(own) => own,
        };
        let mut roots = own.clone();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(Error::Configuration(
                "no trusted root certificates were found on this system: install them, or pass ca_bundle"
                    .into(),
            ));
        }
        Ok(roots)
    }
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
