//! Embeddings: vectors that depend on the text and on nothing else.
//!
//! Not meaningful ones: texts that mean the same are as far apart as any
//! others. Invariant: the same text and number of dimensions give the same
//! vector of length 1, in every version.

use airside_schema::CodecError;
use airside_wire::{JsonDoc, Str, Writer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::produced::Produced;
use super::request::refused;
use super::{Refused, prompt, tokens};

/// As many as a widespread model has, so that a store made for it takes them.
const DIMENSIONS: usize = 1536;

/// The most texts, and the most numbers of all vectors together.
const MAX_TEXTS: usize = 2048;
const MAX_NUMBERS: usize = 1 << 20;

/// Answers an embedding request.
pub(super) fn reply(doc: &JsonDoc) -> Result<Produced, Refused> {
    let wanted = Wanted::read(doc).map_err(|error| refused(&error))?;
    let mut out = Writer::with_capacity(wanted.texts.len() * wanted.dimensions * 12);
    out.begin_object();
    out.field_string("object", "list");
    out.open_array("data");
    for (index, text) in wanted.texts.iter().enumerate() {
        out.begin_object();
        out.field_string("object", "embedding");
        out.field_u64("index", index as u64);
        let vector = vector(text, wanted.dimensions);
        match wanted.form {
            Form::Numbers => {
                out.open_array("embedding");
                // `Display` of a float has no exponent, so it is JSON.
                vector.for_each(|number| out.raw_str(&number.to_string()));
                out.end_array();
            }
            Form::Base64 => {
                let bytes: Vec<u8> = vector.flat_map(f32::to_le_bytes).collect();
                out.field_string("embedding", &STANDARD.encode(bytes));
            }
        }
        out.end_object();
    }
    out.end_array();
    out.field_string("model", &wanted.model);
    let count = wanted.texts.iter().map(|text| tokens::count(text)).sum();
    out.open_object("usage");
    out.field_u64("prompt_tokens", count);
    out.field_u64("total_tokens", count);
    out.end_object();
    out.end_object();
    Ok(Produced::Json(out.into_bytes()))
}

struct Wanted {
    texts: Vec<Str>,
    dimensions: usize,
    form: Form,
    model: Str,
}

#[derive(Clone, Copy)]
enum Form {
    Numbers,
    Base64,
}

impl Wanted {
    fn read(doc: &JsonDoc) -> Result<Self, CodecError> {
        let given = |key: &str| doc.get(key).filter(|value| !value.is_null());
        let input = given("input");
        let input = input.ok_or_else(|| CodecError::missing("input", "a string or an array"))?;
        let texts = prompt::texts(&input, "input")?;
        if texts.len() > MAX_TEXTS {
            return Err(CodecError::invalid("input", "at most 2048 texts"));
        }
        let dimensions = match given("dimensions") {
            Some(raw) => raw.u64().and_then(|number| usize::try_from(number).ok()).unwrap_or(0),
            None => DIMENSIONS,
        };
        if dimensions == 0 || dimensions.saturating_mul(texts.len()) > MAX_NUMBERS {
            let expected = "at least 1, and at most 1048576 numbers in all vectors together";
            return Err(CodecError::invalid("dimensions", expected));
        }
        let form = match given("encoding_format").map(|raw| raw.string()) {
            None => Form::Numbers,
            Some(Some(name)) if name == "float" => Form::Numbers,
            Some(Some(name)) if name == "base64" => Form::Base64,
            Some(_) => return Err(CodecError::invalid("encoding_format", "`float` or `base64`")),
        };
        let model = doc.get("model").and_then(|model| model.string()).unwrap_or_default();
        Ok(Self { texts, dimensions, form, model })
    }
}

/// The vector of a text.
fn vector(text: &str, dimensions: usize) -> impl Iterator<Item = f32> {
    let numbers = |seed| Numbers(seed).take(dimensions);
    let seed = hash(text.as_bytes());
    let length = numbers(seed).map(|number| number * number).sum::<f32>().sqrt();
    let scale = if length > 0.0 { length.recip() } else { 1.0 };
    numbers(seed).map(move |number| number * scale)
}

/// FNV-1a, 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn hash(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

/// SplitMix64: <https://prng.di.unimi.it/splitmix64.c>, as numbers from −1 to 1.
struct Numbers(u64);

impl Iterator for Numbers {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        // 16 bits fit a float exactly.
        let number = f32::from(u16::try_from(bits >> 48).unwrap_or_default());
        Some((number - 32_767.5) / 32_768.0)
    }
}
