//! A whole service on a free port.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use api::{Config, Ports};
use domain::{
    generation::Generation,
    id::{EventId, GenerationId, UserId},
    ledger::{AuditEvent, UsageEvent},
    model::{Catalog, ModelRef},
    time::Timestamp,
    usage::Usage,
};
use embedded::{
    MemoryControls, MemoryKeyPool, MemoryLimits, MemoryLog, MemoryNotices, MemoryQueue, SteadyClock,
};
use ports::{
    Clock,
    clock::SystemClock,
    live::{Cancels, EventLog, Limits, LogWriter},
    queue::{Depth, Queue, QueueOperations, Topic},
    store::{Chats, Generations, Jobs, Ledger, Outbox, Overdue, Progress, Sought},
};
use secrecy::SecretString;
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use testkit::sample;
use tokio::{net::TcpListener, sync::broadcast, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    Client, Worker,
    books::Books,
    breakable::{Breakable, Leaky, Switch},
    clock::StoppableClock,
    gaps::{Gappy, Gaps},
    late::Late,
    mailbox::Mailbox,
};

/// Longer than any test takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A whole service on a free port.
pub struct TestApp {
    /// Where it listens, as `http://127.0.0.1:…`.
    pub base: String,
    /// Its store.
    pub store: Arc<SqliteStore>,
    /// Its queues.
    pub queue: Arc<MemoryQueue>,
    /// Its event logs.
    pub log: Arc<MemoryLog>,
    /// Its provider keys.
    pub keys: Arc<MemoryKeyPool>,
    /// What its workers are told.
    pub controls: Arc<MemoryControls>,
    /// Where its letters arrive, if it has a public address.
    pub mailbox: Arc<Mailbox>,
    /// What tells it the time.
    pub clock: Arc<StoppableClock>,
    /// What it keeps in the books.
    pub books: Books,
    /// What it was told at start.
    pub config: Config,
    /// Takes the queue away.
    pub queue_switch: Arc<Switch>,
    /// Which of its queues were deleted.
    pub gaps: Arc<Gaps>,
    /// Takes away what tells how much waits in queues.
    pub operations_switch: Arc<Switch>,
    /// Takes away what commits the work of workers.
    pub store_switch: Arc<Switch>,
    /// Takes away the book of what was done.
    pub ledger_switch: Arc<Switch>,
    /// Takes chats down; what else the store has can still be read.
    pub chats_switch: Arc<Switch>,
    /// Takes away the answers to who refreshes.
    pub refresh_switch: Arc<Switch>,
    /// Takes the event logs, and wishes to stop, away.
    pub live_switch: Arc<Switch>,
    /// Takes away the knowledge of what streams other processes serve.
    pub seats_switch: Arc<Switch>,
    /// Tells its processes that some news were lost.
    pub lost_news: broadcast::Sender<()>,
    ports: Ports,
    shutdown: CancellationToken,
    serving: JoinSet<Result<(), api::RunError>>,
    dir: TempDir,
}

/// Runs `test` against the usual service; fails if it takes too long, or leaves anything behind.
pub async fn testing(test: impl AsyncFnOnce(&mut TestApp)) {
    testing_with(|_| {}, test).await;
}

/// Runs `test` against a service configured by `configure`.
pub async fn testing_with(
    configure: impl FnOnce(&mut Config),
    test: impl AsyncFnOnce(&mut TestApp),
) {
    let work = async {
        let mut config = usual_config();
        configure(&mut config);
        let mut app = TestApp::start(config).await;
        test(&mut app).await;
        app.stop().await;
    };
    timeout(PATIENCE, work).await.expect("the test takes too long");
}

fn usual_config() -> Config {
    let default = ModelRef { provider: sample::provider(), model: "sim-demo".to_owned() };
    let catalog = Catalog::new(default.clone(), vec![sample::provider()]);
    let secret = SecretString::from("a secret for tests, long enough to sign with");
    let mut config = Config::new(secret, catalog, vec![default]);
    config.operator_token = Some(SecretString::from("the token of this machine"));
    config.relay_interval = Duration::from_millis(50);
    config.requests_per_second = NonZeroU32::new(10_000).unwrap();
    config.requests_per_minute = NonZeroU32::new(10_000).unwrap();
    config.tries_per_minute = NonZeroU32::new(10_000).unwrap();
    config
}

impl TestApp {
    async fn start(config: Config) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(dir.path().join("test.db")).await.unwrap());
        let clock = Arc::new(StoppableClock::default());
        let steady: Arc<dyn Clock> = Arc::new(SteadyClock::starting_with(&SystemClock));
        let queue = Arc::new(MemoryQueue::new(Arc::new(SystemClock)));
        let log = Arc::new(MemoryLog::new(Arc::clone(&steady)));
        let keys = Arc::new(MemoryKeyPool::new(Arc::clone(&steady)));
        let controls = Arc::new(MemoryControls::new(steady));
        let [queue_switch, operations_switch, store_switch, live_switch, seats_switch] =
            <[Arc<Switch>; 5]>::default();
        let [ledger_switch, chats_switch, refresh_switch] = <[Arc<Switch>; 3]>::default();
        let (mailbox, gaps) = (Arc::new(Mailbox::default()), Arc::new(Gaps::default()));
        let lost_news = broadcast::Sender::new(8);
        let notices = Arc::new(MemoryNotices::default());
        let chats: Arc<dyn Chats> = store.clone();
        let progress: Arc<dyn Progress> = store.clone();
        let ledger: Arc<dyn Ledger> = store.clone();
        let ports = Ports {
            clock: clock.clone(),
            accounts: Arc::new(Late { switch: Arc::clone(&refresh_switch), port: store.clone() }),
            api_keys: store.clone(),
            chats: Arc::new(Breakable { switch: Arc::clone(&chats_switch), port: chats }),
            generations: store.clone(),
            progress: Arc::new(Breakable { switch: Arc::clone(&store_switch), port: progress }),
            jobs: store.clone(),
            outbox: store.clone(),
            ledger: Arc::new(Breakable { switch: Arc::clone(&ledger_switch), port: ledger }),
            pools: store.clone(),
            queue: breakable_queue(&queue_switch, &gaps, &queue),
            queue_operations: breakable_operations(&operations_switch, &queue),
            event_log: breakable_log(&live_switch, &log),
            cancels: breakable_cancels(&live_switch, &log),
            limits: breakable_limits(&seats_switch, clock.clone()),
            keys: keys.clone(),
            controls: controls.clone(),
            notices: Arc::new(Leaky { port: notices, lost: lost_news.clone() }),
            mail: Some(mailbox.clone()),
        };
        let mut app = Self {
            base: String::new(),
            store,
            books: Books::of(&queue),
            queue,
            log,
            keys,
            controls,
            mailbox,
            clock,
            config,
            queue_switch,
            gaps,
            operations_switch,
            store_switch,
            ledger_switch,
            chats_switch,
            refresh_switch,
            live_switch,
            seats_switch,
            lost_news,
            ports,
            shutdown: CancellationToken::new(),
            serving: JoinSet::new(),
            dir,
        };
        app.serve().await;
        app
    }

    async fn serve(&mut self) {
        self.shutdown = CancellationToken::new();
        self.base = self.start_beside().await;
    }

    /// Starts another process of the same installation, to end with this one; where it listens.
    pub async fn start_beside(&mut self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (config, ports) = (self.config.clone(), self.ports.clone());
        self.serving.spawn(api::run(listener, config, ports, self.shutdown.clone()));
        base
    }

    /// Asks the service to end, without waiting.
    pub fn ask_to_stop(&self) {
        self.shutdown.cancel();
    }

    /// Waits for the service to end.
    pub async fn ended(&mut self) {
        let Self { serving, books, .. } = self;
        let all_ended = async {
            while let Some(ended) = serving.join_next().await {
                ended.expect("the service does not panic").expect("the service ends well");
            }
        };
        // The service waits a while for its last entries to be booked.
        tokio::select! {
            () = all_ended => {}
            () = books.keep() => {}
        }
    }

    /// Ends the service as a kill would.
    pub async fn kill(&mut self) {
        self.serving.shutdown().await;
    }

    /// Starts the service again on the same store, queue and live side.
    pub async fn start_again(&mut self) {
        self.serve().await;
    }

    /// Starts the service again with queue and live side empty, as after a restart of the only
    /// process.
    pub async fn start_empty(&mut self) {
        let steady: Arc<dyn Clock> = Arc::new(SteadyClock::starting_with(&SystemClock));
        self.queue = Arc::new(MemoryQueue::new(Arc::new(SystemClock)));
        self.log = Arc::new(MemoryLog::new(Arc::clone(&steady)));
        self.keys = Arc::new(MemoryKeyPool::new(steady));
        self.ports.keys = self.keys.clone();
        self.books = Books::of(&self.queue);
        self.ports.queue = breakable_queue(&self.queue_switch, &self.gaps, &self.queue);
        self.ports.queue_operations = breakable_operations(&self.operations_switch, &self.queue);
        self.ports.event_log = breakable_log(&self.live_switch, &self.log);
        self.ports.cancels = breakable_cancels(&self.live_switch, &self.log);
        self.ports.limits = breakable_limits(&self.seats_switch, self.clock.clone());
        self.config.rescue_everything_at_start = true;
        self.serve().await;
    }

    async fn stop(mut self) {
        self.shutdown.cancel();
        self.ended().await;
        self.books.collect().await;
        let later = SystemClock.now() + Duration::from_hours(1);
        let unsent = self.store.claim(100, later, later).await.unwrap();
        assert!(unsent.is_empty(), "rows left in the outbox: {unsent:?}");
        let requests = Topic::Requests(sample::provider());
        for topic in [requests, Topic::Responses, Topic::UsageEvents, Topic::AuditEvents] {
            let depth = self.queue.depth(&topic).await.unwrap();
            assert_eq!(depth, Depth::default(), "messages left in {topic}");
        }
        let dead = self.queue.dead_letters(10).await.unwrap();
        assert!(dead.is_empty(), "dead letters left: {dead:?}");
        self.store.close().await;
        self.dir.close().unwrap();
    }

    /// Somebody without an account.
    pub fn anybody(&self) -> Client {
        Client::new(&self.base)
    }

    /// Somebody new who is signed in.
    pub async fn user(&self) -> Client {
        let email = sample::user(SystemClock.now()).email;
        let mut client = self.anybody();
        client.register(email.as_str(), "correct horse").await;
        client
    }

    /// Whoever runs the machine.
    pub fn operator(&self) -> Client {
        let mut client = self.anybody();
        client.session = serde_json::json!({ "accessToken": "the token of this machine" });
        client
    }

    /// A worker for the sample provider.
    pub async fn worker(&self) -> Worker {
        let queue: Arc<dyn Queue> = self.queue.clone();
        let log: Arc<dyn LogWriter> = self.log.clone();
        Worker::new(queue, log).await
    }

    /// The row of a generation.
    pub async fn generation(&self, user: &Client, id: &str) -> Option<Generation> {
        let id: GenerationId = id.parse().unwrap();
        let owner: UserId = user.id().parse().unwrap();
        Generations::find(self.store.as_ref(), owner, id).await.unwrap()
    }

    /// Waits until the row of a generation is as `is` wants it.
    pub async fn until(
        &self,
        user: &Client,
        id: &str,
        is: impl Fn(&Generation) -> bool,
    ) -> Generation {
        self.eventually(async || self.generation(user, id).await.filter(|row| is(row))).await
    }

    /// Books `tokens` that `user` spent just now.
    pub async fn book(&self, user: &Client, tokens: u64) {
        let event = UsageEvent {
            event_id: EventId::generate(now()),
            user_id: user.id().parse().unwrap(),
            generation_id: GenerationId::generate(now()),
            attempt: 1,
            provider: sample::provider(),
            model: "sim-demo".to_owned(),
            usage: Usage::by_provider(tokens, 0),
            cost: None,
            at: now(),
        };
        self.store.post_usage(&[event]).await.unwrap();
    }

    /// What is in the audit book, oldest first: who, what, to what.
    pub async fn noted(&self) -> Vec<(Option<String>, String, String)> {
        let page = self.store.audit(None, 100).await.unwrap();
        let entry =
            |event: AuditEvent| (event.actor.map(|id| id.to_string()), event.action, event.subject);
        page.items.into_iter().rev().map(entry).collect()
    }

    /// A chat of `user` that was not asked for over HTTP: nothing was counted.
    pub async fn chat_of(&self, user: &Client) -> String {
        let chat = sample::chat(user.id().parse().unwrap(), now());
        Chats::create(self.store.as_ref(), &chat).await.unwrap();
        chat.id.to_string()
    }

    /// Accepts a generation as another process does whose news are lost; its id.
    pub async fn accept_silently(&self, user: &Client, chat: &str, at: Timestamp) -> String {
        let (owner, chat) = (user.id().parse().unwrap(), chat.parse().unwrap());
        let new = sample::new_generation(owner, chat, "Hello?", at);
        self.store.admit(&new, at).await.unwrap();
        new.generation.id.to_string()
    }

    /// Waits until the job of an unfinished generation is published, and marked so.
    pub async fn published(&self, id: &str) {
        let future = now() + Duration::from_hours(1);
        let all = Overdue { queued_before: future, streaming_before: future };
        self.eventually(async || {
            let rows = self.store.overdue(all, 100).await.unwrap();
            rows.iter().any(|row| row.id.to_string() == id).then_some(())
        })
        .await;
    }

    /// Asks again and again until there is an answer. The patience of the test bounds it.
    pub async fn eventually<T>(&self, ask: impl AsyncFn() -> Option<T>) -> T {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until every report is settled, and takes out what is published for the books, which some wait for.
    pub async fn settled(&mut self) {
        let Self { queue, books, .. } = self;
        let all_settled = async {
            while queue.depth(&Topic::Responses).await.unwrap() != Depth::default() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::select! {
            () = all_settled => {}
            () = books.keep() => {}
        }
    }

    /// What of `user` is under way or waits.
    pub async fn jobs_of(&self, user: &Client) -> Vec<Generation> {
        let sought = Sought { user: Some(user.id().parse().unwrap()), ..Sought::default() };
        self.store.under_way(&sought, None, 100, now()).await.unwrap()
    }

    /// The log of a generation, for its readers.
    pub fn event_log(&self) -> &dyn EventLog {
        self.log.as_ref()
    }

    /// Generations, as workers move them.
    pub fn progress(&self) -> &dyn Progress {
        self.store.as_ref()
    }
}

fn breakable_queue(
    switch: &Arc<Switch>,
    gaps: &Arc<Gaps>,
    queue: &Arc<MemoryQueue>,
) -> Arc<dyn Queue> {
    let port: Arc<dyn Queue> = Arc::new(Gappy { gaps: Arc::clone(gaps), port: queue.clone() });
    Arc::new(Breakable { switch: Arc::clone(switch), port })
}

fn breakable_operations(
    switch: &Arc<Switch>,
    queue: &Arc<MemoryQueue>,
) -> Arc<dyn QueueOperations> {
    let port: Arc<dyn QueueOperations> = queue.clone();
    Arc::new(Breakable { switch: Arc::clone(switch), port })
}

fn breakable_log(switch: &Arc<Switch>, log: &Arc<MemoryLog>) -> Arc<dyn EventLog> {
    let port: Arc<dyn EventLog> = log.clone();
    Arc::new(Breakable { switch: Arc::clone(switch), port })
}

fn breakable_limits(switch: &Arc<Switch>, clock: Arc<dyn Clock>) -> Arc<dyn Limits> {
    let port: Arc<dyn Limits> = Arc::new(MemoryLimits::new(clock));
    Arc::new(Breakable { switch: Arc::clone(switch), port })
}

fn breakable_cancels(switch: &Arc<Switch>, log: &Arc<MemoryLog>) -> Arc<dyn Cancels> {
    let port: Arc<dyn Cancels> = log.clone();
    Arc::new(Breakable { switch: Arc::clone(switch), port })
}

/// Now, as the service sees it.
pub fn now() -> Timestamp {
    SystemClock.now()
}
