//! The run vocabulary: users, threads, messages, runs. The same handlers in other words, in
//! `snake_case`; without an account where guests are allowed.

pub(crate) mod cancel;
pub(crate) mod events;
pub(crate) mod message;
pub(crate) mod show;
pub(crate) mod thread;
pub(crate) mod user;

use domain::{generation::Generation, id::GenerationId};

use crate::{app::App, error::ApiError, extract::Caller};

/// The run called `id`, if the caller may see it.
async fn find(app: &App, caller: Caller, id: GenerationId) -> Result<Generation, ApiError> {
    let found = app.ports.progress.find_any(id).await?.ok_or(ApiError::NotFound)?;
    caller.speaking_for(app, found.user_id).await?;
    Ok(found)
}
