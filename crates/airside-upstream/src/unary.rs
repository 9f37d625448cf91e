//! Complete replies.

use airside_call::{CallError, ErrorKind, Plan, ReplyBody};
use airside_dialects::Reader;
use bytes::Bytes;
use http_body::Body;

use crate::service::Reading;
use crate::{body, decompress::Readable};

/// Reads a complete reply: forwarded as it is and observed, or decoded.
pub(crate) async fn read<B>(
    reading: Reading,
    reader: Reader,
    body: Readable<B>,
) -> Result<ReplyBody, CallError>
where
    B: Body<Data = Bytes, Error = CallError> + Unpin,
{
    let bytes = body::collect(body, reading.config.max_reply_bytes).await?;
    if reading.plan != Plan::Translated {
        let observed = reader
            .observe_response(&bytes)
            .map_err(|error| nonsense(&format!("is not the JSON it should be: {error}")))?;
        reading.call.context.notes.with(|notes| {
            notes.model = observed.model;
            notes.usage = observed.usage;
            notes.finish = observed.finish;
        });
        return Ok(ReplyBody::Raw(bytes));
    }
    let Some(upstream) = airside_dialects::chat(reading.dialect) else {
        return Err(CallError::new(ErrorKind::Internal, "a translated call has a chat dialect"));
    };
    let response = upstream
        .egress
        .decode_response(bytes, &reading.memo)
        .map_err(|error| nonsense(&format!("is not of its dialect: {error}")))?;
    reading.call.context.notes.with(|notes| {
        notes.model = Some(response.model.clone());
        notes.usage.clone_from(&response.usage);
        notes.finish = response.choices.first().and_then(|choice| choice.finish.clone());
    });
    Ok(ReplyBody::Chat(Box::new(response)))
}

fn nonsense(what: &str) -> CallError {
    CallError::new(ErrorKind::UpstreamFailed, format!("the upstream's reply {what}"))
}
