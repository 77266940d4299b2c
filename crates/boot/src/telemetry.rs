//! The log of a process: on standard error, so that standard output stays data.

use std::io::{self, IsTerminal};

use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt::layer, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::LogFormat;

/// What is not worth a line unless `LOG` asks for it: libraries that report a lost connection as their
/// own error, where our adapters tell what it means, and a database that greets each start.
const QUIET: &str = "lapin=off,sqlx::postgres::notice=warn";

/// Starts the log. `filter` is what the setting `LOG` holds.
pub fn start(filter: &str, format: LogFormat) -> anyhow::Result<()> {
    let filter = EnvFilter::builder()
        .parse(format!("{QUIET},{filter}"))
        .with_context(|| format!("LOG={filter:?}: not a log filter, for example info,api=debug"))?;
    // A reader that went away must not take the service with it: failed writes are dropped.
    let base = layer().with_writer(io::stderr).log_internal_errors(false);
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Text => {
            registry.with(base.with_ansi(io::stderr().is_terminal()).with_target(true)).try_init()
        }
        LogFormat::Json => registry.with(base.json().flatten_event(true)).try_init(),
    }
    .context("the log was started twice")
}
