use domain::generation::Status;

use super::*;

fn delta(text: &str) -> Event {
    Event::Delta { delta: text.to_owned() }
}

fn retry(discard_from_seq: Option<u64>) -> Event {
    Event::Retry { attempt: 2, discard_from_seq, reason: "r".to_owned(), retry_at: None }
}

/// The entries of `events`, the first numbered `first`.
fn entries(first: u64, events: &[Event]) -> Vec<LogEntry> {
    let entry = |(seq, event): (u64, &Event)| LogEntry { seq, json: event.to_json().into() };
    (first..).zip(events).map(entry).collect()
}

#[test]
fn text_is_voided_exactly_when_somebody_may_have_seen_it() {
    let status = || Event::Status { status: Status::Streaming, attempt: 1, model: "m".to_owned() };
    let cases: [(u64, Vec<LogEntry>, u64, Option<u64>); 8] = [
        (0, entries(1, &[]), 1, None),
        (4, entries(5, &[]), 5, None),
        (0, entries(1, &[status()]), 2, None),
        (0, entries(1, &[status(), delta("a"), delta("b")]), 4, Some(2)),
        (0, entries(1, &[delta("a"), retry(Some(1))]), 3, None),
        (0, entries(1, &[delta("a"), retry(Some(1)), delta("b")]), 4, Some(3)),
        (0, entries(1, &[delta("a"), retry(None)]), 3, Some(1)),
        (4, entries(5, &[]), 9_000_000, Some(5)),
    ];
    for (reported, inherited, next_seq, expected) in cases {
        assert_eq!(text_to_void(&inherited, next_seq, reported), expected, "{inherited:?}");
    }
}
