//! Pages of other sites.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::CorsLayer;

/// How long browsers may remember what is allowed.
const REMEMBERED: Duration = Duration::from_mins(10);

/// Lets pages of `origins` use the interface with tokens of their own. Cookies are not taken from them,
/// so that nobody's sign-in here is theirs; no other origin is ever named.
pub(crate) fn layer(origins: &[String]) -> CorsLayer {
    let origins = origins.iter().filter_map(|origin| HeaderValue::try_from(origin).ok());
    let own = |name| HeaderName::from_static(name);
    CorsLayer::new()
        .allow_origin(origins.collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            own("last-event-id"),
            own("idempotency-key"),
            own("traceparent"),
        ])
        .expose_headers([
            header::LOCATION,
            header::RETRY_AFTER,
            own("ratelimit"),
            own("ratelimit-policy"),
        ])
        .max_age(REMEMBERED)
}
