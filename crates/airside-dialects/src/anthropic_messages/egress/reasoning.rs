//! How much to think, and the token limit that depends on it.
//!
//! An effort of another format becomes a budget of tokens, unless the
//! conversation cannot be continued with thinking on; then it is left out and
//! reported rather than refused by the vendor.

use airside_schema::codec::EncodeCx;
use airside_schema::{
    ChatRequest, LossReport, Message, PartKind, ReasoningConfig, ReasoningEffort, Role, ToolChoice,
    Weight,
};
use airside_wire::Writer;

use super::super::fields;
use super::is_own;

/// What was decided.
#[derive(Debug)]
pub(super) struct Settings<'a> {
    pub(super) max_tokens: u64,
    /// `output_config.effort`.
    pub(super) effort: Option<&'a str>,
    /// Thinking is on although the caller only named an effort.
    pub(super) derived: bool,
    thinking: Thinking,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thinking {
    Unsaid,
    Disabled,
    Adaptive,
    Budget(u64),
}

/// The budget for a caller who wants thinking and names no figure.
const MEDIUM: u64 = 8192;

/// Decides on thinking, effort and token limit.
pub(super) fn settle<'a>(
    request: &'a ChatRequest,
    cx: &EncodeCx,
    loss: &mut LossReport,
) -> Settings<'a> {
    let config = request.reasoning.as_ref();
    let mut settings = Settings {
        max_tokens: request.params.max_tokens.unwrap_or(cx.default_max_tokens),
        effort: None,
        derived: false,
        thinking: Thinking::Unsaid,
    };
    if request.params.max_tokens.is_none() {
        loss.defaulted("max_tokens", "the target format demands a limit");
    }
    if let Some(config) = config {
        settings.thinking = explicit(config, loss);
        if is_own(request) || settings.thinking == Thinking::Adaptive {
            settings.effort = config.effort.as_ref().map(ReasoningEffort::as_str);
        } else if let Some(effort) = &config.effort {
            derive(request, effort, &mut settings, loss);
        }
    }
    make_room(request, &mut settings, loss);
    settings
}

/// What the caller said about thinking itself.
fn explicit(config: &ReasoningConfig, loss: &mut LossReport) -> Thinking {
    match (config.enabled, config.budget_tokens) {
        (Some(false), _) => Thinking::Disabled,
        _ if config.adaptive => Thinking::Adaptive,
        (_, Some(budget)) => Thinking::Budget(budget),
        (Some(true), None) => {
            loss.defaulted("thinking.budget_tokens", "the target format demands a budget");
            Thinking::Budget(MEDIUM)
        }
        (None, None) => Thinking::Unsaid,
    }
}

/// Derives thinking from an effort of another format.
fn derive(
    request: &ChatRequest,
    effort: &ReasoningEffort,
    settings: &mut Settings<'_>,
    loss: &mut LossReport,
) {
    let path = "reasoning_effort";
    if settings.thinking != Thinking::Unsaid {
        let note = "the thinking asked for beside it decides";
        return loss.dropped(Weight::Parameter, path, note);
    }
    let Some(budget) = budget(effort) else {
        if *effort == ReasoningEffort::None {
            settings.thinking = Thinking::Disabled;
        } else {
            loss.dropped(Weight::Parameter, path, "the effort is not known here");
        }
        return;
    };
    if let Some(note) = obstacle(request) {
        return loss.dropped(Weight::Parameter, path, note);
    }
    loss.approximated(Weight::Parameter, path, "the effort became a budget of tokens");
    settings.thinking = Thinking::Budget(budget);
    settings.derived = true;
}

/// The figures of the compatible gateway's documentation.
fn budget(effort: &ReasoningEffort) -> Option<u64> {
    match effort {
        ReasoningEffort::Minimal | ReasoningEffort::Low => Some(1024),
        ReasoningEffort::Medium => Some(MEDIUM),
        ReasoningEffort::High => Some(16_384),
        ReasoningEffort::ExtraHigh | ReasoningEffort::Max => Some(32_768),
        _ => None,
    }
}

/// Why the vendor would refuse to think in this conversation
/// (<https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking>).
fn obstacle(request: &ChatRequest) -> Option<&'static str> {
    let forced = match &request.tool_choice {
        Some(ToolChoice::Required | ToolChoice::Function(_)) => true,
        Some(ToolChoice::Allowed { required, .. }) => *required,
        _ => false,
    };
    if forced {
        return Some("the target format does not think when a tool call is forced");
    }
    let loops = request.messages.iter().rev().take_while(|message| !asks(message));
    let bare = loops.filter(|message| message.role == Role::Assistant).any(calls_unthought);
    bare.then_some("the target format cannot think on after tool calls it did not think before")
}

/// True for a message that begins a new turn of the person asking.
fn asks(message: &Message) -> bool {
    let is_result = |kind: &PartKind| matches!(kind, PartKind::ToolResult(_));
    message.role == Role::User && !message.parts.iter().any(|part| is_result(&part.kind))
}

/// True for tool calls without the signed thoughts that led to them.
fn calls_unthought(message: &Message) -> bool {
    let mut thought = false;
    for part in &message.parts {
        match &part.kind {
            PartKind::Reasoning(reasoning) => {
                thought |= reasoning.signature.is_some() || reasoning.redacted.is_some();
            }
            PartKind::ToolCall(_) => return !thought,
            _ => {}
        }
    }
    false
}

/// Raises the limit above the budget, as the vendor demands: thinking counts
/// as part of the answer there.
fn make_room(request: &ChatRequest, settings: &mut Settings<'_>, loss: &mut LossReport) {
    let Thinking::Budget(budget) = settings.thinking else { return };
    let given = request.params.max_tokens.is_some();
    let ours = settings.derived || !given;
    if !ours || settings.max_tokens > budget {
        return;
    }
    settings.max_tokens = settings.max_tokens.saturating_add(budget);
    if given {
        let note = "raised by the budget for thinking, which counts against it here";
        loss.approximated(Weight::Parameter, "max_tokens", note);
    }
}

/// Writes `thinking`.
pub(super) fn write(out: &mut Writer, request: &ChatRequest, settings: &Settings<'_>) {
    let kind = match settings.thinking {
        Thinking::Unsaid => return,
        Thinking::Disabled => "disabled",
        Thinking::Adaptive => "adaptive",
        Thinking::Budget(_) => "enabled",
    };
    out.open_object("thinking");
    out.field_string("type", kind);
    if let Thinking::Budget(budget) = settings.thinking {
        out.field_u64("budget_tokens", budget);
    }
    fields::write_kept(out, &request.extras, "thinking");
    out.end_object();
}
