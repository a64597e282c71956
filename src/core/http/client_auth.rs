//! The certificate that a client shows to a server which wants one. It knows no socket.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::tls::{certificates, no_certificate, read};
use crate::core::config::ClientCert;
use crate::core::error::{Error, Result};

/// A certificate with its key, ready to be shown.
#[derive(Debug, Clone)]
pub struct ClientAuth(pub Arc<SingleCertAndKey>);

impl ClientAuth {
    /// Reads the files that the setting names.
    ///
    /// # Errors
    /// One of them cannot be read, lacks what it is to hold, or the two do not belong together.
    pub fn of(setting: &ClientCert, provider: &CryptoProvider) -> Result<Self> {
        let file = &setting.certificate;
        let content = read("client_cert", file)?;
        let chain = certificates(&content).unwrap_or_default();
        if chain.is_empty() {
            return Err(fault(file, &no_certificate(&content)));
        }
        let file = setting.key.as_deref().unwrap_or(file);
        let key = key(file)?;
        let certified = CertifiedKey::from_der(chain, key, provider)
            .map_err(|_| fault(file, "the key is of no kind that can be used, or not the certificate's"))?;
        Ok(Self(Arc::new(SingleCertAndKey::from(certified))))
    }
}

fn key(file: &Path) -> Result<PrivateKeyDer<'static>> {
    let text = read("client_cert", file)?;
    if text.windows(9).any(|part| part == b"ENCRYPTED") {
        return Err(fault(
            file,
            "the key is encrypted, and there is nobody to ask: write it without (openssl pkey)",
        ));
    }
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        PemError::NoItemsFound => fault(file, "holds no private key in PEM form"),
        _ => fault(file, "the private key in it is damaged"),
    })
}

fn fault(file: &Path, why: &str) -> Error {
    Error::Configuration(format!("client_cert ({}): {why}", file.display()))
}
