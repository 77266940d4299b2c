//! Entries that a queue in this process has taken, and would lose with it.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::id::OutboxId;
use futures_util::{StreamExt, stream::FuturesUnordered};
use ports::queue::Safe;
use tokio::{sync::mpsc, time::timeout};

/// How long whoever keeps the books has for the last entries. What is not booked by then is published again by the
/// next relay, and the books know an entry they have.
const LAST: Duration = Duration::from_secs(2);

/// An entry, and what waits until it is safe.
pub(super) type Watched = (OutboxId, Safe);

/// Entries that are published, and not safe yet: nobody has to publish them again.
#[derive(Default)]
pub(super) struct UnderWay(Mutex<HashSet<OutboxId>>);

impl UnderWay {
    pub(super) fn add(&self, id: OutboxId) {
        self.ids().insert(id);
    }

    pub(super) fn has(&self, id: OutboxId) -> bool {
        self.ids().contains(&id)
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<OutboxId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands on those of `watched` that are safe now, until no more can come; then the last for a while.
    pub(super) async fn watch(
        &self,
        mut watched: mpsc::UnboundedReceiver<Watched>,
        sent: mpsc::UnboundedSender<OutboxId>,
    ) {
        let mut waiting = FuturesUnordered::new();
        loop {
            tokio::select! {
                next = watched.recv() => match next {
                    Some((id, safe)) => waiting.push(async move { safe.await; id }),
                    None => break,
                },
                Some(id) = waiting.next() => self.done(id, &sent),
            }
        }
        let last = waiting.for_each(async |id| self.done(id, &sent));
        let _ = timeout(LAST, last).await;
    }

    fn done(&self, id: OutboxId, sent: &mpsc::UnboundedSender<OutboxId>) {
        // Marked or not, it is booked: the marker may have given up.
        let _ = sent.send(id);
        self.ids().remove(&id);
    }
}
