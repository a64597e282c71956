//! Why a server's certificate is not trusted, and why two sides do not agree on TLS, in words that help.
//! Pure: it reads the TLS library's errors, and knows no socket.

use std::error::Error as StdError;
use std::sync::Arc;

use rustls::{AlertDescription as Alert, CertificateError as Why, Error};

/// How the words begin where it is the issuer that is not trusted: what may be done about that depends on the
/// settings, and is told with them. The other words say themselves what is to be done.
pub const ISSUER: &str = "nobody that is trusted here signed it";

/// A certificate that may sign others, where one for a server was expected.
pub const AUTHORITY: &str = "it is an authority's own certificate (CA:TRUE), which no server may show";

/// What came is no TLS.
pub const NO_TLS: &str = "what it answers is no TLS";

/// The connection ended where the two sides were to agree.
pub const HANDSHAKE_CUT: &str = "it closed the connection in the middle of the handshake";

/// Why a certificate is not trusted.
pub fn certificate(error: &Error) -> String {
    let Error::InvalidCertificate(why) = error else { return error.to_string() };
    let words = match why {
        Why::Expired | Why::ExpiredContext { .. } => "it has expired: its owner has to renew it",
        Why::NotValidYet | Why::NotValidYetContext { .. } => {
            "it is not valid yet (is this machine's clock right?)"
        }
        Why::UnknownIssuer => ISSUER,
        // Of another authority of the same name, and of a key that is too short, the same is seen: a signature
        // that cannot be checked with the key that should have made it.
        Why::BadSignature => {
            "nobody that is trusted here signed it, or a key in its chain is too short (RSA needs 2048 bits)"
        }
        Why::UnsupportedSignatureAlgorithmContext { .. }
        | Why::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "it is signed in a way that is no longer accepted (SHA-1, for example): its owner has to renew it"
        }
        Why::NotValidForName => "it belongs to another host",
        Why::NotValidForNameContext { presented, .. } => return other_host(presented),
        Why::Revoked => "it was revoked: its owner has to get another one",
        Why::InvalidPurpose | Why::InvalidPurposeContext { .. } => {
            "it is not for servers (its extended key usage says so)"
        }
        Why::BadEncoding => "it is damaged",
        Why::Other(other) => return other_words(&other.0),
        _ => return format!("it is not acceptable ({why:?})"),
    };
    words.to_owned()
}

/// It belongs to others, which it names as in `DnsName("api.example.com")`.
fn other_host(presented: &[String]) -> String {
    let name = |entry: &String| entry.split('"').nth(1).unwrap_or(entry).to_owned();
    let names: Vec<String> = presented.iter().take(3).map(name).collect();
    if names.is_empty() {
        return "it names no host (it lacks a subjectAltName, which is where hosts stand)".to_owned();
    }
    let more = if presented.len() > names.len() { " and others" } else { "" };
    format!("it belongs to another host, {}{more}: is that of base_url right?", names.join(", "))
}

/// The error's type is a dependency's dependency: it is known by its name.
fn other_words(error: &Arc<dyn StdError + Send + Sync>) -> String {
    let name = format!("{error:?}");
    if name.contains("CaUsedAsEndEntity") {
        return AUTHORITY.to_owned();
    }
    if name.contains("UnsupportedCertVersion") {
        return "it is of X.509 version 1, which names no hosts: its owner has to write version 3, with a \
                subjectAltName"
            .to_owned();
    }
    format!("it is not acceptable ({name})")
}

/// Why there is no agreement on TLS.
pub fn handshake(error: &Error) -> String {
    match error {
        Error::InvalidMessage(_) => NO_TLS.to_owned(),
        Error::AlertReceived(Alert::ProtocolVersion) => "it speaks no TLS 1.2 and no TLS 1.3".to_owned(),
        Error::AlertReceived(Alert::HandshakeFailure | Alert::InsufficientSecurity) => {
            "it refused the handshake (no cipher that both know, for example)".to_owned()
        }
        Error::AlertReceived(Alert::UnrecognisedName) => "it knows no host of this name".to_owned(),
        Error::AlertReceived(alert) => format!("it refused the handshake ({alert:?})"),
        other => other.to_string(),
    }
}
