//! `sluice doctor`: whether Sluice could work here, and what is in the way.

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use anyhow::Context;
use boot::{
    config::{self, Config, LiveUrl, QueueUrl},
    connect::{self, Schema},
};
use ports::{
    Clock,
    clock::SystemClock,
    provider::{ProbeCall, Provider, ProviderKey},
};
use provider_worker::{BaseUrl, ProviderConfig, key_id};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{database, operate::print_items, settings};

const COLUMNS: &[&str] = &["part", "works", "found"];

/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

const SERVICE: &str = "sluice doctor";

/// Looks at one part after the other; fails if one of them does not work.
pub fn run(flags: BTreeMap<String, String>, json: bool) -> anyhow::Result<()> {
    let config = config::load(flags, config::process_environment())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let parts = runtime.block_on(look(&config));
    let (all, ill) = (parts.len(), parts.iter().filter(|part| part["works"] == false).count());
    print_items(json, &parts.into(), COLUMNS)?;
    anyhow::ensure!(ill == 0, "{ill} of {all} parts do not work");
    Ok(())
}

async fn look(config: &Config) -> Vec<Value> {
    let mut parts = vec![
        part("configuration", async { Ok(right(&settings::check(config)?)) }).await,
        part("store", store(config)).await,
        part("queue", queue(config)).await,
        part("live", live(config)).await,
    ];
    for provider in provider_worker::settings::providers(config) {
        for key in &provider.keys {
            let name = format!("key {}", key_id(&provider.name, &key.secret));
            parts.push(part(&name, probe(&provider, key)).await);
        }
    }
    parts
}

/// What is found of the part called `name`.
async fn part(name: &str, looking: impl Future<Output = anyhow::Result<String>>) -> Value {
    let found = timeout(PATIENCE, looking).await;
    let found = found.context("it does not answer").and_then(|found| found);
    let (works, found) = match found {
        Ok(found) => (true, found),
        Err(error) => (false, format!("{error:#}")),
    };
    json!({"part": name, "works": works, "found": found})
}

fn right(notes: &[String]) -> String {
    if notes.is_empty() { "it is right".to_owned() } else { notes.join("; ") }
}

async fn store(config: &Config) -> anyhow::Result<String> {
    if config.urls.inside() == ["DATABASE_URL"] {
        // Whoever shares queue and live side with others has no file of its own.
        return Ok("no DATABASE_URL is set here; a provider-worker needs none".to_owned());
    }
    let schema @ Schema { version, newest } = connect::schema(config).await?;
    let told = database::told(schema);
    anyhow::ensure!(version.is_none_or(|version| version <= newest), "{told}");
    Ok(told)
}

const INSIDE: &str = "inside the process";

async fn queue(config: &Config) -> anyhow::Result<String> {
    if matches!(config.urls.queue, QueueUrl::Memory) {
        return Ok(INSIDE.to_owned());
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let broker = connect::broker(config, SERVICE, &clock).await?;
    let dead = broker.operations.dead_count().await?;
    Ok(format!("it answers; {dead} dead letters"))
}

async fn live(config: &Config) -> anyhow::Result<String> {
    if matches!(config.urls.live, LiveUrl::Memory) {
        return Ok(INSIDE.to_owned());
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (live, _) = connect::live(config, &clock, &CancellationToken::new()).await?;
    let workers = live.controls.workers().await?;
    Ok(format!("it answers; {} workers", workers.len()))
}

/// Asks the provider whether a key is well, which costs nothing.
async fn probe(provider: &ProviderConfig, key: &ProviderKey) -> anyhow::Result<String> {
    let base = BaseUrl::parse(&provider.base_url)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let client = base
        .provider(provider, clock)
        .context("HTTP_PROXY, where it is set, must be an address such as http://10.0.0.7:3128")?;
    let proxy = key.proxy.as_ref();
    match client.probe(ProbeCall { key: &key.secret, proxy }).await {
        Ok(()) => Ok("the provider says that it is well".to_owned()),
        Err(failure) => anyhow::bail!("{}: {}", failure.class.code(), failure.message),
    }
}
