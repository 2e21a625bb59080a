use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 networks outside the public internet: first address and length of the prefix.
const NOT_PUBLIC_V4: [([u8; 4], u32); 17] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    // Carrier-grade NAT; one cloud has its metadata here.
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    // Azure's virtual server for its machines.
    ([168, 63, 129, 16], 32),
    // Link-local; the metadata of other clouds.
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, and everything above it up to broadcast.
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Networks within the public part of IPv6 that are not public, or that embed IPv4 addresses.
const NOT_PUBLIC_V6: [(u128, u32); 4] = [
    // IETF protocols, with tunnels that embed IPv4 addresses.
    (0x2001_0000 << 96, 23),
    // Documentation.
    (0x2001_0db8 << 96, 32),
    (0x3fff << 112, 20),
    // 6to4, which embeds IPv4 addresses.
    (0x2002 << 112, 16),
];

/// The public part of IPv6.
const GLOBAL_UNICAST: (u128, u32) = (0x2000 << 112, 3);
/// NAT64: the last 32 bits are an IPv4 address.
const NAT64: (u128, u32) = (0x0064_ff9b << 96, 96);

/// True when an address belongs to the public internet, and not to this machine, its network or its cloud.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// True when an address is this machine's own, in any notation.
pub(super) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    !NOT_PUBLIC_V4
        .iter()
        .any(|(first, length)| (bits ^ u32::from_be_bytes(*first)) >> (32 - length) == 0)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = u128::from(address);
    let is_in = |(first, length): (u128, u32)| (bits ^ first) >> (128 - length) == 0;
    if is_in(NAT64) {
        let last = address.octets();
        return is_public_v4(Ipv4Addr::new(last[12], last[13], last[14], last[15]));
    }
    is_in(GLOBAL_UNICAST) && !NOT_PUBLIC_V6.into_iter().any(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_public(text: &str) -> bool {
        super::is_public(text.parse().unwrap())
    }

    #[test]
    fn addresses_that_are_not_of_the_public_internet_are_known_to_their_edges() {
        for (class, addresses) in [
            ("this network", &["0.0.0.0", "0.255.255.255"][..]),
            (
                "private",
                &[
                    "10.0.0.0",
                    "10.255.255.255",
                    "172.16.0.0",
                    "172.31.255.255",
                    "192.168.0.0",
                    "192.168.255.255",
                ],
            ),
            ("carrier", &["100.64.0.0", "100.100.100.200", "100.127.255.255"]),
            ("loopback", &["127.0.0.1", "127.255.255.255", "::1"]),
            (
                "link-local",
                &["169.254.0.0", "169.254.255.255", "fe80::1", "febf::1"],
            ),
            (
                "metadata",
                &[
                    "169.254.169.254",
                    "169.254.170.2",
                    "168.63.129.16",
                    "192.0.0.192",
                    "fd00:ec2::254",
                ],
            ),
            (
                "protocols",
                &["192.0.0.1", "192.88.99.1", "2001::1", "2001:1ff::1"],
            ),
            (
                "documents",
                &[
                    "192.0.2.1",
                    "198.51.100.1",
                    "203.0.113.255",
                    "2001:db8::1",
                    "3fff::1",
                ],
            ),
            ("benchmarks", &["198.18.0.0", "198.19.255.255"]),
            ("multicast", &["224.0.0.1", "239.255.255.255", "ff02::1"]),
            (
                "reserved",
                &[
                    "240.0.0.1",
                    "255.255.255.255",
                    "::",
                    "4000::1",
                    "100::1",
                    "5f00::1",
                ],
            ),
            ("unique local", &["fc00::1", "fdff::1"]),
            ("site-local", &["fec0::1"]),
            (
                "IPv4 in IPv6",
                &[
                    "::ffff:127.0.0.1",
                    "::ffff:10.0.0.1",
                    "::ffff:8.8.8.8",
                    "::127.0.0.1",
                    "64:ff9b::10.0.0.1",
                    "64:ff9b::127.0.0.1",
                    "64:ff9b::169.254.169.254",
                    "64:ff9b:1::8.8.8.8",
                    "2002:7f00:1::",
                    "2002:a00:1::",
                ],
            ),
        ] {
            for address in addresses {
                assert!(!is_public(address), "{class}: {address}");
            }
        }
    }

    #[test]
    fn the_neighbours_of_what_is_refused_are_public() {
        for address in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "168.63.129.17",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "8.8.8.8",
            "2000::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2606:4700::1111",
            "3ffe::1",
            "64:ff9b::8.8.8.8",
        ] {
            assert!(is_public(address), "{address}");
        }
    }

    #[test]
    fn loopback_is_known_in_each_of_its_writings() {
        for address in ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"] {
            assert!(is_loopback(address.parse().unwrap()), "{address}");
        }
        for address in ["0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1"] {
            assert!(!is_loopback(address.parse().unwrap()), "{address}");
        }
    }
}
