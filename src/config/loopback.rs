//! The rule that a build with the simulator connects to loopback only: it accepts any server as WhatsApp.

use thiserror::Error;
use url::{Host, Url};

/// An address that this build must not connect to.
#[derive(Debug, Error)]
#[error(
    "{url} is not on this machine, and this build has the simulator and checks no certificates, so it connects to \
     loopback only; add --simulate, or use a build without `--features simulator`"
)]
pub struct NotLoopback {
    /// The address.
    pub url: Url,
}

/// Checks that this build may take `url` for WhatsApp.
///
/// # Errors
/// [`NotLoopback`] when the build has the simulator and `url` names another machine, or one by a name, which could lead
/// anywhere.
pub fn check_whatsapp_url(url: &Url) -> Result<(), NotLoopback> {
    check(url, cfg!(feature = "simulator"))
}

fn check(url: &Url, has_simulator: bool) -> Result<(), NotLoopback> {
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // The host of an unknown scheme is not parsed as an address; WhatsApp has no such scheme.
        Some(Host::Domain(_)) | None => false,
    };
    if has_simulator && !is_loopback {
        Err(NotLoopback { url: url.clone() })
    } else {
        Ok(())
    }
}

/// True when `url` names this machine, by address or as `localhost`.
pub(super) fn names_this_machine(url: &Url) -> bool {
    // The host of an unknown scheme is not parsed as an address.
    let host = url.host_str().and_then(|host| Host::parse(host).ok());
    match host {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// True when `url` names a machine that is reached across other people's networks: a public address, or a full name that
/// is not one of a private network.
pub fn is_on_another_network(url: &Url) -> bool {
    let private_endings = [
        ".local",
        ".lan",
        ".home",
        ".internal",
        ".localhost",
        ".home.arpa",
        ".test",
    ];
    match url.host_str().and_then(|host| Host::parse(host).ok()) {
        Some(Host::Ipv4(address)) => {
            !(address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified())
        }
        Some(Host::Ipv6(address)) => {
            !(address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_unspecified())
        }
        Some(Host::Domain(name)) => {
            name.contains('.') && !private_endings.iter().any(|end| name.ends_with(end))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(url: &str, has_simulator: bool) -> bool {
        check(&url.parse().unwrap(), has_simulator).is_ok()
    }

    #[test]
    fn a_build_with_the_simulator_connects_to_loopback_alone() {
        assert!(is_allowed("ws://127.0.0.1:3100/ws/chat", true));
        assert!(is_allowed("ws://127.9.9.9:1/ws/chat", true));
        assert!(is_allowed("ws://[::1]:3100/ws/chat", true));
    }

    #[test]
    fn a_build_with_the_simulator_refuses_every_other_address() {
        for url in [
            "wss://web.whatsapp.com/ws/chat",
            "ws://localhost:3100/ws/chat",
            "ws://127.0.0.1.example.org/ws/chat",
            "ws://127.0.0.1@example.org/ws/chat",
            "ws://0.0.0.0:3100/ws/chat",
            "ws://10.0.0.1/ws/chat",
            "ws://[::ffff:10.0.0.1]/ws/chat",
            "unix:/run/whatsapp",
        ] {
            assert!(!is_allowed(url, true), "{url}");
        }
    }

    #[test]
    fn private_networks_are_known_by_their_addresses_and_names() {
        let is_elsewhere = |url: &str| is_on_another_network(&url.parse().unwrap());

        for private in [
            "http://127.0.0.1:3000",
            "http://localhost",
            "http://192.168.1.2",
            "http://[fd00::1]",
            "http://nas.local",
            "postgresql://amda@db/amda",
            "postgresql://amda@%2Frun%2Fpostgresql/amda",
        ] {
            assert!(!is_elsewhere(private), "{private}");
        }
        for public in [
            "http://amda.example.org",
            "http://203.0.113.5",
            "postgresql://a@db.example.org/a",
        ] {
            assert!(is_elsewhere(public), "{public}");
        }
    }

    #[test]
    fn a_build_without_the_simulator_connects_anywhere() {
        assert!(is_allowed("wss://web.whatsapp.com/ws/chat", false));
    }
}
