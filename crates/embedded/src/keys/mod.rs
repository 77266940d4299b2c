//! The key pool: who may call with which key, held to the budgets exactly.

mod entry;
mod pool;
mod window;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use domain::{
    key::{KeyId, Verdict},
    model::ProviderName,
};
use ports::{
    Clock,
    live::{KeyPool, KeySpec, KeyStatus, LendRequest, Lending, LiveError, Loan},
};

use self::pool::Pool;
use crate::lock::lock;

/// The provider keys of one process.
pub struct MemoryKeyPool {
    clock: Arc<dyn Clock>,
    pools: Mutex<HashMap<ProviderName, Pool>>,
}

impl MemoryKeyPool {
    /// No keys yet. Budgets and cooldowns go by `clock`, which should never be set back: see
    /// [`SteadyClock`](crate::SteadyClock).
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, pools: Mutex::default() }
    }
}

#[async_trait]
impl KeyPool for MemoryKeyPool {
    async fn register(&self, provider: &ProviderName, keys: &[KeySpec]) -> Result<(), LiveError> {
        lock(&self.pools).entry(provider.clone()).or_default().register(keys);
        Ok(())
    }

    async fn lend(&self, request: &LendRequest) -> Result<Lending, LiveError> {
        // Read under the lock, so that stamps are taken in order.
        let mut pools = lock(&self.pools);
        let now = self.clock.now();
        let Some(pool) = pools.get_mut(&request.provider) else { return Ok(Lending::NoneUsable) };
        Ok(pool.lend(request, now))
    }

    async fn report(&self, loan: &Loan, verdict: Verdict) -> Result<(), LiveError> {
        let now = self.clock.now();
        if let Some(pool) = lock(&self.pools).get_mut(&loan.provider) {
            pool.report(&loan.key, verdict, now);
        }
        Ok(())
    }

    async fn keys(&self, provider: &ProviderName) -> Result<Vec<KeyStatus>, LiveError> {
        let now = self.clock.now();
        let pools = lock(&self.pools);
        Ok(pools.get(provider).map(|pool| pool.status(now)).unwrap_or_default())
    }

    async fn set_enabled(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        enabled: bool,
    ) -> Result<(), LiveError> {
        if let Some(pool) = lock(&self.pools).get_mut(provider) {
            pool.set_enabled(key, enabled);
        }
        Ok(())
    }
}
