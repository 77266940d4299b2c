//! Generations under way, as operators look for them.

use async_trait::async_trait;
use domain::{
    generation::Generation,
    id::{GenerationId, UserId},
    model::ProviderName,
    phase::Phase,
    time::Timestamp,
};
use ports::store::{Jobs, Sought, StoreError};

use crate::{error::Error, row::FromColumns, store::PostgresStore};

// Ids are made at acceptance and sort by their time. The phases are those of `domain::phase`.
const UNDER_WAY: &str = "SELECT * FROM generations \
     WHERE status IN ('queued', 'streaming') AND id > $1 \
     AND ($3::text IS NULL OR $3 = CASE WHEN status = 'streaming' THEN 'streaming' \
         WHEN held THEN 'held' WHEN retry_at > $4 THEN 'waiting' ELSE 'queued' END) \
     AND ($5::uuid IS NULL OR user_id = $5) AND ($6::text IS NULL OR provider = $6) \
     AND ($7::text IS NULL OR model = $7) ORDER BY id LIMIT $2";

#[async_trait]
impl Jobs for PostgresStore {
    async fn under_way(
        &self,
        sought: &Sought,
        after: Option<GenerationId>,
        limit: u32,
        at: Timestamp,
    ) -> Result<Vec<Generation>, StoreError> {
        self.timed(self.generations_under_way(sought, after, limit, at)).await
    }
}

impl PostgresStore {
    async fn generations_under_way(
        &self,
        sought: &Sought,
        after: Option<GenerationId>,
        limit: u32,
        at: Timestamp,
    ) -> Result<Vec<Generation>, Error> {
        let rows = sqlx::query(UNDER_WAY)
            .bind(after.map(GenerationId::as_uuid).unwrap_or_default())
            .bind(i64::from(limit))
            .bind(sought.phase.map(Phase::as_str))
            .bind(at)
            .bind(sought.user.map(UserId::as_uuid))
            .bind(sought.provider.as_ref().map(ProviderName::as_str))
            .bind(sought.model.as_deref())
            .fetch_all(&self.pool())
            .await?;
        Generation::from_rows(&rows)
    }
}
