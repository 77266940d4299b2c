//! How many streams of each user are served by which process.

use std::{collections::HashMap, time::Duration};

use domain::{id::UserId, time::Timestamp};
use ports::live::{Process, Seating};

/// Longer than anybody is silent; more would only overflow.
const LONGEST_KEPT: Duration = Duration::from_hours(366 * 24);

/// What a process said: how many streams it serves, and until when that holds.
type Word = (u32, Timestamp);

/// What the processes said of each user, by their names.
#[derive(Debug, Default)]
pub(super) struct Seats(HashMap<UserId, HashMap<String, Word>>);

impl Seats {
    pub(super) fn take(
        &mut self,
        process: Process<'_>,
        user: UserId,
        streams: u32,
        most: u32,
        now: Timestamp,
    ) -> Seating {
        let (mut own, mut others) = (0, 0);
        for (name, (serves, until)) in self.0.get(&user).into_iter().flatten() {
            match name == process.name {
                _ if *until <= now => {}
                true => own = *serves,
                false => others += u64::from(*serves),
            }
        }
        if others + u64::from(streams) > most.into() {
            return Seating::Full;
        }
        self.keep(process, user, streams.max(own), now);
        Seating::Free
    }

    pub(super) fn keep(
        &mut self,
        process: Process<'_>,
        user: UserId,
        streams: u32,
        now: Timestamp,
    ) {
        let said = self.0.entry(user).or_default();
        said.retain(|name, (_, until)| *until > now && name != process.name);
        if streams > 0 {
            let until = now + process.kept.min(LONGEST_KEPT);
            said.insert(process.name.to_owned(), (streams, until));
        }
        if said.is_empty() {
            self.0.remove(&user);
        }
    }

    pub(super) fn forget_expired(&mut self, now: Timestamp) {
        self.0.retain(|_, said| {
            said.retain(|_, (_, until)| *until > now);
            !said.is_empty()
        });
        self.0.shrink_to_fit();
    }

    /// Of how many users something is known.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
