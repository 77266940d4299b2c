//! Whose turn it is, where questions wait for one another.

use domain::{chat::Message, generation::Generation, id::UserId};
use ports::store::{GiveTurn, StoreError, TurnGiven};

use crate::{
    app::App,
    asking::{PLACE_EXPIRY, history_of, limits::spent_until},
    chores::next_row,
    error::chain,
};

/// Gives the user's questions that wait their turn, as far as there is room. Said again it does no harm. Who has no tokens
/// left waits for those of tomorrow.
///
/// A turn is committed with its job, which the relay publishes like any other.
pub(crate) async fn try_give(app: &App, user: UserId) -> Result<(), StoreError> {
    loop {
        let at = app.now();
        if spent_until(app, user, at).await?.is_some() {
            return Ok(());
        }
        let job = |next: &Generation, said: Vec<Message>| next_row(app, next, &said, at);
        let max_in_flight = app.config.max_in_flight_per_user;
        let history = history_of(app.config.prompt_tokens);
        let turn = GiveTurn { user, max_in_flight, job: &job, history };
        let Some(given) = app.ports.progress.give_turn(&turn, at).await? else {
            return Ok(());
        };
        let TurnGiven { generation, job } = given;
        let place = app.ports.limits.acquire_inflight(user, generation.id, PLACE_EXPIRY);
        if let Err(error) = place.await {
            tracing::debug!(error = chain(&error), "the store alone knows whose turn it is");
        }
        app.handover.fresh(vec![job]);
        app.announce(&generation);
    }
}

/// The same; if it cannot be done now, the rescuer does it soon.
pub(crate) async fn give(app: &App, user: UserId) {
    if let Err(error) = try_give(app, user).await {
        tracing::warn!(%user, error = chain(&error), "whoever waits goes on waiting");
    }
}
