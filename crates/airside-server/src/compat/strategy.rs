//! The nodes of a config: strategies with their targets, down to the single targets.

use std::collections::HashMap;

use airside_router::{Kind, Node, PatternAllowance, Predicate};
use airside_wire::{RawJson, Str};

use super::TargetConfig;
use super::config::ParseCx;
use super::inherit::Inherited;
use super::unbuilt;
use super::validate::Fields;

/// Deepest nesting of targets; a config without targets has depth 1.
const MAX_DEPTH: usize = 10;
/// The most targets at the top.
const MAX_ROOT_TARGETS: usize = 100;
/// The most targets further down.
const MAX_TARGETS: usize = 50;
/// The most targets, and the most conditions, of a conditional strategy.
const MAX_CONDITIONAL: usize = 1000;

/// Reads the nodes of one config.
pub(super) struct Reader<'a> {
    cx: &'a ParseCx<'a>,
    patterns: PatternAllowance,
}

/// A node with what only its parent makes use of.
struct Child {
    node: Node<TargetConfig>,
    name: Option<Str>,
    weight: f64,
}

/// Where a node stands.
#[derive(Clone, Copy)]
struct Position<'a> {
    /// As replies name it, such as `config.targets[0]`.
    path: &'a str,
    depth: usize,
}

/// A strategy without its targets.
struct Strategy {
    mode: Mode,
    on_status_codes: Option<Vec<u16>>,
    conditions: Vec<(Predicate, Str)>,
    default: Option<Str>,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Single,
    LoadBalance,
    Fallback,
    Conditional,
}

impl<'a> Reader<'a> {
    pub(super) fn new(cx: &'a ParseCx<'a>) -> Self {
        Self { cx, patterns: PatternAllowance::default() }
    }

    /// Reads the whole tree. `None` if there is a problem.
    pub(super) fn root(&mut self, fields: Fields<'_>) -> Option<Node<TargetConfig>> {
        let position = Position { path: "config", depth: 1 };
        self.child(fields, &Inherited::default(), position).map(|child| child.node)
    }

    fn child(
        &mut self,
        mut fields: Fields<'_>,
        parent: &Inherited,
        position: Position<'_>,
    ) -> Option<Child> {
        unbuilt::check(&mut fields);
        let settings = parent.with(&mut fields, self.cx);
        let name = fields.string("name");
        let weight = fields.number("weight").unwrap_or(1.0);
        // Only checked: the first belongs to strategies, and there is no cache yet, which every
        // reply says.
        fields.status_codes("on_status_codes");
        check_cache(&mut fields);

        let node = match (fields.has("strategy"), fields.has("targets")) {
            (false, false) => {
                let retry = settings.retry.clone();
                if position.depth > 1 && !fields.has("provider") {
                    fields.problem("provider", "required: a target names its provider");
                }
                let target = TargetConfig::read(fields, settings, self.cx);
                let node = Node::target(position.path, target);
                if let Some(policy) = retry { node.with_retry(policy) } else { node }
            }
            (_, has_targets) => {
                if !has_targets {
                    fields.problem("targets", "required: a strategy chooses among targets");
                }
                let kind = self.strategy(fields, &settings, position)?;
                Node::new(position.path, kind)
            }
        };
        Some(Child { node, name, weight })
    }

    fn strategy(
        &mut self,
        mut fields: Fields<'_>,
        settings: &Inherited,
        position: Position<'_>,
    ) -> Option<Kind<TargetConfig>> {
        if !fields.has("strategy") {
            fields.problem("strategy", "required: it says how to choose among the targets");
        }
        let strategy = fields.object("strategy").and_then(|fields| self.read_strategy(fields));
        let targets = fields.list("targets")?;
        let mode = strategy.as_ref().map(|strategy| strategy.mode);
        if !are_acceptable(&mut fields, &targets, mode, position.depth) {
            return None;
        }
        // Every target is read even if one has problems, to report them all.
        let mut children = Vec::with_capacity(targets.len());
        let mut is_complete = true;
        for (index, target) in targets.iter().enumerate() {
            let path = format!("{}.targets[{index}]", position.path);
            let below = Position { path: &path, depth: position.depth + 1 };
            let fields = fields.item("targets", index, target);
            match fields.and_then(|fields| self.child(fields, settings, below)) {
                Some(child) => children.push(child),
                None => is_complete = false,
            }
        }
        let strategy = strategy.filter(|_| is_complete)?;
        strategy.with_targets(children, &mut fields)
    }

    fn read_strategy(&mut self, mut fields: Fields<'_>) -> Option<Strategy> {
        unbuilt::check_strategy(&mut fields);
        let on_status_codes = fields.status_codes("on_status_codes");
        let mode = mode(&mut fields)?;
        let mut strategy =
            Strategy { mode, on_status_codes, conditions: Vec::new(), default: None };
        if mode == Mode::Conditional {
            strategy.default = fields.string("default");
            strategy.conditions = self.conditions(&mut fields)?;
        }
        Some(strategy)
    }

    fn conditions(&mut self, fields: &mut Fields<'_>) -> Option<Vec<(Predicate, Str)>> {
        let items = fields.list("conditions").unwrap_or_default();
        if items.is_empty() {
            fields.problem("conditions", "No conditions passed in the query router");
            return None;
        }
        if items.len() > MAX_CONDITIONAL {
            let message = format!("at most {MAX_CONDITIONAL} conditions are accepted");
            fields.problem("conditions", message);
            return None;
        }
        let mut conditions = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            if let Some(fields) = fields.item("conditions", index, item) {
                conditions.extend(self.condition(fields));
            }
        }
        (conditions.len() == items.len()).then_some(conditions)
    }

    fn condition(&mut self, mut fields: Fields<'_>) -> Option<(Predicate, Str)> {
        for (key, meaning) in [("query", "what a call must meet"), ("then", "the target's `name`")]
        {
            if !fields.has(key) {
                fields.problem(key, format_args!("required: {meaning}"));
            }
        }
        let then = fields.string("then");
        let query = fields.raw("query")?;
        match Predicate::parse(&query, &mut self.patterns) {
            Ok(predicate) => Some((predicate, then?)),
            Err(error) => {
                fields.problem("query", error);
                None
            }
        }
    }
}

impl Strategy {
    /// The node's kind. `fields` are those of the node, for problems.
    fn with_targets(
        self,
        children: Vec<Child>,
        fields: &mut Fields<'_>,
    ) -> Option<Kind<TargetConfig>> {
        match self.mode {
            Mode::Single => {
                let first = children.into_iter().next()?;
                Some(Kind::Single(Box::new(first.node)))
            }
            Mode::Fallback => {
                let of = children.into_iter().map(|child| child.node).collect();
                Some(Kind::Fallback { on_status_codes: self.on_status_codes, of })
            }
            Mode::LoadBalance => {
                if children.iter().all(|child| child.weight <= 0.0) {
                    fields.problem("targets", "all weights are 0: give one a weight above 0");
                    return None;
                }
                let of = children.into_iter().map(|child| (child.weight, child.node)).collect();
                Some(Kind::LoadBalance { of })
            }
            Mode::Conditional => self.conditional(children, fields),
        }
    }

    fn conditional(
        self,
        children: Vec<Child>,
        fields: &mut Fields<'_>,
    ) -> Option<Kind<TargetConfig>> {
        let named = children.iter().enumerate().rev();
        // Of two targets of one name the first counts.
        let indices: HashMap<_, _> =
            named.filter_map(|(index, child)| Some((child.name.as_ref()?, index))).collect();
        let mut resolve = |name: &Str, place: &str| {
            let index = indices.get(name).copied();
            if index.is_none() {
                let shown: String = name.chars().take(64).collect();
                let message = format!("Invalid target name found in the query router: {shown}");
                fields.problem(place, message);
            }
            index
        };
        let default = self.default.as_ref().map(|name| resolve(name, "strategy,default"));
        let count = self.conditions.len();
        let mut conditions = Vec::with_capacity(count);
        for (index, (predicate, name)) in self.conditions.into_iter().enumerate() {
            let place = format!("strategy,conditions,{index},then");
            conditions.extend(resolve(&name, &place).map(|then| (predicate, then)));
        }
        if conditions.len() < count || default == Some(None) {
            return None;
        }
        let of = children.into_iter().map(|child| child.node).collect();
        Some(Kind::Conditional { conditions, default: default.flatten(), of })
    }
}

fn mode(fields: &mut Fields<'_>) -> Option<Mode> {
    const ACCEPTED: &str = "one of: single, loadbalance, fallback, conditional";
    if !fields.has("mode") {
        fields.problem("mode", format_args!("required: {ACCEPTED}"));
    }
    Some(match &*fields.string("mode")? {
        "single" => Mode::Single,
        "loadbalance" => Mode::LoadBalance,
        "fallback" => Mode::Fallback,
        "conditional" => Mode::Conditional,
        _ => {
            fields.problem("mode", format_args!("Invalid 'mode' value. It must be {ACCEPTED}"));
            return None;
        }
    })
}

fn are_acceptable(
    fields: &mut Fields<'_>,
    targets: &[RawJson],
    mode: Option<Mode>,
    depth: usize,
) -> bool {
    let most = match (mode, depth) {
        (Some(Mode::Conditional), _) => MAX_CONDITIONAL,
        (_, 1) => MAX_ROOT_TARGETS,
        _ => MAX_TARGETS,
    };
    if targets.is_empty() {
        fields.problem("targets", "expected at least one target, found none");
    } else if targets.len() > most {
        fields.problem("targets", format!("at most {most} targets are accepted here"));
    } else if depth >= MAX_DEPTH {
        fields.problem("targets", format!("targets may be nested {MAX_DEPTH} levels deep"));
    } else {
        return true;
    }
    false
}

fn check_cache(fields: &mut Fields<'_>) {
    let Some(mut fields) = fields.object("cache") else { return };
    fields.number("max_age");
    if let Some(mode) = fields.string("mode")
        && !matches!(&*mode, "simple" | "semantic")
    {
        fields.problem("mode", "Invalid 'cache.mode' value. It must be one of: simple, semantic");
    }
}
