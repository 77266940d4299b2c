//! A question that stops what is under way.

use std::time::Duration;

use domain::id::{GenerationId, UserId};
use tokio::time::{sleep, timeout};

use crate::{app::App, error::ApiError, routes::generations::cancel::stop};

/// How long an answer may take to stop. Usually it takes a few milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to look whether it has, when nobody says so.
const LOOK: Duration = Duration::from_millis(200);

/// Stops `busy` and waits until it has ended. If that takes too long, whoever interrupts goes on waiting for it: they
/// are the first in line.
pub(super) async fn interrupt(app: &App, user: UserId, busy: GenerationId) -> Result<(), ApiError> {
    timeout(PATIENCE, end(app, user, busy)).await.unwrap_or_else(|_| {
        tracing::warn!(generation_id = %busy, "does not stop yet, though another was to be asked instead");
        Ok(())
    })
}

async fn end(app: &App, user: UserId, busy: GenerationId) -> Result<(), ApiError> {
    let mut news = app.feeds.join(user);
    loop {
        let found = app.ports.generations.find(user, busy).await?;
        let Some(found) = found.filter(|found| !found.state.status.is_terminal()) else {
            return Ok(());
        };
        if !found.state.cancel_requested {
            stop(app, &found).await?;
            continue;
        }
        tokio::select! {
            _ = news.next() => {}
            () = sleep(LOOK) => {}
        }
    }
}
