//! How often somebody may do something, and what callers are told of it.

use std::{cell::Cell, time::Duration};

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use domain::time::Timestamp;
pub(crate) use ports::live::Quota;
use ports::live::Verdicts;

use crate::{
    app::App,
    error::{ApiError, Wait},
};

/// What is left of a quota.
#[derive(Debug, Clone, Copy)]
struct Left {
    name: &'static str,
    quota: Quota,
    count: u32,
    /// Until it is full again, or, if nothing is left, until something is.
    resets: Duration,
}

tokio::task_local! {
    /// What is left of the quota that this request came nearest to.
    static NEAREST: Cell<Option<Left>>;
}

/// Whose quota is called what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bucket<'a> {
    /// What callers are told.
    pub(crate) name: &'static str,
    /// Who is counted.
    pub(crate) who: &'a str,
}

/// Counts one more in `bucket`; too often is an error that says for how long.
pub(crate) async fn check(
    app: &App,
    bucket: Bucket<'_>,
    quota: Quota,
    at: Timestamp,
) -> Result<(), ApiError> {
    check_all(app, bucket.who, &[(bucket.name, quota)], at).await
}

/// Counts one more of `who` in each of `buckets`; too often for one of them is an error that says for how long, and
/// then it is counted in none.
pub(crate) async fn check_all(
    app: &App,
    who: &str,
    buckets: &[(&'static str, Quota)],
    at: Timestamp,
) -> Result<(), ApiError> {
    match app.ports.limits.check_all(who, buckets).await? {
        Verdicts::Allowed { left } => {
            for ((name, quota), count) in buckets.iter().copied().zip(left) {
                let used = quota.times.get().saturating_sub(count);
                let until_full = quota.per / quota.times.get() * used;
                let resets = if count == 0 { quota.per / quota.times.get() } else { until_full };
                tell(Left { name, quota, count, resets });
            }
            Ok(())
        }
        Verdicts::RetryAfter { wait: after, by } => {
            if let Some((name, quota)) = buckets.get(by).copied() {
                tell(Left { name, quota, count: 0, resets: after });
            }
            Err(ApiError::TooMany(Wait { after, until: at + after }))
        }
    }
}

fn tell(left: Left) {
    // Outside of a request nobody is told.
    let _ = NEAREST.try_with(|nearest| {
        let is_nearer = nearest.get().is_none_or(|known| left.count <= known.count);
        nearest.set(if is_nearer { Some(left) } else { nearest.get() });
    });
}

/// Tells callers what is left of the quota that they came nearest to
/// (draft-ietf-httpapi-ratelimit-headers).
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    NEAREST
        .scope(Cell::new(None), async {
            let mut response = next.run(request).await;
            if let Some(left) = NEAREST.with(Cell::get) {
                for (name, text) in words(left) {
                    let value = HeaderValue::try_from(text).expect("names and numbers are ASCII");
                    response.headers_mut().insert(name, value);
                }
            }
            response
        })
        .await
}

fn words(Left { name, quota, count, resets }: Left) -> [(HeaderName, String); 2] {
    let (times, window) = (quota.times, seconds(quota.per));
    [
        (HeaderName::from_static("ratelimit-policy"), format!("\"{name}\";q={times};w={window}")),
        (
            HeaderName::from_static("ratelimit"),
            format!("\"{name}\";r={count};t={}", seconds(resets)),
        ),
    ]
}

/// Rounded up: who waits for it must not come too early.
fn seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}
