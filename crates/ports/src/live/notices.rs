//! News for a user's pages, wherever they are connected.

use async_trait::async_trait;
use domain::notice::Notice;
use futures_util::stream::BoxStream;

use super::LiveError;

/// News for a user's pages, wherever they are connected.
///
/// Nothing is kept: who is not listening looks into the store when it comes.
#[async_trait]
pub trait Notices: Send + Sync {
    /// Tells everybody who listens.
    async fn tell(&self, notice: &Notice) -> Result<(), LiveError>;

    /// All notices from now on, of all users. Best effort: one may be missed.
    async fn listen(&self) -> Result<BoxStream<'static, Notice>, LiveError>;
}
