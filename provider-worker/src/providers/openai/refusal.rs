//! What a provider's error means.

use std::time::Duration;

use domain::failure::ErrorClass;

use super::{
    super::refusal::{Refusal, by_status},
    wire::WireRefusal,
};

/// The refusal that `said` is; `status` is absent for an error inside a stream.
pub(super) fn refusal(
    status: Option<u16>,
    said: WireRefusal,
    retry_after: Option<Duration>,
) -> Refusal {
    let class = class(status, &said);
    let name = if said.code.is_empty() { said.kind } else { said.code };
    Refusal { class, name, message: said.message, retry_after }
}

/// The class of a refusal: by its names where they say more than the status, else by the status.
fn class(status: Option<u16>, said: &WireRefusal) -> ErrorClass {
    // A number for a code is a status, in answers that some gateways put together.
    let status = status.or_else(|| said.code.parse().ok());
    let named = by_name(&said.code).or_else(|| by_name(&said.kind));
    let by_status = status.and_then(by_status);
    match (by_status, named) {
        // `invalid_request_error` is the type of nearly every refusal; the status knows better.
        (Some(class), None | Some(ErrorClass::BadRequest)) => class,
        // A fault of the provider's stays one, whatever it is called.
        (Some(ErrorClass::Overloaded), Some(_)) => ErrorClass::Overloaded,
        (_, Some(class)) => class,
        (None, None) => ErrorClass::Unknown,
    }
}

fn by_name(name: &str) -> Option<ErrorClass> {
    Some(match name {
        "insufficient_quota"
        | "credit_balance_exhausted"
        | "billing_hard_limit_reached"
        | "billing_not_active" => ErrorClass::MoneyOut,
        "invalid_api_key" | "account_deactivated" | "authentication_error" => {
            ErrorClass::InvalidKey
        }
        "model_not_found" | "permission_denied" | "permission_error" => ErrorClass::NoPermission,
        "rate_limit_exceeded" | "rate_limit_error" | "requests" | "tokens" => {
            ErrorClass::RateMinute
        }
        "slow_down"
        | "server_is_overloaded"
        | "server_error"
        | "service_unavailable_error"
        | "overloaded_error" => ErrorClass::Overloaded,
        "invalid_request_error" | "context_length_exceeded" => ErrorClass::BadRequest,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: &str, code: &str) -> WireRefusal {
        WireRefusal { message: "m".into(), kind: kind.into(), code: code.into() }
    }

    #[test]
    fn the_table_of_classes() {
        use ErrorClass as C;
        let cases = [
            (Some(401), "invalid_request_error", "invalid_api_key", C::InvalidKey),
            (Some(401), "", "", C::InvalidKey),
            (Some(403), "", "account_deactivated", C::InvalidKey),
            (Some(401), "", "billing_not_active", C::MoneyOut),
            (Some(402), "", "", C::MoneyOut),
            (Some(403), "", "", C::NoPermission),
            (Some(404), "invalid_request_error", "model_not_found", C::NoPermission),
            (Some(404), "", "", C::BadRequest),
            (Some(429), "tokens", "rate_limit_exceeded", C::RateMinute),
            (Some(429), "requests", "", C::RateMinute),
            (Some(429), "", "", C::RateMinute),
            (Some(429), "insufficient_quota", "insufficient_quota", C::MoneyOut),
            (Some(429), "insufficient_quota", "credit_balance_exhausted", C::MoneyOut),
            (Some(429), "insufficient_quota", "brand_new_code", C::MoneyOut),
            (Some(400), "invalid_request_error", "", C::BadRequest),
            (Some(400), "", "context_length_exceeded", C::BadRequest),
            (Some(400), "", "invalid_api_key", C::InvalidKey),
            (Some(413), "", "", C::BadRequest),
            (Some(422), "", "", C::BadRequest),
            (Some(500), "server_error", "", C::Overloaded),
            (Some(503), "service_unavailable_error", "slow_down", C::Overloaded),
            (Some(502), "", "", C::Overloaded),
            (Some(500), "", "invalid_api_key", C::Overloaded),
            (Some(418), "", "", C::Unknown),
            (Some(302), "", "", C::Unknown),
            (None, "rate_limit_error", "", C::RateMinute),
            (None, "", "429", C::RateMinute),
            (None, "", "503", C::Overloaded),
            (None, "server_error", "", C::Overloaded),
            (None, "invalid_request_error", "", C::BadRequest),
            (None, "", "", C::Unknown),
        ];
        for (status, kind, code, expected) in cases {
            assert_eq!(class(status, &said(kind, code)), expected, "{status:?} {kind} {code}");
        }
    }
}
