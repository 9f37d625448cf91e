//! Finds where frames end, chunk by chunk.
//!
//! Holds no bytes: only what must be known about those already seen, so that none is looked at
//! twice.

/// Where in a line the next byte lies, and what the frame has so far.
#[derive(Debug, Clone)]
pub(super) struct Splitter {
    /// The next byte begins a line.
    at_line_start: bool,
    /// The last byte was a carriage return: a line feed now belongs to the same line end.
    after_return: bool,
    /// The frame has a line that is not blank.
    has_content: bool,
}

impl Default for Splitter {
    fn default() -> Self {
        Self { at_line_start: true, after_return: false, has_content: false }
    }
}

impl Splitter {
    /// Looks at `bytes` from `from` on, all of them new. Returns the offset at which the current
    /// frame ends, or `None` if it goes on after `bytes`.
    ///
    /// A frame ends with a blank line, and takes the blank lines in front of it along. A carriage
    /// return ends a line at once; if its line feed comes later, that begins the next frame.
    pub(super) fn frame_end(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        while let Some(&byte) = bytes.get(at) {
            if std::mem::take(&mut self.after_return) && byte == b'\n' {
                at += 1;
                continue;
            }
            if !self.at_line_start || !is_line_end(byte) {
                let rest = bytes.get(at..).unwrap_or_default();
                self.at_line_start = false;
                self.has_content = true;
                at += memchr::memchr2(b'\n', b'\r', rest)?;
                self.at_line_start = true;
                at += self.line_end(bytes, at);
                continue;
            }
            at += self.line_end(bytes, at);
            if std::mem::take(&mut self.has_content) {
                return Some(at);
            }
        }
        None
    }

    /// Length of the line end at `at`, as far as it is in `bytes`.
    fn line_end(&mut self, bytes: &[u8], at: usize) -> usize {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\r'), None) => {
                self.after_return = true;
                1
            }
            _ => 1,
        }
    }

    /// Whether the bytes since the last frame are blank lines only.
    pub(super) fn is_blank(&self) -> bool {
        !self.has_content
    }
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}
