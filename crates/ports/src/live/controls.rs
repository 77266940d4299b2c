//! What operators want of workers, and what workers say of themselves.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    model::ProviderName,
    pool::{PoolWish, WorkerStatus, WorkerWish},
};

use super::LiveError;

/// A worker that has not said anything for so long is gone.
pub const WORKER_KEPT: Duration = Duration::from_secs(10);

/// What operators want of workers, and what workers say of themselves.
///
/// The store keeps what is wished for good; it is told here again and again, so that the live side may
/// forget.
#[async_trait]
pub trait Controls: Send + Sync {
    /// Tells every worker of `pool` what is wished.
    async fn tell(&self, pool: &ProviderName, wish: PoolWish) -> Result<(), LiveError>;

    /// What is wished of `pool`; none if nobody has said so lately, and then what was wished before
    /// still holds.
    async fn wish(&self, pool: &ProviderName) -> Result<Option<PoolWish>, LiveError>;

    /// Asks the worker called `worker` to take no more jobs, or to take some again. Holds as long as it
    /// reports.
    async fn drain(&self, worker: &str, drained: bool) -> Result<(), LiveError>;

    /// Tells the worker called `worker` how many answers to stream at once in each pool; none for what is
    /// wanted of the pool. Holds as long as it reports.
    async fn scale(&self, worker: &str, concurrency: Option<u16>) -> Result<(), LiveError>;

    /// A worker says how it does in one pool. Answers what is wanted of it.
    async fn report(&self, status: &WorkerStatus) -> Result<WorkerWish, LiveError>;

    /// Asks every worker to read its settings again.
    async fn ask_reload(&self) -> Result<(), LiveError>;

    /// How often that was asked; 0 when nobody knows.
    async fn reloads(&self) -> Result<u64, LiveError>;

    /// What workers said in the last [`WORKER_KEPT`], by their names and pools.
    async fn workers(&self) -> Result<Vec<WorkerStatus>, LiveError>;
}
