//! The one subscription connection of this process, and what is heard over it.

mod call;
mod driver;
mod message;
mod tail;
mod trouble;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use redis::ConnectionInfo;
use tokio::{
    sync::{Notify, broadcast},
    time::Duration,
};

use self::call::Call;
#[cfg(test)]
pub(crate) use self::message::Message;
pub(crate) use self::{
    call::{Called, heard},
    tail::{Found, Tail},
};
use crate::lock::lock;

/// Which channels are wanted, and what was heard on them.
pub(crate) struct Subscriptions {
    /// Where to hear: what is told at one node of a cluster is heard at all of them.
    nodes: Vec<ConnectionInfo>,
    /// How long the server may take to answer.
    patience: Duration,
    /// What is called out to every process.
    calls: [Call; 2],
    table: Mutex<Table>,
    /// Rung when the table has changed.
    bell: Notify,
    /// Rung when something is told that the connection does not bring.
    unheard: Notify,
}

#[derive(Default)]
struct Table {
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
    pub(crate) fn new(nodes: Vec<ConnectionInfo>, patience: Duration, calls: [String; 2]) -> Self {
        Self {
            nodes,
            patience,
            calls: calls.map(Call::on),
            table: Mutex::default(),
            bell: Notify::new(),
            unheard: Notify::new(),
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

    /// What is called out from now on, once it is heard, or after a while without it.
    pub(crate) async fn called(&self, what: Called) -> broadcast::Receiver<Option<Bytes>> {
        let call = &self.calls[what as usize];
        let (calls, is_first) = call.listen();
        if is_first {
            self.touch(&mut lock(&self.table), call.channel.clone());
        }
        call.until_heard(self.patience).await;
        calls
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

    /// A look after a silence found what should have been told.
    pub(crate) fn missed(&self) {
        if self.is_connected() && self.tail.missed() {
            self.subscriptions.unheard.notify_one();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.subscriptions.leave(&self.channel);
    }
}
