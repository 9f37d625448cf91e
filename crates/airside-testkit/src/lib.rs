//! Test kit: mock upstream, re-chunker, fixtures.
