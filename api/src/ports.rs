//! What the service may touch.

use std::{fmt, sync::Arc};

use ports::{
    Broker, Clock, Live, Store,
    live::{Cancels, EventLog, Limits},
    queue::Queue,
    store::{Accounts, Chats, Generations, Outbox, Progress},
};

/// Everything the service may touch.
#[derive(Clone)]
pub struct Ports {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Accounts and refresh tokens.
    pub accounts: Arc<dyn Accounts>,
    /// Chats and messages.
    pub chats: Arc<dyn Chats>,
    /// Generations, as their users see them.
    pub generations: Arc<dyn Generations>,
    /// Generations, as workers move them.
    pub progress: Arc<dyn Progress>,
    /// Messages waiting to be published.
    pub outbox: Arc<dyn Outbox>,
    /// Where they are published, and where workers report.
    pub queue: Arc<dyn Queue>,
    /// The event logs, to read and to end.
    pub event_log: Arc<dyn EventLog>,
    /// Wishes to stop.
    pub cancels: Arc<dyn Cancels>,
    /// What callers may do how often.
    pub limits: Arc<dyn Limits>,
}

impl Ports {
    /// What the service may touch of an installation.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, store: Store, broker: &Broker, live: Live) -> Self {
        Self {
            clock,
            accounts: store.accounts,
            chats: store.chats,
            generations: store.generations,
            progress: store.progress,
            outbox: store.outbox,
            queue: Arc::clone(&broker.queue),
            event_log: live.event_log,
            cancels: live.cancels,
            limits: live.limits,
        }
    }
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}
