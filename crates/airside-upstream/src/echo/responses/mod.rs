//! Responses.
//!
//! Facts: <https://platform.openai.com/docs/api-reference/responses>. Nothing
//! is stored: an earlier response that is referred to is not remembered.

mod item;
mod object;
mod request;
mod stream;

use airside_schema::FinishReason;
use airside_wire::JsonDoc;

use super::produced::Produced;
use super::request::refused;
use super::stamp::Stamp;
use super::{Refused, answer};
use item::Item;
use object::Object;
use stream::Chunks;

/// Answers a responses request.
pub(super) fn reply(doc: &JsonDoc, stamp: &Stamp) -> Result<Produced, Refused> {
    let request = request::decode(doc).map_err(|error| refused(&error))?;
    let response = answer::answer(&request, stamp, "call_")?;
    let finish = response.choices.first().and_then(|choice| choice.finish.as_ref());
    let cut = matches!(finish, Some(FinishReason::Length));
    let parts = response.choices.iter().flat_map(|choice| &choice.message.parts);
    let object = Object {
        id: stamp.id("resp_"),
        created: stamp.seconds(),
        cut,
        items: parts.filter_map(|part| Item::new(part, stamp)).collect(),
        usage: response.usage.unwrap_or_default(),
        request: doc.object(),
    };
    if request.stream {
        return Ok(Produced::Stream(Box::new(Chunks::new(object))));
    }
    Ok(Produced::Json(object.complete().into_bytes()))
}
