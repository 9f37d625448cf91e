//! The conversation: instructions and alternating turns.
//!
//! The format keeps instructions apart, knows two speakers, and wants tool
//! results at the beginning of the turn that follows their calls. Messages of
//! one speaker that follow each other are joined, as the vendor would do.

use airside_schema::{
    ChatRequest, Direction, LossKind, LossReport, Message, Part, PartKind, Role, Weight,
};
use airside_wire::Writer;

use super::super::block_out::{self, Blocks, Place};
use super::super::fields;
use super::is_own;
use crate::shared::at::At;

/// A part and where it stood.
#[derive(Debug, Clone, Copy)]
struct Placed<'a> {
    part: &'a Part,
    message: usize,
    index: usize,
}

/// What one speaker says in one go.
#[derive(Debug)]
struct Turn<'a> {
    role: &'static str,
    parts: Vec<Placed<'a>>,
    /// The messages it is made of.
    messages: Vec<usize>,
}

/// Writes `system` and `messages`.
pub(super) fn write(out: &mut Writer, request: &ChatRequest, loss: &mut LossReport) {
    let (system, turns) = arrange(request, loss);
    let mut blocks = Blocks { out, loss, direction: Direction::Request };
    if !system.is_empty() {
        blocks.out.key("system");
        content(&mut blocks, &system);
    }
    blocks.out.open_array("messages");
    for turn in &turns {
        blocks.out.begin_object();
        blocks.out.field_string("role", turn.role);
        blocks.out.key("content");
        content(&mut blocks, &turn.parts);
        for &index in &turn.messages {
            if let Some(message) = request.messages.get(index) {
                around(&mut blocks, message, index);
            }
        }
        blocks.out.end_object();
    }
    blocks.out.end_array();
}

/// Writes one text as a string and everything else as blocks.
fn content(blocks: &mut Blocks<'_>, parts: &[Placed<'_>]) {
    if let [only] = parts
        && let Some(text) = block_out::plain_text(only.part)
    {
        blocks.out.string(text);
        return;
    }
    blocks.out.begin_array();
    for placed in parts {
        placed.at(|at| blocks.part(placed.part, at));
    }
    blocks.out.end_array();
}

/// Writes or reports what a message has beside its parts.
fn around(blocks: &mut Blocks<'_>, message: &Message, index: usize) {
    let messages = At::Root.key("messages");
    let at = messages.index(index);
    unnamed(message, &at, blocks.loss);
    let (direction, weight) = (Direction::Request, Weight::Semantic);
    fields::write_extras(blocks.out, &message.extras, blocks.loss, direction, weight, &at);
}

/// Reports the name of a speaker. That of a tool stands with its call, too.
fn unnamed(message: &Message, at: &At<'_>, loss: &mut LossReport) {
    if message.name.is_some() {
        let is_tool = message.role == Role::Tool;
        let weight = if is_tool { Weight::Annotation } else { Weight::Semantic };
        let note = "the target format does not name speakers";
        loss.dropped(weight, at.key("name").path(), note);
    }
}

/// Sorts the messages into instructions and turns and leaves out what the
/// format cannot carry.
fn arrange<'a>(
    request: &'a ChatRequest,
    loss: &mut LossReport,
) -> (Vec<Placed<'a>>, Vec<Turn<'a>>) {
    // A caller of this dialect knows its rules; nothing is moved for it.
    let own = is_own(request);
    let mut system = Vec::new();
    let mut turns: Vec<Turn<'a>> = Vec::with_capacity(request.messages.len());
    let mut leading = true;
    for (index, message) in request.messages.iter().enumerate() {
        leading &= message.role.is_instruction();
        let role = match message.role {
            _ if leading => None,
            Role::System | Role::Developer if own => Some("system"),
            Role::System | Role::Developer => {
                moved(index, loss);
                None
            }
            Role::Assistant => Some("assistant"),
            _ => Some("user"),
        };
        let place = if role.is_none() { Place::System } else { Place::Message };
        let mut parts = carried(message, index, place, loss);
        parts.retain(|placed| own || !block_out::is_blank(placed.part));
        match role {
            None => {
                system.extend(parts);
                instruction(message, index, loss);
            }
            Some(role) if own => turns.push(Turn { role, parts, messages: vec![index] }),
            Some(role) => join(&mut turns, role, index, parts),
        }
    }
    if !own {
        turns.retain(|turn| !turn.parts.is_empty() || forget(turn, request, loss));
        for turn in &mut turns {
            results_first(turn, loss);
        }
    }
    (system, turns)
}

/// Reports what the messages of an empty turn had beside their parts.
fn forget(turn: &Turn<'_>, request: &ChatRequest, loss: &mut LossReport) -> bool {
    for &index in &turn.messages {
        if let Some(message) = request.messages.get(index) {
            instruction(message, index, loss);
        }
    }
    false
}

fn join<'a>(turns: &mut Vec<Turn<'a>>, role: &'static str, index: usize, parts: Vec<Placed<'a>>) {
    match turns.last_mut() {
        // A turn nothing is left of says nothing: its neighbors meet.
        Some(last) if last.role == role || last.parts.is_empty() => {
            last.role = role;
            last.parts.extend(parts);
            last.messages.push(index);
        }
        _ => turns.push(Turn { role, parts, messages: vec![index] }),
    }
}

fn carried<'a>(
    message: &'a Message,
    index: usize,
    place: Place,
    loss: &mut LossReport,
) -> Vec<Placed<'a>> {
    let mut parts = Vec::with_capacity(message.parts.len());
    for (position, part) in message.parts.iter().enumerate() {
        let placed = Placed { part, message: index, index: position };
        if let Some(note) = block_out::uncarried(&part.kind, place) {
            placed.at(|at| loss.dropped(Weight::Semantic, at.path(), note));
        } else {
            parts.push(placed);
        }
    }
    parts
}

/// Reports what a hoisted message had beside its parts; there is no message
/// left to write it on.
fn instruction(message: &Message, index: usize, loss: &mut LossReport) {
    let messages = At::Root.key("messages");
    let at = messages.index(index);
    unnamed(message, &at, loss);
    loss.extras(Direction::Request, Weight::Semantic, &at.path(), &message.extras);
}

fn moved(index: usize, loss: &mut LossReport) {
    let messages = At::Root.key("messages");
    let path = messages.index(index).path();
    let note = "instructions stand at the beginning in the target format";
    loss.push(Direction::Request, LossKind::Reordered, Weight::Semantic, path, note);
}

/// Puts tool results before everything else of a turn.
fn results_first(turn: &mut Turn<'_>, loss: &mut LossReport) {
    let is_result = |placed: &Placed<'_>| matches!(placed.part.kind, PartKind::ToolResult(_));
    if turn.parts.is_sorted_by_key(|placed| !is_result(placed)) {
        return;
    }
    for placed in turn.parts.iter().skip_while(|placed| is_result(placed)) {
        if !is_result(placed) {
            continue;
        }
        let note = "tool results stand at the beginning of a turn in the target format";
        placed.at(|at| {
            let (direction, kind) = (Direction::Request, LossKind::Reordered);
            loss.push(direction, kind, Weight::Semantic, at.path(), note);
        });
    }
    turn.parts.sort_by_key(|placed| !is_result(placed));
}

impl Placed<'_> {
    fn at<T>(&self, then: impl FnOnce(&At<'_>) -> T) -> T {
        let messages = At::Root.key("messages");
        let message = messages.index(self.message);
        let content = message.key("content");
        then(&content.index(self.index))
    }
}
