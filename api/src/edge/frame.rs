//! Server-sent events as bytes.
//!
//! An event's JSON goes out as it stands in the log. JSON text holds no line break outside of an
//! escape, so no content can forge a frame.

use bytes::{Bytes, BytesMut};
use domain::event::SeqEvent;
use ports::live::LogEntry;

use super::{chat::Seen, voice::Voice};

/// What browsers wait before they reconnect, in milliseconds.
const RETRY: u64 = 2000;
/// `id: `, 19 digits, `data: ` and three line breaks, rounded up.
const AROUND: usize = 32;
/// How the JSON of the last event of every stream begins.
const DONE: &[u8] = br#"{"type":"done""#;

/// The first frame of every stream.
pub(super) fn greeting() -> Bytes {
    retry(RETRY)
}

/// The same of a stream whose page has seen `seen`: one that loses it before the first event comes back with that.
/// A frame without data is no event.
pub(super) fn greeting_at(seen: Seen) -> Bytes {
    format!("retry: {RETRY}\nid: {seen}\n\n").into()
}

/// A frame that changes how long browsers wait before they reconnect.
fn retry(millis: u64) -> Bytes {
    format!("retry: {millis}\n\n").into()
}

/// Between which times browsers come back after a shutdown, in milliseconds: not all at once.
const COME_BACK: std::ops::Range<u64> = 1000..4000;

/// The last frame when the process ends; browsers are told when to come back.
pub(super) fn come_back() -> Bytes {
    retry(rand::random_range(COME_BACK))
}

/// A frame that says nothing, so that nobody on the way takes the connection for dead.
pub(super) const HEARTBEAT: Bytes = Bytes::from_static(b": hb\n\n");

/// Frames of a batch of events, in one piece.
#[derive(Debug)]
pub(super) struct Frames {
    voice: Voice,
    bytes: BytesMut,
    last: u64,
    ended: bool,
}

impl Frames {
    /// No frames yet; events numbered up to `after` are left out.
    pub(super) fn after(voice: Voice, after: u64) -> Self {
        Self { voice, bytes: BytesMut::new(), last: after, ended: false }
    }

    /// The frames of entries of a log.
    pub(super) fn of_log(voice: Voice, after: u64, entries: &[LogEntry]) -> Self {
        let mut frames = Self::after(voice, after);
        let size = entries.iter().map(|entry| entry.json.len() + AROUND).sum();
        frames.bytes.reserve(size);
        for entry in entries {
            frames.push(entry.seq, &entry.json);
        }
        frames
    }

    /// The frames of events out of the archive.
    pub(super) fn of_events(voice: Voice, after: u64, events: &[SeqEvent]) -> Self {
        let mut frames = Self::after(voice, after);
        for entry in events {
            frames.push(entry.seq, entry.event.to_json().as_bytes());
        }
        frames
    }

    fn push(&mut self, seq: u64, json: &[u8]) {
        if seq <= self.last {
            return;
        }
        debug_assert!(!json.contains(&b'\n'), "JSON of ours stands on one line");
        self.last = seq;
        self.ended = json.starts_with(DONE);
        self.bytes.reserve(json.len() + AROUND);
        self.voice.write(&mut self.bytes, seq, json);
    }

    /// The number of the last event framed.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// Whether nothing follows.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// All of them; none if there are none.
    pub(super) fn into_bytes(self) -> Option<Bytes> {
        (!self.bytes.is_empty()).then(|| self.bytes.freeze())
    }
}

#[cfg(test)]
mod tests {
    use domain::{event::Event, generation::Status};

    use super::*;

    fn delta(seq: u64, text: &str) -> SeqEvent {
        SeqEvent { seq, event: Event::Delta { delta: text.to_owned() } }
    }

    #[test]
    fn a_batch_is_one_piece_without_what_was_seen() {
        let frames =
            Frames::of_events(Voice::Generation, 1, &[delta(1, "a"), delta(2, "b"), delta(3, "c")]);
        assert_eq!((frames.last(), frames.ended()), (3, false));
        let bytes = frames.into_bytes().unwrap();
        let expected = "id: 2\ndata: {\"type\":\"delta\",\"delta\":\"b\"}\n\n\
                        id: 3\ndata: {\"type\":\"delta\",\"delta\":\"c\"}\n\n";
        assert_eq!(bytes, expected);
    }

    #[test]
    fn nothing_new_is_no_frame() {
        assert!(Frames::of_events(Voice::Generation, 7, &[delta(7, "a")]).into_bytes().is_none());
    }

    #[test]
    fn the_end_is_noticed() {
        let event = Event::Done { status: Status::Failed, message_id: None };
        let done = SeqEvent { seq: 2, event };
        assert!(Frames::of_events(Voice::Generation, 0, &[delta(1, "x"), done]).ended());
        assert!(!Frames::of_events(Voice::Generation, 0, &[delta(1, r#"{"type":"done""#)]).ended());
    }

    /// Security case 64.
    #[test]
    fn no_text_forges_a_frame() {
        let text = "\n\ndata: {\"type\":\"done\"}\r\n\rid: 9\u{2028}";
        let bytes =
            Frames::of_events(Voice::Generation, 0, &[delta(1, text)]).into_bytes().unwrap();
        let lines: Vec<&[u8]> = bytes.split(|b| matches!(b, b'\n' | b'\r')).collect();
        assert_eq!(lines.len(), 4, "one id, one data, two ends");
    }

    #[test]
    fn a_log_entry_goes_out_as_it_stands() {
        let json = Bytes::from_static(br#"{"type":"later","x":1}"#);
        let frames = Frames::of_log(Voice::Generation, 0, &[LogEntry { seq: 1, json }]);
        assert_eq!(frames.into_bytes().unwrap(), "id: 1\ndata: {\"type\":\"later\",\"x\":1}\n\n");
    }
}
