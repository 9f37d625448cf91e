//! Which proxy is chosen, as tables.

use super::*;

fn config(vars: &[(&str, &str)]) -> Result<ProxyConfig, TransportError> {
    let vars: Vec<_> = vars.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    ProxyConfig::from_vars(|name| {
        vars.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
    })
}

fn chosen(vars: &[(&str, &str)], https: bool) -> Option<String> {
    let config = config(vars).unwrap();
    config.proxy_for(https, "api.example.com", 443).map(ProxyUrl::authority)
}

#[test]
fn each_scheme_has_its_variable_and_lower_case_wins() {
    let both = [("HTTP_PROXY", "http://a:1"), ("HTTPS_PROXY", "http://b:2")];
    assert_eq!(chosen(&both, false).as_deref(), Some("a:1"));
    assert_eq!(chosen(&both, true).as_deref(), Some("b:2"));
    let lower = [("HTTP_PROXY", "http://a:1"), ("http_proxy", "http://c:3")];
    assert_eq!(chosen(&lower, false).as_deref(), Some("c:3"));
    assert_eq!(chosen(&lower, true), None);
    let all = [("ALL_PROXY", "http://d:4"), ("HTTPS_PROXY", " ")];
    assert_eq!(chosen(&all, false).as_deref(), Some("d:4"));
    assert_eq!(chosen(&all, true).as_deref(), Some("d:4"));
    assert_eq!(chosen(&[], true), None);
}

#[test]
fn a_proxy_url_is_read_with_defaults() {
    // (text, TLS, host, port)
    let table = [
        ("http://proxy.lan:3128", false, "proxy.lan", 3128),
        ("http://proxy.lan", false, "proxy.lan", 80),
        ("https://proxy.lan/", true, "proxy.lan", 443),
        ("proxy.lan:3128", false, "proxy.lan", 3128),
        ("proxy", false, "proxy", 80),
        ("http://[::1]:3128", false, "::1", 3128),
        ("http://user:p%40ss@proxy.lan:3128", false, "proxy.lan", 3128),
    ];
    for (text, tls, host, port) in table {
        let proxy = ProxyUrl::parse("HTTP_PROXY", text).unwrap();
        assert_eq!((proxy.tls, &*proxy.host, proxy.port), (tls, host, port), "{text}");
    }
}

#[test]
fn credentials_become_a_sensitive_header() {
    let proxy = ProxyUrl::parse("HTTP_PROXY", "http://user:p%40ss@proxy.lan:3128").unwrap();
    let value = proxy.authorization.clone().unwrap();
    assert_eq!(value, "Basic dXNlcjpwQHNz");
    assert!(value.is_sensitive());
    assert!(!format!("{proxy:?}").contains("dXNlcjpwQHNz"));
    let nameless = ProxyUrl::parse("HTTP_PROXY", "http://user@proxy.lan").unwrap();
    assert_eq!(nameless.authorization.unwrap(), "Basic dXNlcjo=");
}

#[test]
fn an_unusable_proxy_is_named_by_its_variable_and_not_by_its_value() {
    for value in ["socks5://u:hunter2@p:1", "http://u:hunter2@", "http://u:%zz@p", "http://a b"] {
        let error = config(&[("HTTPS_PROXY", value)]).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(error.to_string().starts_with("HTTPS_PROXY cannot be used: "), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn no_proxy_matches_hosts_as_its_documentation_says() {
    // (NO_PROXY, host, port, bypassed)
    let table = [
        ("", "api.example.com", 443, false),
        ("*", "api.example.com", 443, true),
        ("example.com", "example.com", 443, true),
        ("example.com", "api.example.com", 443, true),
        ("example.com", "API.EXAMPLE.COM", 443, true),
        ("Example.Com", "api.example.com", 443, true),
        ("example.com", "badexample.com", 443, false),
        (".example.com", "example.com", 443, true),
        (".example.com", "api.example.com", 443, true),
        ("*.example.com", "api.example.com", 443, true),
        ("api.example.com", "example.com", 443, false),
        ("a.lan, example.com ,b.lan", "example.com", 443, true),
        ("example.com:8443", "example.com", 8443, true),
        ("example.com:8443", "example.com", 443, false),
        ("10.1.2.3", "10.1.2.3", 443, true),
        ("10.1.2.3", "10.1.2.4", 443, false),
        ("10.1.2.3:80", "10.1.2.3", 443, false),
        ("10.0.0.0/8", "10.1.2.3", 443, true),
        ("10.0.0.0/8", "11.1.2.3", 443, false),
        ("10.0.0.0/8", "ten.example.com", 443, false),
        ("2001:db8::1", "2001:db8::1", 443, true),
        ("[2001:db8::1]:8443", "2001:db8::1", 8443, true),
        ("[2001:db8::1]:8443", "2001:db8::1", 443, false),
        ("2001:db8::/32", "2001:db8::2", 443, true),
        (".", "api.example.com", 443, false),
        ("", "localhost", 80, true),
        ("", "ollama.localhost", 80, true),
        ("", "127.0.0.2", 80, true),
        ("", "::1", 80, true),
    ];
    for (list, host, port, bypassed) in table {
        let config = config(&[("ALL_PROXY", "http://p:1"), ("NO_PROXY", list)]).unwrap();
        let through = config.proxy_for(true, host, port).is_some();
        assert_eq!(through, !bypassed, "NO_PROXY={list:?} and {host}:{port}");
    }
}
