//! What a page has seen of the stream of a chat.

use std::fmt;

use domain::{id::GenerationId, time::Timestamp};

/// What a page has seen of the stream of a chat, which it says when it comes back: the last `id:` it was sent. Its
/// text is read by `extract::ChatPosition`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// All before a generation, and of that the events up to a number.
    Event(GenerationId, u64),
    /// No event since it came, at this time.
    NothingSince(Timestamp),
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(generation, seq) => write!(f, "{generation}:{seq}"),
            Self::NothingSince(came) => write!(f, "@{}", came.timestamp_micros()),
        }
    }
}
