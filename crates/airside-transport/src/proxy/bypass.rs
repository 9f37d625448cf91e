//! `NO_PROXY`: the hosts reached without a proxy.
//!
//! Invariant: a host on the machine itself is always among them.

use std::net::IpAddr;

use ipnet::IpNet;

/// The hosts of a `NO_PROXY` list.
#[derive(Clone, Debug, Default)]
pub(super) struct Bypass {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
enum Rule {
    Everything,
    Network(IpNet),
    Address(IpAddr, Option<u16>),
    /// Without a leading dot.
    Domain(Box<str>, Option<u16>),
}

impl Bypass {
    /// Reads a list; an entry that means nothing matches nothing.
    pub(super) fn parse(list: &str) -> Self {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        Self { rules: entries.map(Rule::parse).collect() }
    }

    pub(super) fn matches(&self, host: &str, port: u16) -> bool {
        let host = host.to_ascii_lowercase();
        let address: Option<IpAddr> = host.parse().ok();
        let local = match address {
            Some(address) => address.is_loopback(),
            None => host == "localhost" || host.ends_with(".localhost"),
        };
        local || self.rules.iter().any(|rule| rule.matches(&host, address, port))
    }
}

impl Rule {
    fn parse(entry: &str) -> Self {
        if entry == "*" {
            return Self::Everything;
        }
        if let Ok(network) = entry.parse() {
            return Self::Network(network);
        }
        let (host, port) = split_port(entry);
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse() {
            return Self::Address(address, port);
        }
        let domain = host.trim_start_matches('*').trim_start_matches('.');
        Self::Domain(domain.to_ascii_lowercase().into(), port)
    }

    fn matches(&self, host: &str, address: Option<IpAddr>, port: u16) -> bool {
        let port_matches = |wanted: &Option<u16>| wanted.is_none_or(|wanted| wanted == port);
        match self {
            Self::Everything => true,
            Self::Network(network) => address.is_some_and(|address| network.contains(&address)),
            Self::Address(wanted, wanted_port) => {
                address == Some(*wanted) && port_matches(wanted_port)
            }
            Self::Domain(domain, wanted_port) => {
                let below = host.strip_suffix(&**domain).is_some_and(|rest| rest.ends_with('.'));
                (host == &**domain || below) && !domain.is_empty() && port_matches(wanted_port)
            }
        }
    }
}

fn split_port(entry: &str) -> (&str, Option<u16>) {
    if entry.parse::<IpAddr>().is_ok() {
        return (entry, None);
    }
    match entry.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
        Some((host, Ok(port))) => (host, Some(port)),
        _ => (entry, None),
    }
}
