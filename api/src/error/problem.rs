//! Failures as problem+json.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{id::GenerationId, time::Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ApiError, Fault, chain};

/// How long a caller should wait before it asks an overwhelmed service again, in seconds.
const SHORT_WAIT: u64 = 1;

/// Why a request failed (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Problem {
    /// Names the kind of problem; one per code.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong this time.
    detail: String,
    /// Names this occurrence; the log has it too.
    instance: String,
    /// The kind as a stable code.
    code: &'static str,
    /// The faults of the request, field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
    /// When to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    retry_at: Option<Timestamp>,
    /// The generation in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    generation_id: Option<GenerationId>,
}

/// Status, code and words of a failure.
type Words = (StatusCode, &'static str, &'static str, String);

impl ApiError {
    fn words(&self) -> Words {
        use StatusCode as S;
        let (status, code, title, detail) = match self {
            Self::Unauthenticated => (
                S::UNAUTHORIZED,
                "unauthenticated",
                "Not signed in",
                "send a valid access token as `Authorization: Bearer …`",
            ),
            Self::WrongCredentials => (
                S::UNAUTHORIZED,
                "wrong_credentials",
                "Wrong credentials",
                "the e-mail address or the password is wrong",
            ),
            Self::RefreshRefused => (
                S::UNAUTHORIZED,
                "refresh_refused",
                "Sign in again",
                "the refresh token is not, or no longer, good",
            ),
            Self::WelcomeRefused => (
                S::UNAUTHORIZED,
                "welcome_refused",
                "Link not valid",
                "the one-time sign-in link is wrong or was used before",
            ),
            Self::CrossSite => (
                S::FORBIDDEN,
                "cross_site",
                "Cross-site request",
                "cookies are only taken from this site's own pages",
            ),
            Self::NotFound => (
                S::NOT_FOUND,
                "not_found",
                "Not found",
                "there is no such thing, or it belongs to somebody else",
            ),
            Self::NoSuchRoute => {
                (S::NOT_FOUND, "no_such_route", "Not found", "there is no such route")
            }
            Self::MethodNotAllowed => (
                S::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "Method not allowed",
                "the route does not answer this method; see the Allow header",
            ),
            Self::EmailTaken => (
                S::CONFLICT,
                "email_taken",
                "Address taken",
                "an account with this e-mail address exists",
            ),
            Self::InFlight(_) => (
                S::CONFLICT,
                "generation_in_flight",
                "A generation is under way",
                "wait for the generation under way to end, or cancel it",
            ),
            Self::RequestIdReused => (
                S::UNPROCESSABLE_ENTITY,
                "request_id_reused",
                "Request id used before",
                "this request id was used with another body; use a new one",
            ),
            Self::Invalid(_) => (
                S::UNPROCESSABLE_ENTITY,
                "invalid_request",
                "Invalid request",
                "the request is not as it should be; see `errors`",
            ),
            Self::BadLastEventId => (
                S::BAD_REQUEST,
                "bad_last_event_id",
                "Bad Last-Event-ID",
                "Last-Event-ID must be a whole number of at most 19 digits",
            ),
            Self::TooLarge(limit) => {
                let detail = format!("the body must not be larger than {limit} bytes");
                return (S::PAYLOAD_TOO_LARGE, "body_too_large", "Body too large", detail);
            }
            Self::BodyTimeout => (
                S::REQUEST_TIMEOUT,
                "body_timeout",
                "Body too slow",
                "the body did not arrive in time",
            ),
            Self::NotJson => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "Not JSON",
                "send the body with `Content-Type: application/json`",
            ),
            Self::TooMany(_) => (
                S::TOO_MANY_REQUESTS,
                "rate_limited",
                "Too many requests",
                "wait for the time in Retry-After, then try again",
            ),
            Self::Busy => (
                S::SERVICE_UNAVAILABLE,
                "busy",
                "Busy",
                "too many sign-ins at once; try again in a moment",
            ),
            Self::Unavailable(_) => (
                S::SERVICE_UNAVAILABLE,
                "unavailable",
                "Unavailable",
                "a part of the service does not answer; try again in a moment",
            ),
            Self::Internal(_) => (
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "Internal error",
                "something went wrong here; the log has it under `instance`",
            ),
        };
        (status, code, title, detail.to_owned())
    }

    fn log(&self, instance: Uuid) {
        match self {
            Self::Unavailable(error) => {
                tracing::warn!(%instance, error = chain(error.as_ref()), "request failed");
            }
            Self::Internal(error) => {
                tracing::error!(%instance, error = chain(error.as_ref()), "request failed");
            }
            _ => {}
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            // Rounded up: a caller that waits for it must not come too early.
            Self::TooMany(wait) => Some(wait.after.as_millis().div_ceil(1000) as u64),
            Self::Busy | Self::Unavailable(_) => Some(SHORT_WAIT),
            _ => None,
        }
    }

    fn into_problem(self, instance: Uuid) -> Problem {
        let (status, code, title, detail) = self.words();
        let retry_at = if let Self::TooMany(wait) = self { Some(wait.until) } else { None };
        let generation_id = if let Self::InFlight(id) = self { Some(id) } else { None };
        let errors = if let Self::Invalid(faults) = self { faults.into_vec() } else { Vec::new() };
        Problem {
            kind: format!("urn:sluice:problem:{code}"),
            title,
            status: status.as_u16(),
            detail,
            instance: format!("urn:uuid:{instance}"),
            code,
            errors,
            retry_at,
            generation_id,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let instance = uuid::Builder::from_random_bytes(rand::random()).into_uuid();
        self.log(instance);
        let (status, ..) = self.words();
        let retry_after = self.retry_after();
        let mut response = (status, Json(self.into_problem(instance))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
