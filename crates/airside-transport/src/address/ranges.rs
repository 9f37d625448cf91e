//! Address ranges that are not reached by default.
//!
//! Not the policy: exceptions are made elsewhere. Invariant: an IPv6 address
//! that carries an IPv4 address (mapped, compatible, NAT64, 6to4) is judged by
//! the address it carries.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range of addresses, with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    name: &'static str,
    network: &'static str,
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.network)
    }
}

const fn range(name: &'static str, network: &'static str) -> AddressRange {
    AddressRange { name, network }
}

/// The refused range `address` lies in, if any.
pub(super) fn refused(address: IpAddr) -> Option<AddressRange> {
    match address {
        IpAddr::V4(v4) => refused_v4(v4),
        IpAddr::V6(v6) => refused_v6(v6),
    }
}

/// The IPv4 address an IPv6 address stands for.
pub(super) fn embedded_v4(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address else { return None };
    let v4 =
        |high: u16, low: u16| Some(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)));
    #[expect(clippy::match_same_arms, reason = "each form has its own source")]
    match v6.segments() {
        // `::` and `::1` are themselves, although they look IPv4-compatible.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        // IPv4-compatible ::/96 and IPv4-mapped ::ffff:0:0/96 (RFC 4291).
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => v4(high, low),
        // IPv4-translated ::ffff:0:0:0/96 (RFC 2765).
        [0, 0, 0, 0, 0xffff, 0, high, low] => v4(high, low),
        // NAT64 64:ff9b::/96 (RFC 6052).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        // 6to4 2002::/16 (RFC 3056).
        [0x2002, high, low, ..] => v4(high, low),
        _ => None,
    }
}

fn refused_v4(address: Ipv4Addr) -> Option<AddressRange> {
    match address.octets() {
        [0, ..] => Some(range("unspecified", "0.0.0.0/8")),
        [10, ..] => Some(range("private", "10.0.0.0/8")),
        [100, 64..=127, ..] => Some(range("carrier NAT", "100.64.0.0/10")),
        [127, ..] => Some(range("loopback", "127.0.0.0/8")),
        [169, 254, ..] => Some(range("link-local", "169.254.0.0/16")),
        [172, 16..=31, ..] => Some(range("private", "172.16.0.0/12")),
        // Oracle Cloud serves instance metadata at 192.0.0.192.
        [192, 0, 0, _] => Some(range("reserved", "192.0.0.0/24")),
        [192, 168, ..] => Some(range("private", "192.168.0.0/16")),
        [198, 18..=19, ..] => Some(range("for benchmarks", "198.18.0.0/15")),
        [224..=255, ..] => Some(range("multicast or reserved", "224.0.0.0/3")),
        _ => None,
    }
}

fn refused_v6(address: Ipv6Addr) -> Option<AddressRange> {
    if let Some(v4) = embedded_v4(IpAddr::V6(address)) {
        return refused_v4(v4);
    }
    if address.is_loopback() {
        return Some(range("loopback", "::1/128"));
    }
    match address.segments() {
        [0, ..] => Some(range("reserved", "::/16")),
        [0x64, 0xff9b, ..] => Some(range("local NAT64", "64:ff9b:1::/48")),
        [0x100, ..] => Some(range("for discarding", "100::/16")),
        [0x2001, 0, ..] => Some(range("Teredo", "2001::/32")),
        // AWS serves instance metadata at fd00:ec2::254.
        [0xfc00..=0xfdff, ..] => Some(range("unique local", "fc00::/7")),
        [0xfe80..=0xfebf, ..] => Some(range("link-local", "fe80::/10")),
        [0xfec0..=0xfeff, ..] => Some(range("site-local", "fec0::/10")),
        [0xff00..=0xffff, ..] => Some(range("multicast", "ff00::/8")),
        _ => None,
    }
}
