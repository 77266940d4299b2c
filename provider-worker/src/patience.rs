//! Calls to ports are made again until they succeed or patience ends.

use std::{fmt::Display, time::Duration};

use backon::{ExponentialBuilder, Retryable};

/// The first pause; a blip of a local server is shorter.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause, so that work goes on soon after an outage.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Makes `call` again and again, up to `patience` in all, until it succeeds. `what` names it in logs.
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
    let pauses = ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_total_delay(Some(patience))
        .without_max_times()
        .with_jitter();
    call.retry(pauses)
        .sleep(tokio::time::sleep)
        .notify(|error, pause| tracing::debug!(what, %error, ?pause, "will be tried again"))
        .await
}
