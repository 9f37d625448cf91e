//! Reads fields of a config and collects what is wrong with them.
//!
//! Invariant: a reader that answers `None` for a field that is there has recorded a problem.

use std::fmt::Display;

use airside_call::{CallError, ErrorKind};
use airside_wire::{Kind, Object, RawJson, Str};

/// The most problems listed.
const MOST: usize = 20;

/// Everything wrong with a config.
#[derive(Default)]
pub(super) struct Problems {
    found: Vec<Str>,
    /// What the first feature that is not built yet answers.
    unbuilt: Option<&'static str>,
}

impl Problems {
    pub(super) fn add(&mut self, place: &Place, message: impl Display) {
        if self.found.len() < MOST {
            self.found.push(format!("path: {}, message: {message}", place.0).into());
        }
    }

    /// The error that lists them, if there are any.
    pub(super) fn into_error(self) -> Option<CallError> {
        if self.found.is_empty() {
            return None;
        }
        let message = self.unbuilt.unwrap_or("Invalid config passed");
        Some(CallError::new(ErrorKind::InvalidRequest, message).with_details(self.found))
    }
}

/// Where a value stands: keys and indices joined by commas, nothing for the config itself.
#[derive(Clone)]
pub(super) struct Place(String);

impl Place {
    pub(super) fn root() -> Self {
        Self(String::new())
    }

    pub(super) fn join(&self, step: impl Display) -> Self {
        let Self(above) = self;
        if above.is_empty() { Self(step.to_string()) } else { Self(format!("{above},{step}")) }
    }
}

/// The fields of one object. Reading a field takes it out; `null` is as good as absent.
pub(super) struct Fields<'p> {
    object: Object,
    place: Place,
    problems: &'p mut Problems,
}

impl<'p> Fields<'p> {
    /// The fields of a value that must be an object without repeated keys.
    pub(super) fn open(value: &RawJson, place: Place, problems: &'p mut Problems) -> Option<Self> {
        let Some(object) = value.object() else {
            problems.add(&place, expected((Kind::Object, "an object"), value));
            return None;
        };
        if let Some(key) = object.duplicate() {
            problems.add(&place.join(key), "this key is given twice: give it once");
        }
        Some(Self { object, place, problems })
    }

    /// Whether a field is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.object.get(key).is_some_and(|value| !value.is_null())
    }

    /// Records a problem with a field.
    pub(super) fn problem(&mut self, key: &str, message: impl Display) {
        self.problems.add(&self.place.join(key), message);
    }

    /// Records a problem with the object as a whole.
    pub(super) fn problem_here(&mut self, message: impl Display) {
        self.problems.add(&self.place, message);
    }

    /// Records that a field asks for something that is not built yet.
    pub(super) fn unbuilt(&mut self, key: &str, message: &'static str) {
        self.problem(key, message);
        self.problems.unbuilt.get_or_insert(message);
    }

    /// Takes a field as it stands.
    pub(super) fn raw(&mut self, key: &str) -> Option<RawJson> {
        self.object.take(key).filter(|value| !value.is_null())
    }

    /// What has not been taken.
    pub(super) fn rest(self) -> Object {
        self.object
    }

    fn read<T>(
        &mut self,
        key: &str,
        (kind, accepted): (Kind, &str),
        read: impl FnOnce(&RawJson) -> Option<T>,
    ) -> Option<T> {
        let value = self.raw(key)?;
        let read = read(&value);
        if read.is_none() {
            self.problem(key, expected((kind, accepted), &value));
        }
        read
    }

    pub(super) fn string(&mut self, key: &str) -> Option<Str> {
        self.read(key, (Kind::String, "a string"), RawJson::string)
    }

    pub(super) fn bool(&mut self, key: &str) -> Option<bool> {
        self.read(key, (Kind::Bool, "true or false"), RawJson::bool)
    }

    /// A whole number from 0 on.
    pub(super) fn whole(&mut self, key: &str) -> Option<u64> {
        self.read(key, (Kind::Number, "a whole number from 0 on"), RawJson::u64)
    }

    /// A number from 0 on.
    pub(super) fn number(&mut self, key: &str) -> Option<f64> {
        self.read(key, (Kind::Number, "a number from 0 on"), |value| {
            value.f64().filter(|number| *number >= 0.0)
        })
    }

    /// A list of HTTP statuses.
    pub(super) fn status_codes(&mut self, key: &str) -> Option<Vec<u16>> {
        let code = |value: &RawJson| {
            value.u64().and_then(|code| u16::try_from(code).ok()).filter(|code| *code < 1000)
        };
        self.read(key, (Kind::Array, "an array of status codes (numbers)"), |value| {
            value.items()?.iter().map(code).collect()
        })
    }

    pub(super) fn strings(&mut self, key: &str) -> Option<Vec<Str>> {
        self.read(key, (Kind::Array, "an array of strings"), |value| {
            value.items()?.iter().map(RawJson::string).collect()
        })
    }

    pub(super) fn list(&mut self, key: &str) -> Option<Vec<RawJson>> {
        self.read(key, (Kind::Array, "an array"), RawJson::items)
    }

    /// An object whose keys mean nothing to the gateway.
    pub(super) fn params(&mut self, key: &str) -> Option<Object> {
        self.read(key, (Kind::Object, "an object"), RawJson::object)
    }

    /// The fields of an object below this one.
    pub(super) fn object(&mut self, key: &str) -> Option<Fields<'_>> {
        let value = self.raw(key)?;
        Fields::open(&value, self.place.join(key), self.problems)
    }

    /// The fields of an item of a list below this one.
    pub(super) fn item(&mut self, key: &str, index: usize, item: &RawJson) -> Option<Fields<'_>> {
        Fields::open(item, self.place.join(key).join(index), self.problems)
    }
}

/// What was expected and, unless it is of the right kind, the kind of what was found. Never the
/// value itself.
fn expected((kind, accepted): (Kind, &str), found: &RawJson) -> String {
    match found.kind() {
        found if found == kind => format!("expected {accepted}"),
        found => format!("expected {accepted}, found {found}"),
    }
}
