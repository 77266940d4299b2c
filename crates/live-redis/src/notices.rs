//! News for users' pages, to every process that has some.

use async_trait::async_trait;
use bytes::Bytes;
use domain::notice::Notice;
use futures_util::{StreamExt, stream::BoxStream};
use ports::live::{Heard, LiveError, Notices};

use crate::{
    connect::RedisLive,
    subscription::{Called, heard},
};

#[async_trait]
impl Notices for RedisLive {
    async fn tell(&self, notice: &Notice) -> Result<(), LiveError> {
        let json = serde_json::to_string(notice).expect("ids and texts always have a JSON form");
        let mut run = self.scripts.notice.on(&[]);
        run.arg(self.names.notices()).arg(json);
        let _: u64 = self.connection.run(&run).await?;
        Ok(())
    }

    async fn listen(&self) -> Result<BoxStream<'static, Heard>, LiveError> {
        let calls = heard(self.subscriptions.called(Called::Notices).await);
        let read = async |call: Option<Bytes>| match call {
            None => Some(Heard::Missed),
            // One that cannot be read is of a version that tells more.
            Some(payload) => serde_json::from_slice(&payload).ok().map(Heard::Notice),
        };
        Ok(calls.filter_map(read).boxed())
    }
}
