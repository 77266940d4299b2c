//! One call tries for all when most keys were throttled at once.

use std::{sync::Arc, time::Duration};

use domain::{
    attempt::Outcome,
    failure::ErrorClass,
    key::{RestCause, Verdict},
};
use ports::live::{Cancels, KeyPool, Lending};
use testkit::{
    keys::{past_loan, wish},
    sample,
};
use tokio::time::{Instant, sleep};

use crate::{
    scripted::{Say, Scripted, refuse},
    world::{World, config, eventually},
};

const REST: Duration = Duration::from_secs(20);

impl World {
    /// All keys are throttled for `model`, and have rested.
    async fn weather_a_storm(&self, model: &str) {
        let keys = self.keys.keys(&sample::provider()).await.unwrap();
        for status in keys {
            let loan = past_loan(&sample::provider(), status.key, model);
            let throttled = Verdict::Rest(RestCause::Throttled, REST);
            self.keys.give_back(&loan, throttled.into()).await.unwrap();
        }
        sleep(REST).await;
    }
}

/// A worker with three keys after a storm, and a provider that says this.
async fn after_a_storm(script: &[Say]) -> World {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(script));
    let config = config("http://unused.invalid/v1".to_owned(), &["k1", "k2", "k3"]);
    world.start_with(config, provider);
    eventually("the keys are registered", async || world.key_states().await.len() == 3).await;
    world.weather_a_storm("m").await;
    world
}

/// It is still a trial that another call gets.
async fn is_stormy(world: &World) -> bool {
    let lending = world.keys.lend(&wish(&sample::provider(), "m")).await.unwrap();
    matches!(lending, Lending::Lent(loan) if loan.is_trial)
}

/// Whether the limit is over nobody knows then.
#[tokio::test(start_paused = true)]
async fn a_trial_that_fails_for_another_cause_does_not_end_the_storm() {
    let failures = [ErrorClass::Network, ErrorClass::Overloaded, ErrorClass::Timeout];
    for class in failures {
        let mut world = after_a_storm(&[refuse(class)]).await;
        world.ask("m").await;
        assert_eq!(world.ended().await.outcome.name(), "retry");
        assert!(is_stormy(&world).await, "{class}");
        world.crash().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_breaks_off_after_text_ends_the_storm() {
    let mut world = after_a_storm(&[Say::Break("some", ErrorClass::Truncated)]).await;
    world.ask("m").await;
    assert_eq!(world.ended().await.outcome.name(), "retry");
    assert!(!is_stormy(&world).await);
    world.crash().await;
}

/// Nobody knows whether it would have been throttled.
#[tokio::test(start_paused = true)]
async fn a_trial_that_is_stopped_before_its_first_word_does_not_end_the_storm() {
    let mut world = after_a_storm(&[Say::RefuseLate(REST, ErrorClass::Network)]).await;
    let job = world.ask("m").await;
    sleep(Duration::from_secs(1)).await;
    world.log.request(job.generation_id).await.unwrap();
    assert_eq!(world.ended().await.outcome, Outcome::Canceled);
    // The report comes first.
    eventually("the key is back", async || is_stormy(&world).await).await;
    world.crash().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_began_lets_the_others_begin() {
    let mut world = after_a_storm(&[Say::Stall("some"), Say::Text(&["hi"])]).await;
    let trial = world.ask("m").await;
    let id = trial.generation_id;
    eventually("the trial begins to answer", async || world.text(id).await == "some").await;
    let begun = Instant::now();
    assert_eq!(world.answer("m").await.text(), "hi");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    world.crash().await;
}
