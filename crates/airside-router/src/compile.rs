//! From tree to service: every check that can be made before a call is made here.

use airside_call::BoxCall;

use crate::error::CompileError;
use crate::policy::Retry;
use crate::strategies::{Conditional, Fallback, LoadBalance};
use crate::{Kind, LeafFactory, Node, Random, RouteSpec};

/// Deepest nesting of a tree; a single target has depth 1.
const MAX_DEPTH: usize = 64;

/// Compiles a tree into a service.
///
/// The service is always ready, and so may be cloned for every call. Dropping its future gives
/// the call up, attempts and waiting included.
///
/// # Errors
///
/// The first node that cannot work: no targets, weights that pick nobody, conditions that lead
/// nowhere, a target its factory refuses.
pub fn compile<T>(
    spec: &RouteSpec<T>,
    leaves: &dyn LeafFactory<T>,
) -> Result<BoxCall, CompileError> {
    compile_with(spec, leaves, &Random::system())
}

/// Compiles a tree into a service that draws weights and waiting times from `random`.
///
/// # Errors
///
/// As [`compile`].
pub fn compile_with<T>(
    spec: &RouteSpec<T>,
    leaves: &dyn LeafFactory<T>,
    random: &Random,
) -> Result<BoxCall, CompileError> {
    Compiler { leaves, random }.node(&spec.root, MAX_DEPTH)
}

struct Compiler<'a, T> {
    leaves: &'a dyn LeafFactory<T>,
    random: &'a Random,
}

impl<T> Compiler<'_, T> {
    fn node(&self, node: &Node<T>, levels: usize) -> Result<BoxCall, CompileError> {
        let Some(below) = levels.checked_sub(1) else {
            return Err(CompileError::TooDeep { path: node.path.clone(), limit: MAX_DEPTH });
        };
        let service = match &node.kind {
            Kind::Target(target) => self
                .leaves
                .leaf(target, &node.path)
                .map_err(|error| CompileError::Leaf { path: node.path.clone(), error })?,
            Kind::Single(of) => self.node(of, below)?,
            Kind::Fallback { on_status_codes, of } => {
                let mut of = self.nodes(node, of.iter(), below)?.into_iter();
                let first = of.next().ok_or_else(|| no_targets(node))?;
                BoxCall::new(Fallback::new(first, of.collect(), on_status_codes.clone()))
            }
            Kind::LoadBalance { of } => {
                check_weights(node, of)?;
                let services = self.nodes(node, of.iter().map(|(_, node)| node), below)?;
                let weights = of.iter().map(|(weight, _)| *weight);
                BoxCall::new(LoadBalance::new(weights.zip(services).collect(), self.random.clone()))
            }
            Kind::Conditional { conditions, default, of } => {
                if conditions.is_empty() {
                    return Err(CompileError::NoConditions { path: node.path.clone() });
                }
                check_indices(node, conditions.iter().map(|(_, index)| index).chain(default), of)?;
                let services = self.nodes(node, of.iter(), below)?;
                BoxCall::new(Conditional::new(conditions.clone(), *default, services))
            }
        };
        Ok(match &node.retry {
            Some(policy) if policy.attempts() > 0 => {
                BoxCall::new(Retry::new(service, policy.clone(), self.random.clone()))
            }
            _ => service,
        })
    }

    fn nodes<'n>(
        &self,
        parent: &Node<T>,
        of: impl Iterator<Item = &'n Node<T>>,
        levels: usize,
    ) -> Result<Vec<BoxCall>, CompileError>
    where
        T: 'n,
    {
        let services: Vec<_> = of.map(|node| self.node(node, levels)).collect::<Result<_, _>>()?;
        if services.is_empty() { Err(no_targets(parent)) } else { Ok(services) }
    }
}

fn no_targets<T>(node: &Node<T>) -> CompileError {
    CompileError::NoTargets { path: node.path.clone() }
}

fn check_weights<T>(parent: &Node<T>, of: &[(f64, Node<T>)]) -> Result<(), CompileError> {
    let path = || parent.path.clone();
    if of.is_empty() {
        return Err(no_targets(parent));
    }
    if let Some((weight, node)) = of.iter().find(|(weight, _)| !weight.is_finite() || *weight < 0.0)
    {
        return Err(CompileError::Weight { path: node.path.clone(), weight: *weight });
    }
    let sum: f64 = of.iter().map(|(weight, _)| weight).sum();
    match sum {
        sum if !sum.is_finite() => Err(CompileError::WeightsTooLarge { path: path() }),
        sum if sum <= 0.0 => Err(CompileError::AllWeightsZero { path: path() }),
        _ => Ok(()),
    }
}

fn check_indices<'i, T>(
    parent: &Node<T>,
    mut indices: impl Iterator<Item = &'i usize>,
    of: &[Node<T>],
) -> Result<(), CompileError> {
    match indices.find(|index| **index >= of.len()) {
        _ if of.is_empty() => Err(no_targets(parent)),
        None => Ok(()),
        Some(&index) => {
            let path = parent.path.clone();
            Err(CompileError::NoSuchTarget { path, index, count: of.len() })
        }
    }
}

#[cfg(test)]
mod tests {
    use airside_call::{Call, CallError, ErrorKind, Reply};
    use airside_wire::Str;

    use super::*;
    use crate::testing::{Script, call, fallback, predicate, status_of};

    type Spec = Node<&'static str>;

    fn target(path: &'static str) -> Spec {
        Node::target(path, path)
    }

    fn weighted(weights: &[f64]) -> Spec {
        let of = weights.iter().map(|weight| (*weight, target("root[i]"))).collect();
        Node::new("root", Kind::LoadBalance { of })
    }

    fn conditional(then: usize, default: Option<usize>, targets: usize) -> Spec {
        let conditions = vec![(predicate("{}"), then)];
        let of = (0..targets).map(|_| target("root[i]")).collect();
        Node::new("root", Kind::Conditional { conditions, default, of })
    }

    #[test]
    fn trees_that_cannot_work_are_refused_with_the_node_at_fault() {
        let no_conditions = Node::new(
            "root",
            Kind::Conditional { conditions: Vec::new(), default: None, of: vec![target("a")] },
        );
        let mut deep = target("deep");
        for _ in 0..MAX_DEPTH {
            deep = Node::new("level", Kind::Single(Box::new(deep)));
        }
        for (tree, message) in [
            (fallback("root", vec![]), "`root` has no targets: give at least one"),
            (weighted(&[]), "`root` has no targets: give at least one"),
            (conditional(0, None, 0), "`root` has no targets: give at least one"),
            (
                weighted(&[1.0, -0.5]),
                "`root[i]`: the weight is -0.5, but weights are numbers from 0 on",
            ),
            (
                weighted(&[f64::NAN]),
                "`root[i]`: the weight is NaN, but weights are numbers from 0 on",
            ),
            (
                weighted(&[0.0, 0.0]),
                "`root`: all weights are 0: give at least one target a weight above 0",
            ),
            (
                weighted(&[f64::MAX, f64::MAX]),
                "`root`: the sum of the weights is too large: use smaller weights",
            ),
            (no_conditions, "`root`: no conditions passed in the query router"),
            (conditional(2, None, 2), "`root` leads to target 2, but has only 2 targets"),
            (conditional(0, Some(5), 2), "`root` leads to target 5, but has only 2 targets"),
            (deep, "`deep` is nested deeper than 64 levels"),
            (
                fallback("root", vec![target("ok"), target("bad")]),
                "`bad`: the target has no base URL",
            ),
        ] {
            let leaves = |name: &&'static str, _: &Str| match *name {
                "bad" => {
                    Err(CallError::new(ErrorKind::InvalidRequest, "the target has no base URL"))
                }
                _ => Ok(Script::new(&[200]).service()),
            };
            let error = compile(&RouteSpec::new(tree), &leaves).expect_err(message);
            assert_eq!(error.to_string(), message);
            assert_eq!(CallError::from(error).kind(), ErrorKind::InvalidRequest);
        }
    }

    #[tokio::test]
    async fn the_leaf_of_a_single_target_answers_without_anything_around_it() {
        #[derive(Clone)]
        struct Leaf;
        impl tower_service::Service<Call> for Leaf {
            type Response = Reply;
            type Error = CallError;
            type Future = std::future::Ready<Result<Reply, CallError>>;
            fn poll_ready(
                &mut self,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Result<(), CallError>> {
                std::task::Poll::Ready(Ok(()))
            }
            fn call(&mut self, _: Call) -> Self::Future {
                std::future::ready(Err(CallError::new(ErrorKind::Overloaded, "me")))
            }
        }
        let single = Node::new("root", Kind::Single(Box::new(target("root.targets[0]"))))
            .with_retry(crate::RetryPolicy::new(0));
        for tree in [target("root"), single] {
            let paths = std::cell::RefCell::new(Vec::new());
            let leaves = |_: &&'static str, path: &Str| {
                paths.borrow_mut().push(path.clone());
                Ok(BoxCall::new(Leaf))
            };
            let mut service = compile(&RouteSpec::new(tree), &leaves).expect("a valid tree");
            // Ready at the first poll: no future of ours lies between.
            let mut future = tower_service::Service::call(&mut service, call());
            let result = futures_util::FutureExt::now_or_never(&mut future).expect("at once");
            assert_eq!(status_of(&result), 503);
            assert_eq!(paths.borrow().len(), 1);
        }
    }

    #[tokio::test]
    async fn nested_strategies_are_walked_in_order() {
        let inner = fallback("root[0]", vec![target("root[0][0]"), target("root[0][1]")]);
        let spec = RouteSpec::new(fallback("root", vec![inner, target("root[1]")]));
        let paths: Vec<_> = spec.targets().iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(paths, ["root[0][0]", "root[0][1]", "root[1]"]);

        let order = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let leaves = |_: &&'static str, path: &Str| {
            let (order, path) = (order.clone(), path.clone());
            Ok(BoxCall::new(tower::service_fn(move |_: Call| {
                order.lock().expect("not poisoned").push(path.to_string());
                std::future::ready(Err::<Reply, _>(CallError::new(ErrorKind::UpstreamFailed, "x")))
            })))
        };
        let service = compile(&spec, &leaves).expect("a valid tree");
        let _ = tower::ServiceExt::oneshot(service, call()).await;
        assert_eq!(*order.lock().expect("not poisoned"), paths);
    }
}
