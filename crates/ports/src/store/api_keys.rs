//! Keys with which programs speak for a user.

use async_trait::async_trait;
use domain::{
    account::User,
    id::{ApiKeyId, UserId},
    time::Timestamp,
};

use super::{StoreError, TokenHash};

/// A key with which a program speaks for a user. The key itself is never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Which one.
    pub id: ApiKeyId,
    /// For whom it speaks.
    pub user_id: UserId,
    /// What its user calls it.
    pub name: String,
    /// Its first characters, by which its user knows it again.
    pub prefix: String,
    /// Whether it may only read.
    pub read_only: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; never when absent.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the minute or so.
    pub used_at: Option<Timestamp>,
}

/// What became of a key to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeyAdded {
    /// It is there.
    Added,
    /// Its user has as many others as allowed. Nothing was written.
    TooMany,
}

/// Keys with which programs speak for a user.
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// Keeps a new key, which is found by `hash`, unless its user has `most` others, ended ones among them. The same one
    /// again changes nothing, and is there however many others are. Of any number added at once no more than allowed are.
    async fn add(
        &self,
        key: &ApiKey,
        hash: TokenHash,
        most: u32,
    ) -> Result<ApiKeyAdded, StoreError>;

    /// The keys of `owner`, newest first.
    async fn list(&self, owner: UserId) -> Result<Vec<ApiKey>, StoreError>;

    /// Ends a key of `owner` for good. Answers whether there was one.
    async fn revoke(&self, owner: UserId, id: ApiKeyId) -> Result<bool, StoreError>;

    /// The key found by `hash` and its user, if it has not ended at `at` and its user is not disabled.
    async fn find(
        &self,
        hash: TokenHash,
        at: Timestamp,
    ) -> Result<Option<(ApiKey, User)>, StoreError>;

    /// Notes that a key was used.
    async fn touch(&self, id: ApiKeyId, at: Timestamp) -> Result<(), StoreError>;
}
