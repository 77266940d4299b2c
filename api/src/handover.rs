//! Rows of the outbox on their way from who wrote or claimed them to the relay.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::id::OutboxId;
use ports::store::{NewOutboxRow, OutboxRow};
use tokio::sync::mpsc;

/// How many rows may wait for the relay in memory. More than that stay in the store, where the
/// relay finds them after their claim has lapsed.
const HANDED_OVER: usize = 1024;

/// The way to the relay. A row that is on it already is not taken again: a broker may take longer to answer than a claim
/// lasts, and must not be given the same row again and again meanwhile.
pub(crate) struct Handover {
    rows: mpsc::Sender<OutboxRow>,
    under_way: Mutex<HashSet<OutboxId>>,
}

impl Handover {
    /// The way, and its end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<OutboxRow>) {
        let (rows, inbox) = mpsc::channel(HANDED_OVER);
        (Self { rows, under_way: Mutex::default() }, inbox)
    }

    /// Hands over rows that were just committed, claimed, so that they are published at once. Those that do not fit are
    /// published when their claim has lapsed.
    pub(crate) fn fresh(&self, rows: Vec<NewOutboxRow>) {
        for NewOutboxRow { id, topic, envelope, .. } in rows {
            self.under_way().insert(id);
            if self.rows.try_send(OutboxRow { id, topic, envelope }).is_err() {
                return self.done(&[id]);
            }
        }
    }

    /// Hands over a claimed row, waiting for room.
    pub(crate) async fn claimed(&self, row: OutboxRow) {
        let id = row.id;
        if self.under_way().insert(id) && self.rows.send(row).await.is_err() {
            // The relay has ended: the claim lapses, and another one takes the row.
            self.done(&[id]);
        }
    }

    /// These rows are marked, or could not be published.
    pub(crate) fn done(&self, ids: &[OutboxId]) {
        let mut under_way = self.under_way();
        for id in ids {
            under_way.remove(id);
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<OutboxId>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::chat::Message;
    use testkit::{clock::epoch, sample};

    use super::*;

    fn row() -> NewOutboxRow {
        let user = domain::id::UserId::generate(epoch());
        let message: Message = sample::message(sample::chat(user, epoch()).id, "?", epoch());
        let generation = sample::generation(user, &message, epoch());
        sample::job_row(&sample::job(&generation, "?"), epoch())
    }

    #[tokio::test]
    async fn a_row_is_on_its_way_once() {
        let (handover, mut inbox) = Handover::new();
        let NewOutboxRow { id, topic, envelope, .. } = row();
        let row = OutboxRow { id, topic, envelope };
        for _ in 0..3 {
            handover.claimed(row.clone()).await;
        }
        assert_eq!(inbox.recv().await, Some(row.clone()));
        handover.claimed(row.clone()).await;
        assert!(inbox.try_recv().is_err(), "it is still being published");
        handover.done(&[id]);
        handover.claimed(row.clone()).await;
        assert_eq!(inbox.recv().await, Some(row));
    }

    #[tokio::test]
    async fn what_does_not_fit_is_not_on_its_way() {
        let (handover, mut inbox) = Handover::new();
        let rows: Vec<_> = std::iter::repeat_with(row).take(HANDED_OVER + 1).collect();
        let last = rows[HANDED_OVER].clone();
        handover.fresh(rows);
        inbox.recv().await.unwrap();
        let NewOutboxRow { id, topic, envelope, .. } = last;
        handover.claimed(OutboxRow { id, topic, envelope }).await;
        while let Some(row) = inbox.recv().await {
            if row.id == id {
                return;
            }
        }
    }
}
