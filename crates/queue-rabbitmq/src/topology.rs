//! Exchanges and queues, declared before they are used; those that are there already are left alone, and
//! those that this account may not declare are left to a service that may.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};
use ports::queue::MAX_DELIVERIES;

use crate::{
    error::Trouble,
    line::Line,
    memory::Memory,
    place::{ACCOUNTING, Place, Waiting},
};

/// What this process knows to be declared.
#[derive(Default)]
pub(crate) struct Topology {
    /// Queues by name.
    declared: Mutex<HashSet<String>>,
    /// What is left to others, and what is missing.
    pub(crate) memory: Memory,
    /// Whose turn it is to declare a queue, by its name: all others wait for the outcome.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Topology {
    /// Declares `place`, and `waiting` before it, unless that was done. What this account may not declare
    /// has to be there.
    pub(crate) async fn ensure(
        &self,
        line: &Line,
        place: &Place,
        waiting: Option<&Waiting>,
    ) -> Result<(), Trouble> {
        let names = (place.exchange, &*place.queue);
        self.make(line, names, async |channel| declare(channel, place).await).await?;
        let Some(waiting) = waiting else { return Ok(()) };
        let names = (&*waiting.exchange, &*waiting.queue);
        self.make(line, names, async |channel| declare_waiting(channel, place, waiting).await).await
    }

    /// Declares something, unless that was done; if this account may not, fails unless `exchange` and `queue` are there.
    async fn make(
        &self,
        line: &Line,
        (exchange, queue): (&str, &str),
        declare: impl AsyncFnOnce(&Channel) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        if self.knows(queue) {
            return Ok(());
        }
        let turn = Arc::clone(locked(&self.turns).entry(queue.to_owned()).or_default());
        let _turn = turn.lock().await;
        if self.knows(queue) {
            return Ok(());
        }
        match self.memory.is_there(queue) {
            Some(true) => {}
            Some(false) => return Err(Trouble::Missing(queue.to_owned())),
            None => match declare_or_find(line, (exchange, queue), declare).await {
                Ok(Made::Ours) => {}
                Ok(Made::Others) => self.memory.note(queue, true),
                Err(trouble) => {
                    if trouble.is_missing() {
                        self.memory.note(queue, false);
                    }
                    return Err(trouble);
                }
            },
        }
        locked(&self.declared).insert(queue.to_owned());
        Ok(())
    }

    fn knows(&self, queue: &str) -> bool {
        locked(&self.declared).contains(queue)
    }

    /// These are to be declared again: they may have been deleted. What else there is needs not suffer for it.
    pub(crate) fn forget(&self, place: &Place, waiting: Option<&Waiting>) {
        let mut declared = locked(&self.declared);
        declared.remove(&place.queue);
        if let Some(waiting) = waiting {
            declared.remove(&waiting.queue);
        }
    }

    /// Everything is to be declared again: the broker may be another.
    pub(crate) fn forget_all(&self) {
        locked(&self.declared).clear();
        self.memory.clear();
    }
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing panics while holding one.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who declared something.
enum Made {
    Ours,
    Others,
}

/// Uses channels of its own: the broker closes the channel of who declares something that is there with
/// other settings, or asks for what is not there.
async fn declare_or_find(
    line: &Line,
    (exchange, queue): (&str, &str),
    declare: impl AsyncFnOnce(&Channel) -> Result<(), Trouble>,
) -> Result<Made, Trouble> {
    match declare(&line.channel().await?).await {
        Err(trouble) if trouble.is_refused() => {
            tracing::debug!(queue, "left to a service that may declare it");
            look(&line.channel().await?, exchange, queue).await?;
            Ok(Made::Others)
        }
        done => done.map(|()| Made::Ours),
    }
}

/// Fails unless `exchange` and `queue` are there.
async fn look(channel: &Channel, exchange: &str, queue: &str) -> Result<(), Trouble> {
    let passive = ExchangeDeclareOptions { passive: true, ..Default::default() };
    let none = FieldTable::default();
    channel.exchange_declare(exchange.into(), ExchangeKind::Direct, passive, none).await?;
    let passive = QueueDeclareOptions { passive: true, ..Default::default() };
    channel.queue_declare(queue.into(), passive, FieldTable::default()).await?;
    Ok(())
}

/// Declares the queue of a topic, and where its dead letters go.
pub(crate) async fn declare(channel: &Channel, place: &Place) -> Result<(), Trouble> {
    exchange(channel, place.dead, ExchangeKind::Fanout).await?;
    queue(channel, place.dead, kept()).await?;
    bind(channel, place.dead, place.dead, "").await?;
    let kind =
        if place.exchange == ACCOUNTING { ExchangeKind::Topic } else { ExchangeKind::Direct };
    exchange(channel, place.exchange, kind).await?;
    queue(channel, &place.queue, delivered(place.dead)).await?;
    bind(channel, &place.queue, place.exchange, &place.key).await
}

async fn declare_waiting(
    channel: &Channel,
    place: &Place,
    waiting: &Waiting,
) -> Result<(), Trouble> {
    exchange(channel, &waiting.exchange, ExchangeKind::Direct).await?;
    queue(channel, &waiting.queue, delayed(place, waiting)).await?;
    bind(channel, &waiting.queue, &waiting.exchange, &place.key).await
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind) -> Result<(), Trouble> {
    let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
    Ok(channel.exchange_declare(name.into(), kind, durable, FieldTable::default()).await?)
}

async fn queue(channel: &Channel, name: &str, arguments: FieldTable) -> Result<(), Trouble> {
    let durable = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(name.into(), durable, arguments).await?;
    Ok(())
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> Result<(), Trouble> {
    let options = QueueBindOptions::default();
    let none = FieldTable::default();
    Ok(channel.queue_bind(queue.into(), exchange.into(), key.into(), options, none).await?)
}

/// For messages that workers take: handed over so often, then a dead letter.
fn delivered(dead: &str) -> FieldTable {
    let mut arguments = dead_lettering(dead);
    // The broker counts how often a message came back: one less than it is handed over.
    arguments
        .insert("x-delivery-limit".into(), AMQPValue::LongLongInt((MAX_DELIVERIES - 1).into()));
    arguments
}

/// For messages that wait for their time and then go where they belong.
fn delayed(place: &Place, waiting: &Waiting) -> FieldTable {
    let mut arguments = dead_lettering(place.exchange);
    let millis = i64::try_from(waiting.rung.as_millis()).unwrap_or(i64::MAX);
    arguments.insert("x-message-ttl".into(), AMQPValue::LongLongInt(millis));
    arguments.insert("x-dead-letter-routing-key".into(), text(&place.key));
    arguments
}

/// For dead letters: operators look at them as often as they like.
///
/// Looking counts as a delivery, and newer brokers have a limit of 20 where none is named.
fn kept() -> FieldTable {
    let mut arguments = quorum();
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(1_000_000_000));
    arguments
}

fn dead_lettering(exchange: &str) -> FieldTable {
    let mut arguments = quorum();
    arguments.insert("x-dead-letter-exchange".into(), text(exchange));
    // Moved only when the next queue has it; needs a queue that rejects instead of dropping.
    arguments.insert("x-dead-letter-strategy".into(), text("at-least-once"));
    arguments.insert("x-overflow".into(), text("reject-publish"));
    arguments
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), text("quorum"));
    arguments
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}
