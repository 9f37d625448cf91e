//! What can be wrong with a routing tree.
//!
//! Messages name the node by its path and say what is accepted. They quote keys and operators of
//! a query, never values of a target.

use airside_call::{CallError, ErrorKind};
use airside_wire::Str;

/// Why a tree was not compiled.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// A node that chooses has nothing to choose from.
    #[error("`{path}` has no targets: give at least one")]
    NoTargets {
        /// The node.
        path: Str,
    },
    /// A conditional node has no conditions.
    #[error("`{path}`: no conditions passed in the query router")]
    NoConditions {
        /// The node.
        path: Str,
    },
    /// A weight is negative or no number.
    #[error("`{path}`: the weight is {weight}, but weights are numbers from 0 on")]
    Weight {
        /// The node the weight belongs to.
        path: Str,
        /// The weight.
        weight: f64,
    },
    /// The weights leave no node to pick.
    #[error("`{path}`: all weights are 0: give at least one target a weight above 0")]
    AllWeightsZero {
        /// The load-balancing node.
        path: Str,
    },
    /// The weights are too large to be added.
    #[error("`{path}`: the sum of the weights is too large: use smaller weights")]
    WeightsTooLarge {
        /// The load-balancing node.
        path: Str,
    },
    /// A condition or default leads to a node that is not there.
    #[error("`{path}` leads to target {index}, but has only {count} targets")]
    NoSuchTarget {
        /// The conditional node.
        path: Str,
        /// The index it leads to, from 0.
        index: usize,
        /// How many targets it has.
        count: usize,
    },
    /// The tree is nested too deeply.
    #[error("`{path}` is nested deeper than {limit} levels")]
    TooDeep {
        /// The first node that is too deep.
        path: Str,
        /// The limit.
        limit: usize,
    },
    /// A target cannot be called.
    #[error("`{path}`: {}", error.message())]
    Leaf {
        /// The target's node.
        path: Str,
        /// What its factory said.
        error: CallError,
    },
}

impl From<CompileError> for CallError {
    /// A leaf's error stays what it is; anything else is an invalid request.
    fn from(error: CompileError) -> Self {
        match error {
            CompileError::Leaf { error, .. } => error,
            other => Self::new(ErrorKind::InvalidRequest, other.to_string()),
        }
    }
}

/// What is wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PredicateError {
    /// A query or a group is of the wrong kind.
    #[error("`{at}`: expected {expected}, found {found}")]
    Kind {
        /// The key in the query.
        at: Str,
        /// What is accepted.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A key starts with none of the things that can be asked about.
    #[error(
        "`{key}` cannot be asked about: use `metadata.…`, `params.…`, `url.pathname`, `$and` or `$or`"
    )]
    Key {
        /// The key.
        key: Str,
    },
    /// The path after `metadata.` or `params.` cannot be read.
    #[error("`{key}`: {reason}")]
    Path {
        /// The key.
        key: Str,
        /// What was expected.
        reason: Str,
    },
    /// There is no such operator.
    #[error(
        "Unsupported operator used in the query router: {operator}; \
         use $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin or $regex"
    )]
    Operator {
        /// The operator.
        operator: Str,
    },
    /// A regular expression cannot be used.
    #[error("`{at}`: the regular expression {reason}")]
    Pattern {
        /// The key in the query.
        at: Str,
        /// Why.
        reason: Str,
    },
    /// Groups are nested too deeply.
    #[error("the query is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
}
