//! Cookies of sign-ins.

use reqwest::{Method, header::HeaderValue};
use serde_json::Value;

use crate::{
    auth::{PASSWORD, credentials},
    harness::{testing, testing_with},
};

/// Security case 68.
#[tokio::test]
async fn a_page_refreshes_by_its_cookie_and_another_site_does_not() {
    testing(async |app| {
        let user = app.user().await;
        let token = user.session["refreshToken"].as_str().unwrap();
        let with = async |name: &str, value: &str| {
            let request = app.anybody().request(Method::POST, "/api/auth/refresh");
            let request = request.header("cookie", format!("sluice_refresh={token}"));
            app.anybody().send(request.header(name, value)).await
        };
        with("sec-fetch-site", "cross-site").await.problem(403, "cross_site");
        with("origin", "https://evil.example").await.problem(403, "cross_site");
        let answer = with("sec-fetch-site", "same-origin").await.expect(200);
        assert!(answer.headers.contains_key("set-cookie"));
    })
    .await;
}

/// Security case 107.
#[tokio::test]
async fn over_https_a_planted_cookie_signs_nobody_in() {
    testing_with(
        |config| config.trust_forwarded = true,
        async |app| {
            let user = app.user().await;
            let token = user.session["refreshToken"].as_str().unwrap();
            let with = async |name: &str, proto: &str| {
                let request = app.anybody().request(Method::POST, "/api/auth/refresh");
                let request = request.header("cookie", format!("{name}={token}"));
                app.anybody().send(request.header("x-forwarded-proto", proto)).await
            };
            with("sluice_refresh", "https").await.problem(401, "refresh_refused");
            with("__Host-sluice_refresh", "http").await.problem(401, "refresh_refused");
            with("__Host-sluice_refresh", "https").await.expect(200);
        },
    )
    .await;
}

#[tokio::test]
async fn cookies_are_secure_behind_a_trusted_proxy_with_tls() {
    for (trusted, proto, secure) in
        [(true, "https", true), (true, "http", false), (false, "https", false)]
    {
        testing_with(
            |config| config.trust_forwarded = trusted,
            async |app| {
                let anybody = app.anybody();
                let by = async |path: &str, cookie: &str, body: Value| {
                    let request = anybody.request(Method::POST, path).header("cookie", cookie);
                    anybody.send(request.header("x-forwarded-proto", proto).json(&body)).await
                };
                // Browsers take `__Host-` with `Secure`, for all paths and this host alone.
                let (prefix, path, end) =
                    if secure { ("__Host-", "/", "; Secure") } else { ("", "/api/auth", "") };
                let is = |cookie: &HeaderValue, name: &str| {
                    let cookie = cookie.to_str().unwrap();
                    let (named, rest) = cookie.split_once('=').unwrap();
                    let (_, rest) = rest.split_once("; ").unwrap();
                    let (rest, age) = rest.split_once("Max-Age=").unwrap();
                    let age = age.strip_suffix(end).unwrap();
                    assert!(age.parse::<u64>().is_ok(), "{cookie}");
                    let expected = format!("HttpOnly; SameSite=Strict; Path={path}; ");
                    assert_eq!((named, rest), (&*format!("{prefix}{name}"), &*expected));
                };
                let cookie = format!("{prefix}sluice_refresh=x");
                let left = by("/api/auth/logout", &cookie, Value::Null).await;
                is(&left.expect(204).headers["set-cookie"], "sluice_refresh");
                let body = credentials("ada@example.org", PASSWORD);
                let entered = by("/api/auth/register", "", body).await.expect(201);
                let cookies: Vec<_> = entered.headers.get_all("set-cookie").iter().collect();
                assert_eq!(cookies.len(), 2, "{cookies:?}");
                for (name, cookie) in ["sluice_refresh", "sluice_device"].iter().zip(cookies) {
                    is(cookie, name);
                }
            },
        )
        .await;
    }
}
