//! The loop: deliveries and permits. It knows nothing of language models.

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{Arc, RwLock},
    time::{Duration, Instant},
};

use ::ports::{
    provider::Provider,
    queue::{Deliveries, Delivery, Topic},
};
use domain::model::ProviderName;
use futures_util::{FutureExt, StreamExt};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    attempt,
    breakers::Breakers,
    calls::Calls,
    cancels::Routes,
    config::{Config, ProviderConfig},
    keyring::Keyring,
    lane::{Lane, LaneRef},
    load::Load,
    plan::{self, Plan, Plans},
    ports::Ports,
    probing,
    providers::{BaseUrl, InvalidBaseUrl},
    reload,
};

/// The pause before subscribing or registering again.
const PAUSE: Duration = Duration::from_secs(1);

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
    /// No HTTP client can be built, for example for want of CA certificates.
    #[error("no HTTP client for provider {provider}")]
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
    let client = base.provider(provider.clone(), config.dialect, config.deadlines, clock);
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
        max_output: RwLock::new(own.max_output.clone()),
        lease: own.deadlines.connect + own.deadlines.total + SLACK,
        first_token: own.deadlines.connect + own.deadlines.first_token,
        key_cooldown: own.key_cooldown,
        concurrency: own.concurrency.max(1),
        plans: Plans::new(own.concurrency.max(1)),
        ladder: config.ladder.clone(),
        limits: config.limits,
        routes: shared.routes.clone(),
        load: shared.load.clone(),
        calls: shared.calls.clone(),
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

async fn drain(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}

/// Serves one provider's queue until `stop`, and then until what is under way has ended.
async fn serve(lane: LaneRef, stop: CancellationToken) {
    let mut attempts = JoinSet::new();
    let wish = stop.run_until_cancelled(plan::learn(&lane)).await.unwrap_or_default();
    stop.run_until_cancelled(register(&lane)).await;
    instruments::slots(lane.name.as_str(), lane.concurrency);
    // What is under way is told until it has ended.
    tokio::select! {
        () = plan::keep(&lane, wish) => {}
        () = follow_limits(&lane) => {}
        () = probing::probe_all(&lane) => {}
        () = async {
            take_all(&lane, &mut attempts, &stop).await;
            drain(&mut attempts).await;
        } => {}
    }
}

/// Works on what the queue has, as the plan wants it, until `stop`.
async fn take_all(lane: &LaneRef, attempts: &mut JoinSet<()>, stop: &CancellationToken) {
    let mut plans = lane.plans.follow();
    while !stop.is_cancelled() {
        let plan = *plans.borrow_and_update();
        if plan.paused {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = plans.changed() => {}
                Some(_) = attempts.join_next() => {}
            }
        } else if let Some(deliveries) = stop.run_until_cancelled(subscribe(lane, plan.slots)).await
        {
            take(lane, deliveries, &mut plans, attempts, stop).await;
        }
    }
}

/// Tells the pool of keys which limit operators wish, whenever that changes, for ever.
async fn follow_limits(lane: &Lane) {
    let mut wished = lane.plans.per_minute();
    while wished.changed().await.is_ok() {
        register(lane).await;
        tracing::info!(provider = %lane.name, per_minute = *wished.borrow(), "a new limit of keys");
    }
}

/// Tells the pool which keys there are.
pub(crate) async fn register(lane: &Lane) {
    let per_minute = *lane.plans.per_minute().borrow();
    let specs = lane.keyring().specs(per_minute);
    while let Err(error) = lane.ports.keys.register(&lane.name, &specs).await {
        tracing::warn!(%error, provider = %lane.name, "cannot register keys");
        sleep(PAUSE).await;
    }
}

async fn subscribe(lane: &Lane, slots: u16) -> Deliveries {
    let topic = Topic::Requests(lane.name.clone());
    loop {
        match lane.ports.queue.consume(&topic, slots).await {
            Ok(deliveries) => return deliveries,
            Err(error) => tracing::warn!(%error, %topic, "cannot subscribe"),
        }
        sleep(PAUSE).await;
    }
}

/// Works on deliveries as they come, until the subscription ends, the plan changes, or the service
/// stops.
///
/// The queue bounds how many are out at once; that bound is held across subscriptions, when work of
/// the former one is still under way.
async fn take(
    lane: &LaneRef,
    mut deliveries: Deliveries,
    plans: &mut watch::Receiver<Plan>,
    attempts: &mut JoinSet<()>,
    stop: &CancellationToken,
) {
    let slots = usize::from(plans.borrow().slots);
    loop {
        let delivery = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            _ = plans.changed() => return,
            Some(_) = attempts.join_next() => continue,
            delivery = deliveries.next(), if attempts.len() < slots => delivery,
        };
        match delivery {
            Some(Ok(delivery)) => {
                let lane = lane.clone();
                attempts.spawn(async move {
                    let _busy = lane.plans.begin(lane.name.as_str());
                    survive(&lane, delivery).await;
                });
            }
            Some(Err(error)) => {
                tracing::warn!(%error, provider = %lane.name, "the subscription broke");
                break;
            }
            None => break,
        }
    }
    stop.run_until_cancelled(sleep(PAUSE)).await;
}

/// Works on `delivery`. A panic ends this job's work only: its delivery is dropped with it, so the
/// queue hands it over again, and counts.
async fn survive(lane: &LaneRef, delivery: Delivery) {
    let generation = delivery.envelope.correlation_id;
    let work = AssertUnwindSafe(attempt::work(lane, delivery));
    if work.catch_unwind().await.is_err() {
        tracing::error!(%generation, provider = %lane.name, "work on a job panicked");
    }
}
