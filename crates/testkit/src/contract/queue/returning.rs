//! Messages come back unless they are acknowledged, but not for ever.

use ports::queue::MAX_DELIVERIES;

use super::{
    super::waiting::stays_quiet,
    bench::{QueueUnderTest, taken, text, topic},
};

/// A released message is handed over again, and says so.
pub async fn a_released_message_comes_again(under_test: QueueUnderTest) {
    let topic = topic();
    let published = under_test.publish(&topic, "again").await;
    let mut deliveries = under_test.consume(&topic, 1).await;
    taken(&mut deliveries).await.release().await.unwrap();
    let delivery = taken(&mut deliveries).await;
    assert_eq!(delivery.envelope, published);
    assert!(delivery.redelivered);
}

/// A delivery that is dropped, as by a worker that panics, is handed over again, and says so.
pub async fn a_dropped_delivery_comes_again(under_test: QueueUnderTest) {
    let topic = topic();
    let published = under_test.publish(&topic, "again").await;
    let mut deliveries = under_test.consume(&topic, 1).await;
    drop(taken(&mut deliveries).await);
    let delivery = taken(&mut deliveries).await;
    assert_eq!(delivery.envelope, published);
    assert!(delivery.redelivered);
}

/// What a dropped subscription had not handed out is there for others.
pub async fn a_dropped_subscription_gives_back_what_it_held(under_test: QueueUnderTest) {
    let topic = topic();
    for word in ["a", "b", "c"] {
        under_test.publish(&topic, word).await;
    }
    let mut first = under_test.consume(&topic, 3).await;
    taken(&mut first).await.ack().await.unwrap();
    drop(first);
    let mut second = under_test.consume(&topic, 3).await;
    let mut words = Vec::new();
    while words.len() < 2 {
        let delivery = taken(&mut second).await;
        words.push(text(&delivery));
        delivery.ack().await.unwrap();
    }
    words.sort();
    assert_eq!(words, ["b", "c"]);
}

/// A message that kills every worker is handed over so often and no more; then an operator sees it.
pub async fn a_message_that_always_comes_back_joins_the_dead_letters(under_test: QueueUnderTest) {
    let topic = topic();
    let published = under_test.publish(&topic, "poison").await;
    let mut deliveries = under_test.consume(&topic, 1).await;
    for round in 0..MAX_DELIVERIES {
        let delivery = taken(&mut deliveries).await;
        assert_eq!(delivery.redelivered, round > 0);
        assert_eq!(delivery.is_last, round + 1 == MAX_DELIVERIES);
        if round % 2 == 0 { drop(delivery) } else { delivery.release().await.unwrap() }
    }
    stays_quiet(&mut deliveries).await;
    let letters = under_test.dead_letters_become(&topic, 1).await;
    assert_eq!(letters[0].envelope, published);
    assert!(!letters[0].why.is_empty());
}
