//! Method and path to what they mean: one static table.

use airside_providers::Registry;
use airside_schema::{DialectId, Operation};
use http::Method;

/// What a method and a path mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// `GET /`.
    Root,
    /// The process is up.
    Live,
    /// The process takes calls.
    Ready,
    /// Both, in the form of the compatible gateway.
    Health,
    /// A call.
    Call(Operation, DialectId),
    /// The path exists, the method does not; the accepted one.
    WrongMethod(&'static str),
    /// No such route.
    Unknown,
}

/// A matched request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route<'a> {
    pub(crate) meaning: Meaning,
    /// The provider named by the path, as in `/openai/v1/…`.
    pub(crate) provider: Option<&'a str>,
    /// The path below `/v1`.
    pub(crate) path: &'a str,
}

/// The calls with a meaning of their own; everything else below `/v1` goes
/// through the generic proxy.
const CALLS: &[(&str, &str, Operation, DialectId)] = &[
    ("POST", "/chat/completions", Operation::Chat, DialectId::OPENAI_CHAT),
    ("POST", "/messages", Operation::Chat, DialectId::ANTHROPIC_MESSAGES),
    ("POST", "/messages/count_tokens", Operation::CountTokens, DialectId::ANTHROPIC_COUNT_TOKENS),
    ("POST", "/completions", Operation::Completions, DialectId::OPENAI_COMPLETIONS),
    ("POST", "/embeddings", Operation::Embeddings, DialectId::OPENAI_EMBEDDINGS),
    ("POST", "/responses", Operation::Responses, DialectId::OPENAI_RESPONSES),
    ("GET", "/models", Operation::Models, DialectId::OPENAI_OTHER),
];

/// Matches a request.
pub(crate) fn find<'a>(method: &Method, path: &'a str, registry: &Registry) -> Route<'a> {
    let plain = |meaning| Route { meaning, provider: None, path };
    match path {
        "/" => return plain(get_only(method, Meaning::Root)),
        "/livez" => return plain(get_only(method, Meaning::Live)),
        "/readyz" => return plain(get_only(method, Meaning::Ready)),
        "/v1/health" => return plain(get_only(method, Meaning::Health)),
        _ => {}
    }
    if let Some(rest) = below_v1(path) {
        return Route { meaning: call(method, rest), provider: None, path: rest };
    }
    let prefixed = path.strip_prefix('/').and_then(|path| {
        let (provider, _) = path.split_once('/')?;
        let rest = below_v1(path.get(provider.len()..)?)?;
        registry.get(provider).map(|_| (provider, rest))
    });
    match prefixed {
        Some((provider, rest)) => {
            Route { meaning: call(method, rest), provider: Some(provider), path: rest }
        }
        None => plain(Meaning::Unknown),
    }
}

fn get_only(method: &Method, meaning: Meaning) -> Meaning {
    if method == Method::GET || method == Method::HEAD {
        meaning
    } else {
        Meaning::WrongMethod("GET")
    }
}

/// The path below `/v1`, or below `/v1/proxy`, which the compatible gateway
/// once had for the same purpose.
fn below_v1(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/v1")?;
    let rest = match rest.strip_prefix("/proxy") {
        Some(below) if below.starts_with('/') => below,
        _ => rest,
    };
    (rest.len() > 1 && rest.starts_with('/')).then_some(rest)
}

fn call(method: &Method, path: &str) -> Meaning {
    let mut wrong = None;
    for (accepted, known, operation, dialect) in CALLS {
        if *known != path {
            continue;
        }
        if method.as_str() == *accepted {
            return Meaning::Call(*operation, *dialect);
        }
        wrong = Some(*accepted);
    }
    match wrong {
        // Reading and deleting what a POST created has the same path in some
        // APIs (`GET /v1/chat/completions` lists stored ones).
        Some(_) if method == Method::GET || method == Method::DELETE => {
            Meaning::Call(Operation::Proxy, DialectId::OPENAI_OTHER)
        }
        Some(accepted) => Meaning::WrongMethod(accepted),
        None => Meaning::Call(Operation::Proxy, DialectId::OPENAI_OTHER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(method: &str, path: &str) -> (Meaning, Option<String>, String) {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let registry = Registry::builtin();
        let route = find(&method, path, &registry);
        (route.meaning, route.provider.map(str::to_owned), route.path.to_owned())
    }

    #[test]
    fn every_path_has_its_meaning() {
        let chat = Meaning::Call(Operation::Chat, DialectId::OPENAI_CHAT);
        let proxy = Meaning::Call(Operation::Proxy, DialectId::OPENAI_OTHER);
        let cases = [
            ("GET", "/", Meaning::Root, None, "/"),
            ("POST", "/", Meaning::WrongMethod("GET"), None, "/"),
            ("GET", "/v1/health", Meaning::Health, None, "/v1/health"),
            ("POST", "/v1/chat/completions", chat, None, "/chat/completions"),
            ("POST", "/openai/v1/chat/completions", chat, Some("openai"), "/chat/completions"),
            (
                "PUT",
                "/v1/chat/completions",
                Meaning::WrongMethod("POST"),
                None,
                "/chat/completions",
            ),
            ("GET", "/v1/chat/completions", proxy, None, "/chat/completions"),
            ("POST", "/chat/completions", Meaning::Unknown, None, "/chat/completions"),
            (
                "POST",
                "/nosuchprovider/v1/messages",
                Meaning::Unknown,
                None,
                "/nosuchprovider/v1/messages",
            ),
            ("DELETE", "/v1/files/file-1", proxy, None, "/files/file-1"),
            ("POST", "/v1/proxy/files", proxy, None, "/files"),
            ("POST", "/v1/proxyfoo", proxy, None, "/proxyfoo"),
            ("GET", "/v1", Meaning::Unknown, None, "/v1"),
            ("GET", "/v1/", Meaning::Unknown, None, "/v1/"),
            ("GET", "/log/stream", Meaning::Unknown, None, "/log/stream"),
        ];
        for (method, path, expected, provider, rest) in cases {
            let found = meaning(method, path);
            assert_eq!(
                found,
                (expected, provider.map(str::to_owned), rest.to_owned()),
                "{method} {path}"
            );
        }
    }
}
