//! Keys in different states: the one that is free soonest counts, in turned time.

use std::{sync::Arc, time::Duration};

use domain::{
    attempt::{FinishReason, Outcome},
    failure::{CallFailure, ErrorClass},
    key::{RestCause, Verdict},
    ladder::RetryLadder,
};
use ports::live::KeyPool;
use provider_worker::key_id;
use secrecy::SecretString;
use testkit::{keys::past_loan, sample};

use crate::{
    scripted::{Say, Scripted, refuse},
    world::{World, config, eventually},
};

const HI: Say = Say::Text(&["hi"]);
const KEYS: [&str; 2] = ["k1", "k2"];

fn limited(seconds: u64) -> Say {
    let retry_after = Some(Duration::from_secs(seconds));
    Say::Refuse(CallFailure { retry_after, ..CallFailure::new(ErrorClass::RateMinute, "") })
}

fn throttled(seconds: u64) -> Verdict {
    Verdict::Rest(RestCause::Throttled, Duration::from_secs(seconds))
}

fn succeeded() -> Outcome {
    Outcome::Succeeded { finish: FinishReason::Stop }
}

/// A worker with two keys, and a provider that says this, call by call.
async fn begin(script: &[Say]) -> (World, Arc<Scripted>) {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(script));
    let mut config = config("http://unused.invalid/v1".to_owned(), &KEYS);
    config.ladder = RetryLadder::default();
    world.start_with(config, Arc::<Scripted>::clone(&provider));
    eventually("the keys are registered", async || world.key_states().await.len() == 2).await;
    (world, provider)
}

impl World {
    /// An earlier call for the model told so of `key`.
    pub async fn told(&self, key: &str, verdict: Verdict) {
        let id = key_id(&sample::provider(), &SecretString::from(key));
        let loan = past_loan(&sample::provider(), id, "m");
        self.keys.give_back(&loan, verdict.into()).await.unwrap();
    }
}

fn calls(provider: &Scripted) -> Vec<(u64, String)> {
    provider.calls().iter().map(|(at, key)| (at.as_secs(), key.clone())).collect()
}

fn call(at: u64, key: &str) -> (u64, String) {
    (at, key.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_key_that_rests_is_waited_for_whatever_another_says() {
    for class in [ErrorClass::NoPermission, ErrorClass::MoneyOut, ErrorClass::InvalidKey] {
        let (mut world, provider) = begin(&[refuse(class), HI]).await;
        world.told("k1", throttled(60)).await;
        world.ask("m").await;
        let parked = world.ended().await;
        let Outcome::RetryIn { reason, uses_rung: true, .. } = &parked.outcome else {
            panic!("{class}: {parked:?}");
        };
        assert_eq!(reason, "rate_limited", "{class}");
        assert_eq!(world.ended().await.outcome, succeeded(), "{class}");
        assert_eq!(calls(&provider), [call(0, "k2"), call(60, "k1")], "{class}");
        world.stop_softly().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_limit_of_one_key_is_waited_for_whatever_the_last_one_says() {
    for class in [ErrorClass::NoPermission, ErrorClass::MoneyOut, ErrorClass::InvalidKey] {
        let (mut world, provider) = begin(&[limited(5), refuse(class), HI]).await;
        world.ask("m").await;
        let ended = world.ended().await;
        assert_eq!((ended.attempt, ended.outcome), (1, succeeded()), "{class}");
        let calls = calls(&provider);
        assert_eq!(calls[2], call(5, &calls[0].1), "{class}");
        assert_ne!(calls[0].1, calls[1].1, "{class}");
        world.stop_softly().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_key_makes_no_short_limit_of_another_long() {
    let penniless = Verdict::Rest(RestCause::MoneyOut, Duration::from_hours(1));
    for verdict in [Verdict::Revoked, Verdict::NotPermitted, penniless, throttled(50)] {
        let (mut world, provider) = begin(&[limited(5), HI]).await;
        world.told("k2", verdict).await;
        world.ask("m").await;
        let ended = world.ended().await;
        assert_eq!((ended.attempt, ended.outcome), (1, succeeded()), "{verdict:?}");
        assert_eq!(calls(&provider), [call(0, "k1"), call(5, "k1")], "{verdict:?}");
        world.stop_softly().await;
    }
}

/// What a key said first does not count any more.
#[tokio::test(start_paused = true)]
async fn a_key_that_refused_twice_rests_for_as_long_as_it_said_last() {
    let (mut world, provider) = begin(&[limited(5), limited(100), HI]).await;
    world.told("k2", Verdict::Revoked).await;
    world.ask("m").await;
    assert_eq!(world.ended().await.outcome.name(), "retry");
    assert_eq!(world.ended().await.outcome, succeeded());
    assert_eq!(calls(&provider), [call(0, "k1"), call(5, "k1"), call(605, "k1")]);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn no_permission_on_any_key_fails_at_once() {
    let (mut world, provider) = begin(&[refuse(ErrorClass::NoPermission)]).await;
    // The first time, and when the pool knows.
    for _ in 0..3 {
        world.ask("m").await;
        let Outcome::Failed(failure) = world.ended().await.outcome else { panic!("it fails") };
        assert_eq!(failure.code, "no_permission");
    }
    assert_eq!(provider.calls().len(), 2, "each key is tried once");
    world.stop_softly().await;
}
