use std::net::IpAddr;

use super::ConnectionLimits;
use crate::limiter::{network, site};
use crate::per_key_limit::{PerKeyLimit, Slot};

/// Counts the open connections, and refuses one too many.
#[derive(Debug)]
pub(crate) struct Admission {
    limits: ConnectionLimits,
    /// The one key is everybody.
    everybody: PerKeyLimit<()>,
    /// Addresses that stand for many clients.
    shared: PerKeyLimit<()>,
    sites: PerKeyLimit<IpAddr>,
    networks: PerKeyLimit<IpAddr>,
}

/// The place of an open connection, given back on drop.
#[derive(Debug)]
pub(crate) struct Place {
    _everybody: Slot<()>,
    _shared: Option<Slot<()>>,
    _address: Option<(Slot<IpAddr>, Slot<IpAddr>)>,
}

/// Refusal of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The address has as many as it may.
    ByAddress(usize),
    /// As many are open as there may be.
    InAll(usize),
}

impl Admission {
    pub(crate) fn new(limits: ConnectionLimits) -> Self {
        Self {
            everybody: PerKeyLimit::new(limits.in_all),
            shared: PerKeyLimit::new(limits.in_all - limits.in_all / 8),
            sites: PerKeyLimit::new(limits.per_site),
            networks: PerKeyLimit::new(limits.per_address),
            limits,
        }
    }

    /// Takes a place for a connection from `peer`.
    pub(crate) fn admit(&self, peer: IpAddr) -> Result<Place, Refused> {
        let peer = peer.to_canonical();
        let of_everybody = self
            .everybody
            .acquire(())
            .ok_or(Refused::InAll(self.limits.in_all))?;
        let (of_shared, of_address) = if self.limits.has_proxies || peer.is_loopback() {
            let slot = self.shared.acquire(());
            (Some(slot.ok_or(Refused::ByAddress(self.shared.max()))?), None)
        } else {
            let full = Refused::ByAddress(self.limits.per_address);
            let of_site = self.sites.acquire(site(peer)).ok_or(full)?;
            let of_network = self.networks.acquire(network(peer)).ok_or(full)?;
            (None, Some((of_site, of_network)))
        };
        Ok(Place {
            _everybody: of_everybody,
            _shared: of_shared,
            _address: of_address,
        })
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ByAddress(most) => write!(
                formatter,
                "this address has {most} connections open, which is all that it may; close some, or use them again"
            ),
            Self::InAll(most) => write!(
                formatter,
                "all {most} connections are in use; try again in some seconds"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn admission(has_proxies: bool) -> Admission {
        Admission::new(ConnectionLimits {
            in_all: 16,
            per_address: 2,
            per_site: 4,
            has_proxies,
            head_within: Duration::MAX,
            read_within: Duration::MAX,
        })
    }

    fn fill(admission: &Admission, peer: &str) -> Vec<Place> {
        let peer: IpAddr = peer.parse().unwrap();
        std::iter::from_fn(|| admission.admit(peer).ok()).collect()
    }

    #[test]
    fn one_address_leaves_room_for_others_and_gives_its_places_back() {
        let admission = admission(false);

        let places = fill(&admission, "192.0.2.66");

        assert_eq!(places.len(), 2);
        assert_eq!(fill(&admission, "192.0.2.7").len(), 2);
        drop(places);
        assert_eq!(fill(&admission, "::ffff:192.0.2.66").len(), 2);
    }

    #[test]
    fn the_networks_of_one_ipv6_site_share_its_places() {
        let admission = admission(false);

        let places: Vec<Place> = (1..=4)
            .flat_map(|number| fill(&admission, &format!("2001:db8:1:{number}::1")))
            .collect();

        assert_eq!(places.len(), 4);
    }

    #[test]
    fn a_proxy_has_nearly_all_places_and_this_machine_too() {
        assert_eq!(fill(&admission(false), "127.0.0.1").len(), 14);
        assert_eq!(fill(&admission(true), "192.0.2.1").len(), 14);
    }

    #[test]
    fn all_places_together_are_bounded() {
        let admission = admission(false);

        let places: Vec<Place> = (1..=20)
            .flat_map(|number| fill(&admission, &format!("192.0.2.{number}")))
            .collect();

        assert_eq!(places.len(), 16);
        let refused = admission.admit([127, 0, 0, 1].into()).unwrap_err();
        assert_eq!(refused, Refused::InAll(16));
    }
}
