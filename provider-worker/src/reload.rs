//! New settings for a worker that goes on.

use std::{fmt, sync::Arc, time::Duration};

use tokio::{sync::Notify, time::sleep};

use crate::{config::ProviderConfig, keyring::Keyring, lane::Lane, ports::Ports};

/// How often operators are asked whether they want it.
const EVERY: Duration = Duration::from_millis(500);

/// Reads the settings of the providers anew; what is wrong with them is answered in words.
type Load = dyn Fn() -> Result<Vec<ProviderConfig>, String> + Send + Sync;

/// Where a running worker gets new settings from; the default is nowhere.
#[derive(Clone, Default)]
pub struct Reloads(Option<(Arc<Load>, Arc<Notify>)>);

impl Reloads {
    /// From `load`, whenever `asked` is told, and when operators want it.
    pub fn new(
        load: impl Fn() -> Result<Vec<ProviderConfig>, String> + Send + Sync + 'static,
        asked: Arc<Notify>,
    ) -> Self {
        Self(Some((Arc::new(load), asked)))
    }
}

impl fmt::Debug for Reloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reloads").field(&self.0.is_some()).finish()
    }
}

/// Gives `lanes` new keys, limits and maxima of models whenever somebody wants it, for ever.
/// Answers under way go on, with what they have.
pub(crate) async fn keep(reloads: Reloads, lanes: Arc<[Lane]>, ports: Ports) {
    let Reloads(Some((load, asked))) = reloads else { return std::future::pending().await };
    // What was asked for before this worker began, it has read already.
    let mut seen = None;
    loop {
        tokio::select! {
            () = asked.notified() => {}
            () = until_operators_ask(&ports, &mut seen) => {}
        }
        match load() {
            Ok(providers) => apply(&lanes, &providers),
            Err(problem) => {
                tracing::error!(problem, "the new settings are wrong; the old ones hold");
            }
        }
    }
}

async fn until_operators_ask(ports: &Ports, seen: &mut Option<u64>) {
    loop {
        match ports.controls.reloads().await {
            Ok(asked) if seen.is_some_and(|seen| asked > seen) => return *seen = Some(asked),
            // Forgotten is not asked.
            Ok(asked) => *seen = (*seen).max(Some(asked)),
            Err(error) => tracing::debug!(%error, "the operators' wishes are not known"),
        }
        sleep(EVERY).await;
    }
}

fn apply(lanes: &[Lane], providers: &[ProviderConfig]) {
    for lane in lanes {
        let Some(own) = providers.iter().find(|provider| provider.name == lane.name) else {
            tracing::warn!(provider = %lane.name, "is no longer configured; its worker ends with the process");
            continue;
        };
        lane.set_keyring(Keyring::new(&own.name, &own.keys, &own.limits));
        lane.set_max_output(own.max_output.clone());
        lane.has_new_keys.notify_one();
        tracing::info!(provider = %lane.name, keys = own.keys.len(), "new keys and limits");
    }
    for provider in providers {
        if !lanes.iter().any(|lane| lane.name == provider.name) {
            tracing::warn!(provider = %provider.name, "is new: it begins with the next start");
        }
    }
}
