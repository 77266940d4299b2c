//! Wishes to stop, on their way to the worker.

use async_trait::async_trait;
use domain::id::GenerationId;
use futures_util::stream::BoxStream;

use super::LiveError;

/// Wishes to stop, on their way to the worker.
#[async_trait]
pub trait Cancels: Send + Sync {
    /// Asks to stop: from now on the log's writer can only seal. A log that has ended stays as it is;
    /// one that has not begun remembers the wish. Everybody who listens hears of it soon; who does
    /// not learns it from the next append.
    async fn request(&self, generation: GenerationId) -> Result<(), LiveError>;

    /// Wishes from now on, of all generations. Best effort: one may be missed, which costs time only.
    async fn listen(&self) -> Result<BoxStream<'static, GenerationId>, LiveError>;
}
