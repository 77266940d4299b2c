//! Calls to ports are made again until they succeed or patience ends.

use std::{fmt::Display, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use tokio::time::{Instant, sleep};

/// The first pause; a blip of a local server is shorter.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause, so that work goes on soon after an outage.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Makes `call` again and again until it succeeds; none begins when `patience` is over, however long the
/// calls and the pauses took. `what` names it in logs.
///
/// One that is under way then is waited for, since ports bound their calls themselves: given up halfway, it
/// may have been done all the same.
///
/// Only for calls that may be made again with the same arguments.
pub(crate) async fn persist<T, E, C, F>(
    patience: Duration,
    what: &'static str,
    call: C,
) -> Result<T, E>
where
    C: FnMut() -> F,
    F: Future<Output = Result<T, E>>,
    E: Display,
{
    let began = Instant::now();
    let pauses = ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times()
        .with_jitter();
    call.retry(pauses)
        .sleep(sleep)
        .adjust(|_, pause| pause.filter(|pause| began.elapsed() + *pause <= patience))
        .notify(|error, pause| tracing::debug!(what, %error, ?pause, "will be tried again"))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls that fail after so long: how many are made, and in what time.
    async fn in_vain(patience: Duration, each: Duration) -> (u32, Duration) {
        let (began, mut calls) = (Instant::now(), 0);
        let call = || {
            calls += 1;
            async move {
                sleep(each).await;
                Err::<(), _>("away")
            }
        };
        persist(patience, "in vain", call).await.unwrap_err();
        (calls, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_calls_take_counts_as_well() {
        let secs = Duration::from_secs;
        for (patience, each) in [(60, 0), (60, 10), (600, 10), (5, 10), (2, 1)] {
            let (calls, took) = in_vain(secs(patience), secs(each)).await;
            assert!(took <= secs(patience + each), "{patience}, {each}: {took:?}");
            // One more pause and call would not have fitted; pauses are doubled by chance.
            assert!(took + 2 * LONGEST_PAUSE + secs(each) >= secs(patience), "{took:?}");
            assert!(each < patience || calls == 1, "{patience}, {each}: {calls}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_succeeds_at_last_is_answered() {
        let began = Instant::now();
        let call = || async move {
            let is_back = began.elapsed() > Duration::from_secs(30);
            if is_back { Ok(()) } else { Err("away") }
        };
        assert_eq!(persist(Duration::from_mins(1), "at last", call).await, Ok(()));
        assert!(began.elapsed() < Duration::from_secs(35));
    }
}
