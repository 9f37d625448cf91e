//! How large and how deep a JSON document may be.
//!
//! Not a policy: the caller chooses the figures. The defaults let every honest LLM call through
//! and keep a hostile one from exhausting the process.

/// Bounds checked while a document is validated.
///
/// Behavior: a bound is the largest permitted figure; the first value beyond it is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Longest document, in bytes. Default 64 MiB.
    pub max_bytes: usize,
    /// Deepest nesting of objects and arrays; `{}` has depth 1. Default 128.
    pub max_depth: usize,
    /// Most fields of one object. Default 100 000.
    pub max_fields: usize,
    /// Most values of all kinds in the whole document. Default 8 388 608: a reply with 2 048
    /// embeddings of 3 072 numbers has 6.3 million. A value that is read out takes some 32 bytes,
    /// even where its text takes two, so set less where no such replies are read.
    pub max_values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 64 << 20, max_depth: 128, max_fields: 100_000, max_values: 1 << 23 }
    }
}

impl Limits {
    /// Sets the longest document, in bytes.
    #[must_use]
    pub fn with_max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Sets the deepest nesting.
    #[must_use]
    pub fn with_max_depth(mut self, max_depth: usize) -> Self {
        self.max_depth = max_depth;
        self
    }

    /// Sets the most fields of one object.
    #[must_use]
    pub fn with_max_fields(mut self, max_fields: usize) -> Self {
        self.max_fields = max_fields;
        self
    }

    /// Sets the most values in the whole document.
    #[must_use]
    pub fn with_max_values(mut self, max_values: usize) -> Self {
        self.max_values = max_values;
        self
    }
}
