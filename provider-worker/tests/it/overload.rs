//! A provider that is overloaded is left alone, in turned time.

use std::{sync::Arc, time::Duration};

use domain::failure::ErrorClass;
use tokio::time::sleep;

use crate::{
    ladder::days,
    scripted::{Say, Scripted, refuse},
    world::World,
};

async fn begin(script: &[Say], jobs: usize) -> (World, Arc<Scripted>) {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(script));
    world.start_with(days(), Arc::<Scripted>::clone(&provider));
    for _ in 0..jobs {
        world.ask("m").await;
    }
    (world, provider)
}

async fn outcomes(world: &mut World, jobs: usize) -> Vec<&'static str> {
    let mut outcomes = Vec::new();
    for _ in 0..jobs {
        outcomes.push(world.finished().await.outcome.name());
    }
    outcomes
}

fn overloaded_then_well(refusals: usize) -> Vec<Say> {
    let mut script = vec![refuse(ErrorClass::Overloaded); refusals];
    script.push(Say::Text(&["Hi."]));
    script
}

#[tokio::test(start_paused = true)]
async fn one_call_tries_for_all_and_then_all_are_answered() {
    let refusals = 5 + 2; // Those that showed it, and two trials.
    let (mut world, provider) = begin(&overloaded_then_well(refusals), 40).await;
    assert_eq!(outcomes(&mut world, 40).await, ["succeeded"; 40]);
    world.idle().await;
    let calls: Vec<Duration> = provider.calls().iter().map(|(at, _)| *at).collect();
    assert_eq!(calls.len(), refusals + 40);
    let until = |seconds| calls.iter().filter(|at| at.as_secs() < seconds).count();
    // Held for 1 s, 2 s, 4 s; then the third trial goes well, and nobody waits any longer.
    assert_eq!([until(1), until(3), until(7)], [5, 6, 7], "{calls:?}");
    assert_eq!(until(10), 40, "all but those refused, whose wait is 60 s: {calls:?}");
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_recovers_costs_few_calls_and_every_ladder_ends() {
    let (mut world, provider) = begin(&[refuse(ErrorClass::Overloaded)], 40).await;
    assert_eq!(outcomes(&mut world, 40).await, ["failed"; 40]);
    world.idle().await;
    let calls = provider.calls().len();
    assert!((40..150).contains(&calls), "{calls} of 200 calls");
    assert_eq!(world.dead_letters().await.len(), 40);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn other_failures_leave_nobody_alone() {
    let mut script = vec![refuse(ErrorClass::Unknown); 20];
    script.push(Say::Text(&["Hi."]));
    let (mut world, provider) = begin(&script, 20).await;
    assert_eq!(outcomes(&mut world, 20).await, ["succeeded"; 20]);
    assert!(provider.calls().iter().take(20).all(|(at, _)| at.as_secs() == 0));
    world.stop_softly().await;
}

/// Nobody came for so long that nothing is known of it any more: the next ones do not wait for one of them to try.
#[tokio::test(start_paused = true)]
async fn a_model_that_nobody_called_for_long_is_called_by_all_at_once() {
    let mut script = vec![refuse(ErrorClass::Overloaded); 5];
    script.push(Say::Slowly(&["Hi."], Duration::from_secs(3)));
    let (mut world, provider) = begin(&script, 5).await;
    for _ in 0..5 {
        assert_eq!(world.ended().await.outcome.name(), "retry");
    }
    // Before their minute is over.
    sleep(Duration::from_secs(20)).await;
    for _ in 0..3 {
        world.ask("m").await;
    }
    assert_eq!(outcomes(&mut world, 3).await, ["succeeded"; 3]);
    let calls: Vec<u64> = provider.calls().iter().map(|(at, _)| at.as_secs()).collect();
    assert_eq!(calls, [0, 0, 0, 0, 0, 20, 20, 20]);
    world.crash().await;
}
