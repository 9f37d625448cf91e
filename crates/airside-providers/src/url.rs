//! URLs of upstream requests: a validated base, and joining a path to it.
//!
//! Not an address policy: which hosts may be reached is decided on resolved
//! addresses by whoever opens the connection. Invariant: no part that came from
//! a caller or a configuration can change the host, leave the base path
//! (`..`), or start a query or fragment of its own.

use http::Uri;

use crate::error::UrlError;

/// An absolute URL without query, fragment or credentials, to which paths are joined.
///
/// Kept in normal form (host in lower case, IPv4 in any notation written as four
/// decimal numbers), so that an address policy sees what will be connected to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    /// The URL without a trailing slash.
    text: Box<str>,
    parsed: url::Url,
}

impl BaseUrl {
    /// Parses a base URL or custom host; only `http` and `https` are accepted.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        Self::with_schemes(text, &["http", "https"])
    }

    /// Parses a base URL of a row, which may also name the built-in `echo` upstream.
    pub(crate) fn parse_row(text: &str) -> Result<Self, UrlError> {
        Self::with_schemes(text, &["http", "https", "echo"])
    }

    /// The scheme: `http`, `https` or, in rows only, `echo`.
    pub fn scheme(&self) -> &str {
        self.parsed.scheme()
    }

    /// The host in lower case; an IPv6 address stands in brackets.
    pub fn host(&self) -> &str {
        self.parsed.host_str().unwrap_or_default()
    }

    /// The port, the scheme's own if none was written.
    pub fn port(&self) -> Option<u16> {
        self.parsed.port_or_known_default()
    }

    /// The URL without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Puts base, prefix, path and query together.
    ///
    /// # Errors
    ///
    /// If `path` fails [`check_path`] or `query` holds anything but printable
    /// ASCII without `#`.
    pub(crate) fn join(
        &self,
        prefix: &str,
        path: &str,
        query: Option<&str>,
    ) -> Result<Uri, UrlError> {
        let query = query.filter(|query| !query.is_empty());
        let length = self.text.len() + prefix.len() + path.len() + query.map_or(0, str::len) + 1;
        let mut joined = String::with_capacity(length);
        joined.push_str(&self.text);
        for part in [prefix, path].into_iter().filter(|part| !part.is_empty()) {
            check_path(part)?;
            joined.push_str(part);
        }
        if let Some(query) = query {
            check_query(query)?;
            joined.push('?');
            joined.push_str(query);
        }
        Uri::try_from(joined).map_err(|_| UrlError::NotAUrl)
    }

    fn with_schemes(text: &str, schemes: &[&str]) -> Result<Self, UrlError> {
        let bad = |reason| Err(UrlError::BadBase { reason });
        if let Some(reason) = suspicious(text) {
            return bad(reason);
        }
        // The parser would resolve `..` silently; say so instead.
        if text.split('/').any(is_dot_segment) {
            return bad("holds a `.` or `..` path segment");
        }
        let Ok(parsed) = url::Url::parse(text) else {
            return bad("is not an absolute URL");
        };
        if !schemes.contains(&parsed.scheme()) {
            return bad("has a scheme other than http and https");
        }
        // The parser would also take `https:host` and `https:///host`.
        let authority = text
            .split_once("://")
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case(parsed.scheme()))
            .map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
        if authority.is_empty() {
            return bad("is not an absolute URL");
        }
        if authority.contains('@') {
            return bad("holds credentials");
        }
        if authority.contains('%') {
            return bad("has a percent sign in its host");
        }
        match parsed.host_str() {
            None | Some("") => return bad("names no host"),
            Some(host) if host.ends_with('.') => return bad("has a host that ends with a dot"),
            Some(_) => {}
        }
        if parsed.port() == Some(0) {
            return bad("has port 0");
        }
        Ok(Self { text: parsed.as_str().trim_end_matches('/').into(), parsed })
    }
}

/// Says whether a path may be joined to a base URL.
///
/// It has to begin with a slash and consist of printable ASCII without `?`, `#`
/// and `\`, and none of its segments may be `.` or `..`, percent-encoded or not.
pub fn check_path(path: &str) -> Result<(), UrlError> {
    let bad = |reason| Err(UrlError::BadPath { reason });
    if !path.starts_with('/') {
        return bad("does not begin with a slash");
    }
    if let Some(reason) = suspicious(path) {
        return bad(reason);
    }
    if path.split('/').any(is_dot_segment) {
        return bad("holds a `.` or `..` segment");
    }
    Ok(())
}

fn check_query(query: &str) -> Result<(), UrlError> {
    let printable = query.bytes().all(|byte| byte.is_ascii_graphic());
    if printable && !query.contains('#') {
        return Ok(());
    }
    Err(UrlError::BadQuery { reason: "holds `#` or something else than printable ASCII" })
}

/// What no base URL and no path may hold.
fn suspicious(text: &str) -> Option<&'static str> {
    text.bytes().find_map(|byte| match byte {
        b'#' => Some("holds `#`"),
        b'?' => Some("holds `?`"),
        b'\\' => Some("holds a backslash"),
        byte if !byte.is_ascii_graphic() => {
            Some("holds a space, a control character or something else than ASCII")
        }
        _ => None,
    })
}

/// Says whether a segment means "here" or "one up" once percent-decoded.
///
/// A decoded slash or backslash splits the segment again, as it may at the upstream.
fn is_dot_segment(segment: &str) -> bool {
    if !segment.contains('%') {
        return matches!(segment, "." | "..");
    }
    let decoded = segment
        .replace("%2e", ".")
        .replace("%2E", ".")
        .replace("%2f", "/")
        .replace("%2F", "/")
        .replace("%5c", "/")
        .replace("%5C", "/");
    decoded.split('/').any(|part| matches!(part, "." | ".."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base(text: &str) -> BaseUrl {
        BaseUrl::parse_row(text).unwrap()
    }

    #[test]
    fn a_base_a_path_and_a_query_are_joined_as_written() {
        let cases = [
            (
                "https://api.example.com/v1",
                "/chat/completions",
                None,
                "https://api.example.com/v1/chat/completions",
            ),
            (
                "https://api.example.com/v1/",
                "/models",
                Some(""),
                "https://api.example.com/v1/models",
            ),
            (
                "https://api.example.com",
                "/v1/models",
                Some("a=1&b=x%20y"),
                "https://api.example.com/v1/models?a=1&b=x%20y",
            ),
            ("http://127.0.0.1:8080/u/3", "/x", None, "http://127.0.0.1:8080/u/3/x"),
            ("http://[::1]:9/v1", "/x", None, "http://[::1]:9/v1/x"),
            ("https://API.Example.com:443/V1", "/x", None, "https://api.example.com/V1/x"),
            (
                "https://g.example",
                "/v1beta/models/m-1.5:generate",
                None,
                "https://g.example/v1beta/models/m-1.5:generate",
            ),
            (
                "https://h.example/v1",
                "/models/org%2Fname",
                None,
                "https://h.example/v1/models/org%2Fname",
            ),
            (
                "https://h.example/v1",
                "//other.example/x",
                None,
                "https://h.example/v1//other.example/x",
            ),
            (
                "https://h.example/v1",
                "/@other.example/x",
                None,
                "https://h.example/v1/@other.example/x",
            ),
            ("echo://local/v1", "/chat/completions", None, "echo://local/v1/chat/completions"),
        ];
        for (url, path, query, expected) in cases {
            let joined = base(url).join("", path, query).unwrap();
            assert_eq!(joined.to_string(), expected);
            assert_eq!(joined.host(), Some(base(url).host()), "the host of {expected}");
        }
    }

    #[test]
    fn a_number_that_means_an_ipv4_address_is_written_as_one() {
        for text in ["http://2852039166/", "http://0xa9.0xfe.0xa9.0xfe", "http://169.254.43518"] {
            assert_eq!(base(text).host(), "169.254.169.254", "{text}");
        }
    }

    #[test]
    fn the_port_is_the_one_that_will_be_connected_to() {
        assert_eq!(base("https://a.example").port(), Some(443));
        assert_eq!(base("http://a.example:8080/x").port(), Some(8080));
    }

    #[test]
    fn a_base_that_could_mislead_is_refused() {
        let cases = [
            ("", "not an absolute URL"),
            ("api.example.com/v1", "not an absolute URL"),
            ("not a url", "space"),
            ("http://", "not an absolute URL"),
            ("http:a.example/v1", "not an absolute URL"),
            ("http:/a.example/v1", "not an absolute URL"),
            ("http:///a.example/v1", "not an absolute URL"),
            ("http:user@a.example/v1", "not an absolute URL"),
            ("file:///etc/passwd", "scheme"),
            ("ftp://example.com/", "scheme"),
            ("echo://local/v1", "scheme"),
            ("http://user:pass@example.com/v1", "credentials"),
            ("http://@example.com/v1", "credentials"),
            ("http://a.example#.b.example/v1", "`#`"),
            ("http://a.example?x=.b.example", "`?`"),
            ("http://a.example\\.b.example", "backslash"),
            ("http://a.example/v1\r\nX-Evil: 1", "control"),
            ("http://a.ex\tample/v1", "control"),
            ("http://exämple.com/v1", "ASCII"),
            ("http://a%2eexample/v1", "percent"),
            ("http://a.example./v1", "dot"),
            ("http://a.example:0/v1", "port"),
            ("http://a.example/v1/../admin", "segment"),
            ("http://a.example/v1/%2E%2e/admin", "segment"),
        ];
        for (text, reason) in cases {
            let error = BaseUrl::parse(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_path_cannot_leave_the_base_or_begin_another_part() {
        let refused = [
            "",
            "x",
            "@evil.example/x",
            ".evil.example/x",
            "/../x",
            "/a/..",
            "/a/./b",
            "/a/%2e%2e/b",
            "/a/.%2E/b",
            "/a/..%2fb",
            "/a%5c..%5cb",
            "/a?b",
            "/a#b",
            "/a\\b",
            "/a b",
            "/a\r\nHost: x",
            "/a\0",
            "/ü",
        ];
        for path in refused {
            assert!(check_path(path).is_err(), "{path:?}");
        }
        for path in ["/...", "/a..b", "/%2e%2e%2e", "/v1/files/file-1/content", "/a/", "/a//b"] {
            assert!(check_path(path).is_ok(), "{path:?}");
        }
    }

    #[test]
    fn a_query_cannot_begin_a_fragment_or_a_header() {
        for query in ["a=1#b", "a b", "a=1\r\nX: 1", "ä=1"] {
            let error = base("https://a.example").join("", "/x", Some(query)).unwrap_err();
            assert!(matches!(error, UrlError::BadQuery { .. }), "{query:?}");
        }
    }

    #[test]
    fn an_endless_url_is_an_error() {
        let path = format!("/{}", "a".repeat(70_000));
        assert_eq!(base("https://a.example").join("", &path, None), Err(UrlError::NotAUrl));
    }

    /// Text made of what URLs are made of, and of what tries to get out of them.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("/"),
            Just(".."),
            Just("."),
            Just("%2e"),
            Just("%2F"),
            Just("%5c"),
            Just("@"),
            Just("#"),
            Just("?"),
            Just("\\"),
            Just(":"),
            Just("//"),
            Just("evil.example"),
            Just("\r\n"),
            Just(" "),
            Just("[::1]"),
            Just("é"),
            Just("a"),
            Just("http:"),
            Just("&"),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_path_and_no_query_change_the_host_or_leave_the_base(
            path in hostile(),
            query in hostile(),
        ) {
            let bases = [("https://a.example", "/"), ("https://a.example/v1", "/v1")];
            for ((text, below), query) in bases.into_iter().zip([None, Some(query.as_str())]) {
                let Ok(joined) = base(text).join("", &path, query) else { continue };
                prop_assert_eq!(joined.authority().unwrap().as_str(), "a.example");
                prop_assert_eq!(joined.scheme_str(), Some("https"));
                prop_assert!(joined.path().starts_with(below));
                prop_assert_eq!(joined.query(), query.filter(|query| !query.is_empty()));
                // A server that resolves dot segments ends up below the base as well.
                let resolved = url::Url::parse(&joined.to_string()).unwrap();
                prop_assert_eq!(resolved.host_str(), Some("a.example"));
                prop_assert!(resolved.path().starts_with(below));
            }
        }

        #[test]
        fn a_base_is_a_host_and_a_path_and_nothing_else(rest in hostile()) {
            for start in ["https:", "https://a.example", "https://a.example/"] {
                let Ok(base) = BaseUrl::parse(&format!("{start}{rest}")) else { continue };
                let authority = base.as_str().split('/').nth(2).unwrap();
                prop_assert!(!authority.is_empty() && !authority.contains(['@', '%', '\\']));
                prop_assert!(!base.as_str().contains(['#', '?', ' ', '\r', '\n']));
                let joined = base.join("", "/x", None).unwrap();
                prop_assert_eq!(joined.host(), Some(base.host()));
                prop_assert!(joined.path().ends_with("/x"));
            }
        }
    }
}
