//! What the broker said a moment ago of queues that are not there, or not this account's to declare.
//!
//! It closes a channel with each such word, and the client loses the channel's number (see [`Line`](crate::line::Line)). So
//! what many wait for is asked for once in a while.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How long a word counts. A queue that is declared meanwhile is found as much later.
const COUNTS: Duration = Duration::from_secs(1);

/// Whether queues are there, by name.
#[derive(Default)]
pub(crate) struct Memory {
    words: Mutex<HashMap<String, (Instant, bool)>>,
}

impl Memory {
    /// Whether `queue` was there, if that was asked a moment ago.
    pub(crate) fn is_there(&self, queue: &str) -> Option<bool> {
        let words = self.lock();
        let (at, is_there) = words.get(queue)?;
        (at.elapsed() < COUNTS).then_some(*is_there)
    }

    pub(crate) fn note(&self, queue: &str, is_there: bool) {
        self.lock().insert(queue.to_owned(), (Instant::now(), is_there));
    }

    /// The broker may be another.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (Instant, bool)>> {
        // Nothing panics while holding it.
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_is_forgotten() {
        let memory = Memory::default();
        memory.note("missing", false);
        memory.note("left to others", true);
        advance(Duration::from_millis(900)).await;
        let said = ["missing", "left to others", "unknown"].map(|queue| memory.is_there(queue));
        assert_eq!(said, [Some(false), Some(true), None]);
        advance(Duration::from_millis(100)).await;
        assert_eq!(memory.is_there("missing"), None);
    }
}
