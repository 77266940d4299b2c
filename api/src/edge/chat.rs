//! The stream of a chat: every generation in it, one after the other, on every page that looks.
//!
//! News tell when to look; what there is to see is found in the store. So a page that missed some is
//! late and never wrong.

mod order;
mod seen;

use std::{collections::HashMap, convert::Infallible, pin::Pin};

use bytes::Bytes;
use domain::{
    id::{ChatId, GenerationId, UserId},
    notice::News,
    time::Timestamp,
};
use futures_util::{Stream, stream};
use tokio::time::sleep;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{frame, source::Source, viewer::Viewer, voice::Voice};
use crate::{
    app::App,
    error::{ApiError, chain},
    feeds::Feed,
};

pub(crate) use seen::Seen;

/// Names the voice in which a generation is told.
pub(super) type Telling = fn(GenerationId) -> Voice;

/// One page that looks at a chat.
pub(super) struct ChatViewer {
    app: App,
    owner: UserId,
    chat: ChatId,
    telling: Telling,
    feed: Feed,
    /// The generation being told.
    viewer: Option<Viewer>,
    /// Generations accepted since then are looked for.
    since: Timestamp,
    /// Those of them that were told.
    told: HashMap<GenerationId, Timestamp>,
    /// What the page has seen that was told nothing yet.
    seen: Seen,
    /// The last words were said.
    is_over: bool,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl ChatViewer {
    /// A page that has seen what `after` says; one that has not been here is told of the generations under way, each
    /// from its beginning, and of all that come.
    pub(super) async fn begin(
        app: App,
        (owner, chat): (UserId, ChatId),
        after: Option<Seen>,
        telling: Telling,
    ) -> Result<Self, ApiError> {
        let stop = Box::pin(app.shutdown.clone().cancelled_owned());
        let (since, told) = (app.now(), HashMap::new());
        let seen = Seen::NothingSince(since);
        // Joined before looking, so that nothing comes in between.
        let feed = app.feeds.join(owner);
        let mut viewer = Self {
            app,
            owner,
            chat,
            telling,
            feed,
            viewer: None,
            since,
            told,
            seen,
            is_over: false,
            stop,
        };
        viewer.turn_to_first(after).await?;
        Ok(viewer)
    }

    /// The frames, as the connection asks for them.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        let greeting = stream::iter([Ok(frame::greeting_at(self.seen))]);
        let frames = stream::unfold(self, |mut viewer| async move {
            let bytes = viewer.next().await?;
            Some((Ok(bytes), viewer))
        });
        futures_util::StreamExt::chain(greeting, frames)
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(viewer) = &mut self.viewer {
                if let Some(bytes) = viewer.next().await {
                    return Some(bytes);
                }
                if !viewer.has_ended() {
                    // Broken off, or the service stops: the page comes back with what it has seen.
                    return None;
                }
                self.viewer = None;
            }
            if self.is_over {
                return None;
            }
            let has_next = match self.turn_to_next().await {
                Ok(has_next) => has_next,
                Err(error) => self.put_off(&error),
            };
            if !has_next && let Some(bytes) = self.wait().await {
                return Some(bytes);
            }
        }
    }

    /// A stream goes on while the store is away; it is looked there again when something is heard, or at the next sign of
    /// life.
    fn put_off(&self, error: &ApiError) -> bool {
        if let ApiError::Unavailable(error) | ApiError::Internal(error) = error {
            tracing::debug!(chat = %self.chat, error = chain(error.as_ref()), "a chat cannot be looked at");
        }
        false
    }

    /// Waits for news of the chat, or until it is time to look. Answers what to say meanwhile.
    async fn wait(&mut self) -> Option<Bytes> {
        let quiet = sleep(self.app.config.heartbeat);
        tokio::pin!(quiet);
        loop {
            tokio::select! {
                biased;
                () = &mut self.stop => {
                    self.is_over = true;
                    return Some(frame::come_back());
                }
                news = self.feed.next() => {
                    let here = news.as_ref().is_none_or(|news| news.chat_id() == self.chat);
                    self.is_over = match news {
                        Some(News::Deleted { .. }) => here,
                        Some(_) => false,
                        None => self.is_gone().await,
                    };
                    if here {
                        return None;
                    }
                }
                () = &mut quiet => {
                    // That it was deleted may have been told to nobody here.
                    self.is_over = self.is_gone().await;
                    return Some(frame::HEARTBEAT);
                }
            }
        }
    }

    /// Whether the chat was deleted: nothing comes any more. By `&mut`, as what is looked up.
    async fn is_gone(&mut self) -> bool {
        match self.app.ports.chats.find(self.owner, self.chat).await {
            Ok(found) => found.is_none(),
            Err(error) => self.put_off(&error.into()),
        }
    }
}
