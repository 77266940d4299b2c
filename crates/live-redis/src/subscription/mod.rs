//! The one subscription connection of this process, and what is heard over it.

mod driver;
mod message;
mod tail;

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex},
};

use domain::id::GenerationId;
use redis::Client;
use tokio::{
    sync::{Notify, broadcast, watch},
    time::Duration,
};

pub(crate) use self::tail::{Found, Tail};
use crate::lock::lock;

/// How many wishes to stop a listener may lie behind before it misses some; the log still knows them.
const WISHES_KEPT: usize = 1024;

/// Which channels are wanted, and what was heard on them.
pub(crate) struct Subscriptions {
    client: Client,
    /// How long the server may take to answer.
    patience: Duration,
    /// The channel of wishes to stop.
    wishes_channel: String,
    wishes: broadcast::Sender<GenerationId>,
    /// Whether wishes are heard just now.
    hears_wishes: watch::Sender<bool>,
    table: Mutex<Table>,
    /// Rung when the table has changed.
    bell: Notify,
}

#[derive(Default)]
struct Table {
    wants_wishes: bool,
    logs: HashMap<String, Log>,
    /// Whether there is a connection. Without one, changes need not be remembered.
    connected: bool,
    /// The channels that somebody began or ceased to want.
    touched: Vec<String>,
}

struct Log {
    tail: Arc<Tail>,
    followers: usize,
}

/// One follower's place at the tail of a log; given back when dropped.
pub(crate) struct Place {
    subscriptions: Arc<Subscriptions>,
    channel: String,
    pub(crate) tail: Arc<Tail>,
}

impl Subscriptions {
    /// No channels yet, and no connection.
    pub(crate) fn new(client: Client, patience: Duration, wishes_channel: String) -> Self {
        Self {
            client,
            patience,
            wishes_channel,
            wishes: broadcast::Sender::new(WISHES_KEPT),
            hears_wishes: watch::Sender::new(false),
            table: Mutex::default(),
            bell: Notify::new(),
        }
    }

    /// A place at the tail of the log told about on `channel`.
    pub(crate) fn join(self: &Arc<Self>, channel: String) -> Place {
        let mut table = lock(&self.table);
        let is_new = !table.logs.contains_key(&channel);
        let log = table
            .logs
            .entry(channel.clone())
            .or_insert_with(|| Log { tail: Arc::new(Tail::new()), followers: 0 });
        log.followers += 1;
        let tail = Arc::clone(&log.tail);
        if is_new {
            self.touch(&mut table, channel.clone());
        }
        Place { subscriptions: Arc::clone(self), channel, tail }
    }

    fn leave(&self, channel: &str) {
        let mut table = lock(&self.table);
        if let Some(log) = table.logs.get_mut(channel) {
            log.followers -= 1;
            if log.followers == 0 {
                table.logs.remove(channel);
                self.touch(&mut table, channel.to_owned());
            }
        }
    }

    fn touch(&self, table: &mut Table, channel: String) {
        if table.connected {
            table.touched.push(channel);
            self.bell.notify_one();
        }
    }

    /// Wishes to stop from now on, once they are heard, or after a while without them.
    pub(crate) async fn wishes(&self) -> broadcast::Receiver<GenerationId> {
        let wishes = self.wishes.subscribe();
        self.want_wishes();
        let mut heard = self.hears_wishes.subscribe();
        // One that is missed meanwhile is learned from the log.
        let _ = tokio::time::timeout(self.patience, heard.wait_for(|heard| *heard)).await;
        wishes
    }

    fn want_wishes(&self) {
        let mut table = lock(&self.table);
        if !mem::replace(&mut table.wants_wishes, true) {
            self.touch(&mut table, self.wishes_channel.clone());
        }
    }

    /// Whether there is a connection.
    pub(crate) fn is_connected(&self) -> bool {
        lock(&self.table).connected
    }

    fn tail(&self, channel: &str) -> Option<Arc<Tail>> {
        lock(&self.table).logs.get(channel).map(|log| Arc::clone(&log.tail))
    }
}

impl Place {
    /// Whether anything can be heard.
    pub(crate) fn is_connected(&self) -> bool {
        self.subscriptions.is_connected()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.subscriptions.leave(&self.channel);
    }
}
