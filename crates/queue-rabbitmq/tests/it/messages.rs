//! Messages as operators see them, and messages nobody knows.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::{
    BasicProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use ports::queue::{Queue, QueueOperations, Topic};
use reqwest::Method;

use crate::host::{Host, envelope, soon, text, topic};

#[tokio::test]
async fn an_operator_sees_what_a_message_is() {
    let host = Host::new().await;
    let queue = host.queue().await;
    let published = envelope("{}");
    queue.publish(&topic(), published.clone(), None).await.unwrap();
    let path = format!("queues/{}/generation.requests.openai/get", host.name);
    let body = r#"{"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}"#;
    let messages = host.manage(Method::POST, &path, body).await;
    let properties = &messages[0]["properties"];
    let id = published.message_id.to_string();
    assert_eq!(properties["message_id"], id);
    assert_eq!(properties["correlation_id"], id);
    assert_eq!(properties["type"], "job");
    assert_eq!(properties["app_id"], "test@host:1");
    assert_eq!(properties["timestamp"], published.at.timestamp());
    assert_eq!(properties["delivery_mode"], 2);
    assert_eq!(properties["headers"]["traceparent"], "00-a-b-01");
}

#[tokio::test]
async fn a_message_of_another_version_is_parked_with_the_reason() {
    let host = Host::new().await;
    let queue = host.queue().await;
    let mut deliveries = queue.consume(&topic(), 1).await.unwrap();
    let (_connection, channel) = host.stranger().await;
    // It is in the queue before the next one comes, by another connection.
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let taken = channel
        .basic_publish(
            "generation".into(),
            "openai".into(),
            BasicPublishOptions::default(),
            b"who knows",
            BasicProperties::default(),
        )
        .await
        .unwrap();
    taken.await.unwrap();
    queue.publish(&topic(), envelope("known"), None).await.unwrap();
    let delivery = soon(deliveries.next()).await.unwrap().unwrap();
    assert_eq!(text(&delivery), "known", "the other one holds up nobody");
    let letters = queue.dead_letters(10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!((&*letters[0].envelope.body, &letters[0].topic), (&b"who knows"[..], &topic()));
    assert_eq!(letters[0].why, "the message lacks the header x-version");
    assert_eq!(queue.purge(&[letters[0].envelope.message_id]).await.unwrap(), 1);
}

#[tokio::test]
async fn a_delay_longer_than_the_ladder_waits_more_than_once() {
    let host = Host::new().await;
    let mut options = host.options();
    options.rungs = vec![Duration::from_secs(1)];
    let clock = std::sync::Arc::new(ports::clock::SystemClock);
    let queue = queue_rabbitmq::RabbitQueue::connect(options, clock).await.unwrap();
    let mut deliveries = queue.consume(&topic(), 1).await.unwrap();
    let began = tokio::time::Instant::now();
    let delay = Duration::from_millis(2500);
    let published = envelope("long");
    queue.publish(&topic(), published.clone(), Some(delay)).await.unwrap();
    let delivery = soon(deliveries.next()).await.unwrap().unwrap();
    assert!(began.elapsed() >= delay);
    assert_eq!((&delivery.envelope, delivery.redelivered), (&published, false));
}

#[tokio::test]
async fn every_topic_can_wait_and_die() {
    let host = Host::new().await;
    let queue = host.queue().await;
    for topic in [Topic::Responses, Topic::UsageEvents, Topic::AuditEvents] {
        let published = envelope("x");
        let delay = Some(Duration::from_millis(10));
        queue.publish(&topic, published.clone(), delay).await.unwrap();
        let mut deliveries = queue.consume(&topic, 1).await.unwrap();
        let delivery = soon(deliveries.next()).await.unwrap().unwrap();
        delivery.dead_letter("for the test").await.unwrap();
        let letters = queue.dead_letters(10).await.unwrap();
        let letter = letters.iter().find(|letter| letter.topic == topic).unwrap();
        assert_eq!(letter.envelope, published);
        assert_eq!(queue.replay(&[published.message_id]).await.unwrap(), 1);
        let again = soon(deliveries.next()).await.unwrap().unwrap();
        assert_eq!(again.envelope, published);
    }
}
