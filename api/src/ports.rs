//! What the service may touch.

use std::{fmt, sync::Arc};

use ports::{
    Backends, Clock,
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

impl From<&Backends> for Ports {
    fn from(backends: &Backends) -> Self {
        Self {
            clock: Arc::clone(&backends.clock),
            accounts: Arc::clone(&backends.accounts),
            chats: Arc::clone(&backends.chats),
            generations: Arc::clone(&backends.generations),
            progress: Arc::clone(&backends.progress),
            outbox: Arc::clone(&backends.outbox),
            queue: Arc::clone(&backends.queue),
            event_log: Arc::clone(&backends.event_log),
            cancels: Arc::clone(&backends.cancels),
            limits: Arc::clone(&backends.limits),
        }
    }
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}
