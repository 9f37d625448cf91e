//! The messages of a request: who speaks, and in which order.
//!
//! Tool results are messages of their own here and must follow the calls at
//! once; they hold text only, so pictures in them move into the next message
//! of the user.

use airside_schema::{
    ChatRequest, DialectId, Direction, LossKind, Message, Part, PartKind, Role, ToolResult, Weight,
};

use super::super::fields::{self, Rest};
use super::super::legacy;
use super::form::{self, Accepts, Formed};
use super::{Target, speech};
use crate::shared::at::At;

/// Writes the field `messages`.
pub(super) fn write(to: &mut Target<'_>, request: &ChatRequest) {
    let root = At::Root;
    let (system, list) = (root.key("system"), root.key("messages"));
    let hoisted = hoisted(request);
    let mut moved = Vec::new();
    to.out.open_array("messages");
    for (index, message) in request.messages.iter().enumerate() {
        if index < hoisted {
            instruction(to, message, &system, &system);
            continue;
        }
        let at = list.index(index - hoisted);
        let content = at.key("content");
        if !matches!(message.role, Role::Tool | Role::User) {
            flush(to, &mut moved);
        }
        match message.role {
            Role::Assistant => speech::write(to, message, &at, &content),
            Role::Tool | Role::User => user(to, message, &mut moved, &at, &content),
            _ => instruction(to, message, &at, &content),
        }
    }
    flush(to, &mut moved);
    to.out.end_array();
}

/// How many messages stood outside the list in the source document.
fn hoisted(request: &ChatRequest) -> usize {
    if request.source != Some(DialectId::ANTHROPIC_MESSAGES) {
        return 0;
    }
    request.messages.iter().take_while(|message| message.role == Role::System).count()
}

/// Writes what is common to all messages and ends the object.
pub(super) fn end(to: &mut Target<'_>, message: &Message, at: &At<'_>) {
    if let Some(name) = &message.name {
        to.out.field_string("name", name);
    }
    let rest = Rest {
        at: *at,
        direction: Direction::Request,
        weight: Weight::Parameter,
        nested: &["function_call", "tool_calls"],
    };
    rest.write(&mut to.out, &message.extras, to.loss);
    to.out.end_object();
}

fn instruction(to: &mut Target<'_>, message: &Message, at: &At<'_>, content: &At<'_>) {
    let role = match message.role {
        Role::Developer if to.cx.developer_role => "developer",
        Role::Developer => {
            let note = "the upstream knows no developer role; it became system";
            to.loss.approximated(Weight::Annotation, at.key("role").path(), note);
            "system"
        }
        _ => "system",
    };
    let formed = choose_all(to, &message.parts, Accepts::Text, content);
    to.out.begin_object();
    to.out.field_string("role", role);
    to.out.key("content");
    form::write(&mut to.out, &formed);
    end(to, message, at);
}

/// Chooses the forms of parts that stand next to each other.
fn choose_all<'a>(
    to: &mut Target<'_>,
    parts: &'a [Part],
    accepts: Accepts,
    content: &At<'_>,
) -> Vec<Formed<'a>> {
    let chosen = parts
        .iter()
        .enumerate()
        .map(|(index, part)| form::choose(to, part, accepts, &content.index(index)));
    chosen.flatten().collect()
}

/// Writes a message of the user, its tool results first. A message with
/// nothing but results adds no message of the user.
fn user<'a>(
    to: &mut Target<'_>,
    message: &'a Message,
    moved: &mut Vec<Formed<'a>>,
    at: &At<'_>,
    content: &At<'_>,
) {
    let is_result = |part: &Part| matches!(part.kind, PartKind::ToolResult(_));
    let results = message.parts.iter().filter(|part| is_result(part)).count();
    let only_results = results > 0 && results == message.parts.len();
    let mut written = 0;
    let mut others = false;
    for (index, part) in message.parts.iter().enumerate() {
        let PartKind::ToolResult(result) = &part.kind else {
            others = true;
            continue;
        };
        if others {
            let (kind, path) = (LossKind::Reordered, content.index(index).path());
            let note = "tool results come before the rest of a message here";
            to.loss.push(Direction::Request, kind, Weight::Semantic, path, note);
        }
        written += 1;
        tool(to, result, part, moved, &content.index(index));
        if only_results && written == results {
            end(to, message, at);
        } else {
            to.out.end_object();
        }
    }
    if only_results {
        return;
    }
    let mut formed = std::mem::take(moved);
    for (index, part) in message.parts.iter().enumerate().filter(|(_, part)| !is_result(part)) {
        formed.extend(form::choose(to, part, Accepts::Media, &content.index(index)));
    }
    to.out.begin_object();
    to.out.field_string("role", "user");
    to.out.key("content");
    form::write(&mut to.out, &formed);
    end(to, message, at);
}

/// Writes pictures of tool results that found no message of the user.
fn flush(to: &mut Target<'_>, moved: &mut Vec<Formed<'_>>) {
    if moved.is_empty() {
        return;
    }
    to.out.begin_object();
    to.out.field_string("role", "user");
    to.out.key("content");
    form::write(&mut to.out, moved);
    to.out.end_object();
    moved.clear();
}

/// Writes a tool result up to the end of its object.
fn tool<'a>(
    to: &mut Target<'_>,
    result: &'a ToolResult,
    part: &'a Part,
    moved: &mut Vec<Formed<'a>>,
    at: &At<'_>,
) {
    let content = at.key("content");
    let mut formed = Vec::new();
    for (index, part) in result.parts.iter().enumerate() {
        let at = content.index(index);
        let is_media =
            matches!(part.kind, PartKind::Image(_) | PartKind::Audio(_) | PartKind::File(_));
        if !is_media || to.own {
            formed.extend(form::choose(to, part, Accepts::Media, &at));
            continue;
        }
        if let Some(media) = form::choose(to, part, Accepts::Media, &at) {
            let note = "tool results hold text only here; moved into the next user message";
            to.loss.approximated(Weight::Semantic, at.path(), note);
            moved.push(media);
        }
    }
    if result.is_error == Some(true) {
        to.unsaid(&at.key("is_error"), "the format does not mark failed tools");
    }
    to.out.begin_object();
    if legacy::is_legacy(&result.call_id) {
        to.out.field_string("role", "function");
    } else {
        to.out.field_string("role", "tool");
        to.out.field_string("tool_call_id", &result.call_id);
    }
    to.out.key("content");
    form::write(&mut to.out, &formed);
    match &part.cache {
        Some(mark) if to.own => fields::write_cache(&mut to.out, mark, &part.extras),
        Some(_) => {
            let note = "prompt caching is automatic in this format";
            to.loss.dropped(Weight::Annotation, at.key("cache_control").path(), note);
        }
        None => {}
    }
    fields::report_foreign(&part.extras, Direction::Request, Weight::Parameter, at, to.loss);
}
