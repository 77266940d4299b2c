//! Whether the process lives, and whether it should get requests.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::id::UserId;
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use crate::app::App;

/// The process lives.
#[utoipa::path(
    get, path = "/api/health", tag = "health", security(()),
    responses((status = 200, description = "The process lives."))
)]
pub(crate) async fn health() -> Response {
    axum::Json(json!({ "status": "ok" })).into_response()
}

/// The process should get requests: it is not shutting down, and store and queue answer.
#[utoipa::path(
    get, path = "/readyz", tag = "health", security(()),
    responses(
        (status = 200, description = "Ready."),
        (status = 503, description = "Not ready; the body says what is missing."),
    )
)]
pub(crate) async fn readyz(State(app): State<App>) -> Response {
    let stays = !app.shutdown.is_cancelled();
    // Asking for an account that cannot exist costs one look into an index.
    let nobody = UserId::from_uuid(Uuid::nil());
    let store = app.ports.accounts.by_id(nobody).await.is_ok();
    let queue = app.health.queue_answers(Instant::now());
    let is_ready = stays && store && queue;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = |fine| if fine { "ok" } else { "unavailable" };
    let body = json!({
        "status": word(is_ready),
        "store": word(store),
        "queue": word(queue),
        "stopping": !stays,
        "streams": app.seats.taken(),
    });
    (status, axum::Json(body)).into_response()
}
