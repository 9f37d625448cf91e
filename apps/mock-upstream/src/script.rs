//! The words with which a request says what it wants: a model name such as `mock-200-slow-5`, or
//! the same words in the header `x-mock-script` or the query parameter `script`.
//!
//! | word | meaning | without it |
//! |---|---|---|
//! | `mock` | first word, required | the defaults of this table |
//! | *a number* | content chunks of a stream | 20 |
//! | `bytes-N` | bytes of text: in all if unary, in each chunk if streamed | 600; 6 |
//! | `slow-MS` | milliseconds before a unary answer; between the chunks of a stream | none |
//! | `stamp` | the text of each chunk is the wall clock, see [`STAMP_BYTES`] | the same word each time |
//!
//! The words come in any order after `mock`, joined by `-`. A name that does not begin with
//! `mock` is some real model's name and gets the defaults.

use std::fmt;
use std::time::Duration;

/// Length of the text of a stamped chunk: `~`, nanoseconds since the epoch in 19 digits, `~`.
///
/// It travels as text, because text is all that survives a translation between dialects.
pub const STAMP_BYTES: usize = 21;

/// The most chunks a stream may have.
pub const MAX_CHUNKS: u32 = 100_000;
/// The most text an answer, or a chunk of a stream, may have, in bytes.
pub const MAX_TEXT_BYTES: usize = 16 << 20;
/// The longest delay.
pub const MAX_DELAY: Duration = Duration::from_mins(1);

/// What a request wants to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Script {
    /// Content chunks of a stream.
    pub chunks: u32,
    /// Bytes of text, if said; see the table of the module.
    pub text_bytes: Option<usize>,
    /// Wait before a unary answer, or between the chunks of a stream.
    pub delay: Duration,
    /// Whether the text of each chunk tells when it was written.
    pub stamped: bool,
}

impl Default for Script {
    fn default() -> Self {
        Self { chunks: 20, text_bytes: None, delay: Duration::ZERO, stamped: false }
    }
}

impl Script {
    /// Reads a script, or gives the default one for a name that does not begin with `mock`.
    ///
    /// # Errors
    ///
    /// Fails on a word that is not in the table of the module, or a number over its limit.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let mut script = Self::default();
        let mut words = text.split('-');
        if words.next() != Some("mock") {
            return Ok(script);
        }
        let refuse = |word: &str| ScriptError { script: text.to_owned(), word: word.to_owned() };
        while let Some(word) = words.next() {
            match word {
                "stamp" => script.stamped = true,
                "bytes" => {
                    let bytes = number(words.next(), MAX_TEXT_BYTES as u64);
                    let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
                    script.text_bytes = Some(bytes.ok_or_else(|| refuse(word))?);
                }
                "slow" => {
                    let limit = MAX_DELAY.as_secs() * 1000;
                    let millis = number(words.next(), limit).ok_or_else(|| refuse(word))?;
                    script.delay = Duration::from_millis(millis);
                }
                _ => {
                    let chunks = number(Some(word), MAX_CHUNKS.into());
                    let chunks = chunks.and_then(|chunks| u32::try_from(chunks).ok());
                    script.chunks = chunks.ok_or_else(|| refuse(word))?;
                }
            }
        }
        Ok(script)
    }
}

fn number(word: Option<&str>, limit: u64) -> Option<u64> {
    word?.parse().ok().filter(|number| *number <= limit)
}

/// A script with a word that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    script: String,
    word: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { script, word } = self;
        write!(
            formatter,
            "script {script:?}: {word:?} is wrong; it is mock followed by any of: N (chunks, at \
             most {MAX_CHUNKS}), bytes-N (at most {MAX_TEXT_BYTES}), slow-MS (at most {}), stamp",
            MAX_DELAY.as_millis()
        )
    }
}

impl std::error::Error for ScriptError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_order() {
        let expected = Script {
            chunks: 200,
            text_bytes: Some(64),
            delay: Duration::from_millis(5),
            stamped: true,
        };
        for text in ["mock-200-bytes-64-slow-5-stamp", "mock-stamp-slow-5-bytes-64-200"] {
            assert_eq!(Script::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_real_models_name_gets_the_defaults() {
        for text in ["gpt-4o-mini", "claude-sonnet-4-5", "mock", ""] {
            assert_eq!(Script::parse(text), Ok(Script::default()), "{text}");
        }
    }

    #[test]
    fn an_unknown_word_or_a_number_over_its_limit_is_named() {
        for (text, word) in [
            ("mock-fast", "fast"),
            ("mock-100001", "100001"),
            ("mock-slow", "slow"),
            ("mock-slow-60001", "slow"),
            ("mock-bytes-99999999", "bytes"),
            ("mock-", ""),
        ] {
            let error = Script::parse(text).expect_err(text);
            assert_eq!(error.word, word, "{text}");
        }
    }
}
