//! Where the service is, and what stands in between: the base URL and the proxy.
//! No fault that is told here shows a user or a password.

use url::Url;

use super::no_proxy::{excepts, is_loopback};
use super::{DEFAULT_BASE_URL, Environment};

/// The ways to speak to a proxy; with an h it is the proxy that looks names up.
const PROXIES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// A proxy to go through.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    url: Url,
}

impl Proxy {
    /// With its credentials: for the connection only.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether it leaves it to this machine to look names up.
    pub fn leaves_names(&self) -> bool {
        matches!(self.url.scheme(), "socks4" | "socks5")
    }

    /// Whether it names a user, or a password.
    pub fn has_credentials(&self) -> bool {
        !self.url.username().is_empty() || self.url.password().is_some()
    }

    /// Host and port, fit to be shown.
    pub fn place(&self) -> String {
        place(&self.url)
    }

    /// In every form in which they are sent: as written in the URL, decoded, and as the one text
    /// that goes into `proxy-authorization`.
    pub(in crate::core) fn secrets(&self) -> Vec<String> {
        use base64::Engine;
        let (user, password) = (self.url.username(), self.url.password().unwrap_or_default());
        let pair = base64::engine::general_purpose::STANDARD.encode(format!(
            "{}:{}",
            decoded(user),
            decoded(password)
        ));
        vec![decoded(user), decoded(password), password.to_owned(), pair]
    }
}

/// A part of a URL as it was meant.
fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proxy({})", self.place())
    }
}

/// Host and port of an address.
pub fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

pub(in crate::core) fn base_url(given: Option<String>, env: Environment) -> Result<Url, String> {
    let given = given.map(|text| ("base_url", text));
    let (name, text) = given
        .or_else(|| env("BLOCKS_API_URL").map(|text| ("BLOCKS_API_URL", text)))
        .unwrap_or_else(|| ("base_url", DEFAULT_BASE_URL.to_owned()));
    // A URL's own rules would take the first part of the path for a host that was left out.
    let names_host = text.split_once("://").is_some_and(|(_, rest)| !rest.starts_with(['/', '\\']));
    let Ok(mut url) = Url::parse(text.trim()) else {
        return Err(format!("{name} must be a whole address such as {DEFAULT_BASE_URL}"));
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || !names_host {
        return Err(format!("{name} must begin with https:// or http:// and name a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "{name} must hold no user or password: use access_token or client_id and client_secret"
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{name} must hold no query and no fragment"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    if path.ends_with("/conversation/sessions") {
        return Err(format!(
            "{name} must be the address without /conversation/sessions, which is added to it"
        ));
    }
    url.set_path(&path);
    Ok(url)
}

/// The proxy that was given, or else the environment's, which is never used for this very machine.
pub(in crate::core) fn proxy(
    given: Option<String>,
    base: Option<&Url>,
    env: Environment,
) -> Result<Option<Proxy>, String> {
    if let Some(text) = given {
        return Ok(Some(Proxy { url: proxy_url("proxy", &text)? }));
    }
    let Some(base) = base.filter(|base| !is_loopback(base)) else { return Ok(None) };
    let Some((name, text)) = from_environment(base.scheme(), env) else { return Ok(None) };
    // The one spelling counts that is set, as for the proxies themselves the small one first.
    let no_proxy = env("no_proxy").or_else(|| env("NO_PROXY"));
    if no_proxy.is_some_and(|no_proxy| excepts(&no_proxy, base)) {
        return Ok(None);
    }
    Ok(Some(Proxy { url: proxy_url(name, &text)? }))
}

fn from_environment(scheme: &str, env: Environment) -> Option<(&'static str, String)> {
    // A CGI server puts the request's "Proxy" header into HTTP_PROXY: there it is not to be trusted.
    let http: &[&'static str] =
        if env("REQUEST_METHOD").is_some() { &["http_proxy"] } else { &["http_proxy", "HTTP_PROXY"] };
    let own: &[&'static str] = if scheme == "https" { &["https_proxy", "HTTPS_PROXY"] } else { http };
    let names = own.iter().chain(&["all_proxy", "ALL_PROXY"]);
    names.into_iter().find_map(|name| env(name).map(|text| (*name, text)))
}

fn proxy_url(name: &str, text: &str) -> Result<Url, String> {
    let text = text.trim();
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&whole);
    let bare =
        |url: &Url| matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    match url {
        Ok(url) if PROXIES.contains(&url.scheme()) && url.host_str().is_some() && bare(&url) => Ok(url),
        // A #, / or ? in a password ends the host's part of the address, and what follows it is taken for a path.
        _ if whole.contains('@') => Err(format!(
            "{name} is no address of a proxy: in a user or password, percent-encode whatever is no letter or digit, \
             as in http://user:p%40ss%23word@proxy.example:3128"
        )),
        _ => Err(format!(
            "{name} must be the address of a proxy, such as http://proxy.example:3128 or \
             socks5h://proxy.example:1080"
        )),
    }
}
