//! How far a generation that has not ended has come, as operators tell them apart.

use crate::{
    generation::{Generation, Status},
    time::Timestamp,
};

/// How far a generation that has not ended has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It waits for its turn, behind others of its user.
    Held,
    /// It waits for the time of its next try.
    Waiting,
    /// It waits for a worker.
    Queued,
    /// A worker is on it.
    Streaming,
}

impl Phase {
    /// Every phase, in the order in which a generation comes to them.
    pub const ALL: [Self; 4] = [Self::Held, Self::Waiting, Self::Queued, Self::Streaming];

    /// How far `generation` has come at `at`; none if it has ended.
    #[must_use]
    pub fn of(generation: &Generation, at: Timestamp) -> Option<Self> {
        let state = &generation.state;
        match state.status {
            Status::Queued if generation.held => Some(Self::Held),
            Status::Queued if state.retry_at.is_some_and(|due| due > at) => Some(Self::Waiting),
            Status::Queued => Some(Self::Queued),
            Status::Streaming => Some(Self::Streaming),
            Status::Succeeded | Status::Failed | Status::Canceled => None,
        }
    }

    /// The name used in JSON and in statements.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Queued => "queued",
            Self::Streaming => "streaming",
        }
    }

    /// The phase called `name`, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == name)
    }
}
