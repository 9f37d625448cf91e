//! Tables of what the address policy refuses and allows.

use super::*;

/// The list of the conformance suite, and spellings that try to get around it.
const REFUSED: &[&str] = &[
    "http://169.254.169.254/latest/meta-data",
    "http://metadata.google.internal/computeMetadata/v1",
    "http://METADATA.google.internal/",
    "http://metadata/",
    "http://metadata.azure.com/",
    "http://instance-data/",
    "http://10.0.0.1/v1",
    "http://192.168.1.10:8080/v1",
    "http://172.16.5.5/v1",
    "http://172.31.255.255/v1",
    "http://100.64.0.1/v1",
    "http://100.127.255.255/v1",
    "http://0.0.0.0/v1",
    "http://0.1.2.3/v1",
    "http://127.0.0.2/v1",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://192.0.0.192/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0xA9.254.169.254/",
    "http://0251.0376.0251.0376/",
    "http://127.1/",
    "http://0x/",
    "http://1.2.3.4.5/",
    "http://[fe80::1]/v1",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[::]/",
    "http://[::ffff:169.254.169.254]/v1",
    "http://[::ffff:0:10.0.0.1]/v1",
    "http://[::10.0.0.1]/v1",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[2001:0:1::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[fe80::1%25eth0]/",
    "http://[::1/",
    "http://::1/",
    "http://service.internal/v1",
    "http://printer.local/v1",
    "http://a.localdomain/",
    "http://a.intranet/",
    "http://a.lan/",
    "http://a.home/",
    "http://a.corp/",
    "http://a.test/",
    "http://a.invalid/",
    "http://a.onion/",
    "http://vllm.svc.cluster.local/v1",
    "file:///etc/passwd",
    "ftp://example.com/",
    "http://user:pass@example.com/v1",
    "http://user@example.com/v1",
    "https://api.example.com#@evil.com/",
    "http://example.com\\@10.0.0.1/",
    "http://exa%6dple.com/",
    "http://example.com%2f@10.0.0.1/",
    "http://example.com./",
    "http://.example.com/",
    "http://a..example.com/",
    "http://a.b.c.d.e.f.g.h.i.j.example.com/",
    "http://ex_ample.com/",
    "http://exämple.com/",
    "http://example.com:0/",
    "http://example.com:/",
    "http://example.com:65536/",
    "http://example.com:+80/",
    "http://example.com:8o/",
    "http://example.com/\r\nX-Evil: 1",
    "http://example.com/\u{7f}",
    " http://example.com/",
    "not a url",
    "http://",
    "http:///path",
    "http:example.com",
    "//example.com",
    "",
];

const ALLOWED: &[&str] = &[
    "http://localhost:11434/v1",
    "http://LOCALHOST/v1",
    "http://ollama.localhost/v1",
    "http://127.0.0.1:8080",
    "http://[::1]:8080/v1",
    "http://[0:0:0:0:0:0:0:1]:8080/v1",
    "http://host.docker.internal:8000/v1",
    "https://api.example.com/v1?version=1",
    "HTTPS://api.example.com/v1/",
    "https://8.8.8.8/v1",
    "https://172.32.0.1/",
    "https://100.128.0.1/",
    "https://[2606:4700::1111]/",
    "https://[64:ff9b::8.8.8.8]/",
    "https://[2002:808:808::1]/",
    "https://example.com:65535/@user/%20x",
    "http://vllm:8000/v1",
    "https://xn--exmple-cua.com/",
];

#[test]
fn every_dangerous_url_is_refused_by_default() {
    let policy = AddressPolicy::default();
    for url in REFUSED {
        assert!(policy.check_url(url).is_err(), "{url:?} has to be refused");
    }
}

#[test]
fn ordinary_urls_and_the_local_machine_are_allowed_by_default() {
    let policy = AddressPolicy::default();
    for url in ALLOWED {
        if let Err(error) = policy.check_url(url) {
            panic!("{url:?} has to be allowed: {error}");
        }
    }
}

#[test]
fn a_public_name_that_resolves_to_a_refused_address_is_refused() {
    let policy = AddressPolicy::default();
    let refused = ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1"];
    for address in refused {
        let address = address.parse().unwrap();
        assert!(policy.check_address("rebound.example.com", address).is_err(), "{address}");
    }
    assert_eq!(policy.check_address("example.com", [93, 184, 215, 14].into()), Ok(()));
}

#[test]
fn names_of_the_local_machine_may_resolve_to_any_address() {
    let policy = AddressPolicy::default();
    let cases =
        [("localhost", "127.0.0.1"), ("localhost", "::1"), ("host.docker.internal", "172.17.0.1")];
    for (host, address) in cases {
        assert_eq!(policy.check_address(host, address.parse().unwrap()), Ok(()), "{host}");
    }
}

#[test]
fn each_kind_of_entry_allows_what_it_says() {
    // (entry, URL, allowed)
    let table = [
        ("vllm.lan", "http://vllm.lan/", true),
        ("vllm.lan", "http://VLLM.lan/", true),
        ("vllm.lan", "http://x.vllm.lan/", false),
        (".svc.cluster.local", "http://vllm.ai.svc.cluster.local/", true),
        ("*.svc.cluster.local", "http://vllm.ai.svc.cluster.local/", true),
        (".svc.cluster.local", "http://svc.cluster.local/", false),
        (".svc.cluster.local", "http://evilsvc.cluster.local/", false),
        ("10.1.2.3", "http://10.1.2.3/", true),
        ("10.1.2.3", "http://10.1.2.4/", false),
        ("10.1.2.3/32", "http://10.1.2.3/", true),
        ("10.0.0.0/8", "http://10.1.2.4/", true),
        ("10.0.0.0/8", "http://[::ffff:10.1.2.4]/", true),
        ("10.0.0.0/8", "http://192.168.0.1/", false),
        ("fd00::/8", "http://[fd00::1]/", true),
        ("fd00::1", "http://[FD00:0::1]/", true),
        ("metadata.google.internal", "http://metadata.google.internal/", true),
        ("10.0.0.0/8", "http://localhost/", false),
        ("10.0.0.0/8", "http://127.0.0.1/", false),
    ];
    for (entry, url, allowed) in table {
        let policy = AddressPolicy::allowing_only([entry]).unwrap();
        assert_eq!(policy.check_url(url).is_ok(), allowed, "{entry} and {url}");
    }
}

#[test]
fn a_network_covers_resolved_addresses_and_a_bare_address_does_not() {
    let network = AddressPolicy::default().allowing(["10.0.0.0/8"]).unwrap();
    assert!(network.check_address("vllm.example.com", [10, 1, 2, 3].into()).is_ok());
    let bare = AddressPolicy::default().allowing(["10.1.2.3"]).unwrap();
    assert!(bare.check_address("vllm.example.com", [10, 1, 2, 3].into()).is_err());
    assert!(bare.check_url("http://localhost/").is_ok(), "default entries are kept");
}

#[test]
fn an_entry_that_means_nothing_is_refused_with_a_reason() {
    for entry in ["", "10.0.0.0/40", "http://x", "a b", "*", "*lan", ".", "a..b", "/8"] {
        let error = AddressPolicy::allowing_only([entry]).unwrap_err();
        assert!(matches!(error, AddressError::Entry { .. }), "{entry}: {error}");
    }
}

#[test]
fn texts_say_what_was_refused_and_how_to_allow_it() {
    let policy = AddressPolicy::default();
    let text = |url: &str| policy.check_url(url).unwrap_err().to_string();
    assert_eq!(
        text("http://10.0.0.1/v1"),
        "host `10.0.0.1` is refused: its address is private (10.0.0.0/8); an operator can allow it \
         by adding the host, or the network it is in (such as `10.0.0.0/8`), to the allowed \
         upstream hosts"
    );
    assert_eq!(
        text("http://printer.local/"),
        "host `printer.local` is refused: its top-level domain belongs to private networks; an \
         operator can allow it by adding the host or a suffix of it to the allowed upstream hosts"
    );
    assert_eq!(
        text("ftp://example.com/"),
        "not a usable URL: it has to begin with `http://` or `https://`"
    );
    let resolved = policy.check_address("rebound.example.com", [10, 9, 8, 7].into()).unwrap_err();
    assert!(!resolved.to_string().contains("10.9.8.7"), "the resolved address stays inside");
}
