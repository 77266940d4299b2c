//! Promises of `ports::live::Controls`.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    key::KeyId,
    model::ProviderName,
    pool::{PoolWish, WorkerStatus, WorkerWish},
};
use ports::live::WORKER_KEPT;

use super::bench::LiveUnderTest;

fn pool(name: &str) -> ProviderName {
    ProviderName::parse(name).unwrap()
}

fn status(worker: &str, pool_name: &str) -> WorkerStatus {
    WorkerStatus {
        worker: worker.to_owned(),
        pool: pool(pool_name),
        slots: 8,
        busy: 3,
        paused: false,
        version: "1.2.3".to_owned(),
        calls: BTreeMap::from([(KeyId::new("one:a"), 2)]),
    }
}

/// The last wish counts, for its pool alone.
pub async fn what_was_told_last_is_wished(live: LiveUnderTest) {
    let (one, other) = (pool("one"), pool("other"));
    assert_eq!(live.controls.wish(&one).await.unwrap(), None);
    for wish in [
        PoolWish { paused: true, ..PoolWish::default() },
        PoolWish { paused: false, concurrency: Some(3), requests_per_minute: Some(60) },
        PoolWish::default(),
    ] {
        live.controls.tell(&one, wish).await.unwrap();
        assert_eq!(live.controls.wish(&one).await.unwrap(), Some(wish));
    }
    assert_eq!(live.controls.wish(&other).await.unwrap(), None);
}

/// Each pool of a worker by itself, by name; what it said last counts.
pub async fn workers_are_listed_as_they_said(live: LiveUnderTest) {
    let (a, b) = (status("w b", "one"), status("w a", "two"));
    let c = WorkerStatus { busy: 4, paused: true, ..status("w a", "one") };
    for said in [&a, &b, &status("w a", "one"), &c] {
        assert_eq!(live.controls.report(said).await.unwrap(), WorkerWish::default());
    }
    assert_eq!(live.controls.workers().await.unwrap(), [c, b, a]);
}

/// Somebody who died does not take leave.
pub async fn a_silent_worker_is_forgotten(live: LiveUnderTest) {
    let (silent, lively) = (status("silent", "one"), status("lively", "one"));
    live.controls.report(&silent).await.unwrap();
    (live.advance)(WORKER_KEPT / 2).await;
    live.controls.report(&lively).await.unwrap();
    assert_eq!(live.controls.workers().await.unwrap().len(), 2);
    (live.advance)(WORKER_KEPT / 2 + Duration::from_millis(100)).await;
    assert_eq!(live.controls.workers().await.unwrap(), [lively]);
}

/// Until it is asked the other way; nobody else hears of it.
pub async fn a_worker_is_drained_by_its_name(live: LiveUnderTest) {
    let (one, other) = (status("one", "p"), status("other", "p"));
    let drained = async |status: &WorkerStatus| live.controls.report(status).await.unwrap().drained;
    live.controls.drain("one", true).await.unwrap();
    assert!(drained(&one).await && drained(&one).await && !drained(&other).await);
    live.controls.drain("one", false).await.unwrap();
    live.controls.drain("one", false).await.unwrap();
    assert!(!drained(&one).await);
}

/// Until it is told otherwise; nobody else hears of it.
pub async fn a_worker_is_scaled_by_its_name(live: LiveUnderTest) {
    let (one, other) = (status("one", "p"), status("other", "p"));
    let wanted =
        async |status: &WorkerStatus| live.controls.report(status).await.unwrap().concurrency;
    assert_eq!(wanted(&one).await, None);
    for concurrency in [Some(3), Some(65_535), None, None] {
        live.controls.scale("one", concurrency).await.unwrap();
        assert_eq!((wanted(&one).await, wanted(&other).await), (concurrency, None));
    }
}

/// Each wish to read the settings again is told from the one before.
pub async fn every_wish_to_reload_counts(live: LiveUnderTest) {
    assert_eq!(live.controls.reloads().await.unwrap(), 0);
    let mut last = 0;
    for _ in 0..3 {
        live.controls.ask_reload().await.unwrap();
        let asked = live.controls.reloads().await.unwrap();
        assert!(asked > last, "{asked} after {last}");
        last = asked;
    }
}
