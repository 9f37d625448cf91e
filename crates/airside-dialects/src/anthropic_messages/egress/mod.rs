//! Requests of the unified schema to upstreams.
//!
//! Does not decide what an upstream supports beyond what the format demands.
//! Every value of the request is written, or reported as lost.

mod params;
mod reasoning;
mod tools;
mod turns;

use airside_schema::codec::{EncodeCx, Encoded};
use airside_schema::{ChatRequest, Direction, LossReport, ResponseFormat, Weight};
use airside_wire::Writer;

use super::{DIALECT, fields};
use crate::shared::at::At;

/// Encodes a request.
pub(super) fn encode(request: &ChatRequest, cx: &EncodeCx, loss: &mut LossReport) -> Encoded {
    let settings = reasoning::settle(request, cx, loss);
    let mut out = Writer::with_capacity(1024);
    out.begin_object();
    if !request.model.is_empty() {
        out.field_string("model", &request.model);
    }
    out.field_u64("max_tokens", settings.max_tokens);
    turns::write(&mut out, request, loss);
    tools::write(&mut out, request, loss);
    reasoning::write(&mut out, request, &settings);
    output_config(&mut out, request, settings.effort, loss);
    params::write(&mut out, request, settings.derived, loss);
    if request.stream {
        out.field_bool("stream", true);
    }
    let (weight, at) = (Weight::Parameter, At::Root);
    fields::write_extras(&mut out, &request.extras, loss, Direction::Request, weight, &at);
    out.end_object();
    Encoded::new(out.into_bytes())
}

/// Writes the effort and the form of the answer.
fn output_config(
    out: &mut Writer,
    request: &ChatRequest,
    effort: Option<&str>,
    loss: &mut LossReport,
) {
    let schema = match &request.response_format {
        None | Some(ResponseFormat::Text) => None,
        Some(format) => schema(format, loss),
    };
    let kept = fields::has_kept(&request.extras, "output_config");
    if effort.is_none() && schema.is_none() && !kept {
        return;
    }
    out.open_object("output_config");
    if let Some(effort) = effort {
        out.field_string("effort", effort);
    }
    if let Some(schema) = schema {
        out.open_object("format");
        out.field_string("type", "json_schema");
        out.field_raw("schema", schema);
        for name in ["output_config.format", "output_format"] {
            fields::write_kept(out, &request.extras, name);
        }
        out.end_object();
    }
    fields::write_kept(out, &request.extras, "output_config");
    out.end_object();
}

/// The schema the answer has to follow; what cannot be said of it is reported.
fn schema<'a>(
    format: &'a ResponseFormat,
    loss: &mut LossReport,
) -> Option<&'a airside_wire::RawJson> {
    let path = "response_format";
    let ResponseFormat::JsonSchema { name, description, schema, strict } = format else {
        let note = "the target format asks for JSON only with a schema";
        loss.dropped(Weight::Semantic, path, note);
        return None;
    };
    let Some(schema) = schema else {
        loss.dropped(Weight::Semantic, path, "the target format demands a schema here");
        return None;
    };
    let note = "the target format does not name schemas";
    if name.is_some() {
        loss.dropped(Weight::Annotation, "response_format.json_schema.name", note);
    }
    if description.is_some() {
        loss.dropped(Weight::Annotation, "response_format.json_schema.description", note);
    }
    if *strict == Some(false) {
        let note = "the target format always follows the schema to the letter";
        loss.approximated(Weight::Parameter, "response_format.json_schema.strict", note);
    }
    Some(schema)
}

/// True if the request was decoded from this dialect, so that its caller
/// knows the format's rules.
fn is_own(request: &ChatRequest) -> bool {
    request.source == Some(DIALECT)
}
