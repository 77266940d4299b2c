//! The hops over PostgreSQL, RabbitMQ and Redis.

use std::time::Instant;

use anyhow::Context;
use futures_util::StreamExt;
use lapin::{
    BasicProperties, Connection, ConnectionProperties,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
        ConfirmSelectOptions,
    },
    types::FieldTable,
};
use redis::{AsyncCommands, Script};
use sqlx::PgPool;

use super::timed;
use crate::{bare, sample::Summary};

const TABLES: &str = "CREATE TABLE floor_messages (id uuid PRIMARY KEY, body text NOT NULL); \
     CREATE TABLE floor_generations (id uuid PRIMARY KEY, message uuid NOT NULL); \
     CREATE TABLE floor_outbox (id bigserial PRIMARY KEY, body text NOT NULL)";

/// A message, a generation and what is to be published, in one statement.
const ASK: &str = "WITH message AS (INSERT INTO floor_messages VALUES (gen_random_uuid(), $1) RETURNING id), \
     generation AS (INSERT INTO floor_generations SELECT gen_random_uuid(), id FROM message) \
     INSERT INTO floor_outbox (body) VALUES ($1)";

/// As a short question has it.
const BODY: &str =
    "{\"question\":\"What is the answer, and what was the question?\",\"model\":\"any\"}";

const QUEUE: &str = "floor";

/// Keeps an event if the writer is the right one, and passes it on.
const APPEND: &str = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end \
     redis.call('RPUSH', KEYS[2], ARGV[2]) redis.call('PUBLISH', KEYS[2], ARGV[2]) return 1";

pub(super) async fn postgres(url: &str) -> anyhow::Result<Summary> {
    let pool = PgPool::connect(url).await?;
    sqlx::raw_sql(TABLES).execute(&pool).await?;
    let asked = timed(async || {
        let begun = Instant::now();
        sqlx::query(ASK).bind(BODY).execute(&pool).await?;
        Ok(begun.elapsed())
    });
    Ok(asked.await?.summary())
}

/// Until the broker has a message, and until somebody gets it: two queues, so that neither waits for the other.
pub(super) async fn rabbitmq(url: &str) -> anyhow::Result<(Summary, Summary)> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let (publisher, consumer) =
        (connection.create_channel().await?, connection.create_channel().await?);
    bare::declare(&publisher, QUEUE).await?;
    publisher.confirm_select(ConfirmSelectOptions::default()).await?;
    let publish = async || {
        let properties = BasicProperties::default().with_delivery_mode(2);
        let options = BasicPublishOptions::default();
        let body = BODY.as_bytes();
        publisher.basic_publish("".into(), QUEUE.into(), options, body, properties).await
    };
    let confirmed = timed(async || {
        let begun = Instant::now();
        publish().await?.await?;
        Ok(begun.elapsed())
    });
    let confirmed = confirmed.await?.summary();
    publisher.queue_purge(QUEUE.into(), lapin::options::QueuePurgeOptions::default()).await?;

    consumer.basic_qos(1, BasicQosOptions::default()).await?;
    let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
    let mut deliveries =
        consumer.basic_consume(QUEUE.into(), "floor".into(), options, none).await?;
    let delivered = timed(async || {
        let begun = Instant::now();
        let confirmation = publish().await?;
        let delivery = deliveries.next().await.context("the broker is gone")??;
        let took = begun.elapsed();
        confirmation.await?;
        delivery.ack(BasicAckOptions::default()).await?;
        Ok(took)
    });
    Ok((confirmed, delivered.await?.summary()))
}

/// A message plainly passed on, and an event kept as well.
pub(super) async fn redis(url: &str) -> anyhow::Result<(Summary, Summary)> {
    let client = redis::Client::open(url)?;
    let mut live = client.get_multiplexed_async_connection().await?;
    let mut subscription = client.get_async_pubsub().await?;
    subscription.subscribe("floor:log").await?;
    let mut heard = subscription.on_message();
    let mut plain = live.clone();
    let published = timed(async || {
        let begun = Instant::now();
        let _: () = plain.publish("floor:log", BODY).await?;
        heard.next().await.context("Redis is gone")?;
        Ok(begun.elapsed())
    });
    let published = published.await?.summary();
    let _: () = live.set("floor:fence", 1).await?;
    let script = Script::new(APPEND);
    let appended = timed(async || {
        let begun = Instant::now();
        let mut append = script.key("floor:fence");
        append.key("floor:log").arg(1).arg(BODY);
        let _: u8 = append.invoke_async(&mut live).await?;
        heard.next().await.context("Redis is gone")?;
        Ok(begun.elapsed())
    });
    Ok((published, appended.await?.summary()))
}
