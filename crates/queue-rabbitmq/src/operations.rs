//! What operators do with queues.

use std::{collections::HashSet, time::Duration};

use async_trait::async_trait;
use chrono::DateTime;
use domain::time::Timestamp;
use lapin::{BasicProperties, message::Delivery, types::AMQPValue};
use ports::queue::{
    DeadLetter, DeadPlace, Depth, MAX_DELIVERIES, QueueError, QueueOperations, Topic,
};
use uuid::Uuid;

use crate::{
    dead::Letters,
    depth::surely,
    error::Trouble,
    keep::{Oldest, Wanted},
    message,
    place::{DEAD, topic_of},
    queue::RabbitQueue,
};

#[async_trait]
impl QueueOperations for RabbitQueue {
    async fn depth(&self, topic: &Topic) -> Result<Depth, QueueError> {
        Ok(self.depth_of(topic).await?)
    }

    async fn dead_count(&self) -> Result<u64, QueueError> {
        let mut count = 0;
        for queue in DEAD {
            count += self.dead_in(queue).await?;
        }
        Ok(count)
    }

    async fn dead_letters_behind(
        &self,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        let at_most = u16::try_from(limit).unwrap_or(u16::MAX);
        // All are looked at: their queue has them in about the order of their times, which come from many clocks, and those of
        // one time in any.
        let mut oldest = Oldest::new(after, usize::from(at_most));
        let look = |letter: &mut Delivery| {
            let body = std::mem::take(&mut letter.data);
            if let Some(letter) = dead_letter(letter, body) {
                oldest.add(letter);
            }
        };
        self.look_at_dead(look).await?;
        Ok(oldest.into_letters())
    }

    async fn dead_letters_called(
        &self,
        message_ids: &[Uuid],
    ) -> Result<Vec<DeadLetter>, QueueError> {
        let mut wanted = Wanted::new(message_ids);
        let mut found = Vec::new();
        let look = |letter: &mut Delivery| {
            let id = message::message_id(&letter.properties);
            let is_wanted = wanted.look(letter, id);
            let body = std::mem::take(&mut letter.data);
            found.extend(is_wanted.then(|| dead_letter(letter, body)).flatten());
        };
        self.look_at_dead(look).await?;
        Ok(found)
    }

    async fn replay(&self, message_ids: &[Uuid]) -> Result<u64, QueueError> {
        Ok(self.remove(message_ids, Removal::Replay).await?)
    }

    async fn purge(&self, message_ids: &[Uuid]) -> Result<u64, QueueError> {
        Ok(self.remove(message_ids, Removal::Purge).await?)
    }
}

/// Why dead letters are taken out.
#[derive(Clone, Copy)]
enum Removal {
    Replay,
    Purge,
}

impl RabbitQueue {
    /// How many letters are in `queue`; none if it was missing a moment ago.
    async fn dead_in(&self, queue: &str) -> Result<u64, Trouble> {
        let memory = &self.publisher.topology.memory;
        if memory.is_there(queue) == Some(false) {
            return Ok(0);
        }
        let Some(count) = surely(&self.consuming, queue).await? else {
            memory.note(queue, false);
            return Ok(0);
        };
        Ok(count.ready)
    }

    /// Shows `look` the letters of every queue of them, and leaves them there.
    async fn look_at_dead(&self, mut look: impl FnMut(&mut Delivery)) -> Result<(), Trouble> {
        for queue in DEAD {
            if let Some(letters) = Letters::take(&self.consuming, queue, &mut look).await? {
                letters.give_back(&self.consuming, |_| false).await?;
            }
        }
        Ok(())
    }

    /// Takes out those of the oldest 65,535 dead letters that `message_ids` names.
    async fn remove(&self, message_ids: &[Uuid], removal: Removal) -> Result<u64, Trouble> {
        let mut done = HashSet::new();
        // Only what is published again is needed whole.
        let replayed = if matches!(removal, Removal::Replay) { message_ids } else { &[] };
        for queue in DEAD {
            let mut wanted = Wanted::new(replayed);
            let look = |letter: &mut Delivery| {
                let id = message::message_id(&letter.properties);
                wanted.look(letter, id);
            };
            let taking = Letters::take(&self.consuming, queue, look);
            let Some(letters) = taking.await? else {
                continue;
            };
            let mut removed = HashSet::new();
            let removing = self.remove_from(&letters, message_ids, removal, &mut removed);
            let outcome = removing.await;
            let ids = removed.iter().filter_map(|index| letters.id(*index));
            done.extend(ids);
            letters.give_back(&self.consuming, |index| removed.contains(&index)).await?;
            outcome?;
        }
        Ok(done.len() as u64)
    }

    /// Notes in `removed` those that are done, copies included; also if a later one fails.
    async fn remove_from(
        &self,
        letters: &Letters,
        message_ids: &[Uuid],
        removal: Removal,
        removed: &mut HashSet<usize>,
    ) -> Result<(), Trouble> {
        let mut done = HashSet::new();
        for (index, letter) in letters.taken.iter().enumerate() {
            let id = letters.id(index).filter(|id| message_ids.contains(id));
            let Some(id) = id else { continue };
            if matches!(removal, Removal::Replay) && !done.contains(&id) {
                self.put_back(letter).await?;
            }
            done.insert(id);
            removed.insert(index);
        }
        Ok(())
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

/// `None` for a message that nobody of us could have put there.
fn dead_letter(letter: &Delivery, body: Vec<u8>) -> Option<DeadLetter> {
    let Some(topic) = topic_of(letter.routing_key.as_str()) else {
        tracing::warn!(key = %letter.routing_key, "a dead letter of no known topic is left out");
        return None;
    };
    let (why, since) = message::death(&letter.properties)
        .or_else(|| of_broker(&letter.properties))
        .unwrap_or_else(|| ("no reason was given".to_owned(), Timestamp::UNIX_EPOCH));
    let envelope = message::read_some(&letter.properties, body.into());
    Some(DeadLetter { topic, envelope, why, since })
}

/// Why, and when, the broker itself made a message a dead letter.
fn of_broker(properties: &BasicProperties) -> Option<(String, Timestamp)> {
    let headers = properties.headers().as_ref()?.inner();
    let AMQPValue::FieldArray(deaths) = headers.get("x-death")? else { return None };
    // The last death comes first.
    let AMQPValue::FieldTable(death) = deaths.as_slice().first()? else { return None };
    let AMQPValue::Timestamp(seconds) = death.inner().get("time")? else { return None };
    let since = DateTime::from_timestamp(i64::try_from(*seconds).ok()?, 0)?;
    let AMQPValue::LongString(reason) = death.inner().get("reason")? else { return None };
    let why = match reason.as_bytes() {
        b"delivery_limit" => format!("handed over {MAX_DELIVERIES} times, and came back each time"),
        reason => format!("the broker put it here: {}", String::from_utf8_lossy(reason)),
    };
    Some((why, since))
}
