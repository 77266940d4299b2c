//! Wishes to stop, to all who listen.

use async_trait::async_trait;
use domain::id::GenerationId;
use futures_util::{StreamExt, stream, stream::BoxStream};
use ports::live::{Cancels, LiveError};
use tokio::sync::broadcast::error::RecvError;

use super::ABANDONED_AFTER;
use crate::{connect::RedisLive, wait::millis};

#[async_trait]
impl Cancels for RedisLive {
    async fn request(&self, generation: GenerationId) -> Result<(), LiveError> {
        let mut run = self.on_log(&self.scripts.cancel, generation);
        run.arg(millis(ABANDONED_AFTER)).arg(self.names.cancels()).arg(generation.to_string());
        Ok(self.connection.run(&run).await?)
    }

    async fn listen(&self) -> Result<BoxStream<'static, GenerationId>, LiveError> {
        let wishes = stream::unfold(self.subscriptions.wishes().await, |mut wishes| async move {
            loop {
                match wishes.recv().await {
                    Ok(generation) => return Some((generation, wishes)),
                    // A slow listener learns what it missed from the log.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        });
        Ok(wishes.boxed())
    }
}
