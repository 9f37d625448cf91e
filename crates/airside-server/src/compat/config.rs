//! From the header's text to a routing tree, or to one error that lists everything wrong.

use airside_call::{CallError, ErrorKind};
use airside_router::RouteSpec;
use airside_wire::{Limits, RawJson};

use super::TargetConfig;
use super::strategy::Reader;
use super::validate::{Fields, Place, Problems};

/// What reading a config has to ask the gateway.
pub(crate) struct ParseCx<'a> {
    /// A provider is named outside of the config, for a root that names none.
    pub(crate) provider_given: bool,
    /// Whether there is a provider of that name.
    pub(crate) is_provider: &'a dyn Fn(&str) -> bool,
    /// Whether a call to that provider has a key without `api_key`, or needs none.
    pub(crate) has_key: &'a dyn Fn(&str) -> bool,
    /// Says what is wrong with a base URL that a caller names; the text contains
    /// `Invalid custom host`.
    pub(crate) check_custom_host: &'a dyn Fn(&str) -> Result<(), String>,
}

const NO_PROVIDER: &str = "Either x-portkey-provider needs to be passed. Or the x-portkey-config \
     header should have a valid config with provider details in it.";
const NOT_JSON: &str = "Invalid config passed. You need to pass a valid json";
const OUTDATED: &str = "This version of config is not supported in this route. Please migrate to \
     the latest version";
const SAVED: &str = "Invalid config passed: saved configs (`pc-…`) are not built yet. Pass the \
     config itself, as JSON";

/// Longest config, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Reads a config.
///
/// # Errors
///
/// Status 400. The details list every problem as `path: strategy,mode, message: …`.
pub(crate) fn parse(text: &str, cx: &ParseCx<'_>) -> Result<RouteSpec<TargetConfig>, CallError> {
    if text.trim_start().starts_with("pc-") {
        return Err(refused(SAVED));
    }
    let limits = Limits::default().with_max_bytes(MAX_BYTES);
    let json = RawJson::parse_within(text.to_owned(), &limits);
    let json =
        json.map_err(|error| refused(NOT_JSON).with_details(vec![error.to_string().into()]))?;

    let mut problems = Problems::default();
    let root = match Fields::open(&json, Place::root(), &mut problems) {
        Some(fields) if fields.has("options") => return Err(refused(OUTDATED)),
        Some(fields) if !cx.provider_given && !fields.has("provider") && !fields.has("targets") => {
            return Err(refused(NO_PROVIDER));
        }
        Some(fields) => Reader::new(cx).root(fields),
        None => None,
    };
    match (problems.into_error(), root) {
        (None, Some(node)) => Ok(RouteSpec::new(node)),
        (Some(error), _) => Err(error),
        (None, None) => Err(CallError::new(ErrorKind::Internal, "a config was lost while read")),
    }
}

fn refused(message: &'static str) -> CallError {
    CallError::new(ErrorKind::InvalidRequest, message)
}
