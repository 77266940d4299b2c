//! Streams to viewers.
//!
//! A viewer pulls: nothing is queued for it anywhere, so one that reads slowly costs no memory, and
//! one that does not read at all is cut off at the socket. What it is sent comes from the live log
//! while there is one, else from the archive and the row, so that no viewer waits for ever.

mod chat;
mod frame;
mod lapse;
mod news;
mod seat;
mod source;
mod viewer;
mod voice;

use std::convert::Infallible;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{
    generation::Generation,
    id::{ChatId, GenerationId, UserId},
};
use futures_util::Stream;

use crate::{app::App, auth::Pass, error::ApiError};
use chat::ChatViewer;
use lapse::while_good;
use news::Listener;
use seat::{Full, Seat};
use source::Source;
use viewer::Viewer;

pub(crate) use chat::Seen;
pub(crate) use seat::{KEPT as SEATS_KEPT, Seats};
pub(crate) use voice::Voice;

/// Streams `generation` from behind `after` to whoever has `pass`; nothing more to say is 204, which stops an
/// `EventSource`.
pub(crate) async fn respond(
    app: &App,
    pass: Pass,
    generation: Generation,
    after: u64,
) -> Result<Response, ApiError> {
    let seat = seat_here(app, pass.user)?;
    let (owner, id) = (generation.user_id, generation.id);
    let Some(source) = Source::first(app, generation, after).await? else {
        instruments::sse_opened("over");
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let seat = if_free(app, seat).await?;
    instruments::sse_opened(if after == 0 { "new" } else { "resumed" });
    let viewer = Viewer::new(app.clone(), (owner, id), after, source);
    Ok(stream(app, (pass, seat), viewer.into_stream()))
}

/// Streams all generations of a chat of the user of `pass` behind what `after` says was seen, each in
/// the voice that `telling` names.
pub(crate) async fn respond_chat(
    app: &App,
    (pass, chat): (Pass, ChatId),
    after: Option<Seen>,
    telling: fn(GenerationId) -> Voice,
) -> Result<Response, ApiError> {
    let seat = seat(app, pass.user).await?;
    let viewer = ChatViewer::begin(app.clone(), (pass.user, chat), after, telling).await?;
    instruments::sse_opened(if after.is_none() { "new" } else { "resumed" });
    Ok(stream(app, (pass, seat), viewer.into_stream()))
}

/// Streams what happens to what the user of `pass` has, from now on.
pub(crate) async fn respond_news(app: &App, pass: Pass) -> Result<Response, ApiError> {
    let seat = seat(app, pass.user).await?;
    instruments::sse_opened("new");
    let listener = Listener::new(app.clone(), app.feeds.join(pass.user));
    Ok(stream(app, (pass, seat), listener.into_stream()))
}

/// A seat for one more stream of `user`.
async fn seat(app: &App, user: UserId) -> Result<Seat, ApiError> {
    if_free(app, seat_here(app, user)?).await
}

/// The same by what this process serves, and how many that are.
fn seat_here(app: &App, user: UserId) -> Result<(Seat, u32), ApiError> {
    app.seats.take(user).map_err(|full| match full {
        Full::OfTheUser => ApiError::TooManyStreams,
        Full::InAll => ApiError::StreamsFull,
    })
}

/// `seat`, which is free here, if it is by what the other processes serve, too.
async fn if_free(app: &App, seat: (Seat, u32)) -> Result<Seat, ApiError> {
    let (seat, streams) = seat;
    let are_free = app.seats.are_free(app.ports.limits.as_ref(), seat.user(), streams).await;
    if are_free { Ok(seat) } else { Err(ApiError::TooManyStreams) }
}

fn stream(
    app: &App,
    (pass, seat): (Pass, Seat),
    frames: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
) -> Response {
    let body = Body::from_stream(while_good(app.clone(), (pass, seat), frames));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-store, no-transform"),
        // Nginx would hold tokens back to fill a buffer.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    (headers, body).into_response()
}
