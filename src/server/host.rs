//! The host that a request names in its `Host` header.
//!
//! A page of a stranger can have its own name lead to this server's address (DNS rebinding), and would then be of one
//! origin with it. So the server answers to its own names only: that of its public URL, those of this machine, and plain
//! addresses, which cannot be made to lead elsewhere.

use axum::http::uri::Authority;
use axum::http::{HeaderMap, header};
use url::{Host, Url};

/// The host of the request, without its port; none when the header is absent or malformed.
pub(super) fn requested(headers: &HeaderMap) -> Option<Host> {
    let authority: Authority = headers.get(header::HOST)?.to_str().ok()?.parse().ok()?;
    Host::parse(authority.host()).ok()
}

/// True when `host` names the machine that the request is sent from: a loopback address, or `localhost`.
pub(super) fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
    }
}

/// True when a request may be answered that names this host. One that names none comes from no browser.
pub(super) fn is_served(public_url: &Url, headers: &HeaderMap) -> bool {
    if !headers.contains_key(header::HOST) {
        return true;
    }
    match requested(headers) {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            public_url.domain() == Some(name) || is_this_machine(&Host::Domain(name.to_owned()))
        }
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_served_as(host: &str) -> bool {
        let public_url = "https://amda.example.org".parse().unwrap();
        is_served(
            &public_url,
            &HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]),
        )
    }

    #[test]
    fn the_server_answers_to_its_public_name_to_this_machine_and_to_addresses() {
        for own in [
            "amda.example.org",
            "AMDA.example.org:443",
            "amda.example.org.",
            "localhost:3000",
            "127.0.0.1:3000",
            "[::1]:3000",
            "192.168.1.5:3000",
        ] {
            assert!(is_served_as(own), "{own}");
        }
        assert!(is_served(&"http://10.0.0.1".parse().unwrap(), &HeaderMap::new()));
    }

    #[test]
    fn the_server_answers_to_no_name_that_somebody_else_can_give_it() {
        for strange in [
            "evil.test",
            "amda.example.org.evil.test",
            "localhost.evil.test",
            "evil.test:3000",
            "127.0.0.1.evil.test",
            "",
            "a b",
        ] {
            assert!(!is_served_as(strange), "{strange}");
        }
    }
}
