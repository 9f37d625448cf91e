//! Sampling, limits, answer form, reasoning and bookkeeping of a request.
//!
//! A field of an unexpected type stays in the extras, for the upstream to
//! refuse.

use airside_schema::{
    ChatRequest, CodecError, Extras, ReasoningConfig, ReasoningEffort, ResponseFormat,
};
use airside_wire::{Kind, Object, RawJson, Str};

use super::super::{DIALECT, fields};
use crate::shared::at::At;

/// Takes the settings out of a request.
pub(super) fn decode(
    object: &mut Object,
    request: &mut ChatRequest,
    at: &At<'_>,
) -> Result<(), CodecError> {
    limits(object, request, at)?;
    let params = &mut request.params;
    params.temperature = fields::of_kind(object, "temperature", Kind::Number);
    params.top_p = fields::of_kind(object, "top_p", Kind::Number);
    params.top_k = fields::of_kind(object, "top_k", Kind::Number);
    params.frequency_penalty = fields::of_kind(object, "frequency_penalty", Kind::Number);
    params.presence_penalty = fields::of_kind(object, "presence_penalty", Kind::Number);
    params.logit_bias = fields::of_kind(object, "logit_bias", Kind::Object);
    params.logprobs = fields::lenient_flag(object, "logprobs");
    params.top_logprobs = fields::of_kind(object, "top_logprobs", Kind::Number);
    params.seed = fields::of_kind(object, "seed", Kind::Number);
    stop(object, &mut params.stop);

    request.stream = fields::flag(object, "stream", at)?.unwrap_or(false);
    if let Some(raw) = fields::of_kind(object, "stream_options", Kind::Object) {
        let mut inner = raw.object().unwrap_or_default();
        request.stream_usage = fields::lenient_flag(&mut inner, "include_usage").unwrap_or(false);
        fields::keep(&mut request.extras, "stream_options", inner);
    }
    request.response_format = response_format(object, &mut request.extras);
    request.reasoning = reasoning(object, &mut request.extras);
    request.user = fields::lenient_text(object, "user");
    request.metadata = fields::of_kind(object, "metadata", Kind::Object);
    request.service_tier = fields::lenient_text(object, "service_tier");
    Ok(())
}

/// `max_tokens` is the older name of `max_completion_tokens`. If both are
/// given and differ, the older one stays in the extras.
fn limits(object: &mut Object, request: &mut ChatRequest, at: &At<'_>) -> Result<(), CodecError> {
    let newer = fields::count(object, "max_completion_tokens", at)?;
    let older = object.get("max_tokens").cloned();
    let count = fields::count(object, "max_tokens", at)?;
    request.params.max_tokens = newer.or(count);
    if let (Some(raw), Some(count)) = (older, count)
        && newer.is_some_and(|newer| newer != count)
    {
        request.extras.push(DIALECT, Str::from_static("max_tokens"), raw);
    }
    request.params.n = fields::count(object, "n", at)?;
    Ok(())
}

/// A text or an array of texts.
fn stop(object: &mut Object, stop: &mut Vec<Str>) {
    let Some(raw) = object.get("stop") else { return };
    let texts = match raw.kind() {
        Kind::Null => Some(Vec::new()),
        Kind::String => raw.string().map(|text| vec![text]),
        Kind::Array => raw.iter_items().into_iter().flatten().map(|item| item.string()).collect(),
        _ => None,
    };
    if let Some(texts) = texts {
        *stop = texts;
        object.take("stop");
    }
}

/// A form this version does not know stays in the extras.
fn response_format(object: &mut Object, extras: &mut Extras) -> Option<ResponseFormat> {
    let raw = fields::of_kind(object, "response_format", Kind::Object)?;
    let mut inner = raw.object()?;
    let kind = inner.take("type").and_then(|kind| kind.string());
    let format = match kind.as_deref() {
        Some("text") => ResponseFormat::Text,
        Some("json_object") => ResponseFormat::JsonObject,
        Some("json_schema") => {
            let schema = fields::of_kind(&mut inner, "json_schema", Kind::Object);
            let mut schema = schema.and_then(|schema| schema.object()).unwrap_or_default();
            let format = ResponseFormat::JsonSchema {
                name: fields::lenient_text(&mut schema, "name"),
                description: fields::lenient_text(&mut schema, "description"),
                schema: fields::of_kind(&mut schema, "schema", Kind::Object),
                strict: fields::lenient_flag(&mut schema, "strict"),
            };
            fields::keep(extras, "response_format.json_schema", schema);
            format
        }
        _ => {
            extras.push(DIALECT, Str::from_static("response_format"), raw);
            return None;
        }
    };
    fields::keep(extras, "response_format", inner);
    Some(format)
}

/// The three ways servers are told how to think: OpenAI's `reasoning_effort`,
/// Anthropic's `thinking` as gateways accept it, and a `reasoning` object.
fn reasoning(object: &mut Object, extras: &mut Extras) -> Option<ReasoningConfig> {
    let mut given = Object::default();
    for (key, kind) in [
        ("reasoning_effort", Kind::String),
        ("thinking", Kind::Object),
        ("reasoning", Kind::Object),
    ] {
        if let Some(raw) = fields::of_kind(object, key, kind) {
            given.push(Str::from_static(key), raw);
        }
    }
    if given.is_empty() {
        return None;
    }
    let mut config = ReasoningConfig::default();
    let effort = given.get("reasoning_effort").and_then(RawJson::string);
    config.effort = effort.map(|name| ReasoningEffort::parse(&name));
    if let Some(inner) = given.get("thinking").and_then(RawJson::object) {
        thinking(inner, &mut config, extras);
    }
    if let Some(inner) = given.get("reasoning").and_then(RawJson::object) {
        reasoning_object(inner, &mut config, extras);
    }
    config.raw = Some((DIALECT, given.to_raw()));
    Some(config)
}

fn thinking(mut inner: Object, config: &mut ReasoningConfig, extras: &mut Extras) {
    match inner.get("type").and_then(RawJson::string).as_deref() {
        Some("enabled") => config.enabled = Some(true),
        Some("disabled") => config.enabled = Some(false),
        Some("adaptive") => config.adaptive = true,
        _ => {}
    }
    if config.enabled.is_some() || config.adaptive {
        inner.take("type");
    }
    config.budget_tokens = fields::lenient_count(&mut inner, "budget_tokens");
    fields::keep(extras, "thinking", inner);
}

/// What the other two ways have said stands.
fn reasoning_object(mut inner: Object, config: &mut ReasoningConfig, extras: &mut Extras) {
    if config.effort.is_none() {
        let effort = fields::lenient_text(&mut inner, "effort");
        config.effort = effort.map(|name| ReasoningEffort::parse(&name));
    }
    if config.budget_tokens.is_none() {
        config.budget_tokens = fields::lenient_count(&mut inner, "max_tokens");
    }
    if config.enabled.is_none() {
        config.enabled = fields::lenient_flag(&mut inner, "enabled");
    }
    fields::keep(extras, "reasoning", inner);
}
