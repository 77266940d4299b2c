//! What operators want of workers, and what workers say of themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use domain::{
    model::ProviderName,
    pool::{PoolWish, WorkerStatus, WorkerWish},
    time::Timestamp,
};
use ports::{
    Clock,
    live::{Controls, LiveError, WORKER_KEPT},
};

use crate::lock::lock;

/// The controls of one process.
pub struct MemoryControls {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    wishes: BTreeMap<ProviderName, PoolWish>,
    drained: BTreeSet<String>,
    scaled: BTreeMap<String, u16>,
    reloads: u64,
    /// What each worker said last, and when.
    workers: BTreeMap<(String, ProviderName), (Timestamp, WorkerStatus)>,
}

impl MemoryControls {
    /// Nothing wished yet. Workers are forgotten by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }
}

#[async_trait]
impl Controls for MemoryControls {
    async fn tell(&self, pool: &ProviderName, wish: PoolWish) -> Result<(), LiveError> {
        lock(&self.state).wishes.insert(pool.clone(), wish);
        Ok(())
    }

    async fn wish(&self, pool: &ProviderName) -> Result<Option<PoolWish>, LiveError> {
        Ok(lock(&self.state).wishes.get(pool).copied())
    }

    async fn drain(&self, worker: &str, drained: bool) -> Result<(), LiveError> {
        let mut state = lock(&self.state);
        if drained {
            state.drained.insert(worker.to_owned());
        } else {
            state.drained.remove(worker);
        }
        Ok(())
    }

    async fn scale(&self, worker: &str, concurrency: Option<u16>) -> Result<(), LiveError> {
        let mut state = lock(&self.state);
        match concurrency {
            Some(count) => drop(state.scaled.insert(worker.to_owned(), count)),
            None => drop(state.scaled.remove(worker)),
        }
        Ok(())
    }

    async fn report(&self, status: &WorkerStatus) -> Result<WorkerWish, LiveError> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let name = (status.worker.clone(), status.pool.clone());
        state.workers.insert(name, (now, status.clone()));
        state.workers.retain(|_, (said, _)| now - *said < WORKER_KEPT_FOR);
        let concurrency = state.scaled.get(&status.worker).copied();
        Ok(WorkerWish { drained: state.drained.contains(&status.worker), concurrency })
    }

    async fn ask_reload(&self) -> Result<(), LiveError> {
        lock(&self.state).reloads += 1;
        Ok(())
    }

    async fn reloads(&self) -> Result<u64, LiveError> {
        Ok(lock(&self.state).reloads)
    }

    async fn workers(&self) -> Result<Vec<WorkerStatus>, LiveError> {
        let now = self.clock.now();
        let state = lock(&self.state);
        let lately = state.workers.values().filter(|(said, _)| now - *said < WORKER_KEPT_FOR);
        Ok(lately.map(|(_, status)| status.clone()).collect())
    }
}

const WORKER_KEPT_FOR: chrono::TimeDelta =
    chrono::TimeDelta::seconds(WORKER_KEPT.as_secs().cast_signed());
