//! The pool of connections, which is left for a new one when connections do not come back to it.
//!
//! A connection that goes back is asked by the library whether it is well, and belongs to nobody until it answers. One to a
//! server that went without a word at that moment never does, and its place in the pool is taken for as long as the network
//! takes to give up, a quarter of an hour. Nothing can be done about it from outside. So once a call waited in vain for a
//! connection, although no more calls than connections were under way, or none has gone well for as long, all of it is left
//! behind. Where many call and some connections are lost, the others do their work until then.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
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
    current: RwLock<Current>,
    /// How many calls are under way.
    calls: AtomicU32,
    /// When a call went well last.
    well: Mutex<Option<Instant>>,
}

struct Current {
    pool: PgPool,
    made: Instant,
}

/// A call that is under way as long as this is there.
pub(crate) struct Call<'a>(&'a AtomicU32);

impl Connections {
    /// A pool that connects when it has to.
    pub(crate) fn new(options: PgPoolOptions, connect: PgConnectOptions) -> Self {
        let current = RwLock::new(Current::new(&options, &connect));
        Self(Arc::new(Shared {
            options,
            connect,
            current,
            calls: AtomicU32::new(0),
            well: Mutex::default(),
        }))
    }

    /// The pool to take a connection from.
    pub(crate) fn pool(&self) -> PgPool {
        // Nothing panics while holding it.
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).pool.clone()
    }

    /// One more call is under way.
    pub(crate) fn call(&self) -> Call<'_> {
        self.0.calls.fetch_add(1, Relaxed);
        Call(&self.0.calls)
    }

    /// A call went well.
    pub(crate) fn note_well(&self) {
        *self.well() = Some(Instant::now());
    }

    /// A call waited for a connection in vain.
    pub(crate) fn note_in_vain(&self) {
        let options = &self.0.options;
        let are_many = self.0.calls.load(Relaxed) > options.get_max_connections();
        if are_many && self.well().is_some_and(|at| at.elapsed() < options.get_acquire_timeout()) {
            // Others have them, and bring them back.
            return;
        }
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.age() < options.get_acquire_timeout() {
            // Another call found it out, which waited at the same time.
            return;
        }
        tracing::warn!("connections to PostgreSQL did not come back; new ones are made");
        let former = std::mem::replace(&mut *current, Current::new(options, &self.0.connect)).pool;
        // Those in use are closed when they come back, if they do.
        tokio::spawn(async move { former.close().await });
    }

    fn well(&self) -> MutexGuard<'_, Option<Instant>> {
        // A time is whole, whoever panicked beside it.
        self.0.well.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Current {
    fn new(options: &PgPoolOptions, connect: &PgConnectOptions) -> Self {
        let pool = options.clone().connect_lazy_with(connect.clone());
        Self { pool, made: Instant::now() }
    }

    fn age(&self) -> Duration {
        self.made.elapsed()
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
