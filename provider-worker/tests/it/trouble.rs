//! A provider in trouble is left alone, and the answers come when it is back.

use domain::{attempt::Outcome, event::Event};
use simulated_provider::Rule;

use crate::world::{Real, eventually};

#[tokio::test]
async fn jobs_wait_for_a_provider_in_trouble_and_burn_no_attempt() {
    let real = Real::configured(&["sim-1", "sim-2"], |mut config| {
        config.limits.breaker = 2;
        config
    });
    let mut real = real.await;
    let down = Rule { model: None, key: None, times: Some(2), behavior: "status=503".to_owned() };
    real.simulated.script().set(vec![down]).unwrap();
    // The one that meets the trouble makes its two calls, and goes to its rung.
    let first = real.world.ask("sim-tokens=3").await;
    let ended = real.world.ended().await;
    assert!(matches!(&ended.outcome, Outcome::RetryIn { uses_rung: true, .. }), "{ended:?}");
    assert_eq!(real.calls().len(), 2);
    // It comes back after 40 ms, others come too: nobody calls while the provider rests.
    let mut jobs = vec![first.generation_id];
    for _ in 0..3 {
        jobs.push(real.world.ask("sim-tokens=3").await.generation_id);
    }
    let waits = async |job| {
        let events = real.world.events(job).await;
        events.iter().any(|event| {
            matches!(event, Event::Retry { reason, retry_at: Some(_), .. } if reason == "overloaded")
        })
    };
    for job in &jobs {
        eventually("its viewers are told", async || waits(*job).await).await;
    }
    assert_eq!(real.calls().len(), 2);
    for _ in &jobs {
        let ended = real.world.finished().await;
        assert_eq!(ended.outcome.name(), "succeeded", "{ended:?}");
        let attempt = if ended.generation_id == first.generation_id { 2 } else { 1 };
        assert_eq!(ended.attempt, attempt);
    }
    real.world.idle().await;
    real.stop().await;
}
