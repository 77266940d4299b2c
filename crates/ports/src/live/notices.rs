//! News for a user's pages, wherever they are connected.

use async_trait::async_trait;
use domain::notice::Notice;
use futures_util::stream::BoxStream;

use super::LiveError;

/// How many notices somebody who listens may lie behind before some are missed.
pub const NOTICES_KEPT: usize = 1024;

/// What somebody who listens hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// What was told.
    Notice(Notice),
    /// Some may have been told meanwhile and were not heard: nobody could be heard for a while, or whoever listens
    /// lay more than [`NOTICES_KEPT`] behind. What is told from now on is heard again.
    Missed,
}

/// News for a user's pages, wherever they are connected.
///
/// Nothing is kept: who is not listening looks into the store when it comes.
#[async_trait]
pub trait Notices: Send + Sync {
    /// Tells everybody who listens.
    async fn tell(&self, notice: &Notice) -> Result<(), LiveError>;

    /// All notices from now on, of all users, in the order in which they were told, and where some were missed.
    async fn listen(&self) -> Result<BoxStream<'static, Heard>, LiveError>;
}
