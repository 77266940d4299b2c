//! Takes a message, asks the provider, and publishes every event as it comes.

use anyhow::Context;
use futures_util::StreamExt;
use lapin::{
    Channel, Connection, ConnectionProperties,
    message::Delivery,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicQosOptions, ConfirmSelectOptions,
        QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable},
};
use memchr::memmem;
use redis::{AsyncCommands, aio::MultiplexedConnection};

use super::{QUEUE, keep::WorkerKeeper};
use crate::direct;

pub async fn run(broker: &str, live: &str, provider: String, keeps: bool) -> anyhow::Result<()> {
    let connection = Connection::connect(broker, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    declare(&channel, QUEUE).await?;
    channel.basic_qos(4096, BasicQosOptions::default()).await?;
    let mut deliveries = channel
        .basic_consume(
            QUEUE.into(),
            "bare".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;
    let redis = redis::Client::open(live)?.get_multiplexed_async_connection().await?;
    let keeper = if keeps { Some(keeper(&connection, &redis).await?) } else { None };
    let http = direct::http()?;
    let mut working = tokio::task::JoinSet::new();
    while let Some(delivery) = deliveries.next().await {
        let (http, redis, provider) = (http.clone(), redis.clone(), provider.clone());
        let keeper = keeper.clone();
        working.spawn(
            async move { answer(&http, redis, &provider, keeper.as_ref(), delivery?).await },
        );
    }
    None.context("RabbitMQ is gone")
}

/// One with a channel of its own.
async fn keeper(
    connection: &Connection,
    redis: &MultiplexedConnection,
) -> anyhow::Result<WorkerKeeper> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    WorkerKeeper::new(channel, redis.clone()).await
}

async fn answer(
    http: &reqwest::Client,
    mut redis: MultiplexedConnection,
    provider: &str,
    keeper: Option<&WorkerKeeper>,
    delivery: Delivery,
) -> anyhow::Result<()> {
    let model = std::str::from_utf8(&delivery.data)?;
    let id = delivery.properties.message_id().as_ref().context("no id")?.as_str();
    let channel = format!("bare:{id}");
    if let Some(keeper) = keeper {
        keeper.begin().await?;
        keeper.tell_started(id);
    }
    let (_, mut response) = direct::ask(http, provider, model).await?;
    let mut buffer = Vec::new();
    while let Some(bytes) = response.chunk().await? {
        buffer.extend_from_slice(&bytes);
        while let Some(end) = memmem::find(&buffer, b"\n\n") {
            let event: Vec<u8> = buffer.drain(..end + 2).collect();
            match keeper {
                Some(keeper) => keeper.append(&channel, &event).await?,
                None => redis.publish::<_, _, ()>(&channel, event).await?,
            }
        }
    }
    if let Some(keeper) = keeper {
        keeper.end(id).await?;
    }
    let _: () = redis.publish(&channel, "").await?;
    delivery.ack(BasicAckOptions::default()).await?;
    Ok(())
}

/// Declares `queue`; both programs do, since either may be first.
pub async fn declare(channel: &Channel, queue: &str) -> anyhow::Result<()> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    let durable = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare(queue.into(), durable, arguments).await?;
    Ok(())
}
