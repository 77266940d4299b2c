//! The stream of a user: what happens to their chats and generations, on every page.

use std::{convert::Infallible, pin::Pin};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::sleep;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::frame;
use crate::{app::App, feeds::Feed};

/// What a page is told that may have missed some: to look for itself.
const MISSED: &str = r#"{"type":"missed"}"#;

/// One page that listens.
pub(super) struct Listener {
    app: App,
    feed: Feed,
    is_over: bool,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Listener {
    /// Hears from now on what `feed` brings.
    pub(super) fn new(app: App, feed: Feed) -> Self {
        let stop = Box::pin(app.shutdown.clone().cancelled_owned());
        Self { app, feed, is_over: false, stop }
    }

    /// The frames, as the connection asks for them.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        let greeting = stream::iter([Ok(frame::greeting())]);
        let frames = stream::unfold(self, |mut listener| async move {
            let bytes = listener.next().await?;
            Some((Ok(bytes), listener))
        });
        greeting.chain(frames)
    }

    async fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        tokio::select! {
            biased;
            () = &mut self.stop => {
                self.is_over = true;
                Some(frame::come_back())
            }
            news = self.feed.next() => {
                let json = news.map_or_else(|| MISSED.to_owned(), |news| {
                    serde_json::to_string(&news).expect("ids and texts have a JSON form")
                });
                Some(format!("data: {json}\n\n").into())
            }
            () = sleep(self.app.config.heartbeat) => Some(frame::HEARTBEAT),
        }
    }
}
