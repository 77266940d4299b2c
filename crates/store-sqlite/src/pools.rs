//! What operators want of pools.

use async_trait::async_trait;
use domain::{model::ProviderName, pool::PoolWish, time::Timestamp};
use ports::store::{Pools, StoreError};

use crate::{
    error::Error,
    row::{Columns, FromColumns},
    store::SqliteStore,
};

const ALL: &str = "SELECT * FROM pools ORDER BY provider";

const SET: &str = "INSERT INTO pools (provider, paused, concurrency, requests_per_minute, changed_at) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (provider) DO UPDATE SET \
     paused = excluded.paused, concurrency = excluded.concurrency, \
     requests_per_minute = excluded.requests_per_minute, changed_at = excluded.changed_at";

/// A row of `pools`.
struct Row(ProviderName, PoolWish);

impl FromColumns for Row {
    const TABLE: &'static str = "pools";
    const KEY: &'static str = "provider";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        let wish = PoolWish {
            paused: columns.get("paused")?,
            concurrency: columns.maybe_count("concurrency")?,
            requests_per_minute: columns.maybe_count("requests_per_minute")?,
        };
        Ok(Self(columns.known("provider", |name| ProviderName::parse(name).ok())?, wish))
    }
}

#[async_trait]
impl Pools for SqliteStore {
    async fn pools(&self) -> Result<Vec<(ProviderName, PoolWish)>, StoreError> {
        Ok(self.all_pools().await?)
    }

    async fn set_pool(
        &self,
        pool: &ProviderName,
        wish: PoolWish,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        Ok(self.keep_pool(pool, wish, at).await?)
    }
}

impl SqliteStore {
    async fn all_pools(&self) -> Result<Vec<(ProviderName, PoolWish)>, Error> {
        let rows = sqlx::query(ALL).fetch_all(&self.readers).await?;
        Ok(Row::from_rows(&rows)?.into_iter().map(|Row(pool, wish)| (pool, wish)).collect())
    }

    async fn keep_pool(
        &self,
        pool: &ProviderName,
        wish: PoolWish,
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut writer = self.writer.turn().await?;
        sqlx::query(SET)
            .bind(pool.as_str())
            .bind(wish.paused)
            .bind(wish.concurrency.map(i64::from))
            .bind(wish.requests_per_minute.map(i64::from))
            .bind(at.timestamp_micros())
            .execute(&mut *writer)
            .await?;
        Ok(())
    }
}
