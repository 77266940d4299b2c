//! The end of a log, and the wish for it.

use std::mem;

use bytes::Bytes;
use ports::live::Concluded;

use super::{Log, Phase};

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
            Phase::Held { .. } | Phase::Parked { .. } => None,
        };
        let before = first_seq.saturating_sub(1).max(self.claimed);
        if before > self.last() {
            // Entries are missing in between that nobody can bring any more.
            self.begin_after(before);
        }
        self.terminal = events.len();
        self.entries.extend(events);
        self.entries.shrink_to_fit();
        self.phase = Phase::Concluded { note };
        self.revive();
        Concluded::Concluded
    }

    /// Notes the wish to stop. Answers whether it can still make a difference.
    pub(in crate::log) fn cancel(&mut self) -> bool {
        let has_ended = matches!(self.phase, Phase::Sealed { .. } | Phase::Concluded { .. });
        self.canceled |= !has_ended;
        !has_ended
    }
}
