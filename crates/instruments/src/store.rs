//! What waits where, as the control plane sees it now and then.

use std::time::Duration;

use metrics::{counter, gauge};

use crate::catalogue::{DEAD, JOBS, KEYS, OLDEST, PUBLISHED};

/// A figure that is not known is not a number: one that stood still would be taken for true.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn number(count: Option<u64>) -> f64 {
    count.map_or(f64::NAN, |count| count as f64)
}

/// How many jobs of `pool` are in `state`: ready, running with workers, or delayed.
pub fn jobs(pool: &str, state: &'static str, count: Option<u64>) {
    gauge!(JOBS.name, "pool" => pool.to_owned(), "state" => state).set(number(count));
}

/// For how long the longest waiting job has been due; zero when none waits.
pub fn oldest_queued(age: Option<Duration>) {
    gauge!(OLDEST.name).set(age.map_or(f64::NAN, |age| age.as_secs_f64()));
}

/// How many messages could not be done.
pub fn dead_jobs(count: Option<u64>) {
    gauge!(DEAD.name).set(number(count));
}

/// How many keys of `provider` are in `state`.
pub fn keys(provider: &str, state: &'static str, count: Option<u64>) {
    gauge!(KEYS.name, "provider" => provider.to_owned(), "state" => state).set(number(count));
}

/// A row of the outbox was published, or was not.
pub fn published(is_published: bool) {
    let result = if is_published { "published" } else { "failed" };
    counter!(PUBLISHED.name, "result" => result).increment(1);
}
