//! What is declared: exchanges, queues and the ways between them.

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};
use ports::queue::MAX_DELIVERIES;

use crate::{
    error::Trouble,
    place::{ACCOUNTING, Place, Waiting},
};

/// Fails unless `exchange` and `queue` are there.
pub(crate) async fn look(channel: &Channel, exchange: &str, queue: &str) -> Result<(), Trouble> {
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

pub(crate) async fn declare_waiting(
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
