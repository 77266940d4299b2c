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
    /// Begins to export to `endpoint`, as `service`. Of the variables `OTEL_…`, those for headers, attributes
    /// and the sampler mean what they mean everywhere.
    pub fn start(service: &'static str, endpoint: &str) -> anyhow::Result<Self> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .build();
        let exporter =
            exporter.with_context(|| format!("OTEL_EXPORTER_OTLP: {endpoint:?} cannot be used"))?;
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
mod tests;
