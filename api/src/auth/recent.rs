//! What the store said lately, believed for a minute.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::TimeDelta;
use domain::time::Timestamp;

/// How long an answer of the store holds: what another process has ended is over here after at most this.
const FRESH: TimeDelta = TimeDelta::seconds(60);
/// Beyond this the memory is emptied; everything is asked for once more.
const MEMORY: usize = 10_000;

/// What the store said of some things lately.
#[derive(Debug)]
pub(super) struct Recent<K, V>(Mutex<Memory<K, V>>);

#[derive(Debug)]
struct Memory<K, V> {
    known: HashMap<K, (Timestamp, V)>,
    /// How often this process changed something of it.
    changes: u64,
}

/// Begun before the store is asked. What it answers is no longer known to be true if something was changed
/// meanwhile: perhaps this very thing, after the store had looked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    changes: u64,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Memory { known: HashMap::new(), changes: 0 }))
    }
}

impl<K: Eq + Hash, V: Copy> Recent<K, V> {
    /// What is known of `key` at `at`.
    pub(super) fn get(&self, key: &K, at: Timestamp) -> Option<V> {
        let memory = self.lock();
        let (asked, value) = memory.known.get(key)?;
        (at - *asked < FRESH).then_some(*value)
    }

    /// The store is to be asked.
    pub(super) fn ask(&self) -> Asking {
        Asking { changes: self.lock().changes }
    }

    /// Takes down what the store said of `key` after `asking` was begun.
    pub(super) fn remember(&self, asking: Asking, key: K, value: V, at: Timestamp) {
        let mut memory = self.lock();
        if memory.changes != asking.changes {
            return;
        }
        if memory.known.len() >= MEMORY {
            memory.known.clear();
        }
        memory.known.insert(key, (at, value));
    }

    /// Asks the store anew for whatever comes: this process has changed something.
    pub(super) fn forget(&self) {
        let mut memory = self.lock();
        memory.known.clear();
        memory.changes += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Memory<K, V>> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn what_the_store_said_is_known_for_a_minute() {
        let recent = Recent::default();
        assert_eq!(recent.get(&1, epoch()), None);
        recent.remember(recent.ask(), 1, 'a', epoch());
        assert_eq!(recent.get(&1, epoch() + FRESH - TimeDelta::milliseconds(1)), Some('a'));
        assert_eq!(recent.get(&1, epoch() + FRESH), None);
        recent.forget();
        assert_eq!(recent.get(&1, epoch()), None);
    }

    /// Security case 97.
    #[test]
    fn what_the_store_said_before_a_change_is_not_kept_after_it() {
        let recent = Recent::default();
        let asking = recent.ask();
        recent.forget();
        recent.remember(asking, 1, 'a', epoch());
        assert_eq!(recent.get(&1, epoch()), None);
        recent.remember(recent.ask(), 1, 'b', epoch());
        assert_eq!(recent.get(&1, epoch()), Some('b'));
    }
}
