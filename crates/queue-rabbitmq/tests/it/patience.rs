//! A broker that waits no longer for the end of a delivery. It is one of the test's own: the patience is that of the
//! whole broker.

use std::{collections::BTreeSet, sync::Arc};

use cluster::servers::RabbitMq;
use futures_util::StreamExt;
use ports::{
    clock::SystemClock,
    queue::{Queue, QueueError},
};
use queue_rabbitmq::{Options, RabbitQueue};
use tempfile::TempDir;

use crate::{
    host::{envelope, soon, text, topic},
    outages::resubscribed,
};

/// A delivery may be out for a second instead of half an hour, and its channel looks for it five times a second
/// instead of once a minute. The second of the two can be set in no other way.
const IMPATIENT: &str = "application:set_env(rabbit, consumer_timeout, 1000), \
                         application:set_env(rabbit, channel_tick_interval, 200).";

#[tokio::test]
async fn a_delivery_held_too_long_is_taken_away_and_comes_again() {
    let folder = TempDir::new().unwrap();
    let broker = RabbitMq::start(folder.path()).await.unwrap();
    broker.control(&["eval", IMPATIENT]).await.unwrap();
    let options = Options::new(broker.url().into(), "test@host:1");
    let queue = RabbitQueue::connect(options, Arc::new(SystemClock)).await.unwrap();
    for word in ["a", "b"] {
        queue.publish(&topic(), envelope(word), None).await.unwrap();
    }
    let mut deliveries = queue.consume(&topic(), 2).await.unwrap();
    let held = soon(deliveries.next()).await.unwrap().unwrap();
    let beside = soon(deliveries.next()).await.unwrap().unwrap();
    soon(held.lost()).await;
    // What came the same way goes with it.
    soon(beside.lost()).await;
    let ended = soon(deliveries.next()).await.unwrap().unwrap_err();
    let QueueError::Unavailable(why) = ended else { panic!("{ended:?}") };
    let why = why.source().map_or_else(|| why.to_string(), ToString::to_string);
    assert!(why.contains("PRECONDITION_FAILED") && why.contains("timeout"), "{why}");
    assert!(soon(deliveries.next()).await.is_none(), "nothing comes after the error");
    for late in [held, beside] {
        late.ack().await.expect_err("it went back to the queue");
    }
    soon(all_come_again(&queue)).await;
}

/// As a worker does it: who is too slow even for this, on a busy machine, loses its subscription and makes another.
async fn all_come_again(queue: &RabbitQueue) {
    let mut done = BTreeSet::new();
    while done.len() < 2 {
        let mut again = resubscribed(queue).await;
        while let Some(Ok(delivery)) = again.next().await {
            assert!(delivery.redelivered, "{delivery:?}");
            let word = text(&delivery).to_owned();
            if delivery.ack().await.is_ok() {
                done.insert(word);
            }
            if done.len() == 2 {
                break;
            }
        }
    }
    assert_eq!(done, BTreeSet::from(["a", "b"].map(str::to_owned)));
}
