//! Whom to trust. Verification cannot be switched off.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig as TlsConfig, RootCertStore};

use super::client_auth::ClientAuth;
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
    pub fn tls(&self, shown: Option<&ClientAuth>) -> Result<TlsConfig> {
        let tls = TlsConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|_| Error::Configuration("this build speaks no version of TLS".into()))?
            .with_root_certificates(self.roots()?);
        let mut tls = match shown {
            Some(shown) => tls.with_client_cert_resolver(shown.0.clone()),
            None => tls.with_no_client_auth(),
        };
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
        roots.add_parsable_certificates(of_system());
        if roots.is_empty() {
            return Err(Error::Configuration(
                "no trusted root certificates were found on this system: install them, or pass ca_bundle"
                    .into(),
            ));
        }
        Ok(roots)
    }
}

/// What encrypts and signs.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn add(roots: &mut RootCertStore, name: &str, file: &Path) -> Result<()> {
    let unreadable = |why: String| Error::Configuration(format!("{name} ({}): {why}", file.display()));
    let certificates =
        certificates(&read(name, file)?).map_err(|()| unreadable("is no PEM file of certificates".into()))?;
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 { Err(unreadable("holds no certificate in PEM form".into())) } else { Ok(()) }
}

/// The contents of a file that a setting names.
pub(super) fn read(name: &str, file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| {
        Error::Configuration(format!("{name} ({}): cannot be read: {error}", file.display()))
    })
}

/// The certificates of a PEM file in the spellings that OpenSSL reads too, or of a file that is one in DER.
pub(super) fn certificates(file: &[u8]) -> Result<Vec<CertificateDer<'static>>, ()> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    if file.first() == Some(&SEQUENCE) && first_value(file).is_some_and(|value| value.len() == file.len()) {
        return Ok(vec![CertificateDer::from(file.to_vec())]);
    }
    let text = String::from_utf8_lossy(file);
    let text = text.replace("TRUSTED CERTIFICATE-----", "CERTIFICATE-----");
    let text = text.replace("X509 CERTIFICATE-----", "CERTIFICATE-----");
    let read: Result<Vec<CertificateDer<'_>>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let bare = |certificate: CertificateDer<'_>| {
        // Behind a trusted certificate stands what it is trusted for.
        CertificateDer::from(first_value(&certificate).unwrap_or(&certificate).to_vec())
    };
    Ok(read.map_err(drop)?.into_iter().map(bare).collect())
}

/// The tag of what a certificate is in DER.
const SEQUENCE: u8 = 0x30;

/// The first value of some DER, its tag and length included.
fn first_value(der: &[u8]) -> Option<&[u8]> {
    let (length, start) = match der.get(1)? {
        short @ 0..0x80 => (usize::from(*short), 2),
        long => {
            let bytes = usize::from(long & 0x7f);
            let digits = der.get(2..2 + bytes).filter(|digits| (1..=4).contains(&digits.len()))?;
            (digits.iter().fold(0, |length, digit| (length << 8) | usize::from(*digit)), 2 + bytes)
        }
    };
    der.get(..start.checked_add(length)?)
}

/// The system's roots. A variable that is set to nothing means none, and not a store that is empty.
fn of_system() -> Vec<CertificateDer<'static>> {
    let blank =
        |name: &str| std::env::var_os(name).is_some_and(|value| value.to_string_lossy().trim().is_empty());
    let loaded = rustls_native_certs::load_native_certs().certs;
    if !loaded.is_empty() || !(blank("SSL_CERT_FILE") || blank("SSL_CERT_DIR")) {
        return loaded;
    }
    let bundles = BUNDLES.iter().map(Path::new).filter(|bundle| bundle.is_file());
    bundles
        .map(|bundle| rustls_native_certs::load_certs_from_paths(Some(bundle), None).certs)
        .find(|certificates| !certificates.is_empty())
        .unwrap_or_default()
}

/// Where the systems that have one keep their bundle.
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];
