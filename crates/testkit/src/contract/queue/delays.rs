//! Delayed messages come when it is time.

use std::time::Duration;

use futures_util::future::join;
use tokio::time::Instant;

use super::{
    super::waiting::eventually,
    bench::{QueueUnderTest, taken, text, topic},
};

const SHORT: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(5);
/// Longer than any case waits.
const ENDLESS: Duration = Duration::from_mins(1);

/// Early is a broken promise; late, by a rung, is not.
pub async fn a_delayed_message_comes_no_earlier(under_test: QueueUnderTest) {
    let topic = topic();
    let mut deliveries = under_test.consume(&topic, 1).await;
    let began = Instant::now();
    under_test.publish_later(&topic, "later", SHORT).await;
    assert_eq!(text(&taken(&mut deliveries).await), "later");
    assert!(began.elapsed() >= SHORT, "it came too early: after {:?}", began.elapsed());
}

/// What is due now does not wait for what is due later.
pub async fn a_delayed_message_holds_up_no_other(under_test: QueueUnderTest) {
    let topic = topic();
    let mut deliveries = under_test.consume(&topic, 1).await;
    under_test.publish_later(&topic, "later", SHORT).await;
    under_test.publish(&topic, "now").await;
    let first = taken(&mut deliveries).await;
    assert_eq!(text(&first), "now");
    first.ack().await.unwrap();
    assert_eq!(text(&taken(&mut deliveries).await), "later");
}

/// The shorter delay ends first, though it began later.
pub async fn a_short_delay_does_not_wait_for_a_long_one(under_test: QueueUnderTest) {
    let topic = topic();
    under_test.publish_later(&topic, "long", LONG).await;
    under_test.publish_later(&topic, "short", SHORT).await;
    let mut deliveries = under_test.consume(&topic, 2).await;
    let first = taken(&mut deliveries).await;
    let second = taken(&mut deliveries).await;
    assert_eq!((text(&first), text(&second)), ("short".to_owned(), "long".to_owned()));
}

/// A consumer that waits, for anything or for a long delay, hears of a delay that begins meanwhile.
pub async fn a_consumer_that_waits_hears_of_a_shorter_delay(under_test: QueueUnderTest) {
    let topic = topic();
    let mut deliveries = under_test.consume(&topic, 1).await;
    let publishing = async {
        for (word, delay) in [("long", ENDLESS), ("short", SHORT)] {
            (under_test.advance)(Duration::from_millis(20)).await;
            under_test.publish_later(&topic, word, delay).await;
        }
    };
    // Who heard of it only with the long one would take it too late.
    let (first, ()) = join(taken(&mut deliveries), publishing).await;
    assert_eq!(text(&first), "short");
}

/// Operators see what waits for its time.
pub async fn a_delayed_message_is_counted_as_delayed(under_test: QueueUnderTest) {
    let topic = topic();
    under_test.publish_later(&topic, "later", LONG).await;
    eventually(&under_test.advance, async || {
        let depth = under_test.depth(&topic).await;
        (depth.delayed, depth.ready) == (1, 0)
    })
    .await;
    eventually(&under_test.advance, async || {
        let depth = under_test.depth(&topic).await;
        (depth.delayed, depth.ready) == (0, 1)
    })
    .await;
}
