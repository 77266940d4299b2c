//! Jobs, as workers see them.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::catalogue::{COMPLETED, QUEUE_WAIT, RETRIES, SLOTS, SLOTS_BUSY};

/// The first attempt of a generation began, so long after its acceptance.
pub fn job_began(pool: &str, waited: Duration) {
    histogram!(QUEUE_WAIT.name, "pool" => pool.to_owned()).record(waited);
}

/// A generation ended; `reason` is the stable code of a failure, or empty.
pub fn job_completed(pool: &str, outcome: &'static str, reason: &str) {
    let labels =
        [("pool", pool.to_owned()), ("outcome", outcome.to_owned()), ("reason", reason.to_owned())];
    counter!(COMPLETED.name, &labels).increment(1);
}

/// An attempt will be made again after the `rung`th wait of the ladder; 0 when a key is waited for.
pub fn job_retried(pool: &str, reason: &str, rung: u32) {
    let labels =
        [("pool", pool.to_owned()), ("reason", reason.to_owned()), ("rung", rung.to_string())];
    counter!(RETRIES.name, &labels).increment(1);
}

/// How many jobs of `pool` this worker takes at once.
pub fn slots(pool: &str, count: u16) {
    gauge!(SLOTS.name, "pool" => pool.to_owned()).set(f64::from(count));
}

/// A slot in use, until it is dropped.
#[derive(Debug)]
pub struct Slot(metrics::Gauge);

/// A job of `pool` takes a slot as long as the answer lives.
#[must_use]
pub fn slot_taken(pool: &str) -> Slot {
    let gauge = gauge!(SLOTS_BUSY.name, "pool" => pool.to_owned());
    gauge.increment(1);
    Slot(gauge)
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
