use ::ports::live::Writer;
use domain::id::GenerationId;

use super::*;

fn delta(text: &str) -> Event {
    Event::Delta { delta: text.to_owned() }
}

fn retry(discard_from_seq: Option<u64>) -> Event {
    Event::Retry { attempt: 2, discard_from_seq, reason: "r".to_owned(), retry_at: None }
}

/// An opening that inherits `events`, the first numbered `first`, and goes on at `next_seq`.
fn opening(first: u64, events: &[Event], next_seq: u64) -> Opening {
    let entry = |(seq, event): (u64, &Event)| LogEntry { seq, json: event.to_json().into() };
    let generation = GenerationId::generate(testkit::clock::epoch());
    Opening {
        writer: Writer { generation, attempt: 2, fence: 1 },
        next_seq,
        inherited: (first..).zip(events).map(entry).collect(),
    }
}

#[test]
fn text_is_voided_exactly_when_somebody_may_have_seen_it() {
    let status =
        || Event::Status { status: Status::Streaming, attempt: 1, model: "m".to_owned() };
    let cases: [(u64, Opening, Option<u64>); 8] = [
        (0, opening(1, &[], 1), None),
        (4, opening(5, &[], 5), None),
        (0, opening(1, &[status()], 2), None),
        (0, opening(1, &[status(), delta("a"), delta("b")], 4), Some(2)),
        (0, opening(1, &[delta("a"), retry(Some(1))], 3), None),
        (0, opening(1, &[delta("a"), retry(Some(1)), delta("b")], 4), Some(3)),
        (0, opening(1, &[delta("a"), retry(None)], 3), Some(1)),
        (4, opening(1, &[], 9_000_000), Some(5)),
    ];
    for (reported, opening, expected) in cases {
        assert_eq!(text_to_void(&opening, reported), expected, "{opening:?}");
    }
}
