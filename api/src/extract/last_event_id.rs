//! Where in a stream a viewer goes on.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use serde::Deserialize;

use crate::error::ApiError;

/// The most digits a position has; every number of so many fits into 64 bits.
const MAX_DIGITS: usize = 19;

/// The last event a viewer has seen; 0 for none. From the header that browsers send when they
/// reconnect, or from the query for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastEventId(pub(crate) u64);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    last_event_id: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for LastEventId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        if let Some(header) = parts.headers.get("last-event-id") {
            return parse(header.as_bytes());
        }
        let query = Query::<Params>::from_request_parts(parts, state).await;
        let Query(params) = query.map_err(|_| ApiError::BadLastEventId)?;
        params.last_event_id.map_or(Ok(Self(0)), |text| parse(text.as_bytes()))
    }
}

fn parse(text: &[u8]) -> Result<LastEventId, ApiError> {
    position(text).map(LastEventId)
}

/// The number of an event.
pub(super) fn position(text: &[u8]) -> Result<u64, ApiError> {
    if text.is_empty() || text.len() > MAX_DIGITS {
        return Err(ApiError::BadLastEventId);
    }
    let digits = std::str::from_utf8(text).map_err(|_| ApiError::BadLastEventId)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ApiError::BadLastEventId);
    }
    digits.parse().map_err(|_| ApiError::BadLastEventId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_a_whole_number() {
        for (text, position) in [
            ("0", Some(0)),
            ("42", Some(42)),
            ("007", Some(7)),
            ("9999999999999999999", Some(9_999_999_999_999_999_999)),
            ("99999999999999999999", None),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1.5", None),
            ("0x1", None),
            (" 1", None),
            ("١٠", None),
            ("1\0", None),
            ("1-3", None),
        ] {
            let parsed = parse(text.as_bytes()).ok().map(|LastEventId(id)| id);
            assert_eq!(parsed, position, "{text:?}");
        }
        assert!(parse(&[0xff, 0xfe]).is_err());
        assert!(parse(&[b'1'; 10_240]).is_err());
    }
}
