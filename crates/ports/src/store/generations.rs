//! Generations, as their users see them: asked for, looked at, stopped, read again.

use async_trait::async_trait;
use domain::{
    chat::Message,
    event::SeqEvent,
    generation::Generation,
    id::{ChatId, GenerationId, MessageId, UserId},
    ledger::AuditEvent,
    model::ProviderName,
    time::Timestamp,
};
use uuid::Uuid;

use super::{NewOutboxRow, StoreError};

/// By what a repeated request is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFingerprint {
    /// The caller's own name for the request, unique per user.
    pub request_id: String,
    /// SHA-256 of what was asked.
    pub body_hash: [u8; 32],
}

/// A generation to be accepted, with all that has to be written together with it.
#[derive(Debug, Clone)]
pub struct NewGeneration {
    /// The row.
    pub generation: Generation,
    /// The question; none if it is there already, and another answer is wanted.
    pub message: Option<Message>,
    /// Given to a chat that has no name yet.
    pub chat_title: String,
    /// By what a repetition is known, if the caller wants repetitions known.
    pub fingerprint: Option<RequestFingerprint>,
    /// The messages to publish, first of all the job.
    pub outbox: Vec<NewOutboxRow>,
    /// What the audit book says of it.
    pub audit: AuditEvent,
    /// How many generations of one user may be queued or streaming at once, those held not counted.
    pub max_in_flight: u32,
    /// How many may be held; counts where this one is to be (`Generation::held`).
    pub max_held: u32,
    /// Whether it may begin before those that are held.
    pub may_pass: bool,
    /// Whether the question has to follow the newest message of its chat. One that is held is put behind that when its
    /// turn comes.
    pub follows_newest: bool,
}

/// What became of a request for a generation.
#[derive(Debug, Clone, PartialEq)]
pub enum Admission {
    /// Everything is written.
    Created {
        /// Whether the chat had no name yet: it has one now.
        named: bool,
    },
    /// The same request came before, and this is its generation. Nothing was written.
    Replayed(Box<Generation>),
    /// The same request id came before, with another body. Nothing was written.
    Conflict,
    /// The user has as many generations under way as allowed, among them this one. Nothing was written.
    Busy(GenerationId),
    /// There is room, and the user has some held that this one may not pass: this one first. Nothing was written.
    Behind(GenerationId),
    /// It was to be held, and the user has as many held as allowed. Nothing was written.
    Full,
    /// The chat has gone on behind the message that the question follows. Nothing was written.
    Overtaken,
    /// There is no such chat of this user. Nothing was written.
    NoSuchChat,
}

impl Admission {
    /// Whether everything is written.
    #[must_use]
    pub fn is_created(&self) -> bool {
        matches!(self, Self::Created { .. })
    }
}

/// What became of the wish to stop a generation.
#[derive(Debug, Clone, PartialEq)]
pub enum Cancellation {
    /// No worker was on it: it is canceled.
    Canceled(Box<Generation>),
    /// A worker is on it; the wish is noted. Said again for a repeated wish.
    Requested(Box<Generation>),
    /// It had ended before.
    AlreadyTerminal(Box<Generation>),
    /// There is no such generation of this user.
    NotFound,
}

/// One try at a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Its number.
    pub attempt: u32,
    /// Who was asked, in the end.
    pub provider: ProviderName,
    /// Which model.
    pub model: String,
    /// How it ended; absent while it runs, or when its worker was lost.
    pub outcome: Option<String>,
    /// Why it failed, as a stable code.
    pub error_code: Option<String>,
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Events to be archived with a change.
pub type Segment = Vec<SeqEvent>;

/// What is left of the log of a generation that ends without a worker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rest {
    /// Its events, to be archived.
    pub events: Segment,
    /// No event that anybody was told of is numbered greater.
    pub last_seq: u64,
}

/// What is written where the wish to stop a generation ends it.
#[derive(Debug, Clone, Copy)]
pub struct Stop<'a> {
    /// What is left of its log.
    pub rest: &'a Rest,
    /// The id the answer gets, if there is one to keep.
    pub message_id: MessageId,
    /// What to publish.
    pub outbox: &'a [NewOutboxRow],
}

/// Generations, as their users see them.
#[async_trait]
pub trait Generations: Send + Sync {
    /// Accepts a generation: question, row, outbox and entry of the audit book in one transaction, or none of them.
    ///
    /// One that is to be held is accepted whatever is under way.
    ///
    /// A replay is noticed before anything else is checked. Of any number of simultaneous requests
    /// with one request id, one creates; of simultaneous requests by one user, no more than allowed.
    async fn admit(&self, new: &NewGeneration, at: Timestamp) -> Result<Admission, StoreError>;

    /// One generation of `owner`.
    async fn find(&self, owner: UserId, id: GenerationId)
    -> Result<Option<Generation>, StoreError>;

    /// The generations of a chat that are queued or streaming, those held too, oldest first; those of other
    /// owners are not there.
    async fn unfinished_in_chat(
        &self,
        owner: UserId,
        chat: ChatId,
    ) -> Result<Vec<Generation>, StoreError>;

    /// The newest generation that was asked for with the message `question` of a chat.
    async fn asked_with(
        &self,
        owner: UserId,
        chat: ChatId,
        question: MessageId,
    ) -> Result<Option<GenerationId>, StoreError>;

    /// The generation under way in a chat: of those that are queued or streaming the newest that is not held
    /// or, if all are, the one that is held longest.
    async fn active(
        &self,
        owner: UserId,
        chat: ChatId,
    ) -> Result<Option<GenerationId>, StoreError> {
        let unfinished = self.unfinished_in_chat(owner, chat).await?;
        let newest = unfinished.iter().rev().find(|generation| !generation.held);
        Ok(newest.or(unfinished.first()).map(|generation| generation.id))
    }

    /// The generations of a chat accepted behind `place`, oldest first, at most `limit`; those of other
    /// owners are not there. A place is a time of acceptance, and an id that orders those of one time.
    async fn in_chat(
        &self,
        owner: UserId,
        chat: ChatId,
        place: (Timestamp, Uuid),
        limit: u32,
    ) -> Result<Vec<Generation>, StoreError>;

    /// The tries at a generation, in order. For the control plane itself: takes no owner.
    async fn attempts(&self, id: GenerationId) -> Result<Vec<AttemptRow>, StoreError>;

    /// Notes the wish to stop. A queued generation is canceled at once, the rest of its log archived
    /// and the outbox written in the same transaction; its last seq becomes that of the rest, unless it
    /// was greater. The text that its viewers have then, if any, is kept as the answer, later than its question.
    async fn cancel(
        &self,
        owner: UserId,
        id: GenerationId,
        stop: Stop<'_>,
        at: Timestamp,
    ) -> Result<Cancellation, StoreError>;

    /// The archived events of a generation with a seq greater than `after`, in order, at most
    /// `limit`. Events archived twice are there once. A page costs what it holds, however long the answer is
    /// and however it was reported.
    async fn archived_events(
        &self,
        id: GenerationId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<SeqEvent>, StoreError>;
}
