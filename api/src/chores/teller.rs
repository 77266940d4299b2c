//! Tells workers again and again what operators want of pools and keys, and which answers users want to stop: the
//! live side may have forgotten, or may have been away when it was said.

use domain::time::Timestamp;
use ports::{
    live::{LiveError, Switch},
    store::{SwitchedKey, SwitchedTo},
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Patience;
use crate::{app::App, ending::EndError, error::chain};

/// How many wishes to stop are read at once.
const PAGE: u32 = 100;

/// Tells until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    let mut patience = Patience::default();
    loop {
        match stop.run_until_cancelled(tell(&app)).await {
            None => return,
            Some(Ok(())) => patience = Patience::default(),
            Some(Err(error)) => {
                tracing::warn!(error = chain(&error), "workers are not told what is wished");
                if !patience.wait(&stop).await {
                    return;
                }
            }
        }
        if stop.run_until_cancelled(sleep(app.config.tell_interval)).await.is_none() {
            return;
        }
    }
}

async fn tell(app: &App) -> Result<(), EndError> {
    for (pool, wish) in app.ports.pools.pools().await? {
        app.ports.controls.tell(&pool, wish).await?;
    }
    for switched in app.ports.pools.switched_keys(app.now()).await? {
        tell_key(app, &switched).await?;
    }
    tell_stops(app).await
}

/// Tells what an operator said of a key.
pub(crate) async fn tell_key(app: &App, switched: &SwitchedKey) -> Result<(), LiveError> {
    let SwitchedKey { provider, key, to, change } = switched;
    match told(*to, app.now()) {
        Some(switch) => app.ports.keys.switch(provider, key, switch, *change).await,
        None => Ok(()),
    }
}

/// What is told at `now`; nothing of a time that has passed.
fn told(to: SwitchedTo, now: Timestamp) -> Option<Switch> {
    match to {
        SwitchedTo::On => Some(Switch::On),
        SwitchedTo::Off => Some(Switch::Off),
        SwitchedTo::OffUntil(until) => {
            let left = (until - now).to_std().ok().filter(|left| !left.is_zero());
            left.map(Switch::OffFor)
        }
    }
}

async fn tell_stops(app: &App) -> Result<(), EndError> {
    let mut after = None;
    loop {
        let page = app.ports.progress.to_stop(after, PAGE).await?;
        for generation in &page {
            app.ports.cancels.request(generation.id).await?;
        }
        after = page.last().map(|generation| generation.id);
        if page.len() < PAGE as usize {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn the_table_of_what_is_told_of_a_key() {
        let (now, second) = (epoch(), Duration::from_secs(1));
        for (to, expected) in [
            (SwitchedTo::On, Some(Switch::On)),
            (SwitchedTo::Off, Some(Switch::Off)),
            (SwitchedTo::OffUntil(now + second), Some(Switch::OffFor(second))),
            (SwitchedTo::OffUntil(now), None),
            (SwitchedTo::OffUntil(now - second), None),
        ] {
            assert_eq!(told(to, now), expected, "{to:?}");
        }
    }
}
