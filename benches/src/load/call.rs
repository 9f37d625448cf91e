//! One call as it goes over the wire, and what its answer has to look like.
//!
//! Every contestant gets the same bytes but for its own address and headers, also those that
//! look at none of them, so that differences are the contestants' own.

use std::net::SocketAddr;

use memchr::memmem;
use serde_json::Value;

use super::chat_body;
use super::contestant::Contestant;
use super::error::LoadError;

/// A kind of call: always a chat completion for the client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// Model name, which is also the script of the mock upstream.
    pub(crate) model: &'static str,
    /// Size of the request body.
    pub(crate) body_bytes: usize,
    /// Content chunks of the answer, if it is streamed.
    pub(crate) chunks: Option<usize>,
    pub(crate) upstream: Upstream,
}

/// What a gateway that translates has to speak to the mock. A contestant that does not read the
/// headers passes the call on as it is, and so gives the figures of the verbatim call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upstream {
    ChatCompletions,
    Messages,
}

impl Upstream {
    fn provider(self) -> &'static str {
        match self {
            Self::ChatCompletions => "openai",
            Self::Messages => "anthropic",
        }
    }
}

/// The beginning of the mock's text when it was asked for a chat completion.
const CHAT_TEXT: &str = " chat ";
/// The beginning of its text when it was asked for a message.
const MESSAGES_TEXT: &str = " messa";

impl Call {
    /// The request, head and body, for a contestant before the mock upstream at `mock`.
    pub(crate) fn request(&self, contestant: &Contestant, mock: SocketAddr) -> Vec<u8> {
        let Self { model, body_bytes, chunks, upstream } = *self;
        let body = chat_body::render(model, body_bytes, chunks.is_some());
        let mut head = format!(
            "POST {}/v1/chat/completions HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             accept: */*\r\nuser-agent: airside-load\r\ncontent-length: {}\r\n",
            contestant.base_path,
            contestant.address,
            body.len()
        );
        for (name, value) in &contestant.headers {
            let value = value
                .replace("{provider}", upstream.provider())
                .replace("{upstream}", &format!("http://{mock}/v1"));
            head.extend([name, ": ", &value, "\r\n"]);
        }
        head.push_str("\r\n");
        [head.into_bytes(), body.into_bytes()].concat()
    }

    /// Checks an answer and tells which dialect the mock was asked in.
    ///
    /// # Errors
    ///
    /// Fails with what is missing.
    pub(crate) fn check(&self, answer: &[u8]) -> Result<Upstream, LoadError> {
        let count = |text: &str| memmem::find_iter(answer, text).count();
        let (chat, messages) = (count(CHAT_TEXT), count(MESSAGES_TEXT));
        let spoken = if messages > 0 { Upstream::Messages } else { Upstream::ChatCompletions };
        let fault = match self.chunks {
            Some(chunks) if chat + messages != chunks => {
                format!("a stream with {} chunks of text instead of {chunks}", chat + messages)
            }
            Some(_) if !answer.trim_ascii_end().ends_with(b"data: [DONE]") => {
                "a stream without data: [DONE] at its end".to_owned()
            }
            None if !is_chat_completion(answer) => "not a chat completion with text".to_owned(),
            _ => return Ok(spoken),
        };
        let excerpt = String::from_utf8_lossy(answer.get(..300).unwrap_or(answer));
        Err(LoadError::Answer(format!("{fault}: {excerpt}")))
    }
}

/// Whether a piece of a stream has the text of the mock in it.
pub(crate) fn has_content(piece: &[u8]) -> bool {
    [CHAT_TEXT, MESSAGES_TEXT].iter().any(|text| memmem::find(piece, text.as_bytes()).is_some())
}

fn is_chat_completion(answer: &[u8]) -> bool {
    let Ok(json) = serde_json::from_slice::<Value>(answer) else { return false };
    let text = json.pointer("/choices/0/message/content").and_then(Value::as_str);
    text.is_some_and(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAMED: Call =
        Call { model: "mock-2", body_bytes: 600, chunks: Some(2), upstream: Upstream::Messages };

    #[test]
    fn the_request_carries_the_contestants_headers_filled_in() {
        let contestant = Contestant::by_url("other", "http://127.0.0.1:8080/base/").unwrap();
        let mock = SocketAddr::from(([127, 0, 0, 1], 9000));
        let request = String::from_utf8(STREAMED.request(&contestant, mock)).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("POST /base/v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:8080")
        );
        assert!(head.contains("\r\nx-portkey-provider: anthropic\r\n"), "{head}");
        assert!(head.contains("\r\nx-portkey-custom-host: http://127.0.0.1:9000/v1"), "{head}");
        assert!(head.contains("\r\ncontent-length: 600\r\n") && body.len() == 600, "{head}");
    }

    #[test]
    fn a_stream_is_good_only_with_all_its_chunks_and_its_end() {
        let good = b"data: {\" messa\"}\n\ndata: {\" messa\"}\n\ndata: [DONE]\n\n";
        assert_eq!(STREAMED.check(good).unwrap(), Upstream::Messages);
        for bad in ["data: {\" messa\"}\n\ndata: [DONE]\n\n", "data: \" chat \" \" chat \"\n\n", ""]
        {
            assert!(STREAMED.check(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_unary_answer_is_good_only_with_text() {
        let call = Call { chunks: None, ..STREAMED };
        let good = br#"{"choices":[{"message":{"content":" chat completion"}}]}"#;
        assert_eq!(call.check(good).unwrap(), Upstream::ChatCompletions);
        for bad in [r#"{"choices":[{"message":{"content":""}}]}"#, r#"{"error":{}}"#, "<html>"] {
            assert!(call.check(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
