//! The traits a dialect implements, one half for each side of a call.
//!
//! An *ingress* codec speaks with callers: it reads requests and writes
//! replies. An *egress* codec speaks with upstreams: it writes requests and
//! reads replies. With N + M halves every caller reaches every upstream.
//!
//! All codecs are stateless, synchronous and object safe; the state of a
//! stream lives in the coder the codec hands out. They never panic and take
//! time linear in the size of their input.

mod egress;
mod ingress;
mod observe;
mod stream;

pub use egress::{ChatEgress, EncodeCx, Encoded, MaxTokensField, Memo};
pub use ingress::{ChatIngress, ReplyCx};
pub use observe::{Observed, StreamObserver};
pub use stream::{Framing, StreamDecoder, StreamEncoder};
