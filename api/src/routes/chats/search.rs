//! Looks for chats.

use std::sync::Arc;

use axum::{Json, extract::State};
use domain::{chat::Chat, id::UserId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::App,
    counted::{Counted, count},
    error::{ApiError, Problem},
    extract::{CurrentUser, ValidQuery},
    shapes::{ChatShape, ListShape},
};

const MAX_TEXT_CHARS: usize = 200;
/// Whoever gets so many has to say more.
const MOST: u32 = 50;

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchParams {
    /// What stands in the name or a message; 1 to 200 characters.
    #[param(min_length = 1, max_length = 200)]
    q: String,
}

/// The chats whose name or any message contains a text, the latest changed first, at most 50.
#[utoipa::path(
    get, path = "/api/search", tag = "chats", params(SearchParams),
    responses(
        (status = 200, body = ListShape<ChatShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn search(
    State(app): State<App>,
    user: CurrentUser,
    ValidQuery(SearchParams { q }): ValidQuery<SearchParams>,
) -> Result<Json<ListShape<ChatShape>>, ApiError> {
    let text = q.trim();
    if text.is_empty() || text.chars().count() > MAX_TEXT_CHARS || text.contains('\0') {
        let allowed = format!("must be 1 to {MAX_TEXT_CHARS} characters without U+0000");
        return Err(ApiError::invalid("/q", allowed));
    }
    count(&app, user.id, Counted::Searches, app.now()).await?;
    let chats = search_in_turn(&app, user.id, text.to_owned()).await?;
    Ok(Json(ListShape::whole(chats.into_iter().map(Into::into).collect())))
}

/// Searches when it is the turn of this search, which lasts as long as the store works on it: whoever hangs up would have
/// others begin beside it.
async fn search_in_turn(app: &App, user: UserId, text: String) -> Result<Vec<Chat>, ApiError> {
    let turn = app.searches.turn(user).await;
    let turn = turn.map_err(|closed| ApiError::Internal(closed.into()))?;
    let store = Arc::clone(&app.ports.chats);
    let search = async move {
        let found = store.search(user, &text, MOST).await;
        drop(turn);
        found
    };
    #[expect(clippy::disallowed_methods, reason = "ends with its statement, and leaves nothing")]
    let found = tokio::spawn(search).await;
    Ok(found.map_err(|lost| ApiError::Internal(lost.into()))??)
}
