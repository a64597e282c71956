//! SOCKS proxies: through them, refused by them, and in whose hands the look-up of a name is.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::scripted::{Act, Scripted, page};
use super::*;

/// What a proxy was asked: to connect where, and as whom.
#[derive(Debug, PartialEq)]
struct Asked {
    host: String,
    port: u16,
    login: Option<(String, String)>,
}

/// A SOCKS 5 proxy that answers each request with this code, and where it is 0 leads to the server.
async fn socks5(server: SocketAddr, code: u8) -> (SocketAddr, mpsc::UnboundedReceiver<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (asked, received) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let asked = asked.clone();
            tokio::spawn(async move {
                let login = greet(&mut client).await;
                // Who was turned away says nothing more.
                let Some((host, port)) = destination(&mut client).await else { return };
                asked.send(Asked { host, port, login }).unwrap();
                client.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
                if code == 0 {
                    let mut onwards = TcpStream::connect(server).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut onwards).await;
                }
            });
        }
    });
    (address, received)
}

async fn greet(client: &mut TcpStream) -> Option<(String, String)> {
    assert_eq!(client.read_u8().await.unwrap(), 5);
    let methods = text(client).await.into_bytes();
    if !methods.contains(&2) {
        client.write_all(&[5, 0]).await.unwrap();
        return None;
    }
    client.write_all(&[5, 2]).await.unwrap();
    assert_eq!(client.read_u8().await.unwrap(), 1);
    let login = (text(client).await, text(client).await);
    let verdict = u8::from(login.1 == "wrong");
    client.write_all(&[1, verdict]).await.unwrap();
    Some(login)
}

async fn destination(client: &mut TcpStream) -> Option<(String, u16)> {
    let mut head = [0; 4];
    client.read_exact(&mut head).await.ok()?;
    let host = match head[3] {
        1 => std::net::Ipv4Addr::from(client.read_u32().await.unwrap()).to_string(),
        3 => text(client).await,
        other => panic!("address of kind {other}"),
    };
    Some((host, client.read_u16().await.unwrap()))
}

/// A text behind its length.
async fn text(client: &mut TcpStream) -> String {
    let mut bytes = vec![0; client.read_u8().await.unwrap().into()];
    client.read_exact(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

fn through(proxy: &str, base_url: &str) -> Settings {
    Settings { proxy: Some(proxy.into()), max_retries: Some(0), ..settings(base_url) }
}

#[tokio::test]
async fn the_proxy_looks_the_name_up() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let (proxy, mut asked) = socks5(server.address, 0).await;
    let address = format!("socks5h://user:p%40ss-word@{proxy}");
    list(&client(through(&address, "http://service.invalid:81"))).await.unwrap();
    let login = Some(("user".to_owned(), "p@ss-word".to_owned()));
    assert_eq!(asked.recv().await.unwrap(), Asked { host: "service.invalid".into(), port: 81, login });
    assert!(server.seen()[0].head.starts_with("POST /conversation/sessions "), "{}", server.seen()[0].head);
}

#[tokio::test]
async fn this_machine_looks_the_name_up() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let (proxy, mut asked) = socks5(server.address, 0).await;
    list(&client(through(&format!("socks5://{proxy}"), "http://127.0.0.2:81"))).await.unwrap();
    assert_eq!(asked.recv().await.unwrap(), Asked { host: "127.0.0.2".into(), port: 81, login: None });
}

#[tokio::test]
async fn the_environment_may_name_one() {
    let server = Scripted::start(vec![Act::Answer(page())]).await;
    let (proxy, mut asked) = socks5(server.address, 0).await;
    let address = format!("socks5h://{proxy}");
    let resolved = settings("http://service.invalid")
        .resolve(&|name| (name == "ALL_PROXY").then(|| address.clone().into()));
    list(&Client::new(resolved.unwrap()).unwrap()).await.unwrap();
    assert_eq!(asked.recv().await.unwrap().host, "service.invalid");
}

#[tokio::test]
async fn a_proxy_that_will_not_connect() {
    let (proxy, _asked) = socks5("127.0.0.1:1".parse().unwrap(), 5).await;
    let error = connection_error(
        list(&client(through(&format!("socks5h://{proxy}"), "http://service.invalid"))).await,
    );
    assert!(
        error.message.starts_with(&format!("the proxy {proxy} would not connect to service.invalid:80: ")),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn a_proxy_that_wants_other_credentials() {
    let (proxy, _asked) = socks5("127.0.0.1:1".parse().unwrap(), 0).await;
    let address = format!("socks5://somebody:wrong@{proxy}");
    let error = connection_error(list(&client(through(&address, "http://127.0.0.2"))).await);
    assert_eq!(
        error.message,
        format!(
            "the proxy {proxy} does not take the credentials that the proxy setting holds: check them, and \
             percent-encode whatever is no letter or digit"
        )
    );
}

#[tokio::test]
async fn a_proxy_that_is_not_there() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let address = format!("socks5h://127.0.0.1:{port}");
    let error = connection_error(list(&client(through(&address, "http://service.invalid"))).await);
    assert!(
        error.message.starts_with(&format!(
            "could not connect to the proxy 127.0.0.1:{port}: nothing answers there. "
        )),
        "{}",
        error.message
    );
}
