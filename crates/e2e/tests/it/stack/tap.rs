//! Everything that is published at the broker, as its firehose tells it.

use futures_util::StreamExt;
use lapin::{
    Connection, ConnectionProperties,
    message::Delivery,
    options::{BasicConsumeOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};
use reqwest::Method;
use serde_json::json;

use super::{Engines, engines::expect_success};
use crate::within;

/// The queue that hears it; none of ours.
pub const TAP: &str = "tap";

/// A message that was published.
#[derive(Debug)]
pub struct Heard {
    /// With which routing key.
    pub key: String,
    /// The body, as far as it is text.
    pub text: String,
    headers: FieldTable,
}

impl Heard {
    fn read(delivery: &Delivery) -> Option<Self> {
        let about = delivery.properties.headers().clone()?;
        let AMQPValue::FieldArray(keys) = about.inner().get("routing_keys")? else { return None };
        let key = keys.as_slice().first().map(text).unwrap_or_default();
        let headers = table(&about, "properties").and_then(|about| table(about, "headers"));
        let headers = headers.cloned().unwrap_or_default();
        let text = String::from_utf8_lossy(&delivery.data).into_owned();
        Some(Self { key, text, headers })
    }

    /// What its header `name` says, if it has one.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.inner().get(name).map(text)
    }
}

fn table<'a>(table: &'a FieldTable, name: &str) -> Option<&'a FieldTable> {
    match table.inner().get(name)? {
        AMQPValue::FieldTable(found) => Some(found),
        _ => None,
    }
}

fn text(value: &AMQPValue) -> String {
    match value {
        AMQPValue::LongString(text) => String::from_utf8_lossy(text.as_bytes()).into_owned(),
        other => format!("{other:?}"),
    }
}

impl Engines {
    /// Begins to listen.
    pub(super) async fn tap(&self) {
        let queue = format!("queues/{}/{TAP}", self.vhost);
        expect_success(self.manage(Method::PUT, &queue).json(&json!({"durable": true}))).await;
        let way = format!("bindings/{}/e/amq.rabbitmq.trace/q/{TAP}", self.vhost);
        let all = json!({"routing_key": "publish.#"});
        expect_success(self.manage(Method::POST, &way).json(&all)).await;
    }

    /// Everything that was published so far. What was before a broker was killed may be lost.
    pub async fn heard(&self) -> Vec<Heard> {
        let connection = Connection::connect(&self.rabbitmq_url, ConnectionProperties::default());
        let connection = connection.await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        let passive = QueueDeclareOptions { passive: true, ..Default::default() };
        let queue =
            channel.queue_declare(TAP.into(), passive, FieldTable::default()).await.unwrap();
        let count = queue.message_count().try_into().unwrap();
        let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
        let consumer = channel.basic_consume(TAP.into(), "".into(), options, none).await.unwrap();
        // They go back when the connection is closed.
        let heard =
            consumer.take(count).filter_map(async |delivery| Heard::read(&delivery.unwrap()));
        let heard = within("what was published", heard.collect()).await;
        connection.close(200, "done".into()).await.unwrap();
        heard
    }
}
