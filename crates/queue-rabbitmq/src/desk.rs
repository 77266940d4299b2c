//! Where operators sit: dead letters are looked at, put back and thrown away here.

use std::{collections::HashSet, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use lapin::message::Delivery;
use ports::queue::{DeadLetter, DeadPlace};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::{
    dead::{Letters, discard},
    error::Trouble,
    keep::{Oldest, Wanted},
    letter::dead_letter,
    line::Line,
    message,
    place::{DEAD, topic_of},
    publish::Publisher,
    task::to_its_end,
};

/// A place for one at a time.
#[derive(Clone)]
pub(crate) struct Desk {
    line: Arc<Line>,
    publisher: Arc<Publisher>,
    seat: Arc<Mutex<()>>,
}

/// Why dead letters are taken out.
#[derive(Clone, Copy)]
pub(crate) enum Removal {
    Replay,
    Purge,
}

impl Desk {
    pub(crate) fn new(line: Arc<Line>, publisher: Arc<Publisher>) -> Self {
        Self { line, publisher, seat: Arc::default() }
    }

    /// Does `work` when nobody else of this process is here, and to its end: cut short, it would leave letters out, or in two
    /// places.
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        work: BoxFuture<'static, Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        let seat = Arc::clone(&self.seat).lock_owned().await;
        to_its_end(async move {
            let _seat = seat;
            work.await
        })
        .await
    }

    /// The oldest `limit` letters behind `after`. All are looked at: their queue has them in about the order of their times,
    /// which come from many clocks, and those of one time in any.
    pub(crate) async fn oldest(
        self,
        after: Option<DeadPlace>,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, Trouble> {
        let mut oldest = Oldest::new(after, limit);
        self.look(|letter| {
            let body = std::mem::take(&mut letter.data);
            if let Some(letter) = dead_letter(letter, body) {
                oldest.add(letter);
            }
        })
        .await?;
        Ok(oldest.into_letters())
    }

    /// Those called `ids`.
    pub(crate) async fn called(self, ids: Vec<Uuid>) -> Result<Vec<DeadLetter>, Trouble> {
        let mut wanted = Wanted::new(&ids);
        let mut found = Vec::new();
        self.look(|letter| {
            let is_wanted = wanted.look(letter, message::message_id(&letter.properties));
            let body = std::mem::take(&mut letter.data);
            found.extend(is_wanted.then(|| dead_letter(letter, body)).flatten());
        })
        .await?;
        Ok(found)
    }

    /// Shows `look` the letters of every queue of them, and leaves them there.
    async fn look(&self, mut look: impl FnMut(&mut Delivery) + Send) -> Result<(), Trouble> {
        for queue in DEAD {
            if let Some(letters) = Letters::take(&self.line, queue, &mut look).await? {
                letters.give_back().await?;
            }
        }
        Ok(())
    }

    /// Takes out those called `ids`, and answers how many there were.
    pub(crate) async fn remove(self, ids: Vec<Uuid>, removal: Removal) -> Result<u64, Trouble> {
        let mut done = HashSet::new();
        // Only what is published again is needed whole.
        let replayed = if matches!(removal, Removal::Replay) { &*ids } else { &[] };
        for queue in DEAD {
            let mut wanted = Wanted::new(replayed);
            let look = |letter: &mut Delivery| {
                let id = message::message_id(&letter.properties);
                wanted.look(letter, id);
            };
            let Some(letters) = Letters::take(&self.line, queue, look).await? else { continue };
            let outcome = self.remove_from(&letters, &ids, removal).await;
            letters.give_back().await?;
            done.extend(outcome?);
        }
        Ok(done.len() as u64)
    }

    /// Answers the ids of those that are done, copies included. Each is gone from here as soon as it is where it had been.
    async fn remove_from(
        &self,
        letters: &Letters,
        ids: &[Uuid],
        removal: Removal,
    ) -> Result<HashSet<Uuid>, Trouble> {
        let mut done = HashSet::new();
        for letter in &letters.taken {
            let id = message::message_id(&letter.properties).filter(|id| ids.contains(id));
            let Some(id) = id else { continue };
            if matches!(removal, Removal::Replay) && !done.contains(&id) {
                self.put_back(letter).await?;
            }
            discard(letter).await?;
            done.insert(id);
        }
        Ok(done)
    }

    /// Publishes it as it was before it died.
    async fn put_back(&self, letter: &Delivery) -> Result<(), Trouble> {
        let Some(topic) = topic_of(letter.routing_key.as_str()) else {
            return Err(Trouble::Unroutable(letter.routing_key.to_string()));
        };
        let properties = message::revived(&letter.properties);
        self.publisher.publish(&topic, properties, &letter.data, Duration::ZERO).await
    }
}
