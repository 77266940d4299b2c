//! The queue or the live side is away for a while: nothing is lost, and nobody is asked twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    attempt::Outcome,
    event::Event,
    failure::ErrorClass,
    generation::{Command, State, Transition},
    id::EventId,
    ledger::UsageEvent,
    usage::Usage,
};
use embedded::{MemoryLog, MemoryQueue};
use ports::{
    live::{
        Appended, Cancels, EventLog, KeyPool, LiveError, LogWriter, OpenRequest, Opened, Parked,
        Sealing, Writer,
    },
    queue::{Deliveries, Envelope, Queue, QueueError, QueueOperations, Topic},
};
use testkit::sample;
use tokio::time::sleep;

use crate::{
    scripted::{Say, Scripted, refuse},
    world::{World, config, eventually, topic},
};

/// Fails every call while it is switched off.
struct Switched<T> {
    inner: Arc<T>,
    off: Arc<AtomicBool>,
    /// Whether it switches itself off when a log is parked, before anybody hears of it.
    off_after_park: AtomicBool,
}

impl<T> Switched<T> {
    fn new(inner: &Arc<T>) -> (Arc<Self>, Arc<AtomicBool>) {
        let off = Arc::new(AtomicBool::new(false));
        let (inner, off_after_park) = (Arc::clone(inner), AtomicBool::new(false));
        (Arc::new(Self { inner, off: Arc::clone(&off), off_after_park }), off)
    }

    fn is_off(&self) -> bool {
        self.off.load(Ordering::Relaxed)
    }

    fn live(&self) -> Result<&T, LiveError> {
        if self.is_off() { Err(LiveError("switched off".into())) } else { Ok(&self.inner) }
    }
}

#[async_trait]
impl Queue for Switched<MemoryQueue> {
    async fn publish(
        &self,
        topic: &Topic,
        envelope: Envelope,
        delay: Option<Duration>,
    ) -> Result<(), QueueError> {
        if self.is_off() {
            return Err(QueueError::Unavailable("switched off".into()));
        }
        self.inner.publish(topic, envelope, delay).await
    }

    async fn consume(&self, topic: &Topic, prefetch: u16) -> Result<Deliveries, QueueError> {
        self.inner.consume(topic, prefetch).await
    }
}

#[async_trait]
impl LogWriter for Switched<MemoryLog> {
    async fn open(&self, request: &OpenRequest) -> Result<Opened, LiveError> {
        self.live()?.open(request).await
    }

    async fn go_on(&self, writer: &Writer) -> Result<(), LiveError> {
        self.live()?.go_on(writer).await
    }

    async fn append(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
    ) -> Result<Appended, LiveError> {
        self.live()?.append(writer, first_seq, events).await
    }

    async fn park(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
        next_attempt: u32,
        note: Bytes,
    ) -> Result<Parked, LiveError> {
        let parked = self.live()?.park(writer, first_seq, events, next_attempt, note).await;
        if self.off_after_park.swap(false, Ordering::Relaxed) {
            self.off.store(true, Ordering::Relaxed);
            self.live()?;
        }
        parked
    }

    async fn seal(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
        note: Bytes,
    ) -> Result<Sealing, LiveError> {
        self.live()?.seal(writer, first_seq, events, note).await
    }
}

fn patient_for(seconds: u64) -> provider_worker::Config {
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    config.limits.patience = Duration::from_secs(seconds);
    config
}

#[tokio::test(start_paused = true)]
async fn a_job_is_held_until_its_report_is_published() {
    let mut world = World::virtual_time().await;
    let (queue, off) = Switched::new(&world.queue);
    let provider = Arc::new(Scripted::new(&[Say::Text(&["hi"])]));
    let ports = provider_worker::Ports { queue, ..world.ports() };
    world.start_on(ports, patient_for(600), Arc::<Scripted>::clone(&provider));
    off.store(true, Ordering::Relaxed);
    let job = world.ask("m").await;
    sleep(Duration::from_mins(5)).await;
    assert_eq!(world.text(job.generation_id).await, "hi", "viewers have it long since");
    assert_eq!(world.queue.depth(&topic()).await.unwrap().unsettled, 1);
    off.store(false, Ordering::Relaxed);
    assert_eq!(world.ended().await.text(), "hi");
    world.idle().await;
    assert_eq!(provider.calls().len(), 1);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn a_job_whose_report_cannot_be_published_goes_back_and_is_not_asked_again() {
    let mut world = World::virtual_time().await;
    let (queue, off) = Switched::new(&world.queue);
    let provider = Arc::new(Scripted::new(&[Say::Text(&["hi"])]));
    let ports = provider_worker::Ports { queue, ..world.ports() };
    world.start_on(ports, patient_for(30), Arc::<Scripted>::clone(&provider));
    off.store(true, Ordering::Relaxed);
    world.ask("m").await;
    sleep(Duration::from_secs(50)).await;
    off.store(false, Ordering::Relaxed);
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.text().as_str()), (1, "hi"));
    world.idle().await;
    assert_eq!(provider.calls().len(), 1);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn text_that_comes_while_the_log_is_away_is_written_afterwards() {
    let mut world = World::virtual_time().await;
    let (log_writer, off) = Switched::new(&world.log);
    let provider = Arc::new(Scripted::new(&[Say::Stall("some"), Say::Text(&["all"])]));
    let ports = provider_worker::Ports { log_writer, ..world.ports() };
    world.start_on(ports, patient_for(60), Arc::<Scripted>::clone(&provider));
    let job = world.job("m", "Hi?");
    off.store(true, Ordering::Relaxed);
    world.publish(&job).await;
    sleep(Duration::from_secs(10)).await;
    assert!(provider.calls().is_empty(), "without a log nobody is asked");
    off.store(false, Ordering::Relaxed);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(world.text(job.generation_id).await, "some");

    // Away for longer than the worker waits: the job goes back, and another attempt answers.
    off.store(true, Ordering::Relaxed);
    sleep(Duration::from_secs(70)).await;
    off.store(false, Ordering::Relaxed);
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.text().as_str()), (2, "all"));
    assert_eq!(world.text(job.generation_id).await, "all");
    world.idle().await;
    world.stop_softly().await;
}

/// The end may be in the log all the same: what is booked from there then is the same entry.
#[tokio::test(start_paused = true)]
async fn a_job_whose_end_cannot_be_written_tells_what_it_spent_and_gives_its_key_back() {
    let mut world = World::virtual_time().await;
    let (log_writer, off) = Switched::new(&world.log);
    let provider = Arc::new(Scripted::new(&[Say::Stall("some")]));
    let ports = provider_worker::Ports { log_writer, ..world.ports() };
    let mut config = patient_for(5);
    config.providers[0].keys[0].concurrency = Some(1);
    world.start_on(ports, config, provider);
    let job = world.ask("m").await;
    eventually("text is there", async || world.text(job.generation_id).await == "some").await;
    off.store(true, Ordering::Relaxed);
    world.log.request(job.generation_id).await.unwrap();
    let spent = world.spent().await;
    assert_eq!((spent.attempt, spent.usage), (1, Usage::estimated(1, 1)));
    let entry = UsageEvent::of_spent(&spent).event_id;
    assert_eq!(entry, EventId::of_attempt(job.generation_id, 1, "usage"));
    eventually("the key is free", async || {
        let keys = world.keys.keys(&sample::provider()).await.unwrap();
        keys.iter().all(|key| key.under_way == 0)
    })
    .await;
    off.store(false, Ordering::Relaxed);
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.outcome, ended.usage), (2, Outcome::Canceled, None));
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_does_not_hold_a_worker_that_ends() {
    let mut world = World::virtual_time().await;
    let (log_writer, off) = Switched::new(&world.log);
    let provider = Arc::new(Scripted::new(&[Say::Stall("some")]));
    let ports = provider_worker::Ports { log_writer, ..world.ports() };
    let config = patient_for(600);
    let grace = config.grace;
    world.start_on(ports, config, provider);
    let job = world.ask("m").await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(world.text(job.generation_id).await, "some");
    off.store(true, Ordering::Relaxed);
    let begun = tokio::time::Instant::now();
    world.stop_softly().await;
    assert!(begun.elapsed() <= grace + Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(world.queue.depth(&topic()).await.unwrap().ready, 1, "the job is back");
}

/// Not even one that is away for hours: a job is dead when it was handed over five times.
#[tokio::test(start_paused = true)]
async fn an_outage_of_the_live_side_kills_no_jobs() {
    let mut world = World::virtual_time().await;
    let (log_writer, off) = Switched::new(&world.log);
    let provider = Arc::new(Scripted::new(&[Say::Stall("some"), Say::Text(&["all"])]));
    let ports = provider_worker::Ports { log_writer, ..world.ports() };
    world.start_on(ports, patient_for(600), Arc::<Scripted>::clone(&provider));
    let begun = world.ask("m").await;
    eventually("text is there", async || world.text(begun.generation_id).await == "some").await;
    off.store(true, Ordering::Relaxed);
    world.ask("m").await;
    sleep(Duration::from_hours(2)).await;
    off.store(false, Ordering::Relaxed);
    let mut ended = [world.ended().await, world.ended().await];
    ended.sort_by_key(|ended| ended.generation_id != begun.generation_id);
    for (ended, attempt) in ended.iter().zip([2, 1]) {
        assert_eq!((ended.attempt, ended.text().as_str()), (attempt, "all"));
    }
    world.idle().await;
    assert_eq!(world.dead_letters().await, Vec::<String>::new());
    world.stop_softly().await;
}

/// What was seen before it keeps its numbers.
#[tokio::test(start_paused = true)]
async fn after_an_outage_that_took_the_log_no_number_is_used_again() {
    let mut world = World::virtual_time().await;
    let (log_writer, off) = Switched::new(&world.log);
    let provider = Arc::new(Scripted::new(&[Say::Stall("some"), Say::Text(&["all"])]));
    let ports = provider_worker::Ports { log_writer, ..world.ports() };
    world.start_on(ports, patient_for(600), Arc::<Scripted>::clone(&provider));
    let job = world.ask("m").await;
    eventually("text is there", async || world.text(job.generation_id).await == "some").await;
    let seen = world.events(job.generation_id).await.len() as u64;
    off.store(true, Ordering::Relaxed);
    sleep(Duration::from_hours(1)).await;
    world.log.expire(job.generation_id, Duration::ZERO, Duration::ZERO).await.unwrap();
    off.store(false, Ordering::Relaxed);
    let ended = world.ended().await;
    let first = &ended.events[0];
    assert!(first.seq > seen, "{first:?}");
    assert!(matches!(first.event, Event::Retry { discard_from_seq: Some(..=2), .. }), "{first:?}");
    assert_eq!(ended.text(), "all");
    world.stop_softly().await;
}

/// Two attempts had begun, as the control plane knows: it settles no end with a smaller number.
#[tokio::test(start_paused = true)]
async fn after_an_outage_that_took_the_log_the_end_is_that_of_a_later_attempt() {
    let mut world = World::virtual_time().await;
    let (log_writer, off) = Switched::new(&world.log);
    let broken = Say::Break("some", ErrorClass::Truncated);
    let provider = Arc::new(Scripted::new(&[broken, Say::Stall("more"), Say::Text(&["all"])]));
    let ports = provider_worker::Ports { log_writer, ..world.ports() };
    world.start_on(ports, patient_for(600), provider);
    let job = world.ask("m").await;
    eventually("text is there", async || world.text(job.generation_id).await == "more").await;
    off.store(true, Ordering::Relaxed);
    sleep(Duration::from_hours(1)).await;
    world.log.expire(job.generation_id, Duration::ZERO, Duration::ZERO).await.unwrap();
    off.store(false, Ordering::Relaxed);
    let ended = world.ended().await;
    assert_eq!(ended.text(), "all");
    assert_eq!((world.started.as_slice(), ended.attempt), (&[1, 2, 3][..], 3));
    let mut row = State::NEW;
    for attempt in [1, 2, 3] {
        let Transition::Changed(next) = row.apply(Command::Start { attempt }) else {
            panic!("attempt {attempt} begins: {row:?}")
        };
        row = next;
    }
    let end = row.apply(ended.outcome.command(ended.attempt));
    assert!(matches!(end, Transition::Changed(_)), "{end:?}");
    world.stop_softly().await;
}

/// It is found by the number of the attempt that parked.
#[tokio::test(start_paused = true)]
async fn an_attempt_that_parked_unheard_before_an_outage_is_reported_after_it() {
    let mut world = World::virtual_time().await;
    let (log_writer, off) = Switched::new(&world.log);
    log_writer.off_after_park.store(true, Ordering::Relaxed);
    let provider = Arc::new(Scripted::new(&[refuse(ErrorClass::Overloaded), Say::Text(&["all"])]));
    let ports = provider_worker::Ports { log_writer, ..world.ports() };
    world.start_on(ports, patient_for(5), Arc::<Scripted>::clone(&provider));
    world.ask("m").await;
    eventually("it is away", async || off.load(Ordering::Relaxed)).await;
    sleep(Duration::from_mins(1)).await;
    off.store(false, Ordering::Relaxed);
    let parked = world.ended().await;
    assert_eq!((parked.attempt, parked.outcome.name()), (1, "retry"), "{parked:?}");
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.text().as_str()), (2, "all"));
    world.idle().await;
    assert_eq!(provider.calls().len(), 2);
    world.stop_softly().await;
}

#[tokio::test(start_paused = true)]
async fn a_key_does_not_wait_for_the_report_of_its_call() {
    let mut world = World::virtual_time().await;
    let (queue, off) = Switched::new(&world.queue);
    let provider = Arc::new(Scripted::new(&[Say::Text(&["hi"])]));
    let ports = provider_worker::Ports { queue, ..world.ports() };
    let mut config = patient_for(600);
    config.providers[0].keys[0].concurrency = Some(1);
    world.start_on(ports, config, Arc::<Scripted>::clone(&provider));
    off.store(true, Ordering::Relaxed);
    let jobs = [world.ask("m").await, world.ask("m").await];
    sleep(Duration::from_secs(10)).await;
    for job in jobs {
        assert_eq!(world.text(job.generation_id).await, "hi");
    }
    assert_eq!(world.queue.depth(&topic()).await.unwrap().unsettled, 2);
    off.store(false, Ordering::Relaxed);
    world.idle().await;
    world.stop_softly().await;
}
