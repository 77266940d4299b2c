//! The trace that a request is part of, and that goes on with the job it makes.

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use instruments::trace::{self, TraceContext};
use tracing::Instrument;

tokio::task_local! {
    /// None until somebody needs one.
    static HERE: Option<TraceContext>;
}

/// Answers within the trace that the caller names, or one of its own.
pub(crate) async fn within(request: Request, next: Next) -> Response {
    let given = request.headers().get(trace::HEADER).and_then(|header| header.to_str().ok());
    let given = given.and_then(TraceContext::read);
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let span = tracing::span!(trace::LEVEL, "request", method = %request.method(), route);
    if let Some(given) = &given {
        trace::follow(&span, given);
    }
    let here = trace::of(&span).or(given);
    HERE.scope(here, next.run(request).instrument(span)).await
}

/// The trace that whatever is done here belongs to.
pub(crate) fn here() -> TraceContext {
    HERE.try_with(Clone::clone).ok().flatten().unwrap_or_else(TraceContext::fresh)
}
