//! What waits where, as the control plane sees it now and then.

use std::time::Duration;

use metrics::{counter, gauge};

use crate::catalogue::{DEAD, JOBS, KEYS, OLDEST, PUBLISHED};

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

/// How many jobs of `pool` are ready, out with workers, and delayed.
pub fn jobs_waiting(pool: &str, ready: u64, running: u64, delayed: u64) {
    for (state, count) in [("ready", ready), ("running", running), ("delayed", delayed)] {
        gauge!(JOBS.name, "pool" => pool.to_owned(), "state" => state).set(number(count));
    }
}

/// For how long the longest waiting job has been due; zero when none waits.
pub fn oldest_queued(age: Duration) {
    gauge!(OLDEST.name).set(age.as_secs_f64());
}

/// How many messages could not be done.
pub fn dead_jobs(count: u64) {
    gauge!(DEAD.name).set(number(count));
}

/// How many keys of `provider` are in `state`.
pub fn keys(provider: &str, state: &'static str, count: u64) {
    gauge!(KEYS.name, "provider" => provider.to_owned(), "state" => state).set(number(count));
}

/// A row of the outbox was published, or was not.
pub fn published(is_published: bool) {
    let result = if is_published { "published" } else { "failed" };
    counter!(PUBLISHED.name, "result" => result).increment(1);
}
