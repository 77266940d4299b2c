//! The pool of connections, which is left for a new one when connections do not come back to it.
//!
//! A connection that goes back is asked by the library whether it is well, and belongs to nobody until it answers. One to a
//! server that went without a word at that moment never does, and its place in the pool is taken for as long as the network
//! takes to give up, a quarter of an hour. Nothing can be done about it from outside. So once a call waited in vain for a
//! place, and nothing has gone well for longer than any statement may take, all of it is left behind. Where only some
//! connections are lost, the others do the work.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// The pool, and how to make another one. Clones share it.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Shared>);

struct Shared {
    options: PgPoolOptions,
    connect: PgConnectOptions,
    /// How long it may be that nothing goes well.
    patience: Duration,
    current: RwLock<PgPool>,
    /// When a call went well last, or the pool was made.
    well: Mutex<Instant>,
}

impl Connections {
    /// A pool that connects when it has to, for statements that take no longer than `longest`.
    pub(crate) fn new(
        options: PgPoolOptions,
        connect: PgConnectOptions,
        longest: Duration,
    ) -> Self {
        let current = RwLock::new(options.clone().connect_lazy_with(connect.clone()));
        // Time for those that were given up to come back, too: what is lost is then lost indeed.
        let patience = longest * 3 / 2;
        let well = Mutex::new(Instant::now());
        Self(Arc::new(Shared { options, connect, patience, current, well }))
    }

    /// The pool to take a connection from.
    pub(crate) fn pool(&self) -> PgPool {
        // Nothing panics while holding it.
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A call went well.
    pub(crate) fn note_well(&self) {
        *self.well() = Instant::now();
    }

    /// A call got no connection in time. If it waited for a place, and not for the server, that is full.
    pub(crate) fn note_in_vain(&self) {
        let Shared { options, connect, patience, .. } = &*self.0;
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        let is_full = current.size() >= options.get_max_connections() && current.num_idle() == 0;
        if !is_full || current.is_closed() || self.well().elapsed() < *patience {
            return;
        }
        tracing::warn!("connections to PostgreSQL did not come back; new ones are made");
        // Those that come back after all are closed then, since it is marked at once.
        drop(current.close());
        *current = options.clone().connect_lazy_with(connect.clone());
        self.note_well();
    }

    fn well(&self) -> MutexGuard<'_, Instant> {
        // A time is whole, whoever panicked beside it.
        self.0.well.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
