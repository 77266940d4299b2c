//! Refusals in the OpenAI envelope.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::super::No;

/// A refusal, in the words the original uses for it.
pub fn refusal(No { status, code, retry_after, message }: No<'_>) -> Response {
    let (kind, usual) = usual(status);
    let code = code.or(usual);
    // The newer codes for a lack of money keep the type of the first one.
    let kind = if code == Some("insufficient_quota") { "insufficient_quota" } else { kind };
    let error = json!({"message": message, "type": kind, "param": null, "code": code});
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(json!({ "error": error }))).into_response();
    if let Some(value) = retry_after.and_then(|value| value.parse().ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

/// Type and code of a status.
fn usual(status: u16) -> (&'static str, Option<&'static str>) {
    match status {
        401 => ("invalid_request_error", Some("invalid_api_key")),
        403 => ("invalid_request_error", Some("unsupported_country_region_territory")),
        404 => ("invalid_request_error", Some("model_not_found")),
        429 => ("requests", Some("rate_limit_exceeded")),
        503 => ("service_unavailable_error", Some("slow_down")),
        500.. => ("server_error", None),
        _ => ("invalid_request_error", None),
    }
}
