//! Where a viewer's events come from.

use domain::{event::terminal_events, generation::Generation, id::GenerationId};
use ports::live::{LiveError, LogBatches, LogEntry, LogPhase};

use crate::{app::App, error::ApiError};

/// Where a viewer's events come from.
pub(super) enum Source {
    /// The log of a generation that is over, page by page.
    Log(Box<Generation>),
    /// The archive; then the row's last words, or the live log if it is not over.
    Archive(Box<Generation>),
    /// The log as it grows.
    Live(LogBatches),
    /// The archive, as far as it has what the log lost; then what came behind, and the log again.
    Gap(LogBatches, Vec<LogEntry>),
    /// Nothing follows.
    Over,
}

impl Source {
    /// Where a viewer of `generation` who has seen everything up to `after` begins; none if there is
    /// nothing more to see.
    pub(super) async fn first(
        app: &App,
        generation: Generation,
        after: u64,
    ) -> Result<Option<Self>, ApiError> {
        if !generation.state.status.is_terminal() {
            return Self::of_unfinished(app, generation, after).await.map(Some);
        }
        // Without the live side the archive has it all.
        let log = app.ports.event_log.read(generation.id, after, 1).await;
        let log = log.ok().filter(|log| log.phase == LogPhase::Concluded);
        let end = log.as_ref().map_or_else(|| last_of(&generation), |log| log.last_seq);
        if after >= end {
            return Ok(None);
        }
        let generation = Box::new(generation);
        let is_in_log = log.is_some_and(|log| goes_on(&log.entries, after));
        Ok(Some(if is_in_log { Self::Log(generation) } else { Self::Archive(generation) }))
    }

    async fn of_unfinished(
        app: &App,
        generation: Generation,
        after: u64,
    ) -> Result<Self, ApiError> {
        // The store knows of events the viewer has not seen; the log may have lost them.
        if generation.last_seq > after {
            // Without the live side the archive has it, and leads back to the log.
            let log = app.ports.event_log.read(generation.id, after, 1).await;
            if !log.is_ok_and(|log| goes_on(&log.entries, after)) {
                return Ok(Self::Archive(Box::new(generation)));
            }
        }
        Ok(Self::follow(app, generation.id, after).await?)
    }

    /// The log as it grows behind `after`.
    pub(super) async fn follow(
        app: &App,
        generation: GenerationId,
        after: u64,
    ) -> Result<Self, LiveError> {
        app.ports.event_log.follow(generation, after).await.map(Self::Live)
    }
}

/// The number of the last event a finished generation ever has.
fn last_of(generation: &Generation) -> u64 {
    generation.last_seq + terminal_events(generation).len() as u64
}

/// Whether `entries` begin right behind `after`.
pub(super) fn goes_on(entries: &[LogEntry], after: u64) -> bool {
    entries.first().is_some_and(|entry| entry.seq == after + 1)
}
