//! Every fixture of every dialect through every other dialect.
//!
//! The snapshots hold the output and the loss report, so that a change of
//! either is seen in review. What is said has to survive in any case.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod corpus;

use airside_schema::{ChatResponse, LossReport};
use bytes::Bytes;
use corpus::Fixture;

/// Compares with the snapshot of a fixture on its way to a dialect.
fn check(kind: &str, fixture: &Fixture, target: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/matrix");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let source = corpus::folder_name(fixture.dialect);
    let name = format!("{kind}__{source}__{}__to__{target}", fixture.name);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn report(output: &str, loss: &LossReport) -> String {
    format!("{output}\n\n--- lost: {}\n{loss}", loss.summary())
}

#[test]
fn requests_keep_what_they_ask() {
    for fixture in corpus::fixtures("requests") {
        let request = corpus::decode_request(fixture.dialect, fixture.bytes.clone());
        for target in corpus::others(fixture.dialect) {
            let (body, loss) = corpus::encode_request(target, &request);
            // What was written has to be readable in its dialect.
            let again = corpus::decode_request(target, body.clone());
            assert_eq!(again.stream, request.stream, "{}", fixture.name);
            let text = report(&corpus::pretty(&body), &loss);
            check("request", &fixture, &corpus::folder_name(target), &text);
        }
    }
}

#[test]
fn replies_keep_what_they_say() {
    for fixture in corpus::fixtures("responses") {
        let response = corpus::decode_response(fixture.dialect, fixture.bytes.clone());
        for target in corpus::others(fixture.dialect) {
            let strict = corpus::reply_cx();
            let (body, loss) = corpus::encode_response(target, &response, &strict);
            same(&fixture, &response, &corpus::decode_response(target, body.clone()), &loss);
            let mut text = report(&corpus::pretty(&body), &loss);
            let mut open = strict;
            open.strict = false;
            let (shown, loss) = corpus::encode_response(target, &response, &open);
            if shown != body {
                text.push_str("\n=== not strict\n");
                text.push_str(&report(&corpus::pretty(&shown), &loss));
            }
            check("response", &fixture, &corpus::folder_name(target), &text);
        }
    }
}

#[test]
fn streams_keep_what_they_say() {
    for fixture in corpus::fixtures("streams") {
        let events = corpus::decode_stream(fixture.dialect, &fixture.bytes);
        for target in corpus::others(fixture.dialect) {
            let (body, loss) = corpus::encode_stream(target, &events, &corpus::reply_cx());
            let again = corpus::decode_stream(target, &body);
            match (corpus::fold(&events), corpus::fold(&again)) {
                (Some(before), Some(after)) => same(&fixture, &before, &after, &loss),
                (before, after) => assert_eq!(before, after, "{}", fixture.name),
            }
            let text = report(text_of(&body), &loss);
            check("stream", &fixture, &corpus::folder_name(target), &text);
        }
    }
}

#[test]
fn faults_keep_their_message() {
    for fixture in corpus::fixtures("faults") {
        let status = fixture.name.split('_').next().unwrap().parse().unwrap();
        let fault = fixture.dialect.egress.decode_fault(status, &fixture.bytes);
        for target in corpus::others(fixture.dialect) {
            let body = target.ingress.encode_fault(&fault);
            let again = target.egress.decode_fault(status, &body);
            assert_eq!((again.kind, &again.message), (fault.kind, &fault.message));
            let frame = target.ingress.fault_frame(&fault);
            let events = corpus::decode_stream(target, &frame);
            assert_eq!(corpus::fold(&events), None, "{events:?}");
            let text = format!("{}\n\n{}", corpus::pretty(&body), text_of(&frame));
            check("fault", &fixture, &corpus::folder_name(target), &text);
        }
    }
}

/// Texts, tool calls and token counts of the first answer are the same.
/// Arguments may differ where that is reported, as free text does in formats
/// that demand an object.
fn same(fixture: &Fixture, before: &ChatResponse, after: &ChatResponse, loss: &LossReport) {
    let context = format!("{} of {}", fixture.name, fixture.dialect.id);
    let (mut said, mut meant) = (corpus::said(after), corpus::said(before));
    if loss.iter().any(|loss| loss.path.ends_with("arguments")) {
        for (_, _, arguments) in said.1.iter_mut().chain(&mut meant.1) {
            arguments.clear();
        }
    }
    assert_eq!(said, meant, "{context}");
    let counts = |response: &ChatResponse| {
        let usage = response.usage.clone().unwrap_or_default();
        (usage.input, usage.output, usage.cache_read.unwrap_or(0))
    };
    assert_eq!(counts(after), counts(before), "{context}");
}

fn text_of(bytes: &Bytes) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
