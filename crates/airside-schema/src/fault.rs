//! An error as a model API reports it, independent of its wire shape.

use std::time::Duration;

use airside_wire::{RawJson, Str};

/// What kind of error it is. The names follow the classes SDKs raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The request is malformed or asks for something impossible.
    InvalidRequest,
    /// The credential is missing or wrong.
    Authentication,
    /// The credential may not do this.
    Permission,
    /// Model, file or route does not exist.
    NotFound,
    /// The request is larger than allowed.
    TooLarge,
    /// Credit or budget is used up.
    Billing,
    /// Too many requests or tokens.
    RateLimit,
    /// The service is overloaded; trying again later may help.
    Overloaded,
    /// Took too long.
    Timeout,
    /// The combination of formats or endpoint is not supported.
    Unsupported,
    /// Refused by a policy or a content filter.
    Denied,
    /// The service failed.
    Api,
}

impl FaultKind {
    /// The kind an HTTP status stands for.
    pub fn from_status(status: u16) -> Self {
        match status {
            401 => Self::Authentication,
            402 => Self::Billing,
            403 => Self::Permission,
            404 => Self::NotFound,
            408 | 504 => Self::Timeout,
            413 => Self::TooLarge,
            429 => Self::RateLimit,
            503 | 529 => Self::Overloaded,
            400..=499 => Self::InvalidRequest,
            _ => Self::Api,
        }
    }

    /// The HTTP status this kind is best answered with.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::Denied => 400,
            Self::Authentication => 401,
            Self::Billing => 402,
            Self::Permission => 403,
            Self::NotFound => 404,
            Self::Timeout => 408,
            Self::TooLarge => 413,
            Self::Unsupported => 422,
            Self::RateLimit => 429,
            Self::Overloaded => 503,
            Self::Api => 500,
        }
    }
}

/// An error reported by a model API or by the gateway in its stead.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// What kind of error it is.
    pub kind: FaultKind,
    /// The sentence for a person.
    pub message: Str,
    /// The error type as the API named it, such as `invalid_request_error`.
    pub type_name: Option<Str>,
    /// The error code as the API named it. Some APIs use numbers, so it is raw.
    pub code: Option<RawJson>,
    /// The request field at fault.
    pub param: Option<Str>,
    /// The HTTP status that came with it, if any.
    pub status: Option<u16>,
    /// When trying again makes sense.
    pub retry_after: Option<Duration>,
    /// The identifier the API gave the failed request.
    pub request_id: Option<Str>,
    /// The whole error document as it arrived.
    pub raw: Option<RawJson>,
}

impl Fault {
    /// A fault with a kind and a message, everything else unset.
    pub fn new(kind: FaultKind, message: impl Into<Str>) -> Self {
        Self {
            kind,
            message: message.into(),
            type_name: None,
            code: None,
            param: None,
            status: None,
            retry_after: None,
            request_id: None,
            raw: None,
        }
    }

    /// The HTTP status to answer with: the one that came with it, else the
    /// one of its kind.
    pub fn http_status(&self) -> u16 {
        self.status.unwrap_or_else(|| self.kind.status())
    }
}
