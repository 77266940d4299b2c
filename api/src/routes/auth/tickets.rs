//! Tickets for streams.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, Uri},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::TICKET_LASTS,
    error::{ApiError, Faults, Problem},
    extract::{CurrentUser, FromBody, Text, ValidJson, stream_name},
};

const MAX_PATH_BYTES: usize = 200;

/// The stream to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketBody {
    /// Its path, for example the `streamUrl` of a generation; for a session with its query,
    /// `/api/sse?session_id=…&user_id=…`.
    #[schema(value_type = String)]
    path: Text,
}

/// A checked [`TicketBody`].
#[derive(Debug)]
pub(crate) struct StreamPath(String);

/// The stream that `path` is that of, and nothing else.
fn named(path: &str) -> Option<String> {
    let uri: Uri = path.parse().ok()?;
    let is_path = uri.authority().is_none() && uri.path().len() <= MAX_PATH_BYTES;
    let name = stream_name(&uri).filter(|_| is_path)?;
    // A query belongs to a session's, and to no other.
    (uri.query().is_none() || name != uri.path()).then_some(name)
}

impl FromBody for StreamPath {
    type Body = TicketBody;

    fn from_body(body: TicketBody) -> Result<Self, Faults> {
        let allowed = "must be the path of a stream, such as /api/generations/{id}/stream";
        named(&body.path.0).map(Self).ok_or_else(|| Faults::one("/path", allowed))
    }
}

/// A ticket.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketShape {
    /// Opens the stream, once: `?ticket=…` behind its path, `&ticket=…` behind a query.
    ticket: String,
    /// For how many seconds it is good.
    expires_in: u64,
}

/// Gives a ticket for one stream, for clients that cannot send headers, such as `EventSource`.
#[utoipa::path(
    post, path = "/api/auth/tickets", tag = "auth",
    request_body = TicketBody,
    responses(
        (status = 201, body = TicketShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    user: CurrentUser,
    ValidJson(StreamPath(stream)): ValidJson<StreamPath>,
) -> Result<(StatusCode, Json<TicketShape>), ApiError> {
    let ticket = app.tickets.issue(user.pass, &stream, app.now());
    Ok((StatusCode::CREATED, Json(TicketShape { ticket, expires_in: TICKET_LASTS.as_secs() })))
}
