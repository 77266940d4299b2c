//! Load generator and measurements: one Sluice process, a client and the simulated provider on one
//! machine, beside the same load without Sluice in between.
//!
//! Figures of a shared machine drift; what counts is the ratio to the direct run of the same run.
#![expect(clippy::print_stdout, reason = "the figures are the output")]
#![expect(clippy::cast_precision_loss, reason = "figures are rounded for people anyway")]

mod client;
mod direct;
mod measure;
mod process;
mod report;
mod sample;
mod viewer;

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;
use simulated_provider::{Options, SimulatedProvider};

/// Measures speed, processor time and memory of the all-in-one process.
#[derive(Debug, Parser)]
struct Arguments {
    /// The binary to measure, a release build.
    #[arg(long, default_value = "target/release/sluice")]
    sluice: PathBuf,
    /// Only measurements whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Seconds that each load lasts.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let provider = SimulatedProvider::start(Options::default()).await?;
    let bench = measure::Bench {
        sluice: arguments.sluice.canonicalize().with_context(|| {
            format!("{}: build it with `make bench`", arguments.sluice.display())
        })?,
        provider,
        lasts: Duration::from_secs(arguments.seconds),
    };
    let wanted = |name: &str| name.contains(&arguments.only);
    println!("{}", report::head());
    if wanted("start") {
        println!("{}", measure::start::run(&bench).await?);
    }
    if wanted("first-token") {
        println!("{}", measure::first_token::run(&bench).await?);
    }
    if wanted("stop") {
        println!("{}", measure::stop::run(&bench).await?);
    }
    for streams in [200, 1000] {
        if wanted(&format!("streams-{streams}")) {
            println!("{}", measure::streams::run(&bench, streams).await?);
        }
    }
    bench.provider.stop().await;
    Ok(())
}
