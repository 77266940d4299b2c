//! Tickets for streams.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::TICKET_LASTS,
    error::{ApiError, Faults, Problem},
    extract::{CurrentUser, FromBody, Text, ValidJson, is_stream},
};

const MAX_PATH_BYTES: usize = 200;

/// The stream to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketBody {
    /// Its path, for example the `streamUrl` of a generation.
    #[schema(value_type = String)]
    path: Text,
}

/// A checked [`TicketBody`].
#[derive(Debug)]
pub(crate) struct StreamPath(String);

impl FromBody for StreamPath {
    type Body = TicketBody;

    fn from_body(body: TicketBody) -> Result<Self, Faults> {
        let Text(path) = body.path;
        if path.len() > MAX_PATH_BYTES || !is_stream(&path) {
            let allowed = "must be the path of a stream, such as /api/generations/{id}/stream";
            return Err(Faults::one("/path", allowed));
        }
        Ok(Self(path))
    }
}

/// A ticket.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TicketShape {
    /// Opens the stream, once: `?ticket=…` behind its path.
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
    ValidJson(StreamPath(path)): ValidJson<StreamPath>,
) -> Result<(StatusCode, Json<TicketShape>), ApiError> {
    let ticket = app.tickets.issue(user.pass, &path, app.now());
    Ok((StatusCode::CREATED, Json(TicketShape { ticket, expires_in: TICKET_LASTS.as_secs() })))
}
