//! Jobs that are handed over again: no second call once the answer is there, never a splice.

use std::{sync::Arc, time::Duration};

use domain::{event::Event, failure::ErrorClass, ladder::RetryLadder, usage::Usage};
use futures_util::StreamExt;
use ports::{
    live::{EventLog, LogWriter, OpenRequest, Opened},
    queue::{ATTEMPT_HEADER, Queue},
};
use simulated_provider::parse_tags;
use testkit::log::{request, take_over};

use crate::{
    scripted::{Say, Scripted, refuse},
    world::{Real, World, config, eventually, topic},
};

#[tokio::test]
async fn a_copy_of_a_finished_job_is_reported_again_and_not_asked_again() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.ask("sim-tokens=7").await;
    let first = real.world.finished().await;
    real.world.publish(&job).await;
    let again = real.world.finished().await;
    assert_eq!(again, first, "the same report to the letter");
    assert_eq!(real.calls().len(), 1);
    real.world.idle().await;
    real.stop().await;
}

/// As when the store was put back to what it was before, and the live side was not.
#[tokio::test]
async fn a_finished_answer_whose_text_is_gone_is_none() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.ask("sim-tokens=7").await;
    assert_eq!(real.world.finished().await.outcome.name(), "succeeded");
    let (none, long) = (Duration::ZERO, Duration::from_hours(1));
    real.world.log.expire(job.generation_id, none, long).await.unwrap();
    real.world.publish(&job).await;
    let again = real.world.finished().await;
    assert_eq!((again.outcome.name(), again.text().as_str()), ("failed", ""));
    assert_eq!(real.calls().len(), 1);
    real.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_copy_of_a_parked_job_arranges_the_same_again() {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(&[refuse(ErrorClass::Overloaded), Say::Text(&["hi"])]));
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    config.ladder = RetryLadder::default();
    world.start_with(config, Arc::<Scripted>::clone(&provider));
    let job = world.ask("m").await;
    let parked = world.ended().await;
    world.publish(&job).await;
    assert_eq!(world.ended().await, parked, "the same report to the letter");
    let answered = world.ended().await;
    assert_eq!((answered.attempt, answered.text().as_str()), (2, "hi"));
    assert_eq!(world.ended().await, answered, "two jobs follow, and one of them calls");
    assert_eq!(provider.calls().len(), 2);
    assert_eq!(provider.calls()[1].0.as_secs(), 60, "when it was due, not earlier");
    world.idle().await;
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn operators_see_which_attempt_a_job_is_for() {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(&[refuse(ErrorClass::Overloaded)]));
    world.start_with(config("http://unused.invalid/v1".to_owned(), &["k1"]), provider);
    world.ask("m").await;
    world.ended().await;
    world.stop_softly().await;
    let mut jobs = world.queue.consume(&topic(), 1).await.unwrap();
    let next = jobs.next().await.unwrap().unwrap();
    assert_eq!(next.envelope.headers[ATTEMPT_HEADER], "2");
}

#[tokio::test]
async fn after_a_crash_another_worker_begins_anew_and_voids_the_text() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.ask("sim-tokens=40,gap=5ms").await;
    eventually("text is there", async || real.world.text(job.generation_id).await.len() > 20).await;
    real.world.crash().await;
    let seen = real.world.events(job.generation_id).await;
    let first_text = seen.iter().position(|e| matches!(e, Event::Delta { .. })).unwrap() + 1;
    real.world.start(config(real.simulated.base_url(), &["sim-1"]));
    let ended = real.world.finished().await;
    assert_eq!((ended.attempt, ended.outcome.name()), (2, "succeeded"));
    let tags = parse_tags(&ended.text()).unwrap();
    assert!(tags.len() == 40 && tags.iter().all(|tag| tag.call == 2), "{tags:?}");
    let events = real.world.events(job.generation_id).await;
    assert_eq!(events[..seen.len()], seen, "what was seen keeps its numbers");
    let Event::Retry { attempt: 2, discard_from_seq: Some(from), reason, retry_at: None } =
        &events[seen.len()]
    else {
        panic!("{:?}", events[seen.len()]);
    };
    assert_eq!((*from, reason.as_str()), (first_text as u64, "worker_lost"));
    assert_eq!(ended.events.len(), events.len(), "what the dead worker wrote is reported too");
    real.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_log_that_somebody_else_holds_is_waited_for() {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(&[Say::Text(&["hi"])]));
    let job = world.job("m", "Hi?");
    let request = request(job.generation_id);
    let Opened::Writing(other) = world.log.open(&request).await.unwrap() else { panic!() };
    let config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    world.start_with(config, Arc::<Scripted>::clone(&provider));
    world.publish(&job).await;
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.text().as_str()), (2, "hi"));
    assert_eq!(provider.calls()[0].0, embedded::LEASE, "when the lease had ended");
    let late = world.log.append(&other.writer, 1, &[]).await.unwrap();
    assert_eq!(late, ports::live::Appended::Fenced);
    world.stop_softly().await;
}

#[tokio::test]
async fn a_fenced_writer_drops_its_request_and_does_no_harm() {
    let real = Real::configured(&["sim-1"], |mut config| {
        config.limits.heartbeat = Duration::from_millis(20);
        config
    })
    .await;
    let job = real.world.job("sim-tokens=100000,gap=10ms", "Hi?");
    let message = real.world.publish(&job).await;
    eventually("text is there", async || real.world.text(job.generation_id).await.len() > 20).await;
    let request = OpenRequest { message, ..request(job.generation_id) };
    let Opened::Writing(other) = take_over(&*real.world.log, request).await else { panic!() };
    let record = real.simulated.record();
    record.wait_for(|calls| calls[0].end == Some(simulated_provider::End::ClientGone)).await;
    real.world.idle().await;
    let events = real.world.events(job.generation_id).await;
    assert_eq!(events.len() as u64 + 1, other.next_seq, "nothing was added");
    assert_eq!(real.calls().len(), 1);
    real.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_fenced_writer_has_spent_is_told() {
    let mut world = World::virtual_time().await;
    let provider = Arc::new(Scripted::new(&[Say::Stall("some")]));
    world.start_with(config("http://unused.invalid/v1".to_owned(), &["k1"]), provider);
    let job = world.job("m", "Hi?");
    let message = world.publish(&job).await;
    eventually("text is there", async || world.text(job.generation_id).await == "some").await;
    let request = OpenRequest { message, ..request(job.generation_id) };
    let Opened::Writing(other) = take_over(&*world.log, request).await else { panic!() };
    let spent = world.spent().await;
    assert_eq!((spent.attempt, spent.usage), (1, Usage::estimated(1, 1)));
    assert_eq!(other.writer.attempt, 2, "what follows is booked under another number");
    world.idle().await;
    world.stop_softly().await;
}

#[tokio::test]
async fn a_repeated_report_is_a_copy_of_the_same_message() {
    let mut world = World::real().await;
    let provider = Arc::new(Scripted::new(&[Say::Text(&["hi"])]));
    world.start_with(config("http://unused.invalid/v1".to_owned(), &["k1"]), provider);
    let job = world.ask("m").await;
    world.idle().await;
    world.publish(&job).await;
    world.idle().await;
    let ids = world.report_ids(3).await;
    assert_ne!(ids[0], ids[1], "that it began, and that it ended");
    assert_eq!(ids[1], ids[2]);
    world.stop_softly().await;
}

#[tokio::test]
async fn a_log_wiped_under_its_writer_is_written_again_with_the_same_numbers() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.ask("sim-tokens=60,gap=5ms").await;
    eventually("text is there", async || real.world.text(job.generation_id).await.len() > 20).await;
    let seen = real.world.events(job.generation_id).await;
    let none = Duration::ZERO;
    real.world.log.expire(job.generation_id, none, none).await.unwrap();
    let ended = real.world.finished().await;
    assert_eq!((ended.attempt, ended.outcome.name()), (1, "succeeded"));
    assert_eq!(ended.text(), real.calls()[0].text);
    let events = real.world.events(job.generation_id).await;
    assert_eq!(events[..seen.len()], seen);
    real.stop().await;
}

#[tokio::test]
async fn after_a_wipe_and_a_crash_no_number_is_used_again() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.ask("sim-tokens=60,gap=5ms").await;
    eventually("text is there", async || real.world.text(job.generation_id).await.len() > 20).await;
    real.world.crash().await;
    let seen = real.world.events(job.generation_id).await.len() as u64;
    let none = Duration::ZERO;
    real.world.log.expire(job.generation_id, none, none).await.unwrap();
    real.world.start(config(real.simulated.base_url(), &["sim-1"]));
    let ended = real.world.finished().await;
    assert_eq!(ended.outcome.name(), "succeeded");
    let first = &ended.events[0];
    assert!(first.seq > seen, "{first:?}");
    let Event::Retry { discard_from_seq: Some(1), .. } = &first.event else { panic!("{first:?}") };
    assert!(parse_tags(&ended.text()).unwrap().iter().all(|tag| tag.call == 2));
    real.stop().await;
}
