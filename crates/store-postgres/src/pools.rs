//! What operators want of pools and keys.

use async_trait::async_trait;
use domain::{
    email::Email,
    id::UserId,
    key::KeyId,
    model::ProviderName,
    pool::{PoolChange, PoolWish},
    time::Timestamp,
};
use ports::store::{BROUGHT_BACK_FOR, Pause, Pools, Speaking, StoreError, SwitchedKey, SwitchedTo};

use crate::{
    error::Error,
    row::{Columns, FromColumns},
    store::PostgresStore,
    text::kept,
};

const ALL: &str = "SELECT * FROM pools ORDER BY provider";

// Nothing said leaves what there is, and 0 is nothing.
const CHANGE: &str = "INSERT INTO pools (provider, paused, concurrency, requests_per_minute, changed_at, \
     paused_at, paused_by, pause_reason) \
     VALUES ($1, coalesce($2, false), nullif($3, 0), nullif($4, 0), $5, \
     CASE WHEN $2 THEN $5 END, CASE WHEN $2 THEN $6 END, CASE WHEN $2 THEN $7 END) \
     ON CONFLICT (provider) DO UPDATE SET paused = coalesce($2, pools.paused), \
     concurrency = nullif(coalesce($3, pools.concurrency), 0), \
     requests_per_minute = nullif(coalesce($4, pools.requests_per_minute), 0), \
     paused_at = CASE WHEN $2 IS NULL THEN pools.paused_at ELSE excluded.paused_at END, \
     paused_by = CASE WHEN $2 IS NULL THEN pools.paused_by ELSE excluded.paused_by END, \
     pause_reason = CASE WHEN $2 IS NULL THEN pools.pause_reason ELSE excluded.pause_reason END, \
     changed_at = excluded.changed_at RETURNING *";

const PAUSES: &str = "SELECT provider, paused_at, pause_reason, users.email \
     FROM pools LEFT JOIN users ON users.id = paused_by \
     WHERE paused AND paused_at IS NOT NULL ORDER BY provider";

const SWITCHED: &str = "SELECT * FROM switched_keys \
     WHERE (is_out AND (out_until IS NULL OR out_until > $1)) OR (NOT is_out AND changed_at > $2) \
     ORDER BY provider, key_id";

const SWITCH: &str = "INSERT INTO switched_keys (provider, key_id, is_out, out_until, change, changed_at) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (provider, key_id) DO UPDATE SET \
     is_out = excluded.is_out, out_until = excluded.out_until, \
     change = GREATEST(switched_keys.change + 1, excluded.change), \
     changed_at = excluded.changed_at RETURNING *";

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

/// A row of `pools` that tells of a pause.
struct PauseRow(ProviderName, Pause);

impl FromColumns for PauseRow {
    const TABLE: &'static str = "pools";
    const KEY: &'static str = "provider";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        let pause = Pause {
            by: columns.maybe_known("email", |text| Email::of_account(text).ok())?,
            at: columns.time("paused_at")?,
            reason: columns.maybe_text("pause_reason")?,
        };
        Ok(Self(columns.known("provider", |name| ProviderName::parse(name).ok())?, pause))
    }
}

/// A row of `switched_keys`.
struct KeyRow(SwitchedKey);

impl FromColumns for KeyRow {
    const TABLE: &'static str = "switched_keys";
    const KEY: &'static str = "key_id";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        let to = match (columns.get("is_out")?, columns.maybe_time("out_until")?) {
            (false, _) => SwitchedTo::On,
            (true, None) => SwitchedTo::Off,
            (true, Some(until)) => SwitchedTo::OffUntil(until),
        };
        Ok(Self(SwitchedKey {
            provider: columns.known("provider", |name| ProviderName::parse(name).ok())?,
            key: KeyId::new(columns.get::<String>("key_id")?),
            to,
            change: columns.count("change")?,
        }))
    }
}

/// Whether a key is out, and until when if that is known.
const fn outage(to: SwitchedTo) -> (bool, Option<Timestamp>) {
    match to {
        SwitchedTo::On => (false, None),
        SwitchedTo::Off => (true, None),
        SwitchedTo::OffUntil(until) => (true, Some(until)),
    }
}

#[async_trait]
impl Pools for PostgresStore {
    async fn pools(&self) -> Result<Vec<(ProviderName, PoolWish)>, StoreError> {
        self.timed(self.all_pools()).await
    }

    async fn change_pool(
        &self,
        pool: &ProviderName,
        change: PoolChange,
        speaking: Speaking<'_>,
        at: Timestamp,
    ) -> Result<PoolWish, StoreError> {
        self.timed(self.keep_change(pool, change, speaking, at)).await
    }

    async fn pauses(&self) -> Result<Vec<(ProviderName, Pause)>, StoreError> {
        self.timed(self.all_pauses()).await
    }

    async fn switched_keys(&self, at: Timestamp) -> Result<Vec<SwitchedKey>, StoreError> {
        self.timed(self.all_switched_keys(at)).await
    }

    async fn switch_key(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        to: SwitchedTo,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        self.timed(self.keep_switch(provider, key, to, at)).await
    }
}

impl PostgresStore {
    async fn all_pools(&self) -> Result<Vec<(ProviderName, PoolWish)>, Error> {
        let rows = sqlx::query(ALL).fetch_all(&self.pool()).await?;
        Ok(Row::from_rows(&rows)?.into_iter().map(|Row(pool, wish)| (pool, wish)).collect())
    }

    async fn keep_change(
        &self,
        pool: &ProviderName,
        change: PoolChange,
        speaking: Speaking<'_>,
        at: Timestamp,
    ) -> Result<PoolWish, Error> {
        let row = sqlx::query(CHANGE)
            .bind(pool.as_str())
            .bind(change.paused)
            .bind(change.concurrency.map(i64::from))
            .bind(change.requests_per_minute.map(i64::from))
            .bind(at)
            .bind(speaking.by.map(UserId::as_uuid))
            .bind(speaking.reason.map(kept))
            .fetch_one(&self.pool())
            .await?;
        let Row(_, wish) = Row::from_row(&row)?;
        Ok(wish)
    }

    async fn all_pauses(&self) -> Result<Vec<(ProviderName, Pause)>, Error> {
        let rows = sqlx::query(PAUSES).fetch_all(&self.pool()).await?;
        Ok(PauseRow::from_rows(&rows)?
            .into_iter()
            .map(|PauseRow(pool, pause)| (pool, pause))
            .collect())
    }

    async fn all_switched_keys(&self, at: Timestamp) -> Result<Vec<SwitchedKey>, Error> {
        let query = sqlx::query(SWITCHED).bind(at).bind(at - BROUGHT_BACK_FOR);
        let rows = query.fetch_all(&self.pool()).await?;
        Ok(KeyRow::from_rows(&rows)?.into_iter().map(|KeyRow(switched)| switched).collect())
    }

    async fn keep_switch(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        to: SwitchedTo,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let (is_out, until) = outage(to);
        let row = sqlx::query(SWITCH)
            .bind(provider.as_str())
            .bind(key.as_str())
            .bind(is_out)
            .bind(until)
            // Greater than before also where this is a new row of a store that lost the old one.
            .bind(at.timestamp_micros())
            .bind(at)
            .fetch_one(&self.pool())
            .await?;
        let KeyRow(switched) = KeyRow::from_row(&row)?;
        Ok(switched.change)
    }
}
