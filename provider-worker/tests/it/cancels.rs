//! A wish to stop ends the provider's request at once and keeps the text.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{attempt::Outcome, event::Event, usage::UsageSource};
use embedded::MemoryLog;
use ports::live::{
    Appended, Cancels, LiveError, LogPhase, LogWriter, OpenRequest, Opened, Parked, Sealing, Writer,
};
use simulated_provider::End;
use tokio::net::TcpListener;

use crate::{
    scripted::{Say, Scripted},
    world::{Real, World, config, eventually},
};

/// The provider says nothing more for a long time, so nothing but the wish can have ended it.
#[tokio::test]
async fn the_providers_request_ends_at_once_and_the_text_is_kept() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.ask("sim-tokens=100000,gap=50s").await;
    eventually("text is there", async || !real.world.text(job.generation_id).await.is_empty())
        .await;
    real.world.log.request(job.generation_id).await.unwrap();
    let ended = real.world.ended().await;
    assert_eq!(ended.outcome, Outcome::Canceled);
    let record = real.simulated.record();
    let calls = record.wait_for(|calls| calls[0].end.is_some()).await;
    assert_eq!(calls[0].end, Some(End::ClientGone));
    assert_eq!(calls[0].tokens, 1, "it did not go on");

    assert_eq!(real.world.text(job.generation_id).await, ended.text());
    assert!(calls[0].text.starts_with(&ended.text()) && !ended.text().is_empty());
    let usage = ended.usage.unwrap();
    assert_eq!(usage.source, UsageSource::Estimated);
    assert!(usage.output_tokens > 0 && usage.input_tokens > 0);
    assert!(matches!(ended.events.last().unwrap().event, Event::Usage { .. }));
    assert_eq!(real.world.phase(job.generation_id).await, LogPhase::Sealed);
    real.world.idle().await;
    real.stop().await;
}

#[tokio::test]
async fn a_wish_before_the_first_token_is_heard_too() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.ask("sim-ttft=50s").await;
    real.simulated.record().wait_for(|calls| !calls.is_empty()).await;
    real.world.log.request(job.generation_id).await.unwrap();
    let ended = real.world.ended().await;
    assert_eq!((ended.outcome.clone(), ended.text().as_str()), (Outcome::Canceled, ""));
    real.simulated.record().wait_for(|calls| calls[0].end == Some(End::ClientGone)).await;
    real.stop().await;
}

/// The provider has the question, and may be at work on it.
#[tokio::test]
async fn a_call_that_nobody_waits_for_has_cost_its_prompt() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.ask("sim-status=503,ttft=50s").await;
    real.simulated.record().wait_for(|calls| !calls.is_empty()).await;
    real.world.log.request(job.generation_id).await.unwrap();
    let ended = real.world.ended().await;
    assert_eq!(ended.outcome, Outcome::Canceled);
    let usage = ended.usage.unwrap();
    assert_eq!((usage.source, usage.output_tokens), (UsageSource::Estimated, 0));
    assert!(usage.input_tokens > 0);
    real.stop().await;
}

/// Whoever takes the connection says nothing of who they are, so the question stays here.
#[tokio::test]
async fn a_call_that_was_never_made_has_cost_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut world = World::real().await;
    world.start(config(format!("https://{}/v1", silent.local_addr().unwrap()), &["sim-1"]));
    let job = world.ask("m").await;
    let _connection = silent.accept().await.unwrap();
    world.log.request(job.generation_id).await.unwrap();
    let ended = world.finished().await;
    assert_eq!(ended.usage, None, "{ended:?}");
    world.stop_softly().await;
}

#[tokio::test]
async fn a_generation_canceled_while_it_waits_never_reaches_the_provider() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.job("sim-tokens=3", "Hi?");
    real.world.log.request(job.generation_id).await.unwrap();
    real.world.publish(&job).await;
    let ended = real.world.ended().await;
    assert_eq!((ended.outcome, ended.usage), (Outcome::Canceled, None));
    assert!(real.calls().is_empty());
    real.world.idle().await;
    real.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_wish_is_heard_while_the_job_waits_for_a_key() {
    let mut world = World::virtual_time().await;
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    config.providers[0].keys[0].uses.requests_per_minute = Some(1);
    config.limits.key_wait = Duration::from_mins(10);
    let provider = Arc::new(Scripted::new(&[Say::Text(&["hi"])]));
    world.start_with(config, Arc::<Scripted>::clone(&provider));
    world.ask("m").await;
    world.finished().await;
    let job = world.ask("m").await;
    eventually("the wait is shown", async || !world.events(job.generation_id).await.is_empty())
        .await;
    world.log.request(job.generation_id).await.unwrap();
    let ended = world.ended().await;
    assert_eq!((ended.generation_id, ended.outcome), (job.generation_id, Outcome::Canceled));
    assert_eq!(provider.calls().len(), 1);
    world.stop_softly().await;
}

#[tokio::test]
async fn a_wish_that_the_worker_did_not_live_to_hear_keeps_the_text_too() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.ask("sim-tokens=100000,gap=5ms").await;
    eventually("text is there", async || real.world.text(job.generation_id).await.len() > 20).await;
    real.world.crash().await;
    real.world.log.request(job.generation_id).await.unwrap();
    let seen = real.world.text(job.generation_id).await;
    real.world.start(config(real.simulated.base_url(), &["sim-1"]));
    let ended = real.world.ended().await;
    assert_eq!((&ended.outcome, ended.text()), (&Outcome::Canceled, seen));
    assert_eq!(real.calls().len(), 1);
    real.stop().await;
}

/// A log into which a wish to stop comes just before the first event.
struct Overtaken {
    log: Arc<MemoryLog>,
    is_wished: AtomicBool,
}

#[async_trait]
impl LogWriter for Overtaken {
    async fn open(&self, request: &OpenRequest) -> Result<Opened, LiveError> {
        self.log.open(request).await
    }

    async fn go_on(&self, writer: &Writer) -> Result<(), LiveError> {
        self.log.go_on(writer).await
    }

    async fn append(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
    ) -> Result<Appended, LiveError> {
        if !self.is_wished.swap(true, Relaxed) {
            self.log.request(writer.generation).await?;
        }
        self.log.append(writer, first_seq, events).await
    }

    async fn park(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
        next_attempt: u32,
        note: Bytes,
    ) -> Result<Parked, LiveError> {
        self.log.park(writer, first_seq, events, next_attempt, note).await
    }

    async fn seal(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
        note: Bytes,
    ) -> Result<Sealing, LiveError> {
        self.log.seal(writer, first_seq, events, note).await
    }
}

/// Whoever wished has ended the generation by then with what was told of it, which is nothing.
#[tokio::test(start_paused = true)]
async fn a_wish_before_anything_was_told_leaves_nothing_to_see() {
    let mut world = World::virtual_time().await;
    let log = Overtaken { log: Arc::clone(&world.log), is_wished: AtomicBool::new(false) };
    let ports = provider_worker::Ports { log_writer: Arc::new(log), ..world.ports() };
    let provider = Arc::new(Scripted::new(&[Say::Stall("hi")]));
    world.start_on(ports, config("http://unused.invalid/v1".to_owned(), &["k1"]), provider);
    let job = world.ask("m").await;
    let ended = world.ended().await;
    assert_eq!((ended.outcome, ended.events), (Outcome::Canceled, vec![]));
    assert!(ended.usage.is_some_and(|usage| usage.output_tokens > 0), "it is booked all the same");
    assert_eq!(world.events(job.generation_id).await, []);
    assert_eq!(world.phase(job.generation_id).await, LogPhase::Sealed);
    world.stop_softly().await;
}
