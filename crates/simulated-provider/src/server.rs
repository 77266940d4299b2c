//! The server.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
    serve::ListenerExt,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    behavior::Behavior,
    control,
    dialect::{anthropic, gemini, openai},
    models,
    record::Record,
    script::Script,
};

/// How a simulated provider is set up.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Chooses among the texts of the demonstration model.
    pub seed: u64,
    /// Before the first token of models whose name does not say.
    pub demo_ttft: Duration,
    /// Between tokens of such models.
    pub demo_gap: Duration,
    /// How many calls the record keeps, of each what its question and its answer begin with; all of all where it is
    /// absent.
    pub calls_kept: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        let (demo_ttft, demo_gap) = (Duration::from_millis(250), Duration::from_millis(22));
        Self { seed: 1, demo_ttft, demo_gap, calls_kept: None }
    }
}

/// What all calls share.
#[derive(Debug)]
pub struct Shared {
    pub record: Record,
    pub script: Script,
    pub stop: CancellationToken,
    pub seed: u64,
    options: Options,
    numbers: AtomicU64,
}

impl Shared {
    pub fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The pace of models whose name does not say.
    pub fn demo_pace(&self, tokens: usize) -> Behavior {
        let Options { demo_ttft: ttft, demo_gap: gap, .. } = self.options;
        Behavior { tokens, ttft, gap, ..Behavior::default() }
    }
}

/// A simulated provider that listens and does not answer yet.
#[derive(Debug)]
pub struct SimulatedProvider {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl SimulatedProvider {
    /// Listens at `address`; port 0 takes a free one.
    pub async fn bind(address: SocketAddr, options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let shared = Arc::new(Shared {
            record: Record::of(options.calls_kept),
            script: Script::default(),
            stop: CancellationToken::new(),
            seed: options.seed,
            options,
            numbers: AtomicU64::new(0),
        });
        Ok(Self { address: listener.local_addr()?, listener, shared })
    }

    /// Listens at a free port of this machine, and answers in the background.
    pub async fn start(options: Options) -> io::Result<Running> {
        let provider = Self::bind(([127, 0, 0, 1], 0).into(), options).await?;
        let (address, shared) = (provider.address, Arc::clone(&provider.shared));
        let stop = CancellationToken::new();
        #[expect(clippy::disallowed_methods, reason = "`Running` holds the task and ends it")]
        let task = tokio::spawn(provider.run(stop.clone()));
        Ok(Running { address, shared, stop, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where clients find the dialects of OpenAI and Anthropic.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Where clients find the dialect of Gemini.
    #[must_use]
    pub fn gemini_base_url(&self) -> String {
        format!("http://{}/v1beta", self.address)
    }

    /// What happened.
    #[must_use]
    pub fn record(&self) -> Record {
        self.shared.record.clone()
    }

    /// Answers until `stop`; answers under way break off then.
    pub async fn run(self, stop: CancellationToken) -> io::Result<()> {
        let app = Router::new()
            .route("/v1/chat/completions", post(openai::chat_completions))
            .route("/v1/models", get(models::openai))
            .route("/v1beta/models", get(models::gemini))
            .route("/v1/messages", post(anthropic::messages))
            .route("/v1beta/models/{call}", post(gemini::generate))
            .nest("/control", control::routes())
            .layer(DefaultBodyLimit::max(64 << 20))
            .with_state(Arc::clone(&self.shared));
        let record = self.shared.record.clone();
        let listener = self.listener.tap_io(move |stream| {
            record.connected();
            // A token held back until the next one would falsify every figure.
            let _ = stream.set_nodelay(true);
        });
        let shared = self.shared;
        let stopped = async move {
            stop.cancelled().await;
            shared.stop.cancel();
        };
        axum::serve(listener, app).with_graceful_shutdown(stopped).await
    }
}

/// A simulated provider that answers in the background.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where clients find the dialects of OpenAI and Anthropic.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Where clients find the dialect of Gemini.
    #[must_use]
    pub fn gemini_base_url(&self) -> String {
        format!("http://{}/v1beta", self.address)
    }

    /// What happened.
    #[must_use]
    pub fn record(&self) -> Record {
        self.shared.record.clone()
    }

    /// What is to happen.
    #[must_use]
    pub fn script(&self) -> Script {
        self.shared.script.clone()
    }

    /// Ends it, and waits until it has ended.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // Idle connections of clients would hold a graceful end up.
        if tokio::time::timeout(Duration::from_secs(1), &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
        self.task.abort();
    }
}
