//! TLS: whom we trust, what we say where we do not, and HTTP/2 over it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::authority::{Authority, self_served, self_signed};
use super::scripted::{Act, PAGE, Scripted, page};
use super::*;
use bytes::Bytes;
use rustls::pki_types::pem::PemObject as _;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const FUTURE: i32 = 2999;

fn trusting(base_url: &str, bundle: PathBuf) -> Settings {
    Settings { ca_bundle: Some(bundle), ..settings(base_url) }
}

fn https(server: &Scripted) -> String {
    format!("https://localhost:{}", server.address.port())
}

#[tokio::test]
async fn an_authority_of_ones_own() {
    let authority = Authority::new();
    let server =
        Scripted::start_tls(authority.server("localhost", FUTURE, &["http/1.1"]), vec![Act::Answer(page())])
            .await;
    list(&client(trusting(&https(&server), authority.bundle("own")))).await.unwrap();
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn the_environments_roots_replace_the_systems() {
    let authority = Authority::new();
    let server =
        Scripted::start_tls(authority.server("localhost", FUTURE, &[]), vec![Act::Answer(page())]).await;
    let bundle = authority.bundle("environment").into_os_string().into_string().unwrap();
    let env = |name: &str| (name == "SSL_CERT_FILE").then(|| bundle.clone().into());
    let client = Client::new(settings(&https(&server)).resolve(&env).unwrap()).unwrap();
    list(&client).await.unwrap();
}

/// Lists from a server that cannot be trusted: one handshake, no request.
async fn distrusted(tls: rustls::ServerConfig, bundle: Option<PathBuf>) -> String {
    let server = Scripted::start_tls(tls, vec![Act::Answer(page())]).await;
    let settings = Settings { ca_bundle: bundle, ..settings(&https(&server)) };
    let error = connection_error(list(&client(settings)).await);
    assert_eq!((error.attempts, server.count()), (1, 0), "{}", error.message);
    error.message.replace(&server.address.port().to_string(), "PORT")
}

#[tokio::test]
async fn certificates_that_are_not_trusted() {
    let authority = Authority::new();
    let bundle = authority.bundle("distrusted");
    let begin = "the certificate of localhost:PORT is not trusted: ";
    let end = ". The ca_bundle was read: it must hold the authority that signed this certificate";
    let same_name =
        distrusted(authority.server("localhost", FUTURE, &[]), Some(Authority::new().bundle("another")))
            .await;
    let signed =
        "nobody that is trusted here signed it, or a key in its chain is too short (RSA needs 2048 bits)";
    assert_eq!(same_name, format!("{begin}{signed}{end}"));
    assert_eq!(
        distrusted(self_signed("localhost"), Some(bundle.clone())).await,
        format!("{begin}{signed}{end}")
    );
    assert!(
        distrusted(authority.server("localhost", 2021, &[]), Some(bundle.clone()))
            .await
            .eq(&format!("{begin}it has expired: its owner has to renew it"))
    );
    assert!(
        distrusted(authority.server("other.example", FUTURE, &[]), Some(bundle))
            .await
            .eq(&format!("{begin}it belongs to another host, other.example: is that of base_url right?"))
    );
}

#[tokio::test]
async fn a_bundle_that_is_none() {
    let nowhere = settings("https://service.invalid");
    let missing = Settings { ca_bundle: Some("no/such/file.pem".into()), ..nowhere.clone() };
    let message = Client::new(missing.resolve(&|_| None).unwrap()).unwrap_err().to_string();
    assert!(message.starts_with("ca_bundle (no/such/file.pem): cannot be read: "), "{message}");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("no-certificate.pem");
    std::fs::write(&path, "hello").unwrap();
    let empty = Settings { ca_bundle: Some(path), ..nowhere };
    let message = Client::new(empty.resolve(&|_| None).unwrap()).unwrap_err().to_string();
    assert!(message.ends_with("holds no certificate in PEM form"), "{message}");
}

#[tokio::test]
async fn https_where_plain_http_is_spoken_and_the_other_way_round() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        }
    });
    let base_url = format!("https://localhost:{port}");
    let settings_plain = Settings { max_retries: Some(0), ..settings(&base_url) };
    let error = connection_error(list(&client(settings_plain)).await);
    assert!(error.message.contains("could not agree on TLS with"), "{}", error.message);
    assert!(error.message.contains("Should the base_url begin with http://"), "{}", error.message);
    let authority = Authority::new();
    let tls =
        Scripted::start_tls(authority.server("localhost", FUTURE, &[]), vec![Act::Answer(page())]).await;
    let settings_tls = Settings { max_retries: Some(0), ..settings(&tls.url()) };
    let error = connection_error(list(&client(settings_tls)).await);
    assert!(
        error.message.contains("base_url") || error.message.contains("closed the connection"),
        "{}",
        error.message
    );
}

/// What the HTTP/2 server does with the n-th request, counted from 1.
type Choice = fn(usize) -> Reply;

#[derive(PartialEq)]
enum Reply {
    Answer,
    /// Say that this request was never seen, and close.
    GoAway,
    /// Refuse this one stream.
    Refuse,
    /// Break this one stream.
    Break,
}

/// An HTTP/2 server over TLS; gives its address, and counts requests and connections.
async fn http2(tls: rustls::ServerConfig, choice: Choice) -> (u16, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (requests, connections) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (seen, met) = (requests.clone(), connections.clone());
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, seen, met) = (acceptor.clone(), seen.clone(), met.clone());
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.unwrap();
                met.fetch_add(1, Ordering::SeqCst);
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((_, mut respond))) = connection.accept().await {
                    match choice(seen.fetch_add(1, Ordering::SeqCst) + 1) {
                        Reply::Answer => {
                            let mut body = respond.send_response(http::Response::new(()), false).unwrap();
                            body.send_data(Bytes::from_static(PAGE.as_bytes()), true).unwrap();
                        }
                        Reply::GoAway => connection.abrupt_shutdown(h2::Reason::NO_ERROR),
                        Reply::Refuse => respond.send_reset(h2::Reason::REFUSED_STREAM),
                        Reply::Break => respond.send_reset(h2::Reason::INTERNAL_ERROR),
                    }
                }
            });
        }
    });
    (port, requests, connections)
}

async fn over_http2(choice: Choice, max_retries: i64, calls: usize) -> (Vec<Result<Response>>, usize, usize) {
    let authority = Authority::new();
    let (port, requests, connections) =
        http2(authority.server("localhost", FUTURE, &["h2", "http/1.1"]), choice).await;
    let name = format!("http2-{port}");
    let settings = trusting(&format!("https://localhost:{port}"), authority.bundle(&name));
    let client = client(Settings { max_retries: Some(max_retries), ..settings });
    list(&client).await.unwrap();
    let all = futures_util::future::join_all((1..calls).map(|_| list(&client))).await;
    (all, requests.load(Ordering::SeqCst), connections.load(Ordering::SeqCst))
}

#[tokio::test]
async fn http2_is_spoken_where_it_is_offered_over_one_connection() {
    let (all, requests, connections) = over_http2(|_| Reply::Answer, 0, 20).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!((requests, connections), (20, 1));
}

#[tokio::test]
async fn goaway_costs_no_retry() {
    let choice = |request| if request == 2 { Reply::GoAway } else { Reply::Answer };
    let (all, requests, connections) = over_http2(choice, 0, 2).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!((requests, connections), (3, 2));
}

#[tokio::test]
async fn a_refused_stream_costs_no_retry() {
    let choice = |request| if request == 2 { Reply::Refuse } else { Reply::Answer };
    let (all, requests, _) = over_http2(choice, 0, 2).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn a_server_that_always_refuses_is_left_alone_in_the_end() {
    let choice = |request| if request == 1 { Reply::Answer } else { Reply::Refuse };
    let (all, requests, _) = over_http2(choice, 0, 2).await;
    let message = all[0].as_ref().unwrap_err().to_string();
    assert!(message.contains("GOAWAY") || message.contains("refused"), "{message}");
    // One that is answered, then one and two that cost nothing; hyper tries each once more by itself.
    assert!(requests <= 7, "{requests}");
}

#[tokio::test]
async fn a_broken_stream_is_a_fault_like_any_other() {
    let choice = |request| if request == 2 { Reply::Break } else { Reply::Answer };
    let (all, requests, connections) = over_http2(choice, 1, 2).await;
    assert!(all.iter().all(|one| one.as_ref().is_ok_and(|one| one.attempts == 2)), "{all:?}");
    assert_eq!((requests, connections), (3, 1));
}

/// A certificate that may sign others, served as a server's own, with itself as the bundle.
#[tokio::test]
async fn an_authority_that_serves_itself_is_told_so() {
    let (tls, pem) = self_served("localhost");
    let bundle = file("self-served", pem.as_bytes());
    let message = distrusted(tls, Some(bundle)).await;
    assert!(message.contains("it is an authority's own certificate (CA:TRUE)"), "{message}");
    assert!(message.contains("CA:FALSE") && !message.contains("perhaps self-signed"), "{message}");
}

/// Other programs' settings are not read, and that is said.
#[tokio::test]
async fn a_bundle_of_other_programs_is_mentioned() {
    let server = Scripted::start_tls(self_signed("localhost"), vec![Act::Answer(page())]).await;
    for variable in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
        let env = move |name: &str| (name == variable).then(|| "/etc/mine.pem".into());
        let client = Client::new(settings(&https(&server)).resolve(&env).unwrap()).unwrap();
        let message = connection_error(list(&client).await).message;
        assert!(
            message.contains(&format!("{variable} is set, which this client does not read")),
            "{message}"
        );
    }
}

/// The spellings of a bundle that OpenSSL reads too.
#[tokio::test]
async fn bundles_may_be_written_in_several_ways() {
    let authority = Authority::new();
    let pem = std::fs::read_to_string(authority.bundle("plain")).unwrap();
    let der = rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    // OpenSSL writes what the certificate is trusted for behind it, here an empty list.
    let trusted = [der.as_ref(), &[0x30, 0x00]].concat();
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, trusted);
    let trusted =
        format!("-----BEGIN TRUSTED CERTIFICATE-----\n{encoded}\n-----END TRUSTED CERTIFICATE-----\n");
    let marked = [b"\xef\xbb\xbf".as_slice(), pem.as_bytes()].concat();
    let x509 = pem.replace("CERTIFICATE-----", "X509 CERTIFICATE-----");
    for (name, content) in [
        ("marked", marked.as_slice()),
        ("trusted", trusted.as_bytes()),
        ("x509", x509.as_bytes()),
        ("crlf", pem.replace('\n', "\r\n").as_bytes()),
        ("cr", pem.replace('\n', "\r").as_bytes()),
        // As in a block of YAML, and as PowerShell's `>` writes.
        ("indented", pem.replace('\n', "\n    ").as_bytes()),
        ("utf16", &wide(&pem, u16::to_le_bytes)),
        ("utf16-be", &wide(&pem, u16::to_be_bytes)),
        ("der", der.as_ref()),
    ] {
        let server =
            Scripted::start_tls(authority.server("localhost", FUTURE, &[]), vec![Act::Answer(page())]).await;
        let settings = Settings { ca_bundle: Some(file(name, content)), ..settings(&https(&server)) };
        assert!(list(&client(settings)).await.is_ok(), "{name}");
    }
}

/// UTF-16 with a byte order mark.
fn wide(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect()
}

/// What a file holds instead of certificates is told, and nothing of a key is shown.
#[tokio::test]
async fn a_file_without_certificates_is_told_for_what_it_is() {
    let (certificate, key) = Authority::new().client();
    let object = [0x30, 0x12, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02, 0xA0, 0, 0];
    let told = |bundle: PathBuf| {
        let settings = Settings { ca_bundle: Some(bundle), ..settings("https://service.invalid") };
        Client::new(settings.resolve(&|_| None).unwrap()).unwrap_err().to_string()
    };
    for (name, content, words) in [
        ("key", key.as_bytes(), "holds a private key and no certificate"),
        ("pkcs7-der", object.as_slice(), "is PKCS #7: write its certificates out in PEM form"),
        ("pkcs7-pem", b"-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n", "is PKCS #7: "),
        ("pkcs12", &[0x30, 0x82, 0x0A, 0x10, 2, 1, 3, 0x30], "is PKCS #12: "),
        ("nothing", b"", "holds no certificate in PEM form"),
    ] {
        let message = told(file(name, content));
        assert!(message.contains(words), "{name}: {message}");
    }
    let folder = told(PathBuf::from(env!("CARGO_TARGET_TMPDIR")));
    assert!(folder.ends_with("is a folder: name one file in PEM form"), "{folder}");
    let message = told(PathBuf::from(format!("{certificate}{key}")));
    assert_eq!(
        message,
        "ca_bundle: is the text of a file, where the path of one is wanted: write it into a file"
    );
}

/// A server that ends the connection in the handshake, or refuses it, is there, and so is the network.
#[tokio::test]
async fn no_agreement_on_tls_is_told_for_what_it_is() {
    for (answer, words) in [
        (
            b"".as_slice(),
            "it closed the connection in the middle of the handshake. Should the base_url begin",
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "what it answers is no TLS. Should the base_url begin"),
        (&[0x15, 3, 1, 0, 2, 2, 40], "it refused the handshake (no cipher that both know, for example)"),
        (&[0x15, 3, 1, 0, 2, 2, 70], "it speaks no TLS 1.2 and no TLS 1.3"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                // Unread bytes would reset the connection instead of closing it.
                let mut hello = [0; 4096];
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut hello).await;
                let _ = stream.write_all(answer).await;
            }
        });
        let plain = Settings { max_retries: Some(0), ..settings(&format!("https://localhost:{port}")) };
        let message = connection_error(list(&client(plain)).await).message;
        assert!(
            message.starts_with(&format!("could not agree on TLS with localhost:{port}: {words}")),
            "{message}"
        );
        assert_eq!(message.contains("http://"), words.contains("base_url"), "{message}");
    }
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::write(&path, content).unwrap();
    path
}
