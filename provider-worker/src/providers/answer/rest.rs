//! What follows the last event of an answer.

use std::time::Duration;

use tokio::time::timeout;

use super::SseReader;

/// How long the end of a body is waited for.
const LONGEST: Duration = Duration::from_secs(1);

/// How much may come before it.
const MOST_EVENTS: usize = 16;

/// Reads `events` to the end, beside whatever comes next: a connection serves another call only if the end
/// of its body was read, and that comes a little later than the last event. One that keeps on is closed.
pub(super) fn read(mut events: SseReader) {
    let reading = async move {
        for _ in 0..MOST_EVENTS {
            if !matches!(events.next().await, Some(Ok(_))) {
                return;
            }
        }
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "ends by itself soon, and nothing depends on it"
    )]
    tokio::spawn(timeout(LONGEST, reading));
}
