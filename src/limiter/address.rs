use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The key of an address. One household has 2^64 addresses of IPv6, so those count by their network.
pub fn address_key(ip: Option<IpAddr>) -> String {
    ip.map_or_else(|| "unknown".to_owned(), |ip| network(ip).to_string())
}

/// The network that an address counts as: the /64 of an IPv6 address, else the address itself.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

/// The site that an address counts as: the /48 of an IPv6 address, of which one customer has all, else the address
/// itself.
pub fn site(ip: IpAddr) -> IpAddr {
    match network(ip) {
        IpAddr::V6(ip) if !ip.is_loopback() => Ipv6Addr::from_bits(ip.to_bits() >> 80 << 80).into(),
        ip => ip,
    }
}

/// The neighbourhood of an address, in which one person's address changes: the /24 of an IPv4 address, the /48 of an IPv6
/// address.
pub fn neighbourhood(ip: IpAddr) -> IpAddr {
    match site(ip) {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() >> 8 << 8).into(),
        ip @ IpAddr::V6(_) => ip,
    }
}

/// The key of the site that an address counts as.
pub fn site_key(ip: Option<IpAddr>) -> String {
    address_key(ip.map(site))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_one_ipv6_network_share_a_key_and_mapped_addresses_are_ipv4() {
        let key = |text: &str| address_key(Some(text.parse().unwrap()));

        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_eq!(key("::ffff:192.0.2.7"), "192.0.2.7");
        assert_ne!(key("::1"), key("::2"));
        let site = |text: &str| site_key(Some(text.parse().unwrap()));
        assert_eq!(site("2001:db8:1:2::1"), site("2001:db8:1:3::9"));
        assert_ne!(site("2001:db8:1:2::1"), site("2001:db8:2:2::1"));
        assert_eq!(site("192.0.2.7"), "192.0.2.7");
        let around = |text: &str| neighbourhood(text.parse().unwrap()).to_string();
        assert_eq!(around("::ffff:192.0.2.7"), "192.0.2.0");
        assert_eq!(around("2001:db8:1:2::1"), "2001:db8:1::");
    }
}
