//! What a worker may touch.

use std::sync::Arc;

use ::ports::{
    Backends, Clock,
    live::{Cancels, KeyPool, LogWriter},
    queue::Queue,
};

/// What a worker may touch.
#[derive(Clone)]
pub struct Ports {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Jobs come from it, reports go to it.
    pub queue: Arc<dyn Queue>,
    /// The logs of the answers under way.
    pub log_writer: Arc<dyn LogWriter>,
    /// Wishes to stop.
    pub cancels: Arc<dyn Cancels>,
    /// Who may use which key when.
    pub keys: Arc<dyn KeyPool>,
}

impl From<&Backends> for Ports {
    fn from(all: &Backends) -> Self {
        Self {
            clock: Arc::clone(&all.clock),
            queue: Arc::clone(&all.queue),
            log_writer: Arc::clone(&all.log_writer),
            cancels: Arc::clone(&all.cancels),
            keys: Arc::clone(&all.keys),
        }
    }
}
