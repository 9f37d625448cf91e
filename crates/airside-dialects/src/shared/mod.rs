//! Helpers more than one dialect needs.
