//! The one decision: verbatim, patched or translated.

use airside_call::{Call, CallError, ErrorKind, Payload, Plan};
use airside_dialects::ChatDialect;
use airside_providers::{DeveloperRole, Endpoint, Quirks};
use airside_schema::codec::{EncodeCx, Memo};
use airside_schema::{CodecError, DialectId, Edit, LossReport, Patched};
use airside_wire::{JsonDoc, Limits, Path, RawJson, Str};

use crate::{OutgoingBody, Target};

/// How a call's body leaves.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) body: OutgoingBody,
    /// What the reply's decoder has to know; only if translated.
    pub(crate) memo: Memo,
    pub(crate) loss: LossReport,
    /// The upstream was asked for a stream.
    pub(crate) stream: bool,
    pub(crate) model: Option<Str>,
}

/// Plans a JSON body for an endpoint.
pub(crate) fn plan(
    call: &Call,
    doc: &JsonDoc,
    target: &Target,
    endpoint: &Endpoint,
) -> Result<Planned, CallError> {
    let incoming = &call.incoming;
    if untouched(call, target, endpoint) {
        return Ok(Planned {
            plan: Plan::Verbatim,
            body: OutgoingBody::Slices(doc.frames().collect()),
            memo: Memo::default(),
            loss: LossReport::default(),
            stream: incoming.envelope.stream,
            model: incoming.envelope.model.clone(),
        });
    }
    let caller = airside_dialects::chat(incoming.dialect);
    let mut doc = doc.clone();
    let edits = call.edits.iter().chain(&target.edits);
    let expressed = patch(caller, &mut doc, edits)?;
    if incoming.dialect == endpoint.dialect && expressed {
        return pass(call, doc, target);
    }
    let Some(caller) = caller else {
        return Err(untranslatable(incoming.dialect, endpoint.dialect));
    };
    let Some(upstream) = airside_dialects::chat(endpoint.dialect) else {
        return Err(untranslatable(incoming.dialect, endpoint.dialect));
    };
    translate(&doc, caller, upstream, target)
}

/// True if nobody wants anything changed: the common case, worth a short cut.
fn untouched(call: &Call, target: &Target, endpoint: &Endpoint) -> bool {
    let quirks = &target.provider.quirks;
    call.incoming.dialect == endpoint.dialect
        && call.edits.is_empty()
        && target.edits.is_empty()
        && quirks.rename.is_empty()
        && quirks.tool_choice_required.is_none()
        && (quirks.developer_role == DeveloperRole::Keep
            || call.incoming.dialect != DialectId::OPENAI_CHAT)
}

/// Plans a JSON body for the generic proxy, which knows no dialect.
pub(crate) fn proxied(call: &Call, doc: &JsonDoc, target: &Target) -> Result<Planned, CallError> {
    let mut doc = doc.clone();
    patch(None, &mut doc, call.edits.iter().chain(&target.edits))?;
    let plan = if doc.is_verbatim() { Plan::Verbatim } else { Plan::Patched };
    Ok(Planned {
        plan,
        stream: flag(&doc, "stream"),
        model: doc.get("model").and_then(|model| model.string()),
        body: OutgoingBody::Slices(doc.frames().collect()),
        memo: Memo::default(),
        loss: LossReport::default(),
    })
}

/// Applies edits as splices. False if one of them cannot be expressed so.
fn patch<'a>(
    dialect: Option<&ChatDialect>,
    doc: &mut JsonDoc,
    edits: impl Iterator<Item = &'a Edit>,
) -> Result<bool, CallError> {
    let mut expressed = true;
    for edit in edits {
        let patched = match dialect {
            Some(dialect) => dialect.ingress.patch(doc, edit).map_err(refused)?,
            None => patch_plain(doc, edit).map_err(|error| refused(error.into()))?,
        };
        expressed &= patched != Patched::NotExpressible;
    }
    Ok(expressed)
}

/// Applies an edit to a document of a dialect without a codec: top-level
/// fields are all it may touch.
fn patch_plain(doc: &mut JsonDoc, edit: &Edit) -> Result<Patched, airside_wire::WireError> {
    match edit {
        Edit::SetModel(model) => doc.set(&Path::key("model"), RawJson::from_string(model))?,
        Edit::SetParam { name, value } => doc.set(&Path::key(name.clone()), value.clone())?,
        Edit::DefaultParam { name, value } => {
            if doc.get(name).is_none() {
                doc.set(&Path::key(name.clone()), value.clone())?;
            }
        }
        Edit::Remove(path) => {
            doc.remove(path)?;
        }
        Edit::RenameParam { from, to } => rename(doc, from, to)?,
        Edit::SetStream(stream) => doc.set(&Path::key("stream"), RawJson::from_bool(*stream))?,
        Edit::ReplaceText { at, text } => doc.replace(at, RawJson::from_string(text))?,
        _ => return Ok(Patched::NotExpressible),
    }
    Ok(Patched::Spliced)
}

fn rename(doc: &mut JsonDoc, from: &str, to: &str) -> Result<(), airside_wire::WireError> {
    let Some(value) = doc.get(from) else { return Ok(()) };
    doc.remove(&Path::key(from.to_owned()))?;
    doc.set(&Path::key(to.to_owned()), value)
}

/// The document leaves as it is, but for splices.
fn pass(call: &Call, mut doc: JsonDoc, target: &Target) -> Result<Planned, CallError> {
    let quirks = &target.provider.quirks;
    apply_quirks(&mut doc, quirks).map_err(|error| refused(error.into()))?;
    if call.incoming.dialect == DialectId::OPENAI_CHAT
        && quirks.developer_role == DeveloperRole::System
    {
        developer_to_system(&mut doc).map_err(|error| refused(error.into()))?;
    }
    let plan = if doc.is_verbatim() { Plan::Verbatim } else { Plan::Patched };
    let (stream, model) = match plan {
        Plan::Verbatim => (call.incoming.envelope.stream, call.incoming.envelope.model.clone()),
        _ => (flag(&doc, "stream"), doc.get("model").and_then(|model| model.string())),
    };
    let body = OutgoingBody::Slices(doc.frames().collect());
    Ok(Planned { plan, body, memo: Memo::default(), loss: LossReport::default(), stream, model })
}

fn flag(doc: &JsonDoc, key: &str) -> bool {
    doc.get(key).and_then(|value| value.bool()).unwrap_or(false)
}

/// The document is decoded, edited where splices could not, and written anew.
fn translate(
    doc: &JsonDoc,
    caller: &ChatDialect,
    upstream: &ChatDialect,
    target: &Target,
) -> Result<Planned, CallError> {
    let request = if doc.is_verbatim() {
        caller.ingress.decode(doc).map_err(refused)?
    } else {
        let doc = JsonDoc::parse(doc.to_bytes(), &Limits::default())
            .map_err(|error| refused(error.into()))?;
        caller.ingress.decode(&doc).map_err(refused)?
    };
    let quirks = &target.provider.quirks;
    let mut cx = EncodeCx::default();
    cx.max_tokens_field = quirks.max_tokens_field;
    cx.developer_role = quirks.developer_role == DeveloperRole::Keep;
    let mut loss = LossReport::default();
    let encoded = upstream.egress.encode(&request, &cx, &mut loss).map_err(refused)?;
    let body = if quirks.rename.is_empty() && quirks.tool_choice_required.is_none() {
        vec![encoded.body]
    } else {
        let mut doc = JsonDoc::parse(encoded.body, &Limits::default())
            .map_err(|error| refused(error.into()))?;
        apply_quirks(&mut doc, quirks).map_err(|error| refused(error.into()))?;
        doc.frames().collect()
    };
    let model = (!request.model.is_empty()).then_some(request.model);
    let stream = request.stream;
    let body = OutgoingBody::Slices(body);
    Ok(Planned { plan: Plan::Translated, body, memo: encoded.memo, loss, stream, model })
}

/// What a provider calls by another name is spliced in, on either way.
fn apply_quirks(doc: &mut JsonDoc, quirks: &Quirks) -> Result<(), airside_wire::WireError> {
    for (from, to) in &quirks.rename {
        rename(doc, from, to)?;
    }
    if let Some(name) = &quirks.tool_choice_required
        && doc.get("tool_choice").is_some_and(|choice| choice.as_str() == "\"required\"")
    {
        doc.set(&Path::key("tool_choice"), RawJson::from_string(name))?;
    }
    Ok(())
}

/// Providers that do not know the `developer` role read it as `system`.
fn developer_to_system(doc: &mut JsonDoc) -> Result<(), airside_wire::WireError> {
    let Some(messages) = doc.get("messages") else { return Ok(()) };
    if memchr::memmem::find(messages.as_str().as_bytes(), b"\"developer\"").is_none() {
        return Ok(());
    }
    for (index, message) in messages.items().unwrap_or_default().iter().enumerate() {
        let role = message.get("role").and_then(|role| role.string());
        if role.as_deref() == Some("developer") {
            let path = Path::key("messages").join_index(index).join_key("role");
            doc.replace(&path, RawJson::from_string("system"))?;
        }
    }
    Ok(())
}

fn untranslatable(from: DialectId, to: DialectId) -> CallError {
    CallError::new(
        ErrorKind::Unsupported,
        format!(
            "a {from} request cannot be translated to {to}; choose a provider that speaks {from}"
        ),
    )
}

/// A document the codecs refuse is the caller's fault.
#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
pub(crate) fn refused(error: CodecError) -> CallError {
    let kind = match &error {
        CodecError::Unsupported(_) => ErrorKind::Unsupported,
        _ => ErrorKind::InvalidRequest,
    };
    let param = error.param().map(str::to_owned);
    let refused = CallError::new(kind, error.to_string());
    match param {
        Some(param) => refused.with_param(param),
        None => refused,
    }
}

/// Plans a body that is not JSON: it leaves as it is.
pub(crate) fn opaque(call: &Call) -> Result<Planned, CallError> {
    Ok(Planned {
        plan: Plan::Verbatim,
        body: opaque_body(&call.incoming.payload)?,
        memo: Memo::default(),
        loss: LossReport::default(),
        stream: false,
        model: call.incoming.envelope.model.clone(),
    })
}

/// The body of a call that is not JSON.
fn opaque_body(payload: &Payload) -> Result<OutgoingBody, CallError> {
    match payload {
        Payload::Empty => Ok(OutgoingBody::Slices(Vec::new())),
        Payload::Bytes(bytes) => Ok(OutgoingBody::Slices(vec![bytes.clone()])),
        Payload::Json(doc) => Ok(OutgoingBody::Slices(doc.frames().collect())),
        Payload::Stream(body) => match body.take() {
            Some(stream) => Ok(OutgoingBody::Stream(stream, body.length)),
            None => Err(CallError::new(
                ErrorKind::UpstreamUnavailable,
                "the request's body was already sent to a target that failed; a streamed upload \
                 cannot be sent twice",
            )
            .with_retry(airside_call::Retry::Never)),
        },
        _ => Err(CallError::new(ErrorKind::Internal, "unknown kind of payload")),
    }
}
