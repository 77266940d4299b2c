//! News for the pages connected to this process.

use async_trait::async_trait;
use domain::notice::Notice;
use futures_util::{StreamExt, stream, stream::BoxStream};
use ports::live::{LiveError, Notices};
use tokio::sync::broadcast::{Sender, error::RecvError};

/// How many notices a listener may lie behind before it misses some.
const KEPT: usize = 1024;

/// News within one process.
#[derive(Debug)]
pub struct MemoryNotices(Sender<Notice>);

impl Default for MemoryNotices {
    fn default() -> Self {
        Self(Sender::new(KEPT))
    }
}

#[async_trait]
impl Notices for MemoryNotices {
    async fn tell(&self, notice: &Notice) -> Result<(), LiveError> {
        // An error says that nobody listens.
        let _ = self.0.send(notice.clone());
        Ok(())
    }

    async fn listen(&self) -> Result<BoxStream<'static, Notice>, LiveError> {
        let notices = stream::unfold(self.0.subscribe(), |mut notices| async move {
            loop {
                match notices.recv().await {
                    Ok(notice) => return Some((notice, notices)),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                }
            }
        });
        Ok(notices.boxed())
    }
}
