//! Generations, as workers move them.

pub(crate) mod settlement;
pub(crate) mod turns;

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    generation::{Command, Generation, Transition},
    id::{GenerationId, UserId},
    report::Started,
    time::Timestamp,
};
use ports::store::{
    Backlog, GiveTurn, NewOutboxRow, Overdue, Progress, Settle, Settlement, StoreError, TurnGiven,
};

use crate::{
    batch::Batch, error::Error, generations::find, row::FromColumns, store::SqliteStore,
    writer::begin,
};

// What a repeated attempt number already has stays.
const START_ATTEMPT: &str = "INSERT INTO generation_attempts \
     (generation_id, attempt, provider, model, started_at) VALUES (?, ?, ?, ?, ?) \
     ON CONFLICT DO NOTHING";

pub(crate) const OVERDUE: &str = "SELECT * FROM (\
     SELECT * FROM generations WHERE status = 'queued' AND status IN ('queued', 'streaming') \
     AND held = 0 AND idle_since < ?1 \
     UNION ALL SELECT * FROM generations WHERE status = 'streaming' \
     AND status IN ('queued', 'streaming') AND idle_since < ?2) AS idle \
     WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE generation_id = idle.id) \
     ORDER BY idle_since, id LIMIT ?3";

// Ids are made at acceptance and sort by their time.
pub(crate) const UNFINISHED: &str = "SELECT * FROM generations INDEXED BY generations_unfinished \
     WHERE status IN ('queued', 'streaming') AND held = 0 AND id > ?1 ORDER BY id LIMIT ?2";

pub(crate) const TO_STOP: &str = "SELECT * FROM generations INDEXED BY generations_to_stop \
     WHERE cancel_requested = 1 AND status = 'streaming' AND id > ?1 ORDER BY id LIMIT ?2";

// Idle since its turn or its time, as long as no rescue has given it more of that.
const BACKLOG: &str = "SELECT provider, retries, coalesce(retry_at > ?1, 0) AS waits, count(*) AS jobs, \
     min(iif(rescues = 0, idle_since, coalesce(retry_at, created_at))) AS first FROM generations \
     WHERE status = 'queued' AND status IN ('queued', 'streaming') AND held = 0 \
     GROUP BY provider, retries, waits ORDER BY provider, waits, retries";

const RESCUED: &str = "UPDATE generations SET rescues = rescues + 1, \
     lost = lost + iif(status = 'streaming', 1, 0), \
     updated_at = max(updated_at, ?2), idle_since = max(idle_since, ?4) \
     WHERE id = ?1 AND rescues = ?3 AND status IN ('queued', 'streaming')";

#[async_trait]
impl Progress for SqliteStore {
    async fn find_any(&self, id: GenerationId) -> Result<Option<Generation>, StoreError> {
        Ok(self.read_generation(id).await?)
    }

    async fn started(&self, started: &Started) -> Result<Settlement, StoreError> {
        Ok(self.start_attempt(started).await?)
    }

    async fn settle(&self, settle: &Settle<'_>, at: Timestamp) -> Result<Settlement, StoreError> {
        Ok(self.settle_attempt(settle, at).await?)
    }

    async fn overdue(&self, than: Overdue, limit: u32) -> Result<Vec<Generation>, StoreError> {
        Ok(self.overdue_generations(than, limit).await?)
    }

    async fn unfinished(
        &self,
        after: Option<GenerationId>,
        limit: u32,
    ) -> Result<Vec<Generation>, StoreError> {
        Ok(self.page_of(UNFINISHED, after, limit).await?)
    }

    async fn to_stop(
        &self,
        after: Option<GenerationId>,
        limit: u32,
    ) -> Result<Vec<Generation>, StoreError> {
        Ok(self.page_of(TO_STOP, after, limit).await?)
    }

    async fn backlog(&self, at: Timestamp) -> Result<Vec<Backlog>, StoreError> {
        Ok(self.queued_by_rung(at).await?)
    }

    async fn give_turn(
        &self,
        turn: &GiveTurn<'_>,
        at: Timestamp,
    ) -> Result<Option<TurnGiven>, StoreError> {
        Ok(self.next_turn(turn, at).await?)
    }

    async fn who_waits(
        &self,
        after: Option<UserId>,
        max_in_flight: u32,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        Ok(self.users_waiting(after, max_in_flight, limit).await?)
    }

    async fn rescued(
        &self,
        id: GenerationId,
        before: u32,
        longer: Duration,
        outbox: &[NewOutboxRow],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.count_rescue(id, before, longer, outbox, at).await?)
    }
}

impl SqliteStore {
    async fn read_generation(&self, id: GenerationId) -> Result<Option<Generation>, Error> {
        let mut reader = self.readers.acquire().await?;
        find(&mut reader, id).await
    }

    async fn start_attempt(&self, started: &Started) -> Result<Settlement, Error> {
        let (id, attempt, at) = (started.generation_id, started.attempt, started.at);
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let Some(found) = find(&mut tx, id).await? else {
            tx.rollback().await?;
            return Ok(Settlement::Unknown);
        };
        let Transition::Changed(state) = found.state.apply(Command::Start { attempt }) else {
            tx.rollback().await?;
            return Ok(Settlement::Unchanged(Box::new(found)));
        };
        let generation = Generation {
            state,
            started_at: found.started_at.or(Some(at)),
            updated_at: at.max(found.updated_at),
            ..found
        };
        let mut batch = Batch::default();
        batch.push_generation_changed(&generation);
        batch
            .push(START_ATTEMPT)
            .text(&id)
            .bind(i64::from(attempt))
            .text(&generation.provider)
            .bind(generation.model.clone())
            .time(at);
        batch.execute(&mut tx).await?;
        tx.commit().await?;
        Ok(Settlement::Changed(Box::new(generation)))
    }

    async fn overdue_generations(
        &self,
        than: Overdue,
        limit: u32,
    ) -> Result<Vec<Generation>, Error> {
        let queued_before = than.queued_before.timestamp_micros();
        let streaming_before = than.streaming_before.timestamp_micros();
        let fetch = |limit: i64| {
            let query = sqlx::query(OVERDUE).bind(queued_before).bind(streaming_before);
            query.bind(limit).fetch_all(&self.readers)
        };
        self.unreadable.page(limit, fetch).await
    }

    /// The generations behind `after` that `sql` finds.
    async fn page_of(
        &self,
        sql: &'static str,
        after: Option<GenerationId>,
        limit: u32,
    ) -> Result<Vec<Generation>, Error> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let fetch =
            |limit: i64| sqlx::query(sql).bind(after.clone()).bind(limit).fetch_all(&self.readers);
        self.unreadable.page(limit, fetch).await
    }

    async fn queued_by_rung(&self, at: Timestamp) -> Result<Vec<Backlog>, Error> {
        let at = at.timestamp_micros();
        let rows = sqlx::query(BACKLOG).bind(at).fetch_all(&self.readers).await?;
        Backlog::from_rows(&rows)
    }

    async fn count_rescue(
        &self,
        id: GenerationId,
        before: u32,
        longer: Duration,
        outbox: &[NewOutboxRow],
        at: Timestamp,
    ) -> Result<bool, Error> {
        let mut batch = Batch::default();
        batch.push_outbox(outbox);
        let mut writer = self.writer.turn().await?;
        let mut tx = begin(&mut writer).await?;
        let counted = sqlx::query(RESCUED)
            .bind(id.to_string())
            .bind(at.timestamp_micros())
            .bind(i64::from(before))
            .bind((at + longer).timestamp_micros())
            .execute(&mut *tx)
            .await?;
        let is_counted = counted.rows_affected() == 1;
        if is_counted {
            batch.execute(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(is_counted)
    }
}
