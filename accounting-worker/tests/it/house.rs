//! The service on a real store and queue, with a ledger that can be taken away.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use accounting_worker::{Config, Ports, run};
use async_trait::async_trait;
use chrono::NaiveDate;
use domain::{
    id::{GenerationId, UserId},
    ledger::{AuditEvent, UsageEvent},
};
use embedded::MemoryQueue;
use ports::{
    clock::SystemClock,
    queue::{Envelope, Queue, QueueOperations, Topic},
    store::{Accounts, Cursor, DailyUsage, Ledger, ModelUsage, Page, Posting, StoreError},
};
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use testkit::{clock::epoch, sample};
use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Longer than any test takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A ledger that can be taken away.
pub struct BreakableLedger {
    pub store: Arc<SqliteStore>,
    pub down: AtomicBool,
    pub refused: AtomicU64,
    pub calls: AtomicU64,
    /// The generation of entries that cannot be kept.
    pub unfit: Mutex<Option<GenerationId>>,
}

impl BreakableLedger {
    fn check(&self) -> Result<(), StoreError> {
        if self.down.load(SeqCst) {
            self.refused.fetch_add(1, SeqCst);
            let error = io::Error::other("taken down by the test");
            return Err(StoreError::Unavailable(error.into()));
        }
        self.calls.fetch_add(1, SeqCst);
        Ok(())
    }
}

#[async_trait]
impl Ledger for BreakableLedger {
    async fn audit(
        &self,
        from: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEvent>, StoreError> {
        self.store.audit(from, limit).await
    }

    async fn post_usage(&self, events: &[UsageEvent]) -> Result<Vec<Posting>, StoreError> {
        self.check()?;
        let unfit = *self.unfit.lock().unwrap();
        if events.iter().any(|event| Some(event.generation_id) == unfit) {
            return Err(StoreError::Inconsistent("unfit by the test".into()));
        }
        self.store.post_usage(events).await
    }

    async fn post_audit(&self, events: &[AuditEvent]) -> Result<Vec<Posting>, StoreError> {
        self.check()?;
        self.store.post_audit(events).await
    }

    async fn daily_usage(
        &self,
        user: UserId,
        from: NaiveDate,
    ) -> Result<Vec<DailyUsage>, StoreError> {
        self.store.daily_usage(user, from).await
    }

    async fn model_usage(&self, from: NaiveDate) -> Result<Vec<ModelUsage>, StoreError> {
        self.store.model_usage(from).await
    }
}

/// The service, and what it works on.
pub struct House {
    pub ledger: Arc<BreakableLedger>,
    pub queue: Arc<MemoryQueue>,
    pub user: UserId,
    shutdown: CancellationToken,
    working: JoinSet<()>,
    dir: TempDir,
}

/// Runs `test`; fails if it takes too long, or leaves a message behind.
pub async fn testing(test: impl AsyncFnOnce(&mut House)) {
    let work = async {
        let mut house = House::new().await;
        test(&mut house).await;
        house.end().await;
    };
    timeout(PATIENCE, work).await.expect("the test takes too long");
}

impl House {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(dir.path().join("test.db")).await.unwrap();
        let user = sample::user(epoch());
        store.create(sample::account(user.clone())).await.unwrap();
        let ledger = Arc::new(BreakableLedger {
            store: Arc::new(store),
            down: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            unfit: Mutex::new(None),
        });
        let queue = Arc::new(MemoryQueue::new(Arc::new(SystemClock)));
        let shutdown = CancellationToken::new();
        Self { ledger, queue, user: user.id, shutdown, working: JoinSet::new(), dir }
    }

    /// Starts the service.
    pub fn start(&mut self) {
        self.start_with(Config::default());
    }

    /// Starts it with `config`.
    pub fn start_with(&mut self, config: Config) {
        let ports = Ports {
            clock: Arc::new(SystemClock),
            queue: self.queue.clone(),
            ledger: self.ledger.clone(),
        };
        self.shutdown = CancellationToken::new();
        self.working.spawn(run(config, ports, self.shutdown.clone()));
    }

    /// Stops the service, and waits for its end.
    pub async fn stop(&mut self) {
        self.shutdown.cancel();
        while let Some(ended) = self.working.join_next().await {
            ended.unwrap();
        }
    }

    async fn end(mut self) {
        self.stop().await;
        for topic in [Topic::UsageEvents, Topic::AuditEvents] {
            let depth = self.queue.depth(&topic).await.unwrap();
            assert_eq!(depth, ports::queue::Depth::default(), "messages left in {topic}");
        }
        assert!(self.queue.dead_letters(10).await.unwrap().is_empty());
        self.ledger.store.close().await;
        self.dir.close().unwrap();
    }

    /// Publishes `body`.
    pub async fn publish(&self, topic: Topic, body: Vec<u8>) {
        let envelope = Envelope {
            message_id: Uuid::nil(),
            correlation_id: Uuid::nil(),
            kind: "entry".to_owned(),
            at: epoch(),
            headers: BTreeMap::new(),
            body: body.into(),
        };
        self.queue.publish(&topic, envelope, None).await.unwrap();
    }

    /// Tokens of the prompt, of the answer, and attempts, over all days.
    pub async fn totals(&self) -> (u64, u64, u64) {
        let from = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap();
        let days = self.ledger.daily_usage(self.user, from).await.unwrap();
        days.iter().fold((0, 0, 0), |(input, output, attempts), day| {
            (input + day.input_tokens, output + day.output_tokens, attempts + day.attempts)
        })
    }

    /// Starts it with `config`, when it is already told to stop, and waits for its end.
    pub async fn start_stopped(&mut self, config: Config) {
        self.start_with(config);
        self.stop().await;
    }

    /// Waits until `is` holds.
    pub async fn until(&self, is: impl AsyncFn() -> bool) {
        while !is().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until nothing of `topic` waits or is under way.
    pub async fn done_with(&self, topic: Topic) {
        self.until(async || {
            self.queue.depth(&topic).await.unwrap() == ports::queue::Depth::default()
        })
        .await;
    }
}
