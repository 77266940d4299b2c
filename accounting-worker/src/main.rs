//! The bookkeeper as a process of its own, any number of which may run.

use std::process::ExitCode;

use accounting_worker::{Config, Ports};
use boot::{
    connect,
    service::{self, Started, Surroundings},
};

fn main() -> ExitCode {
    service::run(
        "accounting-worker",
        "Keeps the usage and audit books.",
        service::load_without_keys,
        start,
    )
}

async fn start(
    here: Surroundings,
) -> anyhow::Result<Started<impl Future<Output = anyhow::Result<()>> + use<>>> {
    let settings = &here.config;
    service::refuse_inside(settings, &["DATABASE_URL", "RABBITMQ_URL"])?;
    let store = connect::store(settings, &here.name).await?;
    let broker = connect::broker(settings, &here.name, &here.clock).await?;

    let config = Config { prices: settings.providers.prices.clone(), ..Config::default() };
    let ports = Ports::new(here.clock, &store, &broker);
    let service = async move {
        accounting_worker::run(config, ports, here.stop).await;
        Ok(())
    };
    Ok(Started { service, upkeep: None })
}
