//! What operators want of pools, for good.

use async_trait::async_trait;
use domain::{model::ProviderName, pool::PoolWish, time::Timestamp};

use super::StoreError;

/// What operators want of pools, for good.
#[async_trait]
pub trait Pools: Send + Sync {
    /// Every pool of which something was wished, by name.
    async fn pools(&self) -> Result<Vec<(ProviderName, PoolWish)>, StoreError>;

    /// Keeps what is wished of `pool`, in the place of what was.
    async fn set_pool(
        &self,
        pool: &ProviderName,
        wish: PoolWish,
        at: Timestamp,
    ) -> Result<(), StoreError>;
}
