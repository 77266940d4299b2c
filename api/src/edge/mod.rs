//! Streams to viewers.
//!
//! A viewer pulls: nothing is queued for it anywhere, so one that reads slowly costs no memory, and
//! one that does not read at all is cut off at the socket. What it is sent comes from the live log
//! while there is one, else from the archive and the row, so that no viewer waits for ever.

mod frame;
mod seat;
mod source;
mod viewer;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::generation::Generation;

use crate::{app::App, error::ApiError};
use source::Source;
use viewer::Viewer;

pub(crate) use seat::Seats;

/// Streams `generation` from behind `after`; nothing more to say is 204, which stops an
/// `EventSource`.
pub(crate) async fn respond(
    app: App,
    generation: Generation,
    after: u64,
) -> Result<Response, ApiError> {
    let (owner, id) = (generation.user_id, generation.id);
    let Some(source) = Source::first(&app, generation, after).await? else {
        instruments::sse_opened("over");
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    instruments::sse_opened(if after == 0 { "new" } else { "resumed" });
    let viewer = Viewer::new(app, owner, id, after, source);
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-store, no-transform"),
        // Nginx would hold tokens back to fill a buffer.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    Ok((headers, Body::from_stream(viewer.into_stream())).into_response())
}
