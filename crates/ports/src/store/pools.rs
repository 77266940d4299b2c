//! What operators want of pools and keys, for good.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    key::KeyId,
    model::ProviderName,
    pool::{PoolChange, PoolWish},
    time::Timestamp,
};

use super::StoreError;

/// For how long it is said again that a key was brought back.
pub const BROUGHT_BACK_FOR: Duration = Duration::from_hours(24);

/// Whether a key is lent, as an operator wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwitchedTo {
    /// It is.
    On,
    /// It is not, until it is switched on.
    Off,
    /// It is not before this time.
    OffUntil(Timestamp),
}

/// What an operator said last of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwitchedKey {
    /// Of which provider.
    pub provider: ProviderName,
    /// Which key.
    pub key: KeyId,
    /// What was said.
    pub to: SwitchedTo,
    /// The number of the change: a later one of the same key has a greater one.
    pub change: u64,
}

/// What operators want of pools and keys, for good.
#[async_trait]
pub trait Pools: Send + Sync {
    /// Every pool of which something was wished, by name.
    async fn pools(&self) -> Result<Vec<(ProviderName, PoolWish)>, StoreError>;

    /// Changes what is wished of `pool`, and answers what is wished now. Of several changes at once none undoes what
    /// another one says.
    async fn change_pool(
        &self,
        pool: &ProviderName,
        change: PoolChange,
        at: Timestamp,
    ) -> Result<PoolWish, StoreError>;

    /// What was said last of every key that is out at `at`, and of those that were brought back within
    /// [`BROUGHT_BACK_FOR`] before: who was told otherwise may not know it yet. By provider and name.
    async fn switched_keys(&self, at: Timestamp) -> Result<Vec<SwitchedKey>, StoreError>;

    /// Keeps what is said of a key, in the place of what was; answers the number of the change. Of several at once
    /// the one with the greatest number is kept, whatever the clocks say.
    async fn switch_key(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        to: SwitchedTo,
        at: Timestamp,
    ) -> Result<u64, StoreError>;
}
