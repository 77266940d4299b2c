//! Workers in this process, with a pool of keys in Redis and clocks that disagree.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Context;
use cluster::servers::Redis;
use domain::{
    id::GenerationId, job::Job, ladder::RetryLadder, model::ProviderName, report::Report,
    time::Timestamp,
};
use embedded::{MemoryControls, MemoryLog, MemoryQueue};
use futures_util::StreamExt;
use ports::{
    Clock,
    clock::SystemClock,
    queue::{Deliveries, Queue, Topic},
};
use provider_worker::{
    Config, Deadlines, Dialect, Limits, Ports, ProviderConfig, Reloads, StartError,
};
use secrecy::SecretString;
use tempfile::TempDir;
use testkit::sample;
use tokio::{task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

/// The clocks of neighbours differ by so much, to and fro.
const OFFSET: Duration = Duration::from_mins(5);

/// How long the last answers may take beyond their first rung.
const PATIENCE: Duration = Duration::from_mins(1);

/// The first wait of the ladder.
pub struct FirstRung(pub Duration);

/// A clock that is wrong.
struct Wrong {
    ahead: bool,
}

impl Clock for Wrong {
    fn now(&self) -> Timestamp {
        let now = SystemClock.now();
        if self.ahead { now + OFFSET } else { now - OFFSET }
    }
}

/// Workers that share a queue, and keys.
pub struct Fleet {
    queue: Arc<MemoryQueue>,
    reports: Deliveries,
    workers: JoinSet<Result<(), StartError>>,
    stop: CancellationToken,
    _redis: Redis,
    _folder: TempDir,
}

impl Fleet {
    /// `count` workers for `providers`, each with its name, address and keys, as `change` changes them.
    pub async fn start(
        count: usize,
        providers: &[(&str, String, &[&str])],
        change: impl Fn(&mut ProviderConfig),
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let redis = Redis::start(&folder.path().join("redis")).await?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let queue = Arc::new(MemoryQueue::new(Arc::clone(&clock)));
        let log = Arc::new(MemoryLog::new(Arc::clone(&clock)));
        let controls = Arc::new(MemoryControls::new(clock));
        let (mut workers, stop) = (JoinSet::new(), CancellationToken::new());
        for number in 0..count {
            let ports = Ports {
                clock: Arc::new(Wrong { ahead: number % 2 == 0 }),
                queue: Arc::<MemoryQueue>::clone(&queue),
                log_writer: Arc::<MemoryLog>::clone(&log),
                cancels: Arc::<MemoryLog>::clone(&log),
                keys: Arc::new(super::connect(&redis).await?),
                controls: Arc::<MemoryControls>::clone(&controls),
            };
            let mut configured =
                providers.iter().map(provider).collect::<anyhow::Result<Vec<_>>>()?;
            configured.iter_mut().for_each(&change);
            let config = config(number, configured);
            workers.spawn(provider_worker::run(config, ports, stop.clone()));
        }
        let reports = queue.consume(&Topic::Responses, 1000).await?;
        Ok(Self { queue, reports, workers, stop, _redis: redis, _folder: folder })
    }

    /// Asks `provider` for an answer of `model`.
    pub async fn ask(&self, provider: &str, model: &str) -> anyhow::Result<()> {
        let at = SystemClock.now();
        let user = sample::user(at);
        let chat = sample::chat(user.id, at);
        let message = sample::message(chat.id, "Hi?", at);
        let generation = sample::generation(user.id, &message, at);
        let generation_id = GenerationId::generate(at);
        let provider = ProviderName::parse(provider)?;
        let model = model.to_owned();
        let job = Job { generation_id, provider, model, ..sample::job(&generation, "Hi?") };
        let row = sample::job_row(&job, at);
        self.queue.publish(&Topic::Requests(job.provider.clone()), row.envelope, None).await?;
        Ok(())
    }

    /// How all of `count` ended.
    pub async fn all_ended(
        &mut self,
        count: usize,
        FirstRung(rung): FirstRung,
    ) -> anyhow::Result<Vec<String>> {
        let mut ended = Vec::new();
        let all = async {
            while ended.len() < count {
                let delivery = self.reports.next().await.context("the reports ended")??;
                let report = serde_json::from_slice(&delivery.envelope.body)?;
                delivery.ack().await?;
                if let Report::Ended(report) = report
                    && report.outcome.is_terminal()
                {
                    ended.push(report.outcome.name().to_owned());
                }
            }
            anyhow::Ok(())
        };
        timeout(rung + PATIENCE, all).await.context("some answers never came")??;
        Ok(ended)
    }

    /// Ends the workers.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.workers.join_next().await.is_some() {}
    }
}

fn provider((name, base_url, keys): &(&str, String, &[&str])) -> anyhow::Result<ProviderConfig> {
    Ok(ProviderConfig {
        name: ProviderName::parse(name)?,
        dialect: Dialect::OpenAi,
        base_url: base_url.clone(),
        usage_option: None,
        keys: keys.iter().map(|key| SecretString::from(*key).into()).collect(),
        limits: Vec::new(),
        max_output: BTreeMap::new(),
        key_cooldown: Duration::from_mins(1),
        deadlines: Deadlines::default(),
        concurrency: 64,
    })
}

fn config(number: usize, providers: Vec<ProviderConfig>) -> Config {
    Config {
        worker: format!("worker-{number}"),
        providers,
        ladder: RetryLadder::default(),
        limits: Limits::default(),
        reloads: Reloads::default(),
        // What waits for a key when the figures are taken waits in vain.
        grace: Duration::from_secs(1),
    }
}
