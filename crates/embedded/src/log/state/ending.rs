//! The end of a log, and the wish for it.

use std::mem;

use bytes::{Bytes, BytesMut};
use ports::live::Concluded;

use super::{Log, Phase, writing::size};

impl Log {
    /// See `EventLog::conclude`.
    ///
    /// No number gets two contents: when entries are there that the caller does not know of, the
    /// terminal events come after those.
    pub(in crate::log) fn conclude(&mut self, first_seq: u64, events: Vec<Bytes>) -> Concluded {
        let note = match mem::take(&mut self.phase) {
            concluded @ Phase::Concluded { .. } => {
                self.phase = concluded;
                return Concluded::Already;
            }
            Phase::Sealed { note } => Some(note),
            Phase::Blank => {
                self.begin_after(first_seq.saturating_sub(1));
                None
            }
            Phase::Held(_) | Phase::Parked { .. } => None,
        };
        let before = first_seq.saturating_sub(1).max(self.claimed);
        if before > self.last() {
            // Entries are missing in between that nobody can bring any more.
            self.begin_after(before);
        }
        self.terminal = events.len();
        self.bytes += size(&events);
        self.entries.extend(events);
        self.compact();
        self.phase = Phase::Concluded { note };
        self.revive();
        Concluded::Concluded
    }

    /// Copies the entries into one piece of memory. While they are written they share theirs with
    /// the worker; an ended log has it alone, for much longer, and most of it would be overhead.
    fn compact(&mut self) {
        let mut all = BytesMut::with_capacity(self.entries.iter().map(Bytes::len).sum());
        self.entries.iter().for_each(|entry| all.extend_from_slice(entry));
        let mut all = all.freeze();
        self.entries.iter_mut().for_each(|entry| *entry = all.split_to(entry.len()));
        self.entries.shrink_to_fit();
    }

    /// Notes the wish to stop. Answers whether it can still make a difference.
    pub(in crate::log) fn cancel(&mut self) -> bool {
        let has_ended = matches!(self.phase, Phase::Sealed { .. } | Phase::Concluded { .. });
        self.canceled |= !has_ended;
        !has_ended
    }
}
