//! How a log is forgotten: first its entries, then that it was.

use std::time::Duration;

use domain::time::Timestamp;

use super::{Log, Phase};

/// A log that nobody has touched for so long belongs to no job any more: the longest wait of the
/// default retry ladder is one day. If a job comes all the same, it finds its log lost, and copes.
const ABANDONED_AFTER: Duration = Duration::from_hours(3 * 24);

/// When what is forgotten.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expiry {
    entries_at: Timestamp,
    tombstone_at: Timestamp,
    /// The entries are gone already.
    is_tombstone: bool,
}

impl Log {
    /// See `EventLog::expire`.
    pub(in crate::log) fn expire(
        &mut self,
        now: Timestamp,
        entries: Duration,
        tombstone: Duration,
    ) {
        if matches!(self.phase, Phase::Blank) {
            return;
        }
        let is_tombstone = self.is_tombstone();
        let entries_at = after(now, entries);
        let tombstone_at = after(now, tombstone).max(entries_at);
        self.expiry = Some(Expiry { entries_at, tombstone_at, is_tombstone });
        self.expire_due(now);
    }

    /// Forgets what is to be forgotten by `now`.
    pub(in crate::log) fn expire_due(&mut self, now: Timestamp) {
        match self.expiry {
            Some(expiry) if now >= expiry.tombstone_at => self.forget(),
            Some(expiry) if now >= expiry.entries_at => self.drop_entries(),
            None if self.touched.is_some_and(|at| now >= after(at, ABANDONED_AFTER)) => {
                self.forget();
            }
            _ => {}
        }
    }

    /// Whether only the end is remembered, and since when.
    pub(in crate::log) fn tombstone_since(&self) -> Option<Timestamp> {
        self.expiry.filter(|expiry| expiry.is_tombstone).map(|expiry| expiry.entries_at)
    }

    pub(super) fn is_tombstone(&self) -> bool {
        self.tombstone_since().is_some()
    }

    /// Entries were added to what was only a tombstone: they stay until their expiry is asked for.
    pub(super) fn revive(&mut self) {
        if self.is_tombstone() {
            self.expiry = None;
        }
    }

    fn drop_entries(&mut self) {
        if !matches!(self.phase, Phase::Sealed { .. } | Phase::Concluded { .. }) {
            return self.forget();
        }
        self.begin_after(self.last());
        if let Some(expiry) = &mut self.expiry {
            expiry.is_tombstone = true;
        }
    }

    /// Forgets all but the last number, lest a number be given again.
    pub(in crate::log) fn forget(&mut self) {
        *self = Self { base: self.last().max(self.claimed), ..Self::default() };
    }
}

/// `wait` after `now`; the end of time when the calendar does not reach so far.
fn after(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = chrono::Duration::from_std(wait).unwrap_or(chrono::Duration::MAX);
    now.checked_add_signed(wait).unwrap_or(Timestamp::MAX_UTC)
}
