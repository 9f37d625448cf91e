//! Reads from a request what the answer depends on: its model, whether it streams, its script.
//!
//! It is not a check of the request: unknown fields and missing ones are accepted, but the body
//! has to be JSON, so that a gateway that mangles bodies is noticed.

use hyper::http::request::Parts;
use serde::Deserialize;

use crate::script::Script;

/// What the answer depends on.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) model: String,
    pub(crate) script: Script,
    pub(crate) delivery: Delivery,
}

/// The shapes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Delivery {
    Unary,
    Stream,
    /// A chat completion stream whose last chunk reports usage (`stream_options.include_usage`).
    StreamWithUsage,
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    model: String,
    #[serde(default)]
    stream: bool,
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

impl Ask {
    /// Reads the request. The header `x-mock-script` wins over the query, which wins over the
    /// model.
    pub(crate) fn read(head: &Parts, body: &[u8]) -> Result<Self, String> {
        let fields: Fields = serde_json::from_slice(body)
            .map_err(|error| format!("body of {} bytes: {error}", body.len()))?;
        let header = head.headers.get("x-mock-script").and_then(|value| value.to_str().ok());
        let query = || head.uri.query()?.split('&').find_map(|pair| pair.strip_prefix("script="));
        let words = header.or_else(query).unwrap_or(&fields.model);
        let script = Script::parse(words).map_err(|error| error.to_string())?;
        let delivery = match fields {
            Fields { stream: false, .. } => Delivery::Unary,
            Fields { stream_options: Some(StreamOptions { include_usage: true }), .. } => {
                Delivery::StreamWithUsage
            }
            Fields { .. } => Delivery::Stream,
        };
        Ok(Self { model: fields.model, script, delivery })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(uri: &str, header: Option<&str>) -> Parts {
        let mut request = hyper::Request::builder().uri(uri);
        if let Some(header) = header {
            request = request.header("x-mock-script", header);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn the_header_wins_over_the_query_and_the_query_over_the_model() {
        let body = br#"{"model":"mock-3"}"#;
        for (uri, header, chunks) in [
            ("/", None, 3),
            ("/?a=b&script=mock-4", None, 4),
            ("/?script=mock-4", Some("mock-5"), 5),
        ] {
            let ask = Ask::read(&head(uri, header), body).unwrap();
            assert_eq!((ask.script.chunks, ask.model.as_str()), (chunks, "mock-3"), "{uri}");
        }
    }

    #[test]
    fn the_delivery_follows_stream_and_stream_options() {
        for (body, delivery) in [
            (r#"{"model":"m"}"#, Delivery::Unary),
            (r#"{"stream":false,"stream_options":{"include_usage":true}}"#, Delivery::Unary),
            (r#"{"stream":true,"stream_options":null}"#, Delivery::Stream),
            (
                r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
                Delivery::StreamWithUsage,
            ),
        ] {
            let ask = Ask::read(&head("/", None), body.as_bytes()).unwrap();
            assert_eq!(ask.delivery, delivery, "{body}");
        }
    }

    #[test]
    fn a_body_that_is_not_json_is_refused() {
        let error = Ask::read(&head("/", None), br#"{"model":"mock""#).unwrap_err();
        assert!(error.starts_with("body of 15 bytes: EOF"), "{error}");
    }
}
