//! Tells workers again and again what operators want of pools, and which answers users want to stop: the
//! live side may have forgotten, or may have been away when it was said.

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
    tell_stops(app).await
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
