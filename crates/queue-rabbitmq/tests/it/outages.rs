//! What becomes of messages when the broker closes, deletes or cancels.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt, future::join_all};
use lapin::types::FieldTable;
use ports::queue::{Queue, QueueError, QueueOperations, Topic};
use reqwest::Method;

use crate::host::{Host, envelope, soon, text, topic};

#[tokio::test]
async fn closed_connections_end_subscriptions_and_lose_nothing() {
    let host = Host::new().await;
    let queue = host.queue().await;
    let mut deliveries = queue.consume(&topic(), 2).await.unwrap();
    for word in ["a", "b", "c"] {
        queue.publish(&topic(), envelope(word), None).await.unwrap();
    }
    let out = soon(deliveries.next()).await.unwrap().unwrap();
    host.close_connections(2).await;
    // What had arrived before may come first.
    let ended = async {
        loop {
            match deliveries.next().await {
                Some(Ok(delivery)) => drop(delivery),
                Some(Err(error)) => break error,
                None => panic!("ended without a word"),
            }
        }
    };
    let ended = soon(ended).await;
    assert!(matches!(ended, QueueError::Unavailable(_)), "{ended:?}");
    assert!(soon(deliveries.next()).await.is_none(), "nothing comes after the error");
    out.ack().await.expect_err("it went back to the queue");
    let mut words = Vec::new();
    let mut again = soon(resubscribed(&queue)).await;
    while words.len() < 3 {
        let delivery = soon(again.next()).await.unwrap().unwrap();
        words.push(text(&delivery).to_owned());
        delivery.ack().await.unwrap();
    }
    words.sort();
    assert_eq!(words, ["a", "b", "c"]);
}

/// Whatever became of the subscription that it came by.
#[tokio::test]
async fn a_delivery_knows_when_the_broker_has_taken_it_away() {
    let host = Host::new().await;
    let queue = host.queue().await;
    for drops_subscription in [false, true] {
        queue.publish(&topic(), envelope("a"), None).await.unwrap();
        let mut deliveries = soon(resubscribed(&queue)).await;
        let out = soon(deliveries.next()).await.unwrap().unwrap();
        let kept = (!drops_subscription).then_some(deliveries);
        assert!(out.lost().now_or_never().is_none(), "it is held");
        host.close_connections(2).await;
        soon(out.lost()).await;
        drop(kept);
        out.ack().await.expect_err("it went back to the queue");
        let mut deliveries = soon(resubscribed(&queue)).await;
        soon(deliveries.next()).await.unwrap().unwrap().ack().await.unwrap();
    }
}

#[tokio::test]
async fn publishing_goes_on_after_its_connection_was_closed() {
    let host = Host::new().await;
    let queue = host.queue().await;
    queue.publish(&topic(), envelope("before"), None).await.unwrap();
    host.close_connections(1).await;
    soon(published(&queue, &topic(), "after")).await;
}

#[tokio::test]
async fn a_deleted_queue_fails_one_publish_and_is_there_for_the_next() {
    let host = Host::new().await;
    let queue = host.queue().await;
    queue.publish(&topic(), envelope("lost"), None).await.unwrap();
    let path = format!("queues/{}/generation.requests.openai", host.name);
    host.manage(Method::DELETE, &path, "").await;
    let error = queue.publish(&topic(), envelope("told"), None).await.unwrap_err();
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.contains("no queue takes generation/openai"), "{why}");
    queue.publish(&topic(), envelope("kept"), None).await.unwrap();
    let mut deliveries = queue.consume(&topic(), 1).await.unwrap();
    assert_eq!(text(&soon(deliveries.next()).await.unwrap().unwrap()), "kept");
}

/// Beside messages that arrive, others are published to a queue to which there is no way again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_back_is_not_taken_for_what_was_published_beside_it() {
    const AT_ONCE: usize = 16;
    const EACH: usize = 100;
    let host = Host::new().await;
    let queue = host.queue().await;
    while queue.publish(&topic(), envelope("first"), None).await.is_err() {}
    let (_connection, channel) = host.stranger().await;
    let publish = async |topic: Topic| {
        let mut arrived = 0;
        for _ in 0..EACH {
            arrived += usize::from(queue.publish(&topic, envelope("x"), None).await.is_ok());
        }
        arrived
    };
    let all = async |topic: Topic| -> usize {
        join_all((0..AT_ONCE).map(|_| publish(topic.clone()))).await.into_iter().sum()
    };
    let unbind = async {
        loop {
            let (of, from) = ("generation.requests.openai".into(), "generation".into());
            channel.queue_unbind(of, from, "openai".into(), FieldTable::default()).await.unwrap();
        }
    };
    let (jobs, reports) = tokio::select! {
        arrived = async { tokio::join!(all(topic()), all(Topic::Responses)) } => arrived,
        () = unbind => unreachable!("it goes on for ever"),
    };
    assert!(jobs < AT_ONCE * EACH, "some came back");
    assert_eq!(reports, AT_ONCE * EACH, "a queue takes them");
    let depth = queue.depth(&topic()).await.unwrap();
    assert_eq!(usize::try_from(depth.ready).unwrap(), 1 + jobs, "what was confirmed is there");
}

#[tokio::test]
async fn a_subscription_ends_with_its_queue() {
    let host = Host::new().await;
    let queue = host.queue().await;
    let mut deliveries = queue.consume(&topic(), 1).await.unwrap();
    let path = format!("queues/{}/generation.requests.openai", host.name);
    host.manage(Method::DELETE, &path, "").await;
    soon(deliveries.next()).await.unwrap().unwrap_err();
    let mut again = queue.consume(&topic(), 1).await.unwrap();
    soon(published(&queue, &topic(), "after")).await;
    assert_eq!(text(&soon(again.next()).await.unwrap().unwrap()), "after");
}

#[tokio::test]
async fn a_delivery_outlives_its_subscription() {
    let host = Host::new().await;
    let queue = host.queue().await;
    queue.publish(&topic(), envelope("a"), None).await.unwrap();
    let mut deliveries = queue.consume(&topic(), 1).await.unwrap();
    let out = soon(deliveries.next()).await.unwrap().unwrap();
    drop(deliveries);
    host.list_consumers(0).await;
    out.ack().await.unwrap();
}

/// Subscribes as often as it takes.
pub async fn resubscribed(queue: &dyn Queue) -> ports::queue::Deliveries {
    loop {
        if let Ok(deliveries) = queue.consume(&topic(), 2).await {
            return deliveries;
        }
    }
}

/// Publishes as often as it takes.
pub async fn published(queue: &dyn Queue, topic: &Topic, text: &str) {
    let envelope = envelope(text);
    while queue.publish(topic, envelope.clone(), None).await.is_err() {
        // What was missing a moment ago is told from memory.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
