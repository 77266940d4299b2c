//! The key pool: who may call with which key, held to the budgets exactly.

mod bars;
mod entry;
mod meter;
mod meters;
mod pool;
mod rests;
mod storm;
mod window;
mod wishes;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use domain::{key::KeyId, model::ProviderName, time::Timestamp};
use ports::{
    Clock,
    live::{KeyPool, KeySpec, KeyStatus, LendRequest, Lending, LiveError, Loan, Returned, Switch},
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

    /// What `work` makes of the pool of `provider`, if it has one.
    fn with<T>(
        &self,
        provider: &ProviderName,
        work: impl FnOnce(&mut Pool, Timestamp) -> T,
    ) -> Option<T> {
        let mut pools = lock(&self.pools);
        // Read under the lock, so that stamps are taken in order.
        let now = self.clock.now();
        pools.get_mut(provider).map(|pool| work(pool, now))
    }
}

#[async_trait]
impl KeyPool for MemoryKeyPool {
    async fn register(&self, provider: &ProviderName, keys: &[KeySpec]) -> Result<(), LiveError> {
        let mut pools = lock(&self.pools);
        pools.entry(provider.clone()).or_default().register(keys, self.clock.now());
        Ok(())
    }

    async fn lend(&self, request: &LendRequest) -> Result<Lending, LiveError> {
        let lending = self.with(&request.provider, |pool, now| pool.lend(request, now));
        Ok(lending.unwrap_or(Lending::NoneUsable))
    }

    async fn answering(&self, loan: &Loan) -> Result<(), LiveError> {
        self.with(&loan.provider, |pool, _| pool.answering(loan));
        Ok(())
    }

    async fn give_back(&self, loan: &Loan, returned: Returned) -> Result<(), LiveError> {
        self.with(&loan.provider, |pool, now| pool.give_back(loan, returned, now));
        Ok(())
    }

    async fn keys(&self, provider: &ProviderName) -> Result<Vec<KeyStatus>, LiveError> {
        Ok(self.with(provider, Pool::status).unwrap_or_default())
    }

    async fn switch(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        switch: Switch,
        change: u64,
    ) -> Result<(), LiveError> {
        self.with(provider, |pool, now| pool.switch(key, (switch, change), now));
        Ok(())
    }

    async fn ask_probe(&self, provider: &ProviderName, key: &KeyId) -> Result<(), LiveError> {
        self.with(provider, |pool, now| pool.ask_probe(key, now));
        Ok(())
    }

    async fn next_probe(
        &self,
        provider: &ProviderName,
        own: &[KeyId],
    ) -> Result<Option<KeyId>, LiveError> {
        Ok(self.with(provider, |pool, now| pool.next_probe(own, now)).flatten())
    }

    async fn probed(
        &self,
        provider: &ProviderName,
        key: &KeyId,
        found: &str,
    ) -> Result<(), LiveError> {
        self.with(provider, |pool, now| pool.probed(key, found, now));
        Ok(())
    }
}
