//! Complete replies in both chat formats: prose, then a tool call.

use bytes::Bytes;
use serde_json::json;

use super::{prose, to_bytes};

/// A chat completion of about so many bytes.
pub(crate) fn openai(bytes: usize) -> Bytes {
    to_bytes(&json!({
        "id": "chatcmpl-000000000000000000000001",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "some-model-2025-01-01",
        "choices": [{
            "index": 0,
            "message": {
                "role": "assistant",
                "content": prose(bytes.saturating_sub(700)),
                "refusal": null,
                "tool_calls": [{
                    "id": "call_00000000000000000001",
                    "type": "function",
                    "function": {"name": "find_report", "arguments": "{\"title\":\"spring\"}"},
                }],
            },
            "logprobs": null,
            "finish_reason": "tool_calls",
        }],
        "usage": {
            "prompt_tokens": 300,
            "completion_tokens": 200,
            "total_tokens": 500,
            "prompt_tokens_details": {"cached_tokens": 100},
            "completion_tokens_details": {"reasoning_tokens": 20},
        },
        "service_tier": "default",
    }))
}

/// A message of about so many bytes.
pub(crate) fn anthropic(bytes: usize) -> Bytes {
    to_bytes(&json!({
        "id": "msg_000000000000000000000001",
        "type": "message",
        "role": "assistant",
        "model": "some-model-2025-01-01",
        "content": [
            {"type": "text", "text": prose(bytes.saturating_sub(500))},
            {
                "type": "tool_use",
                "id": "toolu_0000000000000000001",
                "name": "find_report",
                "input": {"title": "spring"},
            },
        ],
        "stop_reason": "tool_use",
        "stop_sequence": null,
        "usage": {
            "input_tokens": 200,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 100,
            "output_tokens": 200,
        },
    }))
}
