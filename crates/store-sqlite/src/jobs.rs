//! Generations under way, as operators look for them.

use async_trait::async_trait;
use domain::{
    generation::Generation, id::GenerationId, model::ProviderName, phase::Phase, time::Timestamp,
};
use ports::store::{Jobs, Sought, StoreError};

use crate::{error::Error, row::FromColumns, store::SqliteStore};

// Ids are made at acceptance and sort by their time. The phases are those of `domain::phase`.
pub(crate) const UNDER_WAY: &str = "SELECT * FROM generations INDEXED BY generations_unfinished \
     WHERE status IN ('queued', 'streaming') AND id > ?1 \
     AND (?3 IS NULL OR ?3 = CASE WHEN status = 'streaming' THEN 'streaming' \
         WHEN held = 1 THEN 'held' WHEN retry_at > ?4 THEN 'waiting' ELSE 'queued' END) \
     AND (?5 IS NULL OR user_id = ?5) AND (?6 IS NULL OR provider = ?6) \
     AND (?7 IS NULL OR model = ?7) ORDER BY id LIMIT ?2";

#[async_trait]
impl Jobs for SqliteStore {
    async fn under_way(
        &self,
        sought: &Sought,
        after: Option<GenerationId>,
        limit: u32,
        at: Timestamp,
    ) -> Result<Vec<Generation>, StoreError> {
        Ok(self.generations_under_way(sought, after, limit, at).await?)
    }
}

impl SqliteStore {
    async fn generations_under_way(
        &self,
        sought: &Sought,
        after: Option<GenerationId>,
        limit: u32,
        at: Timestamp,
    ) -> Result<Vec<Generation>, Error> {
        let rows = sqlx::query(UNDER_WAY)
            .bind(after.map(|id| id.to_string()).unwrap_or_default())
            .bind(i64::from(limit))
            .bind(sought.phase.map(Phase::as_str))
            .bind(at.timestamp_micros())
            .bind(sought.user.map(|user| user.to_string()))
            .bind(sought.provider.as_ref().map(ProviderName::as_str))
            .bind(sought.model.as_deref())
            .fetch_all(&self.readers)
            .await?;
        Generation::from_rows(&rows)
    }
}
