//! What is kept of an answer, page by page.

use bytes::Bytes;
use domain::event::terminal_events;
use ports::live::LogEntry;

use super::{
    super::{frame::Frames, source::Source},
    Viewer,
};

/// How many events are read at once.
const PAGE: u32 = 500;

impl Viewer {
    pub(super) async fn page_of_log(&mut self) -> Option<Bytes> {
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

    pub(super) async fn page_of_archive(&mut self) -> Option<Bytes> {
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
        self.follow().await
    }

    pub(super) async fn follow(&mut self) -> Option<Bytes> {
        match Source::follow(&self.app, self.id, self.after).await {
            Ok(source) => {
                self.source = source;
                None
            }
            Err(error) => self.give_up(&error),
        }
    }

    /// The log was lost, and goes on with `next`.
    pub(super) fn look_into_gap(&mut self, next: Vec<LogEntry>) -> Option<Bytes> {
        if let Source::Live(batches) = std::mem::replace(&mut self.source, Source::Over) {
            self.source = Source::Gap(batches, next);
        }
        None
    }

    /// What the archive has before the event numbered `end`.
    pub(super) async fn page_of_gap(&mut self, end: Option<u64>) -> Option<Bytes> {
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
}
