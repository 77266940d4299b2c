//! The refresh token as a cookie, for pages; and what a device is known by.

use axum::http::{HeaderMap, HeaderValue, header};

use super::{RefreshToken, device::KNOWN_FOR};
use crate::{app::App, error::ApiError};

/// What a cookie is called.
struct Name {
    /// Over plain HTTP, for the only routes that need it.
    plain: &'static str,
    /// Over HTTPS: browsers take a cookie of this name only from this very host, with `Secure`, for all paths.
    secure: &'static str,
}

impl Name {
    /// The one that is written and read: over HTTPS no other, which another host of the same domain could have set.
    fn over(&self, https: bool) -> &'static str {
        if https { self.secure } else { self.plain }
    }
}

const PLAIN_PATH: &str = "/api/auth";

const REFRESH: Name = Name { plain: "sluice_refresh", secure: "__Host-sluice_refresh" };

const DEVICE: Name = Name { plain: "sluice_device", secure: "__Host-sluice_device" };

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
    cookie(app, headers, &DEVICE, (token, KNOWN_FOR.as_secs()))
}

/// What the device says that it is known by.
pub(super) fn device_cookie_value<'h>(app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
    cookie_value(headers, DEVICE.over(is_https(app, headers)))
}

fn cookie(
    app: &App,
    headers: &HeaderMap,
    name: &Name,
    (value, max_age): (&str, u64),
) -> HeaderValue {
    let https = is_https(app, headers);
    let name = name.over(https);
    let (path, secure) = if https { ("/", "; Secure") } else { (PLAIN_PATH, "") };
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
pub(crate) fn presented_cookie(
    app: &App,
    headers: &HeaderMap,
) -> Result<Option<RefreshToken>, ApiError> {
    presented(headers, is_https(app, headers))
}

fn presented(headers: &HeaderMap, https: bool) -> Result<Option<RefreshToken>, ApiError> {
    if is_cross_site(headers) {
        return Err(ApiError::CrossSite);
    }
    Ok(cookie_value(headers, REFRESH.over(https)).and_then(RefreshToken::presented))
}

fn cookie_value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let pairs = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
    let mut named = pairs.filter_map(|pair| pair.trim().split_once('='));
    named.find(|(found, _)| *found == name).map(|(_, value)| value)
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

    fn presented_over(
        https: bool,
        pairs: &[(&'static str, &'static str)],
    ) -> Result<Option<String>, ApiError> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        super::presented(&headers, https).map(|token| token.map(|t| t.expose().to_owned()))
    }

    fn presented(pairs: &[(&'static str, &'static str)]) -> Result<Option<String>, ApiError> {
        presented_over(false, pairs)
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let token = presented(&[("cookie", "a=b; sluice_refresh=tok; c=d")]).unwrap();
        assert_eq!(token.as_deref(), Some("tok"));
        for cookie in ["", "sluice_refresh", "sluice_refresh=", "xsluice_refresh=1", ";;=;"] {
            assert_eq!(presented(&[("cookie", cookie)]).unwrap(), None, "{cookie}");
        }
    }

    /// Another host of the same domain sets what it likes under the plain name, and for the longer path, so that it goes
    /// first.
    ///
    /// Security case 107.
    #[test]
    fn over_https_only_the_cookie_counts_that_this_very_host_has_set() {
        let (planted, own) = ("sluice_refresh=planted", "__Host-sluice_refresh=own");
        let both = "sluice_refresh=planted; __Host-sluice_refresh=own";
        for (cookie, plain, secure) in [
            (planted, Some("planted"), None),
            (own, None, Some("own")),
            (both, Some("planted"), Some("own")),
        ] {
            for (https, expected) in [(false, plain), (true, secure)] {
                let token = presented_over(https, &[("cookie", cookie)]).unwrap();
                assert_eq!(token.as_deref(), expected, "{cookie}, https: {https}");
            }
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
