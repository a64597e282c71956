//! One sentence for each fault of the transport: what happened, and what to do about it.

use crate::core::config::{ClientConfig, Proxy, Timeout, place};
use crate::core::http::certificate_error::{AUTHORITY, HANDSHAKE_CUT, ISSUER, NO_TLS};
use crate::core::http::transport_error::{TransportError, TransportErrorKind};

pub fn of(fault: &TransportError, config: &ClientConfig, timeout: Timeout) -> String {
    let there = place(&config.base_url);
    unconnected(fault, config, timeout).unwrap_or_else(|| unanswered(fault, &there, timeout))
}

/// No connection was made: the next hop counts, which may be a proxy.
fn unconnected(fault: &TransportError, config: &ClientConfig, timeout: Timeout) -> Option<String> {
    let there = place(&config.base_url);
    let (next, setting) = match &config.proxy {
        Some(proxy) => (format!("the proxy {}", proxy.place()), "proxy"),
        None => (there.clone(), "base_url"),
    };
    let words = &fault.words;
    Some(match fault.kind {
        TransportErrorKind::Refused => {
            format!("could not connect to {next}: {words}. Is the {setting} right and the server up?")
        }
        TransportErrorKind::Unreachable => {
            format!("could not connect to {next}: {words}. Is the network up?")
        }
        TransportErrorKind::Dns if config.proxy.as_ref().is_some_and(Proxy::leaves_names) => format!(
            "could not find the host of {next}, or {there}: {words}. With socks5h:// it is the proxy that looks \
             {there} up"
        ),
        TransportErrorKind::Dns => {
            format!("could not find the host of {next}: {words}. Is the {setting} right?")
        }
        TransportErrorKind::ConnectTimeout => {
            let connect = timeout.connect.as_secs_f64();
            format!(
                "could not connect to {next} within {connect} s (timeout.connect). Is the {setting} right?"
            )
        }
        TransportErrorKind::Certificate => {
            format!("the certificate of {there} is not trusted: {words}{}", remedy(words, config))
        }
        TransportErrorKind::ClientCertificate if config.client_cert.is_none() => {
            format!("{there} wants a certificate of the client: pass client_cert")
        }
        TransportErrorKind::ClientCertificate => format!(
            "{there} does not take the certificate of client_cert ({words}): is it the right one, and still valid?"
        ),
        TransportErrorKind::NoDescriptors => format!(
            "could not connect to {next}: {words}. Lower max_connections or max_concurrency, close what is open, or \
             raise the limit (ulimit -n)"
        ),
        TransportErrorKind::Tls if words == NO_TLS || words == HANDSHAKE_CUT => {
            format!("could not agree on TLS with {there}: {words}. Should the base_url begin with http:// ?")
        }
        TransportErrorKind::Tls => format!("could not agree on TLS with {there}: {words}"),
        TransportErrorKind::ProxyCredentials if config.proxy.as_ref().is_some_and(Proxy::has_credentials) => {
            format!(
                "{next} does not take the credentials that the proxy setting holds: check them, and percent-encode \
                 whatever is no letter or digit"
            )
        }
        TransportErrorKind::ProxyCredentials => {
            let scheme = config.proxy.as_ref().map_or("http", |proxy| proxy.url().scheme());
            let code = if scheme.starts_with("http") { " (407)" } else { "" };
            format!("{next} wants credentials{code}: pass proxy=\"{scheme}://user:password@host:port\"")
        }
        TransportErrorKind::Proxy => format!("{next} would not connect to {there}: {words}"),
        _ => return None,
    })
}

/// What to do about a certificate that is not trusted.
fn remedy(words: &str, config: &ClientConfig) -> String {
    if words == AUTHORITY {
        return ". Let the authority sign one for the server (CA:FALSE), and pass the authority's as ca_bundle"
            .to_owned();
    }
    if !words.starts_with(ISSUER) {
        // Another authority would not mend it: the words say what does.
        return String::new();
    }
    match (&config.ca_bundle, config.others_bundle) {
        (Some(_), _) => {
            ". The ca_bundle was read: it must hold the authority that signed this certificate".to_owned()
        }
        (None, Some(variable)) => format!(
            ". {variable} is set, which this client does not read: pass that file as ca_bundle, or name it in \
             SSL_CERT_FILE"
        ),
        (None, None) => {
            ". If it comes from an authority of your own, pass its certificate as ca_bundle".to_owned()
        }
    }
}

/// There was a connection, and no whole answer.
fn unanswered(fault: &TransportError, there: &str, timeout: Timeout) -> String {
    let words = &fault.words;
    match fault.kind {
        TransportErrorKind::Closed => format!("{there} closed the connection without an answer"),
        TransportErrorKind::GoAway => format!("{there} is closing its connections (GOAWAY)"),
        TransportErrorKind::Reset => {
            format!("the connection to {there} was reset before the answer was whole")
        }
        TransportErrorKind::Truncated => {
            format!("the answer of {there} ended before its end; none of it was used")
        }
        TransportErrorKind::Encoding => format!("{words}; none of it was used"),
        TransportErrorKind::HeadTooLarge => {
            format!("the answer of {there} was not read: {words} (at most 100 lines are read)")
        }
        TransportErrorKind::Memory => format!("the answer of {there} was not read: {words}. Lower the limit"),
        TransportErrorKind::Protocol => {
            format!(
                "what {there} answered is not HTTP: {words}. Is the base_url right, http or https included?"
            )
        }
        TransportErrorKind::Malformed => {
            format!("the answer of {there} is broken HTTP ({words}); none of it was used")
        }
        TransportErrorKind::AttemptTimeout => {
            let attempt = timeout.attempt.as_secs_f64();
            format!(
                "no whole answer from {there} within {attempt} s (timeout.attempt). Allow more time, or lower \
                 the limit"
            )
        }
        TransportErrorKind::TotalTimeout => {
            let total = timeout.total.as_secs_f64();
            format!(
                "no whole answer from {there} within {total} s, retries and waits included (timeout.total)"
            )
        }
        _ => format!("the request to {there} failed: {words}"),
    }
}
