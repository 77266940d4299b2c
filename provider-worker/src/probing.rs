//! Looks at keys that are out, or that an operator asks about.

use std::time::Duration;

use ::ports::{live::Probe, provider::ProbeCall};
use domain::key::KeyId;
use tokio::time::sleep;

use crate::lane::Lane;

/// How often the pool is asked for keys to look at.
const EVERY: Duration = Duration::from_secs(1);

/// Looks at keys as the pool wants it, for ever.
pub(crate) async fn probe_all(lane: &Lane) {
    loop {
        match lane.ports.keys.next_probe(&lane.name, &lane.keyring().names()).await {
            Ok(Some(key)) => {
                probe(lane, &key).await;
                continue;
            }
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "cannot ask for keys to look at"),
        }
        sleep(EVERY).await;
    }
}

async fn probe(lane: &Lane, key: &KeyId) {
    let keyring = lane.keyring();
    // It may have been taken away a moment ago.
    let Some((secret, proxy)) = keyring.find(key) else { return };
    let found = match lane.provider.probe(ProbeCall { key: secret, proxy }).await {
        Ok(()) => Probe::WELL,
        Err(failure) => failure.class.code(),
    };
    tracing::info!(%key, found, "looked at a key");
    if let Err(error) = lane.ports.keys.probed(&lane.name, key, found).await {
        tracing::warn!(%error, %key, "could not tell what was found of a key");
    }
}
