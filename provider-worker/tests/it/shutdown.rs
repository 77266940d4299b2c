//! The end of a worker: what is under way ends within the grace time, or is handed back.

use std::{iter, sync::Arc, time::Duration};

use domain::{event::Event, failure::ErrorClass, job::Job, ledger::UsageEvent, usage::Usage};
use ports::{live::EventLog, queue::MAX_DELIVERIES};
use simulated_provider::{End, parse_tags};
use testkit::sample;
use tokio::time::{Instant, sleep};

use crate::{
    fated::{Fate, Fated},
    scripted::{Say, Scripted},
    world::{Real, World, config, eventually},
};

#[tokio::test]
async fn answers_under_way_are_finished_and_no_more_jobs_taken() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.ask("sim-tokens=30,gap=10ms").await;
    eventually("text is there", async || !real.world.text(job.generation_id).await.is_empty())
        .await;
    real.world.stop_softly().await;
    let late = real.world.ask("sim-tokens=3").await;
    let ended = real.world.ended().await;
    assert_eq!((ended.generation_id, ended.outcome.name()), (job.generation_id, "succeeded"));
    assert_eq!(parse_tags(&ended.text()).unwrap().len(), 30);
    assert_eq!(real.calls().len(), 1, "{} waits for another worker", late.generation_id);
    real.simulated.stop().await;
}

#[tokio::test]
async fn what_does_not_end_in_time_is_handed_back_and_finished_by_another_worker() {
    let mut real = Real::configured(&["sim-1"], |mut config| {
        config.grace = Duration::from_millis(50);
        config
    })
    .await;
    real.next_calls(1, "tokens=100000,gap=10ms");
    let job = real.world.ask("sim-tokens=9").await;
    eventually("text is there", async || real.world.text(job.generation_id).await.len() > 20).await;
    let begun = Instant::now();
    real.world.stop_softly().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    real.simulated.record().wait_for(|calls| calls[0].end == Some(End::ClientGone)).await;
    assert!(!real.world.is_idle().await, "the job is back in the queue");

    real.world.start(config(real.simulated.base_url(), &["sim-1"]));
    let ended = real.world.ended().await;
    assert_eq!((ended.attempt, ended.outcome.name()), (2, "succeeded"));
    let tags = parse_tags(&ended.text()).unwrap();
    assert!(tags.len() == 9 && tags.iter().all(|tag| tag.call == 2));
    real.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stalled_answer_does_not_hold_the_worker() {
    let mut world = World::virtual_time().await;
    let config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    let provider = Arc::new(Scripted::new(&[Say::Stall("some"), Say::Text(&["all"])]));
    world.start_with(config.clone(), Arc::<Scripted>::clone(&provider));
    let job = world.ask("m").await;
    eventually("text is there", async || world.text(job.generation_id).await == "some").await;
    let begun = Instant::now();
    world.stop_softly().await;
    assert_eq!(begun.elapsed().as_secs(), config.grace.as_secs());
    world.start_with(config, provider);
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.text().as_str()), (2, "all"));
    let voids = |e: &Event| matches!(e, Event::Retry { discard_from_seq: Some(2), .. });
    assert!(ended.events.iter().any(|entry| voids(&entry.event)), "{:?}", ended.events);
    world.stop_softly().await;
}

/// Workers that were told to say some text, and then had to hand their job back, so many `times`.
async fn hand_back(world: &mut World, times: usize, is_log_lost: bool) -> Job {
    let config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    let says: Vec<_> =
        iter::repeat_n(Say::Stall("some"), times).chain([Say::Text(&["all"])]).collect();
    let provider = Arc::new(Scripted::new(&says));
    world.start_with(config.clone(), Arc::<Scripted>::clone(&provider));
    let job = world.ask("m").await;
    for _ in 0..times {
        eventually("text is there", async || world.text(job.generation_id).await == "some").await;
        world.stop_softly().await;
        if is_log_lost {
            let none = Duration::ZERO;
            world.log.expire(job.generation_id, none, none).await.unwrap();
        }
        world.start_with(config.clone(), Arc::<Scripted>::clone(&provider));
    }
    job
}

#[tokio::test(start_paused = true)]
async fn what_a_job_that_was_handed_back_has_spent_is_told() {
    let mut world = World::virtual_time().await;
    let job = hand_back(&mut world, 1, false).await;
    let spent = world.spent().await;
    assert_eq!((spent.generation_id, spent.user_id), (job.generation_id, job.user_id));
    assert_eq!((spent.provider, &*spent.model), (sample::provider(), "m"));
    assert_eq!((spent.attempt, spent.usage), (1, Usage::estimated(1, 1)));
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.usage), (2, Some(Usage::estimated(1, 1))));
    world.stop_softly().await;
}

/// The answer broke off, and before it is begun anew its text waits for a log that is away.
#[tokio::test(start_paused = true)]
async fn a_job_that_is_about_to_begin_anew_is_handed_back_too() {
    let mut world = World::virtual_time().await;
    let log = Fated::new(&world.log, Fate::Kept);
    let ports = provider_worker::Ports { log_writer: Arc::<Fated>::clone(&log), ..world.ports() };
    let broken = Say::BreakAfter("some", Duration::from_secs(3), ErrorClass::Truncated);
    let provider = Arc::new(Scripted::new(&[broken, Say::Text(&["all"])]));
    let config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    world.start_on(ports, config.clone(), Arc::<Scripted>::clone(&provider));
    let job = world.ask("m").await;
    eventually("text is there", async || world.text(job.generation_id).await == "some").await;
    // The next sign of life is on its way when the answer breaks off.
    log.turn(Fate::Unanswered);
    sleep(Duration::from_secs(5)).await;
    let begun = Instant::now();
    world.stop_softly().await;
    assert!(begun.elapsed() < config.grace + Duration::from_secs(3), "{:?}", begun.elapsed());
    let spent = world.spent().await;
    assert_eq!((spent.generation_id, spent.usage), (job.generation_id, Usage::estimated(1, 1)));
    assert_eq!(provider.calls().len(), 1);
    assert!(!world.is_idle().await, "the job is back in the queue");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_of_the_same_number_after_the_loss_of_the_log_has_an_entry_of_its_own() {
    let mut world = World::virtual_time().await;
    hand_back(&mut world, 2, true).await;
    let (first, second) = (world.spent().await, world.spent().await);
    let ended = world.ended().await;
    assert_eq!([first.attempt, second.attempt, ended.attempt], [1, 2, 2]);
    let entries = [UsageEvent::of_spent(&second), UsageEvent::of(&ended).unwrap()];
    assert_ne!(entries[0].event_id, entries[1].event_id, "both are booked");
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn a_job_that_many_workers_hand_back_in_turn_is_not_taken_for_one_that_kills_them() {
    let mut world = World::virtual_time().await;
    let config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    let workers = MAX_DELIVERIES + 3;
    let job = world.ask("m").await;
    for worker in 1..=workers {
        let text = if worker == workers { Say::Text(&["all"]) } else { Say::Stall("some") };
        let provider = Arc::new(Scripted::new(&[text]));
        world.start_with(config.clone(), Arc::<Scripted>::clone(&provider));
        eventually("the provider is asked", async || !provider.calls().is_empty()).await;
        if worker < workers {
            world.stop_softly().await;
        }
    }
    let ended = world.ended().await;
    assert_eq!((ended.generation_id, ended.outcome.name()), (job.generation_id, "succeeded"));
    assert_eq!((ended.attempt, ended.text().as_str()), (workers, "all"));
    eventually("the job is done", async || world.is_idle().await).await;
    world.stop_softly().await;
}

#[tokio::test]
async fn a_worker_that_cannot_begin_says_why() {
    let world = World::real().await;
    for (base_url, why) in [
        ("ftp://host/v1", "the base URL of provider simulated must be like https://host/v1"),
        ("https://user:pw@host/v1", "and no user, password"),
    ] {
        let config = config(base_url.to_owned(), &["k1"]);
        let stop = tokio_util::sync::CancellationToken::new();
        let error = provider_worker::run(config, world.ports(), stop).await.unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert!(!error.to_string().contains("pw"), "{error}");
    }
}
