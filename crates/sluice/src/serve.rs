//! `sluice serve`: every service in one process.

mod stages;

use std::{collections::BTreeMap, fs, io::Write, num::NonZeroU32};

use anyhow::Context;
use boot::{
    config::{self, Config},
    connect::{Connected, connect},
    secret,
    shutdown::Shutdown,
    telemetry,
};
use domain::email::Email;
use ports::Backends;
use secrecy::SecretString;
use simulated_provider::{Options, SimulatedProvider};

use crate::{
    banner::Banner,
    port,
    providers::{Answering, answering},
};
use stages::Stages;

/// Whom the one-time link signs in.
const LOCAL_ADMIN: &str = "admin@localhost";

/// Serves until a signal.
pub fn run(flags: BTreeMap<String, String>) -> anyhow::Result<()> {
    let config = config::load(flags, config::process_environment())?;
    telemetry::start(&config.log, config.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(&config))
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    let shutdown = Shutdown::default();
    let signals = shutdown.on_signals().context("cannot listen for signals")?;
    let data_dir = || format!("DATA_DIR: cannot make the folder {}", config.data_dir.display());
    fs::create_dir_all(&config.data_dir).with_context(data_dir)?;

    let mut stages = Stages::default();
    let listener = port::listen(config.http.listen).await?;
    let address = listener.local_addr()?;
    let last = stages.last().clone();
    let simulated = simulated(config, &mut stages).await?;
    let answering = answering(config, simulated.as_deref())?;
    let Connected { backends, upkeep } = connect(&config.urls, &last).await?;
    for task in upkeep {
        stages.beside(task);
    }

    let welcome = secret::fresh();
    let api = api_config(config, &answering, &backends, welcome.clone())?;
    let worker = worker_config(config, answering.providers);
    let ports = provider_worker::Ports::from(&backends);
    stages.then("provider-worker", |stop| async move {
        Ok(provider_worker::run(worker, ports, stop).await?)
    });
    let ports = api::Ports::from(&backends);
    stages.then("api", |stop| async move { Ok(api::run(listener, api, ports, stop).await?) });
    let ports = accounting_worker::Ports::from(&backends);
    stages.then("accounting-worker", |stop| async move {
        accounting_worker::run(accounting_worker::Config::default(), ports, stop).await;
        Ok(())
    });

    let (data_dir, providers) = (&config.data_dir, &answering.phrases);
    let banner = Banner { address, data_dir, welcome: &welcome, providers };
    write!(std::io::stdout(), "{banner}")?;
    tokio::select! {
        ended = stages.run(&shutdown.soft) => ended,
        () = shutdown.hard.cancelled() => Ok(()),
        () = signals => Ok(()),
    }
}

/// Starts the simulated provider, if it is wanted, and says where it is.
async fn simulated(config: &Config, stages: &mut Stages) -> anyhow::Result<Option<String>> {
    if !config.providers.simulated {
        return Ok(None);
    }
    let provider = SimulatedProvider::bind(([127, 0, 0, 1], 0).into(), Options::default()).await?;
    let base_url = provider.base_url();
    let stop = stages.last().clone();
    stages.beside(async move {
        if let Err(error) = provider.run(stop).await {
            tracing::error!(%error, "the simulated provider ended");
        }
    });
    Ok(Some(base_url))
}

fn api_config(
    config: &Config,
    answering: &Answering,
    backends: &Backends,
    welcome: SecretString,
) -> anyhow::Result<api::Config> {
    let jwt_secret = match &config.auth.jwt_secret {
        Some(secret) => secret.clone(),
        None => secret::kept(&config.data_dir, "jwt")?,
    };
    let (catalog, models) = (answering.catalog.clone(), answering.models.clone());
    Ok(api::Config {
        access_ttl: config.auth.access_ttl,
        refresh_ttl: config.auth.refresh_ttl,
        welcome: Some(api::Welcome { token: welcome, email: Email::parse(LOCAL_ADMIN)? }),
        prompt_tokens: config.limits.prompt_tokens,
        max_in_flight_per_user: config.limits.max_in_flight,
        requests_per_minute: NonZeroU32::new(config.limits.requests_per_minute)
            .context("USER_REQUESTS_PER_MINUTE must not be 0")?,
        rescue_everything_at_start: backends.queue_starts_empty,
        // A row does not change while its answer streams.
        streaming_overdue: config.providers.total * 3,
        ..api::Config::new(jwt_secret, catalog, models)
    })
}

fn worker_config(
    config: &Config,
    providers: Vec<provider_worker::ProviderConfig>,
) -> provider_worker::Config {
    provider_worker::Config {
        worker: format!("sluice-{}", std::process::id()),
        providers,
        ladder: config.worker.ladder.clone(),
        limits: provider_worker::Limits::default(),
        grace: config.shutdown_grace,
    }
}
