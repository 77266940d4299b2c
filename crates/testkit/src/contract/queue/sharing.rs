//! Consumers share a topic, each with no more than it asked for.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all};
use ports::queue::{Deliveries, Depth};

use super::{
    super::waiting::{eventually, soon, stays_quiet},
    bench::{QueueUnderTest, taken, text, topic},
};

/// The next delivery waits until one of those out has ended.
pub async fn no_more_than_prefetch_are_out(under_test: QueueUnderTest) {
    let topic = topic();
    for number in 0..4 {
        under_test.publish(&topic, &number.to_string()).await;
    }
    let mut deliveries = under_test.consume(&topic, 2).await;
    let first = taken(&mut deliveries).await;
    let second = taken(&mut deliveries).await;
    stays_quiet(&mut deliveries).await;
    let (third, acked) = join(taken(&mut deliveries), first.ack()).await;
    acked.unwrap();
    stays_quiet(&mut deliveries).await;
    drop((second, third));
}

/// Acknowledged, released, buried or dropped: each end lets the next delivery out.
pub async fn every_way_to_end_a_delivery_makes_room(under_test: QueueUnderTest) {
    let topic = topic();
    let mut deliveries = under_test.consume(&topic, 1).await;
    under_test.publish(&topic, "a").await;
    taken(&mut deliveries).await.release().await.unwrap();
    drop(taken(&mut deliveries).await);
    taken(&mut deliveries).await.ack().await.unwrap();
    under_test.publish(&topic, "b").await;
    taken(&mut deliveries).await.dead_letter("for the test").await.unwrap();
    under_test.publish(&topic, "c").await;
    let last = taken(&mut deliveries).await;
    assert_eq!(text(&last), "c");
}

/// A message that one consumer has, no other gets.
pub async fn consumers_of_a_topic_share_its_messages(under_test: QueueUnderTest) {
    let topic = topic();
    let mut first = under_test.consume(&topic, 1).await;
    let mut second = under_test.consume(&topic, 1).await;
    under_test.publish(&topic, "a").await;
    under_test.publish(&topic, "b").await;
    let (one, other) = join(taken(&mut first), taken(&mut second)).await;
    assert_ne!(one.envelope.message_id, other.envelope.message_id);
}

/// Whoever takes them: every message is handed over, and nothing is left.
pub async fn many_consumers_lose_nothing(under_test: QueueUnderTest) {
    const MESSAGES: usize = 200;
    const AT_ONCE: usize = 20;
    let topic = topic();
    let mut consumers = Vec::new();
    for _ in 0..4 {
        consumers.push(under_test.consume(&topic, 7).await);
    }
    let words: Vec<String> = (0..MESSAGES).map(|number| number.to_string()).collect();
    let publishing = async {
        for some in words.chunks(AT_ONCE) {
            join_all(some.iter().map(|word| under_test.publish(&topic, word))).await;
        }
    };
    let seen = std::sync::Mutex::new(BTreeSet::new());
    let all_seen = tokio::sync::Notify::new();
    let consuming = join_all(consumers.iter_mut().map(|consumer| {
        consume_until(consumer, &all_seen, |word| {
            let mut seen = seen.lock().unwrap();
            seen.insert(word);
            seen.len() == MESSAGES
        })
    }));
    soon(join(publishing, consuming)).await;
    assert_eq!(seen.into_inner().unwrap().len(), MESSAGES);
    eventually(&under_test.advance, async || under_test.depth(&topic).await == Depth::default())
        .await;
}

/// Takes and acknowledges until `enough` says so here or elsewhere.
async fn consume_until(
    consumer: &mut Deliveries,
    all_seen: &tokio::sync::Notify,
    enough: impl Fn(String) -> bool,
) {
    loop {
        let delivery = tokio::select! {
            delivery = taken(consumer) => delivery,
            () = all_seen.notified() => return all_seen.notify_one(),
        };
        let word = text(&delivery);
        delivery.ack().await.unwrap();
        if enough(word) {
            return all_seen.notify_one();
        }
    }
}

/// A consumer that cannot do it gives it to one that can.
pub async fn a_message_given_back_goes_to_another_consumer(under_test: QueueUnderTest) {
    let topic = topic();
    let mut first = under_test.consume(&topic, 1).await;
    let published = under_test.publish(&topic, "a").await;
    let delivery = taken(&mut first).await;
    let mut second = under_test.consume(&topic, 1).await;
    let giving = async {
        delivery.release().await.unwrap();
        drop(first);
    };
    let (again, ()) = join(taken(&mut second), giving).await;
    assert_eq!(again.envelope.message_id, published.message_id);
    assert!(again.redelivered);
}
