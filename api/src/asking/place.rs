//! The place that a user has for a generation under way, as the live side knows it.

use std::time::Duration;

use domain::id::{GenerationId, UserId};
use ports::live::InFlight;

use crate::{app::App, error::ApiError};

/// After so long a place that nobody gave back is free again; the store decides anyway.
pub(crate) const PLACE_EXPIRY: Duration = Duration::from_hours(1);

/// Takes the user's place for the generation `id`: a cheap look that spares the store a request it
/// would refuse. Whether the place is ours now.
///
/// A request that may be a repetition is left to the store, which alone knows the first one.
pub(super) async fn look_for_place(
    app: &App,
    user: UserId,
    id: GenerationId,
    may_be_repeated: bool,
) -> Result<bool, ApiError> {
    if app.config.max_in_flight_per_user != 1 {
        return Ok(false);
    }
    let holder = match acquire(app, user, id).await {
        Some(InFlight::Acquired) => return Ok(true),
        Some(InFlight::HeldBy(holder)) => holder,
        None => return Ok(false),
    };
    let held = app.ports.generations.find(user, holder).await?;
    let is_under_way = held.is_some_and(|generation| !generation.state.status.is_terminal());
    if is_under_way && !may_be_repeated {
        return Err(ApiError::InFlight(holder));
    }
    if is_under_way {
        return Ok(false);
    }
    release_place(app, user, holder).await;
    Ok(matches!(acquire(app, user, id).await, Some(InFlight::Acquired)))
}

/// None when the live side does not answer: the store decides alone.
async fn acquire(app: &App, user: UserId, id: GenerationId) -> Option<InFlight> {
    app.ports.limits.acquire_inflight(user, id, PLACE_EXPIRY).await.ok()
}

pub(super) async fn release_place(app: &App, user: UserId, id: GenerationId) {
    if let Err(error) = app.ports.limits.release_inflight(user, id).await {
        tracing::warn!(%user, generation_id = %id, error = crate::error::chain(&error), "a place stays taken until it expires");
    }
}
