//! News for the pages connected to this process.

use async_trait::async_trait;
use domain::notice::Notice;
use futures_util::{StreamExt, stream, stream::BoxStream};
use ports::live::{Heard, LiveError, NOTICES_KEPT, Notices};
use tokio::sync::broadcast::{Sender, error::RecvError};

/// News within one process.
#[derive(Debug)]
pub struct MemoryNotices(Sender<Notice>);

impl Default for MemoryNotices {
    fn default() -> Self {
        Self(Sender::new(NOTICES_KEPT))
    }
}

#[async_trait]
impl Notices for MemoryNotices {
    async fn tell(&self, notice: &Notice) -> Result<(), LiveError> {
        // An error says that nobody listens.
        let _ = self.0.send(notice.clone());
        Ok(())
    }

    async fn listen(&self) -> Result<BoxStream<'static, Heard>, LiveError> {
        let notices = stream::unfold(self.0.subscribe(), |mut notices| async move {
            let heard = match notices.recv().await {
                Ok(notice) => Heard::Notice(notice),
                Err(RecvError::Lagged(_)) => Heard::Missed,
                Err(RecvError::Closed) => return None,
            };
            Some((heard, notices))
        });
        Ok(notices.boxed())
    }
}
