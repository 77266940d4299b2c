//! A worker as a process of its own, any number of which may run.

use std::process::ExitCode;

use boot::{
    connect,
    service::{self, Started, Surroundings},
};
use provider_worker::{Reloads, settings};

fn main() -> ExitCode {
    service::run(
        "provider-worker",
        "Takes jobs and streams answers from providers.",
        service::load,
        start,
    )
}

async fn start(
    here: Surroundings,
) -> anyhow::Result<Started<impl Future<Output = anyhow::Result<()>> + use<>>> {
    let now = &here.config;
    service::refuse_inside(now, &["RABBITMQ_URL", "REDIS_URL"])?;
    let mut config = settings::config(now, here.name.clone());
    let again = || service::load().map(|new| settings::providers(&new));
    config.reloads = Reloads::new(move || again().map_err(|e| e.to_string()), here.hangup);
    anyhow::ensure!(
        !config.providers.is_empty(),
        "no provider: set OPENAI_API_KEYS, or SIMULATED_PROVIDER=true and SIMULATED_BASE_URL"
    );
    let broker = connect::broker(now, &here.name, &here.clock).await?;
    let (live, upkeep) = connect::live(now, &here.clock, &here.last).await?;

    let ports = provider_worker::Ports::new(here.clock, &broker, live);
    let service = async move { Ok(provider_worker::run(config, ports, here.stop).await?) };
    Ok(Started { service, upkeep: Some(upkeep) })
}
