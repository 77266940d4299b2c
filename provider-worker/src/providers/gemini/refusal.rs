//! What an error means.

use std::time::Duration;

use ::http::HeaderMap;
use chrono::{Days, NaiveTime};
use domain::{failure::ErrorClass, time::Timestamp};

use super::{
    super::{
        hint,
        refusal::{Refusal, by_status, is_of_dead_key},
    },
    wire::WireError,
};

/// What begins a refusal of every request from a country that is not served.
const ELSEWHERE: &str = "User location is not supported";

/// When a day's limits are new: at midnight in Los Angeles, which is an hour earlier in summer.
const NEW_DAY: NaiveTime = NaiveTime::from_hms_opt(8, 0, 0).expect("every day has this time");

/// The refusal that `error` is.
pub(super) fn refusal(
    status: Option<u16>,
    error: WireError,
    headers: &HeaderMap,
    at: Timestamp,
) -> Refusal {
    let class = class(status, &error);
    let said = retry_delay(&error);
    let message = error.message.unwrap_or_default();
    let hint = said.or_else(|| hint::retry_after(headers, &message, at));
    let new_day = (class == ErrorClass::RateDay).then(|| until_new_day(at));
    let retry_after = hint.or(new_day);
    Refusal { class, name: error.status.unwrap_or_default(), message, retry_after }
}

/// How long its details ask to wait.
fn retry_delay(error: &WireError) -> Option<Duration> {
    let delays = error.details.iter().filter_map(|detail| detail.retry_delay.as_deref());
    delays.filter_map(hint::duration).max().map(hint::believed)
}

/// The refusal that an error inside a stream is.
pub(super) fn inside(error: WireError) -> Refusal {
    let class = class(error.code, &error);
    let retry_after = retry_delay(&error);
    let (name, message) = (error.status.unwrap_or_default(), error.message.unwrap_or_default());
    Refusal { class, name, message, retry_after }
}

fn class(status: Option<u16>, error: &WireError) -> ErrorClass {
    let status = status.or(error.code);
    let message = error.message.as_deref().unwrap_or_default();
    if is_of_key(error, message) {
        return ErrorClass::InvalidKey;
    }
    match (status, error.status.as_deref().unwrap_or_default()) {
        (Some(429), _) | (None, "RESOURCE_EXHAUSTED") => limit(error, message),
        (Some(402), _) => ErrorClass::MoneyOut,
        (Some(400), "FAILED_PRECONDITION") if message.to_lowercase().contains("billing") => {
            ErrorClass::MoneyOut
        }
        // Said of where the request comes from: neither the key nor the request is at fault.
        (Some(400) | None, "FAILED_PRECONDITION") if message.starts_with(ELSEWHERE) => {
            ErrorClass::Unknown
        }
        (_, "PERMISSION_DENIED") => ErrorClass::NoPermission,
        // Also said of an address where nothing is.
        (Some(404), "NOT_FOUND") if message.contains("models/") => ErrorClass::NoPermission,
        (_, "UNAVAILABLE" | "INTERNAL" | "DEADLINE_EXCEEDED") => ErrorClass::Overloaded,
        (Some(status), _) => by_status(status).unwrap_or(ErrorClass::Unknown),
        (None, "INVALID_ARGUMENT" | "FAILED_PRECONDITION") => ErrorClass::BadRequest,
        (None, _) => ErrorClass::Unknown,
    }
}

/// A key that is not valid is said with 400, as is what is wrong with the request; one that was taken away with 403, as
/// is a model that it may not use.
fn is_of_key(error: &WireError, message: &str) -> bool {
    let mut reasons = error.details.iter().filter_map(|detail| detail.reason.as_deref());
    reasons.any(|reason| matches!(reason, "API_KEY_INVALID" | "CONSUMER_SUSPENDED"))
        || is_of_dead_key(message)
}

/// Which limit was reached: of several, the one that lasts longest.
fn limit(error: &WireError, message: &str) -> ErrorClass {
    let mut violations = error.details.iter().flat_map(|detail| &detail.violations);
    // This account has no such model, however long one waits.
    if message.contains("limit: 0") {
        return ErrorClass::NoPermission;
    }
    if violations.any(|violation| violation.quota_id.contains("PerDay")) {
        return ErrorClass::RateDay;
    }
    ErrorClass::RateMinute
}

fn until_new_day(at: Timestamp) -> Duration {
    let today = at.date_naive().and_time(NEW_DAY).and_utc();
    let next = if today > at { today } else { today + Days::new(1) };
    (next - at).to_std().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{super::wire, *};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn read(status: u16, body: &str) -> (ErrorClass, Option<f64>) {
        let error = wire::error(body.as_bytes());
        let refusal = refusal(Some(status), error, &HeaderMap::new(), at("2026-11-28T07:00:00Z"));
        (refusal.class, refusal.retry_after.map(|wait| wait.as_secs_f64()))
    }

    fn error(status: &str, message: &str, details: &str) -> String {
        format!(
            r#"{{"error":{{"code":1,"message":"{message}","status":"{status}","details":[{details}]}}}}"#
        )
    }

    fn quota(id: &str) -> String {
        format!(
            r#"{{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{{"quotaMetric":"m","quotaId":"x"}},{{"quotaId":"{id}","quotaDimensions":{{"model":"m"}},"quotaValue":"5"}}]}}"#
        )
    }

    #[test]
    fn the_table_of_classes() {
        use ErrorClass as C;
        let info = |reason: &str| {
            format!(
                r#"{{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"{reason}","metadata":{{"service":"s"}}}},{{"@type":"t","locale":"en-US","message":"m"}}"#
            )
        };
        let retry =
            r#"{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"26.660853464s"}"#;
        let minute = quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
        let day = quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier");
        let cases = [
            (400, error("INVALID_ARGUMENT", "m", &info("API_KEY_INVALID")), C::InvalidKey, None),
            (400, error("INVALID_ARGUMENT", "API key expired. Renew it.", ""), C::InvalidKey, None),
            (
                403,
                error("PERMISSION_DENIED", "m", &info("CONSUMER_SUSPENDED")),
                C::InvalidKey,
                None,
            ),
            (403, error("PERMISSION_DENIED", "m", ""), C::NoPermission, None),
            (
                403,
                error(
                    "PERMISSION_DENIED",
                    "Your API key was reported as leaked. Please use another API key.",
                    "",
                ),
                C::InvalidKey,
                None,
            ),
            (
                403,
                error(
                    "PERMISSION_DENIED",
                    "Your project has been denied access. Please contact support.",
                    "",
                ),
                C::InvalidKey,
                None,
            ),
            (403, "<html>".to_owned(), C::Unknown, None),
            (404, error("NOT_FOUND", "models/x is not found", ""), C::NoPermission, None),
            (
                404,
                error("NOT_FOUND", "This model models/x is no longer available.", ""),
                C::NoPermission,
                None,
            ),
            (404, error("NOT_FOUND", "Requested entity was not found.", ""), C::NoModel, None),
            (404, error("", "models/x is not found", ""), C::NoModel, None),
            (404, "<html>".to_owned(), C::NoModel, None),
            (400, error("INVALID_ARGUMENT", "m", &info("BAD")), C::BadRequest, None),
            (400, error("FAILED_PRECONDITION", "Enable billing", ""), C::MoneyOut, None),
            // Another worker may be elsewhere, and another question would be refused as well.
            (
                400,
                error("FAILED_PRECONDITION", "User location is not supported for the API use.", ""),
                C::Unknown,
                None,
            ),
            (400, error("FAILED_PRECONDITION", "m", ""), C::BadRequest, None),
            (402, String::new(), C::MoneyOut, None),
            (429, error("RESOURCE_EXHAUSTED", "m", &minute), C::RateMinute, None),
            (
                429,
                error("RESOURCE_EXHAUSTED", "m", &format!("{minute},{retry}")),
                C::RateMinute,
                Some(26.660_853_464),
            ),
            (429, error("RESOURCE_EXHAUSTED", "m", &day), C::RateDay, Some(3600.0)),
            (
                429,
                error("RESOURCE_EXHAUSTED", "m", &format!("{day},{retry}")),
                C::RateDay,
                Some(26.660_853_464),
            ),
            (
                429,
                error("RESOURCE_EXHAUSTED", "Please retry in 26.66s.", ""),
                C::RateMinute,
                Some(26.66),
            ),
            (429, error("RESOURCE_EXHAUSTED", "quota, limit: 0", &day), C::NoPermission, None),
            (
                429,
                error("RESOURCE_EXHAUSTED", "Resource has been exhausted", ""),
                C::RateMinute,
                None,
            ),
            (429, "<html>".to_owned(), C::RateMinute, None),
            (503, error("UNAVAILABLE", "The model is overloaded.", ""), C::Overloaded, None),
            (500, error("INTERNAL", "m", ""), C::Overloaded, None),
            (504, error("DEADLINE_EXCEEDED", "m", ""), C::Overloaded, None),
            (503, format!("[{}]", error("UNAVAILABLE", "m", "")), C::Overloaded, None),
            (418, String::new(), C::Unknown, None),
        ];
        for (status, body, class, wait) in cases {
            assert_eq!(read(status, &body), (class, wait), "{status} {body}");
        }
    }

    #[test]
    fn a_day_ends_within_a_day() {
        for (now, hours) in [
            ("2026-11-28T07:59:59Z", 1.0 / 3600.0),
            ("2026-11-28T08:00:00Z", 24.0),
            ("2026-12-31T20:00:00Z", 12.0),
        ] {
            assert!((until_new_day(at(now)).as_secs_f64() / 3600.0 - hours).abs() < 1e-9, "{now}");
        }
    }
}
