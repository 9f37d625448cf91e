//! Answers in pieces: events, the laws they obey, and the way to and from a
//! complete answer.

mod event;
mod fold;
mod laws;
mod unfold;

pub use event::{BlockKind, Delta, Event, Start};
pub use fold::Folder;
pub use laws::{Checker, Violation};
pub use unfold::unfold;
