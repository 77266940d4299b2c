//! The stream of a chat: every generation in it, one after the other, on every page that looks.
//!
//! News tell when to look; what there is to see is found in the store. So a page that missed some is
//! late and never wrong.

use std::{collections::HashMap, convert::Infallible, pin::Pin, time::Duration};

use bytes::Bytes;
use domain::{
    generation::Generation,
    id::{ChatId, GenerationId, UserId},
    notice::News,
    time::Timestamp,
};
use futures_util::{Stream, stream};
use tokio::time::sleep;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::{frame, seat::Seat, source::Source, viewer::Viewer, voice::Voice};
use crate::{
    app::App,
    error::{ApiError, chain},
    feeds::Feed,
};

/// How far the clocks of processes may be apart that accept generations of one chat.
const SLACK: Duration = Duration::from_mins(1);

/// How many generations are looked up at once.
const LOOKED_UP: u32 = 50;

/// Names the voice in which a generation is told.
pub(super) type Telling = fn(GenerationId) -> Voice;

/// One page that looks at a chat.
pub(super) struct ChatViewer {
    app: App,
    owner: UserId,
    chat: ChatId,
    telling: Telling,
    feed: Feed,
    _seat: Seat,
    /// The generation being told.
    viewer: Option<Viewer>,
    /// Generations accepted since then are looked for.
    since: Timestamp,
    /// Those of them that were told.
    told: HashMap<GenerationId, Timestamp>,
    /// The last words were said.
    is_over: bool,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl ChatViewer {
    /// A page that has seen everything up to `after`; without that it is told of the generations under
    /// way, each from its beginning, and of all that come.
    pub(super) async fn begin(
        app: App,
        (owner, chat): (UserId, ChatId),
        after: Option<(GenerationId, u64)>,
        telling: Telling,
        seat: Seat,
    ) -> Result<Self, ApiError> {
        let stop = Box::pin(app.shutdown.clone().cancelled_owned());
        let (since, told) = (app.now(), HashMap::new());
        // Joined before looking, so that nothing comes in between.
        let feed = app.feeds.join(owner);
        let mut viewer = Self {
            app,
            owner,
            chat,
            telling,
            feed,
            _seat: seat,
            viewer: None,
            since,
            told,
            is_over: false,
            stop,
        };
        let seen = match after {
            Some((id, _)) => viewer.app.ports.generations.find(owner, id).await?,
            None => None,
        };
        match (seen.filter(|seen| seen.chat_id == chat), after) {
            (Some(seen), Some((_, seq))) => viewer.go_on(seen, seq).await?,
            _ => viewer.begin_anew().await?,
        }
        Ok(viewer)
    }

    /// Everything accepted before `seen` was told, and `seen` itself up to `seq`.
    async fn go_on(&mut self, seen: Generation, seq: u64) -> Result<(), ApiError> {
        self.since = seen.created_at;
        for earlier in self.look_up().await? {
            if (earlier.created_at, earlier.id) < (seen.created_at, seen.id) {
                self.told.insert(earlier.id, earlier.created_at);
            }
        }
        self.tell(seen, seq).await
    }

    /// Everything that is over was told, and nothing that is under way, however long it has been.
    async fn begin_anew(&mut self) -> Result<(), ApiError> {
        let generations = &self.app.ports.generations;
        let unfinished = generations.unfinished_in_chat(self.owner, self.chat).await?;
        if let Some(oldest) = unfinished.first() {
            self.since = self.since.min(oldest.created_at);
        }
        for found in self.look_up().await? {
            let was_under_way = unfinished.iter().any(|one| one.id == found.id);
            if found.state.status.is_terminal() && !was_under_way {
                self.told.insert(found.id, found.created_at);
            }
        }
        self.turn_to_next().await?;
        Ok(())
    }

    // By `&mut`, since a viewer can be sent between threads and not be shared by them.
    async fn look_up(&mut self) -> Result<Vec<Generation>, ApiError> {
        let from = self.since - SLACK;
        let generations = &self.app.ports.generations;
        Ok(generations.in_chat(self.owner, self.chat, from, LOOKED_UP).await?)
    }

    /// Begins to tell of `generation` behind `after`.
    async fn tell(&mut self, generation: Generation, after: u64) -> Result<(), ApiError> {
        let (id, at) = (generation.id, generation.created_at);
        let source = Source::first(&self.app, generation, after).await?;
        self.told.insert(id, at);
        self.since = self.since.max(at);
        let since = self.since - 2 * SLACK;
        self.told.retain(|_, at| *at > since);
        self.viewer = source.map(|source| {
            let voice = (self.telling)(id);
            Viewer::among(self.app.clone(), (self.owner, id), after, source, voice)
        });
        Ok(())
    }

    /// Begins to tell of the next generation. Answers whether there is one.
    async fn turn_to_next(&mut self) -> Result<bool, ApiError> {
        let found = self.look_up().await?;
        let next = found.into_iter().find(|generation| !self.told.contains_key(&generation.id));
        match next {
            Some(next) => self.tell(next, 0).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// The frames, as the connection asks for them.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
        let greeting = stream::iter([Ok(frame::greeting())]);
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
            match self.turn_to_next().await {
                Ok(true) => {}
                Ok(false) => {
                    if let Some(bytes) = self.wait().await {
                        return Some(bytes);
                    }
                }
                Err(ApiError::Unavailable(error) | ApiError::Internal(error)) => {
                    tracing::warn!(chat = %self.chat, error = chain(error.as_ref()), "a chat's stream was broken off");
                    return None;
                }
                Err(_) => return None,
            }
        }
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
                    // Nothing comes any more.
                    self.is_over = here && matches!(news, Some(News::Deleted { .. }));
                    if here {
                        return None;
                    }
                }
                () = &mut quiet => return Some(frame::HEARTBEAT),
            }
        }
    }
}
