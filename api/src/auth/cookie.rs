//! The refresh token as a cookie, for pages; and what a device is known by.

use axum::http::{HeaderMap, HeaderValue, header};

use super::RefreshToken;
use crate::{app::App, error::ApiError};

/// What a cookie is called.
struct Name {
    /// Over plain HTTP, for the only routes that need it.
    plain: &'static str,
    /// Over HTTPS: browsers take a cookie of this name only from this very host, with `Secure`, for all paths.
    secure: &'static str,
}

const PLAIN_PATH: &str = "/api/auth";

const REFRESH: Name = Name { plain: "sluice_refresh", secure: "__Host-sluice_refresh" };

const DEVICE: Name = Name { plain: "sluice_device", secure: "__Host-sluice_device" };

/// How long a device is known that nobody signs in on, in seconds: a year, and browsers keep nothing for much
/// longer.
const DEVICE_KNOWN: u64 = 365 * 24 * 60 * 60;

/// A `Set-Cookie` that keeps `token`.
pub(crate) fn keep_cookie(app: &App, headers: &HeaderMap, token: &RefreshToken) -> HeaderValue {
    cookie(app, headers, &REFRESH, (token.expose(), app.config.refresh_ttl.as_secs()))
}

/// A `Set-Cookie` that takes the token away.
pub(crate) fn clear_cookie(app: &App, headers: &HeaderMap) -> HeaderValue {
    cookie(app, headers, &REFRESH, ("", 0))
}

/// A `Set-Cookie` that keeps what the device is known by.
pub(super) fn device_cookie(app: &App, headers: &HeaderMap, token: &str) -> HeaderValue {
    cookie(app, headers, &DEVICE, (token, DEVICE_KNOWN))
}

/// What the device says that it is known by.
pub(super) fn device_cookie_value(headers: &HeaderMap) -> Option<&str> {
    cookie_value(headers, &DEVICE)
}

fn cookie(
    app: &App,
    headers: &HeaderMap,
    name: &Name,
    (value, max_age): (&str, u64),
) -> HeaderValue {
    let (name, path, secure) = if is_https(app, headers) {
        (name.secure, "/", "; Secure")
    } else {
        (name.plain, PLAIN_PATH, "")
    };
    let text = format!(
        "{name}={value}; HttpOnly; SameSite=Strict; Path={path}; Max-Age={max_age}{secure}"
    );
    HeaderValue::try_from(text).expect("a token of ours is base64url")
}

fn is_https(app: &App, headers: &HeaderMap) -> bool {
    let proto = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    app.config.trust_forwarded && proto == Some("https")
}

/// The token in the cookie, if there is one. A cookie comes along by itself, so it only counts when
/// one of our own pages sent the request. That is asked whether or not there is one: from another site none
/// comes along, and the answer could still take it away.
pub(crate) fn presented_cookie(headers: &HeaderMap) -> Result<Option<RefreshToken>, ApiError> {
    if is_cross_site(headers) {
        return Err(ApiError::CrossSite);
    }
    Ok(cookie_value(headers, &REFRESH).and_then(RefreshToken::presented))
}

fn cookie_value<'h>(headers: &'h HeaderMap, name: &Name) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let pairs = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
    let named = pairs.filter_map(|pair| pair.trim().split_once('='));
    // One of each may be there after a change to HTTPS; the one that only this host can set goes first.
    let pairs: Vec<_> = named.collect();
    let value_of = |wanted| pairs.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    value_of(name.secure).or_else(|| value_of(name.plain))
}

/// Browsers say where a request comes from; what says nothing is not a browser, and has no cookie
/// that it was not given on purpose.
fn is_cross_site(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.map(|(_, host)| host) != host || host.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn presented(pairs: &[(&'static str, &'static str)]) -> Result<Option<String>, ApiError> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        presented_cookie(&headers).map(|token| token.map(|t| t.expose().to_owned()))
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let token = presented(&[("cookie", "a=b; sluice_refresh=tok; c=d")]).unwrap();
        assert_eq!(token.as_deref(), Some("tok"));
        let both = "sluice_refresh=old; __Host-sluice_refresh=new";
        assert_eq!(presented(&[("cookie", both)]).unwrap().as_deref(), Some("new"));
        for cookie in ["", "sluice_refresh", "sluice_refresh=", "xsluice_refresh=1", ";;=;"] {
            assert_eq!(presented(&[("cookie", cookie)]).unwrap(), None, "{cookie}");
        }
    }

    /// Security case 68.
    #[test]
    fn it_only_counts_from_our_own_pages() {
        let cookie = ("cookie", "sluice_refresh=tok");
        let host = ("host", "sluice.example:8080");
        for (name, value, counts) in [
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "none", true),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "cross-site", false),
            ("origin", "http://sluice.example:8080", true),
            ("origin", "http://sluice.example", false),
            ("origin", "https://evil.example", false),
            ("origin", "null", false),
            ("accept", "*/*", true),
        ] {
            for sent in [&[cookie, host, (name, value)][..], &[host, (name, value)]] {
                assert_eq!(presented(sent).is_ok(), counts, "{name}: {value}");
            }
        }
    }
}
