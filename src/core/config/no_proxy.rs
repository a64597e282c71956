//! Which hosts need no proxy: `NO_PROXY` as curl, Python and Go read it, and this very machine in every spelling.
//! Pure; it knows no proxy.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

/// Whether `NO_PROXY` names the host of this address.
///
/// Entries are separated by commas, semicolons or blanks. `*` is every host; `example.com`, `.example.com` and
/// `*.example.com` are the host and those below it; an address may have a prefix length, any entry a port.
pub(super) fn excepts(no_proxy: &str, url: &Url) -> bool {
    let entries = no_proxy.split(|sign: char| sign.is_whitespace() || matches!(sign, ',' | ';'));
    entries.filter(|entry| !entry.is_empty()).any(|entry| entry == "*" || names(entry, url))
}

fn names(entry: &str, url: &Url) -> bool {
    let (host, port) = split_port(entry);
    if port.is_some() && port != url.port_or_known_default() {
        return false;
    }
    match address(url) {
        Some(own) => {
            // The brackets of an IPv6 address are written around it, or around it and its prefix length.
            let host = host.replace(['[', ']'], "");
            let network = host.parse::<IpNet>().ok();
            let single = host.parse::<IpAddr>().ok().map(IpNet::from);
            network.or(single).is_some_and(|network| network.contains(&own))
        }
        None => url.host_str().is_some_and(|own| is_below(&plain(own), host)),
    }
}

/// The entry without its port. An IPv6 address has a port only behind brackets.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    let colons = entry.matches(':').count();
    match entry.rsplit_once(':') {
        Some((host, port)) if colons == 1 || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

fn is_below(own: &str, entry: &str) -> bool {
    let parent = plain(entry.trim_start_matches('*').trim_start_matches('.'));
    !parent.is_empty() && (own == parent || own.strip_suffix(&parent).is_some_and(|rest| rest.ends_with('.')))
}

/// A name as names are compared: as it goes over the wire, in lower case, without the dot of the root.
fn plain(name: &str) -> String {
    let name = name.trim_end_matches('.');
    match Host::parse(name) {
        Ok(Host::Domain(sent)) => sent,
        _ => name.to_ascii_lowercase(),
    }
}

/// The address that a URL names, an IPv4 one also where it is written as IPv6.
fn address(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.to_canonical()),
        Host::Domain(_) => None,
    }
}

/// Whether an address leads to this very machine: the loopback network, the unspecified address (which connects
/// to it), and the names that are reserved for it.
pub(super) fn is_loopback(url: &Url) -> bool {
    if let Some(address) = address(url) {
        return address.is_loopback() || address.is_unspecified();
    }
    let name = plain(url.host_str().unwrap_or_default());
    ["localhost", "localhost.localdomain", "localhost6", "ip6-localhost", "ip6-loopback"]
        .contains(&name.as_str())
        || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn entries_name_hosts_as_other_programs_read_them() {
        let cases = [
            ("*", "https://api.example.com", true),
            ("other.example, *", "https://api.example.com", true),
            ("example.com", "https://api.example.com", true),
            ("example.com", "https://example.com.", true),
            (".example.com", "https://example.com", true),
            ("*.example.com", "https://API.example.com", true),
            ("example.com", "https://notexample.com", false),
            ("ample.com", "https://example.com", false),
            ("example.com:443", "https://example.com", true),
            ("example.com:8443", "https://example.com", false),
            ("a.example b.example", "https://b.example", true),
            ("10.0.0.0/8", "http://10.1.2.3", true),
            ("10.0.0.0/8", "http://11.1.2.3", false),
            ("10.1.2.3", "http://10.1.2.3:80", true),
            ("10.1.2.3:81", "http://10.1.2.3:80", false),
            ("fd00::/8", "http://[fd12::1]", true),
            ("[fd12::1]:80", "http://[fd12::1]", true),
            ("10.1.2.3", "http://[::ffff:10.1.2.3]", true),
            ("", "https://example.com", false),
            (".", "https://example.com", false),
            ("*.", "https://example.com", false),
            ("other.example\napi.example.com\u{a0}", "https://api.example.com", true),
            ("b\u{fc}cher.example", "https://www.b\u{fc}cher.example", true),
            (".B\u{dc}CHER.example", "https://xn--bcher-kva.example", true),
            ("[fd00::]/8", "http://[fd12::1]", true),
            ("[fd00::/8]", "http://[fd12::1]", true),
        ];
        for (no_proxy, target, expected) in cases {
            assert_eq!(excepts(no_proxy, &url(target)), expected, "{no_proxy} {target}");
        }
    }

    #[test]
    fn this_machine_in_every_spelling() {
        for text in [
            "http://127.0.0.1:8",
            "http://127.3.2.1",
            "http://127.1",
            "http://0x7f000001",
            "http://2130706433",
            "http://0.0.0.0:80",
            "http://[::1]:8",
            "http://[::]",
            "http://[::ffff:127.0.0.1]",
            "http://[0:0:0:0:0:0:0:1]",
            "http://localhost",
            "http://LOCALHOST.",
            "http://a.localhost",
            "http://localhost.localdomain",
        ] {
            assert!(is_loopback(&url(text)), "{text}");
        }
        for text in ["http://10.0.0.1", "http://localhost.example", "http://128.0.0.1", "http://[fe80::1]"] {
            assert!(!is_loopback(&url(text)), "{text}");
        }
    }
}
