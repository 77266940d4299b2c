//! A worker and all it needs, for one test.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{
    event::{Event, SeqEvent},
    id::GenerationId,
    job::Job,
    ladder::RetryLadder,
    report::{Ended, Report, Spent},
    transcript::Transcript,
};
use embedded::{MemoryControls, MemoryKeyPool, MemoryLog, MemoryQueue};
use futures_util::StreamExt;
use ports::{
    Clock,
    clock::SystemClock,
    live::{EventLog, KeyPool, KeyState, LogPhase},
    queue::{Deliveries, Envelope, Queue, QueueOperations, Topic},
};
use provider_worker::{
    Config, Deadlines, Dialect, Limits, Ports, ProviderConfig, Providers, Reloads, StartError,
};
use secrecy::SecretString;
use simulated_provider::{CallView, Options, Rule, Running, SimulatedProvider};
use testkit::{clock::TokioClock, sample};
use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

/// No test waits longer than this for anything.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The rungs of the ladder in real time.
pub const RUNG: Duration = Duration::from_millis(40);

pub fn config(base_url: String, keys: &[&str]) -> Config {
    let ms = Duration::from_millis;
    Config {
        worker: "test-worker".to_owned(),
        providers: vec![ProviderConfig {
            name: sample::provider(),
            dialect: Dialect::OpenAi,
            base_url,
            usage_option: None,
            keys: keys.iter().map(|key| SecretString::from(*key).into()).collect(),
            limits: Vec::new(),
            max_output: BTreeMap::new(),
            key_cooldown: ms(60_000),
            deadlines: Deadlines {
                // Far beyond what a busy machine needs; tests of deadlines set their own.
                connect: ms(30_000),
                first_token: ms(30_000),
                thinking: ms(30_000),
                progress: ms(30_000),
                total: ms(50_000),
                after_finish: ms(300),
            },
            concurrency: 8,
        }],
        ladder: RetryLadder::new(vec![RUNG, RUNG * 2], 2).unwrap(),
        limits: Limits { max_answer_bytes: 4000, ..Limits::default() },
        reloads: Reloads::default(),
        grace: ms(10_000),
    }
}

/// The adapters of one installation; workers come and go.
pub struct World {
    pub clock: Arc<dyn Clock>,
    pub queue: Arc<MemoryQueue>,
    pub log: Arc<MemoryLog>,
    pub keys: Arc<MemoryKeyPool>,
    pub controls: Arc<MemoryControls>,
    reports: Deliveries,
    /// How long reports are waited for; turned time makes nothing of days.
    patience: Duration,
    /// Attempts of which the control plane heard that they began.
    pub started: Vec<u32>,
    /// What was spent in attempts whose end is not reported, as far as it was told.
    pub spent: Vec<Spent>,
    workers: JoinSet<Result<(), StartError>>,
    stop: CancellationToken,
}

impl World {
    pub async fn new(clock: Arc<dyn Clock>) -> Self {
        let queue = Arc::new(MemoryQueue::new(Arc::clone(&clock)));
        Self {
            log: Arc::new(MemoryLog::new(Arc::clone(&clock))),
            keys: Arc::new(MemoryKeyPool::new(Arc::clone(&clock))),
            controls: Arc::new(MemoryControls::new(Arc::clone(&clock))),
            reports: queue.consume(&Topic::Responses, 1).await.unwrap(),
            queue,
            clock,
            patience: PATIENCE,
            started: Vec::new(),
            spent: Vec::new(),
            workers: JoinSet::new(),
            stop: CancellationToken::new(),
        }
    }

    pub async fn real() -> Self {
        Self::new(Arc::new(SystemClock)).await
    }

    /// Time is turned by the runtime.
    pub async fn virtual_time() -> Self {
        let world = Self::new(Arc::new(TokioClock::new())).await;
        Self { patience: Duration::from_hours(72), ..world }
    }

    pub fn ports(&self) -> Ports {
        Ports {
            clock: Arc::clone(&self.clock),
            queue: Arc::<MemoryQueue>::clone(&self.queue),
            log_writer: Arc::<MemoryLog>::clone(&self.log),
            cancels: Arc::<MemoryLog>::clone(&self.log),
            keys: Arc::<MemoryKeyPool>::clone(&self.keys),
            controls: Arc::<MemoryControls>::clone(&self.controls),
        }
    }

    /// Starts a worker that speaks HTTP.
    pub fn start(&mut self, config: Config) {
        self.workers.spawn(provider_worker::run(config, self.ports(), self.stop.clone()));
    }

    /// Starts a worker with a provider of the test's own.
    pub fn start_with(&mut self, config: Config, provider: Arc<dyn ports::provider::Provider>) {
        self.start_on(self.ports(), config, provider);
    }

    /// The same, with ports of the test's own.
    pub fn start_on(
        &mut self,
        ports: Ports,
        config: Config,
        provider: Arc<dyn ports::provider::Provider>,
    ) {
        let providers: Providers = BTreeMap::from([(sample::provider(), provider)]);
        let worker = provider_worker::run_with(config, ports, providers, self.stop.clone());
        self.workers.spawn(worker);
    }

    /// Asks the workers to stop, and waits until they have.
    pub async fn stop_softly(&mut self) {
        self.stop.cancel();
        timeout(PATIENCE, async {
            while let Some(ended) = self.workers.join_next().await {
                ended.unwrap().unwrap();
            }
        })
        .await
        .expect("the worker stops");
        self.stop = CancellationToken::new();
    }

    /// Ends the workers as a crash does: nothing they hold is ended in order.
    pub async fn crash(&mut self) {
        self.workers.shutdown().await;
    }

    /// A job for `model` that asks `question`.
    pub fn job(&self, model: &str, question: &str) -> Job {
        let at = self.clock.now();
        let user = sample::user(at);
        let chat = sample::chat(user.id, at);
        let message = sample::message(chat.id, question, at);
        let generation = sample::generation(user.id, &message, at);
        Job { model: model.to_owned(), ..sample::job(&generation, question) }
    }

    /// Publishes `job`, and returns the id of its message.
    pub async fn publish(&self, job: &Job) -> uuid::Uuid {
        let row = sample::job_row(job, self.clock.now());
        let message = row.envelope.message_id;
        self.queue.publish(&row.topic, row.envelope, None).await.unwrap();
        message
    }

    /// Publishes a job for `model`, and returns it.
    pub async fn ask(&self, model: &str) -> Job {
        let job = self.job(model, "Hi?");
        self.publish(&job).await;
        job
    }

    /// The next report that an attempt ended.
    pub async fn ended(&mut self) -> Ended {
        timeout(self.patience, async {
            loop {
                if let Some(ended) = self.take_report().await {
                    return ended;
                }
            }
        })
        .await
        .expect("an attempt ends")
    }

    /// What was spent in an attempt whose end is not reported.
    pub async fn spent(&mut self) -> Spent {
        timeout(self.patience, async {
            while self.spent.is_empty() {
                let ended = self.take_report().await;
                assert_eq!(ended, None, "what was spent is told first");
            }
        })
        .await
        .expect("something is spent");
        self.spent.remove(0)
    }

    /// Takes the next report; answers if an attempt ended.
    async fn take_report(&mut self) -> Option<Ended> {
        let delivery = self.reports.next().await.unwrap().unwrap();
        let report = serde_json::from_slice(&delivery.envelope.body).unwrap();
        delivery.ack().await.unwrap();
        match report {
            Report::Started(started) => self.started.push(started.attempt),
            Report::Spent(spent) => self.spent.push(spent),
            Report::Ended(ended) => return Some(*ended),
        }
        None
    }

    /// The ids of the next `count` reports.
    pub async fn report_ids(&mut self, count: usize) -> Vec<uuid::Uuid> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let next = timeout(self.patience, self.reports.next()).await.expect("a report");
            let delivery = next.unwrap().unwrap();
            ids.push(delivery.envelope.message_id);
            delivery.ack().await.unwrap();
        }
        ids
    }

    /// The report of the end of the whole generation.
    pub async fn finished(&mut self) -> Ended {
        loop {
            let ended = self.ended().await;
            if ended.outcome.is_terminal() {
                return ended;
            }
        }
    }

    /// The report of the end of `job`, after publishing it.
    pub async fn answer(&mut self, model: &str) -> Ended {
        self.ask(model).await;
        self.finished().await
    }

    /// Whether no job is left with a worker or in the queue.
    pub async fn is_idle(&self) -> bool {
        let depth = self.queue.depth(&topic()).await.unwrap();
        depth.ready + depth.unsettled + depth.delayed == 0
    }

    /// Waits until no job is left.
    pub async fn idle(&self) {
        eventually("all jobs are done", async || self.is_idle().await).await;
    }

    /// Why jobs are among the dead letters.
    pub async fn dead_letters(&self) -> Vec<String> {
        let letters = self.queue.dead_letters(100).await.unwrap();
        letters.into_iter().map(|letter| letter.why).collect()
    }

    /// The whole log, checked: no gap, one writer's order.
    pub async fn events(&self, generation: GenerationId) -> Vec<Event> {
        let entries = self.entries(generation).await;
        let seqs: Vec<u64> = entries.iter().map(|entry| entry.seq).collect();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
        entries.into_iter().map(|entry| entry.event).collect()
    }

    /// The whole log as it is.
    async fn entries(&self, generation: GenerationId) -> Vec<SeqEvent> {
        let read = self.log.read(generation, 0, 100_000).await.unwrap();
        let event = |json: &[u8]| Event::from_json(json).unwrap();
        read.entries
            .iter()
            .map(|entry| SeqEvent { seq: entry.seq, event: event(&entry.json) })
            .collect()
    }

    pub async fn phase(&self, generation: GenerationId) -> LogPhase {
        self.log.read(generation, 0, 1).await.unwrap().phase
    }

    /// The text a viewer of the log has now.
    pub async fn text(&self, generation: GenerationId) -> String {
        self.entries(generation).await.iter().collect::<Transcript>().into_text()
    }

    /// The states of the keys, by name.
    pub async fn key_states(&self) -> Vec<KeyState> {
        let keys = self.keys.keys(&sample::provider()).await.unwrap();
        keys.into_iter().map(|key| key.state).collect()
    }

    /// How the key `secret` is.
    pub async fn key_state(&self, secret: &str) -> KeyState {
        let id = provider_worker::key_id(&sample::provider(), &SecretString::from(secret));
        let keys = self.keys.keys(&sample::provider()).await.unwrap();
        keys.into_iter().find(|key| key.key == id).expect("the key is registered").state
    }
}

/// A world with a worker and a simulated provider.
pub struct Real {
    pub world: World,
    pub simulated: Running,
}

impl Real {
    pub async fn with(keys: &[&str]) -> Self {
        Self::configured(keys, |config| config).await
    }

    pub async fn configured(keys: &[&str], change: impl FnOnce(Config) -> Config) -> Self {
        let simulated = SimulatedProvider::start(Options::default()).await.unwrap();
        let mut world = World::real().await;
        world.start(change(config(simulated.base_url(), keys)));
        Self { world, simulated }
    }

    /// The same with a provider that speaks `dialect`.
    pub async fn speaking(dialect: Dialect, keys: &[&str]) -> Self {
        let simulated = SimulatedProvider::start(Options::default()).await.unwrap();
        let mut world = World::real().await;
        let base_url = match dialect {
            Dialect::Gemini => simulated.gemini_base_url(),
            Dialect::OpenAi | Dialect::Anthropic => simulated.base_url(),
        };
        let mut config = config(base_url, keys);
        config.providers[0].dialect = dialect;
        config.providers[0].deadlines.progress = Duration::from_millis(300);
        world.start(config);
        Self { world, simulated }
    }

    pub fn calls(&self) -> Vec<CallView> {
        self.simulated.record().calls()
    }

    /// Calls with `key` are answered with `behavior`.
    pub fn when_key(&self, key: &str, behavior: &str) {
        let (key, behavior) = (Some(key.to_owned()), behavior.to_owned());
        self.simulated
            .script()
            .set(vec![Rule { model: None, key, times: None, behavior }])
            .unwrap();
    }

    /// The next `times` calls are answered with `behavior`.
    pub fn next_calls(&self, times: u32, behavior: &str) {
        let rule =
            Rule { model: None, key: None, times: Some(times), behavior: behavior.to_owned() };
        self.simulated.script().set(vec![rule]).unwrap();
    }

    pub async fn stop(mut self) {
        self.world.stop_softly().await;
        self.simulated.stop().await;
    }
}

pub fn topic() -> Topic {
    Topic::Requests(sample::provider())
}

/// Looks again and again until `holds`.
pub async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let look = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}

/// An envelope with `body` in the place of a job.
pub fn envelope(world: &World, body: &[u8]) -> Envelope {
    let row = sample::job_row(&world.job("m", "Hi?"), world.clock.now());
    Envelope { body: body.to_vec().into(), ..row.envelope }
}
