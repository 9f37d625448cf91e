//! Everything that is not a conversation: small fixed answers for media and
//! moderation, and for any other path a description of what arrived.

use airside_schema::CodecError;
use airside_wire::{JsonDoc, Writer};
use bytes::Bytes;

use super::produced::Produced;
use super::request::{Received, refused};
use super::stamp::Stamp;
use super::{Refused, prompt};

/// What moderation looks for: <https://platform.openai.com/docs/guides/moderation>.
const CATEGORIES: [&str; 13] = [
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
];

/// A transparent picture of one pixel, PNG in base64.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9\
    awAAAABJRU5ErkJggg==";

/// The most pictures of one request.
const MAX_PICTURES: u64 = 10;

/// Bytes of sound: 0.1 seconds, 8,000 samples a second, one byte each.
const SAMPLES: u32 = 800;

/// Pictures of one pixel, as many as asked for.
pub(super) fn images(doc: Option<&JsonDoc>, stamp: &Stamp) -> Result<Produced, Refused> {
    let wanted = doc.and_then(|doc| doc.get("n")).filter(|n| !n.is_null());
    let count = wanted.map_or(Some(1), |n| n.u64()).filter(|n| (1..=MAX_PICTURES).contains(n));
    let count =
        count.ok_or_else(|| refused(&CodecError::invalid("n", "an integer from 1 to 10")))?;
    let mut out = Writer::new();
    out.begin_object();
    out.field_u64("created", stamp.seconds());
    out.open_array("data");
    for _ in 0..count {
        out.begin_object();
        out.field_string("b64_json", PIXEL);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    Ok(Produced::Json(out.into_bytes()))
}

/// Silence, always as WAV.
pub(super) fn speech() -> Produced {
    let mut wav = Vec::with_capacity(44 + SAMPLES as usize);
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + SAMPLES).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0"); // PCM, one channel.
    wav.extend_from_slice(&8_000_u32.to_le_bytes()); // Samples a second.
    wav.extend_from_slice(&8_000_u32.to_le_bytes()); // Bytes a second.
    wav.extend_from_slice(b"\x01\0\x08\0data"); // One byte a sample.
    wav.extend_from_slice(&SAMPLES.to_le_bytes());
    wav.resize(wav.len() + SAMPLES as usize, 0x80);
    Produced::Binary("audio/wav", Bytes::from(wav))
}

/// What a recording is heard as: its size.
pub(super) fn transcription(received: &Received) -> Produced {
    let mut out = Writer::new();
    out.begin_object();
    out.field_string("text", &format!("echo of {} bytes", received.size));
    out.end_object();
    Produced::Json(out.into_bytes())
}

/// Nothing is ever objectionable.
pub(super) fn moderation(doc: &JsonDoc, stamp: &Stamp) -> Result<Produced, Refused> {
    let missing = || CodecError::missing("input", "a string or an array");
    let input = doc.get("input").ok_or_else(missing).map_err(|error| refused(&error))?;
    // Pictures and texts together are judged as one.
    let count = prompt::texts(&input, "input").map_or(1, |texts| texts.len().min(2048));
    let mut out = Writer::new();
    out.begin_object();
    out.field_string("id", &stamp.id("modr-"));
    out.field_string("model", "echo");
    out.open_array("results");
    for _ in 0..count {
        out.begin_object();
        out.field_bool("flagged", false);
        out.open_object("categories");
        for name in CATEGORIES {
            out.field_bool(name, false);
        }
        out.end_object();
        out.open_object("category_scores");
        for name in CATEGORIES {
            out.field_u64(name, 0);
        }
        out.end_object();
        out.open_object("category_applied_input_types");
        for name in CATEGORIES {
            out.open_array(name);
            out.end_array();
        }
        out.end_object();
        out.end_object();
    }
    out.end_array();
    out.end_object();
    Ok(Produced::Json(out.into_bytes()))
}

/// Describes what arrived: method, path with its query, type and size. Never
/// a header's value: some are secrets.
pub(super) fn describe(received: &Received) -> Produced {
    let path = received.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut out = Writer::new();
    out.begin_object();
    out.field_string("object", "echo");
    out.field_string("method", received.method.as_str());
    out.field_string("path", path);
    match &received.content_type {
        Some(name) => out.field_string("content_type", name),
        None => out.field_null("content_type"),
    }
    out.field_u64("bytes", received.size);
    out.end_object();
    Produced::Json(out.into_bytes())
}
