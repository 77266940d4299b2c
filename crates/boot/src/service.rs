//! One service as a process of its own: settings, log, engines, signals, and the order of the end.

use std::{
    fmt::Display,
    future::{Future, ready},
    io::Write,
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;
use clap::Command;
use ports::{Clock, clock::SystemClock};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::{self, Config},
    connect::Upkeep,
    cores, failure, files,
    metrics::MetricsPage,
    shutdown::{Hangup, Shutdown},
    telemetry,
};

/// What a service is made of.
pub struct Surroundings {
    /// The settings of this process.
    pub config: Config,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// What operators know this process by: [`full_name`].
    pub name: String,
    /// Asks the service to end softly.
    pub stop: CancellationToken,
    /// Ends what has to outlive the service: pass it to [`connect::live`](crate::connect::live).
    pub last: CancellationToken,
    /// Told when the settings are to be read again.
    pub hangup: Arc<Notify>,
}

/// A service, and what has to run beside it until the end.
pub struct Started<F> {
    /// Runs until [`Surroundings::stop`].
    pub service: F,
    /// Runs until [`Surroundings::last`].
    pub upkeep: Option<Upkeep>,
}

/// Runs `start` and what it starts until a signal; answers the exit code.
///
/// Settings come from the environment and the file, as `load` reads them: [`load`] for a service that asks
/// providers, [`load_without_keys`] for every other; every mistake is told. Engines that live inside
/// one process are refused: nobody else could reach them.
pub fn run<S, F>(
    name: &'static str,
    about: &'static str,
    load: fn() -> Result<Config, config::ConfigErrors>,
    start: impl FnOnce(Surroundings) -> S,
) -> ExitCode
where
    S: Future<Output = anyhow::Result<Started<F>>>,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let about =
        format!("{about} Settings come from the environment; `sluice config show` lists them.");
    Command::new(name).version(env!("CARGO_PKG_VERSION")).about(about).get_matches();
    failure::exit(name, prepare(name, load, start))
}

/// Says on standard output where a service is. Whoever read that may be gone, or the disk it goes to full: the service
/// goes on.
pub fn announce(text: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// The settings of this process, which asks providers, read anew.
pub fn load() -> Result<Config, config::ConfigErrors> {
    config::load(std::collections::BTreeMap::new(), config::process_environment())
}

/// The settings of this process, which asks no provider.
pub fn load_without_keys() -> Result<Config, config::ConfigErrors> {
    config::load_without_keys(std::collections::BTreeMap::new(), config::process_environment())
}

fn prepare<S, F>(
    name: &'static str,
    load: fn() -> Result<Config, config::ConfigErrors>,
    start: impl FnOnce(Surroundings) -> S,
) -> anyhow::Result<()>
where
    S: Future<Output = anyhow::Result<Started<F>>>,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    cores::leave_none().context("cannot forbid cores")?;
    files::allow_many();
    let config = load()?;
    let _telemetry = telemetry::start(name, &config.log, config.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(until_signals(name, config, start))
}

async fn until_signals<S, F>(
    name: &'static str,
    config: Config,
    start: impl FnOnce(Surroundings) -> S,
) -> anyhow::Result<()>
where
    S: Future<Output = anyhow::Result<Started<F>>>,
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let shutdown = Shutdown::default();
    let signals = shutdown.on_signals(Hangup::Reloads).context("cannot listen for signals")?;
    let last = CancellationToken::new();
    let surroundings = Surroundings {
        config,
        clock: Arc::new(SystemClock),
        name: full_name(name),
        stop: shutdown.soft.clone(),
        last: last.clone(),
        hangup: Arc::clone(&shutdown.hangup),
    };
    let page = MetricsPage::open(surroundings.config.metrics).await?;
    if let Some(page) = &page {
        tracing::info!(address = %page.address()?, "metrics");
    }
    let measuring = async {
        if let Some(page) = page {
            page.serve(last.clone()).await;
        }
        Ok(())
    };
    let work = async {
        // A signal before everything is connected ends the process at once.
        let started = tokio::select! {
            started = start(surroundings) => started?,
            () = shutdown.soft.cancelled() => return Ok(()),
        };
        tracing::info!("{name} is ready");
        // In tasks of their own: what is awaited right here runs on a thread beside the runtime's, and each
        // token heard from Redis would have to wake that one first, and then another.
        let tasks = TaskTracker::new();
        let upkeep = tasks.spawn(started.upkeep.unwrap_or_else(|| Box::pin(ready(()))));
        let service = tasks.spawn(started.service);
        let service = async {
            let ended = service.await.with_context(|| format!("{name} broke off"))?;
            last.cancel();
            anyhow::ensure!(
                ended.is_err() || shutdown.soft.is_cancelled(),
                "{name} ended by itself"
            );
            ended
        };
        let upkeep = async { upkeep.await.context("what keeps the connections broke off") };
        tokio::try_join!(service, upkeep, measuring)?;
        Ok(())
    };
    tokio::select! {
        ended = work => ended,
        () = shutdown.hard.cancelled() => Ok(()),
        () = signals => Ok(()),
    }
}

/// Service, host and process, as queues and logs show it, and something that no other start of it has: in a
/// container each is process 1 of the same host, and what is wished of one is not meant for the next.
#[must_use]
pub fn full_name(service: &str) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim()).filter(|host| !host.is_empty()).unwrap_or("localhost");
    format!("{service}@{host}:{}-{:04x}", std::process::id(), rand::random::<u16>())
}

/// Fails if an engine of `config`, of those named by `needed`, lives inside one process.
pub fn refuse_inside(config: &Config, needed: &[&str]) -> anyhow::Result<()> {
    let inside: Vec<_> =
        config.urls.inside().into_iter().filter(|name| needed.contains(name)).collect();
    anyhow::ensure!(
        inside.is_empty(),
        "{}: this engine lives inside one process, where no other service could reach it; \
         name a server, or run everything in one process with `sluice`",
        inside.join(", ")
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_process_is_called_otherwise_than_the_one_before() {
        let names: BTreeSet<_> = (0..4).map(|_| full_name("api")).collect();
        let begins = |name: &String| name.starts_with("api@");
        assert!(names.len() > 1 && names.iter().all(begins), "{names:?}");
    }
}
