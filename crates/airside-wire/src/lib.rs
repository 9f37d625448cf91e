//! Bytes that keep their shape: JSON documents with splices, SSE, NDJSON and AWS event-stream framing.
