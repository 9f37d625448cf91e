//! Sampling, limits, answer form, reasoning and bookkeeping of a request.

use airside_schema::codec::MaxTokensField;
use airside_schema::{
    ChatRequest, Extras, ReasoningConfig, ReasoningEffort, ResponseFormat, Weight,
};

use super::super::{DIALECT, fields};
use super::Target;
use crate::shared::at::At;

/// Writes the settings of a request.
pub(super) fn write(to: &mut Target<'_>, request: &ChatRequest) {
    limits(to, request);
    sampling(to, request);
    if let Some(format) = &request.response_format {
        response_format(to, format, &request.extras);
    }
    if let Some(config) = &request.reasoning {
        reasoning(to, config);
    }
    stream(to, request);
    bookkeeping(to, request);
}

fn limits(to: &mut Target<'_>, request: &ChatRequest) {
    let params = &request.params;
    if let Some(count) = params.max_tokens {
        let both = request.extras.belongs_to(DIALECT) && request.extras.get("max_tokens").is_some();
        let field = match to.cx.max_tokens_field {
            MaxTokensField::MaxTokens if !both => "max_tokens",
            _ => "max_completion_tokens",
        };
        to.out.field_u64(field, count);
    }
    if let Some(n) = params.n {
        to.out.field_u64("n", n);
    }
    if !params.stop.is_empty() {
        to.out.open_array("stop");
        for text in &params.stop {
            to.out.string(text);
        }
        to.out.end_array();
    }
}

fn sampling(to: &mut Target<'_>, request: &ChatRequest) {
    let params = &request.params;
    for (key, value) in [
        ("temperature", &params.temperature),
        ("top_p", &params.top_p),
        ("frequency_penalty", &params.frequency_penalty),
        ("presence_penalty", &params.presence_penalty),
        ("logit_bias", &params.logit_bias),
        ("top_logprobs", &params.top_logprobs),
        ("seed", &params.seed),
    ] {
        if let Some(value) = value {
            to.out.field_raw(key, value);
        }
    }
    if let Some(logprobs) = params.logprobs {
        to.out.field_bool("logprobs", logprobs);
    }
    match &params.top_k {
        Some(value) if to.own => to.out.field_raw("top_k", value),
        Some(_) => to.unset(&At::Root.key("top_k"), "the format has no top-k sampling"),
        None => {}
    }
}

fn response_format(to: &mut Target<'_>, format: &ResponseFormat, extras: &Extras) {
    to.out.open_object("response_format");
    match format {
        ResponseFormat::JsonObject => to.out.field_string("type", "json_object"),
        ResponseFormat::JsonSchema { name, description, schema, strict } => {
            to.out.field_string("type", "json_schema");
            to.out.open_object("json_schema");
            match name {
                Some(name) => to.out.field_string("name", name),
                None if to.own => {}
                None => {
                    let path = "response_format.json_schema.name";
                    to.loss.defaulted(path, "the format demands a name for a schema");
                    to.out.field_string("name", "response");
                }
            }
            if let Some(description) = description {
                to.out.field_string("description", description);
            }
            if let Some(schema) = schema {
                to.out.field_raw("schema", schema);
            }
            if let Some(strict) = strict {
                to.out.field_bool("strict", *strict);
            } else if !to.own {
                let path = "response_format.json_schema.strict";
                let note = "not said, so the model follows the schema as well as it can";
                to.loss.approximated(Weight::Parameter, path, note);
            }
            fields::write_kept(&mut to.out, extras, "response_format.json_schema");
            to.out.end_object();
        }
        _ => to.out.field_string("type", "text"),
    }
    fields::write_kept(&mut to.out, extras, "response_format");
    to.out.end_object();
}

/// Budgets map to the effort whose usual budget is nearest; OpenAI documents
/// no budgets.
fn reasoning(to: &mut Target<'_>, config: &ReasoningConfig) {
    if let Some((DIALECT, raw)) = &config.raw {
        for (key, value) in raw.object().unwrap_or_default() {
            to.out.field_raw(&key, &value);
        }
        return;
    }
    let root = At::Root;
    let at = root.key("thinking");
    if let Some(effort) = &config.effort {
        let name = match effort {
            ReasoningEffort::Max => {
                let note = "the format's highest effort is xhigh";
                to.loss.approximated(Weight::Parameter, "reasoning_effort", note);
                "xhigh"
            }
            other => other.as_str(),
        };
        to.out.field_string("reasoning_effort", name);
        if config.budget_tokens.is_some() {
            to.unset(&at.key("budget_tokens"), "the format takes an effort, not a budget");
        }
        return;
    }
    if config.enabled == Some(false) {
        to.unset(&at, "whether thinking can be switched off depends on the model in this format");
    } else if let Some(budget) = config.budget_tokens {
        let note = "the format takes an effort, not a budget";
        to.loss.approximated(Weight::Parameter, at.key("budget_tokens").path(), note);
        to.out.field_string("reasoning_effort", effort_of(budget));
    } else if config.enabled == Some(true) || config.adaptive {
        let note = "the model decides how much to think in this format";
        to.loss.approximated(Weight::Parameter, at.path(), note);
    }
}

/// The effort whose usual budget (1024, 8192, 16384, 32768) is nearest.
fn effort_of(budget_tokens: u64) -> &'static str {
    match budget_tokens {
        0..4608 => "low",
        4608..12_288 => "medium",
        12_288..24_576 => "high",
        _ => "xhigh",
    }
}

fn stream(to: &mut Target<'_>, request: &ChatRequest) {
    if !request.stream {
        return;
    }
    to.out.field_bool("stream", true);
    let kept = request.extras.belongs_to(DIALECT)
        && request.extras.iter().any(|(key, _)| key.starts_with("stream_options."));
    if request.stream_usage || kept {
        to.out.open_object("stream_options");
        if request.stream_usage {
            to.out.field_bool("include_usage", true);
        }
        fields::write_kept(&mut to.out, &request.extras, "stream_options");
        to.out.end_object();
    }
}

fn bookkeeping(to: &mut Target<'_>, request: &ChatRequest) {
    let root = At::Root;
    if let Some(user) = &request.user {
        to.out.field_string("user", user);
    }
    match &request.metadata {
        Some(metadata) if to.own => to.out.field_raw("metadata", metadata),
        Some(metadata) => {
            let at = root.key("metadata");
            let note = "the format keeps metadata of stored answers only";
            for (key, _) in metadata.object().unwrap_or_default() {
                to.loss.dropped(Weight::Annotation, at.key(&key).path(), note);
            }
        }
        None => {}
    }
    match request.service_tier.as_deref() {
        Some(tier) if to.own => to.out.field_string("service_tier", tier),
        None | Some("auto") => {}
        Some("standard_only") => to.out.field_string("service_tier", "default"),
        Some(_) => to.unset(&root.key("service_tier"), "the format has no such tier"),
    }
}
