//! Generations, as their users see them.

mod admission;
pub(crate) mod look;
mod write;

use async_trait::async_trait;
use domain::{
    chat::Message,
    event::SeqEvent,
    generation::{Command, Generation, State, Status, Transition},
    id::{ChatId, GenerationId, MessageId, UserId},
    time::Timestamp,
};
use ports::store::{
    Admission, AttemptRow, Cancellation, Generations, NewGeneration, Stop, StoreError,
};
use sqlx::{PgConnection, PgExecutor, Row};
use uuid::Uuid;

use crate::{
    batch::Batch,
    error::Error,
    progress::settlement::{answer, whole_text},
    row::{Columns, FromColumns},
    store::PostgresStore,
};

const FIND: &str = "SELECT * FROM generations WHERE id = $1";

// Sorted as the index is, the planner takes the index. Told only to look whether there is a row, it would read a table of
// which it has no statistics yet from its beginning, and keep doing so as the table grows.
pub(crate) const FIND_TO_CHANGE: &str = "SELECT *, xmin::text AS version, \
     (SELECT last_seq FROM generation_events WHERE generation_id = $1 ORDER BY last_seq LIMIT 1) \
         IS NOT NULL AS has_archive \
     FROM generations WHERE id = $1";

pub(crate) const UNFINISHED_IN_CHAT: &str = "SELECT * FROM generations \
     WHERE user_id = $1 AND status IN ('queued', 'streaming') AND chat_id = $2 \
     ORDER BY created_at, id";

pub(crate) const IN_CHAT: &str = "SELECT * FROM generations \
     WHERE chat_id = $2 AND user_id = $1 AND (created_at, id) > ($3, $4) \
     ORDER BY created_at, id LIMIT $5";

pub(crate) const ASKED_WITH: &str = "SELECT id FROM generations \
     WHERE user_message_id = $1 AND chat_id = $2 AND user_id = $3 \
     ORDER BY created_at DESC, id DESC LIMIT 1";

const ATTEMPTS: &str =
    "SELECT * FROM generation_attempts WHERE generation_id = $1 ORDER BY attempt";

#[async_trait]
impl Generations for PostgresStore {
    async fn admit(&self, new: &NewGeneration, at: Timestamp) -> Result<Admission, StoreError> {
        self.timed(self.admit_generation(new, at)).await
    }

    async fn find(
        &self,
        owner: UserId,
        id: GenerationId,
    ) -> Result<Option<Generation>, StoreError> {
        self.timed(self.find_generation(owner, id)).await
    }

    async fn unfinished_in_chat(
        &self,
        owner: UserId,
        chat: ChatId,
    ) -> Result<Vec<Generation>, StoreError> {
        self.timed(self.unfinished_of(owner, chat)).await
    }

    async fn asked_with(
        &self,
        owner: UserId,
        chat: ChatId,
        question: MessageId,
    ) -> Result<Option<GenerationId>, StoreError> {
        self.timed(self.newest_asked_with(owner, chat, question)).await
    }

    async fn in_chat(
        &self,
        owner: UserId,
        chat: ChatId,
        place: (Timestamp, Uuid),
        limit: u32,
    ) -> Result<Vec<Generation>, StoreError> {
        self.timed(self.generations_in_chat(owner, chat, place, limit)).await
    }

    async fn attempts(&self, id: GenerationId) -> Result<Vec<AttemptRow>, StoreError> {
        self.timed(self.attempts_at(id)).await
    }

    async fn cancel(
        &self,
        owner: UserId,
        id: GenerationId,
        stop: Stop<'_>,
        at: Timestamp,
    ) -> Result<Cancellation, StoreError> {
        self.timed(self.cancel_generation(owner, id, stop, at)).await
    }

    async fn archived_events(
        &self,
        id: GenerationId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<SeqEvent>, StoreError> {
        self.timed(self.read_archive(id, after, limit)).await
    }
}

/// The generation called `id`.
pub(crate) async fn find<'c>(
    on: impl PgExecutor<'c>,
    id: GenerationId,
) -> Result<Option<Generation>, Error> {
    let row = sqlx::query(FIND).bind(id.as_uuid()).fetch_optional(on).await?;
    row.as_ref().map(Generation::from_row).transpose()
}

/// The generation called `id`. It is not locked: whoever changes it does so with
/// [`Batch::changing`], and begins again where that was too late. On the same connection: with each that goes back to the
/// pool goes a round trip.
pub(crate) async fn find_to_change(
    on: &mut PgConnection,
    id: GenerationId,
) -> Result<Option<Found>, Error> {
    let row = sqlx::query(FIND_TO_CHANGE).bind(id.as_uuid()).fetch_optional(on).await?;
    row.as_ref().map(Found::from_row).transpose()
}

/// Which transaction wrote the row that was read; every change of it makes another version.
pub(crate) struct Version(String);

/// A generation to be changed, if nobody else does so first.
pub(crate) struct Found {
    /// As it was read.
    pub generation: Generation,
    /// To notice that somebody else has changed it since.
    pub version: Version,
    /// Whether there are archived events of it.
    pub has_archive: bool,
}

impl FromColumns for Found {
    const TABLE: &'static str = "generations";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self {
            generation: Generation::read(columns)?,
            version: Version(columns.get("version")?),
            has_archive: columns.get("has_archive")?,
        })
    }
}

impl PostgresStore {
    async fn find_generation(
        &self,
        owner: UserId,
        id: GenerationId,
    ) -> Result<Option<Generation>, Error> {
        let found = find(&self.pool(), id).await?;
        Ok(found.filter(|generation| generation.user_id == owner))
    }

    async fn unfinished_of(&self, owner: UserId, chat: ChatId) -> Result<Vec<Generation>, Error> {
        let query = sqlx::query(UNFINISHED_IN_CHAT).bind(owner.as_uuid()).bind(chat.as_uuid());
        Generation::from_rows(&query.fetch_all(&self.pool()).await?)
    }

    async fn newest_asked_with(
        &self,
        owner: UserId,
        chat: ChatId,
        question: MessageId,
    ) -> Result<Option<GenerationId>, Error> {
        let query = sqlx::query(ASKED_WITH)
            .bind(question.as_uuid())
            .bind(chat.as_uuid())
            .bind(owner.as_uuid());
        let row = query.fetch_optional(&self.pool()).await?;
        let id = row.map(|row| row.try_get("id")).transpose()?;
        Ok(id.map(GenerationId::from_uuid))
    }

    async fn generations_in_chat(
        &self,
        owner: UserId,
        chat: ChatId,
        place: (Timestamp, Uuid),
        limit: u32,
    ) -> Result<Vec<Generation>, Error> {
        let (at, id) = place;
        let rows = sqlx::query(IN_CHAT)
            .bind(owner.as_uuid())
            .bind(chat.as_uuid())
            .bind(at)
            .bind(id)
            .bind(i64::from(limit))
            .fetch_all(&self.pool())
            .await?;
        Generation::from_rows(&rows)
    }

    async fn attempts_at(&self, id: GenerationId) -> Result<Vec<AttemptRow>, Error> {
        let query = sqlx::query(ATTEMPTS).bind(id.as_uuid());
        AttemptRow::from_rows(&query.fetch_all(&self.pool()).await?)
    }

    async fn cancel_generation(
        &self,
        owner: UserId,
        id: GenerationId,
        stop: Stop<'_>,
        at: Timestamp,
    ) -> Result<Cancellation, Error> {
        let mut connection = self.pool().acquire().await?;
        loop {
            let found = find_to_change(&mut connection, id).await?;
            let Some(found) = found.filter(|found| found.generation.user_id == owner) else {
                return Ok(Cancellation::NotFound);
            };
            let state = match found.generation.state.apply(Command::Cancel) {
                Transition::Changed(state) => state,
                unchanged => return Ok(already(unchanged, found.generation)),
            };
            let is_over = state.status == Status::Canceled;
            let answer = if is_over {
                answer_so_far(&mut connection, &found, stop, at).await?
            } else {
                None
            };
            let canceled = canceled(found.generation, state, answer.as_ref(), stop, at);
            let mut batch = Batch::changing(&found.version, &canceled);
            if is_over {
                batch.push_events(id, state.attempt, &stop.rest.events);
                if let Some(answer) = &answer {
                    batch.push_answer(answer);
                }
                batch.push_outbox(stop.outbox);
            }
            if batch.execute(&mut *connection).await? {
                let canceled = Box::new(canceled);
                let kind = if is_over { Cancellation::Canceled } else { Cancellation::Requested };
                return Ok(kind(canceled));
            }
        }
    }
}

/// The answer that the viewers of `found` have, if any.
async fn answer_so_far(
    reader: &mut PgConnection,
    found: &Found,
    stop: Stop<'_>,
    at: Timestamp,
) -> Result<Option<Message>, Error> {
    let text = whole_text(reader, found, &stop.rest.events).await?;
    Ok((!text.is_empty()).then(|| answer(stop.message_id, &found.generation, text, at)))
}

/// `generation` after a wish to stop has brought it to `state`.
fn canceled(
    generation: Generation,
    state: State,
    answer: Option<&Message>,
    stop: Stop<'_>,
    at: Timestamp,
) -> Generation {
    let updated_at = at.max(generation.updated_at);
    if state.status != Status::Canceled {
        return Generation { state, updated_at, ..generation };
    }
    Generation {
        state,
        assistant_message_id: answer.map(|message| message.id),
        finished_at: Some(at),
        last_seq: stop.rest.last_seq.max(generation.last_seq),
        updated_at,
        ..generation
    }
}

/// What a wish to stop is answered that changed nothing.
fn already(transition: Transition, generation: Generation) -> Cancellation {
    match transition {
        Transition::AlreadyTerminal => Cancellation::AlreadyTerminal(Box::new(generation)),
        Transition::Stale | Transition::Changed(_) => Cancellation::Requested(Box::new(generation)),
    }
}
