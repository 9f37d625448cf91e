//! The one error that crosses layers.

use std::fmt;
use std::time::Duration;

use airside_schema::{DialectId, Fault, FaultKind};
use airside_wire::Str;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// Why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is malformed.
    InvalidRequest,
    /// The request is larger than allowed.
    TooLarge,
    /// No usable credential.
    Unauthenticated,
    /// Not allowed.
    Forbidden,
    /// The gateway has no such route.
    RouteNotFound,
    /// The gateway has no such model or provider.
    ModelNotFound,
    /// The upstream cannot serve this operation or dialect.
    Unsupported,
    /// The upstream refused the request (4xx).
    UpstreamRejected,
    /// The upstream has too many requests (429).
    UpstreamRateLimited,
    /// The upstream failed (5xx) or answered nonsense.
    UpstreamFailed,
    /// The upstream could not be reached.
    UpstreamUnavailable,
    /// One of the timeouts.
    Timeout(TimeoutKind),
    /// A stream broke after it began.
    StreamBroken,
    /// The caller went away.
    Canceled,
    /// The gateway has too much to do, or is going down.
    Overloaded,
    /// A bug.
    Internal,
}

/// Which timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutKind {
    /// Reaching the upstream.
    Connect,
    /// Waiting for the reply's headers.
    FirstByte,
    /// Waiting for the next piece of the reply.
    BetweenFrames,
    /// The whole call.
    Total,
    /// The time the caller or the configuration gave this target.
    Request,
}

impl ErrorKind {
    /// The name used in the record and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::TooLarge => "too_large",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::RouteNotFound => "route_not_found",
            Self::ModelNotFound => "model_not_found",
            Self::Unsupported => "unsupported",
            Self::UpstreamRejected => "upstream_rejected",
            Self::UpstreamRateLimited => "upstream_rate_limited",
            Self::UpstreamFailed => "upstream_failed",
            Self::UpstreamUnavailable => "upstream_unavailable",
            Self::Timeout(TimeoutKind::Connect) => "timeout_connect",
            Self::Timeout(TimeoutKind::FirstByte) => "timeout_first_byte",
            Self::Timeout(TimeoutKind::BetweenFrames) => "timeout_between_frames",
            Self::Timeout(TimeoutKind::Total) => "timeout_total",
            Self::Timeout(TimeoutKind::Request) => "timeout_request",
            Self::StreamBroken => "stream_broken",
            Self::Canceled => "canceled",
            Self::Overloaded => "overloaded",
            Self::Internal => "internal",
        }
    }

    /// The status a reply of this kind has unless the error names another.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest | Self::UpstreamRejected => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::RouteNotFound | Self::ModelNotFound => StatusCode::NOT_FOUND,
            Self::Unsupported => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UpstreamRateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::UpstreamFailed | Self::StreamBroken => StatusCode::BAD_GATEWAY,
            Self::UpstreamUnavailable | Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            // The compatible gateway answers its request timeout with 408.
            Self::Timeout(TimeoutKind::Request) => StatusCode::REQUEST_TIMEOUT,
            Self::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::Canceled | Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Who is at fault.
    pub const fn origin(self) -> Origin {
        match self {
            Self::InvalidRequest
            | Self::TooLarge
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::RouteNotFound
            | Self::ModelNotFound
            | Self::Canceled => Origin::Caller,
            Self::Unsupported | Self::Overloaded | Self::Internal => Origin::Gateway,
            Self::UpstreamRejected
            | Self::UpstreamRateLimited
            | Self::UpstreamFailed
            | Self::UpstreamUnavailable
            | Self::Timeout(_)
            | Self::StreamBroken => Origin::Upstream,
        }
    }

    const fn fault_kind(self) -> FaultKind {
        match self {
            Self::InvalidRequest | Self::UpstreamRejected | Self::Canceled => {
                FaultKind::InvalidRequest
            }
            Self::TooLarge => FaultKind::TooLarge,
            Self::Unauthenticated => FaultKind::Authentication,
            Self::Forbidden => FaultKind::Permission,
            Self::RouteNotFound | Self::ModelNotFound => FaultKind::NotFound,
            Self::Unsupported => FaultKind::Unsupported,
            Self::UpstreamRateLimited => FaultKind::RateLimit,
            Self::Overloaded => FaultKind::Overloaded,
            Self::Timeout(_) => FaultKind::Timeout,
            Self::UpstreamFailed
            | Self::UpstreamUnavailable
            | Self::StreamBroken
            | Self::Internal => FaultKind::Api,
        }
    }
}

/// Who is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The caller.
    Caller,
    /// The gateway.
    Gateway,
    /// The upstream.
    Upstream,
}

/// Whether trying again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// It does not.
    Never,
    /// At the same target, not before this time has passed.
    Same(Option<Duration>),
    /// At another target.
    Elsewhere,
}

/// An error reply of an upstream, kept as it arrived.
#[derive(Debug, Clone)]
pub struct UpstreamFault {
    /// The status it came with.
    pub status: StatusCode,
    /// The headers that go on to the caller.
    pub headers: HeaderMap,
    /// The body as it arrived.
    pub body: Bytes,
    /// The dialect it came in, where the operation has one.
    pub dialect: Option<DialectId>,
    /// The provider's identifier.
    pub provider: Str,
}

/// Why a call failed: a kind, a sentence for a person, and what is known
/// beside. It never holds a secret.
#[derive(Clone)]
pub struct CallError(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: ErrorKind,
    status: Option<StatusCode>,
    retry: Retry,
    fault: Fault,
    upstream: Option<UpstreamFault>,
    details: Vec<Str>,
}

impl CallError {
    /// An error of a kind with a sentence that tells a person what to do.
    pub fn new(kind: ErrorKind, message: impl Into<Str>) -> Self {
        let retry = match kind {
            ErrorKind::UpstreamRateLimited
            | ErrorKind::UpstreamFailed
            | ErrorKind::UpstreamUnavailable
            | ErrorKind::Timeout(_) => Retry::Same(None),
            ErrorKind::Unsupported => Retry::Elsewhere,
            _ => Retry::Never,
        };
        let fault = Fault::new(kind.fault_kind(), message);
        let (status, upstream, details) = (None, None, Vec::new());
        Self(Box::new(Inner { kind, status, retry, fault, upstream, details }))
    }

    /// An error reply of an upstream with its decoded form.
    pub fn upstream(upstream: UpstreamFault, fault: Fault) -> Self {
        let status = upstream.status;
        let kind = match status.as_u16() {
            429 => ErrorKind::UpstreamRateLimited,
            500.. => ErrorKind::UpstreamFailed,
            _ => ErrorKind::UpstreamRejected,
        };
        let retry = match kind {
            ErrorKind::UpstreamRejected => Retry::Elsewhere,
            _ => Retry::Same(fault.retry_after),
        };
        Self(Box::new(Inner {
            kind,
            status: Some(status),
            retry,
            fault,
            upstream: Some(upstream),
            details: Vec::new(),
        }))
    }

    /// Answers with this status instead of the kind's.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Names the request field at fault.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<Str>) -> Self {
        self.0.fault.param = Some(param.into());
        self
    }

    /// Names the error type the caller sees.
    #[must_use]
    pub fn with_type(mut self, type_name: &'static str) -> Self {
        self.0.fault.type_name = Some(Str::from_static(type_name));
        self
    }

    /// Lists every single thing that is wrong, for errors that find several.
    #[must_use]
    pub fn with_details(mut self, details: Vec<Str>) -> Self {
        self.0.details = details;
        self
    }

    /// Says whether trying again makes sense.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Who is at fault.
    pub fn origin(&self) -> Origin {
        self.0.kind.origin()
    }

    /// Whether trying again makes sense.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        self.0.status.unwrap_or_else(|| self.0.kind.status())
    }

    /// The sentence for a person.
    pub fn message(&self) -> &str {
        &self.0.fault.message
    }

    /// The error in the unified schema.
    pub fn fault(&self) -> &Fault {
        &self.0.fault
    }

    /// The error reply of an upstream, if that is what it is.
    pub fn upstream_fault(&self) -> Option<&UpstreamFault> {
        self.0.upstream.as_ref()
    }

    /// Every single thing that is wrong.
    pub fn details(&self) -> &[Str] {
        &self.0.details
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind.as_str(), self.0.fault.message)
    }
}

impl fmt::Debug for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallError")
            .field("kind", &self.0.kind)
            .field("status", &self.status())
            .field("message", &self.0.fault.message)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for CallError {}
