//! News for the pages connected to this process, and from this process to all others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{
    id::{ChatId, UserId},
    notice::{News, Notice},
};
use tokio::sync::{
    broadcast::{self, error::RecvError},
    mpsc,
};

/// How much news one page may lie behind before it misses some.
const KEPT: usize = 64;

/// How much news may wait to be told. Beyond that some is not: pages look into the store from time to
/// time.
const WAITING: usize = 1024;

/// What is to be told.
#[derive(Debug)]
pub(crate) enum Announcement {
    /// This.
    Notice(Notice),
    /// The name that a chat has now.
    Named(UserId, ChatId),
}

/// Where handlers and chores leave what is to be told.
#[derive(Debug)]
pub(crate) struct Announcements(mpsc::Sender<Announcement>);

impl Announcements {
    /// The other end goes to the crier.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Announcement>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), receiver)
    }

    /// Has it told, without waiting; if too much is, not at all.
    pub(crate) fn leave(&self, announcement: Announcement) {
        if self.0.try_send(announcement).is_err() {
            tracing::debug!("too much news: pages look for themselves");
        }
    }
}

/// Who of this process's users has a page open, and how to tell it. Clones are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Feeds(Arc<Mutex<HashMap<UserId, broadcast::Sender<Option<News>>>>>);

/// One page's news.
#[derive(Debug)]
pub(crate) struct Feed {
    feeds: Feeds,
    user: UserId,
    /// None where some may have been missed.
    news: broadcast::Receiver<Option<News>>,
}

impl Feeds {
    /// The news of `user` from now on.
    pub(crate) fn join(&self, user: UserId) -> Feed {
        let mut users = self.lock();
        let news = users.entry(user).or_insert_with(|| broadcast::Sender::new(KEPT)).subscribe();
        drop(users);
        Feed { feeds: self.clone(), user, news }
    }

    /// Passes a notice on to the pages it is for.
    pub(crate) fn hear(&self, notice: Notice) {
        if let Some(pages) = self.lock().get(&notice.user_id) {
            // An error says that the last page just left.
            let _ = pages.send(Some(notice.news));
        }
    }

    /// Tells every page that some news may have been missed.
    pub(crate) fn miss(&self) {
        for pages in self.lock().values() {
            let _ = pages.send(None);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, broadcast::Sender<Option<News>>>> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed {
    /// The next news; none where some may have been missed.
    pub(crate) async fn next(&mut self) -> Option<News> {
        match self.news.recv().await {
            Ok(news) => news,
            Err(RecvError::Lagged(_)) => None,
            // The sender lives as long as this page does.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let mut users = self.feeds.lock();
        if users.get(&self.user).is_some_and(|pages| pages.receiver_count() <= 1) {
            users.remove(&self.user);
        }
    }
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    #[tokio::test]
    async fn news_reach_the_pages_of_their_user_and_nobody_is_remembered() {
        let feeds = Feeds::default();
        let [one, other] = [1, 2].map(|_| UserId::generate(epoch()));
        let news = News::Deleted { chat_id: ChatId::generate(epoch()) };
        let (mut first, mut second) = (feeds.join(one), feeds.join(one));
        let mut foreign = feeds.join(other);
        feeds.hear(Notice { user_id: one, news: news.clone() });
        assert_eq!(first.next().await, Some(news.clone()));
        assert_eq!(second.next().await, Some(news.clone()));
        assert!(foreign.news.try_recv().is_err());
        for _ in 0..=KEPT {
            feeds.hear(Notice { user_id: one, news: news.clone() });
        }
        assert_eq!(first.next().await, None, "it is told that it missed some");
        feeds.miss();
        assert_eq!(foreign.next().await, None, "every page may have missed some");
        drop(first);
        assert_eq!(feeds.lock().len(), 2);
        drop((second, foreign));
        assert!(feeds.lock().is_empty());
    }
}
