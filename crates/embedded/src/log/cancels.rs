//! Wishes to stop, to all who listen.

use async_trait::async_trait;
use domain::id::GenerationId;
use futures_util::{StreamExt, stream, stream::BoxStream};
use ports::live::{Cancels, LiveError};
use tokio::sync::broadcast::error::RecvError;

use super::MemoryLog;

#[async_trait]
impl Cancels for MemoryLog {
    async fn request(&self, generation: GenerationId) -> Result<(), LiveError> {
        if self.change(generation, |log, _| log.cancel()) {
            // An error says that nobody listens; the log knows the wish.
            let _ = self.cancels.send(generation);
        }
        Ok(())
    }

    async fn listen(&self) -> Result<BoxStream<'static, GenerationId>, LiveError> {
        let wishes = stream::unfold(self.cancels.subscribe(), |mut wishes| async move {
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
