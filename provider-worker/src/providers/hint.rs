//! How long a provider asks to wait, in the many ways it says so.

use std::time::Duration;

use ::http::HeaderMap;
use chrono::DateTime;
use domain::time::Timestamp;

/// The shortest wait that is believed, so that "now" does not become a spin.
const SHORTEST: Duration = Duration::from_millis(100);

/// The longest wait that is believed: the longest rung of the default ladder.
const LONGEST: Duration = Duration::from_hours(24);

/// How long the provider asks to wait, if it says so in a way that can be believed.
///
/// The headers `retry-after-ms` and `retry-after` (seconds or a date) come first, then those that
/// tell when a used-up limit is new again (a duration, a time, or a number), then the words "try again in 1m2.5s"
/// or "retry in 26.66s" of the message. Of several values in one place the longest counts. What cannot
/// be read counts as not said.
pub(super) fn retry_after(headers: &HeaderMap, message: &str, at: Timestamp) -> Option<Duration> {
    let said = header(headers, "retry-after-ms", |text| seconds(text, 0.001))
        .or_else(|| header(headers, "retry-after", |text| seconds(text, 1.0).or(date(text, at))))
        .or_else(|| used_up(headers))
        .or_else(|| used_up_until(headers, at))
        .or_else(|| used_up_by_number(headers, at))
        .or_else(|| in_words(message));
    said.map(believed)
}

/// The same for a provider's words alone.
pub(super) fn retry_after_in(message: &str) -> Option<Duration> {
    in_words(message).map(believed)
}

/// As much of a wait as is believed.
pub(super) fn believed(wait: Duration) -> Duration {
    wait.clamp(SHORTEST, LONGEST)
}

fn header(
    headers: &HeaderMap,
    name: &str,
    read: impl Fn(&str) -> Option<Duration>,
) -> Option<Duration> {
    let values = headers.get_all(name).iter();
    values.filter_map(|value| read(value.to_str().ok()?.trim())).max()
}

/// A number of units of so many seconds. Less than nothing, infinity and what is no number is nothing.
fn seconds(text: &str, unit: f64) -> Option<Duration> {
    let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+'));
    let number: f64 = text.parse().ok().filter(|number: &f64| plain && number.is_finite())?;
    Some(Duration::try_from_secs_f64(number * unit).unwrap_or(LONGEST))
}

/// The time until an HTTP date; one that has passed is now.
fn date(text: &str, at: Timestamp) -> Option<Duration> {
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some((date.to_utc() - at).to_std().unwrap_or_default())
}

/// When the used-up ones of the limits are new again.
fn used_up(headers: &HeaderMap) -> Option<Duration> {
    let reset = |kind: &str| {
        let remaining = headers.get(format!("x-ratelimit-remaining-{kind}"))?;
        let reset = format!("x-ratelimit-reset-{kind}");
        (remaining == "0").then(|| header(headers, &reset, duration)).flatten()
    };
    reset("requests").max(reset("tokens"))
}

/// The same of limits that say when instead of after how long.
fn used_up_until(headers: &HeaderMap, at: Timestamp) -> Option<Duration> {
    let reset = |kind: &str| {
        let remaining = headers.get(format!("anthropic-ratelimit-{kind}-remaining"))?;
        let reset = format!("anthropic-ratelimit-{kind}-reset");
        let until = |text: &str| {
            let time = DateTime::parse_from_rfc3339(text).ok()?;
            Some((time.to_utc() - at).to_std().unwrap_or_default())
        };
        (remaining == "0").then(|| header(headers, &reset, until)).flatten()
    };
    ["requests", "tokens", "input-tokens", "output-tokens"].into_iter().filter_map(reset).max()
}

/// The same of a limit that has no name: milliseconds since 1970, seconds since 1970, or seconds from now. How large
/// the number is tells which.
fn used_up_by_number(headers: &HeaderMap, at: Timestamp) -> Option<Duration> {
    let wait = |text: &str| {
        let until = |unit| Some(seconds(text, unit)?.saturating_sub(since_1970(at)));
        match seconds(text, 1.0)?.as_secs() {
            0..1_000_000_000 => seconds(text, 1.0),
            1_000_000_000..1_000_000_000_000 => until(1.0),
            1_000_000_000_000.. => until(0.001),
        }
    };
    let is_used_up = headers.get("x-ratelimit-remaining")? == "0";
    is_used_up.then(|| header(headers, "x-ratelimit-reset", wait)).flatten()
}

fn since_1970(at: Timestamp) -> Duration {
    at.signed_duration_since(DateTime::UNIX_EPOCH).to_std().unwrap_or_default()
}

/// "Please try again in 41.724s." or "Please retry in 26.66s."
fn in_words(message: &str) -> Option<Duration> {
    let said = |before: &str| message.split_once(before).map(|(_, rest)| rest);
    let word = said("try again in ").or_else(|| said("retry in "))?.split_whitespace().next()?;
    duration(word.trim_end_matches(['.', ',', ')']))
}

/// A duration such as `12ms`, `41.7s` or `1h6m0s`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| c.is_ascii_alphabetic() || c == 'µ')?;
        let (number, tail) = rest.split_at(unit_at);
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let unit = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        sum = sum.saturating_add(seconds(number, unit)?);
        rest = tail;
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use ::http::{HeaderName, HeaderValue};

    use super::*;

    fn at() -> Timestamp {
        "2026-11-21T08:00:00Z".parse().unwrap()
    }

    fn hint(headers: &[(&'static str, &'static str)], message: &str) -> Option<f64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        retry_after(&map, message, at()).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn every_value_of_retry_after_ends_in_a_bounded_wait_or_none() {
        let cases = [
            ("7", Some(7.0)),
            ("1.5", Some(1.5)),
            (" 2 ", Some(2.0)),
            ("0", Some(0.1)),
            ("9e18", Some(86_400.0)),
            ("99999999999999999999999", Some(86_400.0)),
            ("1e400", None),
            ("-5", None),
            ("NaN", None),
            ("inf", None),
            ("infinity", None),
            ("", None),
            ("soon", None),
            ("0x10", None),
            ("Sat, 21 Nov 2026 08:00:30 GMT", Some(30.0)),
            ("Sat, 21 Nov 2026 07:00:00 GMT", Some(0.1)),
            ("Thu, 21 Nov 2999 08:00:30 GMT", Some(86_400.0)),
            ("Foo, 99 Bar 2026 08:00:30 GMT", None),
        ];
        for (value, expected) in cases {
            assert_eq!(hint(&[("retry-after", value)], ""), expected, "{value:?}");
        }
    }

    #[test]
    fn the_more_exact_place_counts() {
        let both = [("retry-after", "7"), ("retry-after-ms", "1250")];
        assert_eq!(hint(&both, "try again in 9s"), Some(1.25));
        assert_eq!(hint(&[("retry-after", "7"), ("retry-after", "9")], ""), Some(9.0));
        assert_eq!(hint(&[("retry-after", "bad")], "Please try again in 41.724s."), Some(41.724));
        assert_eq!(hint(&[], "Please try again in 6m0s. Visit"), Some(360.0));
        assert_eq!(hint(&[], "try again in a while"), None);
        assert_eq!(hint(&[], "Please retry in 26.660853464s."), Some(26.660_853_464));
        assert_eq!(hint(&[], "no hint"), None);
    }

    #[test]
    fn a_used_up_limit_tells_when_it_is_new_again() {
        let requests = ("x-ratelimit-remaining-requests", "0");
        let tokens = ("x-ratelimit-remaining-tokens", "12");
        let resets = [("x-ratelimit-reset-requests", "1m2.5s"), ("x-ratelimit-reset-tokens", "2h")];
        assert_eq!(hint(&[requests, tokens, resets[0], resets[1]], ""), Some(62.5));
        assert_eq!(hint(&[tokens, resets[0], resets[1]], ""), None);
    }

    #[test]
    fn a_limit_without_a_name_says_by_a_number_when_it_is_new_again() {
        let used_up = ("x-ratelimit-remaining", "0");
        for (reset, expected) in [
            ("30", Some(30.0)),
            ("1795248060", Some(60.0)),
            ("1795248060500", Some(60.5)),
            ("1795247999000", Some(0.1)),
            ("99999999999999999999", Some(86_400.0)),
            ("-1", None),
            ("soon", None),
        ] {
            assert_eq!(hint(&[used_up, ("x-ratelimit-reset", reset)], ""), expected, "{reset}");
        }
        let left = ("x-ratelimit-remaining", "3");
        assert_eq!(hint(&[left, ("x-ratelimit-reset", "30")], ""), None);
        assert_eq!(hint(&[("x-ratelimit-reset", "30")], ""), None);
    }

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, expected) in [
            ("12ms", Some(0.012)),
            ("1h1m1s", Some(3661.0)),
            ("5", None),
            ("s", None),
            ("5x", None),
            ("1s2", None),
            ("", None),
        ] {
            assert_eq!(duration(text).map(|wait| wait.as_secs_f64()), expected, "{text:?}");
        }
    }
}
