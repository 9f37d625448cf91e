//! Chooses the endpoint of a provider that answers a call.
//!
//! Does not decide how the body gets there (untouched, patched or translated):
//! that follows from whether the chosen dialect is the caller's. Invariant: an
//! endpoint in the caller's own dialect always wins.

use airside_schema::{DialectId, Operation};

use crate::error::NotSupported;
use crate::spec::{Endpoint, ProviderSpec};

/// Chat formats that can be translated into each other.
const TRANSLATED: [DialectId; 2] = [DialectId::OPENAI_CHAT, DialectId::ANTHROPIC_MESSAGES];

/// Chooses the endpoint for an operation asked for in the dialect `caller`.
///
/// The endpoint whose dialect is the caller's comes first. Otherwise chat goes
/// to the first endpoint in a format that can be translated, and what is
/// forwarded as it is (models, proxy) goes to the first endpoint there is.
///
/// # Errors
///
/// [`NotSupported`], saying what the provider does offer.
pub fn negotiate(
    spec: &ProviderSpec,
    operation: Operation,
    caller: DialectId,
) -> Result<&Endpoint, NotSupported> {
    let mut offered = spec.endpoints.iter().filter(|endpoint| endpoint.operation == operation);
    offered
        .clone()
        .find(|endpoint| endpoint.dialect == caller)
        .or_else(|| offered.find(|endpoint| is_reachable(operation, caller, endpoint.dialect)))
        .ok_or_else(|| NotSupported::new(spec, operation, caller))
}

fn is_reachable(operation: Operation, caller: DialectId, dialect: DialectId) -> bool {
    match operation {
        Operation::Chat => TRANSLATED.contains(&caller) && TRANSLATED.contains(&dialect),
        Operation::Models | Operation::Proxy => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    const ROWS: &str = r#"
        [provider.both]
        endpoints = ["chat", "messages", "models"]
        [provider.open]
        endpoints = ["chat", "embeddings"]
        [provider.ant]
        endpoints = ["messages", "count_tokens", "anthropic_models"]
        [provider.foreign]
        status = "proxy-only"
        note = "its own format is not spoken yet"
        [provider.later]
        status = "unserved"
    "#;

    const CHAT: DialectId = DialectId::OPENAI_CHAT;
    const MESSAGES: DialectId = DialectId::ANTHROPIC_MESSAGES;
    const OTHER: DialectId = DialectId::OPENAI_OTHER;
    const GEMINI: DialectId = DialectId::new("gemini.generate");

    fn spec(id: &str) -> ProviderSpec {
        table::parse(ROWS).unwrap().into_iter().find(|spec| &*spec.id == id).unwrap()
    }

    #[test]
    fn the_callers_dialect_wins_and_chat_is_translated_otherwise() {
        let cases = [
            ("both", Operation::Chat, CHAT, "/chat/completions"),
            ("both", Operation::Chat, MESSAGES, "/messages"),
            ("open", Operation::Chat, MESSAGES, "/chat/completions"),
            ("ant", Operation::Chat, CHAT, "/messages"),
            (
                "ant",
                Operation::CountTokens,
                DialectId::ANTHROPIC_COUNT_TOKENS,
                "/messages/count_tokens",
            ),
            ("ant", Operation::Models, OTHER, "/models"),
            ("open", Operation::Embeddings, DialectId::OPENAI_EMBEDDINGS, "/embeddings"),
            ("open", Operation::Proxy, MESSAGES, ""),
            ("foreign", Operation::Proxy, OTHER, ""),
        ];
        for (id, operation, caller, path) in cases {
            let spec = spec(id);
            let endpoint = negotiate(&spec, operation, caller).unwrap();
            assert_eq!((endpoint.operation, &*endpoint.path), (operation, path), "{id} {caller}");
        }
    }

    #[test]
    fn what_is_not_offered_is_refused_with_what_is() {
        let cases = [
            (
                "foreign",
                Operation::Chat,
                CHAT,
                "chat is not supported by foreign (its own format is not spoken yet); \
                 it offers proxy (any other path, unchanged)",
            ),
            (
                "later",
                Operation::Proxy,
                OTHER,
                "proxy is not supported by later; it offers nothing",
            ),
            (
                "open",
                Operation::Responses,
                DialectId::OPENAI_RESPONSES,
                "responses is not supported by open; it offers chat (openai.chat), \
                 embeddings (openai.embeddings), proxy (any other path, unchanged)",
            ),
            (
                "ant",
                Operation::Chat,
                GEMINI,
                "chat is not supported by ant in the format gemini.generate; \
                 it offers chat (anthropic.messages), count_tokens (anthropic.count_tokens), \
                 models (anthropic.other), proxy (any other path, unchanged)",
            ),
        ];
        for (id, operation, caller, message) in cases {
            let error = negotiate(&spec(id), operation, caller).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
