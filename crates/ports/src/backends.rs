//! The ports of one installation, as `boot` connected them, by the engine behind them.
//!
//! A process connects only to what it may touch: a provider worker has no store.

use std::sync::Arc;

use crate::{
    live::{Cancels, Controls, EventLog, KeyPool, Limits, LogWriter, Notices},
    queue::{Queue, QueueOperations},
    store::{Accounts, ApiKeys, Chats, Generations, Jobs, Ledger, Outbox, Pools, Progress},
};

/// The ports of the store.
#[derive(Clone)]
pub struct Store {
    /// Accounts and refresh tokens.
    pub accounts: Arc<dyn Accounts>,
    /// Keys with which programs speak for users.
    pub api_keys: Arc<dyn ApiKeys>,
    /// Chats and messages.
    pub chats: Arc<dyn Chats>,
    /// Generations, as their users see them.
    pub generations: Arc<dyn Generations>,
    /// Generations, as workers move them.
    pub progress: Arc<dyn Progress>,
    /// Generations, as operators look for them.
    pub jobs: Arc<dyn Jobs>,
    /// Messages waiting to be published.
    pub outbox: Arc<dyn Outbox>,
    /// The usage and audit books.
    pub ledger: Arc<dyn Ledger>,
    /// What operators want of pools.
    pub pools: Arc<dyn Pools>,
}

impl Store {
    /// A store that keeps all promises itself.
    pub fn of<S>(store: Arc<S>) -> Self
    where
        S: Accounts
            + ApiKeys
            + Chats
            + Generations
            + Progress
            + Jobs
            + Outbox
            + Ledger
            + Pools
            + 'static,
    {
        Self {
            accounts: store.clone(),
            api_keys: store.clone(),
            chats: store.clone(),
            generations: store.clone(),
            progress: store.clone(),
            jobs: store.clone(),
            outbox: store.clone(),
            ledger: store.clone(),
            pools: store,
        }
    }
}

/// The ports of the broker.
#[derive(Clone)]
pub struct Broker {
    /// Jobs, reports and bookings under way.
    pub queue: Arc<dyn Queue>,
    /// The same, for operators.
    pub operations: Arc<dyn QueueOperations>,
    /// Whether what was published before this process started is gone, so that every unfinished
    /// generation has to be put back at start.
    pub starts_empty: bool,
}

/// The ports of the live side.
#[derive(Clone)]
pub struct Live {
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
    /// What operators want of workers.
    pub controls: Arc<dyn Controls>,
    /// News for users' pages.
    pub notices: Arc<dyn Notices>,
}
