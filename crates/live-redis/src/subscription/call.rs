//! What is called out to every process on one channel.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, stream};
use ports::live::NOTICES_KEPT;
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    time::timeout,
};

/// How many calls a listener may lie behind before it misses some.
const KEPT: usize = NOTICES_KEPT;

/// What is called out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Called {
    /// Wishes to stop; a missed one is learned from the log.
    Wishes,
    /// News for users' pages.
    Notices,
}

/// One channel, and those who listen to it here.
pub(super) struct Call {
    pub(super) channel: String,
    /// None where some may have been missed.
    heard: broadcast::Sender<Option<Bytes>>,
    is_wanted: AtomicBool,
    /// Whether somebody listened while nothing could be heard.
    is_missed: AtomicBool,
    /// Whether the channel is subscribed to just now.
    is_heard: watch::Sender<bool>,
}

impl Call {
    pub(super) fn on(channel: String) -> Self {
        let heard = broadcast::Sender::new(KEPT);
        let is_heard = watch::Sender::new(false);
        let (is_wanted, is_missed) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { channel, heard, is_wanted, is_missed, is_heard }
    }

    /// Calls from now on, and whether nobody has listened before.
    pub(super) fn listen(&self) -> (broadcast::Receiver<Option<Bytes>>, bool) {
        (self.heard.subscribe(), !self.is_wanted.swap(true, Relaxed))
    }

    /// Whether anybody has ever listened.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted.load(Relaxed)
    }

    /// Waits until the channel is subscribed to, but not for longer than `patience`.
    pub(super) async fn until_heard(&self, patience: Duration) {
        let mut is_heard = self.is_heard.subscribe();
        if timeout(patience, is_heard.wait_for(|heard| *heard)).await.is_err() {
            self.is_missed.store(true, Relaxed);
        }
    }

    /// The channel is subscribed to, or is not any more.
    pub(super) fn set_heard(&self, is_heard: bool) {
        let was_heard = self.is_heard.send_replace(is_heard);
        if is_heard && self.is_missed.swap(false, Relaxed) {
            let _ = self.heard.send(None);
        } else if was_heard && !is_heard {
            self.is_missed.store(true, Relaxed);
        }
    }

    /// Something was called out.
    pub(super) fn hear(&self, payload: &[u8]) {
        // An error says that nobody listens.
        let _ = self.heard.send(Some(Bytes::copy_from_slice(payload)));
    }
}

/// What comes on `calls`; none where some may have been missed.
pub(crate) fn heard(
    calls: broadcast::Receiver<Option<Bytes>>,
) -> impl Stream<Item = Option<Bytes>> + Send {
    stream::unfold(calls, |mut calls| async move {
        match calls.recv().await {
            Ok(call) => Some((call, calls)),
            Err(RecvError::Lagged(_)) => Some((None, calls)),
            Err(RecvError::Closed) => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_listens_is_told_when_some_may_have_been_missed() {
        let call = Call::on("notices".to_owned());
        let mut first = Box::pin(heard(call.listen().0));
        call.set_heard(true);
        call.hear(b"1");
        assert_eq!(first.next().await, Some(Some("1".into())), "nothing was missed so far");
        call.set_heard(false);
        // Told again while it is lost, as often as it is.
        call.set_heard(false);
        call.set_heard(true);
        call.hear(b"2");
        assert_eq!(first.next().await, Some(None));
        assert_eq!(first.next().await, Some(Some("2".into())));
    }

    #[tokio::test(start_paused = true)]
    async fn who_listens_before_anything_is_heard_may_have_missed_some() {
        let call = Call::on("notices".to_owned());
        let mut calls = Box::pin(heard(call.listen().0));
        call.until_heard(Duration::from_secs(1)).await;
        call.set_heard(true);
        assert_eq!(calls.next().await, Some(None));
    }
}
