//! The log of a process: on standard error, so that standard output stays data. And its traces.

#[cfg(feature = "otel")]
mod traces;

use std::io::{self, IsTerminal};

use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt::layer, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::LogFormat;

/// What is not worth a line unless `LOG` asks for it: libraries that report a lost connection as their
/// own error, where our adapters tell what it means, and a database that greets each start.
const QUIET: &str = "lapin=off,sqlx::postgres::notice=warn";

/// What is never told, whatever `LOG` asks for: these write whole messages of RabbitMQ, as numbers, with the password of
/// a sign-in and the prompt of a job among them; or parameters of an address of PostgreSQL, which may be passwords.
const NEVER: &str = "lapin::io_loop=off,lapin::channels=off,lapin::frames=off,\
     lapin::returned_messages=off,sqlx_postgres::options=off";

/// What was started, to be kept until the end of the process: whatever is still to be exported goes out
/// when it is dropped.
#[must_use]
pub struct Telemetry {
    #[cfg(feature = "otel")]
    _traces: Option<traces::Export>,
}

/// Starts the log, and the export of traces if the environment says where to and the feature `otel` is built
/// in. `filter` is what the setting `LOG` holds. Call it before there is a runtime.
pub fn start(service: &'static str, filter: &str, format: LogFormat) -> anyhow::Result<Telemetry> {
    let filter = EnvFilter::builder()
        .parse(format!("{QUIET},{filter},{NEVER}"))
        .with_context(|| format!("LOG={filter:?}: not a log filter, for example info,api=debug"))?;
    let variable = |name: &str| std::env::var(name).ok();
    let endpoint = endpoint(variable);
    #[cfg(feature = "otel")]
    let traces = endpoint.map(|url| traces::Export::start(service, &url)).transpose()?;
    // One filter for all: with filters of their own, layers lost lines that belong to spans.
    let registry = tracing_subscriber::registry().with(filter);
    #[cfg(feature = "otel")]
    let registry = registry.with(traces.as_ref().map(traces::Export::layer));
    // A reader that went away must not take the service with it: failed writes are dropped.
    let base = layer().with_writer(io::stderr).log_internal_errors(false);
    match format {
        LogFormat::Text => {
            let colored = io::stderr().is_terminal() && takes_colors(variable);
            registry.with(base.with_ansi(colored).with_target(true)).try_init()
        }
        LogFormat::Json => registry.with(base.json().flatten_event(true)).try_init(),
    }
    .context("the log was started twice")?;
    #[cfg(not(feature = "otel"))]
    if endpoint.is_some() {
        tracing::warn!(
            service,
            "an OTEL_EXPORTER_OTLP endpoint is set, but this binary has no traces: build it with --features otel"
        );
    }
    Ok(Telemetry {
        #[cfg(feature = "otel")]
        _traces: traces,
    })
}

/// Whether a terminal of which the environment says this may be sent colors (no-color.org).
fn takes_colors(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is_unwanted = variable("NO_COLOR").is_some_and(|wish| !wish.is_empty());
    !is_unwanted && variable("TERM").is_none_or(|terminal| terminal != "dumb")
}

/// Where traces go, as variables of the environment have it (OpenTelemetry's specification of the exporter):
/// the address for traces is taken as it is, that for everything is completed.
fn endpoint(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let given = |name| variable(name).filter(|url| !url.is_empty());
    given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| {
        let all = given("OTEL_EXPORTER_OTLP_ENDPOINT")?;
        Some(format!("{}/v1/traces", all.trim_end_matches('/')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_left_out_where_they_are_not_wanted() {
        for (no_color, terminal, expected) in [
            (None, None, true),
            (None, Some("xterm-256color"), true),
            (Some(""), Some("xterm"), true),
            (Some("1"), Some("xterm"), false),
            (None, Some("dumb"), false),
        ] {
            let variable = |name: &str| {
                let value = if name == "TERM" { terminal } else { no_color };
                value.map(str::to_owned)
            };
            assert_eq!(takes_colors(variable), expected, "{no_color:?} {terminal:?}");
        }
    }

    #[test]
    fn the_address_for_traces_goes_before_that_for_everything() {
        for (traces, all, expected) in [
            (None, None, None),
            (Some(""), Some(""), None),
            (None, Some("http://c:4318/"), Some("http://c:4318/v1/traces")),
            (Some("http://t/in"), None, Some("http://t/in")),
            (Some("http://t/in"), Some("http://c:4318"), Some("http://t/in")),
        ] {
            let variable = |name: &str| {
                let value = if name.contains("TRACES") { traces } else { all };
                value.map(str::to_owned)
            };
            assert_eq!(endpoint(variable).as_deref(), expected);
        }
    }
}
