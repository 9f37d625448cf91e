//! Leaf service: one call to one provider; verbatim, patched or translated.
