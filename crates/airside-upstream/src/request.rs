//! From a call and its target to a request that can be sent.

use airside_call::{Attempt, Call, CallError, ErrorKind, Payload, Plan};
use airside_providers::credentials::{self, HostChoice, Sources};
use airside_providers::{AuthError, Endpoint, NotSupported, UrlError, auth, negotiate};
use airside_schema::codec::Memo;
use airside_schema::{DialectId, LossReport, Operation};
use airside_wire::Str;
use http::{HeaderMap, Uri};

use crate::plan::{self, Planned};
use crate::{Outgoing, OutgoingBody, Reach, Target, headers};

/// A request ready to be sent, and what its reply's reader has to know.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) outgoing: Outgoing,
    pub(crate) dialect: DialectId,
    pub(crate) plan: Plan,
    pub(crate) memo: Memo,
    pub(crate) loss: LossReport,
    pub(crate) stream: bool,
    pub(crate) attempt: Attempt,
}

/// Prepares a call for a target.
pub(crate) fn prepare(call: &Call, target: &Target) -> Result<Prepared, CallError> {
    let incoming = &call.incoming;
    let (path, query) = match incoming.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (&*incoming.path, None),
    };
    let endpoint = endpoint(call, target)?;
    let uri = match endpoint {
        Some(endpoint) => target.url(endpoint, query),
        None => target.provider.proxy_url(path, target.custom_host.as_ref(), query),
    };
    let uri = uri.map_err(|error| bad_url(&error))?;
    let dialect = endpoint.map_or(incoming.dialect, |endpoint| endpoint.dialect);
    let planned = planned(call, target, endpoint)?;
    let attempt = attempt(target, &planned, dialect);
    let Planned { plan, body, memo, loss, stream, .. } = planned;
    let (request, reach) = request(call, target, uri, body)?;
    let outgoing = Outgoing { request, reach, headers_within: target.request_timeout };
    Ok(Prepared { outgoing, dialect, plan, memo, loss, stream, attempt })
}

/// The endpoint to call; none for the generic proxy.
fn endpoint<'a>(call: &Call, target: &'a Target) -> Result<Option<&'a Endpoint>, CallError> {
    let operation = call.incoming.operation;
    if operation == Operation::Proxy {
        return Ok(None);
    }
    match negotiate(&target.provider, operation, call.incoming.dialect) {
        Ok(endpoint) => Ok(Some(endpoint)),
        // A list of models is asked for by path even where the row names none.
        Err(_) if operation == Operation::Models => Ok(None),
        Err(error) => Err(unsupported(&error)),
    }
}

fn planned(
    call: &Call,
    target: &Target,
    endpoint: Option<&Endpoint>,
) -> Result<Planned, CallError> {
    match (&call.incoming.payload, endpoint) {
        (Payload::Json(doc), Some(endpoint)) => plan::plan(call, doc, target, endpoint),
        (Payload::Json(doc), None) => plan::proxied(call, doc, target),
        _ => plan::opaque(call),
    }
}

fn attempt(target: &Target, planned: &Planned, dialect: DialectId) -> Attempt {
    let mut attempt = Attempt::default();
    attempt.provider = target.provider_id.clone();
    attempt.host = Str::from(target.host());
    // A copy: a slice would keep the whole request in memory until the end.
    attempt.model = planned.model.as_deref().map(Str::from);
    attempt.dialect = Some(dialect);
    attempt.plan = Some(planned.plan);
    attempt
}

fn request(
    call: &Call,
    target: &Target,
    uri: Uri,
    body: OutgoingBody,
) -> Result<(http::Request<OutgoingBody>, Reach), CallError> {
    let incoming = &call.incoming;
    let mut request = http::Request::new(body);
    *request.method_mut() = incoming.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = headers::outgoing(incoming, target);
    authorize(&mut request, &incoming.headers, target)?;
    let reach = match target.host_choice {
        HostChoice::Caller => Reach::Checked,
        HostChoice::Row | HostChoice::Operator => Reach::Trusted,
    };
    Ok((request, reach))
}

/// Adds the provider's own headers, then its credential.
fn authorize(
    request: &mut http::Request<OutgoingBody>,
    callers: &HeaderMap,
    target: &Target,
) -> Result<(), CallError> {
    let spec = &target.provider;
    let sources = Sources {
        target: target.api_key.as_ref(),
        headers: callers,
        configured: target.gateway_key.as_ref(),
        // The environment was read once, into `gateway_key`.
        environment: &|_| None,
        host: target.host_choice,
    };
    let found = credentials::find(spec, &sources)
        .map_err(|missing| CallError::new(ErrorKind::Unauthenticated, missing.to_string()))?;
    let option = |name: &str| target.option(callers, name);
    auth::add_headers(spec, option, request.headers_mut()).map_err(|error| bad_header(&error))?;
    let mut uri = request.uri().clone();
    let key = found.map(|credential| credential.key);
    auth::authorize(spec, key.as_ref(), request.headers_mut(), &mut uri)
        .map_err(|error| bad_header(&error))?;
    *request.uri_mut() = uri;
    Ok(())
}

fn bad_header(error: &AuthError) -> CallError {
    CallError::new(ErrorKind::InvalidRequest, error.to_string())
}

fn unsupported(error: &NotSupported) -> CallError {
    CallError::new(ErrorKind::Unsupported, error.to_string())
}

fn bad_url(error: &UrlError) -> CallError {
    CallError::new(ErrorKind::InvalidRequest, error.to_string())
}
