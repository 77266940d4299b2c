//! From URLs to ports: the one place where engines are chosen.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use embedded::{MemoryKeyPool, MemoryLimits, MemoryLog, MemoryQueue, SteadyClock};
use futures_util::future::BoxFuture;
use ports::{Backends, Clock, clock::SystemClock};
use store_sqlite::SqliteStore;
use tokio_util::sync::CancellationToken;

use crate::config::Urls;

/// The ports of one installation.
pub struct Connected {
    /// The ports.
    pub backends: Backends,
    /// What has to run beside the services for the ports to keep their promises; ends with the token
    /// given to [`connect`].
    pub upkeep: Vec<BoxFuture<'static, ()>>,
}

/// Connects to what `urls` name.
pub async fn connect(urls: &Urls, shutdown: &CancellationToken) -> anyhow::Result<Connected> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = store(&urls.database).await?;
    let queue = queue(&urls.queue, &clock)?;
    let live = live(&urls.live, &clock)?;
    let backends = Backends {
        clock,
        accounts: store.clone(),
        chats: store.clone(),
        generations: store.clone(),
        progress: store.clone(),
        outbox: store.clone(),
        ledger: store,
        queue: queue.clone(),
        queue_operations: queue,
        log_writer: live.log.clone(),
        event_log: live.log.clone(),
        cancels: live.log.clone(),
        keys: live.keys,
        limits: live.limits.clone(),
        queue_starts_empty: true,
    };
    let (log, limits, token) = (live.log, live.limits, shutdown.clone());
    let upkeep: BoxFuture<'static, ()> = Box::pin(async move {
        tokio::join!(log.run(token.clone()), limits.run(token));
    });
    Ok(Connected { backends, upkeep: vec![upkeep] })
}

async fn store(url: &str) -> anyhow::Result<Arc<SqliteStore>> {
    let path =
        url.strip_prefix("sqlite://").with_context(|| unknown("DATABASE_URL", url, "sqlite://"))?;
    let path = Path::new(path);
    if let Some(folder) = path.parent() {
        let unusable = || format!("DATA_DIR: cannot make the folder {}", folder.display());
        std::fs::create_dir_all(folder).with_context(unusable)?;
    }
    let store = SqliteStore::open(path).await;
    Ok(Arc::new(store.context("DATABASE_URL: the store cannot be opened")?))
}

fn queue(url: &str, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<MemoryQueue>> {
    anyhow::ensure!(url == "memory:", unknown("RABBITMQ_URL", url, "memory:"));
    Ok(Arc::new(MemoryQueue::new(Arc::clone(clock))))
}

struct Live {
    log: Arc<MemoryLog>,
    keys: Arc<MemoryKeyPool>,
    limits: Arc<MemoryLimits>,
}

fn live(url: &str, clock: &Arc<dyn Clock>) -> anyhow::Result<Live> {
    anyhow::ensure!(url == "memory:", unknown("REDIS_URL", url, "memory:"));
    // Leases and cooldowns must not end because somebody sets the machine's clock.
    let steady: Arc<dyn Clock> = Arc::new(SteadyClock::starting_with(clock.as_ref()));
    Ok(Live {
        log: Arc::new(MemoryLog::new(Arc::clone(&steady))),
        keys: Arc::new(MemoryKeyPool::new(Arc::clone(&steady))),
        limits: Arc::new(MemoryLimits::new(steady)),
    })
}

/// The scheme alone is shown: what follows it may hold a password.
fn unknown(setting: &str, url: &str, known: &str) -> String {
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    format!("{setting}: unknown scheme {scheme:?}; known: {known}")
}
