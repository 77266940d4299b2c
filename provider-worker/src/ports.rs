//! What a worker may touch.

use std::sync::Arc;

use ::ports::{
    Broker, Clock, Live,
    live::{Cancels, Controls, KeyPool, LogWriter},
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
    /// What operators want of it.
    pub controls: Arc<dyn Controls>,
}

impl Ports {
    /// What a worker may touch of an installation.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, broker: &Broker, live: Live) -> Self {
        Self {
            clock,
            queue: Arc::clone(&broker.queue),
            log_writer: live.log_writer,
            cancels: live.cancels,
            keys: live.keys,
            controls: live.controls,
        }
    }
}
