//! Generations, as their users see them.

mod admission;
mod write;

use async_trait::async_trait;
use domain::{
    event::SeqEvent,
    generation::{Command, Generation, Status, Transition},
    id::{ChatId, GenerationId, UserId},
    time::Timestamp,
};
use ports::store::{
    Admission, Cancellation, Generations, NewGeneration, NewOutboxRow, Segment, StoreError,
};
use sqlx::{PgConnection, Row};

use crate::{
    archive::NewSegment, batch::Batch, error::Error, row::FromColumns, store::PostgresStore,
};

const FIND: &str = "SELECT * FROM generations WHERE id = $1";

/// The chat first, as whoever deletes it does, and both until the end of the transaction.
const FIND_TO_CHANGE: &str = "WITH chat AS MATERIALIZED (SELECT id FROM chats \
     WHERE id = (SELECT chat_id FROM generations WHERE id = $1) FOR KEY SHARE) \
     SELECT * FROM generations WHERE id = $1 AND chat_id = (SELECT id FROM chat) \
     FOR NO KEY UPDATE";

const ACTIVE: &str = "SELECT id FROM generations \
     WHERE user_id = $1 AND status IN ('queued', 'streaming') AND chat_id = $2 \
     ORDER BY created_at DESC, id DESC LIMIT 1";

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

    async fn active(
        &self,
        owner: UserId,
        chat: ChatId,
    ) -> Result<Option<GenerationId>, StoreError> {
        self.timed(self.active_generation(owner, chat)).await
    }

    async fn cancel(
        &self,
        owner: UserId,
        id: GenerationId,
        events: &Segment,
        outbox: &[NewOutboxRow],
        at: Timestamp,
    ) -> Result<Cancellation, StoreError> {
        self.timed(self.cancel_generation(owner, id, events, outbox, at)).await
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

/// The generation called `id`, as `connection` sees it.
async fn find(
    connection: &mut PgConnection,
    id: GenerationId,
) -> Result<Option<Generation>, Error> {
    let row = sqlx::query(FIND).bind(id.as_uuid()).fetch_optional(connection).await?;
    row.as_ref().map(Generation::from_row).transpose()
}

/// The generation called `id`, which nobody else changes or deletes until the transaction has ended.
pub(crate) async fn find_to_change(
    transaction: &mut PgConnection,
    id: GenerationId,
) -> Result<Option<Generation>, Error> {
    let query = sqlx::query(FIND_TO_CHANGE).bind(id.as_uuid());
    let row = query.fetch_optional(transaction).await?;
    row.as_ref().map(Generation::from_row).transpose()
}

impl PostgresStore {
    async fn find_generation(
        &self,
        owner: UserId,
        id: GenerationId,
    ) -> Result<Option<Generation>, Error> {
        let mut reader = self.pool.acquire().await?;
        let found = find(&mut reader, id).await?;
        Ok(found.filter(|generation| generation.user_id == owner))
    }

    async fn active_generation(
        &self,
        owner: UserId,
        chat: ChatId,
    ) -> Result<Option<GenerationId>, Error> {
        let row = sqlx::query(ACTIVE)
            .bind(owner.as_uuid())
            .bind(chat.as_uuid())
            .fetch_optional(&self.pool)
            .await?;
        let id = row.map(|row| row.try_get("id")).transpose()?;
        Ok(id.map(GenerationId::from_uuid))
    }

    async fn cancel_generation(
        &self,
        owner: UserId,
        id: GenerationId,
        events: &Segment,
        outbox: &[NewOutboxRow],
        at: Timestamp,
    ) -> Result<Cancellation, Error> {
        let segment = NewSegment::of(events);
        let mut tx = self.begin().await?;
        let found = find_to_change(&mut tx, id).await?.filter(|found| found.user_id == owner);
        let Some(found) = found else {
            tx.rollback().await?;
            return Ok(Cancellation::NotFound);
        };
        let state = match found.state.apply(Command::Cancel) {
            Transition::Changed(state) => state,
            unchanged => {
                tx.rollback().await?;
                return Ok(already(unchanged, found));
            }
        };
        let mut canceled = Generation { state, updated_at: at.max(found.updated_at), ..found };
        let mut batch = Batch::default();
        if state.status == Status::Canceled {
            canceled.finished_at = Some(at);
            canceled.last_seq =
                events.iter().map(|entry| entry.seq).fold(canceled.last_seq, u64::max);
            if let Some(segment) = segment {
                batch.push_segment(id, state.attempt, segment);
            }
            batch.push_outbox(outbox);
        }
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
