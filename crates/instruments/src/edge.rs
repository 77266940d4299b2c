//! Callers and viewers.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::catalogue::{HTTP, SSE, SSE_RESUMES};

/// A request was answered.
pub fn http_answered(method: &str, route: &str, status: u16, took: Duration) {
    let labels = [
        ("http_request_method", method.to_owned()),
        ("http_route", route.to_owned()),
        ("http_response_status_code", status.to_string()),
    ];
    histogram!(HTTP.name, &labels).record(took);
}

/// Somebody opened a stream; `whence` is `new`, `resumed` or `over`.
pub fn sse_opened(whence: &'static str) {
    counter!(SSE_RESUMES.name, "result" => whence).increment(1);
}

/// An open stream, until it is dropped.
#[derive(Debug)]
pub struct Watched(());

/// A stream is open as long as the answer lives.
#[must_use]
pub fn watched() -> Watched {
    gauge!(SSE.name).increment(1);
    Watched(())
}

impl Drop for Watched {
    fn drop(&mut self) {
        gauge!(SSE.name).decrement(1);
    }
}
