//! Generations, as workers move them.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    chat::{Message, Reach},
    generation::Generation,
    id::{GenerationId, MessageId, UserId},
    model::ProviderName,
    report::{Ended, Started},
    time::Timestamp,
};

use super::{NewOutboxRow, StoreError};

/// The end of an attempt, to be committed with all that follows from it.
#[derive(Debug, Clone)]
pub struct Settle<'a> {
    /// What the worker said.
    pub ended: &'a Ended,
    /// The id the answer gets, if there is one to keep.
    pub message_id: MessageId,
    /// What to publish if the report counts.
    pub outbox: Vec<NewOutboxRow>,
}

/// What became of a report.
#[derive(Debug, Clone, PartialEq)]
pub enum Settlement {
    /// The generation is like this now.
    Changed(Box<Generation>),
    /// An older attempt spoke, or the same was said before; the generation is like this.
    Unchanged(Box<Generation>),
    /// There is no such generation (any more).
    Unknown,
}

impl Settlement {
    /// The generation as it is now, if it exists.
    #[must_use]
    pub fn into_generation(self) -> Option<Generation> {
        match self {
            Self::Changed(generation) | Self::Unchanged(generation) => Some(*generation),
            Self::Unknown => None,
        }
    }
}

/// A generation on which nobody seems to work.
#[derive(Debug, Clone, Copy)]
pub struct Overdue {
    /// Queued ones count whose time (acceptance, retry or last rescue) is before this.
    pub queued_before: Timestamp,
    /// Streaming ones count whose row last changed before this.
    pub streaming_before: Timestamp,
}

/// Makes the job of a generation from what is said up to its question, oldest first.
pub type MakeJob<'a> = &'a (dyn Fn(&Generation, Vec<Message>) -> NewOutboxRow + Send + Sync);

/// Whose turn it may be, and what follows if it is.
#[derive(Clone, Copy)]
pub struct GiveTurn<'a> {
    /// Whose.
    pub user: UserId,
    /// How many of theirs may be queued or streaming, the one that gets its turn among them.
    pub max_in_flight: u32,
    /// Makes its job. May be asked more than once.
    pub job: MakeJob<'a>,
    /// How much of what was said the job is made from.
    pub history: Reach,
}

/// A generation that got its turn.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnGiven {
    /// As it is now.
    pub generation: Generation,
    /// Its job, to be published.
    pub job: NewOutboxRow,
}

/// Queued generations of one provider that stand on the same rung of the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    /// Whose.
    pub provider: ProviderName,
    /// Rungs used.
    pub retries: u32,
    /// Whether their time has not come.
    pub waits: bool,
    /// How many.
    pub jobs: u64,
    /// The earliest of their times: acceptance, turn or retry, whichever was the last. A turn counts no more for one that was
    /// rescued since.
    pub first: Timestamp,
}

/// Generations, as workers move them. The rules are those of `domain::generation::State::apply`.
#[async_trait]
pub trait Progress: Send + Sync {
    /// The generation called `id`, whoever it belongs to.
    async fn find_any(&self, id: GenerationId) -> Result<Option<Generation>, StoreError>;

    /// Notes that an attempt began.
    async fn started(&self, started: &Started) -> Result<Settlement, StoreError>;

    /// Commits the end of an attempt in one transaction: state, attempt with its usage and key, the
    /// archived events, the tokens added to the generation's, and the outbox.
    ///
    /// An end that names no key tells of no call: what is known of an attempt that ended before stays, and when one
    /// began that is known. Else the attempt began when the end says, or before if that is known, and the generation no
    /// later than that.
    ///
    /// The answer is kept as a message if the attempt succeeded, or was canceled after some text. It is later than its
    /// question, and than all that is in its chat by then, whatever `at` says: who reads on from the newest message misses none.
    /// A report that changes nothing writes nothing, not even its outbox rows; so a usage entry is
    /// published once for each attempt.
    async fn settle(&self, settle: &Settle<'_>, at: Timestamp) -> Result<Settlement, StoreError>;

    /// Generations on which nobody seems to work and somebody should, the longest waiting first. None
    /// that has an unsent outbox row: the relay will see to it. One that cannot be read is told of and passed over, here and
    /// in the next two.
    async fn overdue(&self, than: Overdue, limit: u32) -> Result<Vec<Generation>, StoreError>;

    /// Every generation that has not ended and is not held, in the order of their acceptance, behind `after`.
    async fn unfinished(
        &self,
        after: Option<GenerationId>,
        limit: u32,
    ) -> Result<Vec<Generation>, StoreError>;

    /// Streaming generations that their users asked to stop, in the order of their acceptance, behind
    /// `after`.
    async fn to_stop(
        &self,
        after: Option<GenerationId>,
        limit: u32,
    ) -> Result<Vec<Generation>, StoreError>;

    /// What is queued at `at`, by provider and rung; first those whose time has come. Those whose job is not published
    /// yet are among them.
    async fn backlog(&self, at: Timestamp) -> Result<Vec<Backlog>, StoreError>;

    /// Gives the user's held generation that has waited longest its turn, if there is room: it is held
    /// no more, its question is as if asked at `at`, and follows the answer to the question that it
    /// followed, later than that whatever `at` says; one that an earlier generation answers as well stays
    /// where it is. Its job is written in the same transaction.
    ///
    /// A question that is held, or was stopped before anybody worked on it, was not asked: whoever follows it follows
    /// what it followed.
    async fn give_turn(
        &self,
        turn: &GiveTurn<'_>,
        at: Timestamp,
    ) -> Result<Option<TurnGiven>, StoreError>;

    /// Users with held generations who have room for one: fewer than `max_in_flight` of theirs are queued or streaming.
    /// In the order of their ids, behind `after`.
    async fn who_waits(
        &self,
        after: Option<UserId>,
        max_in_flight: u32,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError>;

    /// Counts one more rescue of a generation that was rescued `before` times, so that it is not
    /// overdue for a while, and for `longer` than after its last change, and writes `outbox` in the same transaction. The
    /// rescue of one that streams counts as a loss, too.
    /// Answers whether it did: it writes nothing if the generation has ended, or if another rescue was counted meanwhile;
    /// of simultaneous ones, one counts.
    async fn rescued(
        &self,
        id: GenerationId,
        before: u32,
        longer: Duration,
        outbox: &[NewOutboxRow],
        at: Timestamp,
    ) -> Result<bool, StoreError>;
}
