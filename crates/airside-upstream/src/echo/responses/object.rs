//! The response object: what the unary reply is and what the first and last
//! events of a stream carry.

use airside_schema::Usage;
use airside_wire::{Object as Fields, Str, Writer};

use super::item::{Item, Kind, Progress, status};

/// A response.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) id: Str,
    pub(super) created: u64,
    /// The limit was reached.
    pub(super) cut: bool,
    pub(super) items: Vec<Item>,
    pub(super) usage: Usage,
    /// The request, whose settings a response repeats.
    pub(super) request: Fields,
}

/// Settings a response repeats, with the JSON of their defaults.
const SETTINGS: [(&str, &str); 15] = [
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("metadata", "{}"),
    ("model", "\"\""),
    ("parallel_tool_calls", "true"),
    ("previous_response_id", "null"),
    ("temperature", "1.0"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", "\"auto\""),
    ("tools", "[]"),
    ("top_logprobs", "0"),
    ("top_p", "1.0"),
    ("truncation", "\"disabled\""),
    ("user", "null"),
];

impl Object {
    /// The finished response.
    pub(super) fn complete(&self) -> Writer {
        let mut out = Writer::with_capacity(2048);
        self.write(&mut out, self.end());
        out
    }

    /// How far the response and its last item come in the end.
    pub(super) fn end(&self) -> Progress {
        if self.cut { Progress::Cut } else { Progress::Complete }
    }

    /// How far an item comes in the end: only a text can be cut.
    pub(super) fn item_end(&self, item: &Item) -> Progress {
        let cut = self.cut && matches!(item.kind, Kind::Message(_));
        if cut { Progress::Cut } else { Progress::Complete }
    }

    /// Writes the response; one that has begun has no output yet.
    pub(super) fn write(&self, out: &mut Writer, progress: Progress) {
        let begun = progress == Progress::Begun;
        out.begin_object();
        out.field_string("id", &self.id);
        out.field_string("object", "response");
        out.field_u64("created_at", self.created);
        out.field_string("status", status(progress));
        out.field_bool("background", false);
        out.field_null("error");
        if progress == Progress::Cut {
            out.open_object("incomplete_details");
            out.field_string("reason", "max_output_tokens");
            out.end_object();
        } else {
            out.field_null("incomplete_details");
        }
        out.open_array("output");
        for item in self.items.iter().filter(|_| !begun) {
            item.write(out, self.item_end(item));
        }
        out.end_array();
        self.settings(out);
        self.usage(out, begun);
        out.end_object();
    }

    fn settings(&self, out: &mut Writer) {
        let given = |key: &str| self.request.get(key).filter(|value| !value.is_null());
        for (key, default) in SETTINGS {
            out.key(key);
            match given(key) {
                Some(value) => out.raw(value),
                None => out.raw_str(default),
            }
        }
        out.open_object("reasoning");
        for key in ["effort", "summary"] {
            let value = given("reasoning").and_then(|reasoning| reasoning.get(key));
            match value {
                Some(value) => out.field_raw(key, &value),
                None => out.field_null(key),
            }
        }
        out.end_object();
        out.field_string("service_tier", "default");
        // Nothing is, whatever was asked for.
        out.field_bool("store", false);
    }

    fn usage(&self, out: &mut Writer, begun: bool) {
        if begun {
            return out.field_null("usage");
        }
        out.open_object("usage");
        out.field_u64("input_tokens", self.usage.input);
        out.open_object("input_tokens_details");
        out.field_u64("cached_tokens", 0);
        out.field_u64("cache_write_tokens", 0);
        out.end_object();
        out.field_u64("output_tokens", self.usage.output);
        out.open_object("output_tokens_details");
        out.field_u64("reasoning_tokens", self.usage.reasoning.unwrap_or(0));
        out.end_object();
        out.field_u64("total_tokens", self.usage.total());
        out.end_object();
    }
}
