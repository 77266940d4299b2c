//! Which page of a list.

use axum::{extract::FromRequestParts, http::request::Parts};
use ports::store::{Cursor, Towards};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ValidQuery;
use crate::{
    cursor,
    error::{ApiError, Faults},
};

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 100;

/// Which page of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageQuery {
    /// Beside which item it begins.
    pub(crate) after: Option<Cursor>,
    /// How many items at most.
    pub(crate) limit: u32,
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// `nextCursor` or `prevCursor` of a page before.
    cursor: Option<String>,
    /// How many items at most.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 50)]
    limit: Option<String>,
}

/// Which page of a list whose pages have one size.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is described here and read as part of a PageQuery")]
pub(crate) struct CursorParams {
    /// `nextCursor` of a page before.
    cursor: Option<String>,
}

impl PageQuery {
    /// The same of a list that is read in one direction; refused if its cursor leads to the other.
    pub(crate) fn only(self, towards: Towards) -> Result<Self, ApiError> {
        match self.after {
            Some(after) if after.towards != towards => {
                let allowed = "must be the nextCursor of a page before, unchanged";
                Err(ApiError::invalid("/cursor", allowed))
            }
            _ => Ok(self),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ValidQuery(params) = ValidQuery::<PageParams>::from_request_parts(parts, state).await?;
        let mut faults = Faults::default();
        let after = params.cursor.map(|text| faults.take("/cursor", after(&text)));
        let limit = params.limit.map(|text| faults.take("/limit", limit(&text)));
        if !faults.is_empty() {
            return Err(ApiError::Invalid(faults));
        }
        Ok(Self { after: after.flatten(), limit: limit.flatten().unwrap_or(DEFAULT_LIMIT) })
    }
}

fn after(text: &str) -> Result<Cursor, &'static str> {
    cursor::decode(text).ok_or("must be the nextCursor or prevCursor of a page before, unchanged")
}

fn limit(text: &str) -> Result<u32, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| digits && (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| format!("must be a whole number from 1 to {MAX_LIMIT}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Security case 47.
    #[test]
    fn a_limit_is_a_small_number() {
        for text in ["1", "50", "100"] {
            assert_eq!(limit(text).unwrap().to_string(), text);
        }
        for text in ["", "0", "-1", "+5", "101", "9223372036854775808", "1e309", "١٠", "5 "] {
            assert!(limit(text).is_err(), "{text}");
        }
    }
}
