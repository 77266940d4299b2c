//! How many streams this process serves, in all and to each user.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::id::UserId;
use instruments::Watched;

/// Counts the streams of this process. Clones count together.
#[derive(Debug, Clone)]
pub(crate) struct Seats {
    per_user: usize,
    taken: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// One stream, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    user: UserId,
    _watched: Watched,
}

impl Seats {
    /// None taken; of one user at most `per_user`.
    pub(crate) fn new(per_user: usize) -> Self {
        Self { per_user, taken: Arc::default() }
    }

    /// One more stream of `user`, unless they have as many as allowed.
    pub(crate) fn take(&self, user: UserId) -> Option<Seat> {
        let mut taken = self.lock();
        let own = taken.entry(user).or_default();
        if *own >= self.per_user {
            return None;
        }
        *own += 1;
        Some(Seat { seats: self.clone(), user, _watched: instruments::watched() })
    }

    /// How many streams there are.
    pub(crate) fn taken(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        // Nothing panics while holding it.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        if let Some(own) = taken.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.user);
            }
        }
    }
}
