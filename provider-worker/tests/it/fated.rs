//! A log that does not keep its promises.

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{event::Event, failure::ErrorClass};
use embedded::MemoryLog;
use ports::live::{Appended, LiveError, LogWriter, OpenRequest, Opened, Parked, Sealing, Writer};

use crate::{
    scripted::{Say, Scripted},
    world::{World, config},
};

/// What becomes of what is to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is appended.
    Kept,
    /// Nobody answers.
    Unanswered,
    /// It is said to be appended. What the first attempt wrote is gone then, as from a copy that lacks what came last.
    ForgottenOnce,
}

/// A log with a fate.
pub struct Fated {
    log: Arc<MemoryLog>,
    fate: Mutex<Fate>,
}

impl Fated {
    pub fn new(log: &Arc<MemoryLog>, fate: Fate) -> Arc<Self> {
        Arc::new(Self { log: Arc::clone(log), fate: Mutex::new(fate) })
    }

    /// From now on it is this.
    pub fn turn(&self, fate: Fate) {
        *self.fate.lock().unwrap() = fate;
    }

    fn fate(&self) -> Fate {
        *self.fate.lock().unwrap()
    }
}

#[async_trait]
impl LogWriter for Fated {
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
        match self.fate() {
            Fate::Unanswered => pending().await,
            Fate::ForgottenOnce if writer.attempt == 1 => Ok(Appended::Appended),
            Fate::ForgottenOnce | Fate::Kept => self.log.append(writer, first_seq, events).await,
        }
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

/// The worker itself knows how far it had come: no number gets a second content, and nothing is missing from the report.
#[tokio::test(start_paused = true)]
async fn what_a_copy_of_the_log_lacks_is_not_numbered_again() {
    let mut world = World::virtual_time().await;
    let log = Fated::new(&world.log, Fate::ForgottenOnce);
    let ports = provider_worker::Ports { log_writer: log, ..world.ports() };
    let broken = Say::BreakAfter("some", Duration::from_secs(1), ErrorClass::Truncated);
    let provider = Arc::new(Scripted::new(&[broken, Say::Text(&["all"])]));
    world.start_on(ports, config("http://unused.invalid/v1".to_owned(), &["k1"]), provider);
    world.ask("m").await;
    let ended = world.ended().await;
    assert_eq!((ended.attempt, ended.text().as_str()), (2, "all"));
    let (former, later): (Vec<_>, Vec<_>) = ended.events.iter().partition(|entry| entry.seq <= 2);
    assert_eq!(former[1].event, Event::Delta { delta: "some".to_owned() });
    assert!(later[0].seq > 1_000_000_000, "{later:?} may have been shown before");
    let voids = |event: &Event| matches!(event, Event::Retry { discard_from_seq: Some(1), .. });
    assert!(voids(&later[0].event), "{later:?}");
    world.stop_softly().await;
}
