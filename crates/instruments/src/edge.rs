//! Callers and viewers.

use std::time::Duration;

use metrics::{counter, gauge, histogram};

use crate::catalogue::{HTTP, SSE, SSE_RESUMES};

/// The methods that have names of their own as labels, by the OpenTelemetry conventions for HTTP.
const METHODS: [&str; 9] =
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/// A method as a label: a caller may call it anything.
fn label(method: &str) -> &'static str {
    METHODS.into_iter().find(|known| *known == method).unwrap_or("_OTHER")
}

/// A request was answered.
pub fn http_answered(method: &str, route: &str, status: u16, took: Duration) {
    let labels = [
        ("http_request_method", label(method).to_owned()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_make_no_labels() {
        for (method, expected) in [("GET", "GET"), ("get", "_OTHER"), ("AAAB", "_OTHER")] {
            assert_eq!(label(method), expected);
        }
    }
}
