//! Sampling, limits, answer form and reasoning of a request.
//!
//! Numbers the gateway does not compute with stay as they were written. A
//! setting of a form this version does not know stays whole in the extras.

use airside_schema::{
    CodecError, Extras, Params, ReasoningConfig, ReasoningEffort, ResponseFormat,
};
use airside_wire::{Kind, Object, RawJson, Str};

use super::super::{DIALECT, fields};
use crate::shared::at::At;

/// Takes sampling parameters and limits.
pub(super) fn sampling(object: &mut Object, at: &At<'_>) -> Result<Params, CodecError> {
    let mut params = Params::default();
    if let Some(raw) = fields::some(object, "max_tokens") {
        let invalid = || CodecError::invalid("max_tokens", "an integer of at least 0");
        params.max_tokens = Some(raw.u64().ok_or_else(invalid)?);
    }
    params.temperature = fields::some(object, "temperature");
    params.top_p = fields::some(object, "top_p");
    params.top_k = fields::some(object, "top_k");
    if let Some(raw) = fields::some(object, "stop_sequences") {
        let at = at.key("stop_sequences");
        let list = fields::items(&raw, &at, "an array of strings")?;
        let text = |(index, raw): (usize, &RawJson)| {
            raw.string().ok_or_else(|| CodecError::invalid(at.index(index).path(), "a string"))
        };
        params.stop = list.iter().enumerate().map(text).collect::<Result<_, _>>()?;
    }
    Ok(params)
}

/// Takes the end user of `metadata`; its other fields are kept.
pub(super) fn user(object: &mut Object, nested: &mut Extras) -> Option<Str> {
    let mut metadata = fields::of_kind(object, "metadata", Kind::Object)?.object()?;
    let user = fields::lenient_text(&mut metadata, "user_id");
    fields::keep(nested, "metadata", metadata);
    user
}

/// Takes `output_config.format`, or `output_format` as it was named first.
pub(super) fn response_format(object: &mut Object, nested: &mut Extras) -> Option<ResponseFormat> {
    let format = object.get("output_config").and_then(|raw| raw.get("format"));
    if let Some(format) = format.filter(|raw| !raw.is_null()) {
        return json_schema(&format, "output_config.format", nested);
    }
    fields::drop_null(object, "output_format");
    let format = object.get("output_format")?.clone();
    let decoded = json_schema(&format, "output_format", nested)?;
    object.take("output_format");
    Some(decoded)
}

fn json_schema(raw: &RawJson, name: &str, nested: &mut Extras) -> Option<ResponseFormat> {
    let mut format = raw.object()?;
    if &*format.take("type")?.string()? != "json_schema" {
        return None;
    }
    let schema = fields::some(&mut format, "schema");
    fields::keep(nested, name, format);
    Some(ResponseFormat::JsonSchema { name: None, description: None, schema, strict: None })
}

/// Takes `thinking` and `output_config`, whose format [`response_format`] has
/// read before.
pub(super) fn reasoning(object: &mut Object, nested: &mut Extras) -> Option<ReasoningConfig> {
    let mut config = ReasoningConfig::default();
    fields::drop_null(object, "thinking");
    if let Some(raw) = object.get("thinking").cloned()
        && thinking(&raw, &mut config, nested).is_some()
    {
        object.take("thinking");
        config.raw = Some((DIALECT, raw));
    }
    if let Some(raw) = output_config(object, nested) {
        config.effort = raw.string().map(|name| ReasoningEffort::parse(&name));
        config.raw.get_or_insert((DIALECT, raw));
    }
    config.raw.is_some().then_some(config)
}

/// Reads a thinking setting; `None` if it is of a form not known.
fn thinking(raw: &RawJson, config: &mut ReasoningConfig, nested: &mut Extras) -> Option<()> {
    let mut object = raw.object()?;
    match &*object.take("type")?.string()? {
        "enabled" => {
            if let Some(raw) = fields::some(&mut object, "budget_tokens") {
                config.budget_tokens = Some(raw.u64()?);
            }
            config.enabled = Some(true);
        }
        "disabled" => config.enabled = Some(false),
        "adaptive" => {
            config.enabled = Some(true);
            config.adaptive = true;
        }
        _ => return None,
    }
    fields::keep(nested, "thinking", object);
    Some(())
}

/// Takes `output_config`, keeps what is unknown in it, returns the effort.
fn output_config(object: &mut Object, nested: &mut Extras) -> Option<RawJson> {
    let mut config = fields::of_kind(object, "output_config", Kind::Object)?.object()?;
    let effort = fields::of_kind(&mut config, "effort", Kind::String);
    let format = config.get("format");
    let understood = format.is_none_or(|raw| {
        let name = raw.get("type").and_then(|name| name.string());
        raw.is_null() || name.is_some_and(|name| name == "json_schema")
    });
    if understood {
        config.take("format");
    }
    fields::keep(nested, "output_config", config);
    effort
}
