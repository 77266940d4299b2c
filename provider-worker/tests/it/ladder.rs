//! The ladder of slow retries, walked in turned time.

use std::{sync::Arc, time::Duration};

use domain::{
    attempt::Outcome,
    event::Event,
    failure::{CallFailure, ErrorClass},
    job::Job,
    ladder::RetryLadder,
    model::ModelRef,
};
use provider_worker::Config;
use secrecy::SecretString;
use testkit::sample;

use crate::{
    scripted::{Say, Scripted, refuse},
    world::{World, config},
};

pub fn days() -> Config {
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    config.ladder = RetryLadder::default();
    config
}

async fn walk(script: &[Say]) -> (World, Arc<Scripted>) {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(script));
    world.start_with(days(), Arc::<Scripted>::clone(&provider));
    (world, provider)
}

fn seconds(provider: &Scripted) -> Vec<u64> {
    provider.calls().iter().map(|(at, _)| at.as_secs()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_ladder_is_climbed_rung_by_rung_and_ends_once() {
    let (mut world, provider) = walk(&[refuse(ErrorClass::Overloaded)]).await;
    let job = world.ask("m").await;
    for attempt in 1..=4 {
        let ended = world.ended().await;
        assert_eq!((ended.attempt, ended.outcome.name()), (attempt, "retry"));
        let last = &ended.events.last().unwrap().event;
        let Event::Retry { attempt: next, retry_at: Some(at), discard_from_seq: None, .. } = last
        else {
            panic!("{last:?}");
        };
        let Outcome::RetryIn { at: due, .. } = &ended.outcome else { unreachable!() };
        assert_eq!((*next, at), (attempt + 1, due));
    }
    let ended = world.ended().await;
    let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!((ended.attempt, failure.code.as_str()), (5, "overloaded"));
    assert_eq!(seconds(&provider), [0, 60, 660, 4260, 90_660]);
    world.idle().await;
    assert_eq!(world.dead_letters().await.len(), 1);
    assert_eq!(world.started, [1, 2, 3, 4, 5]);
    assert_eq!(world.text(job.generation_id).await, "");
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn workers_that_die_on_every_rung_change_nothing() {
    let mut script = vec![refuse(ErrorClass::Overloaded); 4];
    script.push(Say::Text(&["at last"]));
    let (mut world, provider) = walk(&script).await;
    let job = world.ask("m").await;
    for attempt in 1..=4 {
        let ended = world.ended().await;
        assert_eq!((ended.attempt, ended.outcome.name()), (attempt, "retry"));
        world.crash().await;
        world.start_with(days(), Arc::<Scripted>::clone(&provider));
    }
    assert_eq!(world.finished().await.attempt, 5);
    assert_eq!(world.text(job.generation_id).await, "at last");
    assert_eq!(seconds(&provider), [0, 60, 660, 4260, 90_660]);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_the_rung_that_covers_what_the_provider_asks() {
    let hint = Some(Duration::from_secs(61));
    let tired = CallFailure { retry_after: hint, ..CallFailure::new(ErrorClass::RateMinute, "") };
    let (mut world, provider) = walk(&[Say::Refuse(tired), Say::Text(&["ok"])]).await;
    world.ask("m").await;
    assert_eq!(world.finished().await.text(), "ok");
    assert_eq!(seconds(&provider), [0, 600]);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn text_before_a_pause_is_voided_by_it_and_paid_for() {
    let half = Say::Break("half an answer", ErrorClass::Overloaded);
    let (mut world, provider) = walk(&[half, Say::Text(&["a ", "whole"])]).await;
    let job = world.ask("m").await;
    let parked = world.ended().await;
    assert_eq!(parked.outcome.name(), "retry");
    assert_eq!(parked.text(), "");
    assert!(parked.usage.unwrap().output_tokens >= 3);
    assert_eq!(world.text(job.generation_id).await, "", "viewers are told with the wait");
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.text().as_str()), (2, "a whole"));
    assert_eq!(world.text(job.generation_id).await, "a whole");
    assert_eq!(seconds(&provider), [0, 60]);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_lost_once_is_tried_again_at_once() {
    for class in [ErrorClass::Network, ErrorClass::Truncated, ErrorClass::Malformed] {
        let (mut world, provider) = walk(&[refuse(class), Say::Text(&["ok"])]).await;
        world.ask("m").await;
        let ended = world.ended().await;
        assert_eq!((ended.attempt, ended.text().as_str()), (1, "ok"), "{class}");
        assert_eq!(seconds(&provider), [0, 0], "{class}");
        world.stop_softly().await;
    }
}

/// A broker takes all jobs from a worker that keeps one of them for half an hour.
#[tokio::test(start_paused = true)]
async fn an_answer_without_end_goes_back_to_the_ladder_in_time() {
    let (mut world, provider) = walk(&[Say::Stall("some"), Say::Text(&["all"])]).await;
    let job = world.ask("m").await;
    let parked = world.ended().await;
    let Outcome::RetryIn { at, reason, uses_rung: true } = &parked.outcome else {
        panic!("{parked:?}");
    };
    let wait = (*at - job.created_at).num_seconds();
    assert_eq!((reason.as_str(), wait), ("timeout", 20 * 60 + 60));
    assert!(parked.usage.is_some(), "{parked:?}");
    assert_eq!(world.text(job.generation_id).await, "", "its text is void");
    assert_eq!(world.ended().await.text(), "all");
    assert_eq!(seconds(&provider), [0, 20 * 60 + 60]);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn keys_and_models_there_is_no_time_for_are_left_to_the_next_attempt() {
    let mut world = World::virtual_time().await;
    let slow = Say::RefuseLate(Duration::from_secs(580), ErrorClass::NoPermission);
    let provider = Arc::new(Scripted::new(&[slow.clone(), slow, Say::Text(&["ok"])]));
    let mut config = days();
    config.providers[0].keys =
        ["k1", "k2", "k3"].map(|key| SecretString::from(key).into()).to_vec();
    world.start_with(config, Arc::<Scripted>::clone(&provider));
    let other = ModelRef { provider: sample::provider(), model: "other".to_owned() };
    let job = Job { fallbacks: vec![other], ..world.job("m", "Hi?") };
    world.publish(&job).await;
    let parked = world.ended().await;
    assert_eq!((parked.attempt, parked.outcome.name()), (1, "retry"), "{parked:?}");
    assert_eq!(world.ended().await.text(), "ok");
    assert_eq!(seconds(&provider), [0, 580, 1160 + 60]);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_one_job_only_and_counts() {
    let (mut world, provider) = walk(&[Say::Panic, Say::Text(&["ok"])]).await;
    let job = world.ask("m").await;
    let ended = world.ended().await;
    assert_eq!((ended.generation_id, ended.text().as_str()), (job.generation_id, "ok"));
    assert_eq!(ended.attempt, 2, "the log knows of the first one");
    world.stop_softly().await;
    assert_eq!(provider.calls().len(), 2);

    let (mut world, provider) = walk(&[Say::Panic]).await;
    let job = world.ask("m").await;
    let ended = world.ended().await;
    let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!((ended.generation_id, failure.code.as_str()), (job.generation_id, "worker_lost"));
    world.idle().await;
    assert_eq!(world.dead_letters().await.len(), 1, "it does not go round for ever");
    assert_eq!(provider.calls().len(), ports::queue::MAX_DELIVERIES as usize - 1);
    world.stop_softly().await;
}
