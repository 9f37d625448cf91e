//! Which headers go out and which come back.

use airside_call::Incoming;
use airside_schema::Operation;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::Target;

/// Headers that belong to one connection (RFC 9110, section 7.6.1) and never
/// pass a gateway.
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Headers that describe the message as it was framed towards us.
const FRAMING: [HeaderName; 5] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::TRAILER,
    header::ACCEPT_ENCODING,
];

/// Headers that hold a credential for the gateway or the provider.
const CREDENTIALS: [HeaderName; 4] = [
    header::AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-goog-api-key"),
];

fn is_control(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-portkey-") || name.as_str().starts_with("x-airside-")
}

fn may_pass(name: &HeaderName) -> bool {
    !is_control(name) && !HOP_BY_HOP.contains(name) && !FRAMING.contains(name)
}

/// The caller's headers that go on to the upstream. Credentials are added
/// afterwards and win.
pub(crate) fn outgoing(incoming: &Incoming, target: &Target) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(12);
    if incoming.operation == Operation::Proxy || incoming.operation == Operation::Models {
        for (name, value) in &incoming.headers {
            if may_pass(name) && !CREDENTIALS.contains(name) && *name != header::COOKIE {
                headers.append(name.clone(), value.clone());
            }
        }
    }
    for name in &target.forward_headers {
        if !may_pass(name) {
            continue;
        }
        headers.remove(name);
        for value in incoming.headers.get_all(name) {
            headers.append(name.clone(), value.clone());
        }
    }
    if let Some(content_type) = incoming.headers.get(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, content_type.clone());
    } else if matches!(incoming.payload, airside_call::Payload::Json(_)) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if !headers.contains_key(header::USER_AGENT) {
        let agent = concat!("airside/", env!("CARGO_PKG_VERSION"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
    }
    // What is read here must not arrive compressed; see `decompress` for
    // upstreams that compress all the same.
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers
}

/// Removes from a reply's headers what does not go on to the caller.
pub(crate) fn returning(mut headers: HeaderMap) -> HeaderMap {
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::TRAILER);
    headers
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use airside_call::Payload;
    use airside_providers::Registry;
    use airside_schema::DialectId;

    use super::*;

    fn target() -> Target {
        Target::new(Arc::clone(Registry::builtin().get("openai").unwrap()))
    }

    fn incoming(operation: Operation) -> Incoming {
        let mut incoming = Incoming::new(operation, DialectId::OPENAI_CHAT, "/x", Payload::Empty);
        for (name, value) in [
            ("authorization", "Bearer k"),
            ("cookie", "session=1"),
            ("x-custom", "1"),
            ("x-portkey-provider", "openai"),
            ("x-airside-config", "{}"),
            ("connection", "keep-alive"),
            ("host", "gateway"),
        ] {
            incoming.headers.insert(name, HeaderValue::from_static(value));
        }
        incoming
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_chat_call_forwards_no_header_it_was_not_asked_to() {
        let headers = outgoing(&incoming(Operation::Chat), &target());
        assert_eq!(names(&headers), ["accept-encoding", "user-agent"]);
    }

    #[test]
    fn the_proxy_forwards_all_but_control_connection_and_credentials() {
        let headers = outgoing(&incoming(Operation::Proxy), &target());
        assert_eq!(names(&headers), ["accept-encoding", "user-agent", "x-custom"]);
    }

    #[test]
    fn named_headers_are_forwarded_unless_they_belong_to_the_connection() {
        let mut target = target();
        target.forward_headers =
            ["x-custom", "host", "connection", "te"].map(HeaderName::from_static).to_vec();
        let headers = outgoing(&incoming(Operation::Chat), &target);
        assert_eq!(names(&headers), ["accept-encoding", "user-agent", "x-custom"]);
    }
}
