//! Chat completion requests of an exact size: conversations of ordinary prose with the escapes
//! that JSON parsers trip over, rather than one long string of one letter.

use serde_json::Value;

/// Text as it stands in JSON; its only escapes are two bytes long.
const PROSE: &str = concat!(
    r"Please go through the report once more and tell me which of the figures changed since last ",
    r#"week.\nIn particular, the paragraph that begins with \"As agreed in the meeting\" says 4.2 "#,
    r"million where the table below it says 4.7; one of them must be a slip of the pen.\n\n- keep ",
    r"the headings as they are;\n- quote the sentence you would change, then your version;\n- say ",
    r#"\"nothing found\" if there is nothing. Thank you, and take the time it needs: "#,
);

/// Length of one message's text in a conversation, about a long paragraph.
const MESSAGE_BYTES: usize = 1200;

/// Renders a chat completion request of `bytes` bytes.
///
/// A size too small for the frame of the request gives the smallest one.
pub(crate) fn render(model: &str, bytes: usize, streamed: bool) -> String {
    let model = Value::from(model);
    let opening = format!(
        r#"{{"model":{model},"messages":[{{"role":"system","content":"You are a careful assistant. Answer briefly."}}"#
    );
    let stream = if streamed { r#","stream":true"# } else { "" };
    let closing = format!(r#"],"temperature":0.7,"max_tokens":1024{stream}}}"#);

    let mut room = bytes.saturating_sub(opening.len() + closing.len());
    // An odd number of messages, so that the user has the last word.
    let messages = (room / MESSAGE_BYTES).saturating_sub(1) | 1;
    let mut body = opening;
    for index in 0..messages {
        let role = if index % 2 == 0 { "user" } else { "assistant" };
        let frame = format!(r#",{{"role":"{role}","content":""}}"#);
        let share = room / (messages - index);
        let text = prose(share.saturating_sub(frame.len()));
        let (before, after) = frame.split_at(frame.len() - 2);
        body.extend([before, &text, after]);
        room = room.saturating_sub(frame.len() + text.len());
    }
    body + &closing
}

/// Prose of an exact length as it stands in JSON.
fn prose(bytes: usize) -> String {
    let mut text: String = PROSE.chars().cycle().take(bytes).collect();
    // The cut may have parted an escape.
    if text.ends_with('\\') {
        text.pop();
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_json_of_the_exact_size_that_ends_with_the_user() {
        for bytes in [512, 1000, 1024, 1 << 13, 10 << 10, 100 << 10, 1 << 20] {
            for streamed in [false, true] {
                let body = render("mock-200", bytes, streamed);
                assert_eq!(body.len(), bytes);
                let json: Value = serde_json::from_str(&body).unwrap();
                assert_eq!(json["model"], "mock-200");
                assert_eq!(json["stream"].as_bool().unwrap_or(false), streamed);
                let last = json["messages"].as_array().unwrap().last().unwrap();
                assert_eq!(last["role"], "user");
            }
        }
    }

    #[test]
    fn prose_of_any_length_is_a_json_string() {
        for bytes in 0..2 * PROSE.len() {
            let quoted = format!("\"{}\"", prose(bytes));
            assert_eq!(quoted.len(), bytes + 2);
            serde_json::from_str::<String>(&quoted).unwrap();
        }
    }
}
