//! Operators tune a pool while it works.

use domain::pool::PoolWish;
use ports::{
    live::{Controls, KeyPool},
    queue::QueueOperations,
};
use testkit::sample;

use crate::world::{Real, eventually, topic};

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
