//! Waits for entries that a queue in this process has taken, and would lose with it.

use std::time::Duration;

use domain::id::OutboxId;
use futures_util::{StreamExt, stream::FuturesUnordered};
use ports::queue::Safe;
use tokio::{sync::mpsc, time::timeout};

/// How long whoever keeps the books has for the last entries. What is not booked by then is published again by the
/// next relay, and the books know an entry they have.
const LAST: Duration = Duration::from_secs(2);

/// An entry, and what waits until it is safe.
pub(super) type Watched = (OutboxId, Safe);

/// Hands on those of `watched` that are safe now, until no more can come; then the last for a while.
pub(super) async fn watch(
    mut watched: mpsc::UnboundedReceiver<Watched>,
    sent: mpsc::UnboundedSender<OutboxId>,
) {
    let mut waiting = FuturesUnordered::new();
    // Marked or not, it is booked: the marker may have given up.
    let hand_on = |id| {
        let _ = sent.send(id);
    };
    loop {
        tokio::select! {
            next = watched.recv() => match next {
                Some((id, safe)) => waiting.push(async move { safe.await; id }),
                None => break,
            },
            Some(id) = waiting.next() => hand_on(id),
        }
    }
    let _ = timeout(LAST, waiting.for_each(async |id| hand_on(id))).await;
}
