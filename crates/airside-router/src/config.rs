//! The routing tree as data.
//!
//! Not a configuration format: whoever reads one builds this tree. Nothing is checked here;
//! [`compile()`](crate::compile()) does that and names the node at fault by its path.

use airside_wire::Str;

use crate::{Predicate, RetryPolicy};

/// A routing tree whose leaves are targets of type `T`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RouteSpec<T> {
    /// The top of the tree.
    pub root: Node<T>,
}

impl<T> RouteSpec<T> {
    /// A tree with this node at the top.
    pub fn new(root: Node<T>) -> Self {
        Self { root }
    }

    /// Every target of the tree with the path of its node, in order.
    pub fn targets(&self) -> Vec<(&Str, &T)> {
        let mut found = Vec::new();
        let mut open = vec![&self.root];
        while let Some(node) = open.pop() {
            match &node.kind {
                Kind::Target(target) => found.push((&node.path, target)),
                Kind::Single(of) => open.push(of),
                Kind::Fallback { of, .. } | Kind::Conditional { of, .. } => {
                    open.extend(of.iter().rev());
                }
                Kind::LoadBalance { of } => open.extend(of.iter().rev().map(|(_, node)| node)),
            }
        }
        found
    }
}

/// One node of a routing tree.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Node<T> {
    /// Where the node stands in its configuration, such as `config.targets[0].targets[1]`.
    pub path: Str,
    /// What the node does.
    pub kind: Kind<T>,
    /// Repeats the whole node, whatever is below it, while it fails.
    pub retry: Option<RetryPolicy>,
}

impl<T> Node<T> {
    /// A node without retries.
    pub fn new(path: impl Into<Str>, kind: Kind<T>) -> Self {
        Self { path: path.into(), kind, retry: None }
    }

    /// A leaf without retries.
    pub fn target(path: impl Into<Str>, target: T) -> Self {
        Self::new(path, Kind::Target(target))
    }

    /// Repeats the node while it fails.
    #[must_use]
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }
}

/// What a node does with a call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Kind<T> {
    /// Sends it to a target.
    Target(T),
    /// Hands it to the one node below.
    Single(Box<Node<T>>),
    /// Tries the nodes below in order and answers with the first result that is not a failure,
    /// or the last failure.
    Fallback {
        /// The statuses that count as failures, success statuses included if they are listed.
        /// `None`: every status from 400 on, and every error.
        on_status_codes: Option<Vec<u16>>,
        /// The nodes, at least one.
        of: Vec<Node<T>>,
    },
    /// Picks one of the nodes below at random.
    LoadBalance {
        /// The nodes with their weights. A weight is finite and not negative; a node is picked as
        /// often as its share of the sum, which is greater than 0.
        of: Vec<(f64, Node<T>)>,
    },
    /// Picks the node below that belongs to the first condition the call meets.
    Conditional {
        /// Conditions with the index of the node each leads to.
        conditions: Vec<(Predicate, usize)>,
        /// The index of the node for a call that meets no condition. `None`: it is refused with
        /// status 400.
        default: Option<usize>,
        /// The nodes, at least one.
        of: Vec<Node<T>>,
    },
}
