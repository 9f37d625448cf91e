//! Recorded exchanges, read from their files.
//!
//! Only those that belong to the two dialects are taken, or to a near relative of the first one.
//! Invariant: what a file says is kept as it stands, unknown features and headers included.

use std::path::Path;

use airside_testkit::walk;
use airside_wire::RawJson;
use bytes::Bytes;

use super::arguments::Arguments;
use super::error::ReplayError;
use super::side::Side;

/// One exchange with a provider.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    /// The file below the folder.
    pub(crate) file: String,
    /// The dialect as the recordings name it, such as `groq-chat`.
    pub(crate) dialect: String,
    pub(crate) side: Side,
    /// Whether it is a chat call, which has a counterpart in the other dialect.
    pub(crate) is_chat: bool,
    pub(crate) method: String,
    /// Path and query below `/v1`.
    pub(crate) target: String,
    /// Headers of the request that mean something to the provider.
    pub(crate) request_headers: Vec<(String, String)>,
    /// The request; none if only the response was published.
    pub(crate) request: Option<RawJson>,
    pub(crate) response: Response,
    pub(crate) features: Vec<String>,
}

/// What the provider answered.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// A JSON document, whose spelling was not recorded.
    Json(RawJson),
    /// A stream, or anything that is not JSON.
    Text(Bytes),
}

impl Recording {
    /// True if the provider answered with a stream.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.response.body, Body::Text(_)) && self.response.status < 300
    }

    /// True if the recording is of one of the two dialects, not of a relative.
    pub(crate) fn is_required(&self) -> bool {
        self.dialect == self.side.name()
    }
}

/// A file that should be a recording and is none.
#[derive(Debug, Clone)]
pub(crate) struct Unreadable {
    pub(crate) file: String,
    pub(crate) reason: String,
}

/// Reads every recording below the folder that belongs to the dialects.
pub(crate) fn load(
    arguments: &Arguments,
) -> Result<Vec<Result<Recording, Unreadable>>, ReplayError> {
    let folder = &arguments.folder;
    let files = walk(folder, "json").map_err(ReplayError::io("reading the recordings"))?;
    let mut recordings = Vec::new();
    for file in files {
        let dialect = dialect_of(&file.name);
        let skipped = arguments.only.as_ref().is_some_and(|only| *only != dialect)
            || arguments.file.as_ref().is_some_and(|part| !file.name.contains(part.as_str()));
        let Some(side) = side_of(&dialect) else { continue };
        if skipped {
            continue;
        }
        let recording = match RawJson::parse(file.bytes) {
            Ok(json) => read(&file.name, dialect, side, &json)
                .ok_or_else(|| "a field is missing, or its kind is unknown".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        recordings.push(recording.map_err(|reason| Unreadable { file: file.name, reason }));
    }
    if recordings.is_empty() {
        let folder = folder.display();
        return Err(ReplayError::Usage(format!("nothing below {folder} can be played")));
    }
    Ok(recordings)
}

/// The first folder of the name, or the one above `<endpoint>` if the folder given is deeper.
fn dialect_of(name: &str) -> String {
    let mut folders: Vec<&str> = Path::new(name).iter().filter_map(|part| part.to_str()).collect();
    folders.pop();
    folders.pop();
    folders.last().copied().unwrap_or_default().to_owned()
}

fn side_of(dialect: &str) -> Option<Side> {
    match dialect {
        "anthropic-messages" => Some(Side::Anthropic),
        // Ollama's own chat endpoint has a format of its own.
        "ollama-chat" => None,
        name if name.ends_with("-chat") => Some(Side::OpenAi),
        _ => None,
    }
}

fn read(file: &str, dialect: String, side: Side, json: &RawJson) -> Option<Recording> {
    let (request, response) = (json.get("request")?, json.get("response")?);
    let method = text(&request, "method")?;
    let path = text(&request, "path")?;
    let endpoint = text(json, "endpoint")?;
    let chats =
        ["chat-completions", "chat", "messages", "vertex-rawPredict", "vertex-streamRawPredict"];
    let is_chat = chats.contains(&endpoint.as_str());
    let target = target(side, is_chat, &path);
    let body = match (response.get("body"), text(&response, "sse").or(text(&response, "raw"))) {
        (Some(body), _) => Body::Json(body),
        (None, Some(text)) => Body::Text(text.into()),
        (None, None) => return None,
    };
    let status = u16::try_from(response.get("status")?.u64()?).ok()?;
    let features = json.get("features").and_then(|list| list.items()).unwrap_or_default();
    Some(Recording {
        file: file.to_owned(),
        dialect,
        side,
        is_chat,
        method,
        target,
        request_headers: headers(&request).into_iter().filter(is_meant).collect(),
        request: request.get("body").filter(|body| !body.is_null()),
        response: Response { status, headers: headers(&response), body },
        features: features.iter().filter_map(|name| Some(name.string()?.to_string())).collect(),
    })
}

/// Where the call goes at the gateway. Chat calls of other clouds have paths of their own there;
/// what they say is the dialect all the same.
fn target(side: Side, is_chat: bool, path: &str) -> String {
    let below = path.split_once("/v1/").map_or(path, |(_, below)| below);
    if !is_chat {
        return format!("/{}", below.trim_start_matches('/'));
    }
    match path.strip_prefix("/v1").and_then(|path| path.strip_prefix(side.path())) {
        Some(query) if query.starts_with('?') => format!("{}{query}", side.path()),
        _ => side.path().to_owned(),
    }
}

/// Of a call's headers only these go on to the provider.
fn is_meant((name, _): &(String, String)) -> bool {
    ["content-type", "anthropic-version", "anthropic-beta", "openai-beta"].contains(&name.as_str())
}

fn text(json: &RawJson, key: &str) -> Option<String> {
    json.get(key)?.string().map(|text| text.to_string())
}

fn headers(message: &RawJson) -> Vec<(String, String)> {
    let fields = message.get("headers").and_then(|headers| headers.object()).unwrap_or_default();
    let told = |value: &str| value != "REDACTED";
    fields
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.string()?.to_string())))
        .filter(|(_, value)| told(value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(path: &str) -> Recording {
        let json = format!(
            r#"{{"endpoint":"messages","features":["stream"],"request":{{"method":"POST","path":"{path}",
            "headers":{{"user-agent":"x","anthropic-version":"v","anthropic-beta":"REDACTED"}},"body":null}},
            "response":{{"status":200,"headers":{{}},"sse":"data: x\n\n"}}}}"#
        );
        let json = RawJson::parse(json).unwrap();
        read("f.json", "anthropic-messages".to_owned(), Side::Anthropic, &json).unwrap()
    }

    #[test]
    fn what_matters_is_taken_and_what_was_hidden_is_not() {
        let recording = recording("/v1/messages?beta=true");
        assert!(recording.is_stream() && recording.is_chat && recording.is_required());
        assert_eq!(recording.request_headers, [("anthropic-version".to_owned(), "v".to_owned())]);
        assert_eq!((recording.request, recording.features), (None, vec!["stream".to_owned()]));
    }

    #[test]
    fn calls_of_other_clouds_go_to_the_dialects_own_path() {
        for (path, target) in [
            ("/v1/messages", "/messages"),
            ("/v1/messages?beta=true", "/messages?beta=true"),
            ("/api/v1/messages", "/messages"),
            ("/v1/projects/p/models/claude:rawPredict", "/messages"),
        ] {
            assert_eq!(recording(path).target, target);
        }
        assert_eq!(super::target(Side::OpenAi, false, "/v1/files?limit=1"), "/files?limit=1");
    }

    #[test]
    fn relatives_are_told_from_the_dialects_and_from_strangers() {
        assert_eq!(dialect_of("groq-chat/chat-completions/a.json"), "groq-chat");
        assert_eq!(side_of("groq-chat"), Some(Side::OpenAi));
        assert_eq!(side_of("ollama-chat"), None);
        assert_eq!(side_of("openai-responses"), None);
    }
}
