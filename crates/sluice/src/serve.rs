//! `sluice serve`: every service in one process.

mod stages;

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context;
use boot::{
    config::{self, Config},
    connect, files, folder,
    metrics::MetricsPage,
    port, secret, service,
    shutdown::{Hangup, Shutdown},
    telemetry,
};
use domain::email::Email;
use ports::{Clock, clock::SystemClock};
use provider_worker::Reloads;
use secrecy::SecretString;
use simulated_provider::{Options, SimulatedProvider};

use crate::{banner::Banner, place};
use stages::Stages;

/// What the operators' token is called among the secrets of the data directory.
pub const OPS_SECRET: &str = "ops";

/// Whom the one-time link signs in.
pub const LOCAL_ADMIN: &str = "admin@localhost";

/// How many calls the simulated provider remembers: enough to look at, and no burden for a process that runs on.
const CALLS_KEPT: usize = 1000;

/// Serves until a signal.
pub fn run(flags: BTreeMap<String, String>) -> anyhow::Result<()> {
    files::allow_many();
    let config = config::load(flags.clone(), config::process_environment())?;
    let _telemetry = telemetry::start("sluice", &config.log, config.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(&config, flags))
}

async fn serve(config: &Config, flags: BTreeMap<String, String>) -> anyhow::Result<()> {
    let (shutdown, means) = (Shutdown::default(), Hangup::from_terminal());
    let signals = shutdown.on_signals(means).context("cannot listen for signals")?;
    let work = async {
        // A signal before everything is connected ends the process at once: nothing is under way.
        let stages = tokio::select! {
            started = start(config, flags, &shutdown) => started?,
            () = shutdown.soft.cancelled() => return Ok(()),
        };
        stages.run(&shutdown.soft).await
    };
    tokio::select! {
        ended = work => ended,
        () = shutdown.hard.cancelled() => Ok(()),
        () = signals => Ok(()),
    }
}

/// Connects everything, starts every service and says where it is.
async fn start(
    config: &Config,
    flags: BTreeMap<String, String>,
    shutdown: &Shutdown,
) -> anyhow::Result<Stages> {
    folder::make("DATA_DIR", &config.data_dir)?;

    let mut stages = Stages::default();
    let listener = port::listen(config.http.listen).await?;
    let address = listener.local_addr()?;
    let last = stages.last().clone();
    let simulated = simulated(config, &mut stages).await?;
    let config = &with_simulated(config, simulated);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = connect::store(config, "sluice").await?;
    let broker = connect::broker(config, "sluice", &clock).await?;
    let (live, upkeep) = connect::live(config, &clock, &last).await?;
    stages.beside(upkeep);
    let metrics = MetricsPage::open(config.metrics).await?;
    let metrics_at = metrics.as_ref().map(MetricsPage::address).transpose()?;
    if let Some(page) = metrics {
        stages.beside(page.serve(last.clone()));
    }

    let welcome = secret::fresh();
    let api = api_config(config, broker.starts_empty, welcome.clone())?;
    let mut worker = provider_worker::settings::config(config, service::full_name("sluice"));
    worker.reloads = reloads(flags, config.providers.simulated_base_url.clone(), shutdown);
    let books = accounting_worker::Ports::new(Arc::clone(&clock), &store, &broker);
    let ports = provider_worker::Ports::new(Arc::clone(&clock), &broker, live.clone());
    stages.then("provider-worker", |stop| async move {
        Ok(provider_worker::run(worker, ports, stop).await?)
    });
    let mail = connect::mail(config)?;
    let ports = api::Ports { mail, ..api::Ports::new(clock, store, &broker, live) };
    stages.then("api", |stop| async move { Ok(api::run(listener, api, ports, stop).await?) });
    let prices = config.providers.prices.clone();
    let accounting = accounting_worker::Config { prices, ..Default::default() };
    stages.then("accounting-worker", |stop| async move {
        accounting_worker::run(accounting, books, stop).await;
        Ok(())
    });

    place::write(&config.data_dir, address)?;
    let banner = Banner { address, metrics: metrics_at, config, welcome: &welcome };
    service::announce(banner);
    Ok(stages)
}

/// Reads the providers' settings again when `shutdown` hears of it; the simulated one stays where it is.
fn reloads(
    flags: BTreeMap<String, String>,
    simulated: Option<String>,
    shutdown: &Shutdown,
) -> Reloads {
    let load = move || {
        let config = config::load(flags.clone(), config::process_environment());
        let config = config.map_err(|errors| errors.to_string())?;
        let config = with_simulated(&config, simulated.clone());
        Ok(provider_worker::settings::providers(&config))
    };
    Reloads::new(load, Arc::clone(&shutdown.hangup))
}

/// Fails if `config` is right in itself, but nothing to serve with.
pub fn check(config: &Config) -> anyhow::Result<()> {
    // Where it is to be is known when it is there.
    let inside = is_inside(config).then(|| "http://127.0.0.1".to_owned());
    let config = with_simulated(config, inside);
    api::settings::config(&config, SecretString::default(), false).map(drop)
}

/// Starts the simulated provider, if it is wanted here, and says where it is.
async fn simulated(config: &Config, stages: &mut Stages) -> anyhow::Result<Option<String>> {
    if !is_inside(config) {
        return Ok(None);
    }
    let options = Options { calls_kept: Some(CALLS_KEPT), ..Options::default() };
    let provider = SimulatedProvider::bind(([127, 0, 0, 1], 0).into(), options).await?;
    let base_url = provider.base_url();
    let stop = stages.last().clone();
    stages.beside(async move {
        if let Err(error) = provider.run(stop).await {
            tracing::error!(%error, "the simulated provider ended");
        }
    });
    Ok(Some(base_url))
}

/// Whether the simulated provider runs in this process.
fn is_inside(config: &Config) -> bool {
    config.providers.simulated && config.providers.simulated_base_url.is_none()
}

/// The settings, with the address of the simulated provider that runs in this process.
fn with_simulated(config: &Config, base_url: Option<String>) -> Config {
    let mut config = config.clone();
    config.providers.simulated_base_url = base_url.or(config.providers.simulated_base_url);
    config
}

fn api_config(
    config: &Config,
    starts_empty: bool,
    welcome: SecretString,
) -> anyhow::Result<api::Config> {
    let jwt_secret = match &config.auth.jwt_secret {
        Some(secret) => secret.clone(),
        None => secret::kept(&config.data_dir, "jwt")?,
    };
    let welcome = api::Welcome { token: welcome, email: Email::parse(LOCAL_ADMIN)? };
    let data_dir = &config.data_dir;
    let config = api::settings::config(config, jwt_secret, starts_empty)?;
    let operator_token = match config.operator_token {
        Some(token) => token,
        None => secret::kept(data_dir, OPS_SECRET)?,
    };
    Ok(api::Config { welcome: Some(welcome), operator_token: Some(operator_token), ..config })
}
