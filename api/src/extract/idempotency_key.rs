//! The caller's own name for a request, as a header.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::error::ApiError;

const MAX_CHARS: usize = 200;

/// Whether a text may name a request.
pub(crate) fn request_id_fits(id: &str) -> Result<(), String> {
    if (1..=MAX_CHARS).contains(&id.chars().count()) && !id.chars().any(char::is_control) {
        return Ok(());
    }
    Err(format!("must be 1 to {MAX_CHARS} characters, none of them a control character"))
}

/// The `Idempotency-Key` header, which stands in for a `requestId` in the body.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let text = value.to_str().map_err(|_| "must be visible ASCII".to_owned());
        let fits = text.and_then(|text| request_id_fits(text).map(|()| text.to_owned()));
        fits.map(|key| Self(Some(key))).map_err(|why| ApiError::invalid("/Idempotency-Key", why))
    }
}
