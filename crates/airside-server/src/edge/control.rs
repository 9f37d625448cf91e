//! The headers that steer the gateway: `x-airside-*` and their `x-portkey-*`
//! twins.

use std::time::Duration;

use airside_call::{CallError, ErrorKind};
use airside_wire::{RawJson, Str};
use http::{HeaderMap, HeaderName, HeaderValue};

/// What a caller's headers ask of the gateway.
#[derive(Debug, Default)]
pub(crate) struct Control<'a> {
    pub(crate) provider: Option<&'a HeaderValue>,
    pub(crate) config: Option<&'a HeaderValue>,
    pub(crate) custom_host: Option<&'a HeaderValue>,
    pub(crate) trace_id: Option<&'a HeaderValue>,
    metadata: Option<&'a HeaderValue>,
    pub(crate) forward_headers: Option<&'a HeaderValue>,
    pub(crate) request_timeout: Option<&'a HeaderValue>,
    pub(crate) strict: Option<&'a HeaderValue>,
    /// Every other control header is an option of the provider: its name
    /// without the prefix.
    pub(crate) options: Vec<(&'a str, &'a HeaderValue)>,
    /// The caller speaks the compatible gateway's language, so replies do too.
    pub(crate) portkey: bool,
}

/// Headers of the compatible gateway that steer nothing here and are not
/// options of a provider.
const IGNORED: [&str; 10] = [
    "api-key",
    "virtual-key",
    "span-id",
    "span-name",
    "parent-span-id",
    "debug",
    "runtime",
    "runtime-version",
    "package-version",
    "mode",
];

impl<'a> Control<'a> {
    /// Reads the control headers. Where both spellings are given, `x-airside-*`
    /// counts; of a repeated header the first one does.
    pub(crate) fn read(headers: &'a HeaderMap) -> Self {
        let mut control = Self::default();
        for (name, value) in headers {
            let name = name.as_str();
            if let Some(short) = name.strip_prefix("x-airside-") {
                control.note(short, value, true);
            } else if let Some(short) = name.strip_prefix("x-portkey-") {
                control.portkey = true;
                control.note(short, value, false);
            }
        }
        control
    }

    /// True if the headers choose a route.
    pub(crate) fn chooses(&self) -> bool {
        self.config.is_some() || self.provider.is_some()
    }

    fn note(&mut self, name: &'a str, value: &'a HeaderValue, ours: bool) {
        let place = match name {
            "provider" => &mut self.provider,
            "config" => &mut self.config,
            "custom-host" => &mut self.custom_host,
            "trace-id" => &mut self.trace_id,
            "metadata" => &mut self.metadata,
            "forward-headers" => &mut self.forward_headers,
            "request-timeout" => &mut self.request_timeout,
            "strict-open-ai-compliance" => &mut self.strict,
            name if IGNORED.contains(&name) || name.starts_with("cache") => return,
            name => {
                let known = self.options.iter().any(|(known, _)| *known == name);
                if ours {
                    self.options.retain(|(known, _)| *known != name);
                }
                if ours || !known {
                    self.options.push((name, value));
                }
                return;
            }
        };
        if ours || place.is_none() {
            *place = Some(value);
        }
    }

    /// The key-value pairs of the caller. Anything but a JSON object counts as
    /// none, as in the compatible gateway: metadata is never worth failing a
    /// call for.
    pub(crate) fn metadata(&self) -> Option<RawJson> {
        let text = self.metadata?.as_bytes();
        let parsed = RawJson::parse(bytes::Bytes::copy_from_slice(text)).ok()?;
        parsed.object().is_some().then_some(parsed)
    }

    /// The time the caller gives the upstream. Anything but a positive number
    /// is refused: a timeout that silently does not apply is worse than none.
    pub(crate) fn timeout(&self) -> Result<Option<Duration>, CallError> {
        let Some(value) = self.request_timeout else { return Ok(None) };
        let millis = value.to_str().ok().and_then(|text| text.trim().parse::<u64>().ok());
        match millis {
            Some(millis) if millis > 0 => Ok(Some(Duration::from_millis(millis))),
            _ => Err(bad("request-timeout", "a positive whole number of milliseconds")),
        }
    }

    /// The headers the caller wants forwarded.
    pub(crate) fn forwarded(&self) -> Result<Option<Vec<HeaderName>>, CallError> {
        let Some(value) = self.forward_headers else { return Ok(None) };
        let text = value.to_str().map_err(|_| bad("forward-headers", "header names"))?;
        let mut names = Vec::new();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
                return Err(bad("forward-headers", "header names separated by commas"));
            };
            if name.as_str().ends_with("-forward-headers") {
                return Err(bad("forward-headers", "names of other headers than itself"));
            }
            names.push(name);
        }
        Ok(Some(names))
    }

    /// Whether replies must stay within the official API. Only `false`
    /// switches it off.
    pub(crate) fn strict(&self) -> Option<bool> {
        self.strict.map(|value| !value.as_bytes().eq_ignore_ascii_case(b"false"))
    }

    /// The options as configuration spells them: in snake case.
    pub(crate) fn provider_options(&self) -> Vec<(Str, Str)> {
        let readable = |(name, value): &(&str, &HeaderValue)| {
            let value = value.to_str().ok()?;
            Some((Str::from(name.replace('-', "_")), Str::from(value)))
        };
        self.options.iter().filter_map(readable).collect()
    }
}

fn bad(header: &str, accepted: &str) -> CallError {
    CallError::new(
        ErrorKind::InvalidRequest,
        format!("Invalid x-portkey-{header} (or x-airside-{header}) header: it takes {accepted}"),
    )
    .with_param(format!("x-airside-{header}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn our_spelling_counts_and_of_repeated_headers_the_first() {
        let headers = headers(&[
            ("x-portkey-provider", "openai"),
            ("x-portkey-provider", "anthropic"),
            ("x-portkey-trace-id", "theirs"),
            ("x-airside-trace-id", "ours"),
        ]);
        let control = Control::read(&headers);
        assert_eq!(control.provider.unwrap(), "openai");
        assert_eq!(control.trace_id.unwrap(), "ours");
        assert!(control.portkey);
    }

    #[test]
    fn unknown_control_headers_are_options_of_the_provider() {
        let headers = headers(&[
            ("x-portkey-openai-organization", "org-1"),
            ("x-portkey-api-key", "pk-secret"),
            ("x-portkey-cache-namespace", "n"),
            ("openai-project", "not a control header"),
        ]);
        let options = Control::read(&headers).provider_options();
        assert_eq!(options, [("openai_organization".into(), "org-1".into())]);
    }

    #[test]
    fn a_timeout_is_a_positive_number() {
        let cases =
            [("200", Some(200)), (" 7 ", Some(7)), ("0", None), ("-1", None), ("soon", None)];
        for (text, millis) in cases {
            let headers = headers(&[("x-airside-request-timeout", text)]);
            let timeout = Control::read(&headers).timeout();
            assert_eq!(timeout.ok().flatten(), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn forwarded_headers_are_names_and_never_themselves() {
        let read = |text: &'static str| {
            let headers = headers(&[("x-portkey-forward-headers", text)]);
            Control::read(&headers).forwarded().map(|names| {
                names.unwrap().iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>()
            })
        };
        assert_eq!(read("x-custom-a, X-Custom-B,").unwrap(), ["x-custom-a", "x-custom-b"]);
        assert!(read("x-a, X-Portkey-Forward-Headers").is_err());
        assert!(read("not a name").is_err());
    }

    #[test]
    fn metadata_that_is_no_object_counts_as_none() {
        for (text, expected) in [(r#"{"_user":"ana"}"#, true), ("[1]", false), ("{broken", false)] {
            let headers = headers(&[("x-portkey-metadata", text)]);
            assert_eq!(Control::read(&headers).metadata().is_some(), expected, "{text}");
        }
    }
}
