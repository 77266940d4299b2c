//! The export of traces by OTLP over HTTP.

use anyhow::Context;
use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracerProvider, Tracer},
};
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

/// Spans on their way out. Dropped, it sends what is left.
pub struct Export {
    provider: SdkTracerProvider,
    tracer: Tracer,
}

impl Export {
    /// Begins to export to the collector at `endpoint`, as `service`. The variables `OTEL_…` mean what they
    /// mean everywhere.
    pub fn start(service: &'static str, endpoint: &str) -> anyhow::Result<Self> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build();
        let exporter = exporter
            .with_context(|| format!("OTEL_EXPORTER_OTLP_ENDPOINT={endpoint:?}: cannot be used"))?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder().with_service_name(service).with_attribute(version);
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        let tracer = provider.tracer("sluice");
        Ok(Self { provider, tracer })
    }

    /// Takes spans in.
    pub fn layer<S>(&self) -> OpenTelemetryLayer<S, Tracer>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer().with_tracer(self.tracer.clone())
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
        thread,
    };

    use instruments::trace::{self, TraceContext};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// A collector that takes one request, and the body it gets.
    fn collector() -> (String, thread::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let taken = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut taken, mut piece) = (Vec::new(), [0; 4096]);
            loop {
                let read = stream.read(&mut piece).unwrap();
                taken.extend_from_slice(&piece[..read]);
                let text = String::from_utf8_lossy(&taken).to_lowercase();
                let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.unwrap().trim().parse().unwrap();
                let body_at = taken.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
                if taken.len() >= body_at + length {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                    return taken;
                }
            }
        });
        (url, taken)
    }

    #[test]
    fn spans_reach_the_collector_in_the_trace_of_their_parent() {
        let (url, taken) = collector();
        let export = Export::start("a-service", &url).unwrap();
        let subscriber = tracing_subscriber::registry().with(export.layer());
        let parent = TraceContext::fresh();
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::debug_span!(target: "provider_worker", "a-call", key = "a-key");
            trace::follow(&span, &parent);
            assert_eq!(trace::of(&span).unwrap().trace_id(), parent.trace_id());
            span.in_scope(|| {});
        });
        drop(export);
        let taken = taken.join().unwrap();
        let holds = |bytes: &[u8]| taken.windows(bytes.len()).any(|window| window == bytes);
        for word in ["POST /v1/traces", "a-service", "a-call", "a-key"] {
            assert!(holds(word.as_bytes()), "{word}");
        }
        let digits = parent.trace_id().as_bytes().chunks(2);
        let byte = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap();
        assert!(holds(&digits.map(byte).collect::<Vec<u8>>()), "the trace");
    }
}
