//! Messages that could not be done.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex},
};

use ports::{
    Clock,
    queue::{DeadLetter, DeadPlace, Envelope, Topic},
};
use uuid::Uuid;

use super::topic::{Message, Watch};
use crate::lock::lock;

/// How many dead letters are kept; beyond that the oldest are dropped, with a warning.
pub const MAX_DEAD_LETTERS: usize = 10_000;

/// A dead letter, and whoever wants to know when it is gone.
pub(super) struct Kept {
    pub(super) letter: DeadLetter,
    pub(super) watch: Option<Watch>,
}

impl Kept {
    pub(super) fn id(&self) -> Uuid {
        self.letter.envelope.message_id
    }
}

/// Messages that could not be done, oldest first.
pub(super) struct DeadLetters {
    clock: Arc<dyn Clock>,
    kept: Mutex<VecDeque<Kept>>,
}

impl DeadLetters {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Mutex::default() }
    }

    pub(super) fn add(&self, topic: &Topic, message: Message, why: String) {
        let (topic, envelope) = (topic.clone(), Envelope::clone(&message.envelope));
        let letter = DeadLetter { topic, envelope, why, since: self.clock.now() };
        let dropped = {
            let mut kept = lock(&self.kept);
            kept.push_back(Kept { letter, watch: message.watch });
            if kept.len() > MAX_DEAD_LETTERS { kept.pop_front() } else { None }
        };
        if let Some(Kept { letter: DeadLetter { topic, envelope, why, .. }, .. }) = dropped {
            let message_id = envelope.message_id;
            tracing::warn!(%topic, %message_id, why, "dropped the oldest dead letter: too many");
        }
    }

    pub(super) fn count(&self) -> u64 {
        lock(&self.kept).len() as u64
    }

    pub(super) fn oldest(&self, after: Option<DeadPlace>, limit: usize) -> Vec<DeadLetter> {
        let is_behind = |letter: &&DeadLetter| after.is_none_or(|after| letter.place() > after);
        let kept = lock(&self.kept);
        let mut letters: Vec<_> =
            kept.iter().map(|kept| &kept.letter).filter(is_behind).cloned().collect();
        drop(kept);
        // They stand in the order of their time, unless the clock went back.
        letters.sort_by_key(DeadLetter::place);
        letters.truncate(limit);
        letters
    }

    /// The letters called `message_ids`, without their copies.
    pub(super) fn called(&self, message_ids: &[Uuid]) -> Vec<DeadLetter> {
        let mut wanted: HashSet<&Uuid> = message_ids.iter().collect();
        let kept = lock(&self.kept);
        let found = kept.iter().filter(|kept| wanted.remove(&kept.id()));
        found.map(|kept| kept.letter.clone()).collect()
    }

    /// Takes the letters called `message_ids` out, with all their copies.
    pub(super) fn take(&self, message_ids: &[Uuid]) -> Vec<Kept> {
        let wanted: HashSet<&Uuid> = message_ids.iter().collect();
        let mut kept = lock(&self.kept);
        let (taken, left) = kept.drain(..).partition(|kept| wanted.contains(&kept.id()));
        *kept = left;
        Vec::from(taken)
    }
}
