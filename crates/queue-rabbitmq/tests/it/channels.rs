//! A channel that the broker closes takes its number along.

use std::sync::Arc;

use domain::model::ProviderName;
use futures_util::future::join_all;
use ports::{
    clock::SystemClock,
    queue::{Queue, QueueError, QueueOperations, Topic},
};
use queue_rabbitmq::RabbitQueue;

use crate::host::{Host, envelope, topic};

/// How many channels a connection of these tests has.
const CHANNELS: u32 = 12;

impl Host {
    /// A queue whose account may declare nothing.
    async fn powerless(&self) -> RabbitQueue {
        let mut options = self.options();
        let permitted = r#"{"configure": "^$", "write": ".*", "read": ".*"}"#;
        let url = self.url_with(permitted).await;
        options.url = format!("{url}?channel_max={CHANNELS}").into();
        RabbitQueue::connect(options, Arc::new(SystemClock)).await.unwrap()
    }
}

#[tokio::test]
async fn publishing_goes_on_whatever_is_missing() {
    let host = Host::new().await;
    let whole = host.queue().await;
    whole.publish(&topic(), envelope("declares"), None).await.unwrap();
    let queue = host.powerless().await;
    for number in 0..10 * CHANNELS {
        let missing = Topic::Requests(ProviderName::parse(&format!("missing-{number}")).unwrap());
        let publish = || queue.publish(&missing, envelope("x"), None);
        for published in join_all((0..5).map(|_| publish())).await {
            published.unwrap_err();
        }
    }
    queue.publish(&topic(), envelope("job"), None).await.unwrap();
}

/// Those that wait for a queue to be declared ask for it now and then.
#[tokio::test]
async fn thousands_wait_for_a_missing_queue_without_asking_each() {
    let host = Host::new().await;
    let whole = host.queue().await;
    whole.publish(&topic(), envelope("declares"), None).await.unwrap();
    let queue = host.powerless().await;
    let connections = async || host.list("connections", |list| list.len() >= 2).await;
    let before = connections().await;
    let missing = Topic::Requests(ProviderName::parse("missing").unwrap());
    for _ in 0..100 {
        let publish = || queue.publish(&missing, envelope("x"), None);
        for published in join_all((0..50).map(|_| publish())).await {
            let why = published.unwrap_err();
            assert!(matches!(why, QueueError::NoSuchQueue(_)), "the broker is well: {why:?}");
        }
    }
    queue.publish(&topic(), envelope("job"), None).await.unwrap();
    let names = |list: &[serde_json::Value]| -> Vec<_> {
        list.iter().map(|connection| connection["name"].clone()).collect()
    };
    assert_eq!(names(&connections().await), names(&before), "it is the same connection");
}

#[tokio::test]
async fn missing_queues_of_dead_letters_are_counted_as_empty_as_often_as_one_likes() {
    let host = Host::new().await;
    let queue = host.powerless().await;
    for _ in 0..5 * CHANNELS {
        assert_eq!(queue.dead_count().await.unwrap(), 0);
    }
}
