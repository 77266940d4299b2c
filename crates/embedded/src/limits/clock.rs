//! The house's clock, as governor reads it.

use std::{sync::Arc, time::Duration};

use domain::time::Timestamp;
use ports::Clock;

/// Time since its making, by the house's clock.
#[derive(Clone)]
pub(super) struct PortClock {
    clock: Arc<dyn Clock>,
    began: Timestamp,
}

impl PortClock {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let began = clock.now();
        Self { clock, began }
    }
}

impl governor::clock::Clock for PortClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        // Set back beyond its making, the clock shows no time at all.
        (self.clock.now() - self.began).to_std().unwrap_or_default()
    }
}
