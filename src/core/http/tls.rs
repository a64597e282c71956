//! Whom to trust. Verification cannot be switched off.

use std::borrow::Cow;
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
    let content = read(name, file)?;
    let certificates =
        certificates(&content).map_err(|()| unreadable("is no PEM file of certificates".into()))?;
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 { Err(unreadable(no_certificate(&content))) } else { Ok(()) }
}

/// The contents of a file that a setting names.
pub(super) fn read(name: &str, file: &Path) -> Result<Vec<u8>> {
    if file.to_string_lossy().contains(BEGIN) {
        // It may be a key: nothing of it is shown.
        let why = "is the text of a file, where the path of one is wanted: write it into a file";
        return Err(Error::Configuration(format!("{name}: {why}")));
    }
    if file.is_dir() {
        let why = "is a folder: name one file in PEM form";
        return Err(Error::Configuration(format!("{name} ({}): {why}", file.display())));
    }
    std::fs::read(file).map_err(|error| {
        Error::Configuration(format!("{name} ({}): cannot be read: {error}", file.display()))
    })
}

/// The certificates of a PEM file in the spellings that OpenSSL reads too, or of a file that is one in DER.
pub(super) fn certificates(file: &[u8]) -> Result<Vec<CertificateDer<'static>>, ()> {
    if file.first() == Some(&SEQUENCE) && first_value(file).is_some_and(|value| value.len() == file.len()) {
        return Ok(vec![CertificateDer::from(file.to_vec())]);
    }
    // As an editor, a configuration's indented block, or PowerShell's `>` may have left it.
    let text: String = decoded(file).split(['\r', '\n']).flat_map(|line| [line.trim(), "\n"]).collect();
    let text = text.replace("TRUSTED CERTIFICATE-----", "CERTIFICATE-----");
    let text = text.replace("X509 CERTIFICATE-----", "CERTIFICATE-----");
    let read: Result<Vec<CertificateDer<'_>>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let bare = |certificate: CertificateDer<'_>| {
        // Behind a trusted certificate stands what it is trusted for.
        CertificateDer::from(first_value(&certificate).unwrap_or(&certificate).to_vec())
    };
    Ok(read.map_err(drop)?.into_iter().map(bare).collect())
}

/// What a file without a certificate is, as far as that can be told, and what to do about it.
pub(super) fn no_certificate(file: &[u8]) -> String {
    const PKCS7: &[u8] = &[0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
    let is_der = file.first() == Some(&SEQUENCE);
    let head = file.get(..file.len().min(32)).unwrap_or_default();
    let text = decoded(file);
    let label = text.split(BEGIN).nth(1).and_then(|rest| rest.split("-----").next()).unwrap_or_default();
    let is_pkcs7 = label == "PKCS7" || (is_der && head.windows(PKCS7.len()).any(|part| part == PKCS7));
    if is_pkcs7 {
        return "is PKCS #7: write its certificates out in PEM form (openssl pkcs7 -print_certs)".to_owned();
    }
    // Version 3 comes first in it, where other files begin with something longer.
    if is_der && head.windows(3).take(5).any(|part| part == [2, 1, 3]) {
        return "is PKCS #12: write its certificates out in PEM form (openssl pkcs12 -nokeys)".to_owned();
    }
    match label {
        "" => "holds no certificate in PEM form".to_owned(),
        label => format!("holds a {} and no certificate", label.to_lowercase()),
    }
}

/// How what PEM holds begins.
const BEGIN: &str = "-----BEGIN ";

/// A file as text, whichever byte order mark it begins with.
fn decoded(file: &[u8]) -> Cow<'_, str> {
    let wide = |unit: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units = bytes
            .chunks_exact(2)
            .map(|pair| unit([pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0)]));
        Cow::Owned(
            char::decode_utf16(units).map(|sign| sign.unwrap_or(char::REPLACEMENT_CHARACTER)).collect(),
        )
    };
    match file {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        [0xFF, 0xFE, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xFE, 0xFF, rest @ ..] => wide(u16::from_be_bytes, rest),
        _ => String::from_utf8_lossy(file),
    }
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
