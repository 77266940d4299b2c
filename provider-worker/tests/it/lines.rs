//! Jobs that wait for a key stand in line.

use std::{sync::Arc, time::Duration};

use domain::{attempt::Outcome, id::GenerationId};
use provider_worker::{Config, Ports};
use tokio::time::{Instant, sleep};

use crate::{
    scripted::{Say, Scripted},
    unheard::{Answer, Unheard},
    world::{World, config, eventually},
};

/// How many jobs want the one key.
const JOBS: u32 = 10;

/// How long the key is busy with each.
const BUSY: Duration = Duration::from_secs(2);

const ONE_CALL: &[Say] = &[Say::Slowly(&["hi"], Duration::from_secs(1))];

/// One key for one call at a time, and room for many jobs.
fn one_key() -> Config {
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    config.providers[0].keys[0].concurrency = Some(1);
    config.providers[0].concurrency = 64;
    config
}

/// A worker whose wishes are counted.
async fn counted(config: Config, script: &[Say]) -> (World, Arc<Unheard>, Arc<Scripted>) {
    let mut world = World::virtual_time().await;
    let keys = Unheard::new(&world.keys, |_| Answer::Arrives);
    let ports = Ports { keys: Arc::<Unheard>::clone(&keys), ..world.ports() };
    let provider = Arc::new(Scripted::new(script));
    world.start_on(ports, config, Arc::<Scripted>::clone(&provider));
    (world, keys, provider)
}

#[tokio::test(start_paused = true)]
async fn one_of_many_that_wait_asks_and_who_came_first_is_served_first() {
    let (mut world, keys, _provider) = counted(one_key(), ONE_CALL).await;
    let mut asked = Vec::new();
    let begun = Instant::now();
    for _ in 0..JOBS {
        asked.push(world.ask("m").await.generation_id);
        // Not all in step.
        sleep(Duration::from_millis(30)).await;
    }
    let mut answered: Vec<GenerationId> = Vec::new();
    for _ in 0..JOBS {
        let ended = world.ended().await;
        assert_eq!(ended.outcome.name(), "succeeded");
        answered.push(ended.generation_id);
    }
    assert_eq!(answered, asked);
    // Each call begins when the one before it has ended, not when somebody happens to ask.
    let longest = BUSY * JOBS + Duration::from_millis(500);
    assert!(begun.elapsed() < longest, "{:?}", begun.elapsed());
    // Five a second by the first, and a few by each job; if all of them asked it were five times as many.
    let wishes = keys.wishes().len();
    assert!(wishes < 5 * 20 + 4 * 10, "{wishes}");
    world.stop_softly().await;
}

/// Also behind others.
#[tokio::test(start_paused = true)]
async fn a_job_whose_wait_ends_leaves_the_line() {
    let mut config = one_key();
    config.limits.key_wait = Duration::from_secs(3);
    let (mut world, _keys, provider) = counted(config, &[Say::Stall("hi")]).await;
    world.ask("m").await;
    eventually("the key is busy", async || !provider.calls().is_empty()).await;
    let begun = Instant::now();
    let first = world.ask("m").await.generation_id;
    // Two waits that end in the same moment end in any order.
    sleep(Duration::from_millis(100)).await;
    let second = world.ask("m").await.generation_id;
    for generation in [first, second] {
        let ended = world.ended().await;
        assert_eq!(ended.generation_id, generation);
        let Outcome::RetryIn { reason, uses_rung: false, .. } = &ended.outcome else {
            panic!("{ended:?}");
        };
        assert_eq!(reason, "keys_busy");
    }
    let waited = begun.elapsed().as_secs_f64();
    assert!((2.5..3.5).contains(&waited), "{waited}");
    assert_eq!(provider.calls().len(), 1);
    world.crash().await;
}
