//! How much, how many, how long.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{model::ProviderName, time::Timestamp};
use embedded::{MAX_DEAD_LETTERS, MemoryQueue};
use futures_util::{FutureExt, StreamExt};
use ports::{
    Clock,
    queue::{Depth, Envelope, Queue, QueueOperations, Topic},
};
use testkit::clock::{ManualClock, epoch};
use tokio::task::JoinSet;
use uuid::{NoContext, Uuid};

fn envelope(body: u64) -> Envelope {
    let id = Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, 1, 0));
    Envelope {
        message_id: id,
        correlation_id: id,
        kind: "job".to_owned(),
        at: epoch(),
        headers: BTreeMap::new(),
        body: body.to_string().into(),
    }
}

fn topic() -> Topic {
    Topic::Requests(ProviderName::parse("simulated").unwrap())
}

fn queue() -> (Arc<MemoryQueue>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new());
    (Arc::new(MemoryQueue::new(clock.clone())), clock)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_thousand_messages_pass_through_many_hands() {
    const PUBLISHERS: u64 = 4;
    const EACH: u64 = 25_000;
    let (queue, _) = queue();
    let mut tasks = JoinSet::new();
    for _ in 0..PUBLISHERS {
        let queue = Arc::clone(&queue);
        tasks.spawn(async move {
            for number in 0..EACH {
                queue.publish(&topic(), envelope(number), None).await.unwrap();
            }
            0
        });
    }
    let (done, finished) = tokio::sync::watch::channel(0_u64);
    for _ in 0..4 {
        let mut deliveries = queue.consume(&topic(), 16).await.unwrap();
        let (done, mut finished) = (done.clone(), finished.clone());
        tasks.spawn(async move {
            let mut taken = 0_u64;
            loop {
                let delivery = tokio::select! {
                    delivery = deliveries.next() => delivery.unwrap().unwrap(),
                    _ = finished.wait_for(|done| *done == PUBLISHERS * EACH) => return taken,
                };
                delivery.ack().await.unwrap();
                taken += 1;
                done.send_modify(|done| *done += 1);
            }
        });
    }
    let all = tokio::time::timeout(Duration::from_mins(1), tasks.join_all()).await;
    let taken: u64 = all.expect("no wake-up is lost").into_iter().sum();
    assert_eq!(taken, PUBLISHERS * EACH, "each exactly once, since all were acknowledged");
    assert_eq!(queue.depth(&topic()).await.unwrap(), Depth::default());
}

#[tokio::test(start_paused = true)]
async fn delays_of_all_lengths_end_in_order_and_in_time() {
    let (queue, _) = queue();
    let began = tokio::time::Instant::now();
    for seconds in [86_400, 3_600, 60, 600, 60] {
        let delay = Duration::from_secs(seconds);
        queue.publish(&topic(), envelope(seconds), Some(delay)).await.unwrap();
    }
    queue.publish(&topic(), envelope(0), Some(Duration::ZERO)).await.unwrap();
    let mut deliveries = queue.consume(&topic(), 1).await.unwrap();
    for seconds in [0, 60, 60, 600, 3_600, 86_400] {
        let delivery = deliveries.next().await.unwrap().unwrap();
        assert_eq!(delivery.envelope.body, seconds.to_string());
        let late = began.elapsed().checked_sub(Duration::from_secs(seconds)).expect("not early");
        assert!(late < Duration::from_millis(5), "{late:?}");
        delivery.ack().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_delay_beyond_all_measure_is_no_panic() {
    let (queue, _) = queue();
    queue.publish(&topic(), envelope(1), Some(Duration::MAX)).await.unwrap();
    assert_eq!(queue.depth(&topic()).await.unwrap().delayed, 1);
}

#[tokio::test]
async fn dead_letters_beyond_the_bound_push_out_the_oldest() {
    let (queue, clock) = queue();
    let mut deliveries = queue.consume(&topic(), 1).await.unwrap();
    for number in 0..MAX_DEAD_LETTERS as u64 + 5 {
        queue.publish(&topic(), envelope(number), None).await.unwrap();
        let delivery = deliveries.next().await.unwrap().unwrap();
        delivery.dead_letter("bad").await.unwrap();
        clock.advance(Duration::from_millis(1));
    }
    let letters = queue.dead_letters(u32::MAX).await.unwrap();
    assert_eq!(letters.len(), MAX_DEAD_LETTERS);
    assert_eq!(letters[0].envelope.body, "5");
    let since: Vec<Timestamp> = letters.iter().map(|letter| letter.since).collect();
    assert!(since.is_sorted());
    assert!(*since.last().unwrap() < clock.now());
}

#[tokio::test]
async fn a_consumer_that_stopped_looking_keeps_nothing_from_the_others() {
    let (queue, _) = queue();
    let mut distracted = queue.consume(&topic(), 8).await.unwrap();
    // It looked once, found nothing, and does not look again.
    assert!(futures_util::FutureExt::now_or_never(distracted.next()).is_none());
    let mut attentive = queue.consume(&topic(), 8).await.unwrap();
    for number in 0..8 {
        queue.publish(&topic(), envelope(number), None).await.unwrap();
        let next = tokio::time::timeout(Duration::from_secs(5), attentive.next());
        next.await.expect("it is free to take it").unwrap().unwrap().ack().await.unwrap();
    }
}

/// It would go with the process: neither one that came back nor a dead letter is safe.
#[tokio::test]
async fn a_message_is_safe_when_it_is_done_and_no_sooner() {
    let (queue, _) = queue();
    let mut safe = queue.publish_watched(&topic(), envelope(1)).await.unwrap();
    let mut deliveries = queue.consume(&topic(), 1).await.unwrap();
    let id = deliveries.next().await.unwrap().unwrap().envelope.message_id;
    assert!((&mut safe).now_or_never().is_none(), "it was given back");
    let delivery = deliveries.next().await.unwrap().unwrap();
    delivery.dead_letter("spoiled").await.unwrap();
    assert!((&mut safe).now_or_never().is_none(), "it is a dead letter");
    assert_eq!(queue.replay(&[id]).await.unwrap(), 1);
    let delivery = deliveries.next().await.unwrap().unwrap();
    assert!((&mut safe).now_or_never().is_none(), "it is being done");
    delivery.ack().await.unwrap();
    safe.now_or_never().expect("it is done");
}

/// Nobody wants it any more.
#[tokio::test]
async fn a_purged_message_is_safe() {
    let (queue, _) = queue();
    let safe = queue.publish_watched(&topic(), envelope(1)).await.unwrap();
    let mut deliveries = queue.consume(&topic(), 1).await.unwrap();
    let delivery = deliveries.next().await.unwrap().unwrap();
    let id = delivery.envelope.message_id;
    delivery.dead_letter("spoiled").await.unwrap();
    assert_eq!(queue.purge(&[id]).await.unwrap(), 1);
    safe.now_or_never().expect("it is gone");
}
