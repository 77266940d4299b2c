//! `sluice health`: asks a running Sluice.

use std::{collections::BTreeMap, time::Duration};

use boot::{config, failure::Unavailable};

use crate::{out, place};

/// Longer than any healthy answer takes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the Sluice that the other commands ask, and prints what it says, which is JSON.
pub fn run(flags: &BTreeMap<String, String>, ready: bool) -> anyhow::Result<()> {
    let url = place::find(flags, &config::process_environment())?;
    let path = if ready { "readyz" } else { "healthz" };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(ask(&format!("{url}/{path}")))
}

async fn ask(url: &str) -> anyhow::Result<()> {
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let unreachable = |error: reqwest::Error| {
        Unavailable(format!("{url}: {:#}", anyhow::Error::from(error.without_url())))
    };
    let response = client.get(url).send().await.map_err(unreachable)?;
    let status = response.status();
    let said = response.text().await.map_err(unreachable)?;
    if !status.is_success() {
        return Err(Unavailable(format!("{url}: {status} {said}")).into());
    }
    out::print(format_args!("{said}\n"))
}
