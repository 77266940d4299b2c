//! A question that stops what is under way.

use std::time::Duration;

use domain::{
    generation::Generation,
    id::{GenerationId, UserId},
};
use tokio::time::{sleep, timeout};

use crate::{app::App, error::ApiError, routes::generations::cancel::stop};

/// How long an answer may take to stop. Usually it takes a few milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to look whether it has, when nobody says so.
const LOOK: Duration = Duration::from_millis(200);

/// Stops `busy` and waits until it has ended; if it only waits for its turn, it is left alone. If it cannot be stopped,
/// or that takes too long, whoever interrupts goes on waiting: their question is accepted.
pub(super) async fn interrupt(app: &App, user: UserId, busy: GenerationId) {
    match timeout(PATIENCE, end(app, user, busy)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(generation_id = %busy, ?error, "was not stopped for another");
        }
        Err(_) => tracing::warn!(generation_id = %busy, "does not stop yet for another"),
    }
}

async fn end(app: &App, user: UserId, busy: GenerationId) -> Result<(), ApiError> {
    let mut news = app.feeds.join(user);
    loop {
        let found = app.ports.generations.find(user, busy).await?;
        let in_the_way = |found: &Generation| !found.held && !found.state.status.is_terminal();
        let Some(found) = found.filter(in_the_way) else {
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
