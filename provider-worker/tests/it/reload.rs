//! New keys and limits while answers go on.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    job::{Job, Sampling},
    ladder::RetryLadder,
};
use ports::live::{Controls, KeyPool, KeySpec};
use provider_worker::{Config, ProviderConfig, Reloads, key_id};
use secrecy::SecretString;
use testkit::sample;
use tokio::{sync::Notify, time::sleep};

use crate::{
    scripted::{Say, Scripted},
    world::{Real, World, config, eventually},
};

/// What the next reading of the settings finds.
type Next = Arc<Mutex<Result<Vec<ProviderConfig>, String>>>;

/// A worker with the key sim-1, and the settings that it finds next: the same with sim-2.
async fn reloadable() -> (Real, Next, Arc<Notify>) {
    let (next, asked) = (Next::new(Mutex::new(Err(String::new()))), Arc::new(Notify::new()));
    let (load, told) = (Arc::clone(&next), Arc::clone(&asked));
    let real = Real::configured(&["sim-1"], |config: Config| {
        let mut changed = config.providers.clone();
        changed[0].keys = vec![SecretString::from("sim-2").into()];
        changed[0].keys[0].concurrency = Some(3);
        changed[0].max_output = BTreeMap::from([("sim-tokens=9".to_owned(), 2)]);
        *load.lock().unwrap() = Ok(changed);
        let load = move || load.lock().unwrap().clone();
        Config { reloads: Reloads::new(load, told), ..config }
    })
    .await;
    (real, next, asked)
}

async fn has_only_the_new_key(real: &Real) {
    let id = key_id(&sample::provider(), &SecretString::from("sim-2"));
    eventually("the new key is the only one", async || {
        let keys = real.world.keys.keys(&sample::provider()).await.unwrap();
        keys.len() == 1 && keys[0].key == id && keys[0].concurrency == Some(3)
    })
    .await;
}

#[tokio::test]
async fn new_keys_are_used_and_answers_under_way_go_on() {
    let (mut real, _next, asked) = reloadable().await;
    let slow = real.world.ask("sim-ttft=1ms,gap=20ms,tokens=40").await;
    real.simulated.record().wait_for(|calls| !calls.is_empty()).await;
    asked.notify_one();
    has_only_the_new_key(&real).await;
    let ended = real.world.ended().await;
    assert_eq!((ended.generation_id, ended.attempt), (slow.generation_id, 1));
    assert_eq!(ended.outcome.name(), "succeeded");
    assert_eq!(real.world.answer("sim-tokens=3").await.outcome.name(), "succeeded");
    let keys: Vec<String> = real.calls().into_iter().map(|call| call.key).collect();
    assert_eq!(keys, ["sim-1", "sim-2"]);
    real.stop().await;
}

#[tokio::test]
async fn a_new_maximum_holds_for_the_next_call() {
    let (mut real, _next, asked) = reloadable().await;
    let sampling = Sampling { max_tokens: Some(5), ..Sampling::default() };
    for tokens in [5, 2] {
        real.world.publish(&Job { sampling, ..real.world.job("sim-tokens=9", "Hi?") }).await;
        assert_eq!(real.world.ended().await.usage.unwrap().output_tokens, tokens);
        asked.notify_one();
        has_only_the_new_key(&real).await;
    }
    real.stop().await;
}

#[tokio::test]
async fn operators_ask_for_it_from_afar() {
    let (real, _next, _asked) = reloadable().await;
    // What was asked before a worker began does not count, so it is asked again.
    eventually("the worker follows", async || {
        real.world.controls.ask_reload().await.unwrap();
        let keys = real.world.keys.keys(&sample::provider()).await.unwrap();
        keys.first().is_some_and(|key| key.concurrency == Some(3))
    })
    .await;
    has_only_the_new_key(&real).await;
    real.stop().await;
}

#[tokio::test]
async fn wrong_settings_change_nothing() {
    let (mut real, next, asked) = reloadable().await;
    let good = std::mem::replace(&mut *next.lock().unwrap(), Err("wrong".to_owned()));
    asked.notify_one();
    assert_eq!(real.world.answer("sim-tokens=3").await.outcome.name(), "succeeded");
    assert_eq!(real.calls()[0].key, "sim-1");
    *next.lock().unwrap() = good;
    asked.notify_one();
    has_only_the_new_key(&real).await;
    real.stop().await;
}

/// As a worker with old settings leaves it that has brought a lost pool back.
#[tokio::test(start_paused = true)]
async fn a_pool_that_was_brought_back_with_other_keys_learns_the_new_ones() {
    let mut world = World::virtual_time().await;
    let mut config = config("http://unused.invalid/v1".to_owned(), &["new"]);
    config.ladder = RetryLadder::default();
    let provider = Arc::new(Scripted::new(&[Say::Text(&["hi"])]));
    world.start_with(config, Arc::<Scripted>::clone(&provider));
    assert_eq!(world.answer("m").await.text(), "hi");
    sleep(Duration::from_mins(2)).await;
    let old = key_id(&sample::provider(), &SecretString::from("old"));
    world.keys.register(&sample::provider(), &[KeySpec::plain(old, None)]).await.unwrap();
    world.ask("m").await;
    let waits = world.ended().await;
    assert!(!waits.outcome.is_terminal(), "{:?}", waits.outcome);
    let ended = world.ended().await;
    assert_eq!((ended.outcome.name(), ended.text().as_str()), ("succeeded", "hi"));
    let keys = world.keys.keys(&sample::provider()).await.unwrap();
    let new = key_id(&sample::provider(), &SecretString::from("new"));
    assert_eq!(keys.into_iter().map(|key| key.key).collect::<Vec<_>>(), [new]);
    assert!(provider.calls().iter().all(|(_, key)| key == "new"));
    world.stop_softly().await;
}
