//! Messages arrive, whole, once they are published, and are gone when acknowledged.

use std::time::Duration;

use futures_util::{FutureExt, future::join};
use ports::queue::Depth;

use super::{
    super::waiting::{eventually, stays_quiet},
    bench::{QueueUnderTest, envelope, taken, text, topic},
};

/// Nothing of a message is lost or changed on its way.
pub async fn a_message_arrives_as_it_was_published(under_test: QueueUnderTest) {
    let topic = topic();
    let mut deliveries = under_test.consume(&topic, 1).await;
    let published = under_test.publish(&topic, "{\"a\":\"ä\"}").await;
    let delivery = taken(&mut deliveries).await;
    assert_eq!(delivery.envelope, published);
    assert!(!delivery.redelivered);
    delivery.ack().await.unwrap();
}

/// A message published when nobody consumes is delivered when somebody does.
pub async fn a_message_waits_for_its_first_consumer(under_test: QueueUnderTest) {
    let topic = topic();
    under_test.publish(&topic, "early").await;
    let mut deliveries = under_test.consume(&topic, 1).await;
    assert_eq!(text(&taken(&mut deliveries).await), "early");
}

/// A consumer that waits gets what is published then.
pub async fn a_waiting_consumer_is_woken(under_test: QueueUnderTest) {
    let topic = topic();
    let mut deliveries = under_test.consume(&topic, 2).await;
    for word in ["one", "two"] {
        let publishing = async {
            (under_test.advance)(Duration::from_millis(20)).await;
            under_test.publish(&topic, word).await;
        };
        let (delivery, ()) = join(taken(&mut deliveries), publishing).await;
        assert_eq!(text(&delivery), word);
        delivery.ack().await.unwrap();
    }
}

/// Whoever watches is told at the latest when the message is done.
pub async fn a_message_that_is_done_is_safe(under_test: QueueUnderTest) {
    let topic = topic();
    let mut deliveries = under_test.consume(&topic, 1).await;
    let published = envelope("watched");
    let safe = under_test.queue.publish_watched(&topic, published.clone()).await.unwrap();
    let delivery = taken(&mut deliveries).await;
    assert_eq!(delivery.envelope, published);
    delivery.ack().await.unwrap();
    safe.await;
}

/// What was published first does not come last.
pub async fn messages_come_in_about_the_order_of_publishing(under_test: QueueUnderTest) {
    let topic = topic();
    for number in 0..30 {
        under_test.publish(&topic, &number.to_string()).await;
    }
    let mut deliveries = under_test.consume(&topic, 1).await;
    for _ in 0..10 {
        let delivery = taken(&mut deliveries).await;
        let number: u32 = text(&delivery).parse().unwrap();
        assert!(number < 20, "{number} is among the first ten of thirty");
        delivery.ack().await.unwrap();
    }
}

/// A message of one topic is not delivered to another's consumers.
pub async fn topics_are_apart(under_test: QueueUnderTest) {
    let (mine, other) = (topic(), topic());
    let mut deliveries = under_test.consume(&mine, 1).await;
    under_test.publish(&other, "not mine").await;
    stays_quiet(&mut deliveries).await;
}

/// An acknowledged message is handed over to nobody again, and no longer counted.
pub async fn an_acknowledged_message_is_gone(under_test: QueueUnderTest) {
    let topic = topic();
    under_test.publish(&topic, "done").await;
    let mut deliveries = under_test.consume(&topic, 1).await;
    taken(&mut deliveries).await.ack().await.unwrap();
    eventually(&under_test.advance, async || under_test.depth(&topic).await == Depth::default())
        .await;
    drop(deliveries);
    stays_quiet(&mut under_test.consume(&topic, 1).await).await;
}

/// Waiting and unsettled messages are counted apart.
pub async fn depth_tells_what_waits_where(under_test: QueueUnderTest) {
    let topic = topic();
    for word in ["a", "b", "c"] {
        under_test.publish(&topic, word).await;
    }
    let all_ready = Depth { ready: 3, unsettled: 0, delayed: 0 };
    eventually(&under_test.advance, async || under_test.depth(&topic).await == all_ready).await;
    let mut deliveries = under_test.consume(&topic, 1).await;
    let delivery = taken(&mut deliveries).await;
    let one_out = Depth { ready: 2, unsettled: 1, delayed: 0 };
    eventually(&under_test.advance, async || under_test.depth(&topic).await == one_out).await;
    drop(deliveries);
    delivery.ack().await.ok();
}

/// Nothing is an answer, not an error.
pub async fn a_topic_never_used_is_empty(under_test: QueueUnderTest) {
    assert_eq!(under_test.depth(&topic()).await, Depth::default());
}

/// Nobody takes a delivery away from a receiver that has it and is there.
pub async fn a_delivery_is_not_lost_while_it_is_out(under_test: QueueUnderTest) {
    let topic = topic();
    let mut deliveries = under_test.consume(&topic, 2).await;
    under_test.publish(&topic, "a").await;
    let out = taken(&mut deliveries).await;
    let mut lost = out.lost();
    // Whatever becomes of others.
    under_test.publish(&topic, "b").await;
    taken(&mut deliveries).await.release().await.unwrap();
    taken(&mut deliveries).await.ack().await.unwrap();
    assert!((&mut lost).now_or_never().is_none());
    out.ack().await.unwrap();
}
