//! What operators want of pools and keys, for good.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    email::Email,
    id::UserId,
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

/// Who says something of a pool, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Speaking<'a> {
    /// Who; absent for whoever runs the machine.
    pub by: Option<UserId>,
    /// Why, if that is said.
    pub reason: Option<&'a str>,
}

/// How a pool came to be paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Who said so last; absent for whoever runs the machine, and for an account that is gone.
    pub by: Option<Email>,
    /// When.
    pub at: Timestamp,
    /// Why, if that was said.
    pub reason: Option<String>,
}

/// What operators want of pools and keys, for good.
#[async_trait]
pub trait Pools: Send + Sync {
    /// Every pool of which something was wished, by name.
    async fn pools(&self) -> Result<Vec<(ProviderName, PoolWish)>, StoreError>;

    /// Changes what is wished of `pool`, and answers what is wished now. Of several changes at once none undoes what
    /// another one says. Who speaks, and why, is kept of a change that pauses, in the place of what was, and forgotten
    /// with one that goes on.
    async fn change_pool(
        &self,
        pool: &ProviderName,
        change: PoolChange,
        speaking: Speaking<'_>,
        at: Timestamp,
    ) -> Result<PoolWish, StoreError>;

    /// How the paused pools came to be, by name; a pool that was paused before this was kept is left out.
    async fn pauses(&self) -> Result<Vec<(ProviderName, Pause)>, StoreError>;

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
