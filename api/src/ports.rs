//! What the service may touch.

use std::{fmt, sync::Arc};

use ports::{
    Broker, Clock, Live, Store,
    live::{Cancels, Controls, EventLog, KeyPool, Limits, Notices},
    mail::Mail,
    queue::{Queue, QueueOperations},
    store::{Accounts, ApiKeys, Chats, Generations, Jobs, Ledger, Outbox, Pools, Progress},
};

/// Everything the service may touch.
#[derive(Clone)]
pub struct Ports {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
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
    /// Where they are published, and where workers report.
    pub queue: Arc<dyn Queue>,
    /// The same, for operators.
    pub queue_operations: Arc<dyn QueueOperations>,
    /// The event logs, to read and to end.
    pub event_log: Arc<dyn EventLog>,
    /// Wishes to stop.
    pub cancels: Arc<dyn Cancels>,
    /// What callers may do how often.
    pub limits: Arc<dyn Limits>,
    /// The provider keys, by their names.
    pub keys: Arc<dyn KeyPool>,
    /// What operators want of workers, and what workers say.
    pub controls: Arc<dyn Controls>,
    /// News for users' pages.
    pub notices: Arc<dyn Notices>,
    /// Who carries letters, if any are sent.
    pub mail: Option<Arc<dyn Mail>>,
}

impl Ports {
    /// What the service may touch of an installation; no letters are sent.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, store: Store, broker: &Broker, live: Live) -> Self {
        Self {
            clock,
            accounts: store.accounts,
            api_keys: store.api_keys,
            chats: store.chats,
            generations: store.generations,
            progress: store.progress,
            jobs: store.jobs,
            outbox: store.outbox,
            ledger: store.ledger,
            pools: store.pools,
            queue: Arc::clone(&broker.queue),
            queue_operations: Arc::clone(&broker.operations),
            event_log: live.event_log,
            cancels: live.cancels,
            limits: live.limits,
            keys: live.keys,
            controls: live.controls,
            notices: live.notices,
            mail: None,
        }
    }
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}
