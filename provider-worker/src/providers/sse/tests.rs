use std::time::Instant;

use futures_util::{FutureExt, stream};

use super::*;

/// The events in `bytes`, arriving in pieces of `size`.
fn read(bytes: &[u8], size: usize) -> Vec<Result<String, String>> {
    let pieces: Vec<_> = bytes.chunks(size).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
    let mut reader = SseReader::new(stream::iter(pieces).boxed());
    let mut events = Vec::new();
    while let Some(event) = reader.next().now_or_never().expect("all pieces are there") {
        events.push(event.map_err(|error| error.to_string()));
    }
    events
}

#[test]
fn every_way_to_write_an_event_is_read_in_pieces_of_any_size() {
    let cases: [(&str, &[&str]); 9] = [
        ("data: a\n\ndata: b\n\n", &["a", "b"]),
        ("data:a\n\ndata:  b\n\n", &["a", " b"]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", &["a", "b"]),
        ("data: a\r\rdata: b\r\r", &["a", "b"]),
        ("data: a\r\n\ndata: b\n\r\n", &["a", "b"]),
        (": hello\n\ndata: a\ndata: b\n\n:\n\n", &["a\nb"]),
        ("\u{feff}data: a\n\n", &["a"]),
        ("event: x\nid: 1\ndata: é🎉\n\n", &["é🎉"]),
        ("data: a\n\ndata: not closed\n", &["a"]),
    ];
    for (text, expected) in cases {
        for size in [1, 2, 3, 5, 1000] {
            let expected: Vec<_> = expected.iter().map(|data| Ok((*data).to_owned())).collect();
            assert_eq!(read(text.as_bytes(), size), expected, "{text:?} by {size}");
        }
    }
}

#[test]
fn what_is_not_text_ends_the_stream() {
    assert_eq!(
        read(b"data: a\n\ndata: \xff\xfe\n\ndata: b\n\n", 4),
        [Ok("a".to_owned()), Err(SseError::NotText.to_string())]
    );
}

#[test]
fn an_event_is_cut_at_its_bound_however_it_is_made() {
    let line = "data: x\r\n".repeat(MAX_EVENT_BYTES / 6);
    let endless = [
        "x".repeat(2 * MAX_EVENT_BYTES),
        format!("data: {}", "x".repeat(2 * MAX_EVENT_BYTES)),
        format!(":{}", "x".repeat(2 * MAX_EVENT_BYTES)),
        line,
    ];
    for text in endless {
        for size in [1400, 65_536] {
            assert_eq!(read(text.as_bytes(), size), [Err(SseError::TooLarge.to_string())]);
        }
    }
}

#[test]
fn many_events_together_may_be_larger_than_one() {
    let one = format!("data: {}\r\n\r\n", "x".repeat(1000));
    let events = read(one.repeat(3000).as_bytes(), 1399);
    assert_eq!(events.len(), 3000);
    assert!(events.iter().all(|event| event.as_ref().is_ok_and(|data| data.len() == 1000)));
}

#[test]
fn the_largest_event_is_read_in_linear_time() {
    let text = format!("data: {}\n\n", "x".repeat(MAX_EVENT_BYTES - 6));
    let begun = Instant::now();
    let events = read(text.as_bytes(), 64);
    assert_eq!(events.len(), 1);
    // A reader that looks at the whole line again with every piece needs minutes in this build.
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
}
