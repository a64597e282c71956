//! What a client shows to a server that wants a certificate: one file or two, and what is said of wrong ones.

use std::path::PathBuf;

use super::authority::Authority;
use super::scripted::{Act, Scripted, page};
use super::*;
use blocks_sessions::core::config::ClientCert;

fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.pem", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

fn showing(certificate: PathBuf, key: Option<PathBuf>) -> Settings {
    Settings { client_cert: Some(ClientCert { certificate, key }), ..settings("https://service.invalid") }
}

fn fault(settings: Settings) -> String {
    Client::new(settings.resolve(&|_| None).unwrap()).unwrap_err().to_string()
}

#[tokio::test]
async fn a_certificate_is_shown_from_one_file_or_two() {
    let authority = Authority::new();
    let server = Scripted::start_tls(authority.asking("localhost"), vec![Act::Answer(page())]).await;
    let (certificate, key) = authority.client();
    let both = file("shown-both", &format!("{certificate}{key}"));
    let (certificate, key) = (file("shown-certificate", &certificate), file("shown-key", &key));
    for (certificate, key) in
        [(both.clone(), None), (certificate.clone(), Some(key)), (certificate, Some(both))]
    {
        let settings = Settings {
            base_url: Some(format!("https://localhost:{}", server.address.port())),
            ca_bundle: Some(authority.bundle("shown")),
            ..showing(certificate, key)
        };
        list(&client(settings)).await.unwrap();
    }
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_server_that_wants_one_is_told_as_that() {
    let authority = Authority::new();
    let server = Scripted::start_tls(authority.asking("localhost"), vec![Act::Answer(page())]).await;
    let base_url = format!("https://localhost:{}", server.address.port());
    let plain = Settings { ca_bundle: Some(authority.bundle("wanted")), ..settings(&base_url) };
    let error = connection_error(list(&client(plain.clone())).await);
    assert!(
        error.message.contains("wants a certificate of the client: pass client_cert"),
        "{}",
        error.message
    );
    assert_eq!((error.attempts, error.retryable), (1, false));
    let (certificate, key) = Authority::new().client();
    let cert = ClientCert { certificate: file("another", &format!("{certificate}{key}")), key: None };
    let error = connection_error(list(&client(Settings { client_cert: Some(cert), ..plain })).await);
    assert!(error.message.contains("does not take the certificate of client_cert"), "{}", error.message);
    assert_eq!(server.count(), 0);
}

#[test]
fn files_that_do_not_hold_what_they_should() {
    let authority = Authority::new();
    let (certificate, key) = authority.client();
    let missing = fault(showing("no/such.pem".into(), None));
    assert!(missing.starts_with("client_cert (no/such.pem): cannot be read: "), "{missing}");
    let no_certificate = fault(showing(file("key-alone", &key), None));
    assert!(no_certificate.ends_with("holds a private key and no certificate"), "{no_certificate}");
    // Whoever passes the texts themselves is told so, and nothing of the key is.
    let texts = fault(showing(format!("{certificate}{key}").into(), None));
    assert!(texts.starts_with("client_cert: is the text of a file") && texts.len() < 100, "{texts}");
    let no_key = fault(showing(file("certificate-alone", &certificate), None));
    assert!(no_key.ends_with("holds no private key in PEM form"), "{no_key}");
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let encrypted = fault(showing(file("encrypted", &format!("{certificate}{encrypted}")), None));
    assert!(encrypted.contains("the key is encrypted"), "{encrypted}");
    let (_, other) = authority.client();
    let mixed = fault(showing(file("mixed", &format!("{certificate}{other}")), None));
    assert!(mixed.contains("not the certificate's"), "{mixed}");
}

#[test]
fn without_tls_no_file_is_read() {
    let plain =
        Settings { base_url: Some("http://127.0.0.1:9".into()), ..showing("no/such.pem".into(), None) };
    assert!(Client::new(plain.resolve(&|_| None).unwrap()).is_ok());
}
