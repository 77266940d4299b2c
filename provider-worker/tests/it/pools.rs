//! Operators tune a pool while it works.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use domain::pool::PoolWish;
use embedded::MemoryQueue;
use ports::{
    live::{Controls, KeyPool},
    queue::{Deliveries, Envelope, Queue, QueueError, QueueOperations, Topic},
};
use testkit::sample;
use tokio::time::sleep;

use crate::{
    scripted::{Say, Scripted},
    world::{Real, World, config, eventually, topic},
};

async fn wish(real: &Real, paused: bool, concurrency: Option<u16>) {
    let wish = PoolWish { paused, concurrency, ..PoolWish::default() };
    real.world.controls.tell(&sample::provider(), wish).await.unwrap();
}

/// Waits until the worker says that this is how it works.
async fn follows(real: &Real, slots: u16, paused: bool) {
    eventually("the worker follows", async || {
        let workers = real.world.controls.workers().await.unwrap();
        workers.iter().any(|status| (status.slots, status.paused) == (slots, paused))
    })
    .await;
}

#[tokio::test]
async fn a_paused_pool_finishes_what_it_has_and_takes_nothing_new() {
    let mut real = Real::with(&["sim-1"]).await;
    let first = real.world.ask("sim-ttft=1200ms,tokens=3").await;
    eventually("the first call is made", async || real.calls().len() == 1).await;
    wish(&real, true, None).await;
    follows(&real, 8, true).await;
    let second = real.world.ask("sim-tokens=3").await;
    assert_eq!(real.world.finished().await.generation_id, first.generation_id);
    assert_eq!(real.calls().len(), 1, "the second one waits");
    wish(&real, false, None).await;
    assert_eq!(real.world.finished().await.generation_id, second.generation_id);
    real.world.idle().await;
    real.stop().await;
}

#[tokio::test]
async fn a_pool_is_scaled_while_it_works() {
    let mut real = Real::with(&["sim-1"]).await;
    wish(&real, false, Some(2)).await;
    follows(&real, 2, false).await;
    let most_at_once = |real: &Real, from: usize| {
        let calls = real.calls().split_off(from);
        let under_way = |at: u64| {
            calls
                .iter()
                .filter(|c| c.started_us <= at && c.ended_us.is_none_or(|end| end > at))
                .count()
        };
        calls.iter().map(|call| under_way(call.started_us)).max().unwrap_or_default()
    };
    for _ in 0..6 {
        real.world.ask("sim-ttft=60ms,tokens=1").await;
    }
    for _ in 0..6 {
        real.world.finished().await;
    }
    assert_eq!(most_at_once(&real, 0), 2);
    wish(&real, false, Some(6)).await;
    follows(&real, 6, false).await;
    for _ in 0..6 {
        real.world.ask("sim-ttft=2s,tokens=1").await;
    }
    eventually("all six are under way", async || real.calls().len() == 12).await;
    for _ in 0..6 {
        real.world.finished().await;
    }
    assert_eq!(most_at_once(&real, 6), 6);
    real.world.idle().await;
    real.stop().await;
}

#[tokio::test]
async fn keys_keep_to_a_limit_wished_while_they_work() {
    let mut real = Real::with(&["sim-1"]).await;
    let limit = async |real: &Real, requests_per_minute| {
        let wish = PoolWish { requests_per_minute, ..PoolWish::default() };
        real.world.controls.tell(&sample::provider(), wish).await.unwrap();
        eventually("the pool of keys knows", async || {
            let keys = real.world.keys.keys(&sample::provider()).await.unwrap();
            keys.iter().all(|key| key.requests_per_minute == requests_per_minute)
        })
        .await;
    };
    limit(&real, Some(2)).await;
    for _ in 0..4 {
        real.world.ask("sim-tokens=1").await;
    }
    for _ in 0..2 {
        real.world.finished().await;
    }
    eventually("the others wait", async || {
        real.world.queue.depth(&topic()).await.unwrap().delayed == 2
    })
    .await;
    assert_eq!(real.calls().len(), 2);
    limit(&real, None).await;
    real.world.ask("sim-tokens=1").await;
    real.world.finished().await;
    real.stop().await;
}

#[tokio::test]
async fn a_drained_worker_leaves_the_work_to_others() {
    let mut real = Real::with(&["sim-1"]).await;
    real.world.controls.drain("test-worker", true).await.unwrap();
    follows(&real, 8, true).await;
    let job = real.world.ask("sim-tokens=3").await;
    assert!(!real.world.is_idle().await && real.calls().is_empty());
    real.world.controls.drain("test-worker", false).await.unwrap();
    assert_eq!(real.world.finished().await.generation_id, job.generation_id);
    real.stop().await;
}

/// A queue that notes for how many deliveries was subscribed.
struct Noted(Arc<MemoryQueue>, Mutex<Vec<u16>>);

#[async_trait]
impl Queue for Noted {
    async fn publish(
        &self,
        topic: &Topic,
        envelope: Envelope,
        delay: Option<Duration>,
    ) -> Result<(), QueueError> {
        self.0.publish(topic, envelope, delay).await
    }

    async fn consume(&self, topic: &Topic, prefetch: u16) -> Result<Deliveries, QueueError> {
        self.1.lock().unwrap().push(prefetch);
        self.0.consume(topic, prefetch).await
    }
}

/// A broker hands over as many as are subscribed for, whatever else the worker is busy with.
#[tokio::test(start_paused = true)]
async fn a_busy_worker_subscribes_for_the_room_it_has() {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(&[Say::Slowly(&["hi"], Duration::from_secs(20))]));
    let queue = Arc::new(Noted(Arc::clone(&world.queue), Mutex::default()));
    let ports = provider_worker::Ports { queue: Arc::<Noted>::clone(&queue), ..world.ports() };
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    config.providers[0].concurrency = 2;
    world.start_on(ports, config, Arc::<Scripted>::clone(&provider));
    // Each is answered in 40 seconds.
    world.ask("m").await;
    sleep(Duration::from_secs(10)).await;
    world.ask("m").await;
    for paused in [true, false] {
        sleep(Duration::from_secs(5)).await;
        let wish = PoolWish { paused, ..PoolWish::default() };
        world.controls.tell(&sample::provider(), wish).await.unwrap();
    }
    for _ in 0..2 {
        world.ask("m").await;
    }
    sleep(Duration::from_secs(10)).await;
    assert_eq!(*queue.1.lock().unwrap(), [2], "there is no room");
    for rooms in [&[2, 1][..], &[2, 1, 1]] {
        assert_eq!(world.finished().await.attempt, 1);
        sleep(Duration::from_secs(5)).await;
        assert_eq!(*queue.1.lock().unwrap(), rooms);
    }
    assert_eq!(provider.calls().len(), 4, "all room is used");
    for _ in 0..2 {
        assert_eq!(world.finished().await.attempt, 1);
    }
    assert_eq!(*queue.1.lock().unwrap(), [2, 1, 1], "no new subscription for each answer");
    world.idle().await;
    world.stop_softly().await;
}
