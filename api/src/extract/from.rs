//! From which day on.

use axum::{extract::FromRequestParts, http::request::Parts};
use chrono::{Days, NaiveDate};
use domain::time::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::ValidQuery;
use crate::error::ApiError;

/// How many days are shown when nobody says.
const USUAL: u64 = 30;

/// From which day on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct From(pub(crate) FirstDay);

/// The first day, if one is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FirstDay(Option<NaiveDate>);

/// From which day on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FromParams {
    /// The first day (UTC); 30 days ago when absent.
    #[param(value_type = Option<NaiveDate>)]
    from: Option<String>,
}

impl FirstDay {
    /// The day from which on, seen from `now`.
    pub(crate) fn since(self, now: Timestamp) -> NaiveDate {
        let today = now.date_naive();
        self.0.unwrap_or_else(|| today.checked_sub_days(Days::new(USUAL)).unwrap_or(today))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ValidQuery(params) = ValidQuery::<FromParams>::from_request_parts(parts, state).await?;
        let day = params.from.map(|text| day(&text)).transpose();
        let allowed = "must be a day like 2026-01-31";
        day.map(|day| Self(FirstDay(day))).map_err(|()| ApiError::invalid("/from", allowed))
    }
}

fn day(text: &str) -> Result<NaiveDate, ()> {
    let fits = text.len() == "2026-01-31".len();
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| fits).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_one_way() {
        assert_eq!(day("2026-01-31"), Ok(NaiveDate::from_ymd_opt(2026, 1, 31).unwrap()));
        for text in ["", "2026-1-31", "2026-02-30", "31.01.2026", "-2026-01-31", "12026-01-31"] {
            assert!(day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn without_a_day_it_is_the_last_thirty() {
        let now = "2026-03-31T12:00:00Z".parse().unwrap();
        assert_eq!(FirstDay(None).since(now), day("2026-03-01").unwrap());
    }
}
