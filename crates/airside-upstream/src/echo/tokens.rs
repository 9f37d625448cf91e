//! Counting and cutting text the way the echo upstream does: a token is four
//! bytes, a piece of a stream is a word.
//!
//! Not a tokenizer. The same count serves usage, limits and token counting,
//! so the three agree.

use airside_schema::{ChatRequest, Media, MediaSource, Part, PartKind, Tool, ToolKind};
use airside_wire::Str;

/// Bytes of a token.
const BYTES: usize = 4;

/// Tokens of a picture, recording or document, whatever its size.
const MEDIA: usize = 256;

/// Tokens of a text.
pub(super) fn count(text: &str) -> u64 {
    of_bytes(text.len())
}

/// Tokens of so many bytes.
pub(super) fn of_bytes(bytes: usize) -> u64 {
    bytes.div_ceil(BYTES) as u64
}

/// The beginning of a text that has at most so many tokens.
pub(super) fn limited(text: &str, tokens: u64) -> &str {
    let bytes = usize::try_from(tokens).unwrap_or(usize::MAX).saturating_mul(BYTES);
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// Tokens of everything a request says: messages, tools and what they return.
pub(super) fn of_request(request: &ChatRequest) -> u64 {
    let messages = request.messages.iter().flat_map(|message| &message.parts).map(part_bytes);
    let tools = request.tools.iter().map(tool_bytes);
    of_bytes(messages.chain(tools).fold(0, usize::saturating_add))
}

fn part_bytes(part: &Part) -> usize {
    match &part.kind {
        PartKind::Text { text, .. } | PartKind::Refusal(text) => text.len(),
        PartKind::Reasoning(reasoning) => reasoning.text.len(),
        PartKind::ToolCall(call) => call.name.len() + call.arguments.len(),
        PartKind::ToolResult(result) => result.parts.iter().map(part_bytes).sum(),
        PartKind::Image(media) | PartKind::Audio(media) | PartKind::File(media) => {
            media_bytes(media)
        }
        PartKind::Opaque { raw, .. } => raw.as_str().len(),
        _ => 0,
    }
}

fn media_bytes(media: &Media) -> usize {
    match &media.source {
        MediaSource::Text { text, .. } => text.len(),
        MediaSource::Parts(parts) => parts.iter().map(part_bytes).sum(),
        _ => MEDIA * BYTES,
    }
}

fn tool_bytes(tool: &Tool) -> usize {
    match &tool.kind {
        ToolKind::Function { name, description, parameters, .. } => {
            name.len()
                + description.as_ref().map_or(0, |text| text.len())
                + parameters.as_ref().map_or(0, |schema| schema.as_str().len())
        }
        ToolKind::Opaque { raw, .. } => raw.as_str().len(),
        _ => 0,
    }
}

/// The pieces a text is streamed in. Together they are the text.
#[derive(Debug)]
pub(super) struct Pieces {
    rest: Str,
    by: By,
}

/// How a text is taken to pieces.
#[derive(Debug, Clone, Copy)]
enum By {
    /// A word with the white space before it.
    Words,
    /// So many bytes, for what is not made of words.
    Bytes(usize),
}

impl Pieces {
    /// Pieces of prose: words, none of which is split.
    pub(super) fn words(text: Str) -> Self {
        Self { rest: text, by: By::Words }
    }

    /// Pieces of the arguments of a tool call: 16 bytes.
    pub(super) fn arguments(text: Str) -> Self {
        Self { rest: text, by: By::Bytes(16) }
    }
}

impl Iterator for Pieces {
    type Item = Str;

    fn next(&mut self) -> Option<Str> {
        if self.rest.is_empty() {
            return None;
        }
        let end = match self.by {
            By::Words => word_end(&self.rest),
            // At least one character, however many bytes it has.
            By::Bytes(bytes) => self.rest.ceil_char_boundary(bytes),
        };
        let (piece, rest) = self.rest.split_at_checked(end).unwrap_or((&self.rest, ""));
        let piece = self.rest.slice_ref(piece);
        self.rest = self.rest.slice_ref(rest);
        Some(piece)
    }
}

fn word_end(text: &str) -> usize {
    let word = text.len() - text.trim_start().len();
    let after = text.get(word..).unwrap_or_default().find(char::is_whitespace);
    after.map_or(text.len(), |after| word + after)
}

#[cfg(test)]
mod tests {
    use airside_schema::{Message, Role, ToolCall, ToolResult};
    use airside_wire::RawJson;

    use super::*;

    #[test]
    fn four_bytes_are_a_token() {
        for (text, tokens) in [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("ééé", 2)] {
            assert_eq!(count(text), tokens, "{text}");
        }
    }

    #[test]
    fn limits_fall_between_characters() {
        for (text, tokens, expected) in
            [("abcdefgh", 1, "abcd"), ("abc", 1, "abc"), ("abc€", 1, "abc"), ("abc", 0, "")]
        {
            assert_eq!(limited(text, tokens), expected);
        }
        assert_eq!(limited("abc", u64::MAX), "abc");
    }

    #[test]
    fn everything_that_is_said_counts_once() {
        let tool = Tool::new(ToolKind::Function {
            name: "tool".into(),
            description: Some("does".into()),
            parameters: Some(RawJson::parse(r#"{"a":1}"#).unwrap()),
            strict: None,
        });
        let result = ToolResult::new("id", vec![Part::text("12345678")]);
        let image = Media::new(MediaSource::Base64 {
            media_type: "image/png".into(),
            data: "A".repeat(10_000).into(),
        });
        let parts = vec![
            Part::text("1234"),
            Part::new(PartKind::ToolCall(ToolCall::new("id", "name", "args"))),
            Part::new(PartKind::ToolResult(result)),
            Part::new(PartKind::Image(image)),
        ];
        let mut request = ChatRequest::new("m", vec![Message::new(Role::User, parts)]);
        request.tools = vec![tool];
        let bytes = 4 + 8 + 8 + 1024 + (4 + 4 + 7);
        assert_eq!(of_request(&request), of_bytes(bytes));
    }

    #[test]
    fn pieces_are_words_and_together_the_text() {
        let cases: [(&str, &[&str]); 6] = [
            ("", &[]),
            ("marmalade", &["marmalade"]),
            ("one two", &["one", " two"]),
            ("  a\n\n b ", &["  a", "\n\n b", " "]),
            ("žlutý kůň", &["žlutý", " kůň"]),
            (" ", &[" "]),
        ];
        for (text, expected) in cases {
            let pieces: Vec<_> = Pieces::words(text.into()).collect();
            assert_eq!(pieces, expected, "{text:?}");
        }
    }

    #[test]
    fn arguments_are_cut_between_characters() {
        let text = "{\"city\":\"Žižkov žižkov\"}";
        let pieces: Vec<_> = Pieces::arguments(text.into()).collect();
        assert!(pieces.len() > 1 && pieces.concat() == text, "{pieces:?}");
    }
}
