//! What an error means.

use ::http::HeaderMap;
use domain::{failure::ErrorClass, time::Timestamp};

use super::{
    super::{
        hint,
        refusal::{Refusal, by_status, is_of_dead_key},
    },
    wire::WireError,
};

/// A limit of money for the month; no wait of a day is long enough, and none is said.
const SPEND_LIMIT: &str = "enforced_spend_limit_reached";

/// The refusal that `error` is.
pub(super) fn refusal(
    status: Option<u16>,
    error: WireError,
    headers: &HeaderMap,
    at: Timestamp,
) -> Refusal {
    let retry_after = hint::retry_after(headers, &error.message, at);
    Refusal { class: class(status, &error), name: error.kind, message: error.message, retry_after }
}

/// The refusal that an error inside a stream is.
pub(super) fn inside(error: WireError) -> Refusal {
    let retry_after = hint::retry_after_in(&error.message);
    Refusal { class: class(None, &error), name: error.kind, message: error.message, retry_after }
}

fn class(status: Option<u16>, error: &WireError) -> ErrorClass {
    let code = error.details.as_ref().and_then(|details| details.error_code.as_deref());
    let by_status = status.and_then(by_status);
    match error.kind.as_str() {
        _ if code == Some(SPEND_LIMIT) => ErrorClass::MoneyOut,
        // Said of every request, whatever it asks for.
        _ if matches!(status, Some(400 | 403)) && is_of_dead_key(&error.message) => {
            ErrorClass::InvalidKey
        }
        "authentication_error" => ErrorClass::InvalidKey,
        "billing_error" => ErrorClass::MoneyOut,
        "permission_error" => ErrorClass::NoPermission,
        "not_found_error" if error.message.starts_with("model:") => ErrorClass::NoPermission,
        // Also said of an address where nothing is.
        "not_found_error" => ErrorClass::NoModel,
        "rate_limit_error" => ErrorClass::RateMinute,
        "overloaded_error" | "api_error" | "timeout_error" => ErrorClass::Overloaded,
        "request_too_large" => ErrorClass::BadRequest,
        "invalid_request_error" if is_about_money(&error.message) => ErrorClass::MoneyOut,
        "invalid_request_error" => by_status.unwrap_or(ErrorClass::BadRequest),
        _ => by_status.unwrap_or(ErrorClass::Unknown),
    }
}

/// An account without money is told so with 400, in words alone.
fn is_about_money(message: &str) -> bool {
    let message = message.to_lowercase();
    ["credit balance", "usage limits", "spend limit"].iter().any(|word| message.contains(word))
}

#[cfg(test)]
mod tests {
    use ::http::{HeaderName, HeaderValue};

    use super::{super::wire, *};

    fn at() -> Timestamp {
        "2025-08-21T12:40:00Z".parse().unwrap()
    }

    fn error(kind: &str, message: &str) -> String {
        format!(
            r#"{{"type":"error","error":{{"details":null,"type":"{kind}","message":"{message}"}},"request_id":"req_1"}}"#
        )
    }

    #[test]
    fn the_table_of_classes() {
        use ErrorClass as C;
        let spend = r#"{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}}"#;
        let cases = [
            (401, error("authentication_error", "invalid x-api-key"), C::InvalidKey),
            (400, error("invalid_request_error", "Your credit balance is too low"), C::MoneyOut),
            (
                400,
                error("invalid_request_error", "You have reached your specified API usage limits"),
                C::MoneyOut,
            ),
            (
                400,
                error("invalid_request_error", "This organization has been disabled."),
                C::InvalidKey,
            ),
            (
                400,
                error("invalid_request_error", "x: This organization has been disabled."),
                C::BadRequest,
            ),
            (402, error("billing_error", "m"), C::MoneyOut),
            (400, error("invalid_request_error", "max_tokens: too large"), C::BadRequest),
            (403, error("permission_error", "m"), C::NoPermission),
            (404, error("not_found_error", "model: x"), C::NoPermission),
            (404, error("not_found_error", "Not found"), C::NoModel),
            (404, error("not_found_error", "The requested model: x"), C::NoModel),
            (413, error("request_too_large", "m"), C::BadRequest),
            (429, error("rate_limit_error", "m"), C::RateMinute),
            (429, spend.to_owned(), C::MoneyOut),
            (529, error("overloaded_error", "Overloaded"), C::Overloaded),
            (529, "<html>".to_owned(), C::Overloaded),
            (500, error("api_error", "m"), C::Overloaded),
            (504, error("timeout_error", "m"), C::Overloaded),
            (403, error("forbidden", "Request not allowed"), C::Unknown),
            (403, "{}".to_owned(), C::Unknown),
            (403, "<html>".to_owned(), C::Unknown),
            (404, "<html>".to_owned(), C::NoModel),
            (418, String::new(), C::Unknown),
        ];
        for (status, body, expected) in cases {
            let refusal =
                refusal(Some(status), wire::error(body.as_bytes()), &HeaderMap::new(), at());
            assert_eq!(refusal.class, expected, "{status} {body}");
        }
    }

    #[test]
    fn the_headers_say_when_to_come_again() {
        let wait = |headers: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            let refusal = refusal(Some(429), WireError::default(), &map, at());
            refusal.retry_after.map(|wait| wait.as_secs_f64())
        };
        let used_up = ("anthropic-ratelimit-input-tokens-remaining", "0");
        let reset = ("anthropic-ratelimit-input-tokens-reset", "2025-08-21T12:41:00Z");
        assert_eq!(wait(&[("retry-after", "7"), used_up, reset]), Some(7.0));
        assert_eq!(wait(&[used_up, reset]), Some(60.0));
        assert_eq!(wait(&[reset]), None);
        assert_eq!(wait(&[used_up, (reset.0, "2025-08-21T12:00:00Z")]), Some(0.1));
        assert_eq!(wait(&[used_up, (reset.0, "soon")]), None);
    }
}
