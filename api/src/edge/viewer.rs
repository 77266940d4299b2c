//! One viewer: a position in a stream, and where the rest comes from.

mod pages;
mod parting;

use std::{convert::Infallible, pin::Pin};

use bytes::Bytes;
use domain::id::{GenerationId, UserId};
use futures_util::{Stream, StreamExt, stream};
use ports::live::LogEntry;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{
    frame::{self, Frames},
    source::{Source, goes_on},
    voice::Voice,
};
use crate::app::App;

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
}

/// What happened on the live log.
enum Heard {
    Frames(Frames),
    Gap(Vec<LogEntry>),
    /// The log cannot be read now.
    Failed,
    /// It has come to an end, or was never begun.
    Ended,
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
    ) -> Self {
        Self::told(app, generation, after, source, Voice::Generation)
    }

    /// One of many generations that a page is told of, in `voice`.
    pub(super) fn among(
        app: App,
        generation: (UserId, GenerationId),
        after: u64,
        source: Source,
        voice: Voice,
    ) -> Self {
        let viewer = Self::told(app, generation, after, source, voice);
        Self { greeted: true, ..viewer }
    }

    fn told(
        app: App,
        (owner, id): (UserId, GenerationId),
        after: u64,
        source: Source,
        voice: Voice,
    ) -> Self {
        let wrote = Instant::now();
        let quiet = Box::pin(sleep_until(wrote + app.config.heartbeat));
        let stop = Box::pin(app.shutdown.clone().cancelled_owned());
        let (has_ended, greeted) = (false, false);
        Self { app, owner, id, after, source, voice, has_ended, greeted, wrote, quiet, stop }
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

    async fn news(&mut self) -> Option<Bytes> {
        match self.listen().await {
            Heard::Frames(frames) => self.advance(frames),
            Heard::Gap(next) => self.look_into_gap(next),
            Heard::Failed => self.try_again().await,
            Heard::Ended => self.look_at_row().await,
            Heard::Quiet => self.break_silence().await,
            Heard::Stop => Some(self.leave().await),
        }
    }

    async fn listen(&mut self) -> Heard {
        let Source::Live(batches) = &mut self.source else { return Heard::Ended };
        loop {
            tokio::select! {
                biased;
                batch = batches.next() => return match batch {
                    Some(Ok(entries)) if goes_on(&entries, self.after) => {
                        Heard::Frames(Frames::of_log(self.voice, self.after, &entries))
                    }
                    Some(Ok(entries)) => Heard::Gap(entries),
                    Some(Err(_)) => Heard::Failed,
                    None => Heard::Ended,
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

    fn advance(&mut self, frames: Frames) -> Option<Bytes> {
        self.after = self.after.max(frames.last());
        if frames.ended() {
            self.has_ended = true;
            self.source = Source::Over;
        }
        frames.into_bytes()
    }
}
