//! What is called out to every process on one channel.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    time::timeout,
};

/// How many calls a listener may lie behind before it misses some.
const KEPT: usize = 1024;

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
    heard: broadcast::Sender<Bytes>,
    is_wanted: AtomicBool,
    /// Whether the channel is subscribed to just now.
    is_heard: watch::Sender<bool>,
}

impl Call {
    pub(super) fn on(channel: String) -> Self {
        let heard = broadcast::Sender::new(KEPT);
        let is_heard = watch::Sender::new(false);
        Self { channel, heard, is_wanted: AtomicBool::new(false), is_heard }
    }

    /// Calls from now on, and whether nobody has listened before.
    pub(super) fn listen(&self) -> (broadcast::Receiver<Bytes>, bool) {
        (self.heard.subscribe(), !self.is_wanted.swap(true, Relaxed))
    }

    /// Whether anybody has ever listened.
    pub(super) fn is_wanted(&self) -> bool {
        self.is_wanted.load(Relaxed)
    }

    /// Waits until the channel is subscribed to, but not for longer than `patience`.
    pub(super) async fn until_heard(&self, patience: Duration) {
        let mut is_heard = self.is_heard.subscribe();
        // Without it, calls are missed, which whoever listens has to expect anyway.
        let _ = timeout(patience, is_heard.wait_for(|heard| *heard)).await;
    }

    /// The channel is subscribed to, or is not any more.
    pub(super) fn set_heard(&self, is_heard: bool) {
        self.is_heard.send_replace(is_heard);
    }

    /// Something was called out.
    pub(super) fn hear(&self, payload: &[u8]) {
        // An error says that nobody listens.
        let _ = self.heard.send(Bytes::copy_from_slice(payload));
    }
}

/// What comes on `calls`, without what a slow listener missed.
pub(crate) fn heard(calls: broadcast::Receiver<Bytes>) -> impl Stream<Item = Bytes> + Send {
    stream::unfold(calls, |mut calls| async move {
        loop {
            match calls.recv().await {
                Ok(payload) => return Some((payload, calls)),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    })
}
