//! One viewer: a position in a stream, and where the rest comes from.

use std::{convert::Infallible, pin::Pin, time::Duration};

use bytes::Bytes;
use domain::{
    event::{Event, SeqEvent, terminal_events},
    generation::{Generation, Status},
    id::{GenerationId, UserId},
};
use futures_util::{Stream, StreamExt, stream};
use ports::live::{LogEntry, LogPhase};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{
    frame::{self, Frames},
    seat::Seat,
    source::{Source, goes_on},
    voice::Voice,
};
use crate::{app::App, error::chain};

/// How many events are read at once.
const PAGE: u32 = 500;
/// How long to wait before a broken log is followed again.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the last words on a whole answer may take when the service stops.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// One viewer.
pub(super) struct Viewer {
    app: App,
    owner: UserId,
    id: GenerationId,
    after: u64,
    source: Source,
    voice: Voice,
    has_ended: bool,
    greeted: bool,
    wrote: Instant,
    quiet: Pin<Box<Sleep>>,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
    _seat: Option<Seat>,
}

/// What happened on the live log.
enum Heard {
    Frames(Frames),
    Gap(Vec<LogEntry>),
    Broken,
    Quiet,
    Stop,
}

impl Viewer {
    /// A viewer that has seen everything up to `after`.
    pub(super) fn new(
        app: App,
        generation: (UserId, GenerationId),
        after: u64,
        source: Source,
        seat: Seat,
    ) -> Self {
        Self::told(app, generation, after, source, (Voice::Generation, Some(seat)))
    }

    /// One of many generations that a page is told of, in `voice`.
    pub(super) fn among(
        app: App,
        generation: (UserId, GenerationId),
        after: u64,
        source: Source,
        voice: Voice,
    ) -> Self {
        let viewer = Self::told(app, generation, after, source, (voice, None));
        Self { greeted: true, ..viewer }
    }

    fn told(
        app: App,
        (owner, id): (UserId, GenerationId),
        after: u64,
        source: Source,
        (voice, seat): (Voice, Option<Seat>),
    ) -> Self {
        let wrote = Instant::now();
        let quiet = Box::pin(sleep_until(wrote + app.config.heartbeat));
        let stop = Box::pin(app.shutdown.clone().cancelled_owned());
        let (has_ended, greeted) = (false, false);
        Self {
            app,
            owner,
            id,
            after,
            source,
            voice,
            has_ended,
            greeted,
            wrote,
            quiet,
            stop,
            _seat: seat,
        }
    }

    /// The frames, as the connection asks for them.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        stream::unfold(self, |mut viewer| async move {
            let bytes = viewer.next().await?;
            Some((Ok(bytes), viewer))
        })
    }

    /// Whether the generation was told to its end.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The next frames; none when nothing follows, or the viewer has to come back.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        if !self.greeted {
            self.greeted = true;
            return Some(frame::greeting());
        }
        loop {
            let bytes = match &self.source {
                Source::Log(_) => self.page_of_log().await,
                Source::Archive(_) => self.page_of_archive().await,
                Source::Live(_) => self.news().await,
                Source::Gap(_, next) => self.page_of_gap(next.first().map(|entry| entry.seq)).await,
                Source::Over => return None,
            };
            if bytes.is_some() {
                self.wrote = Instant::now();
                return bytes;
            }
        }
    }

    async fn page_of_log(&mut self) -> Option<Bytes> {
        let read = self.app.ports.event_log.read(self.id, self.after, PAGE).await;
        let entries = read.map(|log| log.entries).unwrap_or_default();
        let frames = Frames::of_log(self.voice, self.after, &entries);
        let bytes = self.advance(frames);
        if bytes.is_none() && matches!(self.source, Source::Log(_)) {
            // It expired under the viewer's eyes.
            if let Source::Log(generation) = std::mem::replace(&mut self.source, Source::Over) {
                self.source = Source::Archive(generation);
            }
        }
        bytes
    }

    async fn page_of_archive(&mut self) -> Option<Bytes> {
        let generations = &self.app.ports.generations;
        match generations.archived_events(self.id, self.after, PAGE).await {
            Ok(events) if events.is_empty() => self.behind_archive().await,
            Ok(events) => self.advance(Frames::of_events(self.voice, self.after, &events)),
            Err(error) => self.give_up(&error),
        }
    }

    async fn behind_archive(&mut self) -> Option<Bytes> {
        let Source::Archive(generation) = std::mem::replace(&mut self.source, Source::Over) else {
            return None;
        };
        if generation.state.status.is_terminal() {
            return self.advance(Frames::of_events(
                self.voice,
                self.after,
                &terminal_events(&generation),
            ));
        }
        self.follow(&generation).await
    }

    async fn follow(&mut self, generation: &Generation) -> Option<Bytes> {
        match Source::follow(&self.app, generation, self.after).await {
            Ok(source) => {
                self.source = source;
                None
            }
            Err(error) => self.give_up(&error),
        }
    }

    async fn news(&mut self) -> Option<Bytes> {
        match self.listen().await {
            Heard::Frames(frames) => self.advance(frames),
            Heard::Gap(next) => self.look_into_gap(next),
            Heard::Broken => self.look_at_row().await,
            Heard::Quiet => self.break_silence().await,
            Heard::Stop => Some(self.leave().await),
        }
    }

    /// The log was lost, and goes on with `next`.
    fn look_into_gap(&mut self, next: Vec<LogEntry>) -> Option<Bytes> {
        if let Source::Live(batches) = std::mem::replace(&mut self.source, Source::Over) {
            self.source = Source::Gap(batches, next);
        }
        None
    }

    /// What the archive has before the event numbered `end`.
    async fn page_of_gap(&mut self, end: Option<u64>) -> Option<Bytes> {
        let generations = &self.app.ports.generations;
        match generations.archived_events(self.id, self.after, PAGE).await {
            Ok(mut events) => {
                events.retain(|entry| Some(entry.seq) < end);
                let frames = Frames::of_events(self.voice, self.after, &events);
                self.advance(frames).or_else(|| self.behind_gap())
            }
            Err(error) => self.give_up(&error),
        }
    }

    fn behind_gap(&mut self) -> Option<Bytes> {
        let Source::Gap(batches, next) = std::mem::replace(&mut self.source, Source::Over) else {
            return None;
        };
        self.source = Source::Live(batches);
        self.advance(Frames::of_log(self.voice, self.after, &next))
    }

    /// The service stops. An answer that is whole gets its last words, which are being settled right
    /// now; with any other, the viewer comes back.
    async fn leave(&mut self) -> Bytes {
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

    async fn listen(&mut self) -> Heard {
        let Source::Live(batches) = &mut self.source else { return Heard::Broken };
        loop {
            tokio::select! {
                biased;
                batch = batches.next() => return match batch {
                    Some(Ok(entries)) if goes_on(&entries, self.after) => {
                        Heard::Frames(Frames::of_log(self.voice, self.after, &entries))
                    }
                    Some(Ok(entries)) => Heard::Gap(entries),
                    Some(Err(_)) | None => Heard::Broken,
                },
                () = &mut self.stop => return Heard::Stop,
                () = &mut self.quiet => {
                    // The timer is not turned back for every batch: only here, when it has rung.
                    let due = self.wrote + self.app.config.heartbeat;
                    let is_due = Instant::now() >= due;
                    let next = if is_due { Instant::now() + self.app.config.heartbeat } else { due };
                    self.quiet.as_mut().reset(next);
                    if is_due {
                        return Heard::Quiet;
                    }
                }
            }
        }
    }

    /// Nothing came for a while: the end may have been missed.
    async fn break_silence(&mut self) -> Option<Bytes> {
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

    /// The log ended or broke: over, or to be followed again?
    async fn look_at_row(&mut self) -> Option<Bytes> {
        match self.app.ports.generations.find(self.owner, self.id).await {
            Ok(None) => self.farewell(),
            Ok(Some(generation)) if generation.state.status.is_terminal() => {
                self.source = Source::Archive(Box::new(generation));
                None
            }
            Ok(Some(generation)) => self.follow_again(&generation).await,
            Err(error) => self.give_up(&error),
        }
    }

    async fn follow_again(&mut self, generation: &Generation) -> Option<Bytes> {
        if self.app.shutdown.run_until_cancelled(sleep(PAUSE)).await.is_none() {
            return Some(self.send_away());
        }
        let is_quiet = self.wrote.elapsed() >= self.app.config.heartbeat;
        self.follow(generation).await.or_else(|| is_quiet.then_some(frame::HEARTBEAT))
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
    fn give_up(&mut self, error: &dyn std::error::Error) -> Option<Bytes> {
        tracing::warn!(generation_id = %self.id, error = chain(error), "a stream was broken off");
        self.source = Source::Over;
        None
    }

    fn advance(&mut self, frames: Frames) -> Option<Bytes> {
        self.after = self.after.max(frames.last());
        if frames.ended() {
            self.has_ended = true;
            self.source = Source::Over;
        }
        frames.into_bytes()
    }
}
