//! From URLs to ports: the one place where engines are chosen.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use embedded::{
    MemoryControls, MemoryKeyPool, MemoryLimits, MemoryLog, MemoryNotices, MemoryQueue, SteadyClock,
};
use futures_util::future::BoxFuture;
use live_redis::RedisLive;
use mail_smtp::SmtpMail;
use ports::{Broker, Clock, Live, Store, mail::Mail};
use queue_rabbitmq::RabbitQueue;
use secrecy::SecretString;
use store_postgres::PostgresStore;
use store_sqlite::SqliteStore;
use tokio_util::sync::CancellationToken;

use crate::{
    config::{Config, LiveUrl, QueueUrl, StoreUrl},
    folder,
    limits::WithFallback,
};

/// What has to run beside the services for the ports to keep their promises.
pub type Upkeep = BoxFuture<'static, ()>;

/// Connects to the store that `config` names; `service` is the name the store sees.
pub async fn store(config: &Config, service: &str) -> anyhow::Result<Store> {
    match &config.urls.store {
        StoreUrl::Sqlite(path) => Ok(Store::of(Arc::new(sqlite(path, &config.data_dir).await?))),
        StoreUrl::Postgres(url) => {
            let options = store_postgres::Options {
                max_connections: config.urls.store_connections,
                application_name: service.to_owned(),
                ..Default::default()
            };
            let store = PostgresStore::open(url, options).await;
            Ok(Store::of(Arc::new(store.context(NO_STORE)?)))
        }
    }
}

const NO_STORE: &str = "DATABASE_URL: the store cannot be opened";

/// Which version the tables of a store have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The version they have; none before the first.
    pub version: Option<i64>,
    /// The newest version known here.
    pub newest: i64,
}

/// Looks at the tables of the store that `config` names, and changes nothing.
pub async fn schema(config: &Config) -> anyhow::Result<Schema> {
    match &config.urls.store {
        StoreUrl::Sqlite(path) => Ok(Schema {
            version: SqliteStore::version(path).await.context(NO_STORE)?,
            newest: store_sqlite::NEWEST,
        }),
        StoreUrl::Postgres(url) => Ok(Schema {
            version: PostgresStore::version(url).await.context(NO_STORE)?,
            newest: store_postgres::NEWEST,
        }),
    }
}

async fn sqlite(path: &Path, data_dir: &Path) -> anyhow::Result<SqliteStore> {
    if let Some(folder) = path.parent() {
        let setting = if folder == data_dir { "DATA_DIR" } else { "DATABASE_URL" };
        folder::make(setting, folder)?;
    }
    SqliteStore::open(path).await.context(NO_STORE)
}

/// Connects to the broker that `config` names; `service` is the name the broker sees.
pub async fn broker(
    config: &Config,
    service: &str,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Broker> {
    match &config.urls.queue {
        QueueUrl::Memory => {
            let queue = Arc::new(MemoryQueue::new(Arc::clone(clock)));
            Ok(Broker { queue: queue.clone(), operations: queue, starts_empty: true })
        }
        QueueUrl::RabbitMq(url) => {
            let options = rabbitmq(config, url, service);
            let queue = RabbitQueue::connect(options, Arc::clone(clock)).await;
            let queue = Arc::new(queue.context("RABBITMQ_URL: the queue cannot be used")?);
            Ok(Broker { queue: queue.clone(), operations: queue, starts_empty: false })
        }
    }
}

fn rabbitmq(config: &Config, url: &SecretString, service: &str) -> queue_rabbitmq::Options {
    queue_rabbitmq::Options {
        management: config.urls.queue_management.clone(),
        request_queue: config.urls.request_queue.clone(),
        response_queue: config.urls.response_queue.clone(),
        rungs: config.worker.ladder.rungs().to_vec(),
        ..queue_rabbitmq::Options::new(url.clone(), service)
    }
}

/// Who carries the letters that `config` wants sent, if any.
pub fn mail(config: &Config) -> anyhow::Result<Option<Arc<dyn Mail>>> {
    let Some(mail) = &config.mail else { return Ok(None) };
    let options = mail_smtp::Options::new(mail.url.clone(), mail.from.clone());
    let mail = SmtpMail::new(&options).context("MAIL_URL, MAIL_FROM: no letter can be sent")?;
    instruments::letters_begin();
    Ok(Some(Arc::new(mail)))
}

/// Connects to the live side that `config` names. The upkeep ends with `shutdown`.
pub async fn live(
    config: &Config,
    clock: &Arc<dyn Clock>,
    shutdown: &CancellationToken,
) -> anyhow::Result<(Live, Upkeep)> {
    match &config.urls.live {
        LiveUrl::Memory => Ok(memory(clock.as_ref(), shutdown.clone())),
        LiveUrl::Redis(url) => redis(url, clock, shutdown.clone()).await,
    }
}

async fn redis(
    url: &SecretString,
    clock: &Arc<dyn Clock>,
    shutdown: CancellationToken,
) -> anyhow::Result<(Live, Upkeep)> {
    let options = live_redis::Options { url: url.clone(), ..Default::default() };
    let redis = RedisLive::connect(options).await.context("REDIS_URL: Redis cannot be used")?;
    let shared = Arc::new(redis.clone());
    let local = Arc::new(MemoryLimits::new(Arc::new(SteadyClock::starting_with(clock.as_ref()))));
    let live = Live {
        log_writer: shared.clone(),
        event_log: shared.clone(),
        cancels: shared.clone(),
        keys: shared.clone(),
        limits: Arc::new(WithFallback { shared: shared.clone(), local: local.clone() }),
        controls: shared.clone(),
        notices: shared,
    };
    let upkeep = async move {
        tokio::join!(redis.run(shutdown.clone()), local.run(shutdown));
    };
    Ok((live, Box::pin(upkeep)))
}

fn memory(clock: &dyn Clock, shutdown: CancellationToken) -> (Live, Upkeep) {
    // Leases and cooldowns must not end because somebody sets the machine's clock.
    let steady: Arc<dyn Clock> = Arc::new(SteadyClock::starting_with(clock));
    let log = Arc::new(MemoryLog::new(Arc::clone(&steady)));
    let limits = Arc::new(MemoryLimits::new(Arc::clone(&steady)));
    let live = Live {
        log_writer: log.clone(),
        event_log: log.clone(),
        cancels: log.clone(),
        keys: Arc::new(MemoryKeyPool::new(Arc::clone(&steady))),
        controls: Arc::new(MemoryControls::new(steady)),
        limits: limits.clone(),
        notices: Arc::new(MemoryNotices::default()),
    };
    let upkeep = async move {
        tokio::join!(log.run(shutdown.clone()), limits.run(shutdown));
    };
    (live, Box::pin(upkeep))
}
