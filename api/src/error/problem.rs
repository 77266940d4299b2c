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

use super::{ApiError, Fault, chain, words::Words};

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

impl ApiError {
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
            Self::TooMany(wait) | Self::BudgetSpent(wait) => {
                Some(wait.after.as_secs() + u64::from(wait.after.subsec_nanos() > 0))
            }
            Self::Busy
            | Self::TooManyStreams
            | Self::StreamsFull
            | Self::QueueAway
            | Self::Unavailable(_) => Some(SHORT_WAIT),
            _ => None,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::TooLarge(limit) => format!("the body must not be larger than {limit} bytes"),
            Self::HeadersTooLarge(limit) => {
                format!("the headers must not be larger than {limit} bytes altogether")
            }
            Self::NotForRole(why) => why.clone(),
            Self::Forbidden(least) => format!("this needs the role {} or more", least.as_str()),
            _ => self.words().detail.to_owned(),
        }
    }

    fn into_problem(self, instance: Uuid) -> Problem {
        let Words { status, code, title, .. } = self.words();
        let detail = self.detail();
        let retry_at = match &self {
            Self::TooMany(wait) | Self::BudgetSpent(wait) => Some(wait.until),
            _ => None,
        };
        let generation_id = match &self {
            Self::InFlight(id) | Self::Behind(id) => Some(*id),
            _ => None,
        };
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
        let status = self.words().status;
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
