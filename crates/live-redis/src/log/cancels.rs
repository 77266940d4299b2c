//! Wishes to stop, to all who listen.

use async_trait::async_trait;
use bytes::Bytes;
use domain::id::GenerationId;
use futures_util::{StreamExt, stream::BoxStream};
use ports::live::{Cancels, LiveError};

use super::ABANDONED_AFTER;
use crate::{
    connect::RedisLive,
    subscription::{Called, heard},
    wait::millis,
};

#[async_trait]
impl Cancels for RedisLive {
    async fn request(&self, generation: GenerationId) -> Result<(), LiveError> {
        let mut run = self.on_log(&self.scripts.cancel, generation);
        run.arg(millis(ABANDONED_AFTER)).arg(self.names.cancels()).arg(generation.to_string());
        Ok(self.connection.run(&run).await?)
    }

    async fn listen(&self) -> Result<BoxStream<'static, GenerationId>, LiveError> {
        let wishes = heard(self.subscriptions.called(Called::Wishes).await);
        // What was missed is learned from the log.
        let read = async |call: Option<Bytes>| std::str::from_utf8(&call?).ok()?.parse().ok();
        Ok(wishes.filter_map(read).boxed())
    }
}
