//! The bodies that go out and come in.
//!
//! Not content: nothing here knows what a body says. Invariant: a body is
//! never copied and never collected; frames move one at a time, when asked for.

mod request;
mod response;

pub use request::RequestBody;
pub use response::ResponseBody;
