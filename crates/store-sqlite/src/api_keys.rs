//! Keys with which programs speak for users.

use async_trait::async_trait;
use domain::{
    account::User,
    id::{ApiKeyId, UserId},
    time::Timestamp,
};
use ports::store::{ApiKey, ApiKeyAdded, ApiKeys, StoreError, TokenHash};

use crate::{
    error::Error,
    row::{Columns, FromColumns},
    store::SqliteStore,
};

const ADD: &str = "INSERT INTO api_keys (id, hash, user_id, name, prefix, read_only, created_at, \
     expires_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 \
     WHERE (SELECT count(*) FROM api_keys WHERE user_id = ?3 AND id <> ?1) < ?9 ON CONFLICT DO NOTHING";

const IS_THERE: &str = "SELECT EXISTS (SELECT 1 FROM api_keys WHERE id = ?1)";

const LIST: &str = "SELECT * FROM api_keys WHERE user_id = ?1 ORDER BY created_at DESC, id DESC";

const REVOKE: &str = "DELETE FROM api_keys WHERE id = ?1 AND user_id = ?2";

const FIND: &str = "SELECT key.id AS key_id, key.user_id, key.name, key.prefix, key.read_only, \
     key.created_at AS key_created_at, key.expires_at, key.used_at, \
     users.id, email, role, disabled, users.created_at \
     FROM api_keys AS key JOIN users ON users.id = key.user_id \
     WHERE key.hash = ?1 AND NOT disabled AND (key.expires_at IS NULL OR key.expires_at > ?2)";

const TOUCH: &str = "UPDATE api_keys SET used_at = ?2 WHERE id = ?1";

/// Where a key and its user stand in one row, some columns of the key have another name.
fn read(columns: Columns<'_>, id: &'static str, created_at: &'static str) -> Result<ApiKey, Error> {
    Ok(ApiKey {
        id: columns.id(id)?,
        user_id: columns.id("user_id")?,
        name: columns.get("name")?,
        prefix: columns.get("prefix")?,
        read_only: columns.get("read_only")?,
        created_at: columns.time(created_at)?,
        expires_at: columns.maybe_time("expires_at")?,
        used_at: columns.maybe_time("used_at")?,
    })
}

/// A row of `api_keys`.
struct Key(ApiKey);

impl FromColumns for Key {
    const TABLE: &'static str = "api_keys";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        read(columns, "id", "created_at").map(Self)
    }
}

/// A row of `api_keys` with that of its user.
struct Found(ApiKey, User);

impl FromColumns for Found {
    const TABLE: &'static str = "api_keys";

    fn read(columns: Columns<'_>) -> Result<Self, Error> {
        Ok(Self(read(columns, "key_id", "key_created_at")?, User::read(columns)?))
    }
}

#[async_trait]
impl ApiKeys for SqliteStore {
    async fn add(
        &self,
        key: &ApiKey,
        hash: TokenHash,
        most: u32,
    ) -> Result<ApiKeyAdded, StoreError> {
        Ok(self.add_key(key, hash, most).await?)
    }

    async fn list(&self, owner: UserId) -> Result<Vec<ApiKey>, StoreError> {
        Ok(self.keys_of(owner).await?)
    }

    async fn revoke(&self, owner: UserId, id: ApiKeyId) -> Result<bool, StoreError> {
        Ok(self.revoke_key(owner, id).await?)
    }

    async fn find(
        &self,
        hash: TokenHash,
        at: Timestamp,
    ) -> Result<Option<(ApiKey, User)>, StoreError> {
        Ok(self.find_key(hash, at).await?)
    }

    async fn touch(&self, id: ApiKeyId, at: Timestamp) -> Result<(), StoreError> {
        Ok(self.touch_key(id, at).await?)
    }
}

impl SqliteStore {
    async fn add_key(
        &self,
        key: &ApiKey,
        hash: TokenHash,
        most: u32,
    ) -> Result<ApiKeyAdded, Error> {
        let mut writer = self.writer.turn().await?;
        sqlx::query(ADD)
            .bind(key.id.to_string())
            .bind(hash.0.as_slice())
            .bind(key.user_id.to_string())
            .bind(&key.name)
            .bind(&key.prefix)
            .bind(key.read_only)
            .bind(key.created_at.timestamp_micros())
            .bind(key.expires_at.map(|at| at.timestamp_micros()))
            .bind(i64::from(most))
            .execute(&mut *writer)
            .await?;
        let is_there = sqlx::query_scalar(IS_THERE).bind(key.id.to_string());
        let is_there: bool = is_there.fetch_one(&mut *writer).await?;
        Ok(if is_there { ApiKeyAdded::Added } else { ApiKeyAdded::TooMany })
    }

    async fn keys_of(&self, owner: UserId) -> Result<Vec<ApiKey>, Error> {
        let rows = sqlx::query(LIST).bind(owner.to_string()).fetch_all(&self.readers).await?;
        Ok(Key::from_rows(&rows)?.into_iter().map(|Key(key)| key).collect())
    }

    async fn revoke_key(&self, owner: UserId, id: ApiKeyId) -> Result<bool, Error> {
        let mut writer = self.writer.turn().await?;
        let query = sqlx::query(REVOKE).bind(id.to_string()).bind(owner.to_string());
        Ok(query.execute(&mut *writer).await?.rows_affected() == 1)
    }

    async fn find_key(
        &self,
        hash: TokenHash,
        at: Timestamp,
    ) -> Result<Option<(ApiKey, User)>, Error> {
        let row = sqlx::query(FIND)
            .bind(hash.0.as_slice())
            .bind(at.timestamp_micros())
            .fetch_optional(&self.readers)
            .await?;
        let found = row.as_ref().map(Found::from_row).transpose()?;
        Ok(found.map(|Found(key, user)| (key, user)))
    }

    async fn touch_key(&self, id: ApiKeyId, at: Timestamp) -> Result<(), Error> {
        let mut writer = self.writer.turn().await?;
        sqlx::query(TOUCH)
            .bind(id.to_string())
            .bind(at.timestamp_micros())
            .execute(&mut *writer)
            .await?;
        Ok(())
    }
}
