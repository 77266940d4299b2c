//! When the leases of logs were renewed, so that not every append has to.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use domain::id::GenerationId;
use ports::live::Writer;
use tokio::time::Instant;

use crate::lock::lock;

/// Which part of a lease goes by before it is renewed, at most.
const PART: u32 = 16;

/// The leases of the logs that this process writes.
///
/// Reading the clock and noting the lease's end is a third of what a usual append costs in Redis. So a
/// lease is renewed only when a small part of it has gone by, and may be shorter by that much.
pub(crate) struct Leases {
    length: Duration,
    renewed: Mutex<HashMap<(GenerationId, u64), Instant>>,
}

impl Leases {
    /// Of leases that last for `length`.
    pub(crate) fn of(length: Duration) -> Self {
        Self { length, renewed: Mutex::default() }
    }

    fn every(&self) -> Duration {
        self.length / PART
    }

    /// Whether an append at `now` has to renew the lease of `writer`. Whoever is told so does it.
    pub(crate) fn claim(&self, writer: &Writer, now: Instant) -> bool {
        let mut renewed = lock(&self.renewed);
        let every = self.every();
        if renewed.get(&key(writer)).is_some_and(|at| now < *at + every) {
            return false;
        }
        // Those who are gone are forgotten with the next one; of the others it costs a renewal at most.
        renewed.retain(|_, at| now < *at + every);
        renewed.insert(key(writer), now);
        true
    }

    /// Nobody knows whether the lease of `writer` was renewed.
    pub(crate) fn forget(&self, writer: &Writer) {
        lock(&self.renewed).remove(&key(writer));
    }
}

/// Fences tell openings of one log apart.
fn key(writer: &Writer) -> (GenerationId, u64) {
    (writer.generation, writer.fence)
}

#[cfg(test)]
mod tests {
    use domain::time::Timestamp;

    use super::*;

    fn writer(fence: u64) -> Writer {
        let generation = GenerationId::generate(Timestamp::UNIX_EPOCH);
        Writer { generation, attempt: 1, fence, max_bytes: u64::MAX }
    }

    #[test]
    fn a_lease_is_renewed_when_a_sixteenth_is_over() {
        let leases = Leases::of(Duration::from_secs(16));
        let writer = writer(1);
        let other = Writer { fence: 2, ..writer.clone() };
        let begin = Instant::now();
        let steps = [
            (0, &writer, true),
            (10, &writer, false),
            (20, &other, true),
            (999, &writer, false),
            (1000, &writer, true),
            (1019, &other, false),
            (1020, &other, true),
            (1999, &writer, false),
        ];
        for (ms, writer, expected) in steps {
            let now = begin + Duration::from_millis(ms);
            assert_eq!(leases.claim(writer, now), expected, "{ms} ms, fence {}", writer.fence);
        }
        leases.forget(&writer);
        assert!(leases.claim(&writer, begin + Duration::from_millis(1999)));
    }

    #[test]
    fn writers_who_are_gone_take_no_room() {
        let leases = Leases::of(Duration::from_secs(16));
        let begin = Instant::now();
        for fence in 0..100 {
            leases.claim(&writer(fence), begin + Duration::from_secs(fence));
        }
        assert_eq!(lock(&leases.renewed).len(), 1);
    }
}
