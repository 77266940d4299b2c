//! For how long.

use std::time::Duration;

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ValidQuery;
use crate::error::ApiError;

/// A year.
const MOST: u64 = 366 * 24 * 3600;

/// For how long; for good when absent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seconds(pub(crate) Option<Duration>);

/// For how long.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DisableParams {
    /// For how long, in seconds; for good when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 31_622_400)]
    seconds: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Seconds {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ValidQuery(params) =
            ValidQuery::<DisableParams>::from_request_parts(parts, state).await?;
        let seconds = params.seconds.map(|text| seconds(&text)).transpose();
        let allowed = || format!("must be a whole number from 1 to {MOST}");
        seconds.map(Self).map_err(|()| ApiError::invalid("/seconds", allowed()))
    }
}

fn seconds(text: &str) -> Result<Duration, ()> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && (1..=MOST).contains(number));
    number.map(Duration::from_secs).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_at_most_a_year() {
        assert_eq!(seconds("600"), Ok(Duration::from_mins(10)));
        for text in ["", "0", "-1", "+5", "1.5", "31622401", "1e3", "9223372036854775808"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
