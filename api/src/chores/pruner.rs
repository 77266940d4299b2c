//! Sweeps out what was published and what has expired.

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{app::App, error::chain};

/// How many rows go in one transaction, so that nobody waits long behind it.
const BATCH: u32 = 500;

/// Sweeps until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    while stop.run_until_cancelled(sleep(app.config.prune_interval)).await.is_some() {
        stop.run_until_cancelled(sweep(&app)).await;
    }
}

async fn sweep(app: &App) {
    let before = app.now() - app.config.sent_kept;
    loop {
        match app.ports.outbox.prune(before, BATCH).await {
            Ok(count) if count >= u64::from(BATCH) => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(error = chain(&error), "published rows were not swept out");
                return;
            }
        }
    }
}
