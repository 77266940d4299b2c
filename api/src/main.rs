//! The HTTP and SSE edge as a process of its own, any number of which may run.

use std::process::ExitCode;

use anyhow::Context;
use boot::{
    connect, port,
    service::{self, Started, Surroundings},
};

fn main() -> ExitCode {
    service::run(
        "api",
        "Serves HTTP and streams, and commits what workers report.",
        service::load_without_keys,
        start,
    )
}

async fn start(
    here: Surroundings,
) -> anyhow::Result<Started<impl Future<Output = anyhow::Result<()>> + use<>>> {
    let settings = &here.config;
    service::refuse_inside(settings, &["DATABASE_URL", "RABBITMQ_URL", "REDIS_URL"])?;
    let secret = settings.auth.jwt_secret.clone();
    let secret = secret.context("JWT_SECRET: must be set, the same for all api processes")?;
    anyhow::ensure!(
        !settings.providers.named.is_empty(),
        "PROVIDERS: must name the providers that workers have keys of, for example openai"
    );
    let listener = port::listen(settings.http.listen).await?;
    let store = connect::store(settings, &here.name).await?;
    let broker = connect::broker(settings, &here.name, &here.clock).await?;
    let (live, upkeep) = connect::live(settings, &here.clock, &here.last).await?;

    let config = api::settings::config(settings, secret, broker.starts_empty)?;
    let mail = connect::mail(settings)?;
    let ports = api::Ports { mail, ..api::Ports::new(here.clock, store, &broker, live) };
    service::announce(format_args!("http://{}\n", listener.local_addr()?));
    let service = async move { Ok(api::run(listener, config, ports, here.stop).await?) };
    Ok(Started { service, upkeep: Some(upkeep) })
}
