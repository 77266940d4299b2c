//! Rows of the outbox on their way from who wrote or claimed them to the relay.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::id::OutboxId;
use ports::store::{NewOutboxRow, OutboxRow};
use tokio::sync::{Notify, mpsc};

/// How many rows may wait for the relay in memory. More than that stay in the store, where the
/// relay finds them after their claim has lapsed.
const HANDED_OVER: usize = 1024;
/// How many bytes the messages may have together that wait for the relay, or for the broker's word. A question may be a
/// thousand times as long as another.
const BYTES: usize = 64 * 1024 * 1024;

/// The way to the relay. A row that is on it already is not taken again: a broker may take longer to answer than a claim
/// lasts, and must not be given the same row again and again meanwhile.
pub(crate) struct Handover {
    rows: mpsc::Sender<OutboxRow>,
    under_way: Mutex<UnderWay>,
    has_room: Notify,
}

/// The rows on the way.
#[derive(Default)]
struct UnderWay {
    /// How many bytes of each are in memory.
    rows: HashMap<OutboxId, usize>,
    /// All of them.
    bytes: usize,
}

/// Whether a row may go.
#[derive(Debug, PartialEq, Eq)]
enum Passage {
    Free,
    /// It is on its way already.
    Already,
    /// When there is room.
    Later,
}

impl UnderWay {
    /// Lets a row of so many bytes go, if there is room: one that is too long for any, alone.
    fn enter(&mut self, id: OutboxId, size: usize) -> Passage {
        if self.rows.contains_key(&id) {
            return Passage::Already;
        }
        if self.bytes > 0 && self.bytes + size > BYTES {
            return Passage::Later;
        }
        self.rows.insert(id, size);
        self.bytes += size;
        Passage::Free
    }

    fn let_go(&mut self, id: OutboxId) {
        if let Some(size) = self.rows.get_mut(&id) {
            self.bytes -= std::mem::take(size);
        }
    }

    fn leave(&mut self, id: OutboxId) {
        self.let_go(id);
        self.rows.remove(&id);
    }
}

impl Handover {
    /// The way, and its end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<OutboxRow>) {
        let (rows, inbox) = mpsc::channel(HANDED_OVER);
        (Self { rows, under_way: Mutex::default(), has_room: Notify::new() }, inbox)
    }

    /// Hands over rows that were just committed, claimed, so that they are published at once. Those that do not fit are
    /// published when their claim has lapsed.
    pub(crate) fn fresh(&self, rows: Vec<NewOutboxRow>) {
        for NewOutboxRow { id, topic, envelope, .. } in rows {
            match self.under_way().enter(id, envelope.body.len()) {
                Passage::Free => {}
                Passage::Already => continue,
                Passage::Later => return,
            }
            if self.rows.try_send(OutboxRow { id, topic, envelope }).is_err() {
                return self.done(&[id]);
            }
        }
    }

    /// Hands over a claimed row, waiting for room.
    pub(crate) async fn claimed(&self, row: OutboxRow) {
        let id = row.id;
        if self.enter(id, row.envelope.body.len()).await && self.rows.send(row).await.is_err() {
            // The relay has ended: the claim lapses, and another one takes the row.
            self.done(&[id]);
        }
    }

    /// Waits until the row may go; false if it is on its way.
    async fn enter(&self, id: OutboxId, size: usize) -> bool {
        loop {
            // Before it is looked: none who leaves after that goes unheard.
            let has_room = self.has_room.notified();
            match self.under_way().enter(id, size) {
                Passage::Free => return true,
                Passage::Already => return false,
                Passage::Later => {}
            }
            has_room.await;
        }
    }

    /// The message of this row is in memory no more, whatever became of it.
    pub(crate) fn let_go(&self, id: OutboxId) {
        self.under_way().let_go(id);
        self.has_room.notify_one();
    }

    /// These rows are marked, or could not be published.
    pub(crate) fn done(&self, ids: &[OutboxId]) {
        let mut under_way = self.under_way();
        for id in ids {
            under_way.leave(*id);
        }
        self.has_room.notify_one();
    }

    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        // Nothing panics while holding it.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::chat::Message;
    use futures_util::FutureExt;
    use testkit::{clock::epoch, sample};

    use super::*;

    fn row() -> NewOutboxRow {
        let user = domain::id::UserId::generate(epoch());
        let message: Message = sample::message(sample::chat(user, epoch()).id, "?", epoch());
        let generation = sample::generation(user, &message, epoch());
        sample::job_row(&sample::job(&generation, "?"), epoch())
    }

    /// One whose message has so many bytes.
    fn long(size: usize) -> NewOutboxRow {
        let mut row = row();
        row.envelope.body = vec![b' '; size].into();
        row
    }

    fn claimed(row: &NewOutboxRow) -> OutboxRow {
        let NewOutboxRow { id, topic, envelope, .. } = row.clone();
        OutboxRow { id, topic, envelope }
    }

    #[tokio::test]
    async fn a_row_is_on_its_way_once() {
        let (handover, mut inbox) = Handover::new();
        let row = claimed(&row());
        for _ in 0..3 {
            handover.claimed(row.clone()).await;
        }
        assert_eq!(inbox.recv().await, Some(row.clone()));
        handover.claimed(row.clone()).await;
        handover.let_go(row.id);
        handover.claimed(row.clone()).await;
        assert!(inbox.try_recv().is_err(), "it is still being published");
        handover.done(&[row.id]);
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
        handover.claimed(claimed(&last)).await;
        while let Some(row) = inbox.recv().await {
            if row.id == last.id {
                return;
            }
        }
    }

    #[tokio::test]
    async fn long_rows_wait_for_room_and_fresh_ones_for_their_claim_to_lapse() {
        let (handover, mut inbox) = Handover::new();
        let rows = [long(BYTES), long(1), long(BYTES + 1), row()];
        handover.fresh(rows[..2].to_vec());
        assert_eq!(inbox.try_recv().unwrap().id, rows[0].id);
        assert!(inbox.try_recv().is_err(), "it is left to the store");
        for (before, next) in [(0, 1), (1, 2), (2, 3)] {
            let mut handing_over = Box::pin(handover.claimed(claimed(&rows[next])));
            assert!((&mut handing_over).now_or_never().is_none(), "there is no room for {next}");
            assert!(inbox.try_recv().is_err());
            if next == 2 {
                handover.done(&[rows[before].id]);
            } else {
                handover.let_go(rows[before].id);
            }
            handing_over.await;
            assert_eq!(inbox.try_recv().unwrap().id, rows[next].id);
        }
    }
}
