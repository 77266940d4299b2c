//! Provider keys with their budgets and health, shared by all workers. The secrets stay with the
//! workers: the pool knows keys by their names.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    key::{KeyId, NoKeyReason, Verdict},
    model::ProviderName,
    time::Timestamp,
};

use super::LiveError;

/// A key that workers have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySpec {
    /// Its name.
    pub id: KeyId,
    /// How many requests it may make in any 60 seconds; any number when absent.
    pub requests_per_minute: Option<u32>,
}

/// A worker wants a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LendRequest {
    /// Of which provider.
    pub provider: ProviderName,
    /// For which model.
    pub model: String,
    /// Keys not wanted: those that just failed for this job.
    pub exclude: Vec<KeyId>,
}

/// A lent key: the right to make one request with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loan {
    /// Of which provider.
    pub provider: ProviderName,
    /// Which key.
    pub key: KeyId,
}

/// What became of the wish for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lending {
    /// Use this one, once.
    Lent(Loan),
    /// None for this long.
    NoneFor(Duration, NoKeyReason),
    /// None, and waiting will not help.
    NoneUsable,
}

/// How a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Can be lent.
    Active,
    /// Not before this time.
    CoolingUntil(Timestamp),
    /// The provider does not know it (any more).
    Revoked,
    /// An operator took it out.
    Disabled,
}

impl KeyState {
    /// The names of all states.
    pub const NAMES: [&str; 4] = ["active", "cooling", "revoked", "disabled"];

    /// The name used in JSON and figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        let [active, cooling, revoked, disabled] = Self::NAMES;
        match self {
            Self::Active => active,
            Self::CoolingUntil(_) => cooling,
            Self::Revoked => revoked,
            Self::Disabled => disabled,
        }
    }
}

/// A key and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatus {
    /// Which key.
    pub key: KeyId,
    /// How it is.
    pub state: KeyState,
    /// Requests made with it in the last 60 seconds.
    pub used_in_window: u32,
}

/// Provider keys with their budgets and health.
#[async_trait]
pub trait KeyPool: Send + Sync {
    /// Tells the pool which keys of `provider` there are. Known ones keep their health; the budget is
    /// the new one; keys no longer named are not lent any more.
    async fn register(&self, provider: &ProviderName, keys: &[KeySpec]) -> Result<(), LiveError>;

    /// Lends a key: one that is active, not excluded and within its budget, of those the least
    /// recently lent. No key is lent more often than its budget in any 60 seconds.
    async fn lend(&self, request: &LendRequest) -> Result<Lending, LiveError>;

    /// Says how the call went. A longer cooldown extends a running one, a shorter one does not
    /// shorten it. A revoked key stays revoked.
    async fn report(&self, loan: &Loan, verdict: Verdict) -> Result<(), LiveError>;

    /// The keys of a provider and how they are, by name.
    async fn keys(&self, provider: &ProviderName) -> Result<Vec<KeyStatus>, LiveError>;

    /// Takes a key out, or brings it back with its health restored: not revoked, not cooling.
    async fn set_enabled(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        enabled: bool,
    ) -> Result<(), LiveError>;
}
