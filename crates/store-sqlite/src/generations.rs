//! Generations, as their users see them.

mod admission;
mod write;

#[cfg(test)]
pub(crate) use admission::LOOK;

use async_trait::async_trait;
use domain::{
    event::SeqEvent,
    generation::{Command, Generation, Status, Transition},
    id::{ChatId, GenerationId, MessageId, UserId},
    time::Timestamp,
    transcript::Transcript,
};
use ports::store::{
    Admission, AttemptRow, Cancellation, Generations, NewGeneration, Stop, StoreError,
};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::{
    archive::{self, NewSegment},
    batch::Batch,
    error::Error,
    progress::settlement::answer,
    row::{Columns, FromColumns},
    store::SqliteStore,
    writer::begin,
};

const FIND: &str = "SELECT * FROM generations WHERE id = ?1";

const FIND_TO_CHANGE: &str = "SELECT *, \
     EXISTS (SELECT 1 FROM generation_events WHERE generation_id = ?1) AS has_archive \
     FROM generations WHERE id = ?1";

pub(crate) const UNFINISHED_IN_CHAT: &str = "SELECT * FROM generations \
     INDEXED BY generations_in_flight \
     WHERE user_id = ?1 AND status IN ('queued', 'streaming') AND chat_id = ?2 \
     ORDER BY created_at, id";

pub(crate) const IN_CHAT: &str = "SELECT * FROM generations \
     WHERE chat_id = ?2 AND user_id = ?1 AND (created_at, id) > (?3, ?4) \
     ORDER BY created_at, id LIMIT ?5";

pub(crate) const ASKED_WITH: &str = "SELECT * FROM generations \
     WHERE user_message_id = ?1 AND chat_id = ?2 AND user_id = ?3 \
     ORDER BY created_at DESC, id DESC LIMIT 1";

const ATTEMPTS: &str =
    "SELECT * FROM generation_attempts WHERE generation_id = ?1 ORDER BY attempt";

#[async_trait]
impl Generations for SqliteStore {
    async fn admit(&self, new: &NewGeneration, at: Timestamp) -> Result<Admission, StoreError> {
        Ok(self.admit_generation(new, at).await?)
    }

    async fn find(
        &self,
        owner: UserId,
        id: GenerationId,
    ) -> Result<Option<Generation>, StoreError> {
        Ok(self.find_generation(owner, id).await?)
    }

    async fn unfinished_in_chat(
        &self,
        owner: UserId,
        chat: ChatId,
    ) -> Result<Vec<Generation>, StoreError> {
        Ok(self.unfinished_of(owner, chat).await?)
    }

    async fn asked_with(
        &self,
        owner: UserId,
        chat: ChatId,
        question: MessageId,
    ) -> Result<Option<GenerationId>, StoreError> {
        Ok(self.newest_asked_with(owner, chat, question).await?)
    }

    async fn in_chat(
        &self,
        owner: UserId,
        chat: ChatId,
        place: (Timestamp, Uuid),
        limit: u32,
    ) -> Result<Vec<Generation>, StoreError> {
        Ok(self.generations_in_chat(owner, chat, place, limit).await?)
    }

    async fn attempts(&self, id: GenerationId) -> Result<Vec<AttemptRow>, StoreError> {
        Ok(self.attempts_at(id).await?)
    }

    async fn cancel(
        &self,
        owner: UserId,
        id: GenerationId,
        stop: Stop<'_>,
        at: Timestamp,
    ) -> Result<Cancellation, StoreError> {
        Ok(self.cancel_generation(owner, id, stop, at).await?)
    }

    async fn archived_events(
        &self,
        id: GenerationId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<SeqEvent>, StoreError> {
        Ok(self.read_archive(id, after, limit).await?)
    }
}

/// The generation called `id`, as `connection` sees it.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    id: GenerationId,
) -> Result<Option<Generation>, Error> {
    let row = sqlx::query(FIND).bind(id.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(Generation::from_row).transpose()
}

/// A generation to be changed, and whether any of its events are archived.
pub(crate) struct Found {
    /// As it is.
    pub generation: Generation,
    has_archive: bool,
}

impl FromColumns for Found {
    const TABLE: &'static str = "generations";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        let generation = Generation::read(columns)?;
        Ok(Self { generation, has_archive: columns.get("has_archive")? })
    }
}

impl Found {
    /// What viewers have on the screen after `events`, of which `text` comes: it may come from events archived with
    /// an earlier report as well.
    pub(crate) async fn whole_text(
        &self,
        connection: &mut SqliteConnection,
        text: String,
        events: &[SeqEvent],
    ) -> Result<String, Error> {
        if !self.has_archive {
            return Ok(text);
        }
        Ok(archive::text(archive::read(connection, self.generation.id).await?, events))
    }
}

/// The generation called `id`, for whoever changes it.
pub(crate) async fn find_to_change(
    connection: &mut SqliteConnection,
    id: GenerationId,
) -> Result<Option<Found>, Error> {
    let row = sqlx::query(FIND_TO_CHANGE).bind(id.to_string()).fetch_optional(connection).await?;
    row.as_ref().map(Found::from_row).transpose()
}

impl SqliteStore {
    async fn find_generation(
        &self,
        owner: UserId,
        id: GenerationId,
    ) -> Result<Option<Generation>, Error> {
        let mut reader = self.readers.acquire().await?;
        let found = find(&mut reader, id).await?;
        Ok(found.filter(|generation| generation.user_id == owner))
    }

    async fn unfinished_of(&self, owner: UserId, chat: ChatId) -> Result<Vec<Generation>, Error> {
        let query = sqlx::query(UNFINISHED_IN_CHAT).bind(owner.to_string()).bind(chat.to_string());
        Generation::from_rows(&query.fetch_all(&self.readers).await?)
    }

    async fn newest_asked_with(
        &self,
        owner: UserId,
        chat: ChatId,
        question: MessageId,
    ) -> Result<Option<GenerationId>, Error> {
        let query = sqlx::query(ASKED_WITH)
            .bind(question.to_string())
            .bind(chat.to_string())
            .bind(owner.to_string());
        let row = query.fetch_optional(&self.readers).await?;
        Ok(row.as_ref().map(Generation::from_row).transpose()?.map(|found| found.id))
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
            .bind(owner.to_string())
            .bind(chat.to_string())
            .bind(at.timestamp_micros())
            .bind(id.to_string())
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        Generation::from_rows(&rows)
    }

    async fn attempts_at(&self, id: GenerationId) -> Result<Vec<AttemptRow>, Error> {
        let query = sqlx::query(ATTEMPTS).bind(id.to_string());
        AttemptRow::from_rows(&query.fetch_all(&self.readers).await?)
    }

    async fn cancel_generation(
        &self,
        owner: UserId,
        id: GenerationId,
        stop: Stop<'_>,
        at: Timestamp,
    ) -> Result<Cancellation, Error> {
        let Stop { rest, message_id, outbox } = stop;
        let segments = NewSegment::all(&rest.events);
        let text = rest.events.iter().collect::<Transcript>().into_text();
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let found = find_to_change(&mut tx, id).await?;
        let Some(found) = found.filter(|found| found.generation.user_id == owner) else {
            tx.rollback().await?;
            return Ok(Cancellation::NotFound);
        };
        let state = match found.generation.state.apply(Command::Cancel) {
            Transition::Changed(state) => state,
            unchanged => {
                tx.rollback().await?;
                return Ok(already(unchanged, found.generation));
            }
        };
        let mut canceled = Generation { state, ..found.generation.clone() };
        let mut batch = Batch::default();
        if state.status == Status::Canceled {
            let text = found.whole_text(&mut tx, text, &rest.events).await?;
            let answer = (!text.is_empty()).then(|| answer(message_id, &canceled, text, at));
            canceled.assistant_message_id = answer.as_ref().map(|message| message.id);
            canceled.finished_at = Some(at);
            canceled.last_seq = canceled.last_seq.max(rest.last_seq);
            batch.push_segments(id, state.attempt, segments);
            if let Some(answer) = &answer {
                batch.push_answer(answer);
            }
            batch.push_outbox(outbox);
        }
        canceled.updated_at = at.max(canceled.updated_at);
        batch.push_generation_changed(&canceled);
        batch.execute(&mut tx).await?;
        tx.commit().await?;
        Ok(match state.status {
            Status::Canceled => Cancellation::Canceled(Box::new(canceled)),
            _ => Cancellation::Requested(Box::new(canceled)),
        })
    }
}

/// What a wish to stop is answered that changed nothing.
fn already(transition: Transition, generation: Generation) -> Cancellation {
    match transition {
        Transition::AlreadyTerminal => Cancellation::AlreadyTerminal(Box::new(generation)),
        Transition::Stale | Transition::Changed(_) => Cancellation::Requested(Box::new(generation)),
    }
}
