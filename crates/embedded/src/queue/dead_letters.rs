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

use crate::lock::lock;

/// How many dead letters are kept; beyond that the oldest are dropped, with a warning.
pub const MAX_DEAD_LETTERS: usize = 10_000;

/// Messages that could not be done, oldest first.
pub(super) struct DeadLetters {
    clock: Arc<dyn Clock>,
    letters: Mutex<VecDeque<DeadLetter>>,
}

impl DeadLetters {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, letters: Mutex::default() }
    }

    pub(super) fn add(&self, topic: &Topic, envelope: Envelope, why: String) {
        let topic = topic.clone();
        let letter = DeadLetter { topic, envelope, why, since: self.clock.now() };
        let dropped = {
            let mut letters = lock(&self.letters);
            letters.push_back(letter);
            if letters.len() > MAX_DEAD_LETTERS { letters.pop_front() } else { None }
        };
        if let Some(DeadLetter { topic, envelope, why, .. }) = dropped {
            let message_id = envelope.message_id;
            tracing::warn!(%topic, %message_id, why, "dropped the oldest dead letter: too many");
        }
    }

    pub(super) fn count(&self) -> u64 {
        lock(&self.letters).len() as u64
    }

    pub(super) fn oldest(&self, after: Option<DeadPlace>, limit: usize) -> Vec<DeadLetter> {
        let is_behind = |letter: &&DeadLetter| after.is_none_or(|after| letter.place() > after);
        let mut letters: Vec<_> = lock(&self.letters).iter().filter(is_behind).cloned().collect();
        // They stand in the order of their time, unless the clock went back.
        letters.sort_by_key(DeadLetter::place);
        letters.truncate(limit);
        letters
    }

    /// The letters called `message_ids`, without their copies.
    pub(super) fn called(&self, message_ids: &[Uuid]) -> Vec<DeadLetter> {
        let mut wanted: HashSet<&Uuid> = message_ids.iter().collect();
        let letters = lock(&self.letters);
        let found = letters.iter().filter(|letter| wanted.remove(&letter.envelope.message_id));
        found.cloned().collect()
    }

    /// Takes the letters called `message_ids` out, with all their copies.
    pub(super) fn take(&self, message_ids: &[Uuid]) -> Vec<DeadLetter> {
        let wanted: HashSet<&Uuid> = message_ids.iter().collect();
        let mut letters = lock(&self.letters);
        let is_wanted = |letter: &DeadLetter| wanted.contains(&letter.envelope.message_id);
        let (taken, left) = letters.drain(..).partition(is_wanted);
        *letters = left;
        Vec::from(taken)
    }
}
