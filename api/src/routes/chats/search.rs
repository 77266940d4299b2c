//! Looks for chats.

use axum::{Json, extract::State};
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
    let _turn =
        app.searching.acquire().await.map_err(|closed| ApiError::Internal(closed.into()))?;
    let chats = app.ports.chats.search(user.id, text, MOST).await?;
    Ok(Json(ListShape::whole(chats.into_iter().map(Into::into).collect())))
}
