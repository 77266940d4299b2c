//! A clock that can be stopped and turned.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::time::Timestamp;
use ports::{Clock, clock::SystemClock};

/// The time of day, until it is stopped.
#[derive(Default)]
pub struct StoppableClock(Mutex<Option<Timestamp>>);

impl StoppableClock {
    /// From now on it is now.
    pub fn stop(&self) {
        self.turn(Duration::ZERO);
    }

    /// From now on it is so much later, and stays so.
    pub fn turn(&self, by: Duration) {
        let later = self.now() + by;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(later);
    }
}

impl Clock for StoppableClock {
    fn now(&self) -> Timestamp {
        let stopped = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.unwrap_or_else(|| SystemClock.now())
    }
}
