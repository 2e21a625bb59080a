use std::net::IpAddr;

use thiserror::Error;
use url::{Host, Url};

use super::Reach;
use super::address::{is_loopback, is_public};

/// Maximum length of an address, in characters.
const MAX_CHARS: usize = 2048;

/// Refusal of an address that a user typed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The text is not an address.
    #[error("this is not a web address; one looks like https://example.org/path")]
    NotAnAddress,
    /// The address is too long.
    #[error("the address has {length} characters; at most 2048 are allowed")]
    TooLong {
        /// Its length in characters.
        length: usize,
    },
    /// The scheme is not https.
    #[error("the address begins with {scheme}://; only https:// is allowed")]
    NotHttps {
        /// The scheme.
        scheme: String,
    },
    /// The address holds a user name or a password.
    #[error("the address holds a user name or password; give it without them")]
    Credentials,
    /// The port belongs to another service.
    #[error("port {port} is not allowed; allowed are 443 and those from 1024")]
    Port {
        /// The port.
        port: u16,
    },
    /// The host is this machine or in its network.
    #[error("{host} is not on the public internet; give an address that everybody can reach")]
    NotPublic {
        /// The host.
        host: String,
    },
}

/// Parses an address as a user typed it, for a client with this reach.
pub(super) fn read(text: &str, reach: Reach) -> Result<Url, Refusal> {
    let text = text.trim();
    let length = text.chars().count();
    if length > MAX_CHARS {
        return Err(Refusal::TooLong { length });
    }
    let mut url = Url::parse(text).map_err(|_| Refusal::NotAnAddress)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal::NotHttps {
            scheme: url.scheme().to_owned(),
        });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Credentials);
    }
    let host = url.host().ok_or(Refusal::NotAnAddress)?;
    let is_local = reach != Reach::Public && is_this_machine(&host);
    match reach {
        Reach::Configured if !is_local => check_https(&url)?,
        Reach::Public | Reach::PublicAndLoopback if !is_local => check_public(&url, &host)?,
        Reach::Public | Reach::PublicAndLoopback | Reach::Configured | Reach::OwnNetwork => {}
    }
    // A fragment is never sent.
    url.set_fragment(None);
    Ok(url)
}

fn check_https(url: &Url) -> Result<(), Refusal> {
    if url.scheme() == "https" {
        return Ok(());
    }
    Err(Refusal::NotHttps {
        scheme: url.scheme().to_owned(),
    })
}

fn check_public(url: &Url, host: &Host<&str>) -> Result<(), Refusal> {
    check_https(url)?;
    let is_public = address(host).map_or_else(|| !is_this_machine(host), is_public);
    if !is_public {
        return Err(Refusal::NotPublic {
            host: host.to_string(),
        });
    }
    match url.port_or_known_default() {
        Some(443 | 1024..) => Ok(()),
        port => Err(Refusal::Port {
            port: port.unwrap_or(0),
        }),
    }
}

fn address(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(address) => Some((*address).into()),
        Host::Ipv6(address) => Some((*address).into()),
        Host::Domain(_) => None,
    }
}

/// True for `localhost` and literal loopback addresses. Other names are checked when they are looked up.
fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        _ => address(host).is_some_and(is_loopback),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> Result<String, Refusal> {
        read(text, Reach::Public).map(Into::into)
    }

    #[test]
    fn a_public_https_address_is_taken() {
        for (typed, taken) in [
            ("https://example.org", "https://example.org/"),
            (
                " https://example.org:8443/hook?key=1#part ",
                "https://example.org:8443/hook?key=1",
            ),
            ("HTTPS://Example.ORG:443/", "https://example.org/"),
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
            ("https://8.8.8.8/", "https://8.8.8.8/"),
            ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ] {
            assert_eq!(public(typed).as_deref(), Ok(taken), "{typed}");
        }
    }

    #[test]
    fn every_writing_of_an_address_that_is_not_public_is_refused() {
        for text in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://10.0.0.1:8443/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://127.0.0.1/",
        ] {
            let refusal = public(text).unwrap_err();
            assert!(matches!(refusal, Refusal::NotPublic { .. }), "{text}: {refusal}");
        }
    }

    #[test]
    fn each_other_fault_is_named() {
        let not_https = |scheme: &str| Refusal::NotHttps {
            scheme: scheme.to_owned(),
        };
        for (text, refusal) in [
            ("", Refusal::NotAnAddress),
            ("example.org/hook", Refusal::NotAnAddress),
            ("https://", Refusal::NotAnAddress),
            ("https://exa mple.org", Refusal::NotAnAddress),
            ("https://1.2.3.4.5/", Refusal::NotAnAddress),
            ("http://example.org", not_https("http")),
            ("ftp://example.org", not_https("ftp")),
            ("file:///etc/passwd", not_https("file")),
            ("javascript:alert(1)", not_https("javascript")),
            ("https://me@example.org", Refusal::Credentials),
            ("https://:secret@example.org", Refusal::Credentials),
            ("https://example.org:22/", Refusal::Port { port: 22 }),
            ("https://example.org:80/", Refusal::Port { port: 80 }),
            ("https://example.org:1023/", Refusal::Port { port: 1023 }),
            ("https://example.org:0/", Refusal::Port { port: 0 }),
        ] {
            assert_eq!(public(text), Err(refusal), "{text}");
        }
        let long = format!("https://example.org/{}", "a".repeat(2048));
        assert_eq!(public(&long), Err(Refusal::TooLong { length: 2068 }));
    }

    #[test]
    fn an_address_of_the_operator_may_be_in_their_network_and_is_called_in_the_open_on_this_machine_alone() {
        let configured = |text: &str| read(text, Reach::Configured);

        for text in [
            "https://sso.example.org/",
            "https://10.0.0.1:8443/",
            "https://sso.lan/",
            "http://127.0.0.1:80/",
            "http://localhost:8000/",
        ] {
            assert!(configured(text).is_ok(), "{text}");
        }
        for text in [
            "http://sso.example.org/",
            "http://10.0.0.1/",
            "https://me@sso.example.org/",
        ] {
            assert!(configured(text).is_err(), "{text}");
        }
    }

    #[test]
    fn this_machine_is_allowed_where_the_operator_says_so_and_its_network_is_not() {
        let local = |text: &str| read(text, Reach::PublicAndLoopback);

        for text in [
            "http://127.0.0.1:80/hook",
            "http://[::1]:9/",
            "http://localhost:5173/",
            "https://localhost/",
        ] {
            assert!(local(text).is_ok(), "{text}");
        }
        for text in [
            "http://example.org/",
            "http://10.0.0.1/",
            "https://10.0.0.1/",
            "http://0.0.0.0/",
            "https://169.254.169.254/",
            "http://localhost.example.org/",
            "http://me@127.0.0.1/",
        ] {
            assert!(local(text).is_err(), "{text}");
        }
    }
}
