//! The one service type of the workspace.

use tower::util::BoxCloneSyncService;
use tower_service::Service;

use crate::{Call, CallError, Reply};

/// A boxed call service, used where configuration decides what is inside.
pub type BoxCall = BoxCloneSyncService<Call, Reply, CallError>;

/// Anything that answers calls. Write this bound instead of the long one.
pub trait CallService:
    Service<Call, Response = Reply, Error = CallError, Future: Send> + Clone + Send + Sync + 'static
{
}

impl<S> CallService for S where
    S: Service<Call, Response = Reply, Error = CallError, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static
{
}
