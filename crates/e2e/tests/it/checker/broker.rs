//! What the broker holds when all is done: messages, dead letters, and whoever is connected.

use lapin::{
    Channel, Connection, ConnectionProperties,
    message::BasicGetMessage,
    options::{BasicGetOptions, QueueDeclareOptions},
    types::FieldTable,
};
use serde_json::Value;

use crate::{
    client::http,
    stack::{Engines, TAP},
};

/// Where jobs end that nobody can do.
const DEAD: &str = "generation.dead";

/// What is left with the broker.
#[derive(Debug, Clone, Default)]
pub struct BrokerState {
    /// How many messages wait in each queue.
    pub queues: Vec<(String, u64)>,
    /// The generation that each dead letter is about, if it says so.
    pub letters: Vec<Option<String>>,
    /// What our processes call their connections.
    pub connections: Vec<String>,
    /// How many channels are open on each.
    pub channels: Vec<(String, u64)>,
    /// Queues with what their consumers are called.
    pub consumers: Vec<(String, String)>,
}

impl BrokerState {
    /// Reads what the broker of `engines` holds.
    pub async fn read(engines: &Engines) -> Self {
        let connection =
            Connection::connect(&engines.rabbitmq_url, ConnectionProperties::default());
        let connection = connection.await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        let queues = queues(engines, &channel).await;
        let letters = letters(&channel, &queues).await;
        connection.close(200, "done".into()).await.unwrap();
        let vhost = &engines.vhost;
        let listed = listed(engines, &format!("vhosts/{vhost}/connections")).await;
        let named = |connection: &Value| {
            let name = connection["user_provided_name"].as_str()?.to_owned();
            Some((name, connection["channels"].as_u64().unwrap_or_default()))
        };
        let channels: Vec<_> = listed.iter().filter_map(named).collect();
        let consumer = |consumer: &Value| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (text(&consumer["queue"]["name"]), text(&consumer["consumer_tag"]))
        };
        let consumers = self::listed(engines, &format!("consumers/{vhost}")).await;
        Self {
            queues,
            letters,
            connections: channels.iter().map(|(name, _)| name.clone()).collect(),
            channels,
            consumers: consumers.iter().map(consumer).collect(),
        }
    }

    /// Whether no queue holds anything but dead letters.
    pub fn is_quiet(&self) -> bool {
        self.queues.iter().all(|(name, waiting)| *waiting == 0 || is_dead_letters(name))
    }
}

/// Whether operators are to look at what is in the queue called `name`.
pub fn is_dead_letters(name: &str) -> bool {
    [DEAD, "accounting.dead"].contains(&name)
}

/// What the management API lists at `path`.
async fn listed(engines: &Engines, path: &str) -> Vec<Value> {
    let url = format!("{}/api/{path}", engines.management_url);
    let listed: Value = http().get(url).send().await.unwrap().json().await.unwrap();
    listed.as_array().unwrap().clone()
}

/// How many messages each queue holds, those that are out included.
async fn queues(engines: &Engines, channel: &Channel) -> Vec<(String, u64)> {
    let counted = format!("queues/{}?disable_stats=true&enable_queue_totals=true", engines.vhost);
    let queue = |queue: &Value| {
        let name = queue["name"].as_str().unwrap().to_owned();
        (name, queue["messages"].as_u64().unwrap_or_default())
    };
    let mut queues: Vec<_> = listed(engines, &counted).await.iter().map(queue).collect();
    queues.retain(|(name, _)| name != TAP);
    // What the broker has counted is up to a second old, and of a new queue there is nothing yet. A
    // queue that is asked knows what is ready.
    for (name, waiting) in &mut queues {
        let passive = QueueDeclareOptions { passive: true, ..Default::default() };
        let queue = channel.queue_declare(name.as_str().into(), passive, FieldTable::default());
        *waiting = u64::from(queue.await.unwrap().message_count()).max(*waiting);
    }
    queues
}

/// Looks at all dead letters, and leaves them where they are.
async fn letters(channel: &Channel, queues: &[(String, u64)]) -> Vec<Option<String>> {
    let mut letters = Vec::new();
    if queues.iter().any(|(name, waiting)| name == DEAD && *waiting > 0) {
        // They go back when the channel is closed.
        while let Some(BasicGetMessage { delivery, .. }) = get(channel, DEAD).await {
            letters.push(delivery.properties.correlation_id().as_ref().map(ToString::to_string));
        }
    }
    letters
}

async fn get(channel: &Channel, queue: &str) -> Option<BasicGetMessage> {
    channel.basic_get(queue.into(), BasicGetOptions::default()).await.unwrap()
}
