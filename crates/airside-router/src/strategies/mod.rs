//! The nodes that choose among others, one file each.
//!
//! A single node needs none: it compiles to what is below it.

mod conditional;
mod fallback;
mod load_balance;

use std::future::Future;
use std::pin::Pin;

use airside_call::{CallError, Reply};

pub(crate) use conditional::Conditional;
pub(crate) use fallback::Fallback;
pub(crate) use load_balance::LoadBalance;

/// What a strategy answers with, some time.
pub(crate) type ReplyFuture = Pin<Box<dyn Future<Output = Result<Reply, CallError>> + Send>>;
