//! Streams do not depend on how their bytes are cut, and a stream that is cut
//! off never looks complete.

mod corpus;

use airside_schema::codec::Memo;
use airside_schema::stream::Checker;
use airside_schema::{CodecError, Event, Usage};
use airside_testkit::rechunk;
use airside_wire::sse::Boundary;
use bytes::Bytes;
use corpus::Fixture;
use proptest::prelude::*;

/// The events of a stream in these pieces, and whether the decoder took them.
fn events(fixture: &Fixture, pieces: &[Bytes]) -> (Vec<Event>, Result<(), CodecError>) {
    let mut decoder = fixture.dialect.egress.stream_decoder(&Memo::default());
    let mut events = Vec::new();
    for piece in pieces {
        if let Err(error) = decoder.push(piece.clone(), &mut events) {
            return (events, Err(error));
        }
    }
    decoder.finish(&mut events);
    (events, Ok(()))
}

#[test]
fn the_cut_into_pieces_does_not_matter() {
    for fixture in corpus::fixtures("streams") {
        let whole = corpus::decode_stream(fixture.dialect, &fixture.bytes);
        for pieces in rechunk::every_way(&fixture.bytes) {
            let (events, result) = events(&fixture, &pieces);
            assert_eq!(result, Ok(()), "{}", fixture.name);
            assert_eq!(events, whole, "{} in {} pieces", fixture.name, pieces.len());
        }
    }
}

#[test]
fn an_observer_sees_the_same_in_every_cut() {
    for fixture in corpus::fixtures("streams") {
        let observe = |pieces: &[Bytes]| {
            let mut observer = fixture.dialect.egress.stream_observer();
            let mut boundary = Boundary::new();
            for piece in pieces {
                let frames = boundary.push(piece.clone()).unwrap();
                if !frames.is_empty() {
                    observer.frames(&frames);
                }
            }
            observer.observed().clone()
        };
        let whole = observe(std::slice::from_ref(&fixture.bytes));
        for size in 1..200 {
            let pieces = rechunk::of_size(&fixture.bytes, size);
            assert_eq!(observe(&pieces), whole, "{} by {size}", fixture.name);
        }
    }
}

fn counts(usage: Option<&Usage>) -> Option<[Option<u64>; 5]> {
    let usage = usage?;
    let (input, output) = (Some(usage.input), Some(usage.output));
    Some([input, output, usage.cache_read, usage.cache_write, usage.reasoning])
}

#[test]
fn an_observer_sees_what_a_decoder_decodes() {
    for fixture in corpus::fixtures("streams") {
        let events = corpus::decode_stream(fixture.dialect, &fixture.bytes);
        let mut observer = fixture.dialect.egress.stream_observer();
        observer.frames(&fixture.bytes);
        let observed = observer.observed();
        assert!(observed.complete, "{}", fixture.name);
        let Some(answer) = corpus::fold(&events) else {
            assert!(observed.fault, "{}", fixture.name);
            continue;
        };
        assert!(!observed.fault, "{}", fixture.name);
        assert_eq!(counts(observed.usage.as_ref()), counts(answer.usage.as_ref()));
        assert_eq!(observed.model.clone().unwrap_or_default(), answer.model, "{}", fixture.name);
        let finish = answer.choices.first().and_then(|choice| choice.finish.clone());
        // With several choices it is the one that finished first.
        if answer.choices.len() == 1 {
            assert_eq!(observed.finish, finish, "{}", fixture.name);
        }
        let parts = answer.choices.iter().map(|choice| choice.message.parts.len());
        assert_eq!(observed.content, parts.sum::<usize>() > 0, "{}", fixture.name);
    }
}

#[test]
fn a_stream_cut_at_any_byte_ends_with_a_fault_unless_it_was_complete() {
    for fixture in corpus::fixtures("streams") {
        let whole = corpus::decode_stream(fixture.dialect, &fixture.bytes);
        let said = corpus::fold(&whole).map(|answer| corpus::said(&answer));
        let (mut cuts, mut faults) = (0, 0);
        for end in std::iter::once(0).chain(rechunk::positions(fixture.bytes.len())) {
            cuts += 1;
            let (events, result) = events(&fixture, &[fixture.bytes.slice(..end)]);
            assert_eq!(result, Ok(()), "{} cut at {end}", fixture.name);
            assert_eq!(Checker::check(&events), Ok(()), "{} cut at {end}", fixture.name);
            match corpus::fold(&events) {
                None => faults += 1,
                Some(answer) => {
                    let said = said.as_ref();
                    assert_eq!(Some(&corpus::said(&answer)), said, "{} {end}", fixture.name);
                }
            }
        }
        assert!(faults > cuts / 2, "{}: {faults} faults of {cuts}", fixture.name);
    }
}

#[test]
fn callers_of_every_dialect_see_that_a_stream_was_cut() {
    for fixture in corpus::fixtures("streams") {
        for end in (0..fixture.bytes.len()).step_by(13) {
            let (events, _) = events(&fixture, &[fixture.bytes.slice(..end)]);
            let cut = corpus::fold(&events).is_none();
            for dialect in airside_dialects::chat_dialects() {
                let (body, _) = corpus::encode_stream(dialect, &events, &corpus::reply_cx());
                let again = corpus::decode_stream(dialect, &body);
                let context = format!("{} cut at {end} for {}", fixture.name, dialect.id);
                assert_eq!(corpus::fold(&again).is_none(), cut, "{context}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever an upstream sends, the events obey the laws up to the error.
    #[test]
    fn damaged_streams_obey_the_laws(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        for fixture in corpus::fixtures("streams") {
            let mut bytes = fixture.bytes.to_vec();
            for (at, byte) in &damage {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            let (events, result) = events(&fixture, &[Bytes::from(bytes)]);
            let mut checker = Checker::default();
            for event in &events {
                prop_assert_eq!(checker.event(event), Ok(()), "{}", fixture.name);
            }
            if result.is_ok() {
                prop_assert_eq!(checker.finish(), Ok(()), "{}", fixture.name);
            }
        }
    }

    /// Frames in any order and number do as well.
    #[test]
    fn shuffled_streams_obey_the_laws(
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 1..24),
    ) {
        for fixture in corpus::fixtures("streams") {
            let text = String::from_utf8(fixture.bytes.to_vec()).unwrap().replace("\r\n", "\n");
            let frames: Vec<&str> = text.split_inclusive("\n\n").collect();
            let shuffled: String = picks.iter().map(|pick| frames[pick.index(frames.len())]).collect();
            let (events, result) = events(&fixture, &[Bytes::from(shuffled)]);
            let mut checker = Checker::default();
            for event in &events {
                prop_assert_eq!(checker.event(event), Ok(()), "{}", fixture.name);
            }
            if result.is_ok() {
                prop_assert_eq!(checker.finish(), Ok(()), "{}", fixture.name);
            }
        }
    }
}
