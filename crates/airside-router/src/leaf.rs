//! How targets become services: the seam between the tree and what sends calls.

use airside_call::{BoxCall, Call, CallError};
use airside_wire::Str;

/// Makes the service of a target.
///
/// A leaf notes its `target_path` in [`Notes`](airside_call::Notes) and does not retry. It is
/// asked for once per target when the tree is compiled, not per call.
pub trait LeafFactory<T> {
    /// The service of a target, whose node stands at `path`.
    ///
    /// # Errors
    ///
    /// Why the target cannot be called at all. It fails the whole tree; answer with
    /// [`always_fails`] if other targets should still be tried.
    fn leaf(&self, target: &T, path: &Str) -> Result<BoxCall, CallError>;
}

impl<T, F> LeafFactory<T> for F
where
    F: Fn(&T, &Str) -> Result<BoxCall, CallError>,
{
    fn leaf(&self, target: &T, path: &Str) -> Result<BoxCall, CallError> {
        self(target, path)
    }
}

/// A leaf that answers every call with the same error, so that a fallback goes on to the next.
pub fn always_fails(error: CallError) -> BoxCall {
    BoxCall::new(tower::service_fn(move |_: Call| std::future::ready(Err(error.clone()))))
}
