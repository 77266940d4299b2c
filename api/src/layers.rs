//! What happens to every request and every answer.

use std::{any::Any, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use tokio_util::sync::CancellationToken;

use crate::error::ApiError;

/// Nothing from elsewhere, nothing inline, no frames: what a model writes is hostile.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; \
     form-action 'self'";

/// Headers that protect whoever reads the answer.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // A page that needs more says so itself.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Has whoever asks come on another connection from the `stop` on: this one is about to be closed.
pub(crate) async fn farewell(
    State(stop): State<CancellationToken>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    if stop.is_cancelled() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The most bytes that the headers of a request have altogether.
const HEADER_BYTES: usize = 32 * 1024;

/// Refuses requests with more in their headers than anybody has to say there. The connection ends: whoever sends so
/// much would go on.
pub(crate) async fn head(request: Request, next: Next) -> Response {
    let lengths = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    if lengths.sum::<usize>() <= HEADER_BYTES {
        return next.run(request).await;
    }
    let refusal = ApiError::HeadersTooLarge(HEADER_BYTES).into_response();
    ([(header::CONNECTION, "close")], refusal).into_response()
}

/// One line per request: the route, never the address with its ids, and no header.
pub(crate) async fn log(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let method = request.method().clone();
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    instruments::http_answered(
        method.as_str(),
        route.as_deref().unwrap_or_default(),
        status,
        began.elapsed(),
    );
    let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(%method, route, status, millis, "request answered");
    response
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
/// A handler panicked: the caller learns no more than of any other surprise.
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    ApiError::Internal(format!("a handler panicked: {text}").into()).into_response()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::{
        body::Body,
        middleware::from_fn_with_state,
        routing::{MethodRouter, get},
    };
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn whoever_asks_while_the_service_ends_is_to_come_on_another_connection() {
        let stop = CancellationToken::new();
        let here: MethodRouter<(), Infallible> =
            get(async || "here").layer(from_fn_with_state(stop.clone(), farewell));
        let asked = async || {
            let answer = here.clone().oneshot(Request::new(Body::empty())).await.unwrap();
            (answer.status().as_u16(), answer.headers().get(header::CONNECTION).cloned())
        };
        assert_eq!(asked().await, (200, None));
        stop.cancel();
        assert_eq!(asked().await, (200, Some(HeaderValue::from_static("close"))));
    }
}
