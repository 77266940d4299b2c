//! Writes an attempt's events into the log: the first text at once, what follows together with
//! whatever comes while a write is under way.

mod kept;

use std::{sync::Arc, time::Duration};

use ::ports::live::{Appended, LiveError, LogEntry, LogWriter, Writer};
use bytes::{Bytes, BytesMut};
use domain::event::{Event, SeqEvent};
use futures_util::future::BoxFuture;
use tokio::time::{Instant, Sleep, sleep_until};

use self::kept::Kept;
use crate::{
    config::Limits,
    load::{Load, Streaming},
    patience::persist,
};

/// How long an event without text waits for text to go with, so that the first text never has to
/// wait for a write that began just before it came.
const UNHURRIED: Duration = Duration::from_millis(20);

/// Events are written one behind the other into pieces of so many bytes: a piece of its own for each
/// would cost more than the event.
const PIECE: usize = 1024;

/// How often in a row a log may be found to be lost. Twice is usual: once to be told, and once more
/// when nothing older than the attempt's own events can be brought back.
const MAX_LOSSES: u32 = 8;

/// Why an attempt must stop, whatever it is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Its user wishes so.
    Canceled,
    /// Somebody else writes, or the log is ended.
    Fenced,
    /// The log has no room for more.
    Full,
    /// The worker ends.
    HandBack,
    /// The log cannot be written for too long.
    Unavailable,
}

/// The events of one attempt, kept until the attempt is reported.
pub(crate) struct Journal {
    log: Arc<dyn LogWriter>,
    writer: Writer,
    limits: Limits,
    load: Load,
    /// Counted from the first text on: who only waits is in nobody's way.
    streaming: Option<Streaming>,
    /// The number of the first event.
    first_seq: u64,
    events: Kept,
    /// Those that are not in the log, as they will be written.
    unwritten: Vec<Bytes>,
    /// How many of them are, or were before it was lost: viewers may have seen them.
    told: usize,
    /// What is left of the piece that the next events go into.
    piece: BytesMut,
    /// How often in a row the log was found to be lost.
    losses: u32,
    /// Text that is no event yet: more may be added to it.
    text: String,
    /// Since when there is something to write.
    waiting_since: Option<Instant>,
    last_contact: Instant,
    last_text: Option<Instant>,
    flight: Option<Flight>,
    timer: std::pin::Pin<Box<Sleep>>,
}

/// A write under way.
struct Flight {
    /// How many events are on their way.
    events: usize,
    answer: BoxFuture<'static, Result<Appended, LiveError>>,
}

impl Journal {
    /// The journal of `writer`, whose first event is numbered `first_seq`.
    pub(crate) fn new(
        log: Arc<dyn LogWriter>,
        writer: Writer,
        first_seq: u64,
        limits: Limits,
        load: Load,
    ) -> Self {
        let now = Instant::now();
        Self {
            log,
            writer,
            limits,
            load,
            streaming: None,
            first_seq,
            events: Kept::default(),
            unwritten: Vec::new(),
            told: 0,
            piece: BytesMut::new(),
            losses: 0,
            text: String::new(),
            waiting_since: None,
            last_contact: now,
            last_text: None,
            flight: None,
            timer: Box::pin(sleep_until(now + limits.heartbeat)),
        }
    }

    /// Who writes.
    pub(crate) fn writer(&self) -> &Writer {
        &self.writer
    }

    /// The number of the last event, written or not.
    pub(crate) fn last_seq(&self) -> u64 {
        self.seq(self.events.len()) - 1
    }

    /// The number of the first event, written or not; none without one.
    pub(crate) fn first_seq(&self) -> Option<u64> {
        (self.events.len() > 0).then_some(self.first_seq)
    }

    /// The events with their numbers.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = SeqEvent> {
        (self.first_seq..).zip(self.events.from(0)).map(|(seq, event)| SeqEvent { seq, event })
    }

    /// The events as the log holds them.
    pub(crate) fn entries(&self) -> impl Iterator<Item = LogEntry> {
        let entry = |(seq, event): (u64, Event)| LogEntry { seq, json: event.to_json().into() };
        (self.first_seq..).zip(self.events.from(0)).map(entry)
    }

    /// Adds text.
    pub(crate) fn say(&mut self, text: &str) {
        self.streaming.get_or_insert_with(|| self.load.enter());
        self.text.push_str(text);
        self.waiting_since.get_or_insert_with(Instant::now);
    }

    /// Adds an event, behind the text so far.
    pub(crate) fn add(&mut self, event: Event) {
        self.close_text();
        self.keep_event(event);
        self.waiting_since.get_or_insert_with(Instant::now);
    }

    /// Takes the last event back, if it is not in the log and not on its way there.
    pub(crate) fn take_back(&mut self) {
        if self.flight.is_none() && self.unwritten.pop().is_some() {
            self.events.pop();
        }
    }

    /// Takes everything back that never was in the log; nothing may be on its way there.
    pub(crate) fn forget_untold(&mut self) {
        self.text.clear();
        while self.events.len() > self.told && self.unwritten.pop().is_some() {
            self.events.pop();
        }
    }

    /// The events that are in the log, or were before it was lost.
    pub(crate) fn told(&self) -> impl Iterator<Item = Event> {
        self.events.from(0).take(self.told)
    }

    /// The number of the event that comes next.
    pub(crate) fn next_seq(&mut self) -> u64 {
        self.close_text();
        self.seq(self.events.len())
    }

    /// Makes an event of the text so far.
    pub(crate) fn close_text(&mut self) {
        if !self.text.is_empty() {
            let delta = Event::Delta { delta: std::mem::take(&mut self.text) };
            self.keep_event(delta);
        }
    }

    /// Writes what there is to write, when it is time, and shows now and then that the writer lives.
    /// Ends only when the attempt must. May be dropped and called again.
    pub(crate) async fn keep(&mut self) -> Stop {
        loop {
            if self.flight.is_none() {
                self.until(Self::due).await;
                self.depart();
            }
            if let Err(stop) = self.land().await {
                return stop;
            }
        }
    }

    /// Writes all there is, now.
    pub(crate) async fn flush(&mut self) -> Result<(), Stop> {
        loop {
            self.land().await?;
            self.close_text();
            if self.unwritten.is_empty() {
                return Ok(());
            }
            self.depart();
        }
    }

    /// Waits for the write under way, if there is one.
    pub(crate) async fn land(&mut self) -> Result<(), Stop> {
        let Some(flight) = &mut self.flight else { return Ok(()) };
        let answer = flight.answer.as_mut().await;
        let events = flight.events;
        self.flight = None;
        match answer {
            Ok(Appended::Appended) => {
                self.unwritten.drain(..events);
                self.told = self.told.max(self.written());
                self.losses = 0;
            }
            Ok(Appended::Lost { last_seq }) => return self.rewind(last_seq),
            Ok(Appended::CancelRequested) => return Err(Stop::Canceled),
            Ok(Appended::Fenced) => return Err(Stop::Fenced),
            Ok(Appended::Full) => return Err(Stop::Full),
            Err(error) => {
                tracing::error!(%error, generation = %self.writer.generation, "cannot write the log");
                return Err(Stop::Unavailable);
            }
        }
        Ok(())
    }

    /// The log holds nothing after `last_seq`: what is kept here is written again.
    pub(crate) fn rewind(&mut self, last_seq: u64) -> Result<(), Stop> {
        let held = (last_seq + 1).saturating_sub(self.first_seq);
        let held = usize::try_from(held).unwrap_or(usize::MAX).min(self.written());
        self.unwritten.clear();
        for event in self.events.from(held) {
            self.unwritten.push(encode(&mut self.piece, &event));
        }
        if self.events.len() > 0 {
            self.waiting_since.get_or_insert_with(Instant::now);
        }
        tracing::warn!(generation = %self.writer.generation, last_seq, "the log was lost; writing it again");
        self.losses += 1;
        if self.losses > MAX_LOSSES { Err(Stop::Unavailable) } else { Ok(()) }
    }

    /// The events not in the log, and the number of the first.
    pub(crate) fn unwritten(&self) -> (u64, &[Bytes]) {
        (self.seq(self.written()), &self.unwritten)
    }

    /// How many events are in the log.
    fn written(&self) -> usize {
        self.events.len() - self.unwritten.len()
    }

    /// When to write next.
    fn due(&self) -> Instant {
        let Some(since) = self.waiting_since else {
            return self.last_contact + self.limits.heartbeat;
        };
        match self.last_text {
            _ if self.text.is_empty() => since + UNHURRIED,
            None => since,
            Some(last) => since.max(last + self.pause()),
        }
    }

    /// How long text waits for more.
    fn pause(&self) -> Duration {
        let least = self.limits.coalesce;
        self.streaming.as_ref().map_or(least, |streaming| streaming.pause(least, self.limits.crowd))
    }

    /// Waits until `due` lies in the past. The timer is set only to fire earlier, or again, so a due
    /// time that moves away costs nothing.
    async fn until(&mut self, due: impl Fn(&Self) -> Instant) {
        loop {
            let due = due(self);
            if due <= Instant::now() {
                return;
            }
            if self.timer.is_elapsed() || self.timer.deadline() > due {
                self.timer.as_mut().reset(due);
            }
            self.timer.as_mut().await;
        }
    }

    /// Begins to write all there is; nothing at all renews the lease.
    fn depart(&mut self) {
        let now = Instant::now();
        if !self.text.is_empty() {
            self.last_text = Some(now);
        }
        self.close_text();
        self.waiting_since = None;
        self.last_contact = now;
        let (first_seq, events) = self.unwritten();
        let (log, writer, batch) = (Arc::clone(&self.log), self.writer.clone(), events.to_vec());
        let patience = self.limits.patience;
        let answer = Box::pin(async move {
            persist(patience, "append", || log.append(&writer, first_seq, &batch)).await
        });
        self.flight = Some(Flight { events: self.unwritten.len(), answer });
    }

    fn keep_event(&mut self, event: Event) {
        self.unwritten.push(encode(&mut self.piece, &event));
        self.events.push(event);
    }

    fn seq(&self, index: usize) -> u64 {
        self.first_seq + index as u64
    }
}

/// `event` as JSON, at the end of what `piece` has been used for.
fn encode(piece: &mut BytesMut, event: &Event) -> Bytes {
    let json = event.to_json();
    if piece.capacity() < json.len() {
        *piece = BytesMut::with_capacity(PIECE.max(json.len()));
    }
    piece.extend_from_slice(json.as_bytes());
    piece.split().freeze()
}

#[cfg(test)]
mod tests;
