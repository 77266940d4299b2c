//! What a provider's error means.

use std::time::Duration;

use domain::failure::ErrorClass;

use super::{
    super::refusal::{Refusal, by_status, is_of_dead_key},
    wire::WireRefusal,
};

/// The refusal that `said` is; `status` is absent for an error inside a stream.
pub(super) fn refusal(
    status: Option<u16>,
    said: WireRefusal,
    retry_after: Option<Duration>,
) -> Refusal {
    let class = class(status, &said, retry_after);
    let name = if said.code.is_empty() { said.kind } else { said.code };
    Refusal { class, name, message: said.message, retry_after }
}

/// The class of a refusal: by its names where they say more than the status, else by the status.
fn class(status: Option<u16>, said: &WireRefusal, retry_after: Option<Duration>) -> ErrorClass {
    // A number for a code is a status, in answers that some gateways put together.
    let status = status.or_else(|| said.code.parse().ok().filter(|code| (400..600).contains(code)));
    let named = by_name(&said.code).or_else(|| by_name(&said.kind));
    let by_status = status.and_then(by_status);
    match (by_status, named) {
        _ if is_too_large(status, said) => ErrorClass::BadRequest,
        _ if matches!(status, Some(400 | 403)) && is_of_dead_key(&said.message) => {
            ErrorClass::InvalidKey
        }
        _ if matches!(status, Some(400 | 403 | 404)) && is_unverified(&said.message) => {
            ErrorClass::NoPermission
        }
        _ if status == Some(429) && is_of_the_day(said) => ErrorClass::RateDay,
        _ if status == Some(429) && is_about_money(&said.message) => ErrorClass::MoneyOut,
        (_, None | Some(ErrorClass::BadRequest)) if status == Some(403) => forbidden(said),
        // An account that pays for what is under way as long as it is. Without money there is no wait to tell.
        (Some(ErrorClass::MoneyOut), None | Some(ErrorClass::BadRequest))
            if retry_after.is_some() =>
        {
            ErrorClass::RateMinute
        }
        // `invalid_request_error` is the type of nearly every refusal; the status knows better.
        (Some(class), None | Some(ErrorClass::BadRequest)) => class,
        // A fault of the provider's stays one, whatever it is called.
        (Some(ErrorClass::Overloaded), Some(_)) => ErrorClass::Overloaded,
        (_, Some(class)) => class,
        (None, None) => ErrorClass::Unknown,
    }
}

/// Whether the request alone is larger than what the key may use in a minute, which no wait changes. It is called
/// by the name of a throttle.
fn is_too_large(status: Option<u16>, said: &WireRefusal) -> bool {
    status == Some(413) || said.message.starts_with("Request too large for")
}

/// Whether an account may not use the model before somebody has shown who they are, which is said as if the request
/// were wrong. It begins so: further on a message may repeat what was asked for.
fn is_unverified(message: &str) -> bool {
    message.starts_with("Your organization must be verified")
}

/// Whether a gateway says that its limit is one of the day.
fn is_of_the_day(said: &WireRefusal) -> bool {
    let named = said.message.strip_prefix("Rate limit exceeded: ");
    said.limit_source.ends_with("_daily") || named.is_some_and(|limit| limit.contains("-per-day"))
}

/// Whether there is no money left, in words alone.
fn is_about_money(message: &str) -> bool {
    let message = message.to_lowercase();
    let words = ["any credits", "all available credits", "key limit exceeded"];
    words.iter().any(|words| message.contains(words))
}

/// What is forbidden, where no name says it.
fn forbidden(said: &WireRefusal) -> ErrorClass {
    let message = said.message.to_lowercase();
    let flags =
        ["input was flagged", "usage guidelines"].iter().any(|words| message.contains(words));
    if said.is_flagged || flags {
        return ErrorClass::BadRequest;
    }
    if !said.limit_source.is_empty() || is_about_money(&said.message) {
        return ErrorClass::MoneyOut;
    }
    ErrorClass::Unknown
}

fn by_name(name: &str) -> Option<ErrorClass> {
    Some(match name {
        "insufficient_quota"
        | "credit_balance_exhausted"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "exceeded_current_quota_error"
        | "Arrearage"
        | "budget_exceeded" => ErrorClass::MoneyOut,
        "invalid_api_key" | "account_deactivated" | "authentication_error" => {
            ErrorClass::InvalidKey
        }
        "model_not_found"
        | "permission_denied"
        | "permission_error"
        | "permissions_error"
        | "model_permission_blocked_org"
        | "model_permission_blocked_project"
        | "key_model_access_denied"
        | "team_model_access_denied"
        | "user_model_access_denied"
        | "org_model_access_denied" => ErrorClass::NoPermission,
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
        WireRefusal {
            message: "m".into(),
            kind: kind.into(),
            code: code.into(),
            ..WireRefusal::default()
        }
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
            (Some(403), "", "", C::Unknown),
            (Some(403), "invalid_request_error", "", C::Unknown),
            (Some(403), "request_forbidden", "unsupported_country_region_territory", C::Unknown),
            (Some(403), "invalid_request_error", "model_not_found", C::NoPermission),
            (Some(403), "permission_error", "", C::NoPermission),
            (Some(403), "", "permission_denied", C::NoPermission),
            (Some(403), "permissions_error", "model_permission_blocked_project", C::NoPermission),
            (Some(403), "permissions_error", "", C::NoPermission),
            (Some(401), "key_model_access_denied", "401", C::NoPermission),
            (Some(403), "key_model_access_denied", "403", C::NoPermission),
            (Some(429), "exceeded_current_quota_error", "", C::MoneyOut),
            (Some(403), "exceeded_current_quota_error", "", C::MoneyOut),
            (Some(400), "", "Arrearage", C::MoneyOut),
            (Some(400), "budget_exceeded", "400", C::MoneyOut),
            (Some(429), "budget_exceeded", "", C::MoneyOut),
            (None, "", "403", C::Unknown),
            (Some(404), "invalid_request_error", "model_not_found", C::NoPermission),
            (Some(404), "", "", C::NoModel),
            (Some(404), "invalid_request_error", "", C::NoModel),
            (Some(404), "NotFoundError", "404", C::NoModel),
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
            (Some(413), "tokens", "rate_limit_exceeded", C::BadRequest),
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
            (None, "", "1302", C::Unknown),
            (None, "server_error", "", C::Overloaded),
            (None, "invalid_request_error", "", C::BadRequest),
            (None, "", "", C::Unknown),
        ];
        for (status, kind, code, expected) in cases {
            let found = class(status, &said(kind, code), None);
            assert_eq!(found, expected, "{status:?} {kind} {code}");
        }
    }
    /// Bodies as they were sent, with the seconds of `Retry-After`.
    #[test]
    fn the_table_of_words() {
        use ErrorClass as C;
        let cases = [
            (
                429,
                r#"{"error":{"message":"Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 31538. The input or output tokens must be reduced in order to run successfully.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
                None,
                C::BadRequest,
            ),
            (
                413,
                r#"{"error":{"message":"Request too large for model `llama-3.1-8b-instant` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 7005, please reduce your message size and try again.","type":"tokens","code":"rate_limit_exceeded"}}"#,
                None,
                C::BadRequest,
            ),
            (
                429,
                r#"{"error":{"message":"Rate limit reached for gpt-4 in organization org-x on tokens per min (TPM): Limit 10000, Used 8782, Requested 8172. Please try again in 41.724s.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
                None,
                C::RateMinute,
            ),
            (
                403,
                r#"{"error":{"code":403,"message":"m","metadata":{"reasons":["violence"],"flagged_input":"how to","provider_name":"p","model_slug":"s"}}}"#,
                None,
                C::BadRequest,
            ),
            (
                403,
                r#"{"error":{"code":403,"message":"OpenAI requires moderation. Your input was flagged for \"violence\". No credits were charged."}}"#,
                None,
                C::BadRequest,
            ),
            (
                403,
                r#"{"code":"The caller does not have permission to execute the specified operation","error":"Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"}"#,
                None,
                C::BadRequest,
            ),
            (
                403,
                r#"{"error":{"code":403,"message":"Budget limit exceeded","metadata":{"limit_source":"openrouter_key_limit"}}}"#,
                None,
                C::MoneyOut,
            ),
            (
                403,
                r#"{"code":"The caller does not have permission to execute the specified operation","error":"Your newly created team doesn't have any credits yet."}"#,
                None,
                C::MoneyOut,
            ),
            (
                403,
                r#"{"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported","param":null,"type":"request_forbidden"}}"#,
                None,
                C::Unknown,
            ),
            (403, "<html>Attention Required!</html>", None, C::Unknown),
            (
                403,
                r#"[{"error":{"code":403,"message":"Your API key was reported as leaked. Please use another API key.","status":"PERMISSION_DENIED"}}]"#,
                None,
                C::InvalidKey,
            ),
            (
                400,
                r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***."}"#,
                None,
                C::InvalidKey,
            ),
            (
                402,
                r#"{"error":{"code":402,"message":"m","metadata":{"limit_source":"openrouter_in_flight_budget"}}}"#,
                Some(3),
                C::RateMinute,
            ),
            (402, r#"{"error":{"code":402,"message":"Insufficient credits"}}"#, None, C::MoneyOut),
            (
                402,
                r#"{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                Some(3),
                C::MoneyOut,
            ),
            (
                404,
                r#"{"error":{"message":"No endpoints found for m.","code":404}}"#,
                None,
                C::NoModel,
            ),
            (
                404,
                r#"{"error":{"message":"model \"m\" not found, try pulling it first","type":"api_error","param":null,"code":null}}"#,
                None,
                C::NoModel,
            ),
        ];
        for (status, body, wait, expected) in cases {
            assert_eq!(class_of(status, body, wait), expected, "{status} {body}");
        }
    }

    fn class_of(status: u16, body: &str, wait: Option<u64>) -> ErrorClass {
        let said = super::super::wire::read_refusal(body.as_bytes());
        refusal(Some(status), said, wait.map(Duration::from_secs)).class
    }

    /// What an account may not do is said as if the request were wrong.
    #[test]
    fn the_table_of_accounts() {
        use ErrorClass as C;
        let cases = [
            (
                400,
                r#"{"error":{"message":"Your organization must be verified to stream this model. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization. If you just verified, it can take up to 15 minutes for access to propagate.","type":"invalid_request_error","param":"stream","code":"unsupported_value"}}"#,
                C::NoPermission,
            ),
            (
                400,
                r#"{"error":{"message":"Unsupported value: 'Your organization must be verified'","type":"invalid_request_error","param":"messages","code":"unsupported_value"}}"#,
                C::BadRequest,
            ),
        ];
        for (status, body, expected) in cases {
            assert_eq!(class_of(status, body, None), expected, "{status} {body}");
        }
    }

    /// Limits and money, in the words of those who stand between.
    #[test]
    fn the_table_of_gateways() {
        use ErrorClass as C;
        let cases = [
            (
                403,
                r#"{"error":{"code":403,"message":"Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys"}}"#,
                C::MoneyOut,
            ),
            (
                429,
                r#"{"code":"Some resource has been exhausted","error":"Your team x has either used all available credits or reached its monthly spending limit."}"#,
                C::MoneyOut,
            ),
            (
                429,
                r#"{"code":"Some resource has been exhausted","error":"Too many requests for team x and model grok-4."}"#,
                C::RateMinute,
            ),
            (
                429,
                r#"{"error":{"message":"Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day","code":429}}"#,
                C::RateDay,
            ),
            (
                429,
                r#"{"error":{"message":"m","code":429,"metadata":{"limit_source":"openrouter_free_tier_daily"}}}"#,
                C::RateDay,
            ),
            (
                429,
                r#"{"error":{"message":"Rate limit exceeded: free-models-per-min. ","code":429}}"#,
                C::RateMinute,
            ),
            (
                429,
                r#"{"object":"error","message":"Requests rate limit exceeded","type":"rate_limited","param":null,"code":"1300"}"#,
                C::RateMinute,
            ),
        ];
        for (status, body, expected) in cases {
            assert_eq!(class_of(status, body, None), expected, "{status} {body}");
        }
    }
}
