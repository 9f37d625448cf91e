//! What a model name tells the echo upstream to do besides answering.
//!
//! Not a setting of the gateway: any client can write a model name, so every
//! number has a limit. Invariant: a name either is understood whole or refused.

use std::time::Duration;

use airside_schema::{Fault, FaultKind};
use airside_wire::Str;
use http::StatusCode;

use super::Refused;

/// Told to a client that wrote something else.
const KNOWN: &str = "known are echo-status-CODE (400 to 599), echo-delay-MS (up to 600000, before \
    the headers), echo-slow-MS (up to 60000, before each chunk), echo-cut-N (break off after N \
    chunks) and echo-retry-after-SECONDS (up to 3600), also combined as in \
    echo-delay-200-status-429";

/// What to do besides answering; nothing by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Control {
    /// Fail with this status.
    pub(super) status: Option<StatusCode>,
    /// Wait before the headers.
    pub(super) delay: Option<Duration>,
    /// Wait before each chunk.
    pub(super) slow: Option<Duration>,
    /// Break off after so many chunks.
    pub(super) cut: Option<u64>,
    /// Name this time in a failure.
    pub(super) retry_after: Option<Duration>,
}

impl Control {
    /// Reads a model name. Names that do not begin with `echo-` tell nothing.
    pub(super) fn parse(model: &str) -> Result<Self, Refused> {
        let mut control = Self::default();
        let Some(directives) = model.strip_prefix("echo-") else { return Ok(control) };
        let mut words = directives.split('-');
        while let Some(word) = words.next() {
            control.read(word, &mut words).ok_or_else(|| refused(model))?;
        }
        if control.retry_after.is_some() {
            control.status.get_or_insert(StatusCode::TOO_MANY_REQUESTS);
        }
        Ok(control)
    }

    /// Reads one directive; `None` if it is unknown, out of range or given twice.
    fn read<'a>(&mut self, word: &str, words: &mut impl Iterator<Item = &'a str>) -> Option<()> {
        match word {
            "status" => {
                let code = u16::try_from(number(words, 599)?).ok().filter(|code| *code >= 400)?;
                once(&mut self.status, StatusCode::from_u16(code).ok()?)
            }
            "delay" => once(&mut self.delay, Duration::from_millis(number(words, 600_000)?)),
            "slow" => once(&mut self.slow, Duration::from_millis(number(words, 60_000)?)),
            "cut" => once(&mut self.cut, number(words, u64::from(u32::MAX))?),
            "retry" if words.next()? == "after" => {
                once(&mut self.retry_after, Duration::from_secs(number(words, 3_600)?))
            }
            _ => None,
        }
    }

    /// The failure asked for, if one is.
    pub(super) fn failure(&self) -> Option<Refused> {
        let status = self.status?;
        let code = status.as_u16();
        let message = format!("the model name asked the echo upstream to fail with {code}");
        let mut fault = Fault::new(FaultKind::from_status(code), message);
        fault.status = Some(code);
        fault.retry_after = self.retry_after;
        Some(Box::new(fault))
    }
}

/// Reads the next word as a number up to a limit.
fn number<'a>(words: &mut impl Iterator<Item = &'a str>, limit: u64) -> Option<u64> {
    let word = words.next()?;
    // `parse` would take a sign as well.
    let plain = word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|number| plain && *number <= limit)
}

/// Sets what is not set yet.
fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    let is_new = place.is_none();
    place.get_or_insert(value);
    is_new.then_some(())
}

fn refused(model: &str) -> Refused {
    let shown: String = model.chars().take(100).collect();
    let message =
        format!("the echo upstream does not understand the model name `{shown}`; {KNOWN}");
    let mut fault = Fault::new(FaultKind::InvalidRequest, message);
    fault.param = Some(Str::from_static("model"));
    Box::new(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16) -> StatusCode {
        StatusCode::from_u16(code).unwrap()
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn names_are_understood_whole() {
        let plain = Control::default();
        let cases = [
            ("echo", plain),
            ("gpt-4o", plain),
            ("echoes", plain),
            ("", plain),
            ("echo-status-503", Control { status: Some(status(503)), ..plain }),
            ("echo-delay-500", Control { delay: Some(ms(500)), ..plain }),
            ("echo-slow-50", Control { slow: Some(ms(50)), ..plain }),
            ("echo-cut-3", Control { cut: Some(3), ..plain }),
            (
                "echo-retry-after-2",
                Control { status: Some(status(429)), retry_after: Some(ms(2_000)), ..plain },
            ),
            (
                "echo-retry-after-2-status-503",
                Control { status: Some(status(503)), retry_after: Some(ms(2_000)), ..plain },
            ),
            (
                "echo-delay-200-status-429",
                Control { status: Some(status(429)), delay: Some(ms(200)), ..plain },
            ),
            ("echo-slow-5-cut-2", Control { slow: Some(ms(5)), cut: Some(2), ..plain }),
        ];
        for (model, expected) in cases {
            assert_eq!(Control::parse(model), Ok(expected), "{model}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_the_names_that_are_known() {
        for model in [
            "echo-",
            "echo-fail",
            "echo-status",
            "echo-status-200",
            "echo-status-600",
            "echo-status-+503",
            "echo-status-503-status-500",
            "echo-delay-600001",
            "echo-delay-99999999999999999999",
            "echo-slow-1s",
            "echo-cut--1",
            "echo-retry-2",
            "echo-retry-after",
            "echo-status-503-",
        ] {
            let refused = Control::parse(model).unwrap_err();
            assert_eq!(refused.kind, FaultKind::InvalidRequest, "{model}");
            assert_eq!(refused.param.as_deref(), Some("model"));
            for name in ["echo-status-", "echo-delay-", "echo-slow-", "echo-cut-", "echo-retry-"] {
                assert!(refused.message.contains(name), "{model}");
            }
        }
    }
}
