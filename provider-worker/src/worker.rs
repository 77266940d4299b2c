//! A worker: its lanes, one for each provider, from the start to the end of the grace time.

use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use ::ports::provider::Provider;
use domain::model::ProviderName;
use tokio::{sync::Notify, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    breakers::Breakers,
    calls::Calls,
    cancels::Routes,
    config::{Config, ProviderConfig},
    driver::{drain, serve},
    keyring::Keyring,
    lane::{Lane, LaneRef},
    lines::Lines,
    load::Load,
    plan::Plans,
    ports::Ports,
    providers::{BaseUrl, InvalidBaseUrl},
    registering::Registering,
    reload,
};

/// How long jobs may take to be handed back once the grace time is over.
const HAND_BACK: Duration = Duration::from_secs(5);

/// How much longer than its deadlines a call may count as under way.
const SLACK: Duration = Duration::from_secs(30);

/// The providers by name.
pub type Providers = BTreeMap<ProviderName, Arc<dyn Provider>>;

/// The worker cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A provider's address cannot be used.
    #[error("the base URL of provider {provider} {source}")]
    BaseUrl {
        /// Whose.
        provider: ProviderName,
        /// Why.
        source: InvalidBaseUrl,
    },
    /// No HTTP client can be built: for want of CA certificates, or since `HTTP_PROXY` is no address.
    #[error(
        "no HTTP client for provider {provider}: there must be CA certificates, and HTTP_PROXY, where it is set, must \
         be an address such as http://10.0.0.7:3128"
    )]
    Client {
        /// For whom.
        provider: ProviderName,
        /// Why.
        source: reqwest::Error,
    },
    /// A provider is configured and nobody speaks to it.
    #[error("provider {0} is configured and not among those given")]
    Missing(ProviderName),
}

/// Works until `shutdown` is canceled and what was under way has ended or was handed back.
///
/// On shutdown no more jobs are taken; answers under way may go on for the grace time, then their
/// jobs go back to the queue. Dropping the future ends everything at once: deliveries that did not
/// end are handed over again by the queue.
pub async fn run(
    config: Config,
    ports: Ports,
    shutdown: CancellationToken,
) -> Result<(), StartError> {
    let providers = config.providers.iter().map(|provider| {
        let name = provider.name.clone();
        Ok((name, connect(provider, &ports)?))
    });
    let providers = providers.collect::<Result<Providers, StartError>>()?;
    run_with(config, ports, providers, shutdown).await
}

fn connect(config: &ProviderConfig, ports: &Ports) -> Result<Arc<dyn Provider>, StartError> {
    let provider = config.name.clone();
    let base = BaseUrl::parse(&config.base_url)
        .map_err(|source| StartError::BaseUrl { provider: provider.clone(), source })?;
    let clock = Arc::clone(&ports.clock);
    let client = base.provider(config, clock);
    Ok(Arc::new(client.map_err(|source| StartError::Client { provider, source })?))
}

/// What all lanes of one worker share.
#[derive(Default)]
struct Shared {
    routes: Routes,
    load: Load,
    calls: Calls,
    hand_back: CancellationToken,
}

/// [`run`] with providers made elsewhere; their addresses, dialects and deadlines are not looked at.
pub async fn run_with(
    config: Config,
    ports: Ports,
    providers: Providers,
    shutdown: CancellationToken,
) -> Result<(), StartError> {
    let shared = Shared::default();
    let lanes = config.providers.iter().map(|provider| {
        let found = providers.get(&provider.name).map(Arc::clone);
        let found = found.ok_or_else(|| StartError::Missing(provider.name.clone()))?;
        Ok(lane(&config, provider, &ports, found, &shared))
    });
    let lanes: Arc<[Lane]> = lanes.collect::<Result<Vec<Lane>, StartError>>()?.into();

    let mut beside = JoinSet::new();
    let cancels = Arc::clone(&ports.cancels);
    let routes = shared.routes.clone();
    beside.spawn(async move { routes.listen(&*cancels).await });
    beside.spawn(reload::keep(config.reloads.clone(), Arc::clone(&lanes), ports));

    let mut running = JoinSet::new();
    for lane in LaneRef::all(&lanes) {
        running.spawn(serve(lane, shutdown.clone()));
    }
    shutdown.cancelled().await;
    wind_down(running, config.grace, &shared.hand_back).await;
    beside.shutdown().await;
    Ok(())
}

fn lane(
    config: &Config,
    own: &ProviderConfig,
    ports: &Ports,
    provider: Arc<dyn Provider>,
    shared: &Shared,
) -> Lane {
    Lane {
        worker: config.worker.clone(),
        ports: ports.clone(),
        name: own.name.clone(),
        provider,
        breakers: Breakers::new(own.name.clone()),
        keyring: RwLock::new(Arc::new(Keyring::new(&own.name, &own.keys, &own.limits))),
        has_new_keys: Notify::new(),
        registering: Registering::default(),
        max_output: RwLock::new(own.max_output.clone()),
        lease: own.deadlines.connect + own.deadlines.total + SLACK,
        deadlines: own.deadlines,
        key_cooldown: own.key_cooldown,
        concurrency: own.concurrency.max(1),
        plans: Plans::new(own.concurrency.max(1)),
        ladder: config.ladder.clone(),
        limits: config.limits,
        routes: shared.routes.clone(),
        load: shared.load.clone(),
        calls: shared.calls.clone(),
        lines: Lines::default(),
        hand_back: shared.hand_back.clone(),
    }
}

/// Waits for what is under way, for the grace time and a little longer; then drops the rest.
async fn wind_down(mut running: JoinSet<()>, grace: Duration, hand_back: &CancellationToken) {
    let begun = Instant::now();
    if timeout(grace, drain(&mut running)).await.is_err() {
        tracing::info!("the grace time is over; handing jobs back");
        hand_back.cancel();
        if timeout(HAND_BACK, drain(&mut running)).await.is_err() {
            tracing::warn!("some jobs could not be handed back; the queue will notice by itself");
        }
    }
    running.shutdown().await;
    tracing::info!(elapsed = ?begun.elapsed(), "worker stopped");
}
