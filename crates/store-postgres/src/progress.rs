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
    batch::Batch,
    error::Error,
    generations::{Found, find, find_to_change},
    row::FromColumns,
    store::PostgresStore,
};

// What a repeated attempt number already has stays.
const START_ATTEMPT: &str = "INSERT INTO generation_attempts \
     (generation_id, attempt, provider, model, started_at) SELECT ?, ?, ?, ?, ? FROM decided \
     ON CONFLICT DO NOTHING";

pub(crate) const OVERDUE: &str = "SELECT * FROM (\
     SELECT * FROM generations WHERE status = 'queued' AND status IN ('queued', 'streaming') \
     AND NOT held AND idle_since < $1 \
     UNION ALL SELECT * FROM generations WHERE status = 'streaming' \
     AND status IN ('queued', 'streaming') AND idle_since < $2) AS idle \
     WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE generation_id = idle.id) \
     ORDER BY idle_since, id LIMIT $3";

// Ids are made at acceptance and sort by their time.
pub(crate) const UNFINISHED: &str = "SELECT * FROM generations \
     WHERE status IN ('queued', 'streaming') AND NOT held AND id > $1 ORDER BY id LIMIT $2";

pub(crate) const TO_STOP: &str = "SELECT * FROM generations \
     WHERE cancel_requested AND status = 'streaming' AND id > $1 ORDER BY id LIMIT $2";

// Idle since its turn or its time, as long as no rescue has given it more of that.
const BACKLOG: &str = "SELECT provider, retries, coalesce(retry_at > $1, false) AS waits, count(*) AS jobs, \
     min(CASE WHEN rescues = 0 THEN idle_since ELSE coalesce(retry_at, created_at) END) AS first FROM generations \
     WHERE status = 'queued' AND status IN ('queued', 'streaming') AND NOT held \
     GROUP BY provider, retries, waits ORDER BY provider, waits, retries";

const RESCUED: &str = "UPDATE generations SET rescues = rescues + 1, \
     lost = lost + CASE WHEN status = 'streaming' THEN 1 ELSE 0 END, \
     updated_at = greatest(updated_at, ?), idle_since = greatest(idle_since, ?) \
     WHERE id = ? AND rescues = ? AND status IN ('queued', 'streaming') RETURNING true AS done";

#[async_trait]
impl Progress for PostgresStore {
    async fn find_any(&self, id: GenerationId) -> Result<Option<Generation>, StoreError> {
        self.timed(find(&self.pool(), id)).await
    }

    async fn started(&self, started: &Started) -> Result<Settlement, StoreError> {
        self.timed(self.start_attempt(started)).await
    }

    async fn settle(&self, settle: &Settle<'_>, at: Timestamp) -> Result<Settlement, StoreError> {
        self.timed(self.settle_attempt(settle, at)).await
    }

    async fn overdue(&self, than: Overdue, limit: u32) -> Result<Vec<Generation>, StoreError> {
        self.timed(self.overdue_generations(than, limit)).await
    }

    async fn unfinished(
        &self,
        after: Option<GenerationId>,
        limit: u32,
    ) -> Result<Vec<Generation>, StoreError> {
        self.timed(self.page_of(UNFINISHED, after, limit)).await
    }

    async fn to_stop(
        &self,
        after: Option<GenerationId>,
        limit: u32,
    ) -> Result<Vec<Generation>, StoreError> {
        self.timed(self.page_of(TO_STOP, after, limit)).await
    }

    async fn backlog(&self, at: Timestamp) -> Result<Vec<Backlog>, StoreError> {
        self.timed(self.queued_by_rung(at)).await
    }

    async fn give_turn(
        &self,
        turn: &GiveTurn<'_>,
        at: Timestamp,
    ) -> Result<Option<TurnGiven>, StoreError> {
        self.timed(self.next_turn(turn, at)).await
    }

    async fn who_waits(
        &self,
        after: Option<UserId>,
        max_in_flight: u32,
        limit: u32,
    ) -> Result<Vec<UserId>, StoreError> {
        self.timed(self.users_waiting(after, max_in_flight, limit)).await
    }

    async fn rescued(
        &self,
        id: GenerationId,
        before: u32,
        longer: Duration,
        outbox: &[NewOutboxRow],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.timed(self.count_rescue(id, before, longer, outbox, at)).await
    }
}

impl PostgresStore {
    async fn start_attempt(&self, started: &Started) -> Result<Settlement, Error> {
        let (id, attempt, at) = (started.generation_id, started.attempt, started.at);
        let mut connection = self.pool().acquire().await?;
        loop {
            let found = find_to_change(&mut connection, id).await?;
            let Some(Found { generation, version, .. }) = found else {
                return Ok(Settlement::Unknown);
            };
            let Transition::Changed(state) = generation.state.apply(Command::Start { attempt })
            else {
                return Ok(Settlement::Unchanged(Box::new(generation)));
            };
            let generation = Generation {
                state,
                started_at: generation.started_at.or(Some(at)),
                updated_at: at.max(generation.updated_at),
                ..generation
            };
            let mut batch = Batch::changing(&version, &generation);
            batch
                .push(START_ATTEMPT)
                .id(id.as_uuid())
                .bind(i64::from(attempt))
                .text(generation.provider.as_str())
                .text(&generation.model)
                .time(at);
            if batch.execute(&mut *connection).await? {
                return Ok(Settlement::Changed(Box::new(generation)));
            }
        }
    }

    async fn overdue_generations(
        &self,
        than: Overdue,
        limit: u32,
    ) -> Result<Vec<Generation>, Error> {
        let pool = self.pool();
        let fetch = |limit: i64| {
            let query = sqlx::query(OVERDUE).bind(than.queued_before).bind(than.streaming_before);
            query.bind(limit).fetch_all(&pool)
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
        let (pool, after) = (self.pool(), after.map(GenerationId::as_uuid).unwrap_or_default());
        let fetch = |limit: i64| sqlx::query(sql).bind(after).bind(limit).fetch_all(&pool);
        self.unreadable.page(limit, fetch).await
    }

    async fn queued_by_rung(&self, at: Timestamp) -> Result<Vec<Backlog>, Error> {
        let rows = sqlx::query(BACKLOG).bind(at).fetch_all(&self.pool()).await?;
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
        let mut batch = Batch::beginning_with("decided", RESCUED);
        batch.time(at).time(at + longer).id(id.as_uuid()).bind(i64::from(before));
        batch.push_outbox(outbox);
        batch.execute(&self.pool()).await
    }
}
