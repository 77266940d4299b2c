//! A log that does not keep its promises.

use std::{
    future::pending,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use bytes::Bytes;
use embedded::MemoryLog;
use ports::live::{Appended, LiveError, LogWriter, OpenRequest, Opened, Parked, Sealing, Writer};

/// What becomes of what is to be appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is appended.
    Kept,
    /// Nobody answers.
    Unanswered,
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
            Fate::Kept => self.log.append(writer, first_seq, events).await,
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
