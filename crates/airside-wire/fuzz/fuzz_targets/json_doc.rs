//! JSON is judged as by serde_json, and edits of any document leave a document.

#![no_main]

use airside_wire::{JsonDoc, Limits, Path, RawJson};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|input: (&[u8], &str)| {
    let (body, place) = input;
    let limits = Limits::default().with_max_depth(usize::MAX);
    let value = RawJson::parse_within(body.to_vec(), &limits).ok();
    let reference = serde_json::from_slice::<&RawValue>(body).ok();
    assert_eq!(value.as_ref().map(RawJson::as_str), reference.map(RawValue::get));
    if let Some(value) = value {
        read(&value);
    }

    let body = Bytes::copy_from_slice(body);
    let Ok(mut doc) = JsonDoc::parse(body.clone(), &Limits::default()) else { return };
    assert_eq!(doc.to_bytes().as_ptr(), body.as_ptr());
    let key = doc.object().iter().next().map(|(key, _)| Path::key(key.clone()));
    let places = [key, Path::parse(place).ok()];
    for place in places.into_iter().flatten() {
        doc.set(&place, RawJson::from_string("new")).ok();
        doc.set(&place.join_key("k"), RawJson::null()).ok();
        doc.append_item(&place, RawJson::from_u64(1)).ok();
        doc.remove(&place.join_index(0)).ok();
        let out = doc.to_bytes();
        assert_eq!(doc.frames().collect::<Vec<_>>().concat(), out);
        assert!(RawJson::parse(out).is_ok());
        doc.remove(&place).ok();
        assert!(RawJson::parse(doc.to_bytes()).is_ok());
    }
});

/// Reads a value one level deep, in every way.
fn read(value: &RawJson) {
    let parts = value.object().map(|object| object.into_fields()).unwrap_or_default();
    for (key, part) in parts {
        assert!(value.get(&key).is_some());
        assert!(RawJson::parse_within(part.text().into_bytes(), &deep()).is_ok());
    }
    for item in value.items().unwrap_or_default() {
        assert!(RawJson::parse_within(item.text().into_bytes(), &deep()).is_ok());
    }
    let text = value.string();
    assert_eq!(text.is_some(), value.as_str().starts_with('"'));
    if let (Some(unsigned), Some(double)) = (value.u64(), value.f64()) {
        assert_eq!(unsigned as f64, double);
    }
}

fn deep() -> Limits {
    Limits::default().with_max_depth(usize::MAX)
}
