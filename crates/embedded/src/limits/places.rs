//! The place each user has for a generation under way.

use std::{
    collections::{HashMap, hash_map::Entry},
    time::Duration,
};

use domain::{
    id::{GenerationId, UserId},
    time::Timestamp,
};
use ports::live::InFlight;

/// Longer than any generation lives; a longer expiry would only overflow.
const LONGEST_EXPIRY: Duration = Duration::from_hours(366 * 24);

/// Who has a place, for which generation, until when.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<UserId, (GenerationId, Timestamp)>);

impl Places {
    pub(super) fn acquire(
        &mut self,
        user: UserId,
        generation: GenerationId,
        expiry: Duration,
        now: Timestamp,
    ) -> InFlight {
        let until = now + expiry.min(LONGEST_EXPIRY);
        if let Some((holder, held_until)) = self.0.get(&user)
            && *holder != generation
            && *held_until > now
        {
            return InFlight::HeldBy(*holder);
        }
        self.0.insert(user, (generation, until));
        InFlight::Acquired
    }

    pub(super) fn release(&mut self, user: UserId, generation: GenerationId) {
        if let Entry::Occupied(place) = self.0.entry(user)
            && place.get().0 == generation
        {
            place.remove();
        }
    }

    pub(super) fn forget_expired(&mut self, now: Timestamp) {
        self.0.retain(|_, (_, until)| *until > now);
        self.0.shrink_to_fit();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
