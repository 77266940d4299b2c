//! What the chain does besides where it is to keep what it was asked: the round trips of Sluice's promises, each with
//! as little in it as can be, and no decision. A program that makes them cannot be faster than this.

use anyhow::Context;
use futures_util::StreamExt;
use lapin::{
    BasicProperties, Channel,
    options::{BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions},
    types::FieldTable,
};
use redis::{Script, aio::MultiplexedConnection};
use sqlx::PgPool;
use tokio_util::task::TaskTracker;

use super::worker::declare;

/// What the worker tells of its attempts.
const REPORTS: &str = "kept-reports";
/// Entries of the books.
const BOOKS: &str = "kept-books";

const TABLES: &str = "CREATE TABLE jobs (id text PRIMARY KEY, body text NOT NULL); \
     CREATE TABLE answers (id text PRIMARY KEY, state text NOT NULL)";
const SAID: &str = "SELECT id, question FROM bare ORDER BY id DESC LIMIT 20";
const KEEP: &str = "WITH job AS (INSERT INTO jobs (id, body) VALUES ($1, $2)) \
     INSERT INTO bare (id, question) VALUES ($1, $2)";
const TOLD: &str = "INSERT INTO answers (id, state) VALUES ($1, $2) \
     ON CONFLICT (id) DO UPDATE SET state = excluded.state";

/// Counts something for a minute.
const COUNT: &str =
    "local n = redis.call('INCR', KEYS[1]) redis.call('EXPIRE', KEYS[1], 60) return n";
/// Keeps an event, and passes it on.
const APPEND: &str =
    "redis.call('RPUSH', KEYS[1], ARGV[1]) return redis.call('PUBLISH', KEYS[1], ARGV[1])";

/// The part of the edge.
#[derive(Clone)]
pub struct EdgeKeeper {
    database: PgPool,
    broker: Channel,
    live: MultiplexedConnection,
    tasks: TaskTracker,
}

impl EdgeKeeper {
    pub async fn new(database: PgPool, broker: Channel, live: &str) -> anyhow::Result<Self> {
        sqlx::raw_sql(TABLES).execute(&database).await?;
        declare(&broker, REPORTS).await?;
        declare(&broker, BOOKS).await?;
        let live = redis::Client::open(live)?.get_multiplexed_async_connection().await?;
        Ok(Self { database, broker, live, tasks: TaskTracker::new() })
    }

    /// Counts the question, reads what was said before while its user's place is taken, and keeps the question and its job.
    pub async fn accept(&self, id: &str, question: &str) -> anyhow::Result<()> {
        count(&self.live, "asked").await?;
        let said = sqlx::query(SAID).fetch_all(&self.database);
        let (said, place) = tokio::join!(said, count(&self.live, "place"));
        said?;
        place?;
        sqlx::query(KEEP).bind(id).bind(question).execute(&self.database).await?;
        Ok(())
    }

    /// Keeps what the worker tells, and takes the entries of the books, for ever.
    pub async fn hear(&self) -> anyhow::Result<()> {
        tokio::try_join!(self.hear_reports(), self.hear_books()).map(|_| ())
    }

    async fn hear_reports(&self) -> anyhow::Result<()> {
        let mut reports = consume(&self.broker, REPORTS).await?;
        while let Some(report) = reports.next().await {
            let (report, keeper) = (report?, self.clone());
            self.tasks.spawn(async move {
                let text = String::from_utf8_lossy(&report.data).into_owned();
                let (state, id) = text.split_once(' ').context("no report")?;
                sqlx::query(TOLD).bind(id).bind(state).execute(&keeper.database).await?;
                if state == ENDED {
                    publish(&keeper.broker, BOOKS, id).await?;
                    publish(&keeper.broker, BOOKS, id).await?;
                }
                report.ack(BasicAckOptions::default()).await?;
                anyhow::Ok(())
            });
        }
        None.context("RabbitMQ is gone")
    }

    async fn hear_books(&self) -> anyhow::Result<()> {
        let mut entries = consume(&self.broker, BOOKS).await?;
        while let Some(entry) = entries.next().await {
            entry?.ack(BasicAckOptions::default()).await?;
        }
        None.context("RabbitMQ is gone")
    }
}

const STARTED: &str = "started";
const ENDED: &str = "ended";

/// The part of the worker.
#[derive(Clone)]
pub struct WorkerKeeper {
    broker: Channel,
    live: MultiplexedConnection,
    append: Script,
    tasks: TaskTracker,
}

impl WorkerKeeper {
    pub async fn new(broker: Channel, live: MultiplexedConnection) -> anyhow::Result<Self> {
        declare(&broker, REPORTS).await?;
        Ok(Self { broker, live, append: Script::new(APPEND), tasks: TaskTracker::new() })
    }

    /// Opens the log, and lends a key.
    pub async fn begin(&self) -> anyhow::Result<()> {
        count(&self.live, "open").await?;
        count(&self.live, "lent").await
    }

    /// Tells that the attempt began, beside whatever comes next.
    pub fn tell_started(&self, id: &str) {
        let (broker, report) = (self.broker.clone(), format!("{STARTED} {id}"));
        self.tasks.spawn(async move { publish(&broker, REPORTS, &report).await });
    }

    /// Keeps an event, and passes it on.
    pub async fn append(&self, channel: &str, event: &[u8]) -> anyhow::Result<()> {
        let mut live = self.live.clone();
        let _: i64 = self.append.key(channel).arg(event).invoke_async(&mut live).await?;
        Ok(())
    }

    /// Gives the key back while the log is ended, and tells that the attempt ended.
    pub async fn end(&self, id: &str) -> anyhow::Result<()> {
        let (given_back, sealed) =
            tokio::join!(count(&self.live, "lent"), count(&self.live, "sealed"));
        given_back?;
        sealed?;
        publish(&self.broker, REPORTS, &format!("{ENDED} {id}")).await
    }
}

async fn count(live: &MultiplexedConnection, key: &str) -> anyhow::Result<()> {
    let _: i64 = Script::new(COUNT).key(key).invoke_async(&mut live.clone()).await?;
    Ok(())
}

async fn publish(broker: &Channel, queue: &str, body: &str) -> anyhow::Result<()> {
    let properties = BasicProperties::default().with_delivery_mode(2);
    let options = BasicPublishOptions::default();
    let confirm =
        broker.basic_publish("".into(), queue.into(), options, body.as_bytes(), properties).await?;
    confirm.await?;
    Ok(())
}

async fn consume(broker: &Channel, queue: &str) -> anyhow::Result<lapin::Consumer> {
    broker.basic_qos(64, BasicQosOptions::default()).await?;
    let options = BasicConsumeOptions::default();
    Ok(broker.basic_consume(queue.into(), queue.into(), options, FieldTable::default()).await?)
}
