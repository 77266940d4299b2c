//! Whose turn it is, where questions wait for one another.

use domain::id::UserId;

use crate::{app::App, asking::PLACE_EXPIRY, chores::put_back, ending::EndError, error::chain};

/// Gives the user's questions that wait their turn, as far as there is room. Said again it does no harm.
///
/// If this process dies between the turn and the job, the rescuer sees to it.
pub(crate) async fn try_give(app: &App, user: UserId) -> Result<(), EndError> {
    if app.config.max_queued_per_user == 0 {
        return Ok(());
    }
    let most = app.config.max_in_flight_per_user;
    loop {
        let at = app.now();
        let Some(next) = app.ports.progress.give_turn(user, most, at).await? else {
            return Ok(());
        };
        if let Err(error) = app.ports.limits.acquire_inflight(user, next.id, PLACE_EXPIRY).await {
            tracing::debug!(error = chain(&error), "the store alone knows whose turn it is");
        }
        put_back(app, &next, None, at).await?;
        app.announce(&next);
    }
}

/// The same; if it cannot be done now, the rescuer does it soon.
pub(crate) async fn give(app: &App, user: UserId) {
    if let Err(error) = try_give(app, user).await {
        tracing::warn!(%user, error = chain(&error), "whoever waits goes on waiting");
    }
}
