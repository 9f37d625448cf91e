//! Tells when JSON text that arrives in pieces is complete.
//!
//! Not a validator: it follows strings and brackets and nothing else, in
//! constant space. Enough to know where the arguments of one tool call end,
//! whatever a model wrote.

/// Follows JSON text. Only objects, arrays and strings have an end one can
/// see; a number or a word never counts as complete.
#[derive(Debug, Clone, Default)]
pub(crate) struct JsonScan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    complete: bool,
}

impl JsonScan {
    /// Takes the next piece.
    pub(crate) fn push(&mut self, piece: &str) {
        let mut rest = piece.as_bytes();
        while let Some((&byte, tail)) = rest.split_first() {
            rest =
                if self.in_string { self.string(byte, rest, tail) } else { self.plain(byte, tail) };
        }
    }

    /// True if one whole value was seen, and nothing but whitespace after it.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    fn string<'a>(&mut self, byte: u8, rest: &'a [u8], tail: &'a [u8]) -> &'a [u8] {
        if self.escaped {
            self.escaped = false;
            return tail;
        }
        match byte {
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                self.complete = self.depth == 0;
            }
            _ => {
                let at = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                return rest.get(at..).unwrap_or_default();
            }
        }
        tail
    }

    fn plain<'a>(&mut self, byte: u8, tail: &'a [u8]) -> &'a [u8] {
        match byte {
            b'"' => {
                self.in_string = true;
                self.complete = false;
            }
            b'{' | b'[' => {
                self.depth += 1;
                self.complete = false;
            }
            b'}' | b']' => {
                self.complete = self.depth == 1;
                self.depth = self.depth.saturating_sub(1);
            }
            b' ' | b'\n' | b'\r' | b'\t' => {}
            _ => self.complete = false,
        }
        tail
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scan(pieces: &[&str]) -> bool {
        let mut scan = JsonScan::default();
        for piece in pieces {
            scan.push(piece);
        }
        scan.is_complete()
    }

    #[test]
    fn a_value_is_complete_at_its_last_bracket() {
        for text in ["{}", r#"{"a":{"b":[1,"}"]}}"#, "[[]] \n", r#""a\"b""#, r#"{"\\":"\\"}"#] {
            assert!(scan(&[text]), "{text}");
        }
    }

    #[test]
    fn a_beginning_is_not_complete() {
        for text in ["", " ", "{", r#"{"a"#, r#"{"a":"}"#, r#""a\""#, "12", "{}{", "{}x", "}"] {
            assert!(!scan(&[text]), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_cut_does_not_matter(text in r#"[{}\[\]"\\a:, ]{0,24}"#, at in 0_usize..24) {
            let (left, right) = text.split_at(at.min(text.len()));
            prop_assert_eq!(scan(&[left, right]), scan(&[&text]));
        }
    }
}
