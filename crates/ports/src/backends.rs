//! All ports of one installation, as `boot` connected them.

use std::sync::Arc;

use crate::{
    clock::Clock,
    live::{Cancels, EventLog, KeyPool, Limits, LogWriter},
    queue::{Queue, QueueOperations},
    store::{Accounts, Chats, Generations, Ledger, Outbox, Progress},
};

/// One adapter behind each port. Services take out of it what they may touch.
#[derive(Clone)]
pub struct Backends {
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
    /// The usage and audit books.
    pub ledger: Arc<dyn Ledger>,
    /// Jobs, reports and bookings under way.
    pub queue: Arc<dyn Queue>,
    /// The same, for operators.
    pub queue_operations: Arc<dyn QueueOperations>,
    /// The event logs, for their writers.
    pub log_writer: Arc<dyn LogWriter>,
    /// The event logs, for everybody else.
    pub event_log: Arc<dyn EventLog>,
    /// Wishes to stop.
    pub cancels: Arc<dyn Cancels>,
    /// The provider keys.
    pub keys: Arc<dyn KeyPool>,
    /// What callers may do how often.
    pub limits: Arc<dyn Limits>,
    /// Whether what was published before this process started is gone, so that every unfinished
    /// generation has to be put back at start.
    pub queue_starts_empty: bool,
}
