//! Keys: another one at once, blame where it is due, and waiting without burning an attempt.

use std::{sync::Arc, time::Duration};

use domain::{
    attempt::{FinishReason, Outcome},
    event::Event,
    failure::{CallFailure, ErrorClass},
};
use ports::live::KeyState;
use secrecy::SecretString;

use crate::{
    scripted::{Say, Scripted, refuse},
    world::{Real, World, config},
};

fn succeeded() -> Outcome {
    Outcome::Succeeded { finish: FinishReason::Stop }
}

#[tokio::test]
async fn too_many_requests_on_one_key_are_answered_by_another_in_the_same_attempt() {
    let mut real = Real::with(&["sim-1", "sim-2"]).await;
    real.next_calls(1, "status=429,retry-after=30");
    let ended = real.world.answer("sim-tokens=3").await;
    assert_eq!((ended.attempt, &ended.outcome), (1, &succeeded()));
    let calls = real.calls();
    assert_eq!(calls.len(), 2);
    assert_ne!(calls[0].key, calls[1].key);
    let KeyState::CoolingUntil(until) = real.world.key_state(&calls[0].key).await else {
        panic!("the first key should rest");
    };
    let rest = (until - real.world.clock.now()).to_std().unwrap();
    assert!(rest > Duration::from_secs(25) && rest <= Duration::from_secs(30), "{rest:?}");
    assert_eq!(real.world.key_state(&calls[1].key).await, KeyState::Active);
    let retries = ended.events.iter().filter(|e| matches!(e.event, Event::Retry { .. })).count();
    assert_eq!(retries, 0, "viewers saw nothing of it");
    real.stop().await;
}

#[tokio::test]
async fn keys_that_are_all_limited_are_waited_for_without_a_rung() {
    let mut real = Real::with(&["sim-1", "sim-2"]).await;
    real.next_calls(2, "status=429,retry-after=1.2");
    let ended = real.world.answer("sim-tokens=3").await;
    assert_eq!((ended.attempt, &ended.outcome), (1, &succeeded()));
    let told = ended.events.iter().find_map(|entry| match &entry.event {
        Event::Retry { attempt, reason, retry_at: Some(_), .. } => {
            Some((*attempt, reason.as_str()))
        }
        _ => None,
    });
    assert_eq!(told, Some((1, "rate_limited")), "viewers are told of the wait");
    assert_eq!(real.calls().len(), 3);
    real.stop().await;
}

#[tokio::test]
async fn a_key_the_provider_does_not_know_is_revoked_and_another_answers() {
    let mut real = Real::with(&["sim-1", "sim-2"]).await;
    real.when_key("sim-1", "status=401");
    for _ in 0..3 {
        let ended = real.world.answer("sim-tokens=3").await;
        assert_eq!((ended.attempt, &ended.outcome), (1, &succeeded()));
    }
    assert_eq!(real.world.key_state("sim-1").await, KeyState::Revoked);
    assert_eq!(real.world.key_state("sim-2").await, KeyState::Active);
    let with_revoked = real.calls().iter().filter(|call| call.key == "sim-1").count();
    assert!(with_revoked <= 1, "not used again");
    real.stop().await;
}

#[tokio::test]
async fn a_key_without_money_rests_for_long() {
    let mut real = Real::with(&["sim-1", "sim-2"]).await;
    real.when_key("sim-1", "status=429,code=insufficient_quota");
    for _ in 0..2 {
        assert_eq!(real.world.answer("sim-tokens=3").await.outcome, succeeded());
    }
    let KeyState::ExhaustedUntil(until) = real.world.key_state("sim-1").await else {
        panic!("the key should rest");
    };
    assert!((until - real.world.clock.now()).num_minutes() >= 58);
    real.stop().await;
}

#[tokio::test]
async fn without_any_usable_key_it_fails_and_says_so() {
    let mut real = Real::with(&[]).await;
    let ended = real.world.answer("sim-tokens=3").await;
    let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!(failure.code, "no_usable_key");
    assert_eq!((ended.usage, ended.key), (None, None));
    assert!(real.calls().is_empty() && real.world.started.is_empty());
    real.stop().await;
}

#[tokio::test]
async fn all_keys_revoked_ends_in_a_failure_that_names_the_keys() {
    let mut real = Real::with(&["sim-1", "sim-2"]).await;
    let ended = real.world.answer("sim-status=401").await;
    let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!(failure.code, "no_usable_key", "the later attempts found no key at all");
    assert_eq!(real.calls().len(), 2, "each key was tried once");
    assert_eq!(real.world.key_states().await, [KeyState::Revoked, KeyState::Revoked]);
    real.stop().await;
}

fn limited(per_minute: u32) -> provider_worker::Config {
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    config.ladder = domain::ladder::RetryLadder::default();
    config.providers[0].keys[0].uses.requests_per_minute = Some(per_minute);
    config
}

#[tokio::test(start_paused = true)]
async fn a_short_wait_for_a_key_is_waited_here_and_shown() {
    let mut world = World::virtual_time().await;
    let hint = Some(Duration::from_secs(20));
    let tired = CallFailure { retry_after: hint, ..CallFailure::new(ErrorClass::RateMinute, "") };
    let provider = Arc::new(Scripted::new(&[
        Say::Refuse(tired.clone()),
        Say::Refuse(tired),
        Say::Text(&["hi"]),
    ]));
    world.start_with(limited(100), Arc::<Scripted>::clone(&provider));
    world.ask("m").await;
    let parked = world.ended().await;
    assert_eq!(parked.outcome.name(), "retry", "refused again after the wait, so a rung is used");
    assert_eq!(provider.calls()[1].0.as_secs(), 20, "waited for in the worker's hands");
    // Meanwhile another job finds the key resting, and waits for it in the worker's hands.
    let job = world.ask("m").await;
    let ended = world.ended().await;
    assert_eq!((ended.generation_id, ended.attempt), (job.generation_id, 1));
    assert_eq!(ended.outcome, succeeded());
    assert_eq!(provider.calls()[2].0.as_secs(), 40);
    let Event::Retry { attempt: 1, reason, retry_at: Some(at), discard_from_seq: None } =
        &ended.events[0].event
    else {
        panic!("{:?}", ended.events);
    };
    assert_eq!(reason, "cooling_down");
    assert_eq!((*at - job.created_at).num_seconds(), 20);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_for_a_key_goes_back_to_the_queue_and_burns_nothing() {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(&[Say::Text(&["hi"])]));
    world.start_with(limited(1), Arc::<Scripted>::clone(&provider));
    let first = world.ask("m").await;
    assert_eq!(world.ended().await.generation_id, first.generation_id);
    let second = world.ask("m").await;
    let waits = world.ended().await;
    assert_eq!(waits.attempt, 1);
    let Outcome::RetryIn { at, reason, uses_rung: false } = &waits.outcome else {
        panic!("{waits:?}");
    };
    assert_eq!(reason, "rate_limited");
    assert_eq!((*at - second.created_at).num_seconds(), 60);
    assert_eq!(world.started, [1], "the waiting attempt has not begun");
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.outcome), (1, succeeded()));
    assert_eq!(world.started, [1, 1]);
    assert_eq!(world.text(second.generation_id).await, "hi");
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn keys_that_all_fail_are_tried_once_each() {
    let mut world = World::virtual_time().await;
    let mut config = limited(100);
    config.providers[0].keys =
        ["k1", "k2", "k3"].map(|key| SecretString::from(key).into()).to_vec();
    let provider = Arc::new(Scripted::new(&[refuse(ErrorClass::RateMinute)]));
    world.start_with(config, Arc::<Scripted>::clone(&provider));
    world.ask("m").await;
    let parked = world.ended().await;
    assert_eq!(parked.outcome.name(), "retry");
    let mut keys: Vec<String> = provider.calls().iter().map(|(_, key)| key.clone()).collect();
    keys.sort();
    assert_eq!(keys, ["k1", "k2", "k3"]);
    world.stop_softly().await;
}
