//! The stream of a session.

use axum::{extract::State, response::Response};

use super::SessionName;
use crate::{
    app::App,
    edge::{self, Voice},
    error::{ApiError, Faults, Problem},
    extract::{Caller, ChatPosition, ClientAddress, ValidQuery},
};

/// The stream of a session: every answer in it, piece by piece, one after the other, on every page that
/// is open. Each piece is `{"chunk", "chunk_id", "is_final", "generation_id"}`; pieces of one answer are
/// numbered upwards, and after `discard_from` those from that number on are void.
#[utoipa::path(
    get, path = "/api/sse", tag = "sessions", security((), ("access_token" = [])),
    params(
        ("session_id" = String, Query, description = "As in `POST /api/chat`."),
        ("user_id" = String, Query, description = "As in `POST /api/chat`."),
        ("Last-Event-ID" = Option<String>, Header, description = "The last `id` seen; the first frame has one, and no piece."),
        ("lastEventId" = Option<String>, Query, description = "The same, for the first request."),
        ("ticket" = Option<String>, Query, description = "A ticket for this stream, in the place of an access token."),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = String),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sse(
    State(app): State<App>,
    caller: Caller,
    from: ClientAddress,
    ChatPosition(after): ChatPosition,
    ValidQuery(name): ValidQuery<SessionName>,
) -> Result<Response, ApiError> {
    let mut faults = Faults::default();
    let name = name.check(&mut faults).ok_or(ApiError::Invalid(faults))?;
    let (owner, chat) = name.open(&app, caller, from).await?;
    edge::respond_chat(&app, (caller.pass(owner), chat), after, Voice::Session).await
}
