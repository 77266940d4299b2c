//! Looks now and then at what waits where, for whoever reads the figures. Every api process tells the
//! same.

use domain::time::Timestamp;
use ports::{live::KeyState, queue::Topic, store::Overdue};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{app::App, ending::EndError, error::chain};

/// Looks until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    loop {
        match stop.run_until_cancelled(look(&app)).await {
            None => return,
            Some(Ok(())) => {}
            // Whoever needs what does not answer says so louder.
            Some(Err(error)) => tracing::debug!(error = chain(&error), "figures are not known"),
        }
        if stop.run_until_cancelled(sleep(app.config.survey_interval)).await.is_none() {
            return;
        }
    }
}

async fn look(app: &App) -> Result<(), EndError> {
    let workers = app.ports.controls.workers().await?;
    for provider in app.config.catalog.providers() {
        let pool = provider.as_str();
        let depth = app.ports.queue_operations.depth(&Topic::Requests(provider.clone())).await?;
        instruments::jobs_waiting(pool, depth.ready, depth.unsettled, depth.delayed);
        let keys = app.ports.keys.keys(provider).await?.into_iter();
        let keys: Vec<_> = keys.map(|key| key.with_calls_of(&workers)).collect();
        for state in KeyState::NAMES {
            let count = keys.iter().filter(|key| key.state.name() == state).count();
            instruments::keys(pool, state, count as u64);
        }
    }
    instruments::dead_jobs(app.ports.queue_operations.dead_count().await?);
    let at = app.now();
    let than = Overdue { queued_before: at, streaming_before: Timestamp::UNIX_EPOCH };
    let oldest = app.ports.progress.overdue(than, 1).await?;
    let due = oldest.first().map(|row| row.state.retry_at.unwrap_or(row.created_at));
    let age = due.and_then(|due| (at - due).to_std().ok()).unwrap_or_default();
    instruments::oldest_queued(age);
    Ok(())
}
