//! Traces: the context that goes with a question from its request through the queue and every retry to
//! the calls of providers.
//!
//! The context travels in any case, as a W3C `traceparent`, so that logs of different processes can be
//! put together. Spans are exported when the feature `otel` is built in and an endpoint is configured.

use std::{fmt, sync::Arc};

use rand::RngExt;

/// The header that carries a context, in HTTP and in messages.
pub const HEADER: &str = "traceparent";

/// How important spans are: they are exported only if the log takes them, so where they can be exported
/// they are as important as what the log usually shows.
pub const LEVEL: tracing::Level =
    if cfg!(feature = "otel") { tracing::Level::INFO } else { tracing::Level::DEBUG };

/// A place in a trace, as version 00 of W3C's `traceparent` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext(Arc<str>);

impl TraceContext {
    /// Reads a header. None if it is not one, or says nothing.
    #[must_use]
    pub fn read(header: &str) -> Option<Self> {
        let is_hex = |part: &str, length| {
            part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let says = |part: &str, length| is_hex(part, length) && part.bytes().any(|b| b != b'0');
        let mut parts = header.split('-');
        let (version, trace) = (parts.next()?, parts.next()?);
        let (span, flags) = (parts.next()?, parts.next()?);
        let is_one = version == "00" && says(trace, 32) && says(span, 16) && is_hex(flags, 2);
        (is_one && parts.next().is_none()).then(|| Self(header.into()))
    }

    /// The beginning of a trace of its own.
    #[must_use]
    pub fn fresh() -> Self {
        let mut random = rand::rng();
        let (trace, span): (u128, u64) = (random.random(), random.random());
        // Zero would say nothing.
        Self(format!("00-{:032x}-{:016x}-01", trace.max(1), span.max(1)).into())
    }

    /// The header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What all of the trace has in common.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes `span` part of the trace that `parent` is in.
#[cfg(not(feature = "otel"))]
pub fn follow(_span: &tracing::Span, _parent: &TraceContext) {}

/// The place of `span`, if it is recorded.
#[cfg(not(feature = "otel"))]
#[must_use]
pub fn of(_span: &tracing::Span) -> Option<TraceContext> {
    None
}

#[cfg(feature = "otel")]
pub use recorded::{follow, of};

#[cfg(feature = "otel")]
mod recorded {
    use opentelemetry::{
        Context,
        trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
    };
    use tracing_opentelemetry::OpenTelemetrySpanExt;

    use super::TraceContext;

    /// Makes `span` part of the trace that `parent` is in.
    pub fn follow(span: &tracing::Span, parent: &TraceContext) {
        let text = parent.as_str();
        let (Ok(trace), Ok(parent)) =
            (TraceId::from_hex(&text[3..35]), SpanId::from_hex(&text[36..52]))
        else {
            return;
        };
        let flags = TraceFlags::new(u8::from_str_radix(&text[53..55], 16).unwrap_or_default());
        let remote = SpanContext::new(trace, parent, flags, true, TraceState::default());
        // A span that nobody records has no place in a trace.
        let _ = span.set_parent(Context::new().with_remote_span_context(remote));
    }

    /// The place of `span`, if it is recorded.
    #[must_use]
    pub fn of(span: &tracing::Span) -> Option<TraceContext> {
        let context = span.context();
        let place = context.span().span_context().clone();
        let flags = place.trace_flags().to_u8();
        let header = format!("00-{}-{}-{flags:02x}", place.trace_id(), place.span_id());
        TraceContext::read(&header).filter(|_| place.is_valid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_one_is_read() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let context = TraceContext::read(good).unwrap();
        assert_eq!(context.as_str(), good);
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        for text in [
            "",
            "00-abc-def-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_fresh_one_is_one_of_its_own() {
        let (one, other) = (TraceContext::fresh(), TraceContext::fresh());
        assert_eq!(TraceContext::read(one.as_str()), Some(one.clone()));
        assert_ne!(one.trace_id(), other.trace_id());
    }
}
