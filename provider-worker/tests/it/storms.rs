//! One call tries for all when most keys were throttled at once.

use std::{sync::Arc, time::Duration};

use domain::key::{RestCause, Verdict};
use ports::live::KeyPool;
use testkit::{keys::past_loan, sample};
use tokio::time::{Instant, sleep};

use crate::{
    scripted::{Say, Scripted},
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

#[tokio::test(start_paused = true)]
async fn an_answer_that_began_lets_the_others_begin() {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(&[Say::Stall("some"), Say::Text(&["hi"])]));
    let config = config("http://unused.invalid/v1".to_owned(), &["k1", "k2", "k3"]);
    world.start_with(config, provider);
    eventually("the keys are registered", async || world.key_states().await.len() == 3).await;
    world.weather_a_storm("m").await;
    let trial = world.ask("m").await;
    let id = trial.generation_id;
    eventually("the trial begins to answer", async || world.text(id).await == "some").await;
    let begun = Instant::now();
    assert_eq!(world.answer("m").await.text(), "hi");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    world.crash().await;
}
