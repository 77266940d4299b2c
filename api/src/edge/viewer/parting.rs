//! Silence, breaks and ends: whether a viewer goes on, and what it is told before it goes.

use std::time::Duration;

use bytes::Bytes;
use domain::{
    event::{Event, SeqEvent},
    generation::Status,
};
use futures_util::StreamExt;
use ports::live::LogPhase;
use tokio::time::{sleep, timeout};

use super::{
    super::{
        frame::{self, Frames},
        source::{Source, goes_on},
    },
    Viewer,
};
use crate::error::chain;

/// How long to wait before a broken log is followed again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the last words on a whole answer may take when the service stops.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Viewer {
    /// The service stops. An answer that is whole gets its last words, which are being settled right
    /// now; with any other, the viewer comes back.
    pub(super) async fn leave(&mut self) -> Bytes {
        let last_words = self.last_words().await;
        last_words.and_then(|frames| self.advance(frames)).unwrap_or_else(|| self.send_away())
    }

    async fn last_words(&mut self) -> Option<Frames> {
        let log = self.app.ports.event_log.read(self.id, self.after, 1).await.ok()?;
        let is_whole = matches!(log.phase, LogPhase::Sealed | LogPhase::Concluded);
        let Source::Live(batches) = &mut self.source else { return None };
        let next = async { if is_whole { batches.next().await } else { None } };
        let entries = timeout(LAST_WORDS, next).await.ok()??.ok()?;
        goes_on(&entries, self.after).then(|| Frames::of_log(self.voice, self.after, &entries))
    }

    /// Nothing came for a while: the end may have been missed.
    pub(super) async fn break_silence(&mut self) -> Option<Bytes> {
        match self.app.ports.generations.find(self.owner, self.id).await {
            Ok(None) => self.farewell(),
            Ok(Some(generation)) if generation.state.status.is_terminal() => {
                self.source = Source::Archive(Box::new(generation));
                None
            }
            // A stream goes on while the store is away.
            Ok(Some(_)) | Err(_) => Some(frame::HEARTBEAT),
        }
    }

    /// Follows the log again after a pause. The row is looked at no more often than in a silence: all viewers are here
    /// while the live side is away, and the store is not to go with it.
    pub(super) async fn try_again(&mut self) -> Option<Bytes> {
        let pause = PAUSE + self.jitter();
        if self.app.shutdown.run_until_cancelled(sleep(pause)).await.is_none() {
            return Some(self.send_away());
        }
        if self.wrote.elapsed() >= self.app.config.heartbeat {
            return self.break_silence().await;
        }
        self.follow().await
    }

    /// Not all viewers come in the same moment.
    fn jitter(&self) -> Duration {
        let [.., high, low] = *self.id.as_uuid().as_bytes();
        Duration::from_millis(u64::from(u16::from_be_bytes([high, low])) % 500)
    }

    /// The log ended: over, or to be followed again?
    pub(super) async fn look_at_row(&mut self) -> Option<Bytes> {
        match self.app.ports.generations.find(self.owner, self.id).await {
            Ok(None) => self.farewell(),
            Ok(Some(generation)) if generation.state.status.is_terminal() => {
                self.source = Source::Archive(Box::new(generation));
                None
            }
            Ok(Some(_)) => self.follow_again().await,
            Err(error) => self.give_up(&error),
        }
    }

    async fn follow_again(&mut self) -> Option<Bytes> {
        if self.app.shutdown.run_until_cancelled(sleep(PAUSE)).await.is_none() {
            return Some(self.send_away());
        }
        let is_quiet = self.wrote.elapsed() >= self.app.config.heartbeat;
        self.follow().await.or_else(|| is_quiet.then_some(frame::HEARTBEAT))
    }

    /// The process ends; browsers are told when to come back.
    fn send_away(&mut self) -> Bytes {
        self.source = Source::Over;
        frame::come_back()
    }

    /// The chat was deleted, and its generation with it.
    fn farewell(&mut self) -> Option<Bytes> {
        let event = Event::Done { status: Status::Canceled, message_id: None };
        let done = SeqEvent { seq: self.after + 1, event };
        self.advance(Frames::of_events(self.voice, self.after, &[done]))
    }

    /// The viewer comes back by itself, with what it has seen.
    pub(super) fn give_up(&mut self, error: &dyn std::error::Error) -> Option<Bytes> {
        tracing::warn!(generation_id = %self.id, error = chain(error), "a stream was broken off");
        self.source = Source::Over;
        None
    }
}
