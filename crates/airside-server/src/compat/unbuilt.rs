//! Features of the config language that are not built yet.
//!
//! They would change what a call does, so a config that uses one is refused. An empty value asks
//! for nothing and is accepted.

use airside_wire::{Kind, RawJson};

use super::validate::Fields;

const GUARDRAILS: &str =
    "guardrails are not built yet: remove this field, or the call would go unchecked";
const MUTATORS: &str =
    "mutators are not built yet: remove this field, or the call would go unchanged";

/// Keys of the config and of its targets.
const KEYS: [(&str, &str); 13] = [
    ("input_guardrails", GUARDRAILS),
    ("output_guardrails", GUARDRAILS),
    ("default_input_guardrails", GUARDRAILS),
    ("default_output_guardrails", GUARDRAILS),
    ("before_request_hooks", GUARDRAILS),
    ("after_request_hooks", GUARDRAILS),
    ("mutators", MUTATORS),
    ("input_mutators", MUTATORS),
    ("output_mutators", MUTATORS),
    ("virtual_key", "virtual keys are not built yet: give `provider` and `api_key`"),
    ("prompt_id", "stored prompts are not built yet: send the prompt in the request"),
    ("passthrough", "passthrough targets are not built yet: give `provider`"),
    ("deployments", "lists of deployments are not built yet: give one target for each"),
];

/// Keys of a strategy.
const STRATEGY_KEYS: [(&str, &str); 2] = [
    ("cb_config", "circuit breakers are not built yet: remove `cb_config`"),
    ("sticky", "sticky load balancing is not built yet: remove `sticky`"),
];

/// Refuses what a config or target asks for in vain.
pub(super) fn check(fields: &mut Fields<'_>) {
    refuse(fields, &KEYS);
}

/// Refuses what a strategy asks for in vain.
pub(super) fn check_strategy(fields: &mut Fields<'_>) {
    refuse(fields, &STRATEGY_KEYS);
}

fn refuse(fields: &mut Fields<'_>, keys: &[(&'static str, &'static str)]) {
    for (key, message) in keys {
        if fields.raw(key).is_some_and(|value| asks_for_something(&value)) {
            fields.unbuilt(key, message);
        }
    }
}

fn asks_for_something(value: &RawJson) -> bool {
    match value.kind() {
        Kind::Null => false,
        Kind::Bool => value.bool() == Some(true),
        Kind::Number => true,
        Kind::String => value.string().is_some_and(|text| !text.is_empty()),
        Kind::Array => value.item(0).is_some(),
        Kind::Object => {
            let is_off = value.get("enabled").and_then(|enabled| enabled.bool()) == Some(false);
            !is_off && value.object().is_some_and(|object| !object.is_empty())
        }
    }
}
