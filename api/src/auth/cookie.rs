//! The refresh token as a cookie, for pages.

use axum::http::{HeaderMap, HeaderValue, header};

use super::RefreshToken;
use crate::{app::App, error::ApiError};

const NAME: &str = "sluice_refresh";
/// The only routes that need it.
const PATH: &str = "/api/auth";

/// A `Set-Cookie` that keeps `token`.
pub(crate) fn keep_cookie(app: &App, headers: &HeaderMap, token: &RefreshToken) -> HeaderValue {
    cookie(app, headers, token.expose(), app.config.refresh_ttl.as_secs())
}

/// A `Set-Cookie` that takes the token away.
pub(crate) fn clear_cookie(app: &App, headers: &HeaderMap) -> HeaderValue {
    cookie(app, headers, "", 0)
}

fn cookie(app: &App, headers: &HeaderMap, value: &str, max_age: u64) -> HeaderValue {
    let secure = if is_https(app, headers) { "; Secure" } else { "" };
    let text = format!(
        "{NAME}={value}; HttpOnly; SameSite=Strict; Path={PATH}; Max-Age={max_age}{secure}"
    );
    HeaderValue::try_from(text).expect("a token of ours is base64url")
}

fn is_https(app: &App, headers: &HeaderMap) -> bool {
    let proto = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    app.config.trust_forwarded && proto == Some("https")
}

/// The token in the cookie, if there is one. A cookie comes along by itself, so it only counts when
/// one of our own pages sent the request.
pub(crate) fn presented_cookie(headers: &HeaderMap) -> Result<Option<RefreshToken>, ApiError> {
    let Some(token) = cookie_value(headers).and_then(RefreshToken::presented) else {
        return Ok(None);
    };
    if is_cross_site(headers) {
        return Err(ApiError::CrossSite);
    }
    Ok(Some(token))
}

fn cookie_value(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let pairs = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
    let mut named = pairs.filter_map(|pair| pair.trim().split_once('='));
    named.find(|(name, _)| *name == NAME).map(|(_, value)| value)
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
        for cookie in ["", "sluice_refresh", "sluice_refresh=", "xsluice_refresh=1", ";;=;"] {
            assert_eq!(presented(&[("cookie", cookie)]).unwrap(), None, "{cookie}");
        }
    }

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
            let result = presented(&[cookie, host, (name, value)]);
            assert_eq!(result.is_ok(), counts, "{name}: {value}");
        }
    }
}
