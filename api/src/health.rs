//! Whether this process gets its work done.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// What the chores last saw of the queue.
#[derive(Debug)]
pub(crate) struct Health {
    consuming: AtomicBool,
    publishing: AtomicBool,
}

impl Default for Health {
    fn default() -> Self {
        Self { consuming: AtomicBool::new(false), publishing: AtomicBool::new(true) }
    }
}

impl Health {
    /// The settler is, or is not, subscribed.
    pub(crate) fn set_consuming(&self, is: bool) {
        self.consuming.store(is, Relaxed);
    }

    /// The last publish did, or did not, succeed.
    pub(crate) fn set_publishing(&self, is: bool) {
        self.publishing.store(is, Relaxed);
    }

    /// Whether the last publish succeeded.
    pub(crate) fn publishes(&self) -> bool {
        self.publishing.load(Relaxed)
    }

    /// Whether the queue answers.
    pub(crate) fn queue_answers(&self) -> bool {
        self.consuming.load(Relaxed) && self.publishes()
    }
}
