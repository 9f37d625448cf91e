//! Nothing is lost silently: a key no dialect knows, put into any object of
//! any fixture, comes out on the other side or stands in the loss report.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod corpus;

use airside_schema::LossReport;
use bytes::Bytes;
use serde_json::Value;

const KEY: &str = "zz_unheard_of";

/// Every variant of a document with the key in one more of its objects, and
/// the keys that lead to that object.
fn variants(document: &Value) -> Vec<(Vec<String>, Bytes)> {
    let mut places = Vec::new();
    objects(document, String::new(), &mut places);
    let inject = |place: String| {
        let mut variant = document.clone();
        let object = variant.pointer_mut(&place).and_then(Value::as_object_mut).unwrap();
        object.insert(KEY.to_owned(), Value::from("heard"));
        let keys = place.split('/').filter(|token| token.parse::<usize>().is_err());
        let keys = keys.filter(|key| !key.is_empty()).map(str::to_owned).collect();
        (keys, Bytes::from(serde_json::to_vec(&variant).unwrap()))
    };
    places.into_iter().map(inject).collect()
}

fn objects(value: &Value, place: String, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = key.replace('~', "~0").replace('/', "~1");
                objects(value, format!("{place}/{key}"), places);
            }
            places.push(place);
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                objects(value, format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
}

/// True if the key is in the output, or it or an object around it is
/// reported.
fn is_accounted_for(keys: &[String], output: &Bytes, loss: &LossReport) -> bool {
    let output = String::from_utf8_lossy(output);
    let around = |path: &str| {
        let last = path.rsplit('.').next().unwrap_or_default();
        let last = last.split('[').next().unwrap_or_default();
        keys.iter().any(|key| key == last)
    };
    output.contains(KEY) || loss.iter().any(|loss| loss.path.contains(KEY) || around(&loss.path))
}

fn parse(bytes: &Bytes) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Fails with all places at once, which shows what they have in common.
fn settle(silent: &[String], variants: usize) {
    assert!(variants > 100, "only {variants} variants");
    assert!(silent.is_empty(), "{} of {variants}:\n{}", silent.len(), silent.join("\n"));
}

#[test]
fn unknown_keys_of_requests_are_output_or_reported() {
    let (mut silent, mut count) = (Vec::new(), 0);
    for fixture in corpus::fixtures("requests") {
        for (keys, bytes) in variants(&parse(&fixture.bytes)) {
            let request = corpus::decode_request(fixture.dialect, bytes);
            for target in corpus::others(fixture.dialect) {
                count += 1;
                let (body, loss) = corpus::encode_request(target, &request);
                if !is_accounted_for(&keys, &body, &loss) {
                    silent.push(format!("{} {} at {keys:?}", fixture.dialect.id, fixture.name));
                }
            }
        }
    }
    settle(&silent, count);
}

#[test]
fn unknown_keys_of_answers_are_output_or_reported() {
    let (mut silent, mut count) = (Vec::new(), 0);
    for fixture in corpus::fixtures("responses") {
        for (keys, bytes) in variants(&parse(&fixture.bytes)) {
            let response = corpus::decode_response(fixture.dialect, bytes);
            for target in corpus::others(fixture.dialect) {
                count += 1;
                let (body, loss) = corpus::encode_response(target, &response, &corpus::reply_cx());
                if !is_accounted_for(&keys, &body, &loss) {
                    silent.push(format!("{} {} at {keys:?}", fixture.dialect.id, fixture.name));
                }
            }
        }
    }
    settle(&silent, count);
}

#[test]
fn unknown_keys_of_streams_are_output_or_reported() {
    let (mut silent, mut count) = (Vec::new(), 0);
    for fixture in corpus::fixtures("streams") {
        let text = String::from_utf8(fixture.bytes.to_vec()).unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for (at, line) in lines.iter().enumerate() {
            let data = line.strip_prefix("data:").map(str::trim);
            let Some(document) = data.and_then(|data| serde_json::from_str::<Value>(data).ok())
            else {
                continue;
            };
            // An error ends the stream; its frame has no room beside it.
            if document.get("error").is_some() {
                continue;
            }
            for (keys, bytes) in variants(&document) {
                let data = String::from_utf8(bytes.to_vec()).unwrap();
                let stream =
                    [lines[..at].concat(), format!("data: {data}\n"), lines[at + 1..].concat()];
                let events = corpus::decode_stream(fixture.dialect, &Bytes::from(stream.concat()));
                for target in corpus::others(fixture.dialect) {
                    count += 1;
                    let (body, loss) = corpus::encode_stream(target, &events, &corpus::reply_cx());
                    if !is_accounted_for(&keys, &body, &loss) {
                        let line = at + 1;
                        let name = &fixture.name;
                        silent.push(format!("{} {name}:{line} at {keys:?}", fixture.dialect.id));
                    }
                }
            }
        }
    }
    settle(&silent, count);
}

/// The same within one dialect: what is decoded is written back.
#[test]
fn unknown_keys_survive_within_a_dialect() {
    let (mut silent, mut count) = (Vec::new(), 0);
    for fixture in corpus::fixtures("requests") {
        for (keys, bytes) in variants(&parse(&fixture.bytes)) {
            count += 1;
            let request = corpus::decode_request(fixture.dialect, bytes);
            let (body, _) = corpus::encode_request(fixture.dialect, &request);
            if !String::from_utf8_lossy(&body).contains(KEY) {
                silent.push(format!("request {} {} at {keys:?}", fixture.dialect.id, fixture.name));
            }
        }
    }
    settle(&silent, count);
}
