//! Sampling and bookkeeping of a request.
//!
//! Values the format lacks are reported unless they say what holds anyway,
//! such as one answer or a penalty of zero.

use airside_schema::{ChatRequest, LossReport, Params, Weight};
use airside_wire::{RawJson, Str, Writer};

use super::super::fields;
use super::is_own;

/// Writes sampling parameters, stop sequences, the end user and the tier.
///
/// `thinking` says that thinking was switched on in place of an effort: the
/// vendor then fixes the sampling.
pub(super) fn write(
    out: &mut Writer,
    request: &ChatRequest,
    thinking: bool,
    loss: &mut LossReport,
) {
    let params = &request.params;
    sampling(out, params, thinking, is_own(request), loss);
    stop(out, &params.stop, is_own(request), loss);
    unknown(params, loss);
    metadata(out, request, loss);
    service_tier(out, request, loss);
}

fn sampling(out: &mut Writer, params: &Params, thinking: bool, own: bool, loss: &mut LossReport) {
    if let Some(raw) = &params.temperature {
        let value = raw.f64().unwrap_or_default();
        if thinking && raw.f64() != Some(1.0) {
            fixed(loss, "temperature");
        } else if value > 1.0 && !own {
            let note = "the target format's temperature ends at 1";
            loss.approximated(Weight::Parameter, "temperature", note);
            out.field_u64("temperature", 1);
        } else {
            out.field_raw("temperature", raw);
        }
    }
    if let Some(raw) = &params.top_p {
        // https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking
        if thinking && raw.f64().is_none_or(|value| value < 0.95) {
            fixed(loss, "top_p");
        } else {
            out.field_raw("top_p", raw);
        }
    }
    if let Some(raw) = &params.top_k {
        if thinking {
            fixed(loss, "top_k");
        } else {
            out.field_raw("top_k", raw);
        }
    }
}

fn fixed(loss: &mut LossReport, path: &'static str) {
    let note = "the target format fixes the sampling while the model thinks";
    loss.dropped(Weight::Parameter, path, note);
}

fn stop(out: &mut Writer, texts: &[Str], own: bool, loss: &mut LossReport) {
    // The vendor refuses sequences of nothing but whitespace.
    let refused = |text: &Str| !own && text.trim().is_empty();
    if texts.iter().any(refused) {
        let note = "the target format refuses stop sequences of whitespace only";
        loss.dropped(Weight::Parameter, "stop", note);
    }
    let mut texts = texts.iter().filter(|text| !refused(text)).peekable();
    if texts.peek().is_none() {
        return;
    }
    out.open_array("stop_sequences");
    for text in texts {
        out.string(text);
    }
    out.end_array();
}

/// Reports what the format has no name for.
fn unknown(params: &Params, loss: &mut LossReport) {
    let says = |raw: Option<&RawJson>| raw.is_some_and(|raw| raw.f64() != Some(0.0));
    let given = [
        ("frequency_penalty", says(params.frequency_penalty.as_ref())),
        ("presence_penalty", says(params.presence_penalty.as_ref())),
        ("logit_bias", params.logit_bias.as_ref().is_some_and(|raw| raw.as_str() != "{}")),
        ("logprobs", params.logprobs == Some(true)),
        ("top_logprobs", says(params.top_logprobs.as_ref())),
        ("n", params.n.is_some_and(|n| n != 1)),
        ("seed", params.seed.is_some()),
    ];
    for (path, _) in given.into_iter().filter(|(_, given)| *given) {
        loss.dropped(Weight::Parameter, path, "the target format has no such parameter");
    }
}

fn metadata(out: &mut Writer, request: &ChatRequest, loss: &mut LossReport) {
    let fields = request.metadata.as_ref().and_then(RawJson::object).unwrap_or_default();
    for (key, _) in &fields {
        let note = "the target format knows only the end user";
        loss.dropped(Weight::Annotation, format!("metadata.{key}"), note);
    }
    if request.user.is_none() && !fields::has_kept(&request.extras, "metadata") {
        return;
    }
    out.open_object("metadata");
    if let Some(user) = &request.user {
        out.field_string("user_id", user);
    }
    fields::write_kept(out, &request.extras, "metadata");
    out.end_object();
}

fn service_tier(out: &mut Writer, request: &ChatRequest, loss: &mut LossReport) {
    let Some(tier) = &request.service_tier else { return };
    match &**tier {
        "auto" | "standard_only" => out.field_string("service_tier", tier),
        "default" => out.field_string("service_tier", "standard_only"),
        _ if is_own(request) => out.field_string("service_tier", tier),
        _ => {
            let note = "the target format has no such tier";
            loss.dropped(Weight::Parameter, "service_tier", note);
        }
    }
}
